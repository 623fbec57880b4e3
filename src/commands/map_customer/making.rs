//! `map-customer create`: a new tenant for a company.

use anyhow::Result;

use super::gather::Gathered;
use super::plan::{self, Company, Facts, Making, Tenant};
use super::{ask, carry_out, error, gathered, pick};
use crate::cli::CustomerCreateArgs;
use crate::domain::links::LinkedBy;
use crate::exit::{Exit, Refused, Usage};
use crate::onboarding::{self, Card};
use crate::session::{Ask, Session};

pub(super) fn run(session: &Session, args: &CustomerCreateArgs) -> Result<Exit> {
    session.writing("map-customer create", &args.write, |writing| {
        let gathered = gathered(writing, &[])?;
        let facts = &gathered.facts;
        let company = ask::company(session, facts, args.company.as_deref())?;
        let unfinished = onboarding::unfinished(
            &writing.state,
            &gathered.customers,
            &company.party(),
            LinkedBy::Created,
        )?;
        let parent = parent(session, &gathered, args)?;
        let name = args.name.as_deref();
        let making = Making {
            parent,
            name,
            numbered: args.numbered
                || (unfinished.is_none()
                    && agreed(session, facts, args, parent, name.unwrap_or(&company.name))),
            contact: contact(session, &gathered, company, args.primary_contact)?,
            unfinished,
        };
        let plan = plan::create(facts, company, making).map_err(error)?;
        carry_out(writing, &plan, Ask::OnTerminal)
    })
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
        "The name `{}` is taken by {}. Make the tenant `{}`?",
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
