//! `sync-billing`: usage in Acronis → units on pay-as-you-go contracts in Autotask; quotas and
//! over-use of prepaid ones.

mod apply;
mod facts;
mod gather;
mod plan;
mod posting_state;
mod recover;
mod revert;

use anyhow::Result;

use crate::cli::{SyncBillingArgs, WriteArgs};
use crate::domain::ids::CompanyId;
use crate::exit::{Exit, UsageError};
use crate::gather::customer_blocks;
use crate::gather::customers::CustomerDirectory;
use crate::gather::setup_gaps;
use crate::http::RealSleeper;
use crate::onboarding;
use crate::plan::Plan;
use crate::quotas::{self, QuotaExecutor};
use crate::session::{Confirmation, RunScope, Scope, Session, WriteRun};
use plan::Rules;

pub(super) use revert::revert_run;

const COMMAND: &str = "sync-billing";

/// One run.
pub(super) fn run(session: &Session, args: &SyncBillingArgs) -> Result<Exit> {
    if !session.config.billing.enabled {
        session.report.print_progress(
            "billing is switched off (billing.enabled = false): nothing was read or changed",
        );
        return Ok(Exit::Done);
    }
    let scope = Scope::from_args(&args.scope)?;
    session.run_writing_command(COMMAND, &args.write, |writing| {
        writing.explain_idleness(setup_gaps::read_reasons(&writing.state, true)?);
        run_billing(writing, &scope, &args.write)
    })
}

fn run_billing(writing: &mut WriteRun<'_>, scope: &Scope, args: &WriteArgs) -> Result<Exit> {
    let session = writing.session;
    let recovered = recover::settle_postings(&writing.recovery())?;
    let mut reading = quotas::read_quotas(session, &writing.state, scope)?;
    session.ensure_something_read()?;
    let CustomerDirectory {
        companies, links, ..
    } = &reading.customers;
    let names = companies.values().map(|one| (one.id, one.name.as_str()));
    let strangers =
        customer_blocks::describe_unknown_blocks(&session.config.customers, links, names);
    if !strangers.is_empty() {
        return Err(UsageError(strangers.join("\n")).into());
    }
    onboarding::recover_customers(&writing.recovery(), &mut reading.customers)?;
    reading.read_usages(session);
    let standing = reading.read_facts(session, &writing.state)?;
    quotas::recover_quotas(&writing.recovery(), &standing)?;
    let mut facts = gather::read_facts(session, &writing.state, &mut reading, &recovered)?;
    let rules = Rules::from_config(&session.config);
    // The planner says what is missing: first unit rows, then what those ask for.
    let wanted = plan::find_rows_to_read(&facts, rules);
    gather::read_rows_around(session, &mut facts, &wanted)?;
    let wanted = plan::find_figures_to_read(&facts, rules);
    gather::read_figures(session, &writing.state, &mut facts, &wanted)?;
    if !args.dry_run {
        gather::save_readings(session, &writing.state, &facts)?;
    }
    let set = session.config.provisioning.enabled;
    let mut quota_rules = quotas::Rules::from_config(&session.config);
    if set {
        // `provision` reports them.
        quota_rules.warn_days = 0;
    }
    let planned = quotas::plan(&standing, &quota_rules);
    if set {
        quotas::remark_on_undecided(session, &planned);
    }
    let in_line = planned.matches_contract.clone();
    let mut found = plan::plan(&facts, rules).with_quotas(planned, set);
    found
        .over_use
        .extend(plan::overuse::find_over_use(&standing));
    let stopped = found.stops_all();
    if !args.dry_run {
        let standing = std::mem::take(&mut found.billed_levels);
        gather::save_billed_levels(session, &writing.state, standing)?;
        gather::lines::save_known_lines(session, &writing.state, &facts, &found)?;
    }
    let unseen = gather::unseen_companies(session, &reading, &facts);
    writing.track_pending(RunScope::of(reading.scope.clone()).without(unseen));
    let exit = carry_out_plan(writing, &found.into_plan(COMMAND), Confirmation::OnTerminal);
    if !args.dry_run && exit.is_ok() {
        let approved = args.expect_plan.is_some();
        reading
            .sight
            .save_seen_contracts(&writing.state, approved)?;
    }
    if !args.dry_run && set && !stopped && exit.is_ok() {
        allow_reductions(writing, in_line)?;
    }
    exit
}

fn carry_out_plan(
    writing: &mut WriteRun<'_>,
    plan: &Plan<plan::Action>,
    ask: Confirmation,
) -> Result<Exit> {
    writing.carry_out(plan, ask, |applying, consent, apply| {
        let autotask = applying.session.connected_autotask()?;
        let session = applying.session;
        let poster = apply::UnitExecutor {
            state: applying.state,
            stamp: &|| session.stamp_time(),
            quotas: QuotaExecutor::new(applying, consent)?,
            autotask,
            writer: autotask.writer(consent),
            interrupt: &session.interrupt,
            sleeper: &RealSleeper,
        };
        Ok(apply(&poster))
    })
}

/// Customers that match their contracts: from now on a lowering is an ordinary one.
fn allow_reductions(writing: &WriteRun<'_>, in_line: Vec<CompanyId>) -> Result<()> {
    for company in in_line {
        writing.state.set_lowering_approved(company, true)?;
    }
    Ok(())
}
