//! Whole plans from facts, without either service.

mod changes;
mod decide;
mod lookup;
mod orphans;
mod storms;
mod summary;
mod suppress;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::date;

use super::super::ticket_key;
use super::facts::{AccountFacts, Alert, Case, Company, Desk, Destination, Details, Facts, Ticket};
use super::*;
use crate::config::{Severity, sample_with};
use crate::domain::ids::{AccountName, AlertId, CompanyId, TenantId, TicketId};
use crate::domain::tickets::{
    AlertHold, KnownTicket, TicketAlert, TicketKind, TicketLink, TicketLinkId,
};

pub(super) fn now() -> Timestamp {
    "2026-09-15T08:00:00Z".parse().unwrap()
}

pub(super) fn alert(id: &str, workload: &str) -> Alert {
    Alert {
        id: AlertId::new(id),
        kind: "BackupFailed".to_owned(),
        category: "Backup".to_owned(),
        severity: Some(Severity::Error),
        severity_word: "error".to_owned(),
        created: Some(now()),
        updated: now(),
        active: true,
        ignored: false,
        details: Details {
            workload: workload.to_owned(),
            message: "It broke.".to_owned(),
            ..Details::default()
        },
    }
}

pub(super) fn case(company: i64, alerts: Vec<Alert>) -> Case {
    let first = alerts.first().map_or("none", |one| one.id.as_str());
    let destination = Destination {
        company: CompanyId(company),
        tenant: Some(TenantId::new("t")),
        customer: "Alma Bakery".to_owned(),
    };
    Case {
        alerts: alerts.clone(),
        ..Case::new(format!("{company}|{first}"), destination)
    }
}

/// A live ticket of a case, with all its alerts as they are there.
pub(super) fn known(case: &Case, id: i64) -> KnownTicket {
    let members = case
        .alerts
        .iter()
        .map(|alert| alerts::ticket_alert(case, alert));
    KnownTicket {
        id: TicketLinkId(id),
        link: TicketLink {
            external_id: ticket_key::external_id(&AccountName::new("eu"), &case.key, 1),
            kind: TicketKind::Alert,
            account: AccountName::new("eu"),
            tenant: None,
            company: case.destination.company,
            alert_key: case.key.clone(),
            alert_type: None,
            ticket: TicketId(id),
            opened_at: now(),
            fingerprint: String::new(),
            status: Some(0),
            assignee: None,
            priority: None,
            written_at: now(),
            closed_at: None,
            occurrences: 1,
            alerts: members
                .map(|one| TicketAlert {
                    active: true,
                    ..one
                })
                .collect(),
        },
    }
}

/// An open ticket.
fn ticket(id: i64) -> Ticket {
    Ticket {
        id: TicketId(id),
        number: format!("T{id}"),
        company: CompanyId(1),
        status: 0,
        complete: false,
        completed: None,
        assignee: None,
        priority: None,
    }
}

pub(super) fn facts(cases: Vec<Case>) -> Facts {
    let company = |active| Company {
        name: "Alma Bakery".to_owned(),
        active,
    };
    let known = cases.iter().filter_map(|case| case.known.as_ref());
    let tickets = known.map(|known| (known.link.ticket, ticket(known.link.ticket.0)));
    Facts {
        now: now(),
        today: date(2026, 9, 15),
        desk: Desk {
            tickets: tickets.collect(),
            companies: BTreeMap::from([
                (CompanyId(1), company(true)),
                (CompanyId(2), company(true)),
                (CompanyId(3), company(false)),
                (CompanyId(5), company(true)),
            ]),
            ..Desk::default()
        },
        accounts: vec![AccountFacts {
            cases,
            ..AccountFacts::new(AccountName::new("eu"), "https://eu.example".to_owned())
        }],
    }
}

/// What a part of the planner makes of it under such a configuration, for one account after another.
fn with<T>(facts: &Facts, more: &str, look: impl FnOnce(&[AccountContext<'_>]) -> T) -> T {
    let config = sample_with(more);
    let rules = Rules {
        tickets: &config.tickets,
        limits: &config.limits,
    };
    let accounts = facts.accounts.iter();
    let contexts: Vec<AccountContext<'_>> = accounts
        .map(|account| AccountContext {
            facts,
            account,
            rules,
        })
        .collect();
    look(&contexts)
}

/// The plan under a configuration with these lines more.
pub(super) fn decided(facts: &Facts, more: &str) -> Decided {
    let config = sample_with(more);
    let rules = Rules {
        tickets: &config.tickets,
        limits: &config.limits,
    };
    plan(facts, rules, Vec::new())
}

pub(super) fn kinds(decided: &Decided) -> Vec<&'static str> {
    let lines = decided.plan.lines().iter();
    lines.map(|line| line.description.kind.as_str()).collect()
}

pub(super) fn many(company: i64, count: usize) -> Vec<Case> {
    (0..count)
        .map(|n| {
            case(
                company,
                vec![alert(&format!("c{company}-{n}"), &format!("PC-{n}"))],
            )
        })
        .collect()
}

#[test]
fn the_order_of_the_alerts_changes_nothing() {
    let mut cases = many(1, 5);
    let one = decided(&facts(cases.clone()), "");
    cases.reverse();
    let two = decided(&facts(cases), "");
    assert_eq!(one.plan.digest(), two.plan.digest());
    assert_eq!(kinds(&one), ["create-ticket"; 5]);
}

#[test]
fn more_than_a_company_may_get_becomes_one_summary_and_others_are_not_touched() {
    let cases = [many(1, 11), many(2, 10)].concat();
    let decided = decided(&facts(cases), "");
    let kinds = kinds(&decided);
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "create-summary")
            .count(),
        1
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "create-ticket")
            .count(),
        10
    );
}

#[test]
fn more_than_a_run_may_make_becomes_a_summary_for_each_company_with_several() {
    let cases = [many(1, 2), many(2, 1)].concat();
    let decided = decided(&facts(cases), "[limits]\ntickets_per_run = 2\n");
    assert_eq!(kinds(&decided), ["create-summary", "create-ticket"]);
}

#[test]
fn a_summary_takes_over_every_ticket_of_its_keys_with_the_alerts_that_were_not_read() {
    let cases: Vec<Case> = many(1, 11)
        .into_iter()
        .zip(1..)
        .map(|(mut case, id)| {
            let mut known = known(&case, id);
            let silent = TicketAlert {
                id: AlertId::new(&format!("silent-{id}")),
                ..known.link.alerts[0].clone()
            };
            known.link.alerts.push(silent);
            case.known = Some(known);
            case.alerts[0].id = AlertId::new(&format!("again-{id}"));
            case
        })
        .collect();
    let mut facts = facts(cases);
    // All of them were deleted.
    facts.desk.tickets.clear();
    let decided = decided(&facts, "");
    assert_eq!(kinds(&decided), ["create-summary"]);
    let Action::Create(creation) = &decided.plan.lines()[0].action else {
        panic!("not a new ticket");
    };
    assert_eq!(creation.replaces.len(), 11);
    let ended = |KnownTicket { link, .. }: &KnownTicket| {
        link.closed_at.is_some() && link.alerts.iter().all(|alert| !alert.active)
    };
    assert!(creation.replaces.iter().all(ended));
    // The old version, the silent one and the new one of each.
    assert_eq!(creation.link.alerts.len(), 33);
}

#[test]
fn an_inactive_company_gets_a_note_and_no_ticket() {
    for (company, kind) in [(3, "company-inactive"), (4, "company-hidden")] {
        let decided = decided(&facts(many(company, 1)), "");
        assert!(kinds(&decided).is_empty());
        let kinds: Vec<_> = decided
            .plan
            .remarks()
            .iter()
            .map(|note| note.kind.as_str())
            .collect();
        assert_eq!(kinds, [kind]);
        assert!(decided.plan.remarks()[0].needs_person);
    }
}

/// Live tickets whose alerts have all ended, the first so many of them without a sign.
fn ended(count: usize, vanished: usize) -> Facts {
    let cases: Vec<Case> = many(1, count)
        .into_iter()
        .zip(1..)
        .map(|(mut case, id)| {
            case.known = Some(known(&case, id));
            case.alerts[0].active = false;
            case
        })
        .collect();
    let gone = cases.iter().take(vanished);
    let gone = gone.map(|case| case.alerts[0].id.clone()).collect();
    let mut facts = facts(cases);
    facts.accounts[0].vanished = gone;
    facts.accounts[0].live = count;
    facts
}

#[test]
fn tickets_are_not_closed_when_most_of_them_lose_their_alerts_without_a_sign() {
    let close = "[tickets.auto_close]\nenabled = true\n";
    for (count, vanished, written) in [(12, 12, 0), (12, 7, 5), (12, 6, 12), (5, 5, 0), (4, 4, 4)] {
        let decided = decided(&ended(count, vanished), close);
        assert_eq!(kinds(&decided).len(), count);
        let approved = decided.plan.approve(None).unwrap();
        assert_eq!(approved.lines().len(), written, "{vanished} of {count}");
        let digest = decided.plan.digest();
        let approved = decided.plan.approve(Some(&digest)).unwrap();
        assert_eq!(approved.lines().len(), count);
    }
}

#[test]
fn many_alerts_of_one_ticket_that_vanish_are_one_ticket() {
    let mut facts = ended(6, 0);
    let case = &mut facts.accounts[0].cases[0];
    case.alerts = (0..90)
        .map(|n| Alert {
            active: false,
            ..alert(&format!("v{n}"), "PC-0")
        })
        .collect();
    let gone = case.alerts.iter().map(|alert| alert.id.clone()).collect();
    case.known.as_mut().unwrap().link.alerts.clear();
    facts.accounts[0].vanished = gone;
    let decided = decided(&facts, "[tickets.auto_close]\nenabled = true\n");
    assert_eq!(decided.plan.approve(None).unwrap().lines().len(), 6);
}

#[test]
fn a_ticket_that_stands_for_another_key_too_is_not_closed() {
    let mut one = many(1, 1).remove(0);
    one.known = Some(known(&one, 7));
    one.alerts[0].active = false;
    let mut facts = facts(vec![one]);
    let close = "[tickets.auto_close]\nenabled = true\n";
    assert_eq!(kinds(&decided(&facts, close)), ["close-ticket"]);
    let others = ["another key".to_owned()].into();
    facts.accounts[0]
        .active_by_ticket
        .insert(TicketId(7), others);
    assert!(kinds(&decided(&facts, close)).is_empty());
}

#[test]
fn unmapped_alerts_and_new_types_are_told_in_a_sentence_each() {
    let mut facts = facts(Vec::new());
    facts.accounts[0].unmapped = (0..7).map(|n| (format!("10{n}"), 2)).collect();
    facts.accounts[0].reconciled = true;
    facts.accounts[0].new_types = vec!["Sunspots".to_owned()];
    let decided = decided(&facts, "");
    let texts: Vec<&str> = decided
        .plan
        .remarks()
        .iter()
        .map(|note| note.text.as_str())
        .collect();
    assert!(texts[0].contains("new alert types") && texts[0].contains("Sunspots"));
    assert!(
        texts[1].starts_with("14 active alerts belong to 7 tenants"),
        "{}",
        texts[1]
    );
    assert!(texts[1].contains("and 2 more"), "{}", texts[1]);
}

#[test]
fn tickets_that_open_again_count_with_new_ones_towards_a_storm() {
    let reopened = |count: usize| {
        let cases = many(1, count).into_iter().zip(1..).map(|(mut case, id)| {
            let mut known = known(&case, id);
            known.link.closed_at = Some(now());
            known.link.alerts[0].active = false;
            case.known = Some(known);
            case
        });
        let mut facts = facts(cases.chain(many(2, 1)).collect());
        for ticket in facts.desk.tickets.values_mut() {
            ticket.complete = true;
            ticket.completed = Some(now());
        }
        kinds(&decided(&facts, ""))
    };
    assert_eq!(reopened(11), ["create-summary", "create-ticket"]);
    let few = reopened(10);
    assert_eq!(few.len(), 11);
    assert_eq!(few[..10], ["reopen-ticket"; 10]);
}
