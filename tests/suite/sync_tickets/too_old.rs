//! Alerts that are older than the first run looks back.

use super::{mapped, raise, tickets};
use crate::support::Bench;

/// A bench that is mapped on the day before a first run, with one alert that is 20 days old and one
/// of this day.
fn with_old() -> Bench {
    let mut bench = mapped();
    bench.set_now("2026-09-15T08:00:00Z");
    raise(&bench, "BackupFailed", "error", "OLD-01");
    bench.set_now("2026-10-05T08:00:00Z");
    raise(&bench, "BackupFailed", "error", "NEW-01");
    bench
}

fn said(bench: &Bench, args: &[&str]) -> String {
    let run = bench.run(args).expect(0);
    format!("{}{}", run.stdout, run.stderr)
}

const LEFT: &str = "2 active alerts older than 7 days were left without a ticket (Alma Bakery): \
                    raise tickets.first_run_days or run sync-tickets --since DAYS";

#[test]
fn what_is_too_old_is_counted_once_and_taken_in_when_a_person_says_since_when() {
    let mut bench = with_old();
    let first = said(&bench, &["sync-tickets"]);
    assert!(first.contains(LEFT), "{first}");
    assert_eq!(tickets(&bench).len(), 1);
    bench.set_now("2026-10-06T10:00:00Z");
    let next = said(&bench, &["sync-tickets", "-q"]);
    assert!(!next.contains("were left"), "{next}");

    for (days, expected) in [("10", 1), ("30", 3), ("30", 3)] {
        bench.run(&["sync-tickets", "--since", days]).expect(0);
        assert_eq!(tickets(&bench).len(), expected, "{days}");
    }
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
    bench.run(&["sync-tickets", "--since", "0"]).expect(2);
}

#[test]
fn what_is_too_old_is_taken_in_for_one_company_too() {
    let mut bench = with_old();
    bench.run(&["sync-tickets"]).expect(0);
    let [alma, brook] = ["Alma Bakery", "Brook Dental"].map(|name| {
        let id = |world: &mut sandbox::World| {
            let found = world.autotask.named("Companies", "companyName", name);
            found.unwrap().to_string()
        };
        bench.sandbox.with_world(id)
    });
    bench.set_now("2026-10-05T09:00:00Z");
    for (company, expected) in [(brook, 1), (alma, 3)] {
        let args = ["sync-tickets", "--since", "30", "--company", &company];
        bench.run(&args).expect(0);
        assert_eq!(tickets(&bench).len(), expected);
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 3);
}

#[test]
fn a_first_run_that_is_to_look_back_further_takes_in_what_it_left() {
    let mut bench = with_old();
    bench.run(&["sync-tickets"]).expect(0);
    bench.configure("[tickets]\n", "[tickets]\nfirst_run_days = 30\n");
    bench.set_now("2026-10-05T09:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 3);
    bench.configure("first_run_days = 30", "first_run_days = 5");
    bench.sandbox.clear_visits();
    bench.set_now("2026-10-05T12:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(bench.sandbox.visits().len(), 2);
}

#[test]
fn a_customer_that_is_mapped_later_begins_with_a_first_run_of_its_own() {
    let mut bench = mapped();
    let (own, tenant) = bench.sandbox.with_world(|world| {
        let own = world.autotask.add_company("Unrelated", "Customer", true);
        let tenant = world.cloud(None).unwrap().tenant_by_name("Unrelated");
        (own.to_string(), tenant.unwrap())
    });
    bench.run(&["sync-tickets"]).expect(0);
    let raise = |bench: &Bench, workload: &str| {
        bench.sandbox.with_world(|world| {
            let details = super::details(workload, "The disk is full.");
            let cloud = world.cloud(None).unwrap();
            cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
        });
    };
    bench.set_now("2026-10-01T08:00:00Z");
    raise(&bench, "OLD-01");
    bench.set_now("2026-10-20T08:00:00Z");
    raise(&bench, "NEW-01");
    bench.set_now("2026-10-23T08:00:00Z");
    let link = ["map-customer", "link", &own, &tenant, "--yes"];
    bench.run(&link).expect(0);
    bench.set_now("2026-10-23T09:00:00Z");
    let told = said(&bench, &["sync-tickets"]);
    let left = "1 active alert older than 7 days was left without a ticket (Unrelated)";
    assert!(told.contains(left), "{told}");
    let titles: Vec<String> = tickets(&bench)
        .iter()
        .map(|one| one["title"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(titles.len(), 2, "{titles:?}");
    assert!(titles[1].contains("NEW-01"), "{titles:?}");
}
