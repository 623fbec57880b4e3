//! `explain`: where a quota or a billed number comes from, out of what was written down when it was
//! set. Asks no service, unless the company is one that the state file does not know.

mod sources;

use std::collections::BTreeSet;

use anyhow::Result;

use crate::cli::ExplainArgs;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::{CustomerLink, ProductLink};
use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::exit::{Exit, UsageError};
use crate::gather::company_names::find_company;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;

const COLUMNS: &[Column] = &[
    Column::shown_column("kind", "What"),
    Column::shown_column("at", "When"),
    Column::shown_column("account", "Account"),
    Column::shown_column("item", "Item"),
    Column::shown_column("contract", "Contract"),
    Column::shown_column("service", "Service"),
    Column::shown_column("usage", "Usage"),
    Column::shown_column("usage_at", "Read at"),
    Column::shown_column("arithmetic", "Calculation"),
    Column::shown_column("before", "Before"),
    Column::shown_column("wanted", "Target"),
    Column::shown_column("change", "Difference"),
    Column::shown_column("effective", "Effective"),
    Column::shown_column("because", "Reason"),
    Column::shown_column("outcome", "Outcome"),
    Column::shown_column("answer", "Response"),
    Column::shown_column("after", "Read after"),
    Column::shown_column("run", "Run"),
];

pub(super) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let links = state.customer_links()?;
    let company = find_company(session, &state, &args.company)?;
    let wanted = ItemFilter(args.item.as_deref());
    let link = links.iter().find(|link| link.company == company);
    let rows = read_rows(session, &state, company, link, wanted)?;
    if rows.is_empty() {
        let all = read_rows(session, &state, company, link, ItemFilter(None))?;
        expect_known_item(&state.product_links()?, &all, wanted)?;
    }
    let footer = if rows.is_empty() && link.is_none() {
        vec![format!(
            "company {company} is not mapped, and nothing was set or billed for it; to map it: \
             acrotask map-customer link {company} TENANT, or acrotask map-customer create {company}"
        )]
    } else if rows.is_empty() {
        vec![format!(
            "nothing was set or billed for company {company} yet; to see what would be, and why: \
             acrotask \
             provision --company {company} --dry-run, acrotask sync-billing --company {company} \
             --dry-run"
        )]
    } else {
        Vec::new()
    };
    session.report.print_cards(&List {
        columns: COLUMNS,
        rows: rows.into_iter().map(ExplainRow::into_cells).collect(),
        footer,
    });
    Ok(Exit::Done)
}

/// Everything that was written down about a company's numbers.
fn read_rows(
    session: &Session,
    state: &State,
    company: CompanyId,
    link: Option<&CustomerLink>,
    wanted: ItemFilter<'_>,
) -> Result<Vec<ExplainRow>> {
    let mut rows = sources::posting_rows(state, company, wanted)?;
    rows.extend(sources::level_rows(state, company, wanted)?);
    rows.extend(sources::quota_rows(state, company, wanted)?);
    if let Some(link) = link {
        rows.extend(sources::measured_rows(session, state, link, wanted)?);
    }
    Ok(rows)
}

/// Whether the item is one that is mapped somewhere, also when nothing was set or billed by it yet.
///
/// # Errors
/// When it is none, with what was probably meant.
fn expect_known_item(
    links: &[ProductLink],
    own: &[ExplainRow],
    wanted: ItemFilter<'_>,
) -> Result<(), UsageError> {
    let Some(typed) = wanted.0 else {
        return Ok(());
    };
    let mapped = links
        .iter()
        .map(|link| (link.account.clone(), link.item.to_string()));
    let explained = own.iter().filter_map(ExplainRow::account_and_item);
    let all: BTreeSet<(AccountName, String)> = mapped.chain(explained).collect();
    if all
        .iter()
        .any(|(account, item)| wanted.matches_item(Some(account), item))
    {
        return Ok(());
    }
    let candidates: Vec<LookupCandidate> = all
        .iter()
        .map(|(account, item)| LookupCandidate {
            id: String::new(),
            name: item.split('@').next().unwrap_or(item).to_owned(),
            shown: format!("{account}/{item}"),
        })
        .collect();
    let (_, name) = typed.split_once('/').unwrap_or(("", typed));
    let name = name.split('@').next().unwrap_or(name);
    Err(UsageError(format!(
        "item {typed:?} is not mapped, and nothing was set or billed for it{}",
        did_you_mean(&candidates, name)
    )))
}

/// The items asked for, as `[ACCOUNT/]ITEM[@STORAGE]`; all when none was named.
#[derive(Clone, Copy, Debug)]
struct ItemFilter<'a>(Option<&'a str>);

impl ItemFilter<'_> {
    fn is_given(self) -> bool {
        self.0.is_some()
    }

    /// `item` is a key as reports show it: a name, and the id of a storage behind an `@`.
    fn matches_item(self, account: Option<&AccountName>, item: &str) -> bool {
        let Some(typed) = self.0 else {
            return true;
        };
        let (of_account, typed) = match typed.split_once('/') {
            Some((account, item)) => (Some(account), item),
            None => (None, typed),
        };
        let fits_account = match (of_account, account) {
            (Some(wanted), Some(account)) => wanted == account.as_str(),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let name = item.split('@').next().unwrap_or(item);
        fits_account && (typed == name || typed.eq_ignore_ascii_case(item))
    }
}

/// One number with all that led to it; what does not apply is absent.
#[derive(Debug)]
struct ExplainRow(Vec<(&'static str, Value)>);

impl ExplainRow {
    fn new(kind: &str) -> Self {
        Self(vec![("kind", Value::from_text(kind))])
    }

    fn with_column(mut self, column: &'static str, value: Value) -> Self {
        self.0.push((column, value));
        self
    }

    /// The account and the item that the line is about.
    fn account_and_item(&self) -> Option<(AccountName, String)> {
        let cell = |wanted: &str| {
            let found = self.0.iter().find(|(name, _)| *name == wanted);
            found.and_then(|(_, value)| match value {
                Value::Text(text) => Some(text.clone()),
                Value::Absent | Value::Flag(_) | Value::Whole(_) | Value::Amount { .. } => None,
            })
        };
        Some((AccountName::new(&cell("account")?), cell("item")?))
    }

    fn into_cells(self) -> Vec<Value> {
        COLUMNS
            .iter()
            .map(|column| {
                let found = self.0.iter().find(|(name, _)| *name == column.name);
                found.map_or(Value::Absent, |(_, value)| value.clone())
            })
            .collect()
    }
}

fn text_value(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

fn optional_text(text: Option<impl ToString>) -> Value {
    text.map_or(Value::Absent, |text| Value::Text(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_named_with_or_without_account_and_storage() {
        let eu = AccountName::new("eu");
        let key = "pw_base_storage@8e266c48";
        let holds = |typed: &str| ItemFilter(Some(typed)).matches_item(Some(&eu), key);
        assert!(holds("pw_base_storage"));
        assert!(holds("eu/pw_base_storage"));
        assert!(holds("eu/pw_base_storage@8E266C48"));
        assert!(!holds("us/pw_base_storage"));
        assert!(!holds("pw_base_storage@b48230f0"));
        assert!(!holds("pw_base"));
        assert!(ItemFilter(None).matches_item(None, key));
    }
}
