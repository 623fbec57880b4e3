//! Reads what is needed to make new customers, beside their quotas.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;

use super::plan::{HomePartner, HomePartners, TenantCandidate};
use crate::acronis::{Tenant, TenantKind};
use crate::autotask::CompanyRecord;
use crate::domain::ids::{AccountName, CompanyId, InfraId, ServiceId, TenantId};
use crate::domain::links::{LinkedBy, ProductLink};
use crate::domain::names::tenant_form;
use crate::domain::storages::StorageInfo;
use crate::exit::UsageError;
use crate::gather::links::LinkedPair;
use crate::onboarding::{
    self, Action, ContactDetails, CustomerRef, OffersByPartner, OpenTenants, PrimaryContacts,
};
use crate::plan::{CompanyRef, Remark, RemarkKind};
use crate::quotas::{ContractStatus, QuotaReading, facts};
use crate::session::Session;
use crate::state::State;

/// The mapped services of each account.
pub(super) fn services_by_account(
    products: &[ProductLink],
) -> BTreeMap<AccountName, BTreeSet<ServiceId>> {
    let mut mapped: BTreeMap<AccountName, BTreeSet<ServiceId>> = BTreeMap::new();
    for link in products {
        if let Some(service) = link.choice.service_id() {
            let of_account = mapped.entry(link.account.clone()).or_default();
            of_account.insert(service);
        }
    }
    mapped
}

/// A linked customer with its tenant as it is now.
pub(super) fn customer_of_link(linked: &LinkedPair<'_>, tenant: &Tenant) -> CustomerRef {
    CustomerRef {
        account: linked.link.account.clone(),
        company: linked.company_ref(),
        tenant: Some(tenant.id.clone()),
        tenant_name: tenant.name.clone(),
    }
}

/// The companies that are not mapped and whose contracts say they should be.
pub(super) fn find_candidates(
    session: &Session,
    state: &State,
    reading: &QuotaReading<'_>,
    products: &[ProductLink],
) -> Result<Vec<TenantCandidate>> {
    let types = company_types(session)?;
    let mapped = services_by_account(products);
    let contracts = reading.book.by_company();
    let linked: BTreeSet<CompanyId> = reading
        .customers
        .links
        .iter()
        .map(|link| link.company)
        .collect();
    let unlinked = last_unlinked(state)?;
    let namesakes = tenants_by_name(reading);
    let open = open_tenants(reading, &linked);
    let mut found = Vec::new();
    for company in reading.customers.companies.values() {
        if !reading.is_provisioned(company.id) || linked.contains(&company.id) {
            continue;
        }
        let is_meant = company.active && company.company_type.is_some_and(|id| types.contains(&id));
        let own = contracts.get(&company.id).filter(|_| is_meant);
        let relevant = |services: &BTreeSet<ServiceId>| {
            own.is_some_and(|own| {
                let standing = ContractStatus::status_of(own, services, session.today);
                matches!(standing, ContractStatus::Relevant(_))
            })
        };
        let accounts: BTreeSet<AccountName> = mapped
            .iter()
            .filter(|(_, services)| relevant(services))
            .map(|(account, _)| account.clone())
            .collect();
        let party = CompanyRef::new(company.id, &company.name);
        let customers = &reading.customers;
        let unfinished =
            onboarding::find_unfinished(state, customers, &party, LinkedBy::Provisioned)?;
        // What a person began is finished, also for a company without a contract yet.
        let was_begun = unfinished.as_ref().is_some_and(|one| !one.existed_before);
        if accounts.is_empty() && !was_begun {
            continue;
        }
        found.push(TenantCandidate {
            accounts,
            mark: customers.tag_of_company(company.id),
            contact: ContactDetails::default(),
            unfinished,
            likely: open.find_likely(company.id, &company.name),
            marked: customers.tenants_tagged_for(company.id).len(),
            same_name_tenants: find_same_name_tenants(&namesakes, company),
            unlinked_at: unlinked.get(&company.id).copied(),
            company: party,
        });
    }
    Ok(found)
}

/// Tenants that stand for no company, for the companies that have none.
fn open_tenants(reading: &QuotaReading<'_>, linked: &BTreeSet<CompanyId>) -> OpenTenants {
    let tenants = reading.customers.not_linked().into_iter();
    let companies = reading.customers.companies.values();
    OpenTenants::new(
        tenants.map(|(account, tenant)| (account, tenant.id.clone(), tenant.name.clone())),
        companies
            .filter(|company| company.active && !linked.contains(&company.id))
            .map(|company| (company.id, company.name.as_str())),
    )
}

fn company_types(session: &Session) -> Result<BTreeSet<i64>> {
    let list = session.connected_autotask()?.company_types()?;
    let wanted = &session.config.provisioning.company_types;
    wanted
        .iter()
        .map(|label| {
            list.resolve_id(label.as_str(), None).map_err(|unlisted| {
                UsageError(format!("provisioning.company_types: {unlisted}")).into()
            })
        })
        .collect()
}

/// When each company that is not linked now was unlinked last.
fn last_unlinked(state: &State) -> Result<BTreeMap<CompanyId, Timestamp>> {
    let mut found = BTreeMap::new();
    for kept in state.customer_link_history(None)? {
        if let Some(at) = kept.unlinked_at {
            found.insert(kept.link.company, at);
        }
    }
    Ok(found)
}

/// Customer tenants by their names, and by the customer ids that they bear.
type SameNameTenants = BTreeMap<String, Vec<(AccountName, String, TenantId)>>;

fn tenants_by_name(reading: &QuotaReading<'_>) -> SameNameTenants {
    let mut found = SameNameTenants::new();
    for (account, tree) in &reading.customers.trees {
        for tenant in &tree.tenants {
            if tenant.deleted_at.is_some() {
                continue;
            }
            let place = (account.clone(), tenant.name.clone(), tenant.id.clone());
            // Names are unique over all kinds (acronis.md §3.1), ids of customers are theirs.
            let keys = [Some(tenant_form(&tenant.name)), id_key(tenant)];
            for key in keys.into_iter().flatten() {
                found.entry(key).or_default().push(place.clone());
            }
        }
    }
    found
}

fn id_key(tenant: &Tenant) -> Option<String> {
    let is_customer = tenant.kind == TenantKind::Customer;
    let id = tenant.customer_id.as_ref().filter(|_| is_customer)?;
    Some(format!("id {id}"))
}

fn find_same_name_tenants(
    namesakes: &SameNameTenants,
    company: &CompanyRecord,
) -> Vec<(AccountName, String, TenantId)> {
    let keys = [format!("id {}", company.id), tenant_form(&company.name)];
    let mut found: Vec<_> = keys
        .iter()
        .filter_map(|key| namesakes.get(key))
        .flatten()
        .cloned()
        .collect();
    found.dedup();
    found
}

/// Where new customers of each account go.
pub(super) fn find_home_partners(reading: &QuotaReading<'_>) -> HomePartners {
    reading
        .accounts
        .iter()
        .filter_map(|account| {
            let tree = reading.customers.trees.get(&account.name)?;
            let place = match tree.find_partner(account.partner.as_deref()) {
                Ok(tenant) if tenant.enabled => Ok(HomePartner {
                    id: tenant.id.clone(),
                    name: tenant.name.clone(),
                }),
                Ok(tenant) => Err(format!(
                    "the partner {} of account {} is disabled, so no tenant is created",
                    tenant.name, account.name
                )),
                Err(error) => Err(format!("account {}: {error:#}", account.name)),
            };
            Some((account.name.clone(), place))
        })
        .collect()
}

/// Fills in contact data of those who may get a tenant, and answers the primary contacts.
pub(super) fn read_contacts(
    session: &Session,
    reading: &QuotaReading<'_>,
    candidates: &mut [TenantCandidate],
    automatic: bool,
    pending_steps: impl IntoIterator<Item = CompanyId>,
) -> Result<PrimaryContacts> {
    let newborn = |candidate: &&mut TenantCandidate| candidate.may_get_tenant(automatic);
    let ids = candidates.iter_mut().filter(newborn);
    let ids = ids.map(|candidate| candidate.company.id);
    let ids: BTreeSet<CompanyId> = ids.chain(pending_steps).collect();
    if ids.is_empty() {
        return Ok(PrimaryContacts::new());
    }
    let ids: Vec<CompanyId> = ids.into_iter().collect();
    let contacts = session.connected_autotask()?.primary_contacts(&ids)?;
    for candidate in candidates.iter_mut().filter(newborn) {
        let id = candidate.company.id;
        let Some(company) = reading.customers.companies.get(&id) else {
            continue;
        };
        candidate.contact = match contacts.get(&id) {
            Some(person) => onboarding::contact_of_person(&company.contact, person),
            None => onboarding::contact_of_company(&company.contact),
        };
    }
    Ok(contacts)
}

/// What the new customers can be given, or have already. One that cannot be read is left out, with
/// a note, and so is its action.
#[derive(Debug, Default)]
pub(super) struct NewCustomers {
    pub(super) actions: Vec<Action>,
    pub(super) customers: Vec<facts::QuotaCustomer>,
    pub(super) storages: BTreeMap<InfraId, StorageInfo>,
    pub(super) remarks: Vec<Remark>,
}

pub(super) fn read_new_customers(
    session: &Session,
    reading: &QuotaReading<'_>,
    actions: Vec<Action>,
) -> NewCustomers {
    let mut found = NewCustomers::default();
    let mut offers = OffersByPartner::default();
    for action in actions {
        match onboarding::read_new_customer(&reading.accounts, &action, &mut offers) {
            Ok(read) => {
                if let Some((customer, storages)) = read {
                    found.customers.push(customer);
                    found.storages.extend(storages);
                }
                found.actions.push(action);
            }
            Err(error) => {
                let note = remark_on_unreadable_offers(&action, &error);
                if let Some(account) = &note.account {
                    session.record_blind_spot(account, &error.context(note.subject.clone()));
                }
                found.remarks.push(note);
            }
        }
    }
    found
}

fn remark_on_unreadable_offers(action: &Action, error: &anyhow::Error) -> Remark {
    let line = crate::plan::Action::describe(action);
    let text =
        format!("the items that it can get could not be read, so no tenant is created: {error:#}");
    Remark {
        account: line.account,
        company: line.company,
        ..Remark::new(RemarkKind::OffersUnreadable, line.subject, text).for_person()
    }
}
