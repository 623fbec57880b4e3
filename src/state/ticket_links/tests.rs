//! One live ticket for one key, loaded in bulk.

use jiff::ToSpan;

use super::*;
use crate::domain::ids::{CompanyId, ResourceId, TenantId, TicketId};
use crate::domain::tickets::AlertSaying;
use crate::state::cursors::AlertCursor;
use crate::state::open::tests::{now, temporary};
use crate::state::state_changes::StateChange;

fn account() -> AccountName {
    AccountName::new("eu")
}

fn link(key: &str, ticket: i64, alerts: &[&str]) -> TicketLink {
    TicketLink {
        external_id: format!("acrotask-{key}"),
        kind: TicketKind::Alert,
        account: account(),
        tenant: Some(TenantId::new("t")),
        company: CompanyId(1),
        alert_key: key.to_owned(),
        alert_type: Some("BackupFailed".to_owned()),
        ticket: TicketId(ticket),
        opened_at: now(),
        fingerprint: "f".to_owned(),
        status: Some(1),
        assignee: None,
        priority: Some(4),
        written_at: now(),
        closed_at: None,
        occurrences: 1,
        alerts: alerts
            .iter()
            .map(|id| TicketAlert {
                id: AlertId::new(id),
                key: format!("key of {id}"),
                label: "srv-01: Backup failed".to_owned(),
                fingerprint: "g".to_owned(),
                updated_at: now() + 1.nanosecond(),
                active: true,
                reported: true,
                says: Some(AlertSaying {
                    severity: "error".to_owned(),
                    since: Some(now()),
                    ..AlertSaying::default()
                }),
                said: None,
            })
            .collect(),
    }
}

fn tickets(state: &State, of: TicketsOf<'_>) -> Vec<i64> {
    let found = state.ticket_links(&account(), of).unwrap();
    found.iter().map(|known| known.link.ticket.0).collect()
}

#[test]
fn a_ticket_comes_back_with_its_alerts_as_it_was_saved() {
    let (_dir, state) = temporary();
    let mut saved = link("a", 10, &["A1", "A2"]);
    let id = state.open_ticket_link(&saved).unwrap();
    let live = |state: &State| state.ticket_links(&account(), TicketsOf::Live).unwrap();
    let known = |link: &TicketLink| KnownTicket {
        id,
        link: link.clone(),
    };
    assert_eq!(live(&state), [known(&saved)]);

    saved.alerts.remove(0);
    saved.alerts[0].active = false;
    saved.status = Some(8);
    saved.assignee = Some(ResourceId(29));
    saved.occurrences = 2;
    saved.written_at = now() + 1.hour();
    state.update_ticket_link(id, &saved).unwrap();
    assert_eq!(live(&state), [known(&saved)]);
    let other = AccountName::new("us");
    assert!(
        state
            .ticket_links(&other, TicketsOf::Live)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_key_and_an_external_id_have_one_live_ticket() {
    let (_dir, state) = temporary();
    let mut first = link("a", 10, &["A1"]);
    let id = state.open_ticket_link(&first).unwrap();
    let mut same_key = link("a", 11, &["A2"]);
    same_key.external_id = "other".to_owned();
    let mut same_external_id = link("b", 11, &["A2"]);
    same_external_id.external_id = first.external_id.clone();
    for second in [same_key, same_external_id] {
        state.open_ticket_link(&second).unwrap_err();
    }
    assert_eq!(tickets(&state, TicketsOf::Live), [10]);

    first.closed_at = Some(now());
    state.update_ticket_link(id, &first).unwrap();
    state.open_ticket_link(&link("a", 11, &["A1"])).unwrap();
    assert_eq!(tickets(&state, TicketsOf::Live), [11]);
    // The old one cannot be re-opened beside the new one.
    first.closed_at = None;
    state.update_ticket_link(id, &first).unwrap_err();
    assert_eq!(tickets(&state, TicketsOf::Live), [11]);
}

#[test]
fn tickets_are_found_by_key_and_by_alert_closed_ones_too() {
    let (_dir, state) = temporary();
    let mut closed = link("a", 10, &["A1", "A2"]);
    closed.closed_at = Some(now());
    state.open_ticket_link(&closed).unwrap();
    state
        .open_ticket_link(&link("b \"quoted\"", 11, &["A3"]))
        .unwrap();
    state.open_ticket_link(&link("c", 12, &["A4"])).unwrap();
    let keys = ["a".to_owned(), "b \"quoted\"".to_owned(), "none".to_owned()];
    assert_eq!(tickets(&state, TicketsOf::Keys(&keys)), [10, 11]);
    let member = ["key of A4".to_owned()];
    assert_eq!(tickets(&state, TicketsOf::Keys(&member)), [12]);
    let alerts = ["a2", "A4", "none"].map(AlertId::new);
    assert_eq!(tickets(&state, TicketsOf::Alerts(&alerts)), [10, 12]);
    let ids = [10, 12, 13].map(TicketId);
    assert_eq!(tickets(&state, TicketsOf::Tickets(&ids)), [10, 12]);
    assert_eq!(tickets(&state, TicketsOf::KeysFrom("b \"")), [11]);
    assert_eq!(tickets(&state, TicketsOf::Live), [11, 12]);
    let ids = [10, 12, 99].map(TicketId);
    assert_eq!(tickets(&state, TicketsOf::Tickets(&ids)), [10, 12]);
    assert_eq!(tickets(&state, TicketsOf::Keys(&[])), Vec::<i64>::new());
}

#[test]
fn a_ticket_that_cannot_be_remembered_holds_up_no_other_and_its_alerts_are_asked_for_again() {
    let (_dir, state) = temporary();
    let mut broken = link("b", 11, &["A2"]);
    broken.occurrences = 0;
    let effects: Vec<StateChange> = [link("a", 10, &["A1"]), broken, link("c", 12, &["A3"])]
        .map(|link| StateChange::SaveTicket(None, Box::new(link)))
        .into();
    let cursor = AlertCursor {
        watermark: Some(now()),
        ..AlertCursor::default()
    };
    let lost = state
        .advance_alert_cursor(&account(), &cursor, &[], &[], &effects, now())
        .unwrap();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!(tickets(&state, TicketsOf::Live), [10, 12]);
    assert_eq!(state.alert_cursor(&account()).unwrap(), cursor);
    let held = state.held_alerts(&account()).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].hold.alert, AlertId::new("A2"));
}
