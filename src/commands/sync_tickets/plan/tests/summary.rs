//! Every step in the life of a summary, without either service.

use std::collections::BTreeMap;

use super::super::super::ticket_key;
use super::super::Decided;
use super::super::action::{Action, Changing, Creation};
use super::super::decide::DescriptionOwner;
use super::super::facts::{Alert, Case, Facts, Ticket};
use super::super::tests::{alert, case, decided, facts, kinds, many, now};
use crate::domain::ids::{AccountName, CompanyId, TicketId};
use crate::domain::tickets::{KnownTicket, TicketAlert, TicketLink, TicketLinkId};

const ID: TicketLinkId = TicketLinkId(7);
const TICKET: TicketId = TicketId(7);
const CLOSE: &str = "[tickets.auto_close]\nenabled = true\n";

fn created(decided: &Decided) -> &Creation {
    let Action::Create(creation) = &decided.plan.lines()[0].action else {
        panic!("{:?}", decided.plan.lines());
    };
    creation
}

fn changed(decided: &Decided) -> &Changing {
    let Action::Change(change) = &decided.plan.lines()[0].action else {
        panic!("{:?}", decided.plan.lines());
    };
    change
}

/// What is read of the n-th alert of the summary.
fn read(n: usize, change: impl Fn(&mut Alert)) -> Case {
    let mut case = many(1, n + 1).remove(n);
    case.summary = Some(ID);
    change(&mut case.alerts[0]);
    case
}

fn over(alert: &mut Alert) {
    alert.active = false;
}

fn later(alert: &mut Alert) {
    alert.updated = now() + jiff::SignedDuration::from_mins(30);
}

/// A summary of eleven alerts with its open ticket, and these cases.
fn with(cases: Vec<Case>) -> Facts {
    let first = decided(&facts(many(1, 11)), "");
    let creation = created(&first);
    let mut facts = facts(cases);
    facts.accounts[0].summaries = vec![KnownTicket {
        id: ID,
        link: TicketLink {
            ticket: TICKET,
            ..creation.link.clone()
        },
    }];
    facts.accounts[0].reconciled = true;
    let ticket = Ticket {
        id: TICKET,
        number: "T7".to_owned(),
        company: CompanyId(1),
        status: 0,
        complete: false,
        completed: None,
        assignee: None,
        priority: None,
    };
    facts.desk.tickets = BTreeMap::from([(TICKET, ticket)]);
    facts.desk.descriptions = BTreeMap::from([(TICKET, creation.description.clone())]);
    facts
}

fn complete(facts: &mut Facts) {
    let ticket = facts.desk.tickets.get_mut(&TICKET).unwrap();
    ticket.complete = true;
    ticket.completed = Some(now());
}

fn all(change: impl Fn(&mut Alert) + Copy) -> Vec<Case> {
    (0..11).map(|n| read(n, change)).collect()
}

fn remark_kinds(decided: &Decided) -> Vec<&'static str> {
    let remarks = decided.plan.remarks().iter();
    remarks.map(|remark| remark.kind.as_str()).collect()
}

/// How the summary is remembered without a write.
fn remembered(decided: &Decided) -> Option<&TicketLink> {
    let remember = &decided.accounts[0].remember;
    let found = remember.iter().find(|(id, _)| *id == Some(ID));
    found.map(|(_, link)| link)
}

#[test]
fn a_storm_makes_a_summary_that_says_how_many_it_stands_for() {
    let decided = decided(&facts(many(1, 11)), "");
    let creation = created(&decided);
    assert_eq!(creation.title, "Many alerts at Alma Bakery");
    assert!(
        creation
            .about
            .subject
            .starts_with("11 active alerts at Alma Bakery [")
    );
    assert_eq!(creation.about.because, ["11 alerts in one ticket"]);
    assert_eq!(creation.link.alerts.len(), 11);
    assert!(creation.link.alerts.iter().all(|alert| alert.reported));
}

#[test]
fn what_becomes_of_an_open_summary_follows_from_its_alerts() {
    let by_person = |facts: &mut Facts| facts.desk.tickets.get_mut(&TICKET).unwrap().status = 9;
    type Case4<'a> = (
        &'a str,
        Vec<Case>,
        bool,
        &'a str,
        &'a [&'a str],
        &'a [&'a str],
    );
    let table: [Case4<'_>; 7] = [
        ("nothing read", Vec::new(), false, CLOSE, &[], &[]),
        (
            "one ended",
            vec![read(2, over)],
            false,
            CLOSE,
            &["update-summary"],
            &[],
        ),
        ("another text", vec![read(2, later)], false, CLOSE, &[], &[]),
        ("all ended", all(over), false, CLOSE, &["close-ticket"], &[]),
        (
            "nobody closes",
            all(over),
            false,
            "",
            &["update-summary"],
            &[],
        ),
        (
            "a person's",
            all(over),
            true,
            CLOSE,
            &["update-summary"],
            &["left-to-person"],
        ),
        (
            "forced",
            all(over),
            true,
            "[tickets.auto_close]\nenabled = true\nforce = true\n",
            &["close-ticket"],
            &[],
        ),
    ];
    for (name, cases, taken, more, expected, said) in table {
        let mut facts = with(cases);
        if taken {
            by_person(&mut facts);
        }
        let decided = decided(&facts, more);
        assert_eq!(kinds(&decided), expected, "{name}");
        assert_eq!(remark_kinds(&decided), said, "{name}");
    }
}

#[test]
fn a_summary_is_brought_up_to_date_without_a_note_and_closed_with_one() {
    let decided_one = decided(&with(vec![read(2, over)]), CLOSE);
    let change = changed(&decided_one);
    assert!(change.note.is_none() && change.status.is_none());
    assert!(
        change
            .description
            .as_ref()
            .unwrap()
            .contains("Active: 10\n")
    );
    assert_eq!(change.about.subject, "T7: 10 active alerts at Alma Bakery");
    assert_eq!(
        change.about.because,
        ["10 of the 11 alerts in it are active"]
    );

    let decided_all = decided(&with(all(over)), CLOSE);
    let change = changed(&decided_all);
    assert_eq!(change.note.as_ref().unwrap().title, "All alerts are gone");
    assert!(change.resolution.is_some() && change.link.closed_at.is_some());
}

#[test]
fn a_second_wave_joins_with_a_note_that_lists_it() {
    let wave = (0..11).map(|n| case(1, vec![alert(&format!("new-{n}"), &format!("NEW-{n}"))]));
    let decided = decided(&with(wave.collect()), CLOSE);
    assert_eq!(kinds(&decided), ["update-summary"]);
    let change = changed(&decided);
    let note = change.note.as_ref().unwrap();
    assert_eq!(note.title, "11 more alerts");
    assert!(note.text.contains("- NEW-3: Backup failed\n") && !note.text.contains("- PC-"));
    assert_eq!(change.link.alerts.len(), 22);
}

#[test]
fn a_completed_summary_is_opened_again_when_an_alert_is_told_again_and_else_let_be() {
    for (cases, expected, ends) in [
        (vec![read(2, later)], vec!["reopen-ticket"], false),
        (vec![read(2, |_| {})], Vec::new(), false),
        (all(over), Vec::new(), true),
    ] {
        let mut facts = with(cases);
        complete(&mut facts);
        let decided = decided(&facts, CLOSE);
        assert_eq!(kinds(&decided), expected);
        let ended = remembered(&decided).is_some_and(|link| link.closed_at.is_some());
        assert_eq!(ended, ends);
    }
}

#[test]
fn a_summary_that_is_gone_is_told_once_and_not_made_again() {
    let mut facts = with(vec![read(2, later)]);
    facts.desk.tickets.clear();
    let first = decided(&facts, CLOSE);
    assert!(kinds(&first).is_empty());
    assert_eq!(remark_kinds(&first), ["ticket-gone"]);
    let link = remembered(&first).unwrap().clone();
    assert_eq!(link.status, None);
    facts.accounts[0].summaries[0].link = link;
    assert!(remark_kinds(&decided(&facts, CLOSE)).is_empty());
}

#[test]
fn alerts_that_are_dismissed_stay_out_of_the_summary_of_the_next_storm() {
    let wave = (0..11).map(|n| case(1, vec![alert(&format!("new-{n}"), &format!("NEW-{n}"))]));
    let mut facts = with(wave.collect());
    complete(&mut facts);
    facts.accounts[0].completed = facts.accounts[0].summaries.clone();
    let decided = decided(&facts, "[tickets]\ndismiss_on_complete = true\n");
    let dismissed = kinds(&decided)
        .iter()
        .filter(|kind| **kind == "dismiss-alert")
        .count();
    assert_eq!(dismissed, 11);
    let made = decided
        .plan
        .lines()
        .iter()
        .find_map(|line| match &line.action {
            Action::Create(creation) => Some(creation),
            Action::Change(_) | Action::WriteNote(_) | Action::Dismiss(_) => None,
        });
    let made = made.unwrap();
    assert_eq!(ticket_key::generation_of(&made.link.external_id), 2);
    let new = |alert: &TicketAlert| alert.id.as_str().starts_with("new-");
    assert!(made.link.alerts.len() == 11 && made.link.alerts.iter().all(new));
}

#[test]
fn a_description_that_is_not_ours_is_left_and_what_it_would_say_is_remembered() {
    for now in [Some("Call Mr Alma first."), None] {
        let mut facts = with(vec![read(2, over)]);
        facts.desk.descriptions.clear();
        let text = now.map(|now| (TICKET, now.to_owned()));
        facts.desk.descriptions.extend(text);
        let found = decided(&facts, CLOSE);
        assert!(kinds(&found).is_empty());
        let ended = remembered(&found)
            .unwrap()
            .alerts
            .iter()
            .filter(|one| !one.active);
        assert_eq!(ended.count(), 1);
        facts.accounts[0].cases = all(over);
        let found = decided(&facts, CLOSE);
        assert_eq!(kinds(&found), ["close-ticket"]);
        assert_eq!(changed(&found).description, None);
    }
}

#[test]
fn whose_words_a_description_is_made_of_is_told_from_the_last_write_or_from_its_lines() {
    let base = with(Vec::new());
    let known = &base.accounts[0].summaries[0].link;
    let ours = base.desk.descriptions[&TICKET].clone();
    let other = ours.replace("Active: 11", "Active: 12");
    let edited = format!("{other}\nCalled.\n");
    for (now, lost, unsure, expected) in [
        (&ours, false, false, DescriptionOwner::Ours),
        (&other, false, false, DescriptionOwner::Person),
        // It may have been written by a run whose answer was lost.
        (&other, false, true, DescriptionOwner::Ours),
        (&other, true, false, DescriptionOwner::Ours),
        (&edited, true, true, DescriptionOwner::Person),
    ] {
        let mut facts = with(Vec::new());
        facts.desk.descriptions.insert(TICKET, now.clone());
        if unsure {
            facts.desk.unconfirmed_writes.insert(TICKET, Vec::new());
        }
        let mut link = known.clone();
        if lost {
            link.fingerprint.clear();
        }
        let ticket = facts.desk.tickets.get(&TICKET);
        let found = DescriptionOwner::of_ticket(&facts.desk, &link, ticket, "What it is to say.");
        assert_eq!(found, expected, "{now} {lost} {unsure}");
        assert_eq!(
            DescriptionOwner::of_ticket(&facts.desk, &link, ticket, now),
            DescriptionOwner::UpToDate
        );
        assert_eq!(
            DescriptionOwner::of_ticket(&facts.desk, &link, None, now),
            DescriptionOwner::Person
        );
    }
    assert_eq!(known.account, AccountName::new("eu"));
}
