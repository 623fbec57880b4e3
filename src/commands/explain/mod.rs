//! `explain`: where a quota or a billed number comes from, out of what was written down when it was
//! set. Asks no service, unless the company is one that the state file does not know.

mod sources;

use std::collections::BTreeSet;

use anyhow::Result;

use crate::cli::ExplainArgs;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::{CustomerLink, ProductLink};
use crate::domain::meant::{Candidate, did_you_mean};
use crate::exit::{Exit, Usage};
use crate::gather::company_names::find_company;
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;
use crate::state::State;

const COLUMNS: &[Column] = &[
    Column::shown("kind", "What"),
    Column::shown("at", "When"),
    Column::shown("account", "Account"),
    Column::shown("item", "Item"),
    Column::shown("contract", "Contract"),
    Column::shown("service", "Service"),
    Column::shown("usage", "Usage"),
    Column::shown("usage_at", "Read at"),
    Column::shown("arithmetic", "Calculation"),
    Column::shown("before", "Before"),
    Column::shown("wanted", "Target"),
    Column::shown("change", "Difference"),
    Column::shown("effective", "Effective"),
    Column::shown("because", "Reason"),
    Column::shown("outcome", "Outcome"),
    Column::shown("answer", "Response"),
    Column::shown("after", "Read after"),
    Column::shown("run", "Run"),
];

pub(super) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let links = state.customer_links()?;
    let company = find_company(session, &state, &args.company)?;
    let wanted = Wanted(args.item.as_deref());
    let link = links.iter().find(|link| link.company == company);
    let rows = lines(session, &state, (company, link), wanted)?;
    if rows.is_empty() {
        let all = lines(session, &state, (company, link), Wanted(None))?;
        known_item(&state.product_links()?, &all, wanted)?;
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
    session.report.cards(&List {
        columns: COLUMNS,
        rows: rows.into_iter().map(Line::cells).collect(),
        footer,
    });
    Ok(Exit::Done)
}

/// Everything that was written down about a company's numbers.
fn lines(
    session: &Session,
    state: &State,
    (company, link): (CompanyId, Option<&CustomerLink>),
    wanted: Wanted<'_>,
) -> Result<Vec<Line>> {
    let mut rows = sources::billed(state, company, wanted)?;
    rows.extend(sources::levels(state, company, wanted)?);
    rows.extend(sources::quotas(state, company, wanted)?);
    if let Some(link) = link {
        rows.extend(sources::measured(session, state, link, wanted)?);
    }
    Ok(rows)
}

/// Whether the item is one that is mapped somewhere, also when nothing was set or billed by it yet.
///
/// # Errors
/// When it is none, with what was probably meant.
fn known_item(links: &[ProductLink], own: &[Line], wanted: Wanted<'_>) -> Result<(), Usage> {
    let Some(typed) = wanted.0 else {
        return Ok(());
    };
    let mapped = links
        .iter()
        .map(|link| (link.account.clone(), link.item.to_string()));
    let explained = own.iter().filter_map(Line::item);
    let all: BTreeSet<(AccountName, String)> = mapped.chain(explained).collect();
    if all
        .iter()
        .any(|(account, item)| wanted.holds(Some(account), item))
    {
        return Ok(());
    }
    let candidates: Vec<Candidate> = all
        .iter()
        .map(|(account, item)| Candidate {
            id: String::new(),
            name: item.split('@').next().unwrap_or(item).to_owned(),
            shown: format!("{account}/{item}"),
        })
        .collect();
    let (_, name) = typed.split_once('/').unwrap_or(("", typed));
    let name = name.split('@').next().unwrap_or(name);
    Err(Usage(format!(
        "item {typed:?} is not mapped, and nothing was set or billed for it{}",
        did_you_mean(&candidates, name)
    )))
}

/// The items asked for, as `[ACCOUNT/]ITEM[@STORAGE]`; all when none was named.
#[derive(Clone, Copy, Debug)]
struct Wanted<'a>(Option<&'a str>);

impl Wanted<'_> {
    fn names_one(self) -> bool {
        self.0.is_some()
    }

    /// `item` is a key as reports show it: a name, and the id of a storage behind an `@`.
    fn holds(self, account: Option<&AccountName>, item: &str) -> bool {
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
struct Line(Vec<(&'static str, Value)>);

impl Line {
    fn new(kind: &str) -> Self {
        Self(vec![("kind", Value::text(kind))])
    }

    fn with(mut self, column: &'static str, value: Value) -> Self {
        self.0.push((column, value));
        self
    }

    /// The account and the item that the line is about.
    fn item(&self) -> Option<(AccountName, String)> {
        let cell = |wanted: &str| {
            let found = self.0.iter().find(|(name, _)| *name == wanted);
            found.and_then(|(_, value)| match value {
                Value::Text(text) => Some(text.clone()),
                Value::Absent | Value::Flag(_) | Value::Whole(_) | Value::Amount { .. } => None,
            })
        };
        Some((AccountName::new(&cell("account")?), cell("item")?))
    }

    fn cells(self) -> Vec<Value> {
        COLUMNS
            .iter()
            .map(|column| {
                let found = self.0.iter().find(|(name, _)| *name == column.name);
                found.map_or(Value::Absent, |(_, value)| value.clone())
            })
            .collect()
    }
}

fn text(text: impl ToString) -> Value {
    Value::Text(text.to_string())
}

fn maybe(text: Option<impl ToString>) -> Value {
    text.map_or(Value::Absent, |text| Value::Text(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_named_with_or_without_account_and_storage() {
        let eu = AccountName::new("eu");
        let key = "pw_base_storage@8e266c48";
        let holds = |typed: &str| Wanted(Some(typed)).holds(Some(&eu), key);
        assert!(holds("pw_base_storage"));
        assert!(holds("eu/pw_base_storage"));
        assert!(holds("eu/pw_base_storage@8E266C48"));
        assert!(!holds("us/pw_base_storage"));
        assert!(!holds("pw_base_storage@b48230f0"));
        assert!(!holds("pw_base"));
        assert!(Wanted(None).holds(None, key));
    }
}
