//! What is remembered of tickets, and what their fields come from.

use super::super::changes::{due_at, end_replaced};
use super::super::lookup::{adopt_ticket, field_ids, is_changed_by_person, new_link};
use super::*;
use crate::config::TicketFields;
use crate::domain::ids::ResourceId;
use crate::domain::tickets::TicketFieldIds;

#[test]
fn a_person_is_told_by_status_or_assignment_that_differ_from_what_was_written_last() {
    let link = known(&many(1, 1)[0], 7).link;
    for (status, assignee, seen, assigned, expected) in [
        (Some(1), None, 1, None, false),
        (Some(1), None, 8, None, true),
        (Some(1), None, 1, Some(9), true),
        (Some(1), Some(9), 1, None, true),
        (Some(1), Some(9), 1, Some(9), false),
        // A ticket that was gone once is of unknown status.
        (None, None, 8, None, false),
    ] {
        let link = TicketLink {
            status,
            assignee: assignee.map(ResourceId),
            ..link.clone()
        };
        let ticket = Ticket {
            status: seen,
            assignee: assigned.map(ResourceId),
            ..ticket(7)
        };
        assert_eq!(
            is_changed_by_person(&link, &ticket),
            expected,
            "{link:?} {ticket:?}"
        );
    }
}

#[test]
fn an_adopted_ticket_is_where_it_is_and_ours_as_far_as_can_be_told() {
    let given = Ticket {
        company: CompanyId(2),
        status: 8,
        assignee: Some(ResourceId(9)),
        ..ticket(7)
    };
    let made = TicketFieldIds {
        status: 1,
        assigned: Some((ResourceId(4), 1)),
        ..TicketFieldIds::default()
    };
    for (unmodified_since_create, expected) in [
        (false, (Some(1), Some(ResourceId(4)))),
        (true, (Some(8), Some(ResourceId(9)))),
    ] {
        let mut facts = facts(many(1, 1));
        facts.desk.lists.by_rule = BTreeMap::from([(0, made.clone())]);
        facts
            .desk
            .unmodified_since_create
            .extend(unmodified_since_create.then_some(given.id));
        with(&facts, "", |contexts| {
            let case = &contexts[0].account.cases[0];
            let (name, group) = (&contexts[0].account.account, Group::of_key(case));
            let ids = field_ids(&facts.desk, contexts[0].rules.tickets, &group);
            let link = new_link(name, &group, &ids, "acrotask-x".to_owned(), now());
            let link = adopt_ticket(&facts.desk, link, &given);
            assert_eq!((link.company, link.ticket), (CompanyId(2), TicketId(7)));
            assert_eq!((link.status, link.assignee), expected);
            assert_eq!(
                (link.alert_key.as_str(), link.occurrences),
                (case.key.as_str(), 0)
            );
            assert_eq!(
                is_changed_by_person(&link, &given),
                !unmodified_since_create
            );
        });
    }
}

#[test]
fn a_rule_without_ids_of_its_own_has_those_of_the_defaults() {
    let mut facts = facts(Vec::new());
    let defaults = TicketFieldIds {
        status: 1,
        ..TicketFieldIds::default()
    };
    facts.desk.lists.by_rule = BTreeMap::from([(0, defaults)]);
    assert_eq!(facts.desk.rule_ids(3).status, 1);
}

#[test]
fn a_ticket_is_due_after_the_hours_of_its_rule_and_after_a_day_without_any() {
    for (hours, expected) in [
        (None, "2026-09-16T08:00:00Z"),
        (Some(0), "2026-09-15T08:00:00Z"),
        (Some(4), "2026-09-15T12:00:00Z"),
    ] {
        let fields = TicketFields {
            due_in_hours: hours,
            ..TicketFields::default()
        };
        assert_eq!(due_at(now(), &fields).to_string(), expected);
    }
}

#[test]
fn a_ticket_that_another_one_replaces_stands_for_nothing_and_keeps_the_time_of_its_end() {
    let earlier: Timestamp = "2026-09-14T08:00:00Z".parse().unwrap();
    for (closed_at, expected) in [(None, now()), (Some(earlier), earlier)] {
        let mut known = known(&many(1, 1)[0], 7);
        known.link.closed_at = closed_at;
        let KnownTicket { id, link } = end_replaced(&known, now());
        assert_eq!((id, link.closed_at), (known.id, Some(expected)));
        assert!(link.alerts.iter().all(|alert| !alert.active));
        assert_eq!(link.alerts.len(), 1);
    }
}
