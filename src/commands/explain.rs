//! `explain`: where the billed numbers and the quotas of a company come from. Answered from the
//! state file alone: what was measured, computed, posted and set, as it was written down then.

use anyhow::Result;
use jiff::Timestamp;

use crate::cli::ExplainArgs;
use crate::domain::ids::{CompanyId, ItemKey};
use crate::domain::links::ProductLink;
use crate::exit::{Exit, Usage};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;
use crate::state::journal::{Entry, HistoryFilter};
use crate::state::ledger::{LedgerFilter, LedgerRow};
use crate::state::levels::{Level, LevelFilter};

const COLUMNS: &[Column] = &[
    Column::shown("at", "When"),
    Column::shown("kind", "What"),
    Column::shown("item", "Item"),
    Column::hidden("account"),
    Column::hidden("company"),
    Column::hidden("tenant"),
    Column::shown("contract", "Contract"),
    Column::hidden("service"),
    Column::hidden("period_start"),
    Column::hidden("period_end"),
    Column::hidden("usage"),
    Column::hidden("measured_at"),
    Column::shown("arithmetic", "Arithmetic"),
    Column::hidden("unit"),
    Column::hidden("included"),
    Column::hidden("minimum"),
    Column::hidden("rounding"),
    Column::hidden("price"),
    Column::shown("before", "Before"),
    Column::shown("change", "Change"),
    Column::shown("after", "After"),
    Column::shown("effective", "From"),
    Column::shown("state", "State"),
    Column::shown("run", "Run"),
    Column::hidden("answer"),
];

/// Shows what is known, the newest first.
pub(super) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let company = company(&state, &args.company)?;
    let wanted = |item: &str| args.item.as_deref().is_none_or(|name| names(item, name));
    let products = state.product_links()?;
    let mut rows: Vec<(Timestamp, Row)> = Vec::new();
    for level in levels(&state, company)? {
        if wanted(&level.item.to_string()) {
            rows.push((level.at, standing(&products, &level)));
        }
    }
    let filter = LedgerFilter {
        company: Some(company),
        ..LedgerFilter::default()
    };
    for posting in state.ledger(&filter)? {
        if wanted(&posting.posting.item.to_string()) {
            rows.push((posting.at, posted(&products, &posting)));
        }
    }
    let filter = HistoryFilter {
        company: Some(company),
        ..HistoryFilter::default()
    };
    for entry in state.history(&filter)? {
        let quota = matches!(entry.intent.kind.as_str(), "set-quota" | "switch-on");
        if quota && wanted(&entry.intent.subject) {
            rows.push((entry.at, set(&entry)));
        }
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let footer = footer(company, rows.len());
    session.report.list(&List {
        columns: COLUMNS,
        rows: rows.into_iter().map(|(_, row)| row.cells()).collect(),
        footer,
    });
    Ok(Exit::Done)
}

fn footer(company: CompanyId, rows: usize) -> Vec<String> {
    let text = if rows == 0 {
        format!(
            "nothing was ever billed to or set for company {company}; `acrotask sync-billing \
             --dry-run --company {company}` shows what would be"
        )
    } else {
        "level: what a line stands at in a period · post-units: what was posted · quotas with \
         their reasons; -o json shows every step"
            .to_owned()
    };
    vec![text]
}

fn company(state: &State, typed: &str) -> Result<CompanyId> {
    if let Ok(id) = typed.parse() {
        return Ok(CompanyId(id));
    }
    let links = state.customer_links()?;
    let named: Vec<CompanyId> = links
        .iter()
        .filter(|link| link.company_name.to_lowercase() == typed.to_lowercase())
        .map(|link| link.company)
        .collect();
    match named.as_slice() {
        [id] => Ok(*id),
        [] => Err(Usage(format!(
            "no mapped company is called {typed:?}; `acrotask map-customer list` shows them"
        ))
        .into()),
        _ => Err(Usage(format!(
            "several companies are called {typed:?}; give the id"
        ))
        .into()),
    }
}

fn levels(state: &State, company: CompanyId) -> Result<Vec<Level>> {
    state.levels(&LevelFilter {
        company: Some(company),
        ..LevelFilter::default()
    })
}

/// Whether an item, as `name@storage`, is what was typed: with its storage, or its name alone.
fn names(item: &str, typed: &str) -> bool {
    item == typed || item.split('@').next() == Some(typed)
}

/// One row, by the names of the columns.
#[derive(Debug, Default)]
struct Row(Vec<(&'static str, Value)>);

impl Row {
    fn with(mut self, column: &'static str, value: Value) -> Self {
        self.0.push((column, value));
        self
    }

    fn text(self, column: &'static str, text: impl ToString) -> Self {
        self.with(column, Value::Text(text.to_string()))
    }

    fn maybe(self, column: &'static str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.text(column, text),
            None => self,
        }
    }

    /// How the item is counted as its mapping says now.
    fn counted(self, products: &[ProductLink], item: &ItemKey) -> Self {
        let Some(link) = products.iter().find(|link| link.item == *item) else {
            return self;
        };
        let measure = link.measure;
        self.text("unit", measure.unit)
            .with("included", Value::Whole(measure.included))
            .with("minimum", Value::Whole(measure.minimum))
            .text("rounding", measure.rounding.as_str())
    }

    fn cells(mut self) -> Vec<Value> {
        let mut cell = |column: &Column| {
            let at = self.0.iter().position(|(name, _)| *name == column.name);
            at.map_or(Value::Absent, |at| self.0.swap_remove(at).1)
        };
        COLUMNS.iter().map(&mut cell).collect()
    }
}

fn standing(products: &[ProductLink], level: &Level) -> Row {
    Row::default()
        .text("at", format!("{:.0}", level.at))
        .text("kind", "level")
        .text("item", &level.item)
        .text("account", &level.account)
        .with("company", Value::Whole(level.company.0))
        .text("tenant", &level.tenant)
        .with("contract", Value::Whole(level.contract.0))
        .with("service", Value::Whole(level.service.0))
        .text("period_start", level.period.start)
        .text("period_end", level.period.end)
        .text("usage", level.usage.normalize())
        .maybe("measured_at", level.usage_at)
        .text("arithmetic", &level.arithmetic)
        .counted(products, &level.item)
        .maybe("price", level.price)
        .with("after", Value::Whole(level.units))
        .text("effective", level.period.start)
        .text(
            "state",
            if level.wanted == level.units {
                "in force".to_owned()
            } else {
                format!("{} wanted", level.wanted)
            },
        )
        .text("run", &level.run)
}

fn posted(products: &[ProductLink], row: &LedgerRow) -> Row {
    let posting = &row.posting;
    let change = posting
        .unit_change()
        .map_or_else(String::new, |change| format!("{change:+}"));
    Row::default()
        .text("at", format!("{:.0}", row.at))
        .text("kind", "post-units")
        .text("item", &posting.item)
        .text("account", &posting.account)
        .with("company", Value::Whole(posting.company.0))
        .text("tenant", &posting.tenant)
        .with("contract", Value::Whole(posting.contract.0))
        .with("service", Value::Whole(posting.service.0))
        .text("usage", posting.usage.normalize())
        .maybe("measured_at", posting.usage_at)
        .text("arithmetic", &posting.arithmetic)
        .counted(products, &posting.item)
        .maybe("price", posting.price)
        .with("before", Value::Whole(posting.units_before))
        .text("change", change)
        .with(
            "after",
            Value::Whole(row.units_after.unwrap_or(posting.wanted)),
        )
        .text("effective", posting.effective)
        .text("state", row.state.as_str())
        .text("run", &row.run)
        .maybe("answer", row.answer.as_ref())
}

/// A quota as the journal has it, with the reasons it was set for.
fn set(entry: &Entry) -> Row {
    let side = |name: &str| {
        let fields = entry.intent.payload.get(name)?.as_object()?;
        fields.values().next().map(plain)
    };
    let because = entry.intent.payload.get("because");
    let reasons: Vec<&str> = because
        .and_then(|list| list.as_array())
        .into_iter()
        .flatten()
        .filter_map(|reason| reason.as_str())
        .collect();
    Row::default()
        .text("at", format!("{:.0}", entry.at))
        .text("kind", &entry.intent.kind)
        .text("item", &entry.intent.subject)
        .maybe("account", entry.intent.account.as_ref())
        .maybe("company", entry.intent.company)
        .text("arithmetic", reasons.join("; "))
        .maybe("before", side("before"))
        .maybe("after", side("after"))
        .text("run", &entry.intent.run)
}

fn plain(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_named_with_its_storage_or_without() {
        assert!(names("pw_base_storage@9a1b", "pw_base_storage"));
        assert!(names("pw_base_storage@9a1b", "pw_base_storage@9a1b"));
        assert!(!names("pw_base_storage@9a1b", "pw_base_storage@other"));
        assert!(!names("pw_base_storage", "pw_base"));
    }
}
