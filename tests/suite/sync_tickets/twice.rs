//! No external id twice, whatever the planner would make and however much of an answer got lost.

use std::collections::BTreeSet;

use sandbox::{Fault, Kind};

use super::{accounts, caught, details, end, mapped, tickets};
use crate::support::Bench;

fn external_ids(bench: &Bench) -> Vec<String> {
    let all = tickets(bench);
    let ids = all.iter().map(|ticket| ticket["externalID"].as_str());
    ids.map(|id| id.unwrap().to_owned()).collect()
}

fn assert_each_once(bench: &Bench) {
    let ids = external_ids(bench);
    let each: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(each.len(), ids.len(), "{ids:?}");
}

#[test]
fn a_ticket_at_a_new_company_is_found_again_though_its_answer_was_lost() {
    let mut bench = mapped();
    let caught = caught(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &caught.alert);
    bench.run(&["sync-tickets"]).expect(0);
    caught.mapped_and_raised_again(&mut bench);
    let lost = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(lost);
    bench.run(&["sync-tickets"]).expect(3);
    assert_eq!(tickets(&bench).len(), 3);
    bench.set_now("2026-09-15T10:15:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 3);
    assert_each_once(&bench);
}

/// The small world with no alert, and Brook Dental in an account `us`; four new tickets a run.
fn two_accounts() -> Bench {
    let bench = Bench::on(accounts::world());
    bench.configure("tickets_per_run = 500", "tickets_per_run = 4");
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "suggest"]).expect(0);
    end_all(&bench);
    bench
}

/// Three alerts for each customer.
fn storm(bench: &Bench, letter: char) {
    for (account, customer) in [("eu", "Alma Bakery"), ("us", "Brook Dental")] {
        for n in 0..3 {
            bench.sandbox.with_world(|world| {
                let cloud = world.cloud(Some(account)).unwrap();
                let tenant = cloud.tenant_by_name(customer).unwrap();
                let details = details(&format!("{letter}-{n}"), "It broke.");
                cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", details);
            });
        }
    }
}

fn end_all(bench: &Bench) {
    bench.sandbox.with_world(|world| {
        for cloud in &mut world.acronis {
            for alert in cloud.alerts() {
                cloud.end_alert(alert["id"].as_str().unwrap());
            }
        }
    });
}

#[test]
fn a_second_storm_of_two_accounts_finds_the_summaries_of_the_first() {
    let mut bench = two_accounts();
    storm(&bench, 'A');
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    bench.set_now("2026-09-15T09:00:00Z");
    end_all(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    storm(&bench, 'B');
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    assert_each_once(&bench);
    let all = tickets(&bench);
    assert!(all.iter().all(|ticket| ticket["status"] == 1), "{all:?}");
}
