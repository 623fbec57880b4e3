//! Reads what the quota planner decides on.

mod contract_sight;
mod convert;
mod live;
mod payg_field;
mod remarks;
mod unlinked;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Error, Result};

pub(super) use convert::quota_level;
pub(crate) use remarks::remark_on_undecided;
pub(crate) use unlinked::{customer_to_create, customer_to_link};

use super::facts::{Facts, LiveUsage, QuotaCustomer, WholeView};
use crate::acronis::{OfferingItem, TenantKind, TenantUsage};
use crate::autotask::{Autotask, ContractScope};
use crate::config::CustomerTask;
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{AccountName, CompanyId, InfraId, TenantId};
use crate::domain::storages::StorageInfo;
use crate::exit::RefusedError;
use crate::gather::company_names::unmapped_in_scope;
use crate::gather::customers::{self, CustomerDirectory};
use crate::gather::links::LinkedPair;
use crate::gather::offers;
use crate::http::run_together;
use crate::plan::{Remark, RemarkKind};
use crate::session::{Account, CompanyFilter, Scope, Session, is_hidden};
use crate::state::State;
use remarks::{remark_on_missing_items, remark_on_unnamed_storages, remark_on_unreadable_account};

/// Both sides of the mapping and the contracts of a run, as they were read.
#[derive(Debug)]
pub(crate) struct QuotaReading<'s> {
    pub(crate) accounts: Vec<&'s Account>,
    pub(crate) customers: CustomerDirectory,
    pub(crate) book: ContractBook,
    pub(crate) scope: Scope,
    /// What of the contracts is out of sight.
    pub(crate) sight: contract_sight::ContractSight,
    /// Companies for which provisioning is switched off.
    pub(crate) off: BTreeSet<CompanyId>,
    /// Companies that the run was narrowed to and that are not mapped, a note each.
    pub(crate) unmapped: Vec<Remark>,
    /// Usages that were asked for already; the others are when they are needed.
    pub(crate) usages: BTreeMap<AccountName, BTreeMap<TenantId, TenantUsage>>,
}

/// Reads companies, tenants and contracts with the units in force today.
///
/// # Errors
/// When Autotask or the state cannot be read.
pub(crate) fn read_quotas<'s>(
    session: &'s Session,
    state: &State,
    scope: &Scope,
) -> Result<QuotaReading<'s>> {
    let accounts = session.accounts_named(&scope.accounts)?;
    let step = session.report.start_step("reading contracts");
    let autotask = session.connected_autotask()?;
    let book = || read_contract_book(session, autotask, &scope.companies);
    let (book, customers) = run_together(book, || {
        customers::read_customers(session, state, &accounts)
    });
    let (book, customers) = (book?, customers?);
    step.advance_step();
    if let Some(lost) = &customers.lost {
        return Err(lost.refusal_error());
    }
    if let Some(emptied) = customers.sudden_emptiness() {
        return Err(RefusedError(emptied).into());
    }
    let names = || {
        let companies = customers.companies.values();
        Ok(companies.map(|one| (one.id, one.name.clone())).collect())
    };
    let unmapped = unmapped_in_scope(scope, &customers.links, names)?;
    let mut reading = put_together(session, state, accounts, customers, book, scope)?;
    reading.unmapped = unmapped;
    Ok(reading)
}

/// The same, for customers that were read already.
///
/// # Errors
/// When the contracts cannot be read.
pub(crate) fn read_contracts<'s>(
    session: &'s Session,
    state: &State,
    customers: CustomerDirectory,
    scope: &Scope,
) -> Result<QuotaReading<'s>> {
    let book = read_contract_book(session, session.connected_autotask()?, &scope.companies)?;
    let accounts = session.accounts_named(&scope.accounts)?;
    put_together(session, state, accounts, customers, book, scope)
}

fn put_together<'s>(
    session: &'s Session,
    state: &State,
    accounts: Vec<&'s Account>,
    customers: CustomerDirectory,
    book: ContractBook,
    scope: &Scope,
) -> Result<QuotaReading<'s>> {
    payg_field::require_payg_field(session, state, &book, scope.companies == CompanyFilter::All)?;
    Ok(QuotaReading {
        accounts,
        sight: contract_sight::compare_contracts(state, &customers, &book, scope, session.today)?,
        customers,
        book,
        scope: scope.clone(),
        off: session
            .config
            .customers
            .list_off(CustomerTask::Provisioning),
        unmapped: Vec::new(),
        usages: BTreeMap::new(),
    })
}

fn read_contract_book(
    session: &Session,
    autotask: &Autotask,
    companies: &CompanyFilter,
) -> Result<ContractBook> {
    let contracts = match companies {
        CompanyFilter::All => ContractScope::All,
        CompanyFilter::Only(companies) => ContractScope::Of(companies.iter().copied().collect()),
    };
    let payg = &session.config.billing.payg_field;
    let today = session.today;
    autotask.contract_book(&contracts, payg, today, today)
}

impl QuotaReading<'_> {
    /// The planner's facts about the linked customers in scope.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn read_facts(&self, session: &Session, state: &State) -> Result<Facts> {
        let products = state.product_links()?;
        let mut notes = self.customers.failure_notes();
        notes.extend(self.link_remarks(session));
        notes.extend(self.unmapped.iter().cloned());
        let mut found = Vec::new();
        let mut storages = BTreeMap::new();
        let mut itemless = BTreeMap::new();
        let mut storages_unread = BTreeSet::new();
        let step = session.report.start_step("reading quotas and usage");
        for account in &self.accounts {
            let usable: Vec<LinkedPair<'_>> = self
                .customers_in_scope(account)
                .filter(|linked| self.is_provisioned(linked.link.company))
                .filter(may_be_read)
                .collect();
            match self.read_account_facts(session, account, &usable) {
                Ok(AccountReading {
                    customers,
                    storages: more,
                    storages_unread: unread,
                    remarks: told,
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
                    notes.push(remark_on_unreadable_account(account, &error));
                    session.record_unread(&account.name, error);
                }
            }
            step.advance_step();
        }
        Ok(Facts {
            today: session.today,
            book: self.book.clone(),
            products,
            customers: found,
            storages,
            storages_unread,
            remarks: notes,
            whole_view: WholeView {
                itemless,
                ..self.view_both_sides()
            },
        })
    }

    /// Asks for the usages of all linked customers in scope, for those who need more of them than
    /// quotas do.
    pub(crate) fn read_usages(&mut self, session: &Session) {
        let step = session.report.start_step("reading usages");
        let mut usages = BTreeMap::new();
        for account in &self.accounts {
            let tenants: Vec<TenantId> = self
                .customers_in_scope(account)
                .filter(|linked| linked.usable_tenant().is_ok())
                .map(|linked| linked.link.tenant.clone())
                .collect();
            usages.insert(account.name.clone(), account.acronis.read_usages(&tenants));
            step.advance_step();
        }
        self.usages = usages;
    }

    fn read_account_facts(
        &self,
        session: &Session,
        account: &Account,
        usable: &[LinkedPair<'_>],
    ) -> Result<AccountReading> {
        let tenants: Vec<TenantId> = usable
            .iter()
            .map(|linked| linked.link.tenant.clone())
            .collect();
        if tenants.is_empty() {
            return Ok(AccountReading::default());
        }
        let root = match self.customers.trees.get(&account.name) {
            Some(tree) => tree.root.clone(),
            None => account.acronis.own_tenant()?.id,
        };
        let whole = self.scope.is_whole();
        let mut items = live::read_items(session, account, &root, whole, &tenants)?;
        let rows = items.values().flatten();
        let infras = rows.filter_map(|item| item.key.infra.clone());
        let (storages, storages_unread) = match offers::read_storages(account, infras) {
            Ok(storages) => (storages, None),
            // Their names are for people; a customer that needs one waits.
            Err(error) => (
                BTreeMap::new(),
                Some(remark_on_unnamed_storages(account, &error)),
            ),
        };
        let asked = match self.usages.get(&account.name) {
            Some(_) => BTreeMap::new(),
            None => account.acronis.read_usages(&tenants),
        };
        let usages = self.usages.get(&account.name).unwrap_or(&asked);
        usage_gaps(session, account, usable, usages);
        let mut read = AccountReading {
            customers: Vec::new(),
            storages,
            storages_unread: storages_unread.is_some(),
            remarks: storages_unread.into_iter().collect(),
        };
        for linked in usable {
            let id = &linked.link.tenant;
            let rows = items.remove(id).unwrap_or_default();
            if rows.is_empty() {
                read.remarks.push(remark_on_missing_items(linked));
                continue;
            }
            let usage = convert::convert_usage(usages.get(id).unwrap_or(&TenantUsage::Missing));
            read.customers.push(build_customer(linked, rows, usage));
        }
        Ok(read)
    }

    /// The linked companies in scope about which nothing can be said, or not all: what is pending
    /// for them stays so.
    pub(crate) fn unread_companies(&self, facts: &Facts) -> BTreeSet<CompanyId> {
        let links = self.customers.links.iter().map(|link| link.company);
        let mut unseen: BTreeSet<CompanyId> = links.filter(|id| self.is_provisioned(*id)).collect();
        for customer in &facts.customers {
            if !matches!(customer.usage, LiveUsage::Unread(_)) {
                unseen.remove(&customer.party.id);
            }
        }
        unseen
    }

    /// Whether the run looks at a company, and provisioning is not switched off for it.
    pub(crate) fn is_provisioned(&self, company: CompanyId) -> bool {
        self.scope.contains_company(company) && !self.off.contains(&company)
    }

    /// What has become of the links in scope.
    fn link_remarks(&self, session: &Session) -> Vec<Remark> {
        let blocks = &session.config.customers;
        let in_scope = |note: &Remark| {
            let company = note.company.as_ref();
            company.is_none_or(|party| {
                self.scope.contains_company(party.id) && !blocks.is_excluded(party.id)
            })
        };
        let mut notes = self.customers.link_remarks();
        // The account's own note says why a tenant could not be looked at.
        notes.retain(|note| note.kind != RemarkKind::TenantUnknown && in_scope(note));
        notes
    }

    /// The linked customers of an account that this run looks at.
    fn customers_in_scope(&self, account: &Account) -> impl Iterator<Item = LinkedPair<'_>> {
        let linked = self.customers.linked_pairs().into_iter();
        linked.filter(|linked| {
            let link = linked.link;
            link.account == account.name && self.scope.contains_company(link.company)
        })
    }

    fn view_both_sides(&self) -> WholeView {
        let read = |account: &AccountName| self.customers.trees.contains_key(account);
        let links = self.customers.links.iter();
        let trees = self.customers.trees.iter();
        WholeView {
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
fn may_be_read(linked: &LinkedPair<'_>) -> bool {
    linked
        .usable_tenant()
        .is_ok_and(|tenant| tenant.enabled && !tenant.self_service)
}

/// Takes down that usages could not be read: of a customer that is only hidden it is no failure, of
/// all customers it is.
fn usage_gaps(
    session: &Session,
    account: &Account,
    usable: &[LinkedPair<'_>],
    usages: &BTreeMap<TenantId, TenantUsage>,
) {
    let failed: Vec<(&str, Error)> = usable
        .iter()
        .filter_map(|linked| match usages.get(&linked.link.tenant)? {
            TenantUsage::Failed(failure) => {
                Some((linked.link.tenant_name.as_str(), failure.clone().into()))
            }
            TenantUsage::Rows(_) | TenantUsage::Missing => None,
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
    session.record_blind_spot(&account.name, &error);
}

/// What was read of one account.
#[derive(Default)]
struct AccountReading {
    customers: Vec<QuotaCustomer>,
    storages: BTreeMap<InfraId, StorageInfo>,
    storages_unread: bool,
    remarks: Vec<Remark>,
}

fn build_customer(
    linked: &LinkedPair<'_>,
    rows: Vec<OfferingItem>,
    usage: LiveUsage,
) -> QuotaCustomer {
    let link = linked.link;
    QuotaCustomer {
        party: linked.company_ref(),
        account: link.account.clone(),
        tenant: Some(link.tenant.clone()),
        tenant_name: link.tenant_name.clone(),
        existed_before: link.existed_before,
        lowering_approved: link.lowering_approved,
        items: convert::convert_items(rows),
        usage,
    }
}
