//! Several accounts, and calls that not every account has.

use sandbox::acronis::Cloud;
use sandbox::{Fault, Kind, World};
use serde_json::Value;

use super::{details, mapped, tickets};
use crate::support::{Bench, NOW};

fn refusing(code: u16) -> Kind {
    Kind::Status {
        code,
        body: None,
        headers: Vec::new(),
    }
}

/// The small world, and Brook Dental in an account `us`.
pub(super) fn world() -> World {
    let mut world = World::small(NOW.parse().unwrap());
    let mut cloud = Cloud::new("us", "client-us", "sbx-secret-us", "MSP US", world.now);
    let root = cloud.root();
    cloud.add_customer(&root, "Brook Dental");
    world.acronis.push(cloud);
    world
}

fn two() -> Bench {
    let bench = Bench::on(world());
    let text = std::fs::read_to_string(&bench.config).unwrap();
    std::fs::write(&bench.config, format!("{text}\n[network]\nattempts = 1\n")).unwrap();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn raise(bench: &Bench, account: &str, customer: &str, workload: &str) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(Some(account)).unwrap();
        let tenant = cloud.tenant_by_name(customer).unwrap();
        let details = details(workload, "It broke.");
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
    });
}

/// Everything that is remembered of how far an account was read.
fn cursor(bench: &Bench, account: &str) -> Option<Vec<rusqlite::types::Value>> {
    let state = rusqlite::Connection::open(bench.state()).unwrap();
    let sql = "SELECT * FROM alert_cursors WHERE account = ?1";
    let mut statement = state.prepare(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([account]).unwrap();
    let row = rows.next().unwrap()?;
    Some((0..columns).map(|at| row.get(at).unwrap()).collect())
}

fn titled(bench: &Bench, workload: &str) -> Vec<Value> {
    let mut all = tickets(bench);
    all.retain(|ticket| ticket["title"].as_str().unwrap().ends_with(workload));
    all
}

#[test]
fn an_account_that_fails_does_not_hold_up_the_other_and_goes_on_where_it_was() {
    let mut bench = two();
    raise(&bench, "us", "Brook Dental", "BROOK-1");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(titled(&bench, "BROOK-1").len(), 1);
    for (failing, hour) in [
        ("*/alerts", 9),
        ("*/types", 11),
        ("*/tenants:resolve_ids", 13),
    ] {
        let [one, two] = ["ALMA", "BROOK"].map(|name| format!("{name}-{hour}"));
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        raise(&bench, "eu", "Alma Bakery", &one);
        // Enough of them that one comes without the UUID of its tenant.
        for n in 0..3 {
            raise(&bench, "us", "Brook Dental", &format!("{n}-{two}"));
        }
        let before = [cursor(&bench, "eu"), cursor(&bench, "us")];
        let fault = Fault::new("acronis:us", "*", failing, refusing(503));
        bench.sandbox.fault(fault.times(0));
        let run = bench.run(&["sync-tickets"]).expect(3);
        assert!(
            run.stdout.contains("account us could not be read"),
            "{run:?}"
        );
        assert_eq!(titled(&bench, &one).len(), 1, "{failing}");
        assert!(titled(&bench, &two).is_empty(), "{failing}");
        assert_ne!(cursor(&bench, "eu"), before[0], "{failing}");
        assert_eq!(cursor(&bench, "us"), before[1], "{failing}");

        bench.sandbox.clear_faults();
        bench.set_now(&format!("2026-09-15T{:02}:00:00Z", hour + 1));
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(titled(&bench, &two).len(), 3, "{failing}");
    }
}

#[test]
fn where_numbers_cannot_be_translated_they_are_read_from_the_usage_rows() {
    let bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let alma = cloud.tenant_by_name("Alma Bakery").unwrap();
        let unit = cloud.add_unit(&alma, "Bakehouse");
        // Some of them come without a UUID, and a unit's is nobody's customer.
        for (n, tenant) in [&alma, &unit, &alma, &unit, &alma, &unit]
            .into_iter()
            .enumerate()
        {
            let details = details(&format!("PC-{n}"), "It broke.");
            cloud.raise_alert(tenant, "BackupFailed", "Backup", "error", details);
        }
    });
    let missing = Fault::new("acronis", "POST", "*/tenants:resolve_ids", refusing(404));
    bench.sandbox.fault(missing.times(0));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 7);
    let asked = |path: &str| bench.sandbox.visits().iter().any(|visit| visit.hits(path));
    assert!(asked("*/tenants:resolve_ids") && asked("*/tenants/usages"));
}
