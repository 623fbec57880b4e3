//! `[provisioning]`: how contracts become tenants and quotas.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Section, default, table};
use super::label::{LabelOrId, label_or_id};
use super::read::{Node, Table, words};
use crate::domain::ids::AccountName;

pub(super) const PROVISIONING: Section = Section {
    path: "provisioning",
    keys: &[
        default("enabled", "true"),
        default("automatic", "false"),
        default("company_types", "[\"Customer\"]"),
        default("mode", "\"production\""),
        default("two_factor", "false"),
        default("default_storage", "{}"),
        default("administrator", "\"none\""),
        default("administrator_role", "\"company_admin\""),
        table("deprovision"),
    ],
};

pub(super) const DEPROVISION: Section = Section {
    path: "provisioning.deprovision",
    keys: &[
        default("disable_after_days", "0"),
        default("delete_after_days", "0"),
    ],
};

words! {
    /// The pricing mode of a new tenant.
    Mode {
        Production = "production",
        Trial = "trial",
    }
}

words! {
    /// For whom a new tenant gets an administrator account.
    Administrator {
        /// The company's primary contact.
        PrimaryContact = "primary-contact",
        /// The company's own contact data.
        Company = "company",
        /// Nobody: no account is made.
        None = "none",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provisioning {
    pub(crate) enabled: bool,
    /// Whether tenants are created for companies that are not mapped.
    pub(crate) automatic: bool,
    /// Types of the companies for which tenants are created.
    pub(crate) company_types: BTreeSet<LabelOrId>,
    pub(crate) mode: Mode,
    pub(crate) two_factor: bool,
    /// Storage, by name or id, of new tenants whose contracts hold none.
    pub(crate) default_storage: BTreeMap<AccountName, String>,
    pub(crate) administrator: Administrator,
    /// Role id of that account (acronis.md §3.6).
    pub(crate) administrator_role: String,
    pub(crate) deprovision: Deprovision,
}

/// What happens after a company's last relevant contract ended; none: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deprovision {
    /// Days after that end.
    pub(crate) disable_after_days: Option<u32>,
    /// Days after that end; the command line must allow it too.
    pub(crate) delete_after_days: Option<u32>,
}

pub(super) fn read(table: &Table<'_>) -> Option<Provisioning> {
    let enabled = table.read("enabled", Node::flag);
    let automatic = table.read("automatic", Node::flag);
    let company_types = table.read("company_types", company_types);
    let mode = table.read("mode", Node::word);
    let two_factor = table.read("two_factor", Node::flag);
    let default_storage = table.read("default_storage", storages);
    let administrator = table.read("administrator", Node::word);
    let administrator_role = table.read("administrator_role", role);
    let deprovision = table
        .table("deprovision", &DEPROVISION)
        .and_then(|table| read_deprovision(&table));
    Some(Provisioning {
        enabled: enabled?,
        automatic: automatic?,
        company_types: company_types?,
        mode: mode?,
        two_factor: two_factor?,
        default_storage: default_storage?,
        administrator: administrator?,
        administrator_role: administrator_role?,
        deprovision: deprovision?,
    })
}

fn company_types(node: &Node<'_>) -> Option<BTreeSet<LabelOrId>> {
    let types = node.set(label_or_id)?;
    if types.is_empty() {
        return node.refuse("must name at least one company type");
    }
    Some(types)
}

/// That the accounts exist is checked once all sections are read.
fn storages(node: &Node<'_>) -> Option<BTreeMap<AccountName, String>> {
    let pairs =
        node.pairs(|account, storage| Some((AccountName::new(account), storage.text()?)))?;
    Some(pairs.into_iter().collect())
}

fn role(node: &Node<'_>) -> Option<String> {
    let role = node.text()?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if role.chars().all(fits) {
        return Some(role);
    }
    node.must_be("the id of an Acronis role, such as \"company_admin\"")
}

fn read_deprovision(table: &Table<'_>) -> Option<Deprovision> {
    const DAYS_MAX: i64 = 3650;
    let disable: Option<u32> = table.read("disable_after_days", |node| node.whole(0..=DAYS_MAX));
    let delete: Option<u32> = table.read("delete_after_days", |node| node.whole(0..=DAYS_MAX));
    let off_at_zero = |days: u32| Some(days).filter(|days| *days > 0);
    let deprovision = Deprovision {
        disable_after_days: off_at_zero(disable?),
        delete_after_days: off_at_zero(delete?),
    };
    let Deprovision {
        disable_after_days,
        delete_after_days,
    } = deprovision;
    // Only a disabled tenant can be deleted (acronis.md §2.7, code 1006).
    if delete_after_days.is_some() && delete_after_days < disable_after_days {
        let what = "must not be smaller than `disable_after_days`: a tenant is disabled first";
        table.problem("delete_after_days", what);
        return None;
    }
    Some(deprovision)
}
