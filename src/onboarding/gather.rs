//! Reads what is needed to make customers: what a partner can hand out, primary contacts, logins.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::plan::{Action, CustomerRef, SetupStep, plan_pending_steps};
use crate::acronis::LoginCheck;
use crate::autotask::CompanyContact;
use crate::config::Administrator;
use crate::domain::ids::{AccountName, CompanyId, InfraId, TenantId};
use crate::domain::links::PendingStep;
use crate::exit::UsageError;
use crate::gather::offers::{self, Offer};
use crate::http::Failure;
use crate::plan::Remark;
use crate::quotas::{self, facts};
use crate::session::{Account, Session};

/// Primary contacts of companies.
pub(crate) type PrimaryContacts = BTreeMap<CompanyId, CompanyContact>;

/// What can be given to a customer that is new, or what it has already.
pub(crate) type NewCustomerItems = (facts::QuotaCustomer, BTreeMap<InfraId, facts::StorageInfo>);

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

/// The open steps of customers, as actions and as notes about what a person has to do; no login is
/// given twice.
pub(crate) fn plan_steps(
    session: &Session,
    accounts: &[&Account],
    contacts: &PrimaryContacts,
    unfinished: &[(CustomerRef, Vec<PendingStep>)],
) -> (Vec<Action>, Vec<Remark>) {
    let mut logins: BTreeSet<String> = BTreeSet::new();
    let (mut actions, mut notes) = (Vec::new(), Vec::new());
    for (whom, steps) in unfinished {
        let Ok(account) = find_account(accounts, &whom.account) else {
            continue;
        };
        let mut administrator = steps
            .contains(&PendingStep::Administrator)
            .then(|| plan_administrator(session, account, whom, contacts))
            .flatten();
        if let Some(Ok(SetupStep::Administrator { login, .. })) = &administrator
            && !logins.insert(login.to_lowercase())
        {
            let why = format!(
                "no administrator is created: the login {login} is used for another new \
                         customer"
            );
            administrator = Some(Err(why));
        }
        for step in plan_pending_steps(whom, steps, administrator.as_ref()) {
            match step {
                Ok(action) => actions.push(action),
                Err(note) => notes.push(*note),
            }
        }
    }
    (actions, notes)
}

/// The administrator that a customer gets, or why it cannot be made; `None` when none is wanted.
///
/// A company has no mail address of its own in Autotask (autotask.md §8.1), so both kinds take the
/// primary contact's; `company` leaves the person's name out.
fn plan_administrator(
    session: &Session,
    account: &Account,
    whom: &CustomerRef,
    contacts: &PrimaryContacts,
) -> Option<Result<SetupStep, String>> {
    let config = &session.config.provisioning;
    let named = match config.administrator {
        Administrator::None => return None,
        Administrator::PrimaryContact => true,
        Administrator::Company => false,
    };
    let contact = contacts.get(&whom.company.id);
    let Some((contact, login)) = contact.and_then(|one| Some((one, one.email.clone()?))) else {
        let why =
            "no administrator is created: the company has no primary contact with an email address";
        return Some(Err(why.to_owned()));
    };
    let name = |part: &Option<String>| part.clone().filter(|_| named);
    let finish = SetupStep::Administrator {
        first_name: name(&contact.first_name),
        last_name: name(&contact.last_name),
        role: config.administrator_role.clone(),
        login: login.clone(),
    };
    let usable = check_login(account, whom.tenant.as_ref(), &login).unwrap_or_else(|failure| {
        let why = format!("the login {login} could not be checked");
        let error = anyhow::Error::from(failure).context(why);
        session.record_blind_spot(&account.name, &error);
        Err(format!("{error:#}"))
    });
    Some(match usable {
        Ok(()) => Ok(finish),
        Err(why) => Err(format!("no administrator is created: {why}")),
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
