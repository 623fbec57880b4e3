//! `[provisioning]`: how contracts become tenants and quotas.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::Form;
use super::label::LabelOrId;
use super::read::{ConfigValue, Node, Table};
use super::section::{section, words};
use crate::domain::ids::AccountName;

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

section! {
    /// How contracts become tenants and quotas.
    "provisioning" struct Provisioning: PartialEq, Eq {
        /// Whether `provision` does anything.
        enabled: bool = true;
        /// Whether tenants are created for companies with a contract but without a mapping.
        automatic: bool = false;
        /// Company types, by label or id, for which tenants are created.
        company_types: BTreeSet<LabelOrId> = ["Customer"], by read_company_types;
        /// Pricing mode of new tenants: `"production"` or `"trial"`.
        mode: Mode = "production", called MODE;
        /// Whether two-factor authentication is required in new tenants.
        two_factor: bool = false, called TWO_FACTOR;
        /// Storage, by name or id, of new tenants whose contracts include none, for each account:
        /// `{ eu = "Vienna" }`.
        default_storage: BTreeMap<AccountName, String> = {}, called DEFAULT_STORAGE;
        /// For whom a new tenant gets an administrator account: `"primary-contact"`, `"company"` or
        /// `"none"`.
        administrator: Administrator = "none";
        /// Acronis role of that account.
        administrator_role: String = "company_admin", by read_role;
        /// What happens after a company's last relevant contract ended.
        deprovision: Deprovision = {};
    }
}

section! {
    /// What happens after the last relevant contract of a company ended. Both countdowns begin on
    /// that day.
    "provisioning.deprovision" struct Deprovision: Copy, Default, PartialEq, Eq {
        /// Days until the tenant is disabled; 0 is never, 10 is usual.
        disable_after_days: Option<u32> = 0, in 0..=DAYS_MAX;
        /// Days until it is deleted, not fewer than the other; 0 is never, 30 is usual. It also
        /// needs `--allow-delete`.
        delete_after_days: Option<u32> = 0, in 0..=DAYS_MAX;
        check compare_days: disable_after_days, delete_after_days;
    }
}

const DAYS_MAX: i64 = 3650;

fn read_company_types(node: &Node<'_>) -> Option<BTreeSet<LabelOrId>> {
    let types = BTreeSet::read(node)?;
    if types.is_empty() {
        return node.refuse("must name at least one company type");
    }
    Some(types)
}

/// That the accounts exist is checked once all sections are read.
impl ConfigValue for BTreeMap<AccountName, String> {
    const FORM: &'static Form = &Form::Pairs(String::FORM);

    fn read(node: &Node<'_>) -> Option<Self> {
        let pairs = node.read_pairs(|account, storage| {
            Some((AccountName::new(account), storage.read_text()?))
        })?;
        Some(pairs.into_iter().collect())
    }
}

fn read_role(node: &Node<'_>) -> Option<String> {
    let role = node.read_text()?;
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if role.chars().all(fits) {
        return Some(role);
    }
    node.must_be("the id of an Acronis role, such as \"company_admin\"")
}

fn compare_days(table: &Table<'_>, disable: &Option<u32>, delete: &Option<u32>) -> Option<()> {
    // Only a disabled tenant can be deleted (acronis.md §2.7, code 1006).
    if delete.is_some() && delete < disable {
        let what = "must not be smaller than `disable_after_days`: a tenant is disabled first";
        return table.refuse("delete_after_days", what);
    }
    Some(())
}
