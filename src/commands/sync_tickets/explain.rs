//! `sync-tickets --explain ALERT`: reads one alert and says what would become of it.

use anyhow::Result;

use super::gather::{self, Single};
use super::plan::{Ctx, Rules, explain};
use crate::domain::ids::AlertId;
use crate::exit::{Exit, Usage};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::{Account, Session};
use crate::state::cursors::HeldAlert;

const COLUMNS: &[Column] = &[
    Column::shown("field", "Field"),
    Column::shown("value", "Value"),
];

/// Why there is no ticket yet although there should be one.
fn told(held: &HeldAlert) -> String {
    format!("tried {} times: {}", held.tries, held.detail)
}

/// Runs the verb; writes nothing anywhere.
pub(super) fn run(session: &Session, accounts: &[&Account], id: &str) -> Result<Exit> {
    let id = AlertId::new(id);
    let state = session.state_to_read()?;
    let Some(Single {
        facts,
        nothing,
        nowhere,
    }) = gather::single(session, &state, accounts, &id)?
    else {
        let read = session.listed()?;
        if read != Exit::Done {
            return Ok(read);
        }
        let names: Vec<&str> = accounts
            .iter()
            .map(|account| account.name.as_str())
            .collect();
        return Err(Usage(format!("no alert {id} is known in {}", names.join(", "))).into());
    };
    let rules = Rules {
        tickets: &session.config.tickets,
        limits: &session.config.limits,
    };
    let mut rows = Vec::new();
    for account in &facts.accounts {
        let ctx = Ctx {
            facts: &facts,
            account,
            rules,
        };
        rows.extend(
            account
                .cases
                .iter()
                .flat_map(|case| explain::explain(ctx, case, nothing.as_ref())),
        );
        let held = state.held_alerts(&account.account)?;
        let refused = held
            .iter()
            .filter(|one| one.alert == id && !one.detail.is_empty())
            .map(|one| ("refused", Value::Text(told(one))));
        rows.extend(refused);
    }
    rows.extend(nowhere.map(|words| ("verdict", Value::Text(words))));
    session.report.list(&List {
        columns: COLUMNS,
        rows: rows
            .into_iter()
            .map(|(field, value)| vec![Value::text(field), value])
            .collect(),
        footer: Vec::new(),
    });
    Ok(Exit::Done)
}
