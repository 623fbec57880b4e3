//! CSV after RFC 4180, with cells defused that a spreadsheet would run as formulas or a terminal
//! obey; a row is always one line.

use super::controls::{escape_controls, escape_json};
use super::list::{Column, List};
use super::run::RunReport;
use crate::domain::ids::AccountName;
use crate::plan::{Description, Value};

/// One row per changed field of each plan line, with how the line ended.
pub(super) fn run_as_csv(run: &RunReport) -> String {
    let mut rows = vec![
        [
            "kind",
            "stage",
            "account",
            "company",
            "company_name",
            "subject",
            "field",
            "before",
            "after",
            "refused",
            "outcome",
            "error",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let lines = run.plan.iter().flat_map(|plan| &plan.lines).enumerate();
    for (index, shown) in lines {
        let line = &shown.description;
        let row = run.results.iter().find(|row| row.action == index);
        let outcome = row.map_or("", |row| row.outcome.as_str());
        let error = row
            .and_then(|row| row.outcome.error_text())
            .unwrap_or_default();
        for (field, before, after) in changed_fields(line) {
            rows.push(vec![
                line.kind.to_string(),
                line.stage.to_string(),
                defuse_text(line.account.as_ref().map_or("", AccountName::as_str)),
                line.company
                    .as_ref()
                    .map_or_else(String::new, |party| party.id.to_string()),
                defuse_text(line.company.as_ref().map_or("", |party| &party.name)),
                defuse_text(&line.subject),
                field,
                before,
                after,
                shown.refused.to_string(),
                outcome.to_owned(),
                defuse_text(error),
            ]);
        }
    }
    write_rows(rows)
}

/// A header and one row per row.
pub(super) fn list_as_csv(list: &List) -> String {
    let header = list
        .columns
        .iter()
        .map(|column| column.name.to_owned())
        .collect();
    let rows = list.rows.iter().map(|row| {
        let cells = list.columns.iter().zip(row);
        cells
            .map(|(column, cell)| list_cell(column, cell))
            .collect()
    });
    write_rows(std::iter::once(header).chain(rows))
}

fn changed_fields(line: &Description) -> Vec<(String, String, String)> {
    if line.changes.is_empty() {
        return vec![Default::default()];
    }
    line.changes
        .iter()
        .map(|change| {
            (
                change.field.to_owned(),
                format_cell(&change.before),
                format_cell(&change.after),
            )
        })
        .collect()
}

/// A JSON text stays one that can be read.
fn list_cell(column: &Column, value: &Value) -> String {
    match value {
        Value::Text(text) if column.is_json => defuse_text(&escape_json(text)),
        Value::Absent
        | Value::Flag(_)
        | Value::Whole(_)
        | Value::Text(_)
        | Value::Amount { .. } => format_cell(value),
    }
}

fn format_cell(value: &Value) -> String {
    match value {
        Value::Absent => String::new(),
        Value::Flag(flag) => flag.to_string(),
        Value::Whole(number) => number.to_string(),
        Value::Text(text) | Value::Amount { shown: text, .. } => defuse_text(text),
    }
}

/// Controls made visible, and an apostrophe before what Excel and LibreOffice would take for a
/// formula.
fn defuse_text(text: &str) -> String {
    let shown = escape_controls(text);
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{shown}")
    } else {
        shown
    }
}

fn write_rows(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing equally long rows into memory cannot fail.
        let _ = writer.write_record(&row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Column;

    #[test]
    fn names_that_a_spreadsheet_would_run_are_defused_and_quotes_survive() {
        const COLUMNS: &[Column] = &[
            Column::shown_column("id", "Id"),
            Column::shown_column("name", "Name"),
        ];
        let list_of = List {
            columns: COLUMNS,
            rows: vec![
                vec![Value::Whole(-5), Value::from_text("=cmd|' /C calc'!A0")],
                vec![
                    Value::Whole(2),
                    Value::from_text("Brick, \"Mortar\"\n\u{9b}& Co"),
                ],
            ],
            footer: Vec::new(),
        };
        assert_eq!(
            list_as_csv(&list_of),
            "id,name\n-5,'=cmd|' /C calc'!A0\n2,\"Brick, \"\"Mortar\"\"\\n\\u{9b}& Co\"\n"
        );
    }
}
