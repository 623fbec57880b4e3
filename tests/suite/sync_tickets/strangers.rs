//! Alerts whose tenant is named by a number that nobody translates.

use sandbox::{Fault, Kind};

use super::{mapped, raise, tickets};
use crate::support::Bench;

fn company(bench: &Bench, name: &str) -> i64 {
    let found = bench
        .sandbox
        .with_world(|world| world.autotask.named("Companies", "companyName", name));
    found.unwrap()
}

fn status(code: u16) -> Kind {
    Kind::Status {
        code,
        body: Some("{\"error\": {\"code\": \"x\"}}".to_owned()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    }
}

#[test]
fn an_alert_of_a_customer_that_could_not_be_told_waits_and_never_goes_to_the_catch_all() {
    for code in [404, 400] {
        let bench = mapped();
        let brook = company(&bench, "Brook Dental");
        bench.configure(
            "[tickets]\n",
            &format!("[tickets]\ncatch_all_company = {brook}\n"),
        );
        // The third alert lacks the UUID of its tenant.
        raise(&bench, "BackupFailed", "error", "PC-01");
        raise(&bench, "BackupFailed", "error", "PC-02");
        for (method, path, answer) in [
            ("POST", "*/tenants:resolve_ids", status(code)),
            ("GET", "*/tenants/usages", status(400)),
        ] {
            let fault = Fault::new("", method, path, answer).times(99);
            bench.sandbox.fault(fault);
        }
        let run = bench.run(&["sync-tickets"]).expect(0);
        assert!(
            run.stdout.contains("because their customer is not known"),
            "{code}: {}",
            run.stdout
        );
        assert_eq!(tickets(&bench).len(), 2, "{code}");
        bench.sandbox.clear_faults();
        bench.run(&["sync-tickets"]).expect(0);
        let all = tickets(&bench);
        assert_eq!(all.len(), 3, "{code}");
        let alma = company(&bench, "Alma Bakery");
        assert!(all.iter().all(|ticket| ticket["companyID"] == alma));
    }
}

#[test]
fn the_usages_of_all_customers_tell_who_is_a_stranger() {
    let bench = mapped();
    let brook = company(&bench, "Brook Dental");
    bench.configure(
        "[tickets]\n",
        &format!("[tickets]\ncatch_all_company = {brook}\n"),
    );
    raise(&bench, "BackupFailed", "error", "PC-01");
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Unrelated").unwrap();
        let details = super::details("X-1", "It broke.");
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
    });
    let fault = Fault::new("", "POST", "*/tenants:resolve_ids", status(404)).times(99);
    bench.sandbox.fault(fault);
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!(all.len(), 3);
    let strange = all.iter().filter(|ticket| ticket["companyID"] == brook);
    assert_eq!(strange.count(), 1);
}
