//! `map-products create --list-codes`: the billing codes that a service can have.

use anyhow::Result;

use crate::exit::Exit;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;

const COLUMNS: &[Column] = &[
    Column::shown_column("id", "Id"),
    Column::shown_column("name", "Name"),
    Column::shown_column("external_number", "Number"),
    Column::shown_column("active", "Active"),
];

pub(super) fn run(session: &Session) -> Result<Exit> {
    let codes = session.connected_autotask()?.recurring_billing_codes()?;
    let rows = codes.iter().map(|code| {
        let number = code.external_number.as_deref();
        vec![
            Value::Whole(code.id.0),
            Value::from_text(&code.name),
            number.map_or(Value::Absent, Value::from_text),
            Value::Flag(code.active),
        ]
    });
    session.report.print_list(&List {
        columns: COLUMNS,
        rows: rows.collect(),
        footer: vec![format!("{} recurring billing codes", codes.len())],
    });
    Ok(Exit::Done)
}
