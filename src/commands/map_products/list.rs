//! `map-products list`: every item and what stands for it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::facts::{Facts, Item, Offered};
use super::gather;
use crate::cli::ProductListArgs;
use crate::domain::ids::BillingCodeId;
use crate::domain::links::{Choice, ProductLink};
use crate::exit::Exit;
use crate::gather::lost_state;
use crate::gather::products::{self, Products};
use crate::plan::{Note, Value};
use crate::report::{Column, List};
use crate::session::Session;

const COLUMNS: &[Column] = &[
    Column::shown("account", "Account"),
    Column::shown("name", "Item"),
    Column::hidden("item"),
    Column::shown("label", "Name"),
    Column::shown("edition", "Edition"),
    Column::shown("storage", "Storage"),
    Column::hidden("storage_id"),
    Column::shown("storage_location", "Location"),
    Column::shown("storage_backend", "Backend"),
    Column::shown("state", "State"),
    Column::shown("service_id", "Service"),
    Column::shown("service", "Service name"),
    Column::shown("unit", "Unit"),
    Column::hidden("rounding"),
    Column::hidden("included"),
    Column::hidden("minimum"),
    Column::shown("period", "Period"),
    Column::shown("service_code", "Code"),
    Column::shown("unit_price", "Price"),
    Column::hidden("service_active"),
    Column::hidden("lints"),
];

pub(super) fn run(session: &Session, args: &ProductListArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let accounts = session.accounts_named(&args.accounts)?;
    lost_state::warn(session, &state)?;
    let products = products::read(session, &state, &accounts)?;
    let periods = session.autotask()?.service_periods()?;
    let lints = products.lints(session, &periods)?;
    let listing = Listing {
        facts: gather::facts(&products, &periods),
        codes: codes(session, &products)?,
        lints: &lints,
        products: &products,
    };
    let read: Vec<&Item> = listing
        .facts
        .items
        .iter()
        .filter(|item| accounts.iter().any(|account| account.name == item.account))
        .collect();
    let items: Vec<&Item> = read
        .iter()
        .filter(|item| listing.shows(item, args))
        .copied()
        .collect();
    session.report.list(&List {
        columns: COLUMNS,
        rows: items.iter().map(|item| listing.row(item)).collect(),
        footer: listing.footer(&items, read.len()),
    });
    // What could not be read is said at the end.
    let notes = listing.facts.notes.iter();
    for note in notes.filter(|note| note.kind != "account-unreadable") {
        session.report.warn_of(note);
    }
    session.listed()
}

/// Names of the billing codes that mapped services have.
fn codes(session: &Session, products: &Products) -> Result<BTreeMap<BillingCodeId, String>> {
    let used: std::collections::BTreeSet<BillingCodeId> = products
        .links
        .iter()
        .filter_map(|link| match &link.choice {
            Choice::Service { id, .. } => products.service(*id)?.billing_code,
            Choice::Free | Choice::Leave => None,
        })
        .collect();
    if used.is_empty() {
        return Ok(BTreeMap::new());
    }
    let codes = session.autotask()?.billing_codes_by_id(used)?;
    Ok(codes.into_iter().map(|code| (code.id, code.name)).collect())
}

struct Listing<'p> {
    facts: Facts,
    codes: BTreeMap<BillingCodeId, String>,
    lints: &'p [Note],
    products: &'p Products,
}

impl Listing<'_> {
    fn shows(&self, item: &Item, args: &ProductListArgs) -> bool {
        let state = self.state(item);
        let wanted = args.states.is_empty() || args.states.iter().any(|word| word == state);
        let service = self.facts.link_of(item).and_then(service_of);
        let storage = item.storage.as_ref().map_or("", |storage| &storage.name);
        let texts = [
            item.full_name(),
            item.label.clone(),
            storage.to_owned(),
            service.map(|(_, name)| name.to_owned()).unwrap_or_default(),
        ];
        let searched = args.search.as_ref().is_none_or(|search| {
            let search = search.to_lowercase();
            texts
                .iter()
                .any(|text| text.to_lowercase().contains(&search))
        });
        wanted && searched
    }

    fn state(&self, item: &Item) -> &'static str {
        let Some(link) = self.facts.link_of(item) else {
            return "unmapped";
        };
        match (&link.choice, item.offer) {
            (_, Offered::No) => "missing",
            (Choice::Free, _) => "free",
            (Choice::Leave, _) => "leave",
            (Choice::Service { id, name }, _) => match self.facts.service(*id) {
                Some(service) if service.name != *name => "renamed",
                Some(_) | None => "mapped",
            },
        }
    }

    fn row(&self, item: &Item) -> Vec<Value> {
        let storage = item.storage.as_ref();
        let mut cells = vec![
            Value::text(item.account.as_str()),
            Value::text(&item.key.name),
            Value::Text(item.key.to_string()),
            Value::text(&item.label),
            Value::text(&item.edition_label),
            optional(storage.map(|storage| storage.name.as_str())),
            optional(item.key.infra.as_ref().map(|infra| infra.as_str())),
            optional(storage.and_then(|storage| storage.location.as_deref())),
            optional(storage.and_then(|storage| storage.backend.as_deref())),
            Value::text(self.state(item)),
        ];
        cells.extend(self.decided(self.facts.link_of(item)));
        let lints: Vec<&str> = self
            .lints
            .iter()
            .filter(|lint| lint.account.as_ref() == Some(&item.account))
            .filter(|lint| lint.subject == item.key.to_string())
            .map(|lint| lint.text.as_str())
            .collect();
        cells.push(optional(
            (!lints.is_empty()).then(|| lints.join("; ")).as_deref(),
        ));
        cells
    }

    /// Service and measure of an item, in the order of the columns.
    fn decided(&self, link: Option<&ProductLink>) -> Vec<Value> {
        let Some(link) = link else {
            return vec![Value::Absent; 10];
        };
        let mapped = service_of(link);
        let service = mapped.and_then(|(id, _)| self.facts.service(id));
        let live = mapped.and_then(|(id, _)| self.products.service(id));
        let name = service.map(|service| service.name.as_str());
        let code = service.and_then(|service| service.code).map(|code| {
            let name = self.codes.get(&code).cloned();
            Value::Text(name.unwrap_or_else(|| code.to_string()))
        });
        let price = live.and_then(|service| service.unit_price);
        let period = service.and_then(|service| service.period.as_ref());
        vec![
            mapped.map_or(Value::Absent, |(id, _)| Value::Whole(id.0)),
            optional(name.or(mapped.map(|(_, name)| name))),
            Value::text(link.measure.unit.as_str()),
            Value::text(link.measure.rounding.as_str()),
            Value::Whole(link.measure.included),
            Value::Whole(link.measure.minimum),
            optional(period.map(|(_, label)| label.as_str())),
            code.unwrap_or(Value::Absent),
            // Exact digits: a price is never a binary fraction here.
            price.map_or(Value::Absent, |price| Value::Text(price.to_string())),
            live.map_or(Value::Absent, |service| Value::Flag(service.active)),
        ]
    }

    fn footer(&self, items: &[&Item], all: usize) -> Vec<String> {
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for item in items {
            *states.entry(self.state(item)).or_default() += 1;
        }
        let counts: Vec<String> = states
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        let mut lines = vec![if counts.is_empty() {
            format!("0 of {all} items")
        } else {
            format!("{} of {all} items: {}", items.len(), counts.join(", "))
        }];
        let shown = |lint: &&Note| {
            let is_it = |item: &&Item| {
                lint.account.as_ref() == Some(&item.account) && lint.subject == item.key.to_string()
            };
            items.iter().any(is_it)
        };
        let lints = self.lints.iter().filter(shown);
        lines.extend(lints.map(|lint| format!("? {}", lint.text)));
        lines
    }
}

fn service_of(link: &ProductLink) -> Option<(crate::domain::ids::ServiceId, &str)> {
    match &link.choice {
        Choice::Service { id, name } => Some((*id, name)),
        Choice::Free | Choice::Leave => None,
    }
}

fn optional(text: Option<&str>) -> Value {
    text.map_or(Value::Absent, Value::text)
}
