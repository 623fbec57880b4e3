//! `map-customer`: companies of Autotask ↔ customer tenants of Acronis.

mod apply;
mod ask;
mod bulk;
mod document;
mod gather;
mod list;
mod making;
mod pick;
mod plan;
mod sheet;

use anyhow::Result;

use crate::cli::{CustomerLinkArgs, CustomerSuggestArgs, CustomerUnlinkArgs, MapCustomer};
use crate::domain::links::LinkedBy;
use crate::exit::{Exit, Refused, Usage};
use crate::plan::Plan;
use crate::session::{Ask, Session, Writing};
use gather::Gathered;
use plan::{Action, Batch, Linking, Problem};

/// Runs one verb.
pub(super) fn run(session: &Session, verb: &MapCustomer) -> Result<Exit> {
    match verb {
        MapCustomer::List(args) => list::run(session, args),
        MapCustomer::Suggest(args) => suggest(session, args),
        MapCustomer::Link(args) => match &args.from_csv {
            Some(file) => bulk::from_csv(session, args, file),
            None => link(session, args),
        },
        MapCustomer::Create(args) => making::run(session, args),
        MapCustomer::Unlink(args) => unlink(session, args),
        MapCustomer::Export => bulk::export(session),
        MapCustomer::Import(args) => bulk::import(session, args),
        MapCustomer::Recover(args) => bulk::recover(session, args),
    }
}

fn suggest(session: &Session, args: &CustomerSuggestArgs) -> Result<Exit> {
    session.writing("map-customer suggest", &args.write, |writing| {
        let gathered = gathered(writing, &args.accounts)?;
        let types = list::Types::read(session, &[])?;
        let customers = &gathered.customers;
        let facts = &gathered.facts;
        let companies: Vec<_> = facts
            .companies
            .values()
            .filter(|company| company.active && types.hold(customers, company.id))
            .collect();
        let plan = plan::suggest(facts, &companies);
        carry_out(writing, &plan, Ask::OnTerminal)
    })
}

fn link(session: &Session, args: &CustomerLinkArgs) -> Result<Exit> {
    session.writing("map-customer link", &args.write, |writing| {
        let gathered = gathered(writing, &[])?;
        let facts = &gathered.facts;
        let company = ask::company(session, facts, args.company.as_deref())?;
        let account = args.account.as_deref();
        let tenant = ask::tenant(session, facts, account, args.tenant.as_deref())?;
        let linking = Linking {
            how: LinkedBy::Hand,
            replace_mark: args.replace_mark,
        };
        let mut batch = Batch::new(facts, linking);
        batch.add(company, tenant).map_err(error)?;
        let plan = Plan::new(
            "map-customer link",
            batch.into_actions(),
            facts.notes.clone(),
            [],
        );
        carry_out(writing, &plan, Ask::OnTerminal)
    })
}

fn unlink(session: &Session, args: &CustomerUnlinkArgs) -> Result<Exit> {
    session.writing("map-customer unlink", &args.write, |writing| {
        let gathered = gathered(writing, &[])?;
        let facts = &gathered.facts;
        let company = ask::linked(session, facts, args.company.as_deref())?;
        let plan = plan::unlink(facts, company).map_err(error)?;
        carry_out(writing, &plan, Ask::Always)
    })
}

/// Everything that was read, after the open ends of earlier runs were looked at; with a warning where
/// the state file seems to be lost.
fn gathered(writing: &Writing<'_>, accounts: &[String]) -> Result<Gathered> {
    let gathered = gathered_from_tags(writing, accounts)?;
    gathered.warn_of_lost_state(writing.session);
    Ok(gathered)
}

/// The same for the command that is the cure of a lost state file.
fn gathered_from_tags(writing: &Writing<'_>, accounts: &[String]) -> Result<Gathered> {
    let session = writing.session;
    let accounts = session.accounts_named(accounts)?;
    let gathered = gather::read(session, &writing.recovery(), &accounts)?;
    let customers = &gathered.customers;
    if let Some(emptied) = customers.sudden_emptiness() {
        // Where others are shown, a mapping can be mended; without any company nothing can.
        if customers.companies.is_empty() {
            return Err(Refused(emptied).into());
        }
        session.report.warn(&emptied);
    }
    Ok(gathered)
}

fn carry_out(writing: &mut Writing<'_>, plan: &Plan<Action>, ask: Ask) -> Result<Exit> {
    writing.carry_out(plan, ask, |applying, consent, apply| {
        let mapper = apply::Mapper::new(applying, consent)?;
        Ok(apply(&mapper))
    })
}

fn error(problem: Problem) -> anyhow::Error {
    match problem {
        Problem::Usage(text) => Usage(text).into(),
        Problem::Refused(text) => Refused(text).into(),
    }
}

#[cfg(test)]
mod tests;
