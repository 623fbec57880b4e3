//! What is written to tickets that are there, without either service.

use jiff::{SignedDuration, Timestamp};

use super::super::Decided;
use super::super::action::{Action, Changing};
use super::super::facts::{Alert, Case, Facts};
use super::super::tests::{alert, case, decided, facts, kinds, known, now};
use crate::domain::ids::TicketId;
use crate::domain::tickets::TicketFieldIds;

const TICKET: TicketId = TicketId(7);
const CLOSE: &str = "[tickets.auto_close]\nenabled = true\nresolution = \"It is over.\"\n";

fn at(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// The ticket of one alert, and what is read of that alert.
fn one(change: impl Fn(&mut Alert)) -> Facts {
    let mut case: Case = case(1, vec![alert("a", "PC-1")]);
    case.known = Some(known(&case, TICKET.0));
    change(&mut case.alerts[0]);
    facts(vec![case])
}

fn complete(facts: &mut Facts) {
    let ticket = facts.desk.tickets.get_mut(&TICKET).unwrap();
    ticket.complete = true;
    ticket.completed = Some(now());
}

fn changed(decided: &Decided) -> &Changing {
    let Action::Change(change) = &decided.plan.lines()[0].action else {
        panic!("{:?}", decided.plan.lines());
    };
    change
}

fn again(alert: &mut Alert) {
    alert.updated = at(5);
    alert.details.message = "The network is down.".to_owned();
}

fn over(alert: &mut Alert) {
    alert.updated = at(5);
    alert.active = false;
}

#[test]
fn a_note_tells_the_new_text_and_changes_nothing() {
    let decided = decided(&one(again), CLOSE);
    assert_eq!(kinds(&decided), ["note-ticket"]);
    let change = changed(&decided);
    let note = change.note.as_ref().unwrap();
    assert_eq!(note.title, "The alert changed");
    assert!(note.text.contains("The network is down."), "{}", note.text);
    assert!(!change.has_fields());
}

#[test]
fn a_ticket_opens_again_with_the_status_of_its_alerts_rule() {
    let rule = "[[tickets.rule]]\nmatch = { type = \"BackupFailed\" }\n";
    for (more, expected) in [("", 1), (rule, 4)] {
        let mut facts = one(again);
        complete(&mut facts);
        for (position, status) in [(0, 1), (1, 4)] {
            let ids = TicketFieldIds {
                status,
                ..TicketFieldIds::default()
            };
            facts.desk.lists.by_rule.insert(position, ids);
        }
        let decided = decided(&facts, more);
        assert_eq!(kinds(&decided), ["reopen-ticket"]);
        let change = changed(&decided);
        assert_eq!(change.status.as_ref().unwrap().after.0, expected);
        assert_eq!(change.link.status, Some(expected));
        assert_eq!(change.link.closed_at, None);
        assert_eq!(
            change.note.as_ref().unwrap().title,
            "The alert was raised again"
        );
    }
}

#[test]
fn a_ticket_closes_with_status_resolution_and_the_time_of_the_end() {
    let mut facts = one(over);
    facts.desk.lists.close_status = 5;
    let found = decided(&facts, CLOSE);
    let change = changed(&found);
    assert_eq!(change.status.as_ref().unwrap().after.0, 5);
    assert_eq!(change.resolution.as_deref(), Some("It is over."));
    assert_eq!(change.link.closed_at, Some(now()));
    let text = &change.note.as_ref().unwrap().text;
    assert_eq!(
        text,
        "It is over.\n\nPC-1: Backup failed\n\nGone since: 2026-09-15 08:05 UTC"
    );

    // Of one that vanished nobody said when it ended.
    let case = &mut facts.accounts[0].cases[0];
    case.alerts.clear();
    case.vanished = case.known.as_ref().unwrap().link.alerts.clone();
    let found = decided(&facts, CLOSE);
    let text = &changed(&found).note.as_ref().unwrap().text;
    assert!(text.ends_with("Gone since: 2026-09-15 08:00 UTC"), "{text}");
}

#[test]
fn a_note_that_a_lost_answer_left_there_is_not_written_again() {
    let text = {
        let decided = decided(&one(again), "");
        changed(&decided).note.as_ref().unwrap().text.clone()
    };
    for (there, written, at) in [
        (text.replace('\n', "\r\n"), false, at(-3)),
        ("Something else.".to_owned(), true, now()),
    ] {
        let mut facts = one(again);
        facts
            .desk
            .unconfirmed_writes
            .insert(TICKET, vec![(Some(super::changes::at(-3)), there)]);
        let decided = decided(&facts, "");
        let change = changed(&decided);
        assert_eq!(change.note.is_some(), written);
        assert_eq!(change.link.written_at, at);
    }
}
