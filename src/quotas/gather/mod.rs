//! Reads what the quota planner decides on.

mod convert;
mod live;
mod payg_field;
mod remarks;
mod seen;
mod unlinked;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Error, Result};

pub(super) use convert::level;
pub(crate) use remarks::note_undecided;
pub(crate) use unlinked::{newcomer, stranger};

use super::facts::{Customer, Facts, Sides, Storage, Usage};
use crate::acronis::{Measured, OfferingItem, TenantKind};
use crate::autotask::{Autotask, ContractScope};
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{AccountName, CompanyId, InfraId, TenantId};
use crate::exit::Refused;
use crate::gather::company_names::unmapped_in_scope;
use crate::gather::customers::{self, Customers};
use crate::gather::links::Linked;
use crate::http::together;
use crate::plan::Note;
use crate::session::{Account, Companies, Scope, Session, is_hidden};
use crate::state::State;
use remarks::{no_items, unnamed, unreadable};

/// Both sides of the mapping and the contracts of a run, as they were read.
#[derive(Debug)]
pub(crate) struct Reading<'s> {
    pub(crate) accounts: Vec<&'s Account>,
    pub(crate) customers: Customers,
    pub(crate) book: ContractBook,
    pub(crate) scope: Scope,
    /// What of the contracts is out of sight.
    pub(crate) sight: seen::ContractSight,
    /// Companies that the run was narrowed to and that are not mapped, a note each.
    pub(crate) unmapped: Vec<Note>,
    /// Usages that were asked for already; the others are when they are needed.
    pub(crate) usages: BTreeMap<AccountName, BTreeMap<TenantId, Measured>>,
}

/// Reads companies, tenants and contracts with the units in force today.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(crate) fn read<'s>(session: &'s Session, state: &State, scope: &Scope) -> Result<Reading<'s>> {
    let accounts = session.accounts_named(&scope.accounts)?;
    let step = session.report.step("reading contracts");
    let autotask = session.autotask()?;
    let book = || book_of(session, autotask, &scope.companies);
    let (book, customers) = together(book, || customers::read(session, state, &accounts));
    let (book, customers) = (book?, customers?);
    step.tick();
    if let Some(lost) = &customers.lost {
        return Err(lost.refusal());
    }
    if let Some(emptied) = customers.sudden_emptiness() {
        return Err(Refused(emptied).into());
    }
    let names = || {
        let companies = customers.companies.values();
        Ok(companies.map(|one| (one.id, one.name.clone())).collect())
    };
    let unmapped = unmapped_in_scope(scope, &customers.links, names)?;
    let read = (customers, book);
    let reading = put_together(session, state, accounts, read, scope)?;
    Ok(Reading {
        unmapped,
        ..reading
    })
}

/// The same, for customers that were read already.
///
/// # Errors
/// When the contracts cannot be read.
pub(crate) fn read_contracts<'s>(
    session: &'s Session,
    state: &State,
    customers: Customers,
    scope: &Scope,
) -> Result<Reading<'s>> {
    let book = book_of(session, session.autotask()?, &scope.companies)?;
    let accounts = session.accounts_named(&scope.accounts)?;
    put_together(session, state, accounts, (customers, book), scope)
}

fn put_together<'s>(
    session: &'s Session,
    state: &State,
    accounts: Vec<&'s Account>,
    (customers, book): (Customers, ContractBook),
    scope: &Scope,
) -> Result<Reading<'s>> {
    payg_field::require(session, state, &book, scope.companies == Companies::All)?;
    Ok(Reading {
        accounts,
        sight: seen::compare(state, &customers, &book, scope, session.today)?,
        customers,
        book,
        scope: scope.clone(),
        unmapped: Vec::new(),
        usages: BTreeMap::new(),
    })
}

fn book_of(session: &Session, autotask: &Autotask, companies: &Companies) -> Result<ContractBook> {
    let contracts = match companies {
        Companies::All => ContractScope::All,
        Companies::Only(companies) => ContractScope::Of(companies.iter().copied().collect()),
    };
    let payg = &session.config.billing.payg_field;
    let today = session.today;
    autotask.contract_book(&contracts, payg, today, today)
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
        notes.extend(self.unmapped.iter().cloned());
        let mut found = Vec::new();
        let mut storages = BTreeMap::new();
        let mut itemless = BTreeMap::new();
        let mut storages_unread = BTreeSet::new();
        let step = session.report.step("reading quotas and usage");
        for account in &self.accounts {
            let usable = self.usable(account);
            match self.account_facts(session, account, &usable) {
                Ok(Read {
                    customers,
                    storages: more,
                    storages_unread: unread,
                    notes: told,
                }) => {
                    // Of one tenant alone without items nothing can be said; of several, it can.
                    if customers.is_empty() && usable.len() > 1 {
                        itemless.insert(account.name.clone(), usable.len());
                    }
                    storages_unread.extend(unread.then(|| account.name.clone()));
                    found.extend(customers);
                    storages.extend(more);
                    notes.extend(told);
                }
                Err(error) => {
                    notes.push(unreadable(account, &error));
                    session.account_unread(&account.name, error);
                }
            }
            step.tick();
        }
        Ok(Facts {
            today: session.today,
            book: self.book.clone(),
            products,
            customers: found,
            storages,
            storages_unread,
            notes,
            sides: Sides {
                itemless,
                ..self.sides()
            },
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
        if tenants.is_empty() {
            return Ok(Read::default());
        }
        let root = match self.customers.trees.get(&account.name) {
            Some(tree) => tree.root.clone(),
            None => account.acronis.own_tenant()?.id,
        };
        let from = (&root, self.scope.is_whole());
        let mut items = live::items_of(session, account, from, &tenants)?;
        let infras: BTreeSet<InfraId> = items
            .values()
            .flatten()
            .filter_map(|item| item.key.infra.clone())
            .collect();
        let (storages, storages_unread) = match live::storages(account, infras) {
            Ok(storages) => (storages, None),
            // Their names are for people; a customer that needs one waits.
            Err(error) => (BTreeMap::new(), Some(unnamed(account, &error))),
        };
        let asked = match self.usages.get(&account.name) {
            Some(_) => BTreeMap::new(),
            None => account.acronis.usages(&tenants),
        };
        let usages = self.usages.get(&account.name).unwrap_or(&asked);
        usage_gaps(session, account, usable, usages);
        let mut read = Read {
            customers: Vec::new(),
            storages,
            storages_unread: storages_unread.is_some(),
            notes: storages_unread.into_iter().collect(),
        };
        for linked in usable {
            let id = &linked.link.tenant;
            let rows = items.remove(id).unwrap_or_default();
            if rows.is_empty() {
                read.notes.push(no_items(linked));
                continue;
            }
            let usage = convert::usage(usages.get(id).unwrap_or(&Measured::Missing));
            read.customers.push(customer(linked, rows, usage));
        }
        Ok(read)
    }

    /// The linked companies in scope about which nothing can be said, or not all: what is pending
    /// for them stays so.
    pub(crate) fn unseen(&self, facts: &Facts) -> BTreeSet<CompanyId> {
        let links = self.customers.links.iter().map(|link| link.company);
        let mut unseen: BTreeSet<CompanyId> = links.filter(|id| self.scope.holds(*id)).collect();
        for customer in &facts.customers {
            if !matches!(customer.usage, Usage::Unread(_)) {
                unseen.remove(&customer.party.id);
            }
        }
        unseen
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

    /// The linked customers of an account whose quotas may be looked at.
    fn usable(&self, account: &Account) -> Vec<Linked<'_>> {
        let linked = self.customers.linked().into_iter();
        linked
            .filter(|linked| linked.link.account == account.name)
            .filter(|linked| self.scope.holds(linked.link.company))
            .filter(may_be_read)
            .collect()
    }

    fn sides(&self) -> Sides {
        let read = |account: &AccountName| self.customers.trees.contains_key(account);
        let links = self.customers.links.iter();
        let trees = self.customers.trees.iter();
        Sides {
            links: links.filter(|link| read(&link.account)).cloned().collect(),
            whole: self.scope.is_whole(),
            out_of_sight: self.sight.out_of_sight().clone(),
            itemless: BTreeMap::new(),
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

/// Whether the quotas of a link may be looked at. Why not is told by its notes; an empty answer about
/// a tenant that denies access says nothing (acronis.md §3.7).
fn may_be_read(linked: &Linked<'_>) -> bool {
    linked
        .usable()
        .is_ok_and(|tenant| tenant.enabled && !tenant.self_service)
}

/// Takes down that usages could not be read: of a customer that is only hidden it is no failure, of
/// all customers it is.
fn usage_gaps(
    session: &Session,
    account: &Account,
    usable: &[Linked<'_>],
    usages: &BTreeMap<TenantId, Measured>,
) {
    let failed: Vec<(&str, Error)> = usable
        .iter()
        .filter_map(|linked| match usages.get(&linked.link.tenant)? {
            Measured::Failed(failure) => {
                Some((linked.link.tenant_name.as_str(), failure.clone().into()))
            }
            Measured::Rows(_) | Measured::Missing => None,
        })
        .collect();
    let all = failed.len() == usable.len();
    let mut grave = failed
        .into_iter()
        .filter(|(_, error)| all || !is_hidden(error));
    let Some((first, error)) = grave.next() else {
        return;
    };
    let whose = match grave.count() {
        0 => format!("the usage of tenant {first}"),
        more => format!("the usages of tenant {first} and {more} others"),
    };
    let error = error.context(format!(
        "{whose} could not be read, so no quota is lowered there"
    ));
    session.blind_spot(&account.name, &error);
}

/// What was read of one account.
#[derive(Default)]
struct Read {
    customers: Vec<Customer>,
    storages: BTreeMap<InfraId, Storage>,
    storages_unread: bool,
    notes: Vec<Note>,
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
        items: convert::items(rows),
        usage,
    }
}
