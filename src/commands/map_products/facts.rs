//! What the planner of the product mapping knows: items, decisions and services, in its own words.

use std::collections::BTreeSet;

use crate::domain::ids::{AccountName, BillingCodeId, ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::names::same_in_database;
use crate::domain::units::{Measure, Measurement, Unit};
use crate::plan::{Remark, RemarkKind, Value};

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// What the accounts' partners can hand to customers, and what was decided for items that they
    /// no longer can; by account and key.
    pub(super) items: Vec<MappableItem>,
    pub(super) links: Vec<ProductLink>,
    /// All services of Autotask, inactive ones too: they hold their names.
    pub(super) services: Vec<ServiceFacts>,
    /// Accounts of this run that could not be read, and what was found of earlier runs.
    pub(super) remarks: Vec<Remark>,
}

/// One offering item, with all that identifies it.
#[derive(Clone, Debug)]
pub(super) struct MappableItem {
    pub(super) account: AccountName,
    pub(super) key: ItemKey,
    pub(super) edition: Option<String>,
    pub(super) counted: ItemCounting,
    pub(super) offer: Offered,
    pub(super) label: String,
    pub(super) edition_label: String,
    /// Name, location and backend of the storage, for items that exist once per storage.
    pub(super) storage: Option<StorageFacts>,
}

/// Whether and in what the item is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemCounting {
    In(Measurement),
    /// Switched on or off only; nothing is counted, so nothing can be billed.
    Feature,
    /// In a unit that is not known here, which is never guessed at.
    Unknown,
}

/// Whether customers can be given the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    Yes,
    /// Something was decided for it, and the account no longer offers it.
    No,
    /// The account could not be read or is not part of this run.
    Unread,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StorageFacts {
    pub(super) name: String,
    pub(super) location: Option<String>,
    pub(super) backend: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct ServiceFacts {
    pub(super) id: ServiceId,
    pub(super) name: String,
    pub(super) active: bool,
    /// Id and label of the period type.
    pub(super) period: Option<(i64, String)>,
    pub(super) code: Option<BillingCodeId>,
}

/// The item of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) account: AccountName,
    pub(super) key: ItemKey,
    pub(super) edition: Option<String>,
    /// How it is counted before the action.
    pub(super) measure: Measure,
}

impl MappableItem {
    /// `eu/pw_base_storage@1f…`: what is typed to name exactly this item.
    pub(super) fn full_name(&self) -> String {
        format!("{}/{}", self.account, self.key)
    }

    /// Why the item cannot be mapped to a service; nothing when it can.
    pub(super) fn why_unmappable(&self) -> Option<String> {
        let name = self.full_name();
        match (self.offer, self.counted) {
            (Offered::No, _) => Some(format!(
                "{name} is no longer offered by the account; remove its mapping with \
                 `map-products unset`"
            )),
            (Offered::Unread, _) => Some(format!("{name} belongs to an account that was not read")),
            (Offered::Yes, ItemCounting::Feature) => Some(format!(
                "{name} is only switched on or off and has no quantity, so no service can be \
                 mapped to it; use `map-products free` or `leave`"
            )),
            (Offered::Yes, ItemCounting::Unknown) => Some(format!(
                "{name} is measured in a unit that this version does not know, so no service can \
                 be mapped to it; use `map-products free` or `leave`"
            )),
            (Offered::Yes, ItemCounting::In(_)) => None,
        }
    }

    /// The unit in which the item is counted unless its mapping says otherwise.
    pub(super) fn default_unit(&self) -> Unit {
        match self.counted {
            ItemCounting::In(measurement) => measurement.default_unit(),
            ItemCounting::Feature | ItemCounting::Unknown => Unit::Count,
        }
    }

    /// Whether amounts of the item can be counted in this unit.
    pub(super) fn accepts_unit(&self, unit: Unit) -> bool {
        match self.counted {
            ItemCounting::In(measurement) => unit.fits_measurement(measurement),
            ItemCounting::Feature | ItemCounting::Unknown => unit == Unit::Count,
        }
    }

    /// # Errors
    /// A sentence with the units that fit, when this one does not.
    pub(super) fn expect_unit(&self, unit: Unit) -> Result<(), String> {
        if self.accepts_unit(unit) {
            return Ok(());
        }
        let fitting = Unit::ALL.into_iter().filter(|one| self.accepts_unit(*one));
        Err(format!(
            "{} cannot be counted in {unit}; possible units: {}",
            self.full_name(),
            fitting.map(Unit::as_str).collect::<Vec<_>>().join(", ")
        ))
    }
}

impl Facts {
    pub(super) fn find_link(&self, account: &AccountName, key: &ItemKey) -> Option<&ProductLink> {
        self.links
            .iter()
            .find(|link| link.account == *account && link.item == *key)
    }

    pub(super) fn link_of(&self, item: &MappableItem) -> Option<&ProductLink> {
        self.find_link(&item.account, &item.key)
    }

    pub(super) fn subject_of(&self, item: &MappableItem) -> Subject {
        let kept = self.link_of(item).map(|link| link.measure);
        Subject {
            account: item.account.clone(),
            key: item.key.clone(),
            edition: item.edition.clone(),
            measure: kept.unwrap_or_else(|| Measure::of_unit(item.default_unit())),
        }
    }

    pub(super) fn choice_before(&self, item: &MappableItem) -> Value {
        show_choice(self.link_of(item).map(|link| &link.choice))
    }

    /// The item mapped to a service, if one is.
    pub(super) fn link_to_service(&self, service: ServiceId) -> Option<&ProductLink> {
        let mut links = self.links.iter();
        links.find(|link| link.choice.service_id() == Some(service))
    }

    pub(super) fn find_service(&self, id: ServiceId) -> Option<&ServiceFacts> {
        self.services.iter().find(|service| service.id == id)
    }

    /// The service that holds this name, compared as Autotask's database does.
    pub(super) fn find_service_by_name(&self, name: &str) -> Option<&ServiceFacts> {
        self.services
            .iter()
            .find(|service| same_in_database(&service.name, name))
    }

    /// Every item that can be mapped and that nothing was decided for.
    pub(super) fn undecided_items(&self) -> Vec<&MappableItem> {
        let decided: BTreeSet<_> = self
            .links
            .iter()
            .map(|link| (&link.account, &link.item))
            .collect();
        self.items
            .iter()
            .filter(|item| item.why_unmappable().is_none())
            .filter(|item| !decided.contains(&(&item.account, &item.key)))
            .collect()
    }
}

/// A choice as plans and listings show it.
pub(super) fn show_choice(choice: Option<&MappingChoice>) -> Value {
    match choice {
        None => Value::from_text("unmapped"),
        Some(MappingChoice::Free) => Value::from_text("free"),
        Some(MappingChoice::Leave) => Value::from_text("leave"),
        Some(MappingChoice::Service { id, name }) => Value::Text(format!("{name} (service {id})")),
    }
}

/// A note about one item.
pub(super) fn item_remark(
    kind: RemarkKind,
    item: &MappableItem,
    text: String,
    needs_person: bool,
) -> Remark {
    Remark::new(kind, item.key.to_string(), text)
        .of_account(&item.account)
        .for_person_if(needs_person)
}
