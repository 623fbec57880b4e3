//! `map-products list`: every item and what stands for it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::gather;
use super::plan::{Facts, Item};
use crate::cli::ProductListArgs;
use crate::domain::links::{Choice, ProductLink};
use crate::exit::Exit;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;

const COLUMNS: &[Column] = &[
    Column::shown("account", "Account"),
    Column::shown("item", "Item"),
    Column::shown("label", "Name"),
    Column::shown("edition", "Edition"),
    Column::shown("storage", "Storage"),
    Column::hidden("storage_location"),
    Column::hidden("storage_backend"),
    Column::shown("state", "State"),
    Column::shown("service_id", "Service"),
    Column::shown("service", "Service name"),
    Column::shown("unit", "Unit"),
    Column::hidden("rounding"),
    Column::hidden("included"),
    Column::hidden("minimum"),
    Column::hidden("period"),
    Column::hidden("service_code"),
];

pub(super) fn run(session: &Session, args: &ProductListArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let accounts = session.accounts_named(&args.accounts)?;
    let facts = gather::facts(session, &state, &accounts)?;
    let named: BTreeSet<_> = accounts.iter().map(|account| &account.name).collect();
    let mut rows: Vec<Vec<Value>> = facts.items.iter().map(|item| row(&facts, item)).collect();
    let missing = facts.links.iter().filter(|link| {
        let offered = |item: &Item| item.account == link.account && item.key == link.item;
        named.contains(&link.account) && !facts.items.iter().any(offered)
    });
    rows.extend(missing.map(missing_row));
    let mapped = facts.links.len();
    let footer = vec![format!("{} items, {mapped} decided", rows.len())];
    session.report.list(&List {
        columns: COLUMNS,
        rows,
        footer,
    });
    Ok(Exit::Done)
}

fn row(facts: &Facts, item: &Item) -> Vec<Value> {
    let link = facts.link(&item.account, &item.key);
    let storage = item.storage.as_ref();
    let optional = |text: Option<&String>| text.map_or(Value::Absent, |text| Value::text(text));
    let mut cells = vec![
        Value::text(item.account.as_str()),
        Value::Text(item.key.to_string()),
        Value::text(&item.label),
        Value::text(&item.edition_label),
        optional(storage.map(|storage| &storage.name)),
        optional(storage.and_then(|storage| storage.location.as_ref())),
        optional(storage.and_then(|storage| storage.backend.as_ref())),
    ];
    cells.extend(decided(facts, link, None));
    cells
}

/// A link whose item the account no longer offers: it stays mapped and is shown as missing.
fn missing_row(link: &ProductLink) -> Vec<Value> {
    let mut cells = vec![
        Value::text(link.account.as_str()),
        Value::Text(link.item.to_string()),
        Value::Text(super::labels::item(&link.item.name)),
        Value::Text(super::labels::edition(link.edition.as_deref())),
        Value::Absent,
        Value::Absent,
        Value::Absent,
    ];
    cells.extend(decided(&Facts::default(), Some(link), Some("missing")));
    cells
}

/// State, service and measure of an item, in the order of the columns.
fn decided(facts: &Facts, link: Option<&ProductLink>, state: Option<&str>) -> Vec<Value> {
    let Some(link) = link else {
        let mut cells = vec![Value::text("unmapped")];
        cells.resize(9, Value::Absent);
        return cells;
    };
    let (word, id, name) = match &link.choice {
        Choice::Free => ("free", Value::Absent, Value::Absent),
        Choice::Leave => ("leave", Value::Absent, Value::Absent),
        Choice::Service { id, name } => {
            let live = facts.services.iter().find(|service| service.id == *id);
            let renamed = live.is_some_and(|service| service.name != *name);
            let shown = live.map_or(name, |service| &service.name);
            let word = if renamed { "renamed" } else { "mapped" };
            (word, Value::Whole(id.0), Value::text(shown))
        }
    };
    let service = match &link.choice {
        Choice::Service { id, .. } => facts.services.iter().find(|service| service.id == *id),
        Choice::Free | Choice::Leave => None,
    };
    let whole = |number: Option<i64>| number.map_or(Value::Absent, Value::Whole);
    vec![
        Value::text(state.unwrap_or(word)),
        id,
        name,
        Value::text(link.measure.unit.as_str()),
        Value::text(link.measure.rounding.as_str()),
        Value::Whole(link.measure.included),
        Value::Whole(link.measure.minimum),
        whole(service.and_then(|service| service.period)),
        whole(service.and_then(|service| service.code).map(|code| code.0)),
    ]
}
