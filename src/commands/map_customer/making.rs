//! `map-customer create`: a new tenant for a company.

use std::collections::BTreeSet;

use anyhow::Result;

use super::gather::Gathered;
use super::plan::{self, Action, Company, Creation, Facts, Making, Tenant};
use super::{ask, carry_out, error, gathered, pick};
use crate::cli::CustomerCreateArgs;
use crate::domain::ids::CompanyId;
use crate::domain::links::{LinkedBy, Step};
use crate::exit::{Exit, Refused, Usage};
use crate::gather::customers::Customers;
use crate::onboarding::{self, Card, Contacts, OffersByPartner, Setup};
use crate::plan::{Plan, Refusal};
use crate::quotas::{self, Planned, Rules};
use crate::session::{Ask, Companies, Scope, Session};
use crate::state::State;

pub(super) fn run(session: &Session, args: &CustomerCreateArgs) -> Result<Exit> {
    session.writing("map-customer create", &args.write, |writing| {
        let gathered = gathered(writing, &[])?;
        let creation = creation(session, &writing.state, &gathered, args)?;
        let plan = whole(session, &writing.state, gathered.customers, creation)?;
        carry_out(writing, &plan, Ask::OnTerminal)
    })
}

fn creation(
    session: &Session,
    state: &State,
    gathered: &Gathered,
    args: &CustomerCreateArgs,
) -> Result<Creation> {
    let facts = &gathered.facts;
    let company = ask::company(session, facts, args.company.as_deref())?;
    let unfinished = onboarding::unfinished(
        state,
        &gathered.customers,
        &company.party(),
        LinkedBy::Created,
    )?;
    let parent = parent(session, gathered, args)?;
    let name = args.name.as_deref();
    let making = Making {
        parent,
        name,
        numbered: args.numbered
            || (unfinished.is_none()
                && agreed(session, facts, args, parent, name.unwrap_or(&company.name))),
        contact: contact(session, gathered, company, args.primary_contact)?,
        setup: Setup::of(&session.config.provisioning),
        unfinished,
    };
    plan::create(facts, company, making).map_err(error)
}

/// The tenant with all that a new customer gets: the steps and the quotas that `provision` would
/// give it.
fn whole(
    session: &Session,
    state: &State,
    customers: Customers,
    creation: Creation,
) -> Result<Plan<Action>> {
    let Creation {
        action,
        mut notes,
        refusal,
    } = creation;
    let mut actions = Vec::new();
    let mut refusals: Vec<Refusal> = refusal.into_iter().collect();
    if let Some((whom, steps)) = action.newborn() {
        let company = whom.company.id;
        let contacts = if steps.contains(&Step::Administrator) {
            session.autotask()?.primary_contacts(&[company])?
        } else {
            Contacts::new()
        };
        let accounts = session.accounts_named(&[])?;
        let unfinished = [(whom, steps.to_vec())];
        let (steps, more) = onboarding::plan_steps(session, &accounts, &contacts, &unfinished);
        actions.extend(
            steps
                .into_iter()
                .map(|step| Action::Onboard(Box::new(step))),
        );
        notes.extend(more);
        let quotas = plan_quotas(session, state, customers, &action, company)?;
        let set = quotas.actions.into_iter();
        actions.extend(set.map(|quota| Action::Quota(Box::new(quota))));
        notes.extend(quotas.notes);
        refusals.extend(quotas.refusals);
    }
    actions.push(Action::Onboard(Box::new(action)));
    Ok(Plan::new("map-customer create", actions, notes, refusals))
}

/// The quotas of the company's contracts, and the default storage; nothing where quotas are not
/// acrotask's, or no product is mapped yet.
fn plan_quotas(
    session: &Session,
    state: &State,
    customers: Customers,
    action: &onboarding::Action,
    company: CompanyId,
) -> Result<Planned> {
    if !session.config.provisioning.enabled || state.product_links()?.is_empty() {
        return Ok(Planned::default());
    }
    let scope = Scope {
        companies: Companies::Only(BTreeSet::from([company])),
        accounts: Vec::new(),
    };
    let reading = quotas::read_contracts(session, state, customers, &scope)?;
    let mut facts = reading.facts(session, state)?;
    // What has become of accounts and links is told already.
    facts.notes.clear();
    let mut offers = OffersByPartner::default();
    let read = onboarding::read_new_customer(&reading.accounts, action, &mut offers)?;
    if let Some((customer, storages)) = read {
        facts.customers.push(customer);
        facts.storages.extend(storages);
    }
    let planned = quotas::plan(&facts, &Rules::of(&session.config));
    quotas::note_undecided(session, &planned);
    Ok(planned)
}

/// Asks whether the next free name will do, where there is somebody to ask.
fn agreed(
    session: &Session,
    facts: &Facts,
    args: &CustomerCreateArgs,
    parent: &Tenant,
    name: &str,
) -> bool {
    let Some(clash) = plan::clash(facts, parent, name.trim()) else {
        return false;
    };
    let question = format!(
        "The name `{}` is taken by {}. Create the tenant `{}`?",
        name.trim(),
        clash.taken,
        clash.free
    );
    !args.write.yes && session.report.confirm(&question) == Some(true)
}

/// The partner or folder that was asked for, else the account's.
fn parent<'g>(
    session: &Session,
    gathered: &'g Gathered,
    args: &CustomerCreateArgs,
) -> Result<&'g Tenant> {
    let facts = &gathered.facts;
    let account = args.account.as_deref();
    if let Some(partner) = &args.partner {
        return pick::parent(facts, account, partner).map_err(error);
    }
    let named: Vec<String> = args.account.clone().into_iter().collect();
    let accounts = session.accounts_named(&named)?;
    let [account] = accounts.as_slice() else {
        return ask::parent(session, facts);
    };
    let Some(tree) = gathered.customers.trees.get(&account.name) else {
        let text = format!(
            "account {} could not be read; try again later",
            account.name
        );
        return Err(Refused(text).into());
    };
    let parent = tree.partner(account.partner.as_deref())?;
    let found = facts.tenant(&account.name, &parent.id);
    found.ok_or_else(|| Usage("the account's partner was deleted".to_owned()).into())
}

/// What the company says of itself; with its primary contact when that was asked for.
fn contact(
    session: &Session,
    gathered: &Gathered,
    company: &Company,
    with_person: bool,
) -> Result<Card> {
    let Some(data) = gathered.customers.companies.get(&company.id) else {
        return Ok(Card::default());
    };
    if !with_person {
        return Ok(onboarding::of_company(&data.contact));
    }
    let people = session.autotask()?.primary_contacts(&[company.id])?;
    match people.get(&company.id) {
        Some(person) => Ok(onboarding::of_person(&data.contact, person)),
        None => Err(Usage(format!(
            "{company} has no active primary contact; leave out --primary-contact"
        ))
        .into()),
    }
}
