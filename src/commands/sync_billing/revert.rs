//! `revert`: the opposite adjustments of a run of `sync-billing`.

use std::collections::BTreeSet;

use anyhow::Result;

use super::carry_out_plan;
use super::gather;
use super::plan::Rules;
use super::plan::revert::{self, Facts, PostedChange};
use super::recover::{self, RecoveredPostings};
use crate::autotask::ContractScope;
use crate::cli::RevertArgs;
use crate::domain::ids::{CompanyId, RunId};
use crate::exit::{Exit, UsageError};
use crate::plan::{CompanyRef, Plan};
use crate::session::{Confirmation, Session, WriteRun};
use crate::state::State;
use crate::state::ledger::{LedgerFilter, LedgerRow, PostingState};

/// One run. Always asks: it writes money on a person's word.
pub(in crate::commands) fn revert_run(session: &Session, args: &RevertArgs) -> Result<Exit> {
    session.run_writing_command("revert", &args.write, |writing| {
        let run = RunId::new(&args.run);
        let recovered = recover::settle_postings(&writing.recovery())?;
        let posted = read_posted_changes(&writing.state, &run, &recovered)?;
        if posted.is_empty() {
            return Err(UsageError(format!(
                "run {run} posted nothing that took effect; `acrotask history --command \
                 sync-billing -o json` lists the runs"
            ))
            .into());
        }
        let facts = read_facts(writing, run, posted, &recovered)?;
        let found = revert::plan(&facts, Rules::from_config(&session.config));
        let plan = Plan::new("revert", found.actions, found.notes, found.refusals);
        session.report.print_progress(
            "If only a number was wrong, correct the mapping instead: sync-billing then sets every \
             line to the right units as soon as Autotask accepts a change. A reversed line cannot \
             be adjusted again before the next billing period.",
        );
        carry_out_plan(writing, &plan, Confirmation::Always)
    })
}

fn read_facts(
    writing: &WriteRun<'_>,
    run: RunId,
    posted: Vec<PostedChange>,
    recovered: &RecoveredPostings,
) -> Result<Facts> {
    let session = writing.session;
    let companies: BTreeSet<CompanyId> = posted.iter().map(|one| one.party.id).collect();
    let today = session.today;
    let (from, to) = gather::days_around(today);
    let book = session.connected_autotask()?.contract_book(
        &ContractScope::Of(companies.into_iter().collect()),
        &session.config.billing.payg_field,
        from,
        to,
    )?;
    Ok(Facts {
        run,
        today,
        posted,
        book,
        lines: gather::history::read_line_histories(&writing.state, today, recovered)?,
    })
}

/// What a run posted with effect, and whether that was taken back already.
fn read_posted_changes(
    state: &State,
    run: &RunId,
    recovered: &RecoveredPostings,
) -> Result<Vec<PostedChange>> {
    let mut all = state.read_ledger(&LedgerFilter::default())?;
    for row in &mut all {
        if let Some(state) = recovered.settled.get(&row.journal) {
            row.state = *state;
        }
    }
    let mark = format!("{}:", revert::revert_mark(run));
    let reverted: BTreeSet<_> = all
        .iter()
        .filter(|row| row.posting.arithmetic.starts_with(&mark))
        .filter(|row| !matches!(row.state, PostingState::Failed | PostingState::Refused))
        .map(line_key)
        .collect();
    let names = state.customer_links()?;
    let of_run = all.iter().filter(|row| row.run == *run);
    let with_effect = of_run.filter(|row| row.state == PostingState::Confirmed);
    let posted = with_effect.map(|row| {
        let posting = &row.posting;
        let link = names.iter().find(|link| link.company == posting.company);
        let name = link.map_or("", |link| &link.company_name);
        PostedChange {
            account: posting.account.clone(),
            party: CompanyRef::new(posting.company, name),
            tenant: posting.tenant.clone(),
            item: posting.item.clone(),
            contract: posting.contract,
            service: posting.service,
            change: posting.unit_change().unwrap_or(0),
            effective: posting.effective,
            reverted: reverted.contains(&line_key(row)),
        }
    });
    Ok(posted.collect())
}

fn line_key(row: &LedgerRow) -> super::facts::BilledLineKey {
    (row.posting.contract, row.posting.service)
}
