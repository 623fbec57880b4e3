//! Who is who in a seeded world, before either service knows of it.

use std::collections::BTreeSet;

use super::dice::Dice;
use super::names;

/// One company as the service provider knows it.
#[derive(Clone, Debug)]
pub(crate) struct Company {
    pub(crate) name: String,
    /// Label of Autotask's company type.
    pub(crate) kind: &'static str,
    pub(crate) active: bool,
    pub(crate) city: &'static str,
    pub(crate) contacts: Vec<(&'static str, &'static str)>,
    pub(crate) sale: Sale,
    pub(crate) workloads: Workloads,
    /// The customer tenant that exists for it already.
    pub(crate) tenant: Option<Tenant>,
}

/// How a company pays for backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sale {
    /// It does not buy any.
    Nothing,
    Prepaid,
    /// Prepaid, through a bundle where one fits.
    PrepaidBundle,
    PayAsYouGo,
}

/// A customer tenant that exists.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    pub(crate) spelling: Spelling,
}

/// How a tenant's name goes with its company's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    Same,
    /// Equal once case and legal form are ignored.
    Respelled,
    Near,
    Unlike,
}

/// What a company has to protect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workloads {
    pub(crate) workstations: i64,
    pub(crate) servers: i64,
    pub(crate) vms: i64,
    pub(crate) m365_seats: i64,
    pub(crate) websites: i64,
    pub(crate) mobiles: i64,
    pub(crate) storage_gib: i64,
    /// Workloads with the security pack.
    pub(crate) security: i64,
}

impl Workloads {
    /// Name of each countable item with how many there are; those with none are left out.
    pub(crate) fn counted(&self) -> Vec<(&'static str, i64)> {
        let Self {
            workstations,
            servers,
            vms,
            m365_seats,
            websites,
            mobiles,
            storage_gib: _,
            security,
        } = *self;
        [
            ("pw_base_workstations", workstations),
            ("pw_base_servers", servers),
            ("pw_base_vms", vms),
            ("pw_base_m365_seats", m365_seats),
            ("pw_base_websites", websites),
            ("pw_base_mobiles", mobiles),
            ("pw_pack_adv_security", security),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
    }
}

/// The companies of a world, and the names of tenants that belong to none of them.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(crate) companies: Vec<Company>,
    pub(crate) strangers: Vec<String>,
}

/// So many companies, and two tenants for every three of them.
pub(crate) fn cast(count: usize, dice: &Dice) -> Cast {
    let names = names::companies(count, &mut dice.fork(1));
    let mut kinds = kinds(count);
    dice.fork(2).shuffle(&mut kinds);
    let mut dice = dice.fork(3);
    let mut companies: Vec<Company> = names
        .into_iter()
        .zip(kinds)
        .map(|(name, (kind, active))| company(name, kind, active, &mut dice))
        .collect();
    let strangers = give_tenants(&mut companies, count * 2 / 3, &mut dice);
    Cast {
        companies,
        strangers,
    }
}

/// Seven in ten are customers, of whom a few left.
fn kinds(count: usize) -> Vec<(&'static str, bool)> {
    (0..count)
        .map(|at| match (at * 100) / count.max(1) {
            0..=66 => ("Customer", true),
            67..=71 => ("Customer", false),
            72..=80 => ("Prospect", true),
            81..=87 => ("Lead", true),
            88..=89 => ("Lead", false),
            90..=96 => ("Vendor", true),
            _ => ("Partner", true),
        })
        .collect()
}

fn company(name: String, kind: &'static str, active: bool, dice: &mut Dice) -> Company {
    let people = dice.between(1, 3);
    let sale = if kind == "Customer" && active {
        match dice.index(100) {
            0..=31 => Sale::Prepaid,
            32..=49 => Sale::PrepaidBundle,
            50..=89 => Sale::PayAsYouGo,
            _ => Sale::Nothing,
        }
    } else {
        Sale::Nothing
    };
    Company {
        name,
        kind,
        active,
        city: names::place(dice),
        contacts: (0..people).map(|_| names::person(dice)).collect(),
        sale,
        workloads: workloads(dice),
        tenant: None,
    }
}

/// Most companies are small.
fn workloads(dice: &mut Dice) -> Workloads {
    let size = match dice.index(10) {
        0 => dice.between(40, 160),
        1..=3 => dice.between(12, 40),
        _ => dice.between(3, 12),
    };
    let some = |dice: &mut Dice, percent, count| {
        if dice.chance(percent) { count } else { 0 }
    };
    let workstations = size;
    let servers = size / 8 + 1;
    let vms = some(dice, 40, size / 4 + 1);
    let m365_seats = some(dice, 60, size + dice.clone().between(0, 6));
    let websites = some(dice, 15, 1);
    let mobiles = some(dice, 10, size / 3 + 1);
    let storage_gib = workstations * dice.between(20, 90) + (servers + vms) * 250;
    let security = some(dice, 25, workstations + servers);
    Workloads {
        workstations,
        servers,
        vms,
        m365_seats,
        websites,
        mobiles,
        storage_gib,
        security,
    }
}

/// Gives active customers their tenants; the names of tenants that are nobody's.
fn give_tenants(companies: &mut [Company], tenants: usize, dice: &mut Dice) -> Vec<String> {
    let strangers = tenants / 10;
    let mut number = 0;
    let wanted = tenants - strangers;
    // Names are unique in a tree, whatever their case (acronis.md §3.1).
    let mut taken = BTreeSet::new();
    for company in companies
        .iter_mut()
        .filter(|company| company.kind == "Customer" && company.active)
        .take(wanted)
    {
        number += 1;
        let spelling = match (number * 37) % 20 {
            0..=8 => Spelling::Same,
            9..=12 => Spelling::Respelled,
            13..=16 => Spelling::Near,
            _ => Spelling::Unlike,
        };
        let mut name = match spelling {
            Spelling::Same => company.name.clone(),
            Spelling::Respelled => names::respelled(&company.name, dice),
            Spelling::Near => names::near(&company.name, dice),
            Spelling::Unlike => names::code(&company.name, number),
        };
        if !taken.insert(name.to_lowercase()) {
            name = names::code(&company.name, number);
            taken.insert(name.to_lowercase());
        }
        company.tenant = Some(Tenant { name, spelling });
    }
    let given = number;
    (given..tenants)
        .map(|at| format!("Test customer {}", at + 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Dice, Sale, Spelling, cast};

    #[test]
    fn sixty_companies_have_forty_tenants_under_names_of_every_sort() {
        let cast = cast(60, &Dice::new(1));
        let tenants: Vec<_> = cast
            .companies
            .iter()
            .filter_map(|c| c.tenant.as_ref())
            .collect();
        assert_eq!(tenants.len() + cast.strangers.len(), 40);
        for spelling in [
            Spelling::Same,
            Spelling::Respelled,
            Spelling::Near,
            Spelling::Unlike,
        ] {
            assert!(
                tenants.iter().any(|t| t.spelling == spelling),
                "{spelling:?}"
            );
        }
        let names: BTreeSet<&String> = tenants
            .iter()
            .map(|t| &t.name)
            .chain(&cast.strangers)
            .collect();
        assert_eq!(names.len(), 40, "tenant names are unique");
    }

    #[test]
    fn companies_are_of_several_types_and_some_active_customers_have_no_tenant_yet() {
        let cast = cast(60, &Dice::new(1));
        let mut kinds: BTreeMap<(&str, bool), usize> = BTreeMap::new();
        for company in &cast.companies {
            *kinds.entry((company.kind, company.active)).or_default() += 1;
        }
        assert!(kinds.len() >= 6, "{kinds:?}");
        let without = cast.companies.iter().filter(|c| {
            c.kind == "Customer" && c.active && c.tenant.is_none() && c.sale != Sale::Nothing
        });
        assert!(without.count() >= 3);
    }

    #[test]
    fn companies_buy_in_every_way() {
        let cast = cast(60, &Dice::new(1));
        for sale in [
            Sale::Nothing,
            Sale::Prepaid,
            Sale::PrepaidBundle,
            Sale::PayAsYouGo,
        ] {
            assert!(cast.companies.iter().any(|c| c.sale == sale), "{sale:?}");
        }
    }
}
