//! Reads what the quota planner decides on.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::ToSpan as _;
use rust_decimal::Decimal;

use super::facts::{Customer, Facts, Item, Level, Sides, Storage, Usage};
use crate::acronis::{self, ItemClass, Measured, OfferingItem, TenantKind};
use crate::autotask::ContractScope;
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{AccountName, InfraId, ItemKey, TenantId};
use crate::gather::customers::{self, Customers};
use crate::gather::links::Linked;
use crate::gather::offers::{self, Offer};
use crate::http::fan_out;
use crate::plan::{Note, Party};
use crate::session::{Account, Companies, Scope, Session};
use crate::state::State;

/// Up to so many tenants are asked for their items one by one; more are read with the whole tree.
const SINGLY_MAX: usize = 4;

/// Both sides of the mapping and the contracts of a run, as they were read.
#[derive(Debug)]
pub(crate) struct Reading<'s> {
    pub(crate) accounts: Vec<&'s Account>,
    pub(crate) customers: Customers,
    pub(crate) book: ContractBook,
    pub(crate) scope: Scope,
    /// Usages that were asked for already; the others are when they are needed.
    pub(crate) usages: BTreeMap<AccountName, BTreeMap<TenantId, Measured>>,
}

/// Reads companies, tenants and contracts (with the units in force today), then the quotas of the
/// linked tenants in scope.
///
/// # Errors
/// When Autotask or the state cannot be read. An account that cannot be read becomes a note, and
/// its customers are left as they are.
pub(crate) fn gather(session: &Session, state: &State, scope: &Scope) -> Result<Facts> {
    read(session, state, scope)?.facts(session, state)
}

/// Reads companies, tenants and contracts with the units in force today.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(crate) fn read<'s>(session: &'s Session, state: &State, scope: &Scope) -> Result<Reading<'s>> {
    read_around(session, state, scope, 0)
}

/// The same with the unit rows of so many days before and after today.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(crate) fn read_around<'s>(
    session: &'s Session,
    state: &State,
    scope: &Scope,
    days: i64,
) -> Result<Reading<'s>> {
    let accounts = session.accounts_named(&scope.accounts)?;
    let step = session.report.step("reading contracts");
    let contracts = match &scope.companies {
        Companies::All => ContractScope::All,
        Companies::Only(companies) => ContractScope::Of(companies.iter().copied().collect()),
    };
    let payg = &session.config.billing.payg_field;
    let (from, to) = (
        session.today.saturating_sub(days.days()),
        session.today.saturating_add(days.days()),
    );
    let book = session
        .autotask()?
        .contract_book(&contracts, payg, from, to)?;
    step.tick();
    let customers = customers::read(session, state, &accounts)?;
    Ok(Reading {
        accounts,
        customers,
        book,
        scope: scope.clone(),
        usages: BTreeMap::new(),
    })
}

impl Reading<'_> {
    /// The planner's facts about the linked customers in scope.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn facts(&self, session: &Session, state: &State) -> Result<Facts> {
        let products = state.product_links()?;
        let mut notes = self.customers.failure_notes();
        notes.extend(self.link_notes());
        let mut found = Vec::new();
        let mut storages = BTreeMap::new();
        let step = session.report.step("reading quotas and usage");
        for account in &self.accounts {
            let usable = self.usable(account, &mut notes);
            match self.account_facts(session, account, &usable) {
                Ok(Read {
                    customers,
                    storages: more,
                    notes: told,
                }) => {
                    found.extend(customers);
                    storages.extend(more);
                    notes.extend(told);
                }
                Err(error) => notes.push(unreadable(account, &error)),
            }
            step.tick();
        }
        Ok(Facts {
            today: session.today,
            book: self.book.clone(),
            products,
            customers: found,
            storages,
            notes,
            sides: self.sides(),
        })
    }

    /// Asks for the usages of all linked customers in scope, for those who need more of them than
    /// quotas do.
    pub(crate) fn measure(&mut self, session: &Session) {
        let step = session.report.step("reading usages");
        let mut usages = BTreeMap::new();
        for account in &self.accounts {
            let linked = self.customers.linked();
            let tenants: Vec<TenantId> = linked
                .iter()
                .filter(|linked| linked.link.account == account.name)
                .filter(|linked| self.scope.holds(linked.link.company))
                .filter(|linked| linked.usable().is_ok())
                .map(|linked| linked.link.tenant.clone())
                .collect();
            usages.insert(account.name.clone(), account.acronis.usages(&tenants));
            step.tick();
        }
        self.usages = usages;
    }

    fn account_facts(
        &self,
        session: &Session,
        account: &Account,
        usable: &[Linked<'_>],
    ) -> Result<Read> {
        let tenants: Vec<TenantId> = usable
            .iter()
            .map(|linked| linked.link.tenant.clone())
            .collect();
        let mut items = items_of(session, account, &tenants, self.scope.is_whole())?;
        let infras: BTreeSet<InfraId> = items
            .values()
            .flatten()
            .filter_map(|item| item.key.infra.clone())
            .collect();
        let storages = storages(account, infras)?;
        let asked = match self.usages.get(&account.name) {
            Some(_) => BTreeMap::new(),
            None => account.acronis.usages(&tenants),
        };
        let usages = self.usages.get(&account.name).unwrap_or(&asked);
        let mut read = Read {
            customers: Vec::new(),
            storages,
            notes: Vec::new(),
        };
        for linked in usable {
            let id = &linked.link.tenant;
            let rows = items.remove(id).unwrap_or_default();
            if rows.is_empty() {
                read.notes.push(no_items(linked));
                continue;
            }
            let usage = usage(usages.get(id).unwrap_or(&Measured::Missing));
            read.customers.push(customer(linked, rows, usage));
        }
        Ok(read)
    }

    /// What has become of the links in scope.
    fn link_notes(&self) -> Vec<Note> {
        let in_scope = |note: &Note| {
            let company = note.company.as_ref();
            company.is_none_or(|party| self.scope.holds(party.id))
        };
        let mut notes = self.customers.link_notes();
        // The account's own note says why a tenant could not be looked at.
        notes.retain(|note| note.kind != "tenant-unknown" && in_scope(note));
        notes
    }

    /// The linked customers of an account whose quotas may be looked at; the others become notes.
    fn usable(&self, account: &Account, notes: &mut Vec<Note>) -> Vec<Linked<'_>> {
        let mut usable = Vec::new();
        for linked in self.customers.linked() {
            let link = linked.link;
            if link.account != account.name || !self.scope.holds(link.company) {
                continue;
            }
            match hidden(&linked) {
                None => usable.push(linked),
                Some(note) => notes.extend(note),
            }
        }
        usable
    }

    fn sides(&self) -> Sides {
        let read = |account: &AccountName| self.customers.trees.contains_key(account);
        let links = self.customers.links.iter();
        let trees = self.customers.trees.iter();
        Sides {
            links: links.filter(|link| read(&link.account)).cloned().collect(),
            whole: self.scope.is_whole(),
            tenants: trees
                .map(|(account, tree)| {
                    let tenants = tree.tenants.iter();
                    let customers = tenants.filter(|tenant| {
                        tenant.kind == TenantKind::Customer && tenant.deleted_at.is_none()
                    });
                    (account.clone(), customers.count())
                })
                .collect(),
        }
    }
}

/// Passes over tenants that cannot be worked on, which their links' notes tell, and those that hide
/// what they use: an empty answer about them says nothing (acronis.md §3.7).
fn hidden(linked: &Linked<'_>) -> Option<Option<Note>> {
    let Ok(tenant) = linked.usable() else {
        return Some(None);
    };
    if tenant.self_service {
        return Some(Some(Note {
            kind: "access-denied",
            account: Some(linked.link.account.clone()),
            company: Some(linked.party()),
            subject: tenant.name.clone(),
            text: format!(
                "tenant {} manages itself and denies access, so its quotas cannot be seen; they are left as they are",
                tenant.name
            ),
            needs_person: true,
        }));
    }
    (!tenant.enabled).then_some(None)
}

/// What was read of one account.
struct Read {
    customers: Vec<Customer>,
    storages: BTreeMap<InfraId, Storage>,
    notes: Vec<Note>,
}

/// The items of each tenant. A tenant that the tree's list does not name is asked for its own: not
/// being listed is not the same as having nothing.
fn items_of(
    session: &Session,
    account: &Account,
    tenants: &[TenantId],
    whole: bool,
) -> Result<BTreeMap<TenantId, Vec<OfferingItem>>> {
    let mut found: BTreeMap<TenantId, Vec<OfferingItem>> = BTreeMap::new();
    let wanted: BTreeSet<&TenantId> = tenants.iter().collect();
    if whole || tenants.len() > SINGLY_MAX {
        let root = account.acronis.own_tenant()?.id;
        for item in account.acronis.offering_items_below(&root) {
            let item = item.context("reading the offering items of all tenants")?;
            let Some(tenant) = item.tenant.clone().filter(|id| wanted.contains(id)) else {
                continue;
            };
            found.entry(tenant).or_default().push(item);
        }
    }
    let missing: Vec<&TenantId> = tenants
        .iter()
        .filter(|tenant| !found.contains_key(*tenant))
        .collect();
    let answers = fan_out(
        &missing,
        acronis::AT_ONCE_MAX,
        &session.interrupt,
        |tenant| account.acronis.offering_items(tenant),
    );
    for (tenant, answer) in missing.into_iter().zip(answers) {
        // One hidden customer must not spoil the account: it has no rows, and is passed over.
        if let Some(Ok(rows)) = answer {
            found.insert(tenant.clone(), rows);
        }
    }
    Ok(found)
}

fn storages(
    account: &Account,
    ids: impl IntoIterator<Item = InfraId>,
) -> Result<BTreeMap<InfraId, Storage>> {
    let found = offers::storages(account, ids)?;
    Ok(found.into_iter().map(named).collect())
}

fn named((id, storage): (InfraId, offers::Storage)) -> (InfraId, Storage) {
    let storage = Storage {
        name: storage.name,
        location: storage.location,
        holds_backups: storage.holds_backups,
    };
    (id, storage)
}

fn customer(linked: &Linked<'_>, rows: Vec<OfferingItem>, usage: Usage) -> Customer {
    let link = linked.link;
    Customer {
        party: linked.party(),
        account: link.account.clone(),
        tenant: Some(link.tenant.clone()),
        tenant_name: link.tenant_name.clone(),
        existed_before: link.existed_before,
        lowering_approved: link.lowering_approved,
        items: items_by_key(rows),
        usage,
    }
}

/// A customer whose tenant is still to be made: everything that its partner can hand out, all off.
pub(crate) fn newcomer(
    account: &AccountName,
    party: &Party,
    name: &str,
    offers: &[Offer],
) -> (Customer, BTreeMap<InfraId, Storage>) {
    let items = offers.iter().map(|offer| {
        let item = Item {
            edition: offer.edition.clone(),
            usage_name: offer.usage_name.clone(),
            is_feature: offer.is_feature,
            locked: false,
            measurement: offer.measurement,
            level: Level::Off,
            version: 0,
        };
        (offer.key.clone(), item)
    });
    let customer = Customer {
        party: party.clone(),
        account: account.clone(),
        tenant: None,
        tenant_name: name.to_owned(),
        existed_before: false,
        lowering_approved: false,
        items: items.collect(),
        usage: Usage::New,
    };
    let storages = offers.iter().filter_map(|offer| offer.storage.clone());
    let storages = storages.map(|storage| named((storage.id.clone(), storage)));
    (customer, storages.collect())
}

/// A customer whose tenant is there but not linked yet.
///
/// # Errors
/// When its items cannot be read.
pub(crate) fn stranger(
    account: &Account,
    party: &Party,
    tenant: (&TenantId, &str),
    existed_before: bool,
) -> Result<(Customer, BTreeMap<InfraId, Storage>)> {
    let (id, name) = tenant;
    let rows = account.acronis.offering_items(id)?;
    let infras: BTreeSet<InfraId> = rows
        .iter()
        .filter_map(|item| item.key.infra.clone())
        .collect();
    let storages = storages(account, infras)?;
    let asked = account.acronis.usages(std::slice::from_ref(id));
    let usage = usage(asked.values().next().unwrap_or(&Measured::Missing));
    let customer = Customer {
        party: party.clone(),
        account: account.name.clone(),
        tenant: Some(id.clone()),
        tenant_name: name.to_owned(),
        existed_before,
        lowering_approved: false,
        items: items_by_key(rows),
        usage,
    };
    Ok((customer, storages))
}

fn items_by_key(rows: Vec<OfferingItem>) -> BTreeMap<ItemKey, Item> {
    rows.into_iter()
        .filter(|item| item.deleted_at.is_none())
        .map(|item| (item.key.clone(), self::item(&item)))
        .collect()
}

/// An offering item as the planner sees it.
fn item(item: &OfferingItem) -> Item {
    Item {
        edition: item.edition.clone(),
        usage_name: item.usage_name.clone(),
        is_feature: item.class == ItemClass::Feature,
        locked: item.locked,
        measurement: item.measurement(),
        level: level(item),
        version: item.quota.map_or(0, |quota| quota.version),
    }
}

/// What an item lets its tenant use. An enabled item without a quota is taken as unlimited: then
/// whatever limits it counts as lowering, and is guarded (acronis.md §5.1).
pub(super) fn level(item: &OfferingItem) -> Level {
    if !item.enabled {
        return Level::Off;
    }
    if item.class == ItemClass::Feature {
        return Level::On;
    }
    match item.quota {
        Some(quota) if quota.value.is_some() => Level::Quota {
            value: quota.value,
            overage: quota.overage,
        },
        Some(_) | None => Level::UNLIMITED,
    }
}

/// Live usage by item. The larger of the two figures counts: which one is the live one differs by
/// item and is not stated for all (acronis.md §6.2), and here more is the careful reading.
fn usage(measured: &Measured) -> Usage {
    let rows = match measured {
        Measured::Rows(rows) => rows,
        Measured::Missing => {
            return Usage::Unread("the answer does not name the tenant".to_owned());
        }
        Measured::Failed(failure) => return Usage::Unread(failure.to_string()),
    };
    let mut used: BTreeMap<ItemKey, Decimal> = BTreeMap::new();
    for row in rows {
        let Some(amount) = row.absolute.max(row.value) else {
            continue;
        };
        let held = used.entry(row.key.clone()).or_default();
        *held = amount.max(*held);
    }
    Usage::Read(used)
}

fn no_items(linked: &Linked<'_>) -> Note {
    let link = linked.link;
    Note {
        kind: "no-items",
        account: Some(link.account.clone()),
        company: Some(linked.party()),
        subject: link.tenant_name.clone(),
        text: format!(
            "the offering items of tenant {} ({}) cannot be seen; its quotas are left as they are",
            link.tenant_name, link.tenant
        ),
        needs_person: true,
    }
}

fn unreadable(account: &Account, error: &anyhow::Error) -> Note {
    Note {
        kind: "account-unreadable",
        account: Some(account.name.clone()),
        company: None,
        subject: account.name.to_string(),
        text: format!(
            "the quotas of account {} could not be read, its customers are left as they are: {error:#}",
            account.name
        ),
        needs_person: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acronis::Quota;
    use crate::domain::ids::ApplicationId;

    fn offering(enabled: bool, class: ItemClass, quota: Option<Quota>) -> OfferingItem {
        OfferingItem {
            tenant: None,
            key: ItemKey {
                name: "x".to_owned(),
                infra: None,
                application: ApplicationId::new("a"),
            },
            edition: None,
            usage_name: None,
            enabled,
            locked: false,
            class,
            measurement_unit: Some("quantity".to_owned()),
            quota,
            updated_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn an_enabled_item_without_a_quota_is_unlimited_and_a_disabled_one_off() {
        let soft = Quota {
            value: Some(5),
            overage: None,
            version: 1,
        };
        let soft_level = Level::Quota {
            value: Some(5),
            overage: None,
        };
        for (enabled, class, quota, expected) in [
            (true, ItemClass::Count, None, Level::UNLIMITED),
            (
                true,
                ItemClass::Count,
                Some(Quota::unlimited(0)),
                Level::UNLIMITED,
            ),
            (true, ItemClass::Count, Some(soft), soft_level),
            (
                true,
                ItemClass::Infra,
                Some(Quota::hard(7, 3)),
                Level::hard(7),
            ),
            (true, ItemClass::Feature, None, Level::On),
            (false, ItemClass::Count, Some(Quota::hard(7, 3)), Level::Off),
            (false, ItemClass::Feature, None, Level::Off),
        ] {
            assert_eq!(level(&offering(enabled, class, quota)), expected);
        }
    }

    #[test]
    fn a_tenant_without_an_answer_has_unknown_usage_and_not_none() {
        assert!(matches!(usage(&Measured::Missing), Usage::Unread(_)));
        assert_eq!(
            usage(&Measured::Rows(Vec::new())),
            Usage::Read(BTreeMap::new())
        );
    }
}
