//! `map-products list`: every item and what stands for it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::editions::EditionFilter;
use super::facts::{Facts, MappableItem, Offered};
use super::gather;
use crate::cli::ProductListArgs;
use crate::domain::ids::{BillingCodeId, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::names::any_contains;
use crate::exit::{Exit, UsageError};
use crate::gather::lost_state;
use crate::gather::products::{self, LintedContracts, ProductCatalog};
use crate::plan::{Remark, Value};
use crate::report::{Column, List};
use crate::session::Session;

const COLUMNS: &[Column] = &[
    Column::shown_column("account", "Account"),
    Column::shown_column("name", "Item"),
    Column::script_column("item"),
    Column::shown_column("label", "Name"),
    Column::shown_column("edition", "Edition"),
    Column::shown_column("storage", "Storage"),
    Column::script_column("storage_id"),
    Column::shown_column("storage_location", "Location"),
    Column::shown_column("storage_backend", "Backend"),
    Column::shown_column("state", "State"),
    Column::shown_column("service_id", "Service"),
    Column::shown_column("service", "Service name"),
    Column::shown_column("unit", "Unit"),
    Column::script_column("rounding"),
    Column::script_column("included"),
    Column::script_column("minimum"),
    Column::shown_column("period", "Period"),
    Column::shown_column("service_code", "Code"),
    Column::shown_column("unit_price", "Price"),
    Column::script_column("service_active"),
    Column::script_column("lints"),
];

pub(super) fn run(session: &Session, args: &ProductListArgs) -> Result<Exit> {
    let state = session.state_to_read()?;
    let accounts = session.accounts_named(&args.accounts)?;
    lost_state::warn_of_lost_state(session, &state)?;
    let products = products::read_products(session, &state, &accounts)?;
    let periods = session.connected_autotask()?.service_periods()?;
    let lints = products.find_lints(session, &periods, LintedContracts::OfOddServices)?;
    let listing = ProductListing {
        facts: gather::build_facts(&products, &periods),
        codes: read_billing_codes(session, &products)?,
        lints: &lints,
        products: &products,
    };
    let editions =
        EditionFilter::read_words(&listing.facts, &args.editions.editions).map_err(UsageError)?;
    let read: Vec<&MappableItem> = listing
        .facts
        .items
        .iter()
        .filter(|item| accounts.iter().any(|account| account.name == item.account))
        .collect();
    let items: Vec<&MappableItem> = read
        .iter()
        .filter(|item| editions.includes_item(item) && listing.is_shown(item, args))
        .copied()
        .collect();
    session.report.print_list(&List {
        columns: COLUMNS,
        rows: items.iter().map(|item| listing.build_row(item)).collect(),
        footer: listing.build_footer(&items, read.len()),
    });
    session.warn_of_remarks(&listing.facts.remarks);
    session.end_listing()
}

/// Names of the billing codes that mapped services have.
fn read_billing_codes(
    session: &Session,
    products: &ProductCatalog,
) -> Result<BTreeMap<BillingCodeId, String>> {
    let used: BTreeSet<BillingCodeId> = products
        .links
        .iter()
        .filter_map(|link| match &link.choice {
            MappingChoice::Service { id, .. } => products.find_service(*id)?.billing_code,
            MappingChoice::Free | MappingChoice::Leave => None,
        })
        .collect();
    if used.is_empty() {
        return Ok(BTreeMap::new());
    }
    let codes = session.connected_autotask()?.billing_codes_by_id(used)?;
    Ok(codes.into_iter().map(|code| (code.id, code.name)).collect())
}

struct ProductListing<'p> {
    facts: Facts,
    codes: BTreeMap<BillingCodeId, String>,
    lints: &'p [Remark],
    products: &'p ProductCatalog,
}

impl ProductListing<'_> {
    fn is_shown(&self, item: &MappableItem, args: &ProductListArgs) -> bool {
        let state = self.item_state(item);
        let wanted = args.states.is_empty() || args.states.iter().any(|word| word == state);
        let service = self.facts.link_of(item).and_then(mapped_service);
        let storage = item.storage.as_ref().map_or("", |storage| &storage.name);
        let texts = [
            item.full_name(),
            item.label.clone(),
            storage.to_owned(),
            service.map(|(_, name)| name.to_owned()).unwrap_or_default(),
        ];
        let texts = texts.each_ref().map(String::as_str);
        let searched = any_contains(&texts, args.search.as_deref());
        wanted && searched
    }

    fn item_state(&self, item: &MappableItem) -> &'static str {
        let Some(link) = self.facts.link_of(item) else {
            return "unmapped";
        };
        match (&link.choice, item.offer) {
            (_, Offered::No) => "missing",
            (MappingChoice::Free, _) => "free",
            (MappingChoice::Leave, _) => "leave",
            (MappingChoice::Service { id, name }, _) => match self.facts.find_service(*id) {
                Some(service) if service.name != *name => "renamed",
                Some(_) | None => "mapped",
            },
        }
    }

    fn build_row(&self, item: &MappableItem) -> Vec<Value> {
        let storage = item.storage.as_ref();
        let mut cells = vec![
            Value::from_text(item.account.as_str()),
            Value::from_text(&item.key.name),
            Value::Text(item.key.to_string()),
            Value::from_text(&item.label),
            Value::from_text(&item.edition_label),
            optional_text(storage.map(|storage| storage.name.as_str())),
            optional_text(item.key.infra.as_ref().map(|infra| infra.as_str())),
            optional_text(storage.and_then(|storage| storage.location.as_deref())),
            optional_text(storage.and_then(|storage| storage.backend.as_deref())),
            Value::from_text(self.item_state(item)),
        ];
        cells.extend(self.decision_cells(self.facts.link_of(item)));
        let lints: Vec<&str> = self
            .lints
            .iter()
            .filter(|lint| lint.account.as_ref() == Some(&item.account))
            .filter(|lint| lint.subject == item.key.to_string())
            .map(|lint| lint.text.as_str())
            .collect();
        cells.push(optional_text(
            (!lints.is_empty()).then(|| lints.join("; ")).as_deref(),
        ));
        cells
    }

    /// Service and measure of an item, in the order of the columns.
    fn decision_cells(&self, link: Option<&ProductLink>) -> Vec<Value> {
        let Some(link) = link else {
            return vec![Value::Absent; 10];
        };
        let mapped = mapped_service(link);
        let service = mapped.and_then(|(id, _)| self.facts.find_service(id));
        let live = mapped.and_then(|(id, _)| self.products.find_service(id));
        let name = service.map(|service| service.name.as_str());
        let code = service.and_then(|service| service.code).map(|code| {
            let name = self.codes.get(&code).cloned();
            Value::Text(name.unwrap_or_else(|| code.to_string()))
        });
        let price = live.and_then(|service| service.unit_price);
        let period = service.and_then(|service| service.period.as_ref());
        vec![
            mapped.map_or(Value::Absent, |(id, _)| Value::Whole(id.0)),
            optional_text(name.or(mapped.map(|(_, name)| name))),
            Value::from_text(link.measure.unit.as_str()),
            Value::from_text(link.measure.rounding.as_str()),
            Value::Whole(link.measure.included),
            Value::Whole(link.measure.minimum),
            optional_text(period.map(|(_, label)| label.as_str())),
            code.unwrap_or(Value::Absent),
            // Exact digits: a price is never a binary fraction here.
            price.map_or(Value::Absent, |price| Value::Text(price.to_string())),
            live.map_or(Value::Absent, |service| Value::Flag(service.active)),
        ]
    }

    fn build_footer(&self, items: &[&MappableItem], all: usize) -> Vec<String> {
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for item in items {
            *states.entry(self.item_state(item)).or_default() += 1;
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
        let shown = |lint: &&Remark| {
            let is_it = |item: &&MappableItem| {
                lint.account.as_ref() == Some(&item.account) && lint.subject == item.key.to_string()
            };
            items.iter().any(is_it)
        };
        let lints = self.lints.iter().filter(shown);
        lines.extend(lints.map(|lint| format!("? {}", lint.text)));
        lines
    }
}

fn mapped_service(link: &ProductLink) -> Option<(ServiceId, &str)> {
    match &link.choice {
        MappingChoice::Service { id, name } => Some((*id, name)),
        MappingChoice::Free | MappingChoice::Leave => None,
    }
}

fn optional_text(text: Option<&str>) -> Value {
    text.map_or(Value::Absent, Value::from_text)
}
