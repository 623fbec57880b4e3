//! `map-customer`: companies of Autotask ↔ customer tenants of Acronis.

mod apply;
mod ask;
mod bulk;
mod creation;
mod csv_file;
mod document;
mod gather;
mod list;
mod pick;
mod plan;
mod rows;

use anyhow::Result;

use crate::cli::{CustomerLinkArgs, CustomerSuggestArgs, CustomerUnlinkArgs, MapCustomer};
use crate::domain::links::LinkedBy;
use crate::exit::{Exit, RefusedError, UsageError};
use crate::plan::Plan;
use crate::session::{Confirmation, Session, WriteRun};
use gather::GatheredCustomers;
use plan::{Action, LinkBatch, LinkOptions, MappingProblem};

/// Runs one verb.
pub(super) fn run(session: &Session, verb: &MapCustomer) -> Result<Exit> {
    match verb {
        MapCustomer::List(args) => list::run(session, args),
        MapCustomer::Suggest(args) => suggest_links(session, args),
        MapCustomer::Link(args) => match &args.from_csv {
            Some(file) => bulk::link_from_csv(session, args, file),
            None => link_company(session, args),
        },
        MapCustomer::Create(args) => creation::run(session, args),
        MapCustomer::Unlink(args) => unlink_company(session, args),
        MapCustomer::Export => bulk::export_links(session),
        MapCustomer::Import(args) => bulk::import_links(session, args),
        MapCustomer::Recover(args) => bulk::recover_links(session, args),
    }
}

fn suggest_links(session: &Session, args: &CustomerSuggestArgs) -> Result<Exit> {
    session.run_writing_command("map-customer suggest", &args.write, |writing| {
        let gathered = gather_and_warn(writing, &args.accounts)?;
        let types = list::CompanyTypes::read_types(session, &[])?;
        let customers = &gathered.customers;
        let facts = &gathered.facts;
        let companies: Vec<_> = facts
            .companies
            .values()
            .filter(|company| company.active && types.includes_id(customers, company.id))
            .filter(|company| !session.config.customers.is_excluded(company.id))
            .collect();
        let plan = plan::plan_suggestions(facts, &companies);
        carry_out(writing, &plan, Confirmation::OnTerminal)
    })
}

fn link_company(session: &Session, args: &CustomerLinkArgs) -> Result<Exit> {
    session.run_writing_command("map-customer link", &args.write, |writing| {
        let gathered = gather_and_warn(writing, &[])?;
        let facts = &gathered.facts;
        let company = ask::ask_company(session, facts, args.company.as_deref())?;
        let account = args.account.as_deref();
        let tenant = ask::ask_tenant(session, facts, account, args.tenant.as_deref())?;
        let linking = LinkOptions {
            how: LinkedBy::Hand,
            replace_mark: args.replace_mark,
        };
        let mut batch = LinkBatch::new(facts, linking);
        batch.add_pair(company, tenant).map_err(exit_error)?;
        let plan = Plan::new(
            "map-customer link",
            batch.into_actions(),
            facts.remarks.clone(),
            [],
        );
        carry_out(writing, &plan, Confirmation::OnTerminal)
    })
}

fn unlink_company(session: &Session, args: &CustomerUnlinkArgs) -> Result<Exit> {
    session.run_writing_command("map-customer unlink", &args.write, |writing| {
        let gathered = gather_and_warn(writing, &[])?;
        let facts = &gathered.facts;
        let company = ask::ask_linked_company(session, facts, args.company.as_deref())?;
        let plan = plan::plan_unlink(facts, company).map_err(exit_error)?;
        carry_out(writing, &plan, Confirmation::Always)
    })
}

/// Everything that was read, after the open ends of earlier runs were looked at; with a warning where
/// the state file seems to be lost.
fn gather_and_warn(writing: &WriteRun<'_>, accounts: &[String]) -> Result<GatheredCustomers> {
    let gathered = gather_customers(writing, accounts)?;
    gathered.warn_of_lost_state(writing.session);
    Ok(gathered)
}

/// The same for the command that is the cure of a lost state file.
fn gather_customers(writing: &WriteRun<'_>, accounts: &[String]) -> Result<GatheredCustomers> {
    let session = writing.session;
    let accounts = session.accounts_named(accounts)?;
    let gathered = gather::read_customers(session, &writing.recovery(), &accounts)?;
    let customers = &gathered.customers;
    if let Some(emptied) = customers.sudden_emptiness() {
        // While others are shown, a mapping can be corrected; without any company nothing can.
        if customers.companies.is_empty() {
            return Err(RefusedError(emptied).into());
        }
        session.report.print_warning(&emptied);
    }
    Ok(gathered)
}

fn carry_out(writing: &mut WriteRun<'_>, plan: &Plan<Action>, ask: Confirmation) -> Result<Exit> {
    writing.carry_out(plan, ask, |applying, consent, apply| {
        let mapper = apply::CustomerMappingExecutor::new(applying, consent)?;
        Ok(apply(&mapper))
    })
}

fn exit_error(problem: MappingProblem) -> anyhow::Error {
    match problem {
        MappingProblem::Usage(text) => UsageError(text).into(),
        MappingProblem::Refused(text) => RefusedError(text).into(),
    }
}

#[cfg(test)]
mod tests;
