//! Why nothing is synchronised: what has to be mapped or switched on first.

use anyhow::Result;

use crate::config::Config;
use crate::domain::links::{CustomerLink, MappingChoice, ProductLink};
use crate::state::State;

/// Something that is not there yet, and without which commands have nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetupGap {
    /// What it is about, as `check` lists it.
    pub(crate) subject: &'static str,
    /// The fact and what follows from it.
    pub(crate) text: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
}

const NO_COMPANY: SetupGap = SetupGap {
    subject: "companies",
    text: "no company is mapped, so nothing is synchronised",
    fix: "run `acrotask map-customer suggest`, then `map-customer link` or `map-customer create`",
};

const NO_PRODUCT: SetupGap = SetupGap {
    subject: "products",
    text: "no product is mapped, so no contract gives quotas and no usage is billed",
    fix: "run `acrotask map-products suggest`, then `map-products use` or `map-products create`",
};

const NO_STORAGE: SetupGap = SetupGap {
    subject: "storages",
    text: "no storage is mapped, so no contract gives storage quotas and no storage is billed",
    fix: "map it with `acrotask map-products use` or `free`, or decide with `map-products leave` \
          that it is not touched",
};

impl SetupGap {
    /// As the last line of a run that had nothing to do.
    pub(crate) fn describe(&self) -> String {
        format!("{}: {}", self.text, self.fix)
    }
}

/// What is not mapped. Products and storages matter to quotas and billing only.
pub(crate) fn find_unmapped(
    links: &[CustomerLink],
    products: Option<&[ProductLink]>,
) -> Vec<SetupGap> {
    let mut gaps = Vec::new();
    if links.is_empty() {
        gaps.push(NO_COMPANY);
    }
    if let Some(products) = products {
        let counts = |link: &ProductLink| !matches!(link.choice, MappingChoice::Leave);
        if !products.iter().any(counts) {
            gaps.push(NO_PRODUCT);
        } else if !products.iter().any(|link| link.item.infra.is_some()) {
            gaps.push(NO_STORAGE);
        }
    }
    gaps
}

/// The reasons that a run of a command gives when it had nothing to do.
///
/// # Errors
/// When the state cannot be read.
pub(crate) fn read_reasons(state: &State, needs_products: bool) -> Result<Vec<String>> {
    let links = state.customer_links()?;
    let products = needs_products.then(|| state.product_links()).transpose()?;
    let gaps = find_unmapped(&links, products.as_deref());
    Ok(gaps.iter().map(SetupGap::describe).collect())
}

/// The keys that switch whole commands off, with what they are for.
pub(crate) fn list_switched_off(config: &Config) -> Vec<&'static str> {
    [
        (config.provisioning.enabled, "provisioning.enabled"),
        (config.billing.enabled, "billing.enabled"),
        (config.tickets.enabled, "tickets.enabled"),
    ]
    .into_iter()
    .filter_map(|(enabled, key)| (!enabled).then_some(key))
    .collect()
}
