//! `sync-tickets --explain ALERT`: reads one alert and says what would become of it.

use anyhow::Result;

use super::gather;
use super::plan::facts::Unplaced;
use super::plan::{AccountContext, Rules, explain, sort};
use crate::domain::ids::AlertId;
use crate::exit::{Exit, UsageError};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::{Account, Session};
use crate::state::cursors::HeldAlert;

const COLUMNS: &[Column] = &[
    Column::shown_column("field", "Field"),
    Column::shown_column("value", "Value"),
];

/// Why there is no ticket yet although there should be one.
fn describe_tries(held: &HeldAlert) -> String {
    format!("tried {} times: {}", held.tries, held.hold.detail)
}

/// Runs the verb; writes nothing anywhere.
pub(super) fn run(session: &Session, accounts: &[&Account], id: &str) -> Result<Exit> {
    let id = AlertId::new(id);
    let state = session.state_to_read()?;
    let Some(read) = gather::read_one_alert(session, &state, accounts, &id)? else {
        let read = session.end_listing()?;
        if read != Exit::Done {
            return Ok(read);
        }
        let names: Vec<&str> = accounts
            .iter()
            .map(|account| account.name.as_str())
            .collect();
        return Err(UsageError(format!("alert {id} was not found in {}", names.join(", "))).into());
    };
    let sorted = sort::sort_one(&read, &session.config.tickets);
    let facts = gather::read_tickets_of_one(session, &state, sorted.facts)?;
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
            .filter(|one| one.hold.alert == id && !one.hold.detail.is_empty())
            .map(|one| ("refused", Value::Text(describe_tries(one))));
        rows.extend(refused);
    }
    let unplaced = sorted.unplaced.as_ref().map(explain_unplaced);
    rows.extend(unplaced.map(|words| ("verdict", Value::Text(words))));
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

/// What nobody has to be asked about: a tenant without a customer.
fn explain_unplaced(unplaced: &Unplaced) -> String {
    match unplaced {
        Unplaced::Unmapped(tenant) => format!(
            "no ticket: tenant {tenant} is not mapped, and there is no tickets.catch_all_company"
        ),
        Unplaced::Unresolved(tenant) => {
            format!("waits: the service does not say which customer tenant {tenant} is")
        }
    }
}
