//! `sync-tickets --explain WHAT`: reads an alert, or those of a ticket, and says what would become of
//! them.

use anyhow::Result;

use super::gather;
use super::plan::explain::Row;
use super::plan::facts::Unplaced;
use super::plan::{AccountContext, Rules, explain, sort};
use super::ticket_key::PREFIX;
use crate::autotask::is_ticket_number;
use crate::domain::ids::{AlertId, TicketId};
use crate::exit::{Exit, UsageError};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::{Account, Session};
use crate::state::State;
use crate::state::cursors::HeldAlert;
use crate::state::ticket_links::TicketsOf;

const COLUMNS: &[Column] = &[
    Column::shown_column("field", "Field"),
    Column::shown_column("value", "Value"),
];

/// Why there is no ticket yet although there should be one.
fn describe_tries(held: &HeldAlert) -> String {
    format!("tried {} times: {}", held.tries, held.hold.detail)
}

/// Runs the verb for an alert's id, or for the alerts of a ticket: its number or its external id.
/// Writes nothing anywhere.
pub(super) fn run(session: &Session, accounts: &[&Account], wanted: &str) -> Result<Exit> {
    let state = session.state_to_read()?;
    let alerts = find_alerts(session, &state, accounts, wanted)?;
    let mut rows = Vec::new();
    for id in &alerts {
        rows.extend(explain_one(session, &state, accounts, id)?);
    }
    if rows.is_empty() {
        let read = session.end_listing()?;
        if read != Exit::Done {
            return Ok(read);
        }
        let names: Vec<&str> = accounts
            .iter()
            .map(|account| account.name.as_str())
            .collect();
        let named: Vec<&str> = alerts.iter().map(AlertId::as_str).collect();
        return Err(UsageError(format!(
            "alert {} was not found in {}; --explain takes the id of an alert, the number of a \
             ticket, or its external id ({PREFIX}…)",
            named.join(", "),
            names.join(", ")
        ))
        .into());
    }
    session.report.print_list(&List {
        columns: COLUMNS,
        rows: rows
            .into_iter()
            .map(|(field, value)| vec![Value::from_text(field), value])
            .collect(),
        footer: Vec::new(),
    });
    Ok(Exit::Done)
}

/// The alerts that are meant: the one of this id, or those of a ticket, the active ones first.
fn find_alerts(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    wanted: &str,
) -> Result<Vec<AlertId>> {
    let wanted = wanted.trim();
    let tickets = if is_ticket_number(wanted) {
        let number = wanted.to_uppercase();
        session.connected_autotask()?.tickets_by_number([number])?
    } else if wanted.starts_with(PREFIX) {
        let id = std::iter::once(wanted.to_owned());
        session.connected_autotask()?.tickets_by_external_id(id)?
    } else {
        return Ok(vec![AlertId::new(wanted)]);
    };
    if tickets.is_empty() {
        return Err(UsageError(format!("ticket {wanted} was not found in Autotask")).into());
    }
    let ids: Vec<TicketId> = tickets.into_iter().map(|ticket| ticket.id).collect();
    let mut alerts = Vec::new();
    for account in accounts {
        let known = state.ticket_links(&account.name, TicketsOf::Tickets(&ids))?;
        alerts.extend(known.into_iter().flat_map(|known| known.link.alerts));
    }
    alerts.sort_by_key(|alert| (!alert.active, alert.id.clone()));
    alerts.dedup_by(|one, other| one.id == other.id);
    if alerts.is_empty() {
        return Err(UsageError(format!(
            "no alert is known that ticket {wanted} stands for: it is not one of acrotask's, or the \
             state file was lost (then run `acrotask sync-tickets --all`)"
        ))
        .into());
    }
    Ok(alerts.into_iter().map(|alert| alert.id).collect())
}

/// Everything about one alert; nothing when no account knows it.
fn explain_one(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    id: &AlertId,
) -> Result<Vec<Row>> {
    let Some(read) = gather::read_one_alert(session, state, accounts, id)? else {
        return Ok(Vec::new());
    };
    let sorted = sort::sort_one(&read, &session.config.tickets);
    let facts = gather::read_tickets_of_one(session, state, sorted.facts)?;
    let rules = Rules {
        tickets: &session.config.tickets,
        limits: &session.config.limits,
    };
    let mut rows = Vec::new();
    for account in &facts.accounts {
        let ctx = AccountContext {
            facts: &facts,
            account,
            rules,
        };
        rows.extend(
            account
                .cases
                .iter()
                .flat_map(|case| explain::explain_alert(ctx, case, sorted.reason.as_ref())),
        );
        let held = state.held_alerts(&account.account)?;
        let refused = held
            .iter()
            .filter(|one| one.hold.alert == *id && !one.hold.detail.is_empty())
            .map(|one| ("refused", Value::Text(describe_tries(one))));
        rows.extend(refused);
    }
    let unplaced = sorted.unplaced.as_ref().map(explain_unplaced);
    rows.extend(unplaced.map(|words| ("verdict", Value::Text(words))));
    Ok(rows)
}

/// What nobody has to be asked about: a tenant without a customer.
fn explain_unplaced(unplaced: &Unplaced) -> String {
    match unplaced {
        Unplaced::Unmapped(unmapped) => format!(
            "no ticket: tenant {} is not mapped, and there is no tickets.catch_all_company",
            unmapped.id
        ),
        Unplaced::Unresolved(tenant) => {
            format!("waits: the service does not say which customer tenant {tenant} is")
        }
    }
}
