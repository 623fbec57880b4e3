//! Customers that switch support access off, are hidden, or are deleted: what is out of sight is not
//! gone.

use sandbox::acronis::Cloud;
use serde_json::Value;

use super::vanishing::cut_short;
use super::{alerts, caught, end, lost, mapped, notes, raise, tickets};
use crate::support::Bench;

type Word = fn(&mut Cloud, &str);

const WAYS: [[Word; 2]; 2] = [
    [Cloud::deny_access, Cloud::allow_access],
    [Cloud::hide_tenant, Cloud::unhide_tenant],
];

fn open(bench: &Bench) -> usize {
    let all: Vec<Value> = tickets(bench);
    all.iter().filter(|ticket| ticket["status"] != 5).count()
}

fn on_tenant(bench: &Bench, name: &str, act: Word) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name(name).unwrap();
        act(cloud, &tenant);
    });
}

fn said(bench: &Bench, args: &[&str]) -> String {
    let run = bench.run(args).expect(0);
    format!("{}{}", run.stdout, run.stderr)
}

#[test]
fn tickets_of_a_customer_out_of_sight_stay_and_go_on_when_it_is_back() {
    for [hide, show] in WAYS {
        let mut bench = mapped();
        raise(&bench, "BackupFailed", "critical", "SRV-02");
        bench.run(&["sync-tickets"]).expect(0);
        bench.sandbox.clear_visits();
        on_tenant(&bench, "Alma Bakery", hide);
        bench.set_now("2026-09-15T10:00:00Z");
        let first = said(&bench, &["sync-tickets"]);
        assert!(first.contains("out of sight"), "{first}");
        assert!(first.contains("2 tickets stay as they are"), "{first}");
        bench.set_now("2026-09-16T11:00:00Z");
        let again = said(&bench, &["sync-tickets", "-q"]);
        assert!(!again.contains("out of sight"), "{again}");
        assert_eq!((open(&bench), super::live_links(&bench)), (2, 2));

        on_tenant(&bench, "Alma Bakery", show);
        bench.set_now("2026-09-16T13:00:00Z");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(bench.writes(), [""; 0]);
        bench.set_now("2026-09-16T14:00:00Z");
        end(&bench, &alerts(&bench)[0]);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!((tickets(&bench).len(), open(&bench)), (2, 1));
    }
}

#[test]
fn what_ended_while_it_was_out_of_sight_is_closed_when_it_is_back() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    on_tenant(&bench, "Alma Bakery", Cloud::deny_access);
    bench.set_now("2026-09-15T10:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    end(&bench, &alerts(&bench)[0]);
    on_tenant(&bench, "Alma Bakery", Cloud::allow_access);
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(open(&bench), 0);
}

#[test]
fn the_alerts_of_a_deleted_customer_are_gone() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    on_tenant(&bench, "Alma Bakery", Cloud::delete_as_person);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for alert in cloud.alerts() {
            cloud.expire_alert(alert["id"].as_str().unwrap());
        }
    });
    bench.set_now("2026-09-15T10:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(open(&bench), 0);
}

#[test]
fn a_customer_out_of_sight_costs_one_request_more_only_where_alerts_are_missing() {
    let mut bench = mapped();
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Unrelated").unwrap();
        let details = super::details("X-1", "It broke.");
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
    });
    bench.run(&["sync-tickets"]).expect(0);
    let asked = |bench: &mut Bench, now: &str, args: &[&str]| {
        bench.set_now(now);
        bench.sandbox.clear_visits();
        bench.run(args).expect(0);
        let visits = bench.sandbox.visits();
        let tenants = |path: &str| path == "/api/2/tenants";
        let tenants = visits.iter().filter(|visit| tenants(&visit.path)).count();
        (tenants, visits.len())
    };
    let idle = asked(&mut bench, "2026-09-15T12:00:00Z", &["sync-tickets"]);
    on_tenant(&bench, "Alma Bakery", Cloud::hide_tenant);
    let all = ["sync-tickets", "--all"];
    assert_eq!(asked(&mut bench, "2026-09-15T13:00:00Z", &all).0, 1);
    let hidden = asked(&mut bench, "2026-09-15T14:00:00Z", &["sync-tickets"]);
    assert_eq!(hidden, idle);
}

#[test]
fn tickets_of_a_catch_all_company_stay_too() {
    let mut bench = mapped();
    let caught = caught(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    let before = open(&bench);
    on_tenant(&bench, "Unrelated", Cloud::hide_tenant);
    bench.set_now("2026-09-15T10:00:00Z");
    let told = said(&bench, &["sync-tickets", "--all"]);
    assert!(told.contains("out of sight"), "{told}");
    assert_eq!(open(&bench), before);
    on_tenant(&bench, "Unrelated", Cloud::unhide_tenant);
    bench.sandbox.with_world(|world| {
        assert!(world.cloud(None).unwrap().expire_alert(&caught.alert));
    });
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(open(&bench), before - 1);
}

#[test]
fn tickets_that_nobody_remembers_stay_while_their_customer_is_out_of_sight() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    lost::lose_state(&bench);
    bench.run(&["map-customer", "recover"]).expect(0);
    on_tenant(&bench, "Alma Bakery", Cloud::deny_access);
    bench.set_now("2026-09-15T10:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(open(&bench), 1);
    on_tenant(&bench, "Alma Bakery", Cloud::allow_access);
    bench.set_now("2026-09-15T12:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!((tickets(&bench).len(), open(&bench)), (1, 1));
}

#[test]
fn a_few_tickets_are_not_closed_because_a_list_was_cut() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = tickets(&bench)[0].clone();
    bench.set_now("2026-09-15T10:00:00Z");
    cut_short(&bench);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.sandbox.clear_faults();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(open(&bench), 1);
    assert!(notes(&bench, &ticket).is_empty());
}
