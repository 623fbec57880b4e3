//! Customers whose tickets are switched off: no new ones, and those that are there stay.

use super::{alerts, end, mapped, notes, raise, tickets};
use crate::support::Bench;

fn switch_off(bench: &Bench) {
    let company = bench.sandbox.with_world(|world| {
        let database = &world.autotask;
        database.named("Companies", "companyName", "Alma Bakery")
    });
    let block = format!(
        "[[customer]]\ncompany = {}\ntickets = false\n\n[limits]",
        company.unwrap()
    );
    bench.configure("[limits]", &block);
}

#[test]
fn alerts_of_a_customer_without_tickets_make_none_and_explain_says_why() {
    let bench = mapped();
    switch_off(&bench);
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 0, "{}", run.stdout);
    let alert = &alerts(&bench)[0];
    let run = bench.run(&["sync-tickets", "--explain", alert]).expect(0);
    let words = "[[customer]] switches tickets off for its company";
    assert!(run.stdout.contains(words), "{}", run.stdout);
}

#[test]
fn tickets_that_are_there_stay_as_they_are_until_tickets_are_on_again() {
    let bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let before = tickets(&bench);
    assert_eq!(before.len(), 1);
    let configuration = std::fs::read_to_string(bench.dir().join("config.toml")).unwrap();
    switch_off(&bench);
    for alert in alerts(&bench) {
        end(&bench, &alert);
    }
    raise(&bench, "BackupFailed", "critical", "SRV-09");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench), before);
    assert_eq!(notes(&bench, &before[0]).len(), 0);

    std::fs::write(bench.dir().join("config.toml"), configuration).unwrap();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    assert_ne!(tickets(&bench)[0]["status"], before[0]["status"]);
}
