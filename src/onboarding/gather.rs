//! Reads what is needed to make customers: what a partner can hand out, primary contacts, logins.

use std::collections::BTreeMap;

use anyhow::Result;

use super::plan::{Action, CustomerRef, LoginContact, UnfinishedCustomer};
use crate::acronis::LoginCheck;
use crate::autotask::CompanyContact;
use crate::config::Administrator;
use crate::domain::ids::{AccountName, CompanyId, InfraId, TenantId};
use crate::domain::links::PendingStep;
use crate::domain::storages::StorageInfo;
use crate::exit::UsageError;
use crate::gather::offers::{self, Offer};
use crate::http::Failure;
use crate::quotas::{self, facts};
use crate::session::{Account, Session};

/// Primary contacts of companies.
pub(crate) type PrimaryContacts = BTreeMap<CompanyId, CompanyContact>;

/// What can be given to a customer that is new, or what it has already.
pub(crate) type NewCustomerItems = (facts::QuotaCustomer, BTreeMap<InfraId, StorageInfo>);

/// What partners can hand out, asked once a partner (acronis.md §9).
#[derive(Debug, Default)]
pub(crate) struct OffersByPartner(BTreeMap<TenantId, Vec<Offer>>);

/// The quotas' facts about the customer that an action makes or takes over; `None` for a step.
///
/// # Errors
/// When they cannot be read.
pub(crate) fn read_new_customer(
    accounts: &[&Account],
    action: &Action,
    offers: &mut OffersByPartner,
) -> Result<Option<NewCustomerItems>> {
    match action {
        Action::Create { new, .. } => {
            let account = find_account(accounts, &new.account)?;
            if !offers.0.contains_key(&new.parent) {
                let read = offers::read_offers_of_partner(account, &new.parent)?;
                offers.0.insert(new.parent.clone(), read);
            }
            let offers = offers.0.get(&new.parent).map_or(&[][..], Vec::as_slice);
            let made = quotas::customer_to_create(&new.account, &new.company, &new.name, offers);
            Ok(Some(made))
        }
        Action::Adopt { adopted, .. } => {
            let account = find_account(accounts, &adopted.account)?;
            let tenant = (&adopted.tenant, adopted.tenant_name.as_str());
            quotas::customer_to_link(account, &adopted.company, tenant, adopted.existed_before)
                .map(Some)
        }
        Action::CompleteStep { .. } => Ok(None),
    }
}

fn find_account<'a>(accounts: &[&'a Account], name: &AccountName) -> Result<&'a Account> {
    let found = accounts.iter().find(|account| account.name == *name);
    let found = found.copied();
    found.ok_or_else(|| UsageError(format!("account {name} is not part of this run")).into())
}

/// Fills in whom the administrators would be made of, where one is still to be made. Customers of
/// accounts that are not part of the run are left out.
pub(crate) fn read_login_contacts(
    session: &Session,
    accounts: &[&Account],
    contacts: &PrimaryContacts,
    unfinished: Vec<UnfinishedCustomer>,
) -> Vec<UnfinishedCustomer> {
    let wants_any = session.config.provisioning.administrator != Administrator::None;
    let read = |one: UnfinishedCustomer| {
        let account = find_account(accounts, &one.whom.account).ok()?;
        let wants_one = wants_any && one.steps.contains(&PendingStep::Administrator);
        let person = contacts.get(&one.whom.company.id).filter(|_| wants_one);
        let contact = person.and_then(|person| read_login(session, account, &one.whom, person));
        Some(UnfinishedCustomer { contact, ..one })
    };
    unfinished.into_iter().filter_map(read).collect()
}

/// A person as a login, and whether it can be given; `None` without an email address.
fn read_login(
    session: &Session,
    account: &Account,
    whom: &CustomerRef,
    person: &CompanyContact,
) -> Option<LoginContact> {
    let login = person.email.clone()?;
    let usable = check_login(account, whom.tenant.as_ref(), &login).unwrap_or_else(|failure| {
        let why = format!("the login {login} could not be checked");
        let error = anyhow::Error::from(failure).context(why);
        session.record_blind_spot(&account.name, &error);
        Err(format!("{error:#}"))
    });
    Some(LoginContact {
        login,
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        unusable: usable.err(),
    })
}

/// Whether a login is free, or belongs to the tenant already: an earlier run made it then.
fn check_login(
    account: &Account,
    tenant: Option<&TenantId>,
    login: &str,
) -> Result<Result<(), String>, Failure> {
    Ok(match account.acronis.check_login(login)? {
        LoginCheck::Free => Ok(()),
        LoginCheck::Invalid => Err(format!("Acronis does not accept {login} as a login")),
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
