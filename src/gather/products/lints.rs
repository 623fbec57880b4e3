//! What should be checked in a product mapping: found by reading it, reported, never acted on.

use crate::plan::RemarkKind;
use std::collections::BTreeSet;

use anyhow::Result;

use super::ProductCatalog;
use crate::autotask::{ContractRecord, ContractScope, Picklist, period_months};
use crate::domain::ids::{AccountName, ServiceId};
use crate::domain::items::whole_of;
use crate::domain::links::{MappingChoice, ProductLink};
use crate::gather::offers::Offer;
use crate::plan::Remark;
use crate::session::Session;

/// Seats, and the features without which they protect nothing (acronis.md §5.4).
const FEATURES: &[(&str, &[&str])] = &[
    (
        "base_m365_seats",
        &["base_m365_mailboxes", "base_m365_onedrive"],
    ),
    (
        "base_gworkspace_seats",
        &["base_google_mail", "base_google_drive"],
    ),
];

/// Packs that sit on items of their own; every other pack sits on any device.
const BASES: &[(&str, &[&str])] = &[
    ("pack_adv_backup_workstations", &["base_workstations"]),
    ("pack_adv_backup_servers", &["base_servers"]),
    ("pack_adv_backup_vms", &["base_vms"]),
    (
        "pack_adv_backup_web_hosting_servers",
        &["base_web_hosting_servers"],
    ),
    (
        "pack_adv_email_security",
        &[
            "base_m365_seats",
            "base_gworkspace_seats",
            "base_hosted_exchange",
        ],
    ),
];

const DEVICES: &[&str] = &[
    "base_workstations",
    "base_servers",
    "base_vms",
    "base_web_hosting_servers",
];

/// The usage name of backup storages in every edition (acronis.md §5.6).
const STORAGE: &str = "storage";

/// The label of the period that pay-as-you-go counts by (autotask.md §8.7).
const MONTHLY: &str = "monthly";

/// Which mapped services are looked for on contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LintedContracts {
    /// Those that are odd by themselves: their item is missing, or their period is unusual.
    OfOddServices,
    OfAllServices,
}

impl ProductCatalog {
    /// Mapped services whose price is zero, by name.
    pub(crate) fn without_price(&self) -> Vec<String> {
        let links = self.links.iter();
        let services = links.filter_map(|link| self.find_service(link.choice.service_id()?));
        let free = services.filter(|service| service.unit_price.is_some_and(|it| it.is_zero()));
        free.map(|service| service.name.clone()).collect()
    }

    /// Everything odd. `periods` are the period types of services.
    ///
    /// # Errors
    /// When contracts had to be read and could not be.
    pub(crate) fn find_lints(
        &self,
        session: &Session,
        periods: &Picklist,
        contracts: LintedContracts,
    ) -> Result<Vec<Remark>> {
        let mut lints: Vec<Remark> = self
            .links
            .iter()
            .flat_map(|link| self.lints_of_link(link))
            .collect();
        for (account, offers) in &self.offers {
            let offers = offers.iter();
            lints.extend(offers.filter_map(|offer| self.unmapped_storage(account, offer)));
        }
        lints.extend(self.of_contracts(session, periods, contracts)?);
        lints.sort();
        Ok(lints)
    }

    fn lints_of_link(&self, link: &ProductLink) -> Vec<Remark> {
        let mut lints = Vec::new();
        if self.is_missing(link) {
            lints.push(lint_remark(
                link,
                RemarkKind::ItemMissing,
                "is no longer offered by the account; it stays mapped until `map-products \
                 unset`"
                    .to_owned(),
            ));
        }
        lints.extend(self.odd_service(link));
        let counts = match &link.choice {
            MappingChoice::Service { .. } | MappingChoice::Free => true,
            MappingChoice::Leave => false,
        };
        if counts {
            lints.extend(self.charged_twice(link));
            lints.extend(self.seats_alone(link));
            lints.extend(self.pack_alone(link));
        }
        lints
    }

    fn odd_service(&self, link: &ProductLink) -> Vec<Remark> {
        let MappingChoice::Service { id, name } = &link.choice else {
            return Vec::new();
        };
        let Some(service) = self.find_service(*id) else {
            let text =
                format!("is mapped to the service `{name}` ({id}), which Autotask does not show");
            return vec![lint_remark(link, RemarkKind::ServiceGone, text)];
        };
        let mut lints = Vec::new();
        if service.name != *name {
            let text = format!(
                "is mapped to service {id}, which was named `{name}` then and is now named `{}`",
                service.name
            );
            lints.push(lint_remark(link, RemarkKind::ServiceRenamed, text));
        }
        if !service.active {
            let text = format!(
                "is mapped to the service `{}` ({id}), which is inactive and cannot be put on \
                 contracts",
                service.name
            );
            lints.push(lint_remark(link, RemarkKind::ServiceInactive, text));
        }
        lints
    }

    /// An item and a part of it, both counted by services: the whole holds the amounts of its parts.
    fn charged_twice(&self, link: &ProductLink) -> Vec<Remark> {
        let is_billed = |link: &ProductLink| match &link.choice {
            MappingChoice::Service { .. } => true,
            MappingChoice::Free | MappingChoice::Leave => false,
        };
        if !is_billed(link) {
            return Vec::new();
        }
        let parts = self.links.iter().filter(|part| {
            part.account == link.account
                && is_billed(part)
                && whole_of(&part.item.name).is_some_and(|whole| whole == link.item.name)
        });
        parts
            .map(|part| {
                let text = format!(
                    "and its part {} are both mapped to services, and a contract with both charges \
                     the same twice; make the part free (`acrotask map-products free {}/{}`)",
                    part.item, part.account, part.item
                );
                lint_remark(link, RemarkKind::DoubleCharging, text)
            })
            .collect()
    }

    /// Seats whose features are not offered, or may not be switched on.
    fn seats_alone(&self, link: &ProductLink) -> Option<Remark> {
        let features = related_items(FEATURES, &link.item.name);
        let offers = self.offers.get(&link.account)?;
        if features.is_empty() {
            return None;
        }
        let offered = |name: &String| offers.iter().any(|offer| offer.key.name == *name);
        let left: BTreeSet<&str> = self
            .sibling_links(link, &features)
            .into_iter()
            .filter(|feature| feature.choice == MappingChoice::Leave)
            .map(|feature| feature.item.name.as_str())
            .collect();
        let works = |name: &String| offered(name) && !left.contains(name.as_str());
        if features.iter().any(works) {
            return None;
        }
        let text = format!(
            "are seats without their features ({}): the account offers none of them or none may \
             be switched on, so nothing is protected",
            features.join(", ")
        );
        Some(lint_remark(link, RemarkKind::SeatsWithoutFeatures, text))
    }

    /// A pack of an edition of which nothing it could sit on was decided on.
    fn pack_alone(&self, link: &ProductLink) -> Option<Remark> {
        let (edition, bare) = split_edition(&link.item.name)?;
        if !bare.starts_with("pack_") {
            return None;
        }
        let own = related_items(BASES, &link.item.name);
        let bases: Vec<String> = if own.is_empty() {
            DEVICES
                .iter()
                .map(|base| format!("{edition}_{base}"))
                .collect()
        } else {
            own
        };
        if !self.sibling_links(link, &bases).is_empty() {
            return None;
        }
        let text = format!(
            "is an advanced pack without its standard item: map one of {} as well, or it cannot \
             be switched on",
            bases.join(", ")
        );
        Some(lint_remark(link, RemarkKind::PackWithoutBase, text))
    }

    /// Links of the same account with one of these names.
    fn sibling_links(&self, link: &ProductLink, names: &[String]) -> Vec<&ProductLink> {
        self.links
            .iter()
            .filter(|other| other.account == link.account && names.contains(&other.item.name))
            .collect()
    }

    /// A backup storage of an edition in use without a mapping: its target quota is zero.
    fn unmapped_storage(&self, account: &AccountName, offer: &Offer) -> Option<Remark> {
        if offer.usage_name.as_deref() != Some(STORAGE)
            || self.find_link(account, &offer.key).is_some()
        {
            return None;
        }
        let in_use =
            |link: &&ProductLink| link.account == *account && link.edition == offer.edition;
        self.links.iter().find(in_use)?;
        let name = offer.storage.as_ref().map_or("", |storage| &storage.name);
        Some(
            Remark::new(
                RemarkKind::StorageUnmapped,
                offer.key.to_string(),
                format!(
                    "{account}/{} (storage {name}) has no mapping, but other items of its edition \
                 have one",
                    offer.key
                ),
            )
            .of_account(account)
            .for_person(),
        )
    }

    /// Missing items whose service stands on contracts, services of another period than monthly
    /// under pay-as-you-go contracts, and services of another period than their contract.
    fn of_contracts(
        &self,
        session: &Session,
        periods: &Picklist,
        contracts: LintedContracts,
    ) -> Result<Vec<Remark>> {
        let is_odd = |link: &ProductLink, id: ServiceId| {
            self.is_missing(link) || self.other_period(id, periods).is_some()
        };
        let asked: Vec<(&ProductLink, ServiceId, &str)> = self
            .mapped_services()
            .filter(|(link, id, _)| {
                contracts == LintedContracts::OfAllServices || is_odd(link, *id)
            })
            .collect();
        let ids: BTreeSet<ServiceId> = asked.iter().map(|(_, id, _)| *id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let autotask = session.connected_autotask()?;
        let held = autotask.contracts_with(&ids)?;
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let mut active = autotask.read_contracts(&ContractScope::Active)?;
        active.retain(|contract| session.today <= contract.end);
        let field = &session.config.billing.payg_field;
        let mut lints = Vec::new();
        for (link, id, name) in asked {
            let lines = held.get(&id);
            let on: Vec<&ContractRecord> = active
                .iter()
                .filter(|contract| lines.is_some_and(|lines| lines.contains(&contract.id)))
                .collect();
            lints.extend(self.remark_on_misfit(link, &on, periods));
            if self.is_missing(link) && !on.is_empty() {
                let text = format!(
                    "is missing, but its service `{name}` ({id}) is on {}: it is neither provided \
                     nor billed",
                    in_words(&on)
                );
                lints.push(lint_remark(link, RemarkKind::MissingItemInUse, text));
            }
            let payg: Vec<&ContractRecord> = on
                .into_iter()
                .filter(|contract| is_payg(contract, field))
                .collect();
            if let (Some(period), false) = (self.other_period(id, periods), payg.is_empty()) {
                let text = format!(
                    "is mapped to the service `{name}` ({id}), which is billed {period}, but \
                     pay-as-you-go is billed by month: {}",
                    in_words(&payg)
                );
                lints.push(lint_remark(link, RemarkKind::PeriodUnderPayg, text));
            }
        }
        Ok(lints)
    }

    /// A service on contracts of another period: Autotask takes no such line, and no change of one.
    fn remark_on_misfit(
        &self,
        link: &ProductLink,
        on: &[&ContractRecord],
        periods: &Picklist,
    ) -> Option<Remark> {
        let MappingChoice::Service { id, name } = &link.choice else {
            return None;
        };
        let period = self.find_service(*id)?.period_type?;
        let months = period_months(period)?;
        let misfits: Vec<&ContractRecord> = on
            .iter()
            .filter(|contract| {
                let held = contract.period_type.and_then(period_months);
                held.is_some_and(|held| held != months)
            })
            .copied()
            .collect();
        let first = misfits.first()?;
        let label = |id: i64| periods.label_of(id).unwrap_or("otherwise").to_owned();
        let text = format!(
            "is mapped to the service `{name}` ({id}), which is billed {}, but {} is billed {}: \
             Autotask takes no unit changes of a service with another period than its contract; \
             use a service with the contract's period",
            label(period),
            in_words(&misfits),
            first.period_type.map_or_else(String::new, label),
        );
        Some(lint_remark(link, RemarkKind::ServicePeriodDiffers, text))
    }

    /// The label of a service's period when it is another than monthly.
    fn other_period(&self, id: ServiceId, periods: &Picklist) -> Option<String> {
        let period = self.find_service(id)?.period_type?;
        let label = periods
            .label_of(period)
            .map_or_else(|| period.to_string(), str::to_owned);
        (label.to_lowercase() != MONTHLY).then_some(label)
    }
}

fn is_payg(contract: &ContractRecord, field: &str) -> bool {
    let value = contract.udf_value(field).unwrap_or_default();
    value.trim().eq_ignore_ascii_case("yes")
}

/// `pw_base_servers` → (`pw`, `base_servers`), for the editions of today (acronis.md §5.5).
fn split_edition(name: &str) -> Option<(&str, &str)> {
    let (edition, bare) = name.split_once('_')?;
    let modern = bare.starts_with("base_") || bare.starts_with("pack_");
    (modern && (edition == "pw" || edition == "pg")).then_some((edition, bare))
}

/// The items that a table puts beside an item, in the same edition.
fn related_items(table: &[(&str, &[&str])], name: &str) -> Vec<String> {
    let Some((edition, bare)) = split_edition(name) else {
        return Vec::new();
    };
    table
        .iter()
        .filter(|(known, _)| *known == bare)
        .flat_map(|(_, others)| others.iter())
        .map(|other| format!("{edition}_{other}"))
        .collect()
}

fn in_words(contracts: &[&ContractRecord]) -> String {
    let ids: Vec<String> = contracts
        .iter()
        .map(|contract| contract.id.to_string())
        .collect();
    match ids.as_slice() {
        [one] => format!("contract {one}"),
        several => format!("contracts {}", several.join(", ")),
    }
}

fn lint_remark(link: &ProductLink, kind: RemarkKind, what: String) -> Remark {
    Remark::new(
        kind,
        link.item.to_string(),
        format!("{}/{} {what}", link.account, link.item),
    )
    .of_account(&link.account)
    .for_person()
}
