//! Tickets that are there and that nobody remembers: after a lost state file, or a lost answer.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::lost::lose_state;
use super::{alerts, caught, end, live_links, mapped, raise, tickets};
use crate::support::Bench;

fn recover(bench: &Bench) {
    lose_state(bench);
    bench.run(&["map-customer", "recover"]).expect(0);
    bench.sandbox.clear_visits();
}

/// Twelve alerts in one summary, of which the first four are left.
fn storm(bench: &mut Bench) -> Vec<String> {
    let raised: Vec<String> = (1..=11)
        .map(|n| raise(bench, "BackupFailed", "error", &format!("PC-{n:02}")))
        .collect();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(bench).len(), 1);
    bench.set_now("2026-09-15T09:00:00Z");
    raised[4..].iter().for_each(|alert| end(bench, alert));
    raised
}

fn end_all(bench: &Bench) {
    alerts(bench).iter().for_each(|alert| end(bench, alert));
}

#[test]
fn the_alerts_of_an_open_summary_stay_in_it_after_the_state_file_was_lost() {
    let mut bench = mapped();
    storm(&mut bench);
    recover(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(live_links(&bench), 1);
    let text = tickets(&bench)[0]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    for (workload, stands) in [("PC-01", true), ("ALMA-SRV01", true), ("PC-05", false)] {
        assert_eq!(text.contains(workload), stands, "{text}");
    }
    bench.set_now("2026-09-15T10:00:00Z");
    end_all(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);
}

#[test]
fn they_stay_in_it_whatever_a_window_says_and_however_old_they_are() {
    let mut bench = mapped();
    storm(&mut bench);
    recover(&bench);
    let window = "[[tickets.quiet]]\nfrom = \"09:30\"\nto = \"12:00\"\n\n[limits]";
    bench.configure("[limits]", window);
    bench.set_now("2026-10-15T10:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(
        (tickets(&bench)[0]["status"].as_i64(), live_links(&bench)),
        (Some(1), 1)
    );
    let text = tickets(&bench)[0]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        text.contains("PC-01") && text.contains("ALMA-SRV01"),
        "{text}"
    );
}

#[test]
fn a_run_for_another_company_leaves_such_a_summary_alone() {
    let mut bench = mapped();
    storm(&mut bench);
    recover(&bench);
    let brook = bench.sandbox.with_world(|world| {
        world
            .autotask
            .named("Companies", "companyName", "Brook Dental")
    });
    let brook = brook.unwrap().to_string();
    bench.run(&["sync-tickets", "--company", &brook]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    assert_eq!(live_links(&bench), 0);
}

#[test]
fn a_ticket_at_another_company_is_adopted_there_and_not_opened_again() {
    let mut bench = mapped();
    let caught = caught(&bench);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &caught.alert);
    bench.run(&["sync-tickets"]).expect(0);
    recover(&bench);
    caught.mapped_and_raised_again(&mut bench);
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    let mine: Vec<(&Value, &Value)> = all
        .iter()
        .filter(|ticket| ticket["title"].as_str().unwrap().contains(": X-1"))
        .map(|ticket| (&ticket["companyID"], &ticket["status"]))
        .collect();
    assert_eq!(
        mine,
        [
            (&json!(caught.brook), &json!(5)),
            (&json!(caught.own), &json!(1))
        ]
    );
}

/// A ticket whose creation was not answered, changed at one time and found at another.
fn unanswered(changed: &str) -> Bench {
    let mut bench = mapped();
    let lost = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(lost);
    bench.run(&["sync-tickets"]).expect(3);
    bench.set_now(changed);
    let ticket = tickets(&bench).remove(0)["id"].as_i64().unwrap();
    bench.sandbox.with_world(|world| {
        let desk = &mut world.autotask;
        desk.now = world.now;
        let role = desk.all("ResourceServiceDeskRoles").remove(0);
        for (field, value) in [
            ("assignedResourceID", role["resourceID"].clone()),
            ("assignedResourceRoleID", role["roleID"].clone()),
            ("status", json!(8)),
        ] {
            assert!(desk.edit_ticket(ticket, field, value));
        }
    });
    bench.set_now("2026-09-15T09:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    end_all(&bench);
    bench
}

#[test]
fn what_a_workflow_set_at_once_on_a_ticket_whose_answer_was_lost_is_no_persons() {
    let bench = unanswered("2026-09-15T08:00:30Z");
    bench.run(&["sync-tickets"]).expect(0);
    let all = tickets(&bench);
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!(5)));
}

#[test]
fn what_was_changed_later_on_a_ticket_whose_answer_was_lost_may_be_a_persons() {
    let bench = unanswered("2026-09-15T08:30:00Z");
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("tickets.auto_close.force"), "{run:?}");
    assert_eq!(tickets(&bench)[0]["status"], 8);
}
