//! Reads what is needed to make new customers, beside their quotas.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;

use super::plan::{Action, Candidate, Finish, Hosts, Place, Whom, normal};
use crate::acronis::{LoginCheck, TenantKind};
use crate::autotask::{Company, Contact};
use crate::config::Administrator;
use crate::domain::ids::{AccountName, CompanyId, ServiceId, TenantId};
use crate::domain::links::{Choice, LinkedBy, ProductLink};
use crate::exit::Usage;
use crate::gather::offers::{self, Offer};
use crate::http::Failure;
use crate::onboarding::{self, Card};
use crate::plan::{Note, Party};
use crate::quotas::{self, Reading, Standing, facts};
use crate::session::{Account, Session};
use crate::state::State;

/// Primary contacts of the companies that need one.
pub(super) type Contacts = BTreeMap<CompanyId, Contact>;

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
    let mut found = Vec::new();
    for company in reading.customers.companies.values() {
        let is_meant = company.active
            && reading.scope.holds(company.id)
            && !linked.contains(&company.id)
            && company.company_type.is_some_and(|id| types.contains(&id));
        let own = contracts.get(&company.id).filter(|_| is_meant);
        let Some(own) = own else { continue };
        let accounts: BTreeSet<AccountName> = mapped
            .iter()
            .filter(|(_, services)| {
                let standing = Standing::of(own, services, session.today);
                matches!(standing, Standing::Relevant(_))
            })
            .map(|(account, _)| account.clone())
            .collect();
        if accounts.is_empty() {
            continue;
        }
        let party = Party::new(company.id, &company.name);
        let customers = &reading.customers;
        found.push(Candidate {
            accounts,
            mark: customers.mark(company.id),
            card: Card::default(),
            unfinished: onboarding::unfinished(state, customers, &party, LinkedBy::Provisioned)?,
            marked: customers.marked(company.id).len(),
            namesakes: of_name(&namesakes, company),
            unlinked: unlinked.get(&company.id).copied(),
            company: party,
        });
    }
    Ok(found)
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
                    "the partner {} of account {} is disabled, so no tenant is made",
                    tenant.name, account.name
                )),
                Err(error) => Err(format!("account {}: {error:#}", account.name)),
            };
            Some((account.name.clone(), place))
        })
        .collect()
}

/// Fills in contact data, and answers the primary contacts.
pub(super) fn contacts(
    session: &Session,
    reading: &Reading<'_>,
    candidates: &mut [Candidate],
    owed: impl IntoIterator<Item = CompanyId>,
) -> Result<Contacts> {
    let ids = candidates.iter().map(|candidate| candidate.company.id);
    let ids: BTreeSet<CompanyId> = ids.chain(owed).collect();
    if ids.is_empty() {
        return Ok(Contacts::new());
    }
    let ids: Vec<CompanyId> = ids.into_iter().collect();
    let contacts = session.autotask()?.primary_contacts(&ids)?;
    for candidate in candidates {
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
    // Once a partner (acronis.md §9).
    let mut offers: BTreeMap<TenantId, Vec<Offer>> = BTreeMap::new();
    for action in actions {
        match newcomer(reading, &action, &mut offers) {
            Ok(Some((customer, storages))) => {
                found.customers.push(customer);
                found.storages.extend(storages);
                found.actions.push(action);
            }
            Ok(None) => found.actions.push(action),
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

type Newcomer = (
    facts::Customer,
    BTreeMap<crate::domain::ids::InfraId, facts::Storage>,
);

fn newcomer(
    reading: &Reading<'_>,
    action: &Action,
    offers: &mut BTreeMap<TenantId, Vec<Offer>>,
) -> Result<Option<Newcomer>> {
    match action {
        Action::Create { new, .. } => {
            let account = account_of(reading, &new.account)?;
            if !offers.contains_key(&new.parent) {
                offers.insert(new.parent.clone(), offers::under(account, &new.parent)?);
            }
            let offers = offers.get(&new.parent).map_or(&[][..], Vec::as_slice);
            let made = quotas::newcomer(&new.account, &new.company, &new.name, offers);
            Ok(Some(made))
        }
        Action::Adopt { adopted, .. } => {
            let account = account_of(reading, &adopted.account)?;
            let tenant = (&adopted.tenant, adopted.tenant_name.as_str());
            quotas::stranger(account, &adopted.company, tenant, adopted.existed_before).map(Some)
        }
        Action::Finish { .. }
        | Action::Quota(_)
        | Action::Disable { .. }
        | Action::Delete { .. } => Ok(None),
    }
}

fn account_of<'r>(reading: &'r Reading<'_>, name: &AccountName) -> Result<&'r Account> {
    let found = reading
        .accounts
        .iter()
        .find(|account| account.name == *name);
    let found = found.copied();
    found.ok_or_else(|| Usage(format!("account {name} is not part of this run")).into())
}

fn unreadable(action: &Action, error: &anyhow::Error) -> Note {
    let line = crate::plan::Action::describe(action);
    Note {
        kind: "offers-unreadable",
        account: line.account,
        company: line.company,
        subject: line.subject,
        text: format!("what it can be given could not be read, so nothing is made: {error:#}"),
        needs_person: true,
    }
}

/// The administrator that a customer gets, or why it cannot be made; `None` when none is wanted.
///
/// A company has no mail address of its own in Autotask (autotask.md §8.1), so both kinds take the
/// primary contact's; `company` leaves the person's name out.
pub(super) fn administrator(
    session: &Session,
    account: &Account,
    whom: &Whom,
    contacts: &Contacts,
) -> Option<Result<Finish, String>> {
    let config = &session.config.provisioning;
    let named = match config.administrator {
        Administrator::None => return None,
        Administrator::PrimaryContact => true,
        Administrator::Company => false,
    };
    let contact = contacts.get(&whom.company.id);
    let Some((contact, login)) = contact.and_then(|one| Some((one, one.email.clone()?))) else {
        let why =
            "no administrator is made: the company has no primary contact with a mail address";
        return Some(Err(why.to_owned()));
    };
    let name = |part: &Option<String>| part.clone().filter(|_| named);
    let finish = Finish::Administrator {
        first_name: name(&contact.first_name),
        last_name: name(&contact.last_name),
        role: config.administrator_role.clone(),
        login: login.clone(),
    };
    let usable = usable(account, whom.tenant.as_ref(), &login).unwrap_or_else(|failure| {
        let why = format!("the login {login} could not be checked");
        let error = anyhow::Error::from(failure).context(why);
        session.blind_spot(&account.name, &error);
        Err(format!("{error:#}"))
    });
    Some(match usable {
        Ok(()) => Ok(finish),
        Err(why) => Err(format!("no administrator is made: {why}")),
    })
}

/// Whether a login is free, or belongs to the tenant already: an earlier run made it then.
fn usable(
    account: &Account,
    tenant: Option<&TenantId>,
    login: &str,
) -> Result<Result<(), String>, Failure> {
    Ok(match account.acronis.check_login(login)? {
        LoginCheck::Free => Ok(()),
        LoginCheck::Invalid => Err(format!("Acronis does not take {login} as a login")),
        LoginCheck::Taken => {
            let own = match tenant {
                Some(tenant) => account.acronis.user_of(tenant, login)?,
                None => None,
            };
            own.map(drop)
                .ok_or_else(|| format!("the login {login} is taken by somebody else"))
        }
    })
}
