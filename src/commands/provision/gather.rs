//! Reads what is needed to make new customers, beside their quotas.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;

use super::plan::{Candidate, Hosts, Place, normal};
use crate::acronis::TenantKind;
use crate::autotask::Company;
use crate::domain::ids::{AccountName, CompanyId, ServiceId, TenantId};
use crate::domain::links::{Choice, LinkedBy, ProductLink};
use crate::exit::Usage;
use crate::onboarding::{self, Action, Card, Contacts, OffersByPartner, OpenTenants};
use crate::plan::{Note, Party};
use crate::quotas::{Reading, Standing, facts};
use crate::session::Session;
use crate::state::State;

/// The mapped services of each account.
pub(super) fn mapped(products: &[ProductLink]) -> BTreeMap<AccountName, BTreeSet<ServiceId>> {
    let mut mapped: BTreeMap<AccountName, BTreeSet<ServiceId>> = BTreeMap::new();
    for link in products {
        if let Choice::Service { id, .. } = &link.choice {
            mapped.entry(link.account.clone()).or_default().insert(*id);
        }
    }
    mapped
}

/// The companies that are not mapped and whose contracts say they should be.
pub(super) fn candidates(
    session: &Session,
    state: &State,
    reading: &Reading<'_>,
    products: &[ProductLink],
) -> Result<Vec<Candidate>> {
    let types = company_types(session)?;
    let mapped = mapped(products);
    let contracts = reading.book.by_company();
    let linked: BTreeSet<CompanyId> = reading
        .customers
        .links
        .iter()
        .map(|link| link.company)
        .collect();
    let unlinked = unlinked(state)?;
    let namesakes = namesakes(reading);
    let open = open_tenants(reading, &linked);
    let mut found = Vec::new();
    for company in reading.customers.companies.values() {
        if !reading.scope.holds(company.id) || linked.contains(&company.id) {
            continue;
        }
        let is_meant = company.active && company.company_type.is_some_and(|id| types.contains(&id));
        let own = contracts.get(&company.id).filter(|_| is_meant);
        let relevant = |services: &BTreeSet<ServiceId>| {
            own.is_some_and(|own| {
                let standing = Standing::of(own, services, session.today);
                matches!(standing, Standing::Relevant(_))
            })
        };
        let accounts: BTreeSet<AccountName> = mapped
            .iter()
            .filter(|(_, services)| relevant(services))
            .map(|(account, _)| account.clone())
            .collect();
        let party = Party::new(company.id, &company.name);
        let customers = &reading.customers;
        let unfinished = onboarding::unfinished(state, customers, &party, LinkedBy::Provisioned)?;
        // What a person began is finished, also for a company without a contract yet.
        let was_begun = unfinished.as_ref().is_some_and(|one| !one.existed_before);
        if accounts.is_empty() && !was_begun {
            continue;
        }
        found.push(Candidate {
            accounts,
            mark: customers.mark(company.id),
            card: Card::default(),
            unfinished,
            likely: open.like(company.id, &company.name),
            marked: customers.marked(company.id).len(),
            namesakes: of_name(&namesakes, company),
            unlinked: unlinked.get(&company.id).copied(),
            company: party,
        });
    }
    Ok(found)
}

/// Tenants that stand for no company, for the companies that have none.
fn open_tenants(reading: &Reading<'_>, linked: &BTreeSet<CompanyId>) -> OpenTenants {
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
    let list = session.autotask()?.company_types()?;
    let wanted = &session.config.provisioning.company_types;
    wanted
        .iter()
        .map(|label| {
            list.resolve(label.as_str(), None)
                .map_err(|unlisted| Usage(format!("provisioning.company_types: {unlisted}")).into())
        })
        .collect()
}

/// When each company that is not linked now was unlinked last.
fn unlinked(state: &State) -> Result<BTreeMap<CompanyId, Timestamp>> {
    let mut found = BTreeMap::new();
    for kept in state.customer_link_history(None)? {
        if let Some(at) = kept.unlinked_at {
            found.insert(kept.link.company, at);
        }
    }
    Ok(found)
}

/// Customer tenants by their names, and by the customer ids that they bear.
type Namesakes = BTreeMap<String, Vec<(AccountName, String, TenantId)>>;

fn namesakes(reading: &Reading<'_>) -> Namesakes {
    let mut found = Namesakes::new();
    for (account, tree) in &reading.customers.trees {
        for tenant in &tree.tenants {
            if tenant.deleted_at.is_some() {
                continue;
            }
            let place = (account.clone(), tenant.name.clone(), tenant.id.clone());
            // Names are unique over all kinds (acronis.md §3.1), ids of customers are theirs.
            let keys = [Some(normal(&tenant.name)), id_key(tenant)];
            for key in keys.into_iter().flatten() {
                found.entry(key).or_default().push(place.clone());
            }
        }
    }
    found
}

fn id_key(tenant: &crate::acronis::Tenant) -> Option<String> {
    let is_customer = tenant.kind == TenantKind::Customer;
    let id = tenant.customer_id.as_ref().filter(|_| is_customer)?;
    Some(format!("id {id}"))
}

fn of_name(namesakes: &Namesakes, company: &Company) -> Vec<(AccountName, String, TenantId)> {
    let keys = [format!("id {}", company.id), normal(&company.name)];
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
pub(super) fn hosts(reading: &Reading<'_>) -> Hosts {
    reading
        .accounts
        .iter()
        .filter_map(|account| {
            let tree = reading.customers.trees.get(&account.name)?;
            let place = match tree.partner(account.partner.as_deref()) {
                Ok(tenant) if tenant.enabled => Ok(Place {
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
pub(super) fn contacts(
    session: &Session,
    reading: &Reading<'_>,
    candidates: &mut [Candidate],
    automatic: bool,
    owed: impl IntoIterator<Item = CompanyId>,
) -> Result<Contacts> {
    let newborn = |candidate: &&mut Candidate| candidate.may_get_one(automatic);
    let ids = candidates.iter_mut().filter(newborn);
    let ids = ids.map(|candidate| candidate.company.id);
    let ids: BTreeSet<CompanyId> = ids.chain(owed).collect();
    if ids.is_empty() {
        return Ok(Contacts::new());
    }
    let ids: Vec<CompanyId> = ids.into_iter().collect();
    let contacts = session.autotask()?.primary_contacts(&ids)?;
    for candidate in candidates.iter_mut().filter(newborn) {
        let id = candidate.company.id;
        let Some(company) = reading.customers.companies.get(&id) else {
            continue;
        };
        candidate.card = match contacts.get(&id) {
            Some(person) => onboarding::of_person(&company.contact, person),
            None => onboarding::of_company(&company.contact),
        };
    }
    Ok(contacts)
}

/// What the new customers can be given, or have already. One that cannot be read is left out, with
/// a note, and so is its action.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    pub(super) actions: Vec<Action>,
    pub(super) customers: Vec<facts::Customer>,
    pub(super) storages: BTreeMap<crate::domain::ids::InfraId, facts::Storage>,
    pub(super) notes: Vec<Note>,
}

pub(super) fn newcomers(
    session: &Session,
    reading: &Reading<'_>,
    actions: Vec<Action>,
) -> Newcomers {
    let mut found = Newcomers::default();
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
                let note = unreadable(&action, &error);
                if let Some(account) = &note.account {
                    session.blind_spot(account, &error.context(note.subject.clone()));
                }
                found.notes.push(note);
            }
        }
    }
    found
}

fn unreadable(action: &Action, error: &anyhow::Error) -> Note {
    let line = crate::plan::Action::describe(action);
    Note {
        kind: "offers-unreadable",
        account: line.account,
        company: line.company,
        subject: line.subject,
        text: format!(
            "the items that it can get could not be read, so no tenant is created: \
                       {error:#}"
        ),
        needs_person: true,
    }
}
