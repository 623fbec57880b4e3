//! `sync-tickets`: alerts of Acronis → tickets of Autotask.

mod apply;
mod earlier_writes;
mod explain;
mod fingerprint;
mod gather;
mod plan;
mod read_back;
mod run_end;
mod ticket_key;

use anyhow::Result;

use crate::cli::SyncTicketsArgs;
use crate::domain::tickets::FirstRun;
use crate::exit::Exit;
use crate::gather::company_names::{read_names, unmapped_in_scope};
use crate::gather::setup_gaps;
use crate::plan::{Remark, RemarkKind};
use crate::session::{
    AccountFailure, CompanyFilter, Confirmation, RunScope, Scope, Session, WriteRun,
};
use apply::{ApplyLog, TicketExecutor};
use gather::{Gathered, ReadExtent};
use plan::{Decided, Rules};
use run_end::FinishedRun;

/// As it stands in the journal.
const COMMAND: &str = "sync-tickets";

/// Runs the command.
pub(super) fn run(session: &Session, args: &SyncTicketsArgs) -> Result<Exit> {
    if !session.config.tickets.enabled {
        session
            .report
            .print_progress("sync-tickets is switched off (tickets.enabled)");
        return Ok(Exit::Done);
    }
    if let Some(alert) = &args.explain {
        let scope = Scope::from_args(&args.scope)?;
        return explain::run(session, &session.accounts_named(&scope.accounts)?, alert);
    }
    session.run_writing_command(COMMAND, &args.write, |writing| {
        // With a catch-all company there are tickets without any mapping.
        if session.config.tickets.catch_all_company.is_none() {
            writing.explain_idleness(setup_gaps::read_reasons(&writing.state, false)?);
        }
        sync_alerts(writing, args)
    })
}

fn sync_alerts(writing: &mut WriteRun<'_>, args: &SyncTicketsArgs) -> Result<Exit> {
    let session = writing.session;
    let scope = Scope::from_args(&args.scope)?;
    let accounts = session.accounts_named(&scope.accounts)?;
    let links = writing.state.customer_links()?;
    let unmapped = unmapped_in_scope(&scope, &links, || read_names(session))?;
    let tickets = &session.config.tickets;
    let state = &writing.state;
    let readings = gather::read_alerts(
        session,
        state,
        &accounts,
        &scope,
        ReadExtent {
            all: args.all,
            since: args
                .since
                .map(|days| FirstRun::looking_back(session.now, days).horizon),
        },
        &|held, live| plan::suppress::find_due(tickets, held, live, session.now),
    )?;
    let sort = |read| plan::sort::sort_account(read, tickets, session.now);
    let sorted = readings.accounts.iter().map(sort).collect();
    let mut gathered = gather::read_tickets(session, state, readings, sorted)?;
    session.ensure_something_read()?;
    let decided = plan_gathered(session, &gathered, unmapped);
    // Only a run that compared all alerts may conclude that a matter is settled, apart from those
    // whose alerts are held and asked for at every run.
    let mut read = gathered.facts.accounts.iter();
    let run_scope = RunScope::of(scope.clone()).holding_refused_writes();
    writing.track_pending(if read.all(|account| account.reconciled) {
        run_scope
    } else {
        run_scope.only_kinds(plan::BLOCKED)
    });
    let log = ApplyLog::default();
    let lists = &gathered.facts.desk.lists;
    let exit = writing.carry_out(
        &decided.plan,
        Confirmation::OnTerminal,
        |context, consent, apply| {
            let writers = accounts
                .iter()
                .map(|account| (account.name.clone(), account.acronis.writer(consent)));
            let executor = TicketExecutor {
                autotask: context.session.connected_autotask()?.writer(consent),
                acronis: writers.collect(),
                note_type: lists.note_type,
                note_publish: lists.note_publish,
                log: &log,
            };
            Ok(apply(&executor))
        },
    )?;
    if !writing.dry_run() {
        let end = FinishedRun {
            session,
            state: &writing.state,
            plan: &decided.plan,
            applied: &log.applied_actions(),
            whole: scope.companies == CompanyFilter::All,
        };
        end.remember_run(&mut gathered, decided.accounts)?;
        let recovery = writing.recovery();
        earlier_writes::resolve_earlier_writes(&recovery, &end, &accounts, &gathered)?;
    }
    Ok(exit)
}

fn plan_gathered(session: &Session, gathered: &Gathered, unmapped: Vec<Remark>) -> Decided {
    let rules = Rules {
        tickets: &session.config.tickets,
        limits: &session.config.limits,
    };
    let mut remarks: Vec<Remark> = gathered.failures.iter().map(unreadable_account).collect();
    remarks.extend(unmapped);
    plan::plan(&gathered.facts, rules, remarks)
}

fn unreadable_account(failure: &AccountFailure) -> Remark {
    Remark::new(
        RemarkKind::AccountUnreadable,
        failure.account.to_string(),
        format!(
            "account {} could not be read, so its alerts wait for the next run: {:#}",
            failure.account, failure.error
        ),
    )
    .of_account(&failure.account)
    .for_person()
}
