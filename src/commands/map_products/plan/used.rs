//! The items that are worth a service now: what customers use or contracts need, of one edition, and
//! never a part beside its whole.

use std::collections::{BTreeMap, BTreeSet};

use super::super::editions::edition_word;
use super::super::facts::{Facts, MappableItem, item_remark};
use super::names::name_services;
use crate::config::NameTemplate;
use crate::domain::ids::{AccountName, ItemKey, ServiceId, TenantId};
use crate::domain::items::whole_of;
use crate::domain::links::MappingChoice;
use crate::plan::{Remark, RemarkKind};

/// Who uses what.
#[derive(Debug, Default)]
pub(in super::super) struct ItemUsers {
    pub(in super::super) by_item: BTreeMap<(AccountName, ItemKey), BTreeSet<TenantId>>,
    /// Some customers could not be asked.
    pub(in super::super) is_incomplete: bool,
}

impl ItemUsers {
    fn of_item(&self, item: &MappableItem) -> Option<&BTreeSet<TenantId>> {
        self.by_item.get(&(item.account.clone(), item.key.clone()))
    }
}

/// What is to get a service, and what is not and why.
#[derive(Debug, Default)]
pub(in super::super) struct UsedItems<'f> {
    pub(in super::super) items: Vec<&'f MappableItem>,
    pub(in super::super) remarks: Vec<Remark>,
}

/// The services that have the names which `create` would give to these items, with the item: on a
/// contract, they say that it needs the item.
pub(in super::super) fn services_by_item<'f>(
    facts: &Facts,
    items: &[&'f MappableItem],
    template: &NameTemplate,
) -> Vec<(ServiceId, &'f MappableItem)> {
    let names = name_services(facts, template);
    items
        .iter()
        .filter_map(|item| {
            let name = names.get(&(item.account.clone(), item.key.clone()))?;
            let service = facts.find_service_by_name(name)?;
            Some((service.id, *item))
        })
        .collect()
}

/// Chooses among items that nothing was decided for.
///
/// # Errors
/// A sentence when they are of several editions: which one is sold, only a person can say.
pub(in super::super) fn select_used<'f>(
    facts: &'f Facts,
    undecided: &[&'f MappableItem],
    users: &ItemUsers,
    needed: &[&MappableItem],
) -> Result<UsedItems<'f>, String> {
    let same = |a: &MappableItem, b: &MappableItem| a.account == b.account && a.key == b.key;
    let candidates: Vec<&MappableItem> = undecided
        .iter()
        .filter(|item| {
            users.of_item(item).is_some() || needed.iter().any(|needed| same(needed, item))
        })
        .copied()
        .collect();
    refuse_several_editions(&candidates, users)?;
    let mut used = UsedItems::default();
    for item in &candidates {
        match find_relative(facts, &candidates, item) {
            Some(remark) => used.remarks.push(remark),
            None => used.items.push(item),
        }
    }
    if candidates.is_empty() && !users.is_incomplete {
        used.remarks.push(Remark::new(
            RemarkKind::NothingUsed,
            "items".to_owned(),
            "no customer uses an item without a mapping, and no contract in force needs one"
                .to_owned(),
        ));
    }
    Ok(used)
}

/// The Cyber Protection edition of an item; File Sync & Share has editions of its own
/// (acronis.md §5.5).
fn protection_edition(item: &MappableItem) -> Option<&str> {
    let edition = item.edition.as_deref();
    edition.filter(|edition| !edition.starts_with("fss_"))
}

fn refuse_several_editions(candidates: &[&MappableItem], users: &ItemUsers) -> Result<(), String> {
    let mut customers: BTreeMap<&str, BTreeSet<&TenantId>> = BTreeMap::new();
    for item in candidates {
        if let Some(edition) = protection_edition(item) {
            let all = customers.entry(edition).or_default();
            all.extend(users.of_item(item).into_iter().flatten());
        }
    }
    if customers.len() < 2 {
        return Ok(());
    }
    let shown: Vec<String> = customers
        .iter()
        .map(|(edition, customers)| match customers.len() {
            1 => format!("{} (1 customer)", edition_word(edition)),
            count => format!("{} ({count} customers)", edition_word(edition)),
        })
        .collect();
    Err(format!(
        "customers use items of several editions: {}; choose one with --edition, and run again for \
         each other that you sell",
        shown.join(", ")
    ))
}

/// Why an item is left out: the whole that counts it gets a service or has one, or a part of it has
/// one already.
fn find_relative(
    facts: &Facts,
    candidates: &[&MappableItem],
    item: &MappableItem,
) -> Option<Remark> {
    let is_billed = |account: &AccountName, name: &str| {
        facts.links.iter().any(|link| {
            let is_service = match &link.choice {
                MappingChoice::Service { .. } => true,
                MappingChoice::Free | MappingChoice::Leave => false,
            };
            is_service && link.account == *account && link.item.name == name
        })
    };
    let full = item.full_name();
    if let Some(whole) = whole_of(&item.key.name) {
        let gets_one =
            |other: &&MappableItem| other.account == item.account && other.key.name == whole;
        if is_billed(&item.account, &whole) || candidates.iter().any(gets_one) {
            let text = format!(
                "{full} is a part of {whole}, which counts it already, so it gets no service; to \
                 keep it switched on for customers, use `acrotask map-products free {full}`"
            );
            return Some(item_remark(RemarkKind::PartOfWhole, item, text, false));
        }
    }
    let part = facts.links.iter().find(|link| {
        link.account == item.account
            && whole_of(&link.item.name).is_some_and(|whole| whole == item.key.name)
            && is_billed(&link.account, &link.item.name)
    })?;
    let text = format!(
        "{full} counts what its part {} counts, which is mapped to a service already, so it gets \
         none; to bill the whole instead, make the part free first (`acrotask map-products free \
         {}/{}`)",
        part.item, part.account, part.item
    );
    Some(item_remark(RemarkKind::PartOfWhole, item, text, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::map_products::facts::{ItemCounting, Offered};
    use crate::domain::ids::ApplicationId;
    use crate::domain::links::ProductLink;
    use crate::domain::units::{Measure, Measurement, Unit};

    fn key(name: &str) -> ItemKey {
        ItemKey {
            name: name.to_owned(),
            infra: None,
            application: ApplicationId::new("app"),
        }
    }

    fn item(name: &str) -> MappableItem {
        let edition = match name.split('_').next() {
            Some("pw") => Some("pck_per_workload".to_owned()),
            Some("pg") => Some("pck_per_gigabyte".to_owned()),
            Some("fc") => Some("fss_per_user".to_owned()),
            _ => None,
        };
        MappableItem {
            account: AccountName::new("eu"),
            key: key(name),
            edition,
            counted: ItemCounting::In(Measurement::Quantity),
            offer: Offered::Yes,
            label: name.to_owned(),
            edition_label: String::new(),
            storage: None,
        }
    }

    /// What is chosen of these items when one customer uses the second ones.
    fn chosen(items: &[&str], used: &[&str], mapped: &[&str]) -> Result<Vec<String>, String> {
        let link = |name: &&str| ProductLink {
            account: AccountName::new("eu"),
            item: key(name),
            edition: None,
            choice: MappingChoice::Service {
                id: ServiceId(1),
                name: "S".to_owned(),
            },
            measure: Measure::of_unit(Unit::Count),
        };
        let facts = Facts {
            items: items.iter().map(|name| item(name)).collect(),
            links: mapped.iter().map(link).collect(),
            ..Facts::default()
        };
        let by_item = used
            .iter()
            .map(|name| {
                let tenants = BTreeSet::from([TenantId::new("t")]);
                ((AccountName::new("eu"), key(name)), tenants)
            })
            .collect();
        let users = ItemUsers {
            by_item,
            is_incomplete: false,
        };
        let found = select_used(&facts, &facts.undecided_items(), &users, &[])?;
        Ok(found
            .items
            .iter()
            .map(|item| item.key.name.clone())
            .collect())
    }

    const ALL: &[&str] = &[
        "fc_seats",
        "notarizations",
        "pg_base_servers",
        "pw_base_m365_seats",
        "pw_base_m365_teams",
        "pw_base_servers",
    ];

    #[test]
    fn what_is_used_is_chosen_once_of_one_edition_and_without_parts_of_what_is_chosen() {
        let seats = "pw_base_m365_seats";
        let teams = "pw_base_m365_teams";
        let table: [(&[&str], &[&str], &[&str]); 6] = [
            (&[], &[], &[]),
            (&["pw_base_servers"], &[], &["pw_base_servers"]),
            (
                &["fc_seats", "notarizations", "pg_base_servers"],
                &[],
                &["fc_seats", "notarizations", "pg_base_servers"],
            ),
            (&[seats, teams], &[], &[seats]),
            (&[teams], &[], &[teams]),
            (&[teams], &[seats], &[]),
        ];
        for (used, mapped, expected) in table {
            assert_eq!(chosen(ALL, used, mapped).unwrap(), expected, "{used:?}");
        }
        // A whole gets none beside a part that has one.
        assert_eq!(chosen(ALL, &[seats], &[teams]).unwrap(), [""; 0]);
        let two = chosen(ALL, &["pw_base_servers", "pg_base_servers"], &[]).unwrap_err();
        assert!(
            two.contains("per_gigabyte (1 customer), per_workload (1 customer)"),
            "{two}"
        );
    }
}
