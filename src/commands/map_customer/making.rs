//! `map-customer create`: a new tenant for a company.

use anyhow::Result;

use super::gather::Gathered;
use super::plan::{self, Company, Making, Tenant};
use super::{carry_out, error, gathered, pick};
use crate::cli::CustomerCreateArgs;
use crate::domain::links::LinkedBy;
use crate::exit::{Exit, Usage};
use crate::onboarding::{self, Card};
use crate::session::{Account, Ask, Session};

pub(super) fn run(session: &Session, args: &CustomerCreateArgs) -> Result<Exit> {
    session.writing("map-customer create", &args.write, |writing| {
        let gathered = gathered(writing, &[])?;
        let facts = &gathered.facts;
        let company = pick::company(facts, &args.company).map_err(error)?;
        let unfinished = onboarding::unfinished(
            &writing.state,
            &gathered.customers,
            &company.party(),
            LinkedBy::Created,
        )?;
        let making = Making {
            parent: parent(session, &gathered, args)?,
            name: args.name.as_deref(),
            numbered: args.numbered,
            contact: contact(session, &gathered, company, args.primary_contact)?,
            unfinished,
        };
        let plan = plan::create(facts, company, making).map_err(error)?;
        carry_out(writing, &plan, Ask::OnTerminal)
    })
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
    let account = one_account(session, account)?;
    let Some(tree) = gathered.customers.trees.get(&account.name) else {
        let text = format!(
            "account {} could not be read; try again later",
            account.name
        );
        return Err(Usage(text).into());
    };
    let parent = tree.partner(account.partner.as_deref())?;
    let found = facts.tenant(&account.name, &parent.id);
    found.ok_or_else(|| Usage("the account's partner was deleted".to_owned()).into())
}

fn one_account<'s>(session: &'s Session, named: Option<&str>) -> Result<&'s Account> {
    let named: Vec<String> = named.map(str::to_owned).into_iter().collect();
    let accounts = session.accounts_named(&named)?;
    match accounts.as_slice() {
        [one] => Ok(one),
        several => {
            let names: Vec<&str> = several.iter().map(|one| one.name.as_str()).collect();
            let text = format!(
                "there are several accounts; say where with --account or --partner: {}",
                names.join(", ")
            );
            Err(Usage(text).into())
        }
    }
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
