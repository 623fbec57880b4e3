//! One key after the other: which ticket stands for it, and what is wanted of it.

use super::super::decide::decide_keys;
use super::super::lookup::{find_basis, find_ticket};
use super::*;
use crate::domain::ids::ResourceId;
use crate::domain::tickets::HoldReason;

const CLOSES: &str = "[tickets.auto_close]\nenabled = true\n";

/// A ticket under one of the external ids of a key.
fn put(facts: &mut Facts, key: &str, generation: u32, one: Ticket) {
    let external_id = ticket_key::external_id(&AccountName::new("eu"), key, generation);
    let ids = facts.desk.by_external_id.entry(external_id).or_default();
    ids.push(one.id);
    facts.desk.tickets.insert(one.id, one);
}

fn done(id: i64) -> Ticket {
    Ticket {
        complete: true,
        completed: Some(now()),
        status: 5,
        ..ticket(id)
    }
}

/// A case with a remembered ticket 7 that stands for its alert, as Autotask has it now.
fn ticketed(standing: Option<Ticket>) -> Facts {
    let mut one = many(1, 1).remove(0);
    one.known = Some(known(&one, 7));
    let mut facts = facts(vec![one]);
    facts.desk.tickets.clear();
    facts
        .desk
        .tickets
        .extend(standing.map(|ticket| (TicketId(7), ticket)));
    facts
}

/// The same, and the alert comes under a new id.
fn again(standing: Option<Ticket>) -> Facts {
    let mut facts = ticketed(standing);
    facts.accounts[0].cases[0].alerts[0].id = AlertId::new("again");
    facts
}

#[test]
fn of_the_tickets_of_a_key_the_open_one_is_found_and_then_the_newest() {
    /// Generation and id of the tickets, and whether they are open.
    type Given = &'static [(u32, i64, bool)];
    type Row = (Given, u32, Option<(i64, u32)>);
    let table: [Row; 8] = [
        (&[], 1, None),
        (&[(1, 10, false)], 1, Some((10, 1))),
        (&[(1, 10, false), (2, 11, false)], 1, Some((11, 2))),
        (&[(1, 10, true), (2, 11, false)], 1, Some((10, 1))),
        (&[(1, 12, true), (2, 11, true)], 1, Some((12, 1))),
        (&[(1, 10, true), (2, 11, false)], 2, Some((11, 2))),
        // Two tickets with one external id.
        (&[(1, 10, false), (1, 9, false)], 1, Some((10, 1))),
        // Nothing is looked for behind a gap.
        (&[(1, 10, false), (3, 11, true)], 1, Some((10, 1))),
    ];
    for (given, from, expected) in table {
        let mut facts = facts(Vec::new());
        for (generation, id, open) in given {
            let one = if *open { ticket(*id) } else { done(*id) };
            put(&mut facts, "k", *generation, one);
        }
        let found = find_ticket(&facts.desk, &AccountName::new("eu"), "k", from);
        let found = found
            .map(|(external_id, ticket)| (ticket.id.0, ticket_key::generation_of(&external_id)));
        assert_eq!(found, expected, "{given:?} from {from}");
    }
}

#[test]
fn the_next_ticket_of_a_key_takes_the_place_of_one_that_is_over_and_of_no_other() {
    for (standing, generation, expected) in [
        (Some(ticket(7)), 2, (7, false)),
        (Some(done(7)), 2, (8, true)),
        (Some(done(7)), 1, (7, false)),
        // It is gone: whatever has its own external id is the next.
        (None, 1, (8, true)),
        (None, 2, (7, false)),
    ] {
        let words = format!("{standing:?} {generation}");
        let mut facts = ticketed(standing);
        let key = facts.accounts[0].cases[0].key.clone();
        put(&mut facts, &key, generation, ticket(8));
        with(&facts, "", |contexts| {
            let group = Group::of_key(&contexts[0].account.cases[0]);
            let basis = find_basis(
                &facts.desk,
                contexts[0].account,
                contexts[0].rules.tickets,
                &group,
                now(),
            );
            assert_eq!((basis.link.ticket.0, basis.is_new), expected, "{words}");
            assert!(basis.known.is_some());
        });
    }
}

#[test]
fn what_becomes_of_a_ticket_follows_from_where_it_stands() {
    let ended = |mut facts: Facts| {
        facts.accounts[0].cases[0].alerts[0].active = false;
        facts
    };
    let moved = |mut facts: Facts| {
        facts.accounts[0].cases[0].destination.company = CompanyId(2);
        facts
    };
    let taken = || Ticket {
        assignee: Some(ResourceId(9)),
        ..ticket(7)
    };
    let elsewhere = |mut facts: Facts| {
        let keys = ["another key".to_owned()].into();
        facts.accounts[0].active_by_ticket.insert(TicketId(7), keys);
        facts
    };
    let force = "[tickets.auto_close]\nenabled = true\nforce = true\n";
    for (facts, more, expected) in [
        (again(Some(ticket(7))), "", None),
        (again(Some(done(7))), "", Some("reopen-ticket")),
        (
            again(Some(done(7))),
            "[tickets]\nreopen = \"never\"\n",
            Some("create-ticket"),
        ),
        (moved(again(Some(done(7)))), "", Some("create-ticket")),
        (moved(again(Some(ticket(7)))), "", None),
        (again(None), "", Some("create-ticket")),
        (ticketed(None), "", None),
        (ended(ticketed(Some(ticket(7)))), "", None),
        (
            ended(ticketed(Some(ticket(7)))),
            CLOSES,
            Some("close-ticket"),
        ),
        (ended(ticketed(Some(done(7)))), CLOSES, None),
        (ended(ticketed(Some(taken()))), CLOSES, None),
        (ended(ticketed(Some(taken()))), force, Some("close-ticket")),
        (elsewhere(ended(ticketed(Some(ticket(7))))), force, None),
    ] {
        let words = format!("{:?} {more}", facts.desk.tickets);
        assert_eq!(
            kinds(&decided(&facts, more)),
            Vec::from_iter(expected),
            "{words}"
        );
    }
}

#[test]
fn a_new_ticket_has_a_free_external_id_and_the_memory_of_the_last_one_ends() {
    let never = "[tickets]\nreopen = \"never\"\n";
    for (standing, generation) in [(None, 1), (Some(done(7)), 2)] {
        let facts = again(standing);
        with(&facts, never, |contexts| {
            let wanted = decide_keys(contexts[0]).wanted;
            let link = &wanted[0].link;
            assert_eq!(ticket_key::generation_of(&link.external_id), generation);
            // The alert of old is active still, and goes with it.
            assert_eq!(link.alerts.len(), 2);
            let old = wanted[0].replaces.clone().unwrap();
            assert_eq!((old.id, old.link.closed_at), (TicketLinkId(7), Some(now())));
        });
    }
}

#[test]
fn an_ignored_alert_makes_no_ticket_and_opens_none_again_though_it_was_refused_once() {
    let held = AlertHold {
        alert: AlertId::new("again"),
        why: HoldReason::Locked,
        key: "k".to_owned(),
        occurrences: 1,
        updated_at: now(),
        active_since: None,
        detail: String::new(),
    };
    for (standing, locked) in [(None, false), (Some(done(7)), false), (Some(done(7)), true)] {
        let mut facts = again(standing);
        let case = &mut facts.accounts[0].cases[0];
        if locked {
            case.held.insert(AlertId::new("again"), held.clone());
        }
        case.alerts[0].ignored = true;
        assert!(kinds(&decided(&facts, "")).is_empty());
        let case = &mut facts.accounts[0].cases[0];
        case.alerts.push(alert("another", "PC-9"));
        assert_eq!(kinds(&decided(&facts, "")).len(), 1, "the other counts");
    }
    let mut one = many(1, 1).remove(0);
    one.alerts[0].ignored = true;
    assert!(kinds(&decided(&facts(vec![one]), "")).is_empty());
}

#[test]
fn an_ignored_alert_decides_nothing_and_speaks_only_when_it_is_alone() {
    let ignored = Alert {
        ignored: true,
        severity: Some(Severity::Critical),
        ..alert("ignored", "PC-1")
    };
    let mut one = case(1, vec![ignored, alert("a", "PC-1")]);
    let name = |one: Option<&Alert>| one.map(|one| one.id.to_string());
    let both = |case: &Case| (name(case.gravest()), name(case.speaker()));
    assert_eq!(both(&one), (Some("a".to_owned()), Some("a".to_owned())));
    one.alerts.pop();
    assert_eq!(both(&one), (None, Some("ignored".to_owned())));
}

#[test]
fn what_waits_is_held_and_what_stands_in_a_summary_is_left_to_it() {
    let mut summary = many(1, 1).remove(0);
    summary.summary = Some(TicketLinkId(3));
    let mut waiting = many(1, 1).remove(0);
    waiting.alerts[0].id = AlertId::new("waits");
    let mut nowhere = many(3, 1).remove(0);
    nowhere.alerts[0].id = AlertId::new("nowhere");
    let facts = facts(vec![summary, waiting, nowhere]);
    let hold = |more: &str| {
        with(&facts, more, |contexts| {
            let judged = decide_keys(contexts[0]);
            assert_eq!(
                (judged.members.len(), judged.settled.looked_at.len()),
                (1, 3)
            );
            let hold = judged.settled.hold.iter();
            let hold = hold.map(|hold| (hold.alert.to_string(), hold.why));
            (judged.wanted.len(), hold.collect::<Vec<_>>())
        })
    };
    let nowhere = ("nowhere".to_owned(), HoldReason::Blocked);
    assert_eq!(hold(""), (1, vec![nowhere]));
    let damped = |id: &str| (id.to_owned(), HoldReason::Damped);
    let damping = "[tickets.damping]\nminutes = 30\n";
    assert_eq!(hold(damping), (0, vec![damped("waits"), damped("nowhere")]));
}

#[test]
fn a_ticket_of_a_company_that_takes_none_is_not_opened_again() {
    for (company, kind) in [(3, "company-inactive"), (4, "company-hidden")] {
        let mut facts = again(Some(done(7)));
        let case = &mut facts.accounts[0].cases[0];
        case.destination.company = CompanyId(company);
        case.known.as_mut().unwrap().link.company = CompanyId(company);
        let decided = decided(&facts, "");
        assert!(kinds(&decided).is_empty());
        assert_eq!(decided.plan.remarks()[0].kind.as_str(), kind);
        let hold = &decided.accounts[0].hold;
        assert_eq!((hold.len(), hold[0].why), (1, HoldReason::Blocked));
        // What is not dealt with is not remembered.
        assert!(decided.accounts[0].remember.is_empty());
    }
}
