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
use crate::http::RealSleeper;
use crate::plan::Plan;
use crate::quotas::{self, Setter};
use crate::session::{Ask, Scope, Session, Sight, Writing};
use crate::state::attention::Attention;
use plan::Rules;
use plan::told::{self, Matter, Told};

pub(super) use revert::revert;

const COMMAND: &str = "sync-billing";

/// One run.
pub(super) fn run(session: &Session, args: &SyncBillingArgs) -> Result<Exit> {
    if !session.config.billing.enabled {
        session
            .report
            .say("billing is switched off (billing.enabled = false): nothing was read or written");
        return Ok(Exit::Done);
    }
    let scope = Scope::read(&args.scope)?;
    session.writing(COMMAND, &args.write, |writing| {
        bill(writing, &scope, &args.write)
    })
}

fn bill(writing: &mut Writing<'_>, scope: &Scope, args: &WriteArgs) -> Result<Exit> {
    let session = writing.session;
    let recovered = recover::settle(session, &writing.state, args.dry_run)?;
    let mut reading = quotas::read(session, &writing.state, scope)?;
    session.ensure_something_read()?;
    let strangers =
        customer_blocks::unknown(&session.config.customers, &reading.customers.companies);
    if !strangers.is_empty() {
        return Err(Usage(strangers.join("\n")).into());
    }
    reading.measure(session);
    let standing = reading.facts(session, &writing.state)?;
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
        gather::remember_levels(session, &writing.state, &found.standing)?;
        gather::lines::remember(session, &writing.state, (&facts, &found))?;
    }
    let told = told_before(writing)?;
    let matters = told::matters(&found, &told);
    // Everything is shown when a person looks or approves; in a plain run, what was not told yet.
    let plan = if args.dry_run || args.expect_plan.is_some() {
        found.into_plan(COMMAND)
    } else {
        told::quieten(COMMAND, found, &told)
    };
    let exit = post(writing, &plan, Ask::OnTerminal);
    if !args.dry_run {
        let approved = args.expect_plan.is_some() && exit.is_ok();
        let sight = Sight::of(reading.scope.clone(), plan.notes());
        let sight = sight.without(gather::unseen(&reading, &facts));
        remember(writing, &sight, matters, approved)?;
    }
    if !args.dry_run && exit.is_ok() {
        let approved = args.expect_plan.is_some();
        reading.sight.remember(&writing.state, approved)?;
    }
    if !args.dry_run && set && !stopped && exit.is_ok() {
        frees(writing, in_line)?;
    }
    exit
}

fn told_before(writing: &Writing<'_>) -> Result<Told> {
    let held = writing.state.attention(Some(COMMAND))?.into_iter();
    let told = held.map(|held| (held.attention.key, held.attention.fingerprint));
    Ok(told.collect())
}

fn post(writing: &mut Writing<'_>, plan: &Plan<plan::Action>, ask: Ask) -> Result<Exit> {
    writing.carry_out(plan, ask, |applying, consent, apply| {
        let autotask = applying.session.autotask()?;
        let poster = apply::Poster {
            quotas: Setter::new(applying, consent)?,
            autotask,
            writer: autotask.writer(consent),
            interrupt: &applying.session.interrupt,
            sleeper: &RealSleeper,
        };
        Ok(apply(&poster))
    })
}

/// Remembers what waits for a person, and forgets what this run looked at and no longer saw.
fn remember(
    writing: &Writing<'_>,
    sight: &Sight,
    matters: Vec<Matter>,
    approved: bool,
) -> Result<()> {
    let waiting: Vec<Attention> = matters
        .into_iter()
        .filter(|matter| !(approved && matter.approvable))
        .map(|matter| Attention {
            command: COMMAND.to_owned(),
            key: matter.key,
            account: matter.account,
            company: matter.company,
            text: matter.text,
            fingerprint: matter.fingerprint,
        })
        .collect();
    let covered = |held: &Attention| sight.covers(held);
    let now = writing.session.now;
    writing
        .state
        .keep_attention(COMMAND, &waiting, covered, now)
}

/// Customers that match their contracts: from now on a lowering is an ordinary one.
fn frees(writing: &Writing<'_>, in_line: Vec<CompanyId>) -> Result<()> {
    for company in in_line {
        writing.state.set_lowering_approved(company, true)?;
    }
    Ok(())
}
