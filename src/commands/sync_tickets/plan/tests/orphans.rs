//! Open tickets that nobody remembers and that stand for nothing.

use super::super::action::ChangeKind;
use super::super::facts::{Orphan, UntrackedTicket};
use super::super::orphans;
use super::*;
use crate::domain::ids::ResourceId;
use crate::domain::tickets::TicketFieldIds;

/// Rules that make tickets with status 1 and nobody, or status 2 and resource 9.
fn strayed(one: Ticket) -> Facts {
    let mut facts = facts(Vec::new());
    let made = |status, resource: Option<i64>| TicketFieldIds {
        status,
        assigned: resource.map(|id| (ResourceId(id), 1)),
        ..TicketFieldIds::default()
    };
    let rules = [(0, made(1, None)), (1, made(2, Some(9)))];
    facts.desk.lists.by_rule = BTreeMap::from(rules);
    facts.desk.lists.close_status = 5;
    facts.accounts[0].orphans.tickets = vec![Orphan {
        found: UntrackedTicket {
            ticket: one.clone(),
            external_id: ticket_key::external_id(&AccountName::new("eu"), "k", 1),
            first: ticket_key::external_id(&AccountName::new("eu"), "k", 1),
            title: "Backup failed: PC-1".to_owned(),
        },
        tenant: Some(TenantId::new("t")),
    }];
    facts.desk.tickets.insert(one.id, one);
    facts
}

#[test]
fn a_stray_is_closed_only_when_it_stands_as_some_rule_makes_tickets() {
    let on = "[tickets.auto_close]\nenabled = true\n";
    let force = "[tickets.auto_close]\nenabled = true\nforce = true\n";
    let off = "[tickets.auto_close]\nenabled = false\n";
    for (status, resource, complete, more, expected) in [
        (1, None, false, on, (1, 0)),
        (2, Some(9), false, on, (1, 0)),
        (1, Some(9), false, on, (0, 1)),
        (2, None, false, on, (0, 1)),
        (8, None, false, on, (0, 1)),
        // What no rule gives, although a rule without a status might seem to.
        (0, None, false, on, (0, 1)),
        (8, None, false, force, (1, 0)),
        (5, None, true, force, (0, 0)),
        (1, None, false, off, (0, 0)),
    ] {
        let facts = strayed(Ticket {
            status,
            assignee: resource.map(ResourceId),
            complete,
            ..ticket(7)
        });
        with(&facts, more, |contexts| {
            let found = orphans::close_orphans(
                &facts.desk,
                contexts[0].account,
                contexts[0].rules.tickets,
                now(),
            );
            let counts = (found.0.len(), found.1.len());
            assert_eq!(counts, expected, "{status} {resource:?} {complete} {more}");
        });
    }
}

#[test]
fn a_stray_that_is_closed_is_remembered_under_its_external_id_until_its_key_is_read() {
    let facts = strayed(Ticket {
        status: 1,
        ..ticket(7)
    });
    with(
        &facts,
        "[tickets.auto_close]\nenabled = true\n",
        |contexts| {
            let found = orphans::close_orphans(
                &facts.desk,
                contexts[0].account,
                contexts[0].rules.tickets,
                now(),
            );
            let [Action::Change(change)] = found.0.as_slice() else {
                panic!("{:?}", found.0);
            };
            let link = &change.link;
            assert_eq!((change.kind, change.id), (ChangeKind::Close, None));
            assert_eq!(
                link.alert_key,
                format!("{}{}", ticket_key::LOST, link.external_id)
            );
            assert_eq!((link.status, link.closed_at), (Some(5), Some(now())));
            assert_eq!((link.ticket, link.company), (TicketId(7), CompanyId(1)));
        },
    );
}

#[test]
fn strays_of_companies_that_are_not_mapped_are_counted() {
    let mut facts = facts(Vec::new());
    facts.accounts[0].orphans.unmapped = 3;
    let on = decided(&facts, "[tickets.auto_close]\nenabled = true\n");
    assert!(on.plan.remarks()[0].text.starts_with("3 open tickets"));
    assert!(decided(&facts, "").plan.remarks().is_empty());
}
