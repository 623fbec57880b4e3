//! `sync-billing`: usage in Acronis → units on pay-as-you-go contracts in Autotask; quotas and
//! over-use of prepaid ones.

mod apply;
mod facts;
mod gather;
mod plan;
mod recover;
mod revert;
mod verdict;

use anyhow::Result;

use crate::cli::{SyncBillingArgs, WriteArgs};
use crate::domain::ids::CompanyId;
use crate::exit::{Exit, Usage};
use crate::gather::customer_blocks;
use crate::gather::customers::Customers;
use crate::http::RealSleeper;
use crate::onboarding;
use crate::plan::Plan;
use crate::quotas::{self, Setter};
use crate::session::{Ask, RunScope, Scope, Session, Writing};
use plan::Rules;

pub(super) use revert::revert;

const COMMAND: &str = "sync-billing";

/// One run.
pub(super) fn run(session: &Session, args: &SyncBillingArgs) -> Result<Exit> {
    if !session.config.billing.enabled {
        session
            .report
            .say("billing is switched off (billing.enabled = false): nothing was read or changed");
        return Ok(Exit::Done);
    }
    let scope = Scope::read(&args.scope)?;
    session.writing(COMMAND, &args.write, |writing| {
        bill(writing, &scope, &args.write)
    })
}

fn bill(writing: &mut Writing<'_>, scope: &Scope, args: &WriteArgs) -> Result<Exit> {
    let session = writing.session;
    let recovered = recover::settle(session, &writing.recovery())?;
    let mut reading = quotas::read(session, &writing.state, scope)?;
    session.ensure_something_read()?;
    let Customers {
        companies, links, ..
    } = &reading.customers;
    let names = companies.values().map(|one| (one.id, one.name.as_str()));
    let strangers = customer_blocks::unknown(&session.config.customers, links, names);
    if !strangers.is_empty() {
        return Err(Usage(strangers.join("\n")).into());
    }
    onboarding::recover(&writing.recovery(), &mut reading.customers)?;
    reading.measure(session);
    let standing = reading.facts(session, &writing.state)?;
    quotas::recover(&writing.recovery(), &standing)?;
    let mut facts = gather::facts(session, &writing.state, &mut reading, &recovered)?;
    let rules = Rules::of(&session.config);
    gather::deepen(session, &writing.state, &mut facts, rules)?;
    if !args.dry_run {
        gather::remember(session, &writing.state, &facts)?;
    }
    let set = session.config.provisioning.enabled;
    let planned = quotas::plan(&standing, &quotas::Rules::of(&session.config));
    if set {
        quotas::note_undecided(session, &planned);
    }
    let in_line = planned.in_line.clone();
    let mut found = plan::plan(&facts, rules).with_quotas(planned, set);
    found.over_use.extend(plan::overuse::found(&standing));
    let stopped = found.stops_all();
    if !args.dry_run {
        let standing = std::mem::take(&mut found.standing);
        gather::remember_levels(session, &writing.state, standing)?;
        gather::lines::remember(session, &writing.state, (&facts, &found))?;
    }
    let unseen = gather::unseen(&reading, &facts);
    writing.track_pending(RunScope::of(reading.scope.clone()).without(unseen));
    let exit = post(writing, &found.into_plan(COMMAND), Ask::OnTerminal);
    if !args.dry_run && exit.is_ok() {
        let approved = args.expect_plan.is_some();
        reading.sight.remember(&writing.state, approved)?;
    }
    if !args.dry_run && set && !stopped && exit.is_ok() {
        frees(writing, in_line)?;
    }
    exit
}

fn post(writing: &mut Writing<'_>, plan: &Plan<plan::Action>, ask: Ask) -> Result<Exit> {
    writing.carry_out(plan, ask, |applying, consent, apply| {
        let autotask = applying.session.autotask()?;
        let session = applying.session;
        let poster = apply::Poster {
            state: applying.state,
            stamp: &|| session.stamp(),
            quotas: Setter::new(applying, consent)?,
            autotask,
            writer: autotask.writer(consent),
            interrupt: &session.interrupt,
            sleeper: &RealSleeper,
        };
        Ok(apply(&poster))
    })
}

/// Customers that match their contracts: from now on a lowering is an ordinary one.
fn frees(writing: &Writing<'_>, in_line: Vec<CompanyId>) -> Result<()> {
    for company in in_line {
        writing.state.set_lowering_approved(company, true)?;
    }
    Ok(())
}
