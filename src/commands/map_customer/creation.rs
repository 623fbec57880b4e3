//! `map-customer create`: a new tenant for a company.

use std::collections::BTreeSet;

use anyhow::Result;

use super::gather::GatheredCustomers;
use super::plan::{self, Action, CompanyFacts, CreationOptions, Facts, PlannedTenant, TenantFacts};
use super::{ask, carry_out, exit_error, gather_and_warn, pick};
use crate::cli::CustomerCreateArgs;
use crate::domain::ids::CompanyId;
use crate::domain::links::{LinkedBy, PendingStep};
use crate::exit::{Exit, RefusedError, UsageError};
use crate::gather::customers::CustomerDirectory;
use crate::onboarding::{self, ContactDetails, OffersByPartner, PrimaryContacts, Setup};
use crate::plan::{Plan, Refusal};
use crate::quotas::{self, Planned, Rules};
use crate::session::{CompanyFilter, Confirmation, Scope, Session};
use crate::state::State;

pub(super) fn run(session: &Session, args: &CustomerCreateArgs) -> Result<Exit> {
    session.run_writing_command("map-customer create", &args.write, |writing| {
        let gathered = gather_and_warn(writing, &[])?;
        let creation = plan_creation(session, &writing.state, &gathered, args)?;
        let plan = add_steps_and_quotas(session, &writing.state, gathered.customers, creation)?;
        carry_out(writing, &plan, Confirmation::OnTerminal)
    })
}

fn plan_creation(
    session: &Session,
    state: &State,
    gathered: &GatheredCustomers,
    args: &CustomerCreateArgs,
) -> Result<PlannedTenant> {
    let facts = &gathered.facts;
    let company = ask::ask_company(session, facts, args.company.as_deref())?;
    let unfinished = onboarding::find_unfinished(
        state,
        &gathered.customers,
        &company.company_ref(),
        LinkedBy::Created,
    )?;
    let parent = choose_parent(session, gathered, args)?;
    let name = args.name.as_deref();
    let making = CreationOptions {
        parent,
        name,
        numbered: args.numbered
            || (unfinished.is_none()
                && confirm_free_name(session, facts, args, parent, name.unwrap_or(&company.name))),
        contact: read_contact(session, gathered, company, args.primary_contact)?,
        setup: Setup::from_config(&session.config.provisioning),
        unfinished,
    };
    plan::plan_tenant(facts, company, making).map_err(exit_error)
}

/// The tenant with all that a new customer gets: the steps and the quotas that `provision` would
/// give it.
fn add_steps_and_quotas(
    session: &Session,
    state: &State,
    customers: CustomerDirectory,
    creation: PlannedTenant,
) -> Result<Plan<Action>> {
    let PlannedTenant {
        action,
        remarks: mut notes,
        refusal,
    } = creation;
    let mut actions = Vec::new();
    let mut refusals: Vec<Refusal> = refusal.into_iter().collect();
    if let Some(new) = action.new_customer() {
        let company = new.whom.company.id;
        let contacts = if new.steps.contains(&PendingStep::Administrator) {
            session.connected_autotask()?.primary_contacts(&[company])?
        } else {
            PrimaryContacts::new()
        };
        let accounts = session.accounts_named(&[])?;
        let new = onboarding::read_login_contacts(session, &accounts, &contacts, vec![new]);
        let (steps, more) = onboarding::plan_steps(&new, &session.config.provisioning);
        actions.extend(
            steps
                .into_iter()
                .map(|step| Action::Onboard(Box::new(step))),
        );
        notes.extend(more);
        let quotas = plan_quotas(session, state, customers, &action, company)?;
        let set = quotas.actions.into_iter();
        actions.extend(set.map(|quota| Action::Quota(Box::new(quota))));
        notes.extend(quotas.remarks);
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
    customers: CustomerDirectory,
    action: &onboarding::Action,
    company: CompanyId,
) -> Result<Planned> {
    if !session.config.provisioning.enabled || state.product_links()?.is_empty() {
        return Ok(Planned::default());
    }
    let scope = Scope {
        companies: CompanyFilter::Only(BTreeSet::from([company])),
        accounts: Vec::new(),
    };
    let reading = quotas::read_contracts(session, state, customers, &scope)?;
    let mut facts = reading.read_facts(session, state)?;
    // What has become of accounts and links is reported already.
    facts.remarks.clear();
    let mut offers = OffersByPartner::default();
    let read = onboarding::read_new_customer(&reading.accounts, action, &mut offers)?;
    if let Some((customer, storages)) = read {
        facts.customers.push(customer);
        facts.storages.extend(storages);
    }
    let planned = quotas::plan(&facts, &Rules::from_config(&session.config));
    quotas::remark_on_undecided(session, &planned);
    Ok(planned)
}

/// Asks whether the next free name will do, where there is somebody to ask.
fn confirm_free_name(
    session: &Session,
    facts: &Facts,
    args: &CustomerCreateArgs,
    parent: &TenantFacts,
    name: &str,
) -> bool {
    let Some(clash) = plan::find_name_clash(facts, parent, name.trim()) else {
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
fn choose_parent<'g>(
    session: &Session,
    gathered: &'g GatheredCustomers,
    args: &CustomerCreateArgs,
) -> Result<&'g TenantFacts> {
    let facts = &gathered.facts;
    let account = args.account.as_deref();
    if let Some(partner) = &args.partner {
        return pick::match_parent(facts, account, partner).map_err(exit_error);
    }
    let named: Vec<String> = args.account.clone().into_iter().collect();
    let accounts = session.accounts_named(&named)?;
    let [account] = accounts.as_slice() else {
        return ask::ask_parent(session, facts);
    };
    let Some(tree) = gathered.customers.trees.get(&account.name) else {
        let text = format!(
            "account {} could not be read; try again later",
            account.name
        );
        return Err(RefusedError(text).into());
    };
    let parent = tree.find_partner(account.partner.as_deref())?;
    let found = facts.find_tenant(&account.name, &parent.id);
    found.ok_or_else(|| UsageError("the account's partner was deleted".to_owned()).into())
}

/// What the company says of itself; with its primary contact when that was asked for.
fn read_contact(
    session: &Session,
    gathered: &GatheredCustomers,
    company: &CompanyFacts,
    with_person: bool,
) -> Result<ContactDetails> {
    let Some(data) = gathered.customers.companies.get(&company.id) else {
        return Ok(ContactDetails::default());
    };
    if !with_person {
        return Ok(onboarding::contact_of_company(&data.contact));
    }
    let people = session
        .connected_autotask()?
        .primary_contacts(&[company.id])?;
    match people.get(&company.id) {
        Some(person) => Ok(onboarding::contact_of_person(&data.contact, person)),
        None => Err(UsageError(format!(
            "{company} has no active primary contact; leave out --primary-contact"
        ))
        .into()),
    }
}
