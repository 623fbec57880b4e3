//! `explain`: where a quota or a billed number comes from, out of what was written down when it was
//! set. Asks no service.

mod sources;

use anyhow::Result;

use crate::cli::ExplainArgs;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::CustomerLink;
use crate::exit::{Exit, Usage};
use crate::plan::Value;
use crate::report::{Column, List};
use crate::session::Session;

const COLUMNS: &[Column] = &[
    Column::shown("kind", "What"),
    Column::shown("at", "When"),
    Column::shown("account", "Account"),
    Column::shown("item", "Item"),
    Column::shown("contract", "Contract"),
    Column::shown("service", "Service"),
    Column::shown("usage", "Usage"),
    Column::shown("usage_at", "Measured"),
    Column::shown("arithmetic", "Arithmetic"),
    Column::shown("before", "Before"),
    Column::shown("wanted", "Wanted"),
    Column::shown("change", "Difference"),
    Column::shown("effective", "Effective"),
    Column::shown("because", "Because"),
    Column::shown("outcome", "Outcome"),
    Column::shown("answer", "Answer"),
    Column::shown("after", "Read after"),
    Column::shown("run", "Run"),
];

pub(super) fn run(session: &Session, args: &ExplainArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let links = state.customer_links()?;
    let company = company(&links, &args.company)?;
    let wanted = Wanted(args.item.as_deref());
    let mut rows = sources::billed(&state, company, wanted)?;
    rows.extend(sources::levels(&state, company, wanted)?);
    rows.extend(sources::quotas(&state, company, wanted)?);
    if let Some(link) = links.iter().find(|link| link.company == company) {
        rows.extend(sources::measured(session, &state, link, wanted)?);
    }
    let footer = if rows.is_empty() {
        vec![format!(
            "nothing was set or billed for company {company} yet; what would be, and why: acrotask \
             provision --company {company} --dry-run, acrotask sync-billing --company {company} --dry-run"
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

/// A company by id, or by the name that a mapped one had when it was mapped. An id needs no mapping:
/// what was written stays explained.
fn company(links: &[CustomerLink], typed: &str) -> Result<CompanyId> {
    if let Ok(id) = typed.parse() {
        return Ok(CompanyId(id));
    }
    let folded = typed.to_lowercase();
    let named: Vec<CompanyId> = links
        .iter()
        .filter(|link| link.company_name.to_lowercase() == folded)
        .map(|link| link.company)
        .collect();
    match named.as_slice() {
        [one] => Ok(*one),
        [] => Err(Usage(format!(
            "no mapped company is called {typed:?}; `acrotask map-customer list --mapped` shows them"
        ))
        .into()),
        several => {
            let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
            let ids = ids.join(", ");
            Err(Usage(format!("{typed:?} names several companies: {ids}")).into())
        }
    }
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
