//! `sync-tickets --explain ALERT`: reads one alert and says what would become of it.

use anyhow::Result;

use super::gather::{self, Single};
use super::plan::{Ctx, Rules, explain};
use crate::domain::ids::AlertId;
use crate::exit::{Exit, Usage};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::{Account, Session};

const COLUMNS: &[Column] = &[
    Column::shown("field", "Field"),
    Column::shown("value", "Value"),
];

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
