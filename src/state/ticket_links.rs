//! Which ticket stands for which alerts; at most one live ticket for one alert key.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, named_params, params};

use super::State;
use super::columns::{TimeColumn, json_list, optional_time, word_columns};
use crate::domain::ids::{AccountName, AlertId, ResourceId, TicketId};
use crate::domain::tickets::{KnownTicket, TicketAlert, TicketKind, TicketLink, TicketLinkId};

word_columns!(TicketKind);

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
    let id = TicketLinkId(save_ticket_link_row(tx, id.map(|id| id.0), link)?);
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
    tx.prepare_cached(sql)?.execute(params![id.0, alert])?;
    let sql = "UPDATE ticket_links SET closed_at = ifnull(closed_at, ?2)
        WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM ticket_alerts WHERE link = ?1 AND active = 1)";
    tx.prepare_cached(sql)?
        .execute(params![id.0, TimeColumn(closed_at)])?;
    Ok(())
}

pub(super) fn save_seen_ticket(
    tx: &Connection,
    id: TicketLinkId,
    status: Option<i64>,
    assignee: Option<ResourceId>,
) -> Result<()> {
    let sql = "UPDATE ticket_links SET status = ?2, assignee = ?3 WHERE id = ?1";
    tx.prepare_cached(sql)?
        .execute(params![id.0, status, assignee])?;
    Ok(())
}

/// Writes the row without its alerts; a new one when there is no id yet.
fn save_ticket_link_row(tx: &Connection, id: Option<i64>, link: &TicketLink) -> Result<i64> {
    let TicketLink {
        external_id,
        kind,
        account,
        tenant,
        company,
        alert_key,
        alert_type,
        ticket,
        opened_at,
        fingerprint,
        status,
        assignee,
        written_at,
        closed_at,
        occurrences,
        alerts: _,
    } = link;
    let mut statement = tx.prepare_cached(SAVE)?;
    let parameters = named_params! {
        ":id": id,
        ":external_id": external_id,
        ":kind": kind,
        ":account": account,
        ":tenant": tenant,
        ":company": company,
        ":alert_key": alert_key,
        ":alert_type": alert_type,
        ":ticket": ticket,
        ":opened_at": TimeColumn(*opened_at),
        ":fingerprint": fingerprint,
        ":status": status,
        ":assignee": assignee,
        ":written_at": TimeColumn(*written_at),
        ":closed_at": closed_at.map(TimeColumn),
        ":occurrences": occurrences,
    };
    statement
        .query_row(parameters, |row| row.get(0))
        .with_context(|| {
            format!("remembering ticket {ticket} for alert key {alert_key} of {account}")
        })
}

const SAVE: &str = "INSERT INTO ticket_links (id, external_id, kind, account, tenant, company,
    alert_key, alert_type, ticket, opened_at, fingerprint, status, assignee, written_at, closed_at,
    occurrences)
  VALUES (:id, :external_id, :kind, :account, :tenant, :company, :alert_key, :alert_type, :ticket,
    :opened_at, :fingerprint, :status, :assignee, :written_at, :closed_at, :occurrences)
  ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id, kind = excluded.kind,
    account = excluded.account, tenant = excluded.tenant, company = excluded.company,
    alert_key = excluded.alert_key, alert_type = excluded.alert_type, ticket = excluded.ticket,
    opened_at = excluded.opened_at, fingerprint = excluded.fingerprint, status = excluded.status,
    assignee = excluded.assignee, written_at = excluded.written_at, closed_at = excluded.closed_at,
    occurrences = excluded.occurrences
  RETURNING id";

fn save_alerts(tx: &Connection, id: TicketLinkId, alerts: &[TicketAlert]) -> Result<()> {
    tx.prepare_cached("DELETE FROM ticket_alerts WHERE link = ?1")?
        .execute(params![id.0])?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO ticket_alerts (link, alert, alert_key, label, fingerprint, updated_at, active,
           told)
         VALUES (:link, :alert, :alert_key, :label, :fingerprint, :updated_at, :active, :told)",
    )?;
    for alert in alerts {
        let TicketAlert {
            id: alert,
            key,
            label,
            fingerprint,
            updated_at,
            active,
            reported,
        } = alert;
        statement.execute(named_params! {
            ":link": id.0,
            ":alert": alert,
            ":alert_key": key,
            ":label": label,
            ":fingerprint": fingerprint,
            ":updated_at": TimeColumn(*updated_at),
            ":active": active,
            ":told": reported,
        })?;
    }
    Ok(())
}

/// The links that fulfil a condition, with their alerts: one query for each table.
fn load_ticket_links(
    tx: &Connection,
    condition: &str,
    parameters: impl Params + Copy,
) -> Result<Vec<KnownTicket>> {
    let mut alerts = load_alerts(tx, condition, parameters)?;
    let sql = format!("SELECT * FROM ticket_links WHERE {condition} ORDER BY id");
    let mut statement = tx.prepare_cached(&sql)?;
    let rows = statement.query_map(parameters, |row| {
        let id = TicketLinkId(row.get("id")?);
        let link = read_ticket_link(row, alerts.remove(&id).unwrap_or_default())?;
        Ok(KnownTicket { id, link })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn load_alerts(
    tx: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<BTreeMap<TicketLinkId, Vec<TicketAlert>>> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT * FROM ticket_alerts
         WHERE link IN (SELECT id FROM ticket_links WHERE {condition}) ORDER BY link, alert"
    ))?;
    let mut rows = statement.query(parameters)?;
    let mut alerts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let of_link = alerts.entry(TicketLinkId(row.get("link")?)).or_default();
        of_link.push(TicketAlert {
            id: row.get("alert")?,
            key: row.get("alert_key")?,
            label: row.get("label")?,
            fingerprint: row.get("fingerprint")?,
            updated_at: row.get::<_, TimeColumn>("updated_at")?.0,
            active: row.get("active")?,
            reported: row.get("told")?,
        });
    }
    Ok(alerts)
}

fn read_ticket_link(row: &Row<'_>, alerts: Vec<TicketAlert>) -> rusqlite::Result<TicketLink> {
    Ok(TicketLink {
        external_id: row.get("external_id")?,
        kind: row.get("kind")?,
        account: row.get("account")?,
        tenant: row.get("tenant")?,
        company: row.get("company")?,
        alert_key: row.get("alert_key")?,
        alert_type: row.get("alert_type")?,
        ticket: row.get("ticket")?,
        opened_at: row.get::<_, TimeColumn>("opened_at")?.0,
        fingerprint: row.get("fingerprint")?,
        status: row.get("status")?,
        assignee: row.get("assignee")?,
        written_at: row.get::<_, TimeColumn>("written_at")?.0,
        closed_at: optional_time(row, "closed_at")?,
        occurrences: row.get("occurrences")?,
        alerts,
    })
}

#[cfg(test)]
mod tests;
