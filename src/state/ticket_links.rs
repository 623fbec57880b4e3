//! Which ticket stands for which alerts; at most one live ticket for one alert key.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use super::State;
use super::columns::{Cell, json_list, word_columns};
use super::rows::{Cells, Columns as _, read_rows, table_row};
use crate::domain::ids::{AccountName, AlertId, ResourceId, TicketId};
use crate::domain::tickets::{KnownTicket, TicketAlert, TicketKind, TicketLink, TicketLinkId};

word_columns!(TicketKind);
table_row! { TicketLink:
    external_id, kind, account, tenant, company, alert_key, alert_type, ticket, opened_at,
    fingerprint, status, assignee, priority, written_at, closed_at, occurrences, ..alerts
}
table_row! { TicketAlert:
    id = "alert", key = "alert_key", label, fingerprint, updated_at, active, reported = "told", says,
    said
}

/// Which ticket links to load, all in two queries however many they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TicketsOf<'a> {
    /// All that are not closed.
    Live,
    /// Live or closed, of these alert keys or with alerts of these keys; a key can have several.
    Keys(&'a [String]),
    /// Live or closed, that stand for any of these alerts.
    Alerts(&'a [AlertId]),
    /// Live or closed, whose alert keys begin with this.
    KeysFrom(&'a str),
    /// Live or closed, that stand behind any of these tickets.
    Tickets(&'a [TicketId]),
}

impl State {
    #[cfg(test)]
    /// Remembers a new ticket. Fails while another live ticket has its key or its external id.
    pub(crate) fn open_ticket_link(&self, link: &TicketLink) -> Result<TicketLinkId> {
        self.write_in_transaction(|tx| save_ticket_link(tx, None, link))
    }

    #[cfg(test)]
    /// Replaces what is known about a ticket, its alerts included.
    pub(crate) fn update_ticket_link(&self, id: TicketLinkId, link: &TicketLink) -> Result<()> {
        self.write_in_transaction(|tx| save_ticket_link(tx, Some(id), link).map(|_| ()))
    }

    /// The ticket links of an account, the oldest first.
    pub(crate) fn ticket_links(
        &self,
        account: &AccountName,
        of: TicketsOf<'_>,
    ) -> Result<Vec<KnownTicket>> {
        let (condition, list) = match of {
            TicketsOf::Live => ("closed_at IS NULL", String::new()),
            TicketsOf::Keys(keys) => (
                "(alert_key IN (SELECT value FROM json_each(?2))
                  OR id IN (SELECT link FROM ticket_alerts
                            WHERE alert_key IN (SELECT value FROM json_each(?2))))",
                json_list(keys.iter().map(String::as_str)),
            ),
            TicketsOf::Alerts(alerts) => (
                "id IN (SELECT link FROM ticket_alerts
                        WHERE alert IN (SELECT value FROM json_each(?2)))",
                json_list(alerts.iter().map(AlertId::as_str)),
            ),
            TicketsOf::KeysFrom(start) => {
                ("substr(alert_key, 1, length(?2)) = ?2", start.to_owned())
            }
            TicketsOf::Tickets(tickets) => (
                "ticket IN (SELECT value FROM json_each(?2))",
                json_list(tickets.iter().map(|ticket| ticket.0)),
            ),
        };
        // ?2 is named in each query, so that all take the same parameters.
        let condition = format!("account = ?1 AND ?2 IS NOT NULL AND {condition}");
        let list = list.as_str();
        self.read_in_transaction(|tx| load_ticket_links(tx, &condition, (account, list)))
    }
}

/// What is known of a ticket, its alerts included; a new link when there is no number yet.
pub(super) fn save_ticket_link(
    tx: &Connection,
    id: Option<TicketLinkId>,
    link: &TicketLink,
) -> Result<TicketLinkId> {
    let cells = Cells::of(link);
    let saved = match &id {
        Some(id) => cells
            .with("id", id)
            .merge_into(tx, "ticket_links", &["id"], &[]),
        None => cells.insert_into(tx, "ticket_links"),
    };
    let row = saved.with_context(|| {
        let TicketLink {
            ticket,
            alert_key,
            account,
            ..
        } = link;
        format!("remembering ticket {ticket} for alert key {alert_key} of {account}")
    })?;
    let id = id.unwrap_or(TicketLinkId(row));
    save_alerts(tx, id, &link.alerts)?;
    Ok(id)
}

/// An alert of a ticket has ended; with the last one the ticket is over.
pub(super) fn end_alert(
    tx: &Connection,
    id: TicketLinkId,
    alert: &AlertId,
    closed_at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE ticket_alerts SET active = 0 WHERE link = ?1 AND alert = ?2";
    tx.prepare_cached(sql)?.execute(params![id, alert])?;
    let sql = "UPDATE ticket_links SET closed_at = ifnull(closed_at, ?2)
        WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM ticket_alerts WHERE link = ?1 AND active = 1)";
    tx.prepare_cached(sql)?
        .execute(params![id, Cell(&closed_at)])?;
    Ok(())
}

pub(super) fn save_seen_ticket(
    tx: &Connection,
    id: TicketLinkId,
    status: Option<i64>,
    assignee: Option<ResourceId>,
    priority: Option<i64>,
) -> Result<()> {
    let sql = "UPDATE ticket_links SET status = ?2, assignee = ?3, priority = ?4 WHERE id = ?1";
    tx.prepare_cached(sql)?
        .execute(params![id, status, assignee, priority])?;
    Ok(())
}

fn save_alerts(tx: &Connection, id: TicketLinkId, alerts: &[TicketAlert]) -> Result<()> {
    tx.prepare_cached("DELETE FROM ticket_alerts WHERE link = ?1")?
        .execute(params![id])?;
    for alert in alerts {
        let cells = Cells::of(alert).with("link", &id);
        cells.insert_into(tx, "ticket_alerts")?;
    }
    Ok(())
}

/// The links that fulfil a condition, with their alerts: one query for each table.
fn load_ticket_links(
    tx: &Connection,
    condition: &str,
    parameters: impl Params + Copy,
) -> Result<Vec<KnownTicket>> {
    let sql = format!(
        "SELECT * FROM ticket_alerts
         WHERE link IN (SELECT id FROM ticket_links WHERE {condition}) ORDER BY link, alert"
    );
    let mut alerts: BTreeMap<TicketLinkId, Vec<TicketAlert>> = BTreeMap::new();
    for (link, alert) in read_rows(tx, &sql, parameters, |row| {
        Ok((row.get("link")?, TicketAlert::from_row(row)?))
    })? {
        alerts.entry(link).or_default().push(alert);
    }
    let sql = format!("SELECT * FROM ticket_links WHERE {condition} ORDER BY id");
    read_rows(tx, &sql, parameters, |row| {
        let id = row.get("id")?;
        let alerts = alerts.remove(&id).unwrap_or_default();
        let link = TicketLink {
            alerts,
            ..TicketLink::from_row(row)?
        };
        Ok(KnownTicket { id, link })
    })
}

#[cfg(test)]
mod tests;
