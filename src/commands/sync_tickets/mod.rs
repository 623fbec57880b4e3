//! `sync-tickets`: alerts of Acronis → tickets of Autotask.

mod apply;
mod explain;
mod finish;
mod gather;
mod plan;
mod read_back;
mod settle;

use crate::plan::RemarkKind;
use anyhow::Result;

use crate::cli::SyncTicketsArgs;
use crate::exit::Exit;
use crate::gather::company_names::{read_names, unmapped_in_scope};
use crate::gather::setup_gaps;
use crate::plan::Remark;
use crate::session::{
    AccountFailure, CompanyFilter, Confirmation, RunScope, Scope, Session, WriteRun,
};
use apply::{Book, Clerk};
use finish::Finish;
use gather::Gathered;
use plan::{Decided, Rules};

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
        sync(writing, args)
    })
}

fn sync(writing: &mut WriteRun<'_>, args: &SyncTicketsArgs) -> Result<Exit> {
    let session = writing.session;
    let scope = Scope::from_args(&args.scope)?;
    let accounts = session.accounts_named(&scope.accounts)?;
    let links = writing.state.customer_links()?;
    let unmapped = unmapped_in_scope(&scope, &links, || read_names(session))?;
    let readings = gather::read_alerts(session, &writing.state, &accounts, &scope, args.all)?;
    let tickets = &session.config.tickets;
    let sort = |read| plan::sort::sort(read, tickets, session.now);
    let sorted = readings.accounts.iter().map(sort).collect();
    let mut gathered = gather::read_tickets(session, &writing.state, readings, sorted)?;
    session.ensure_something_read()?;
    let decided = decide(session, &gathered, unmapped);
    // Only a run that compared all alerts may conclude that a matter is settled, apart from those
    // whose alerts are held and asked for at every run.
    let mut read = gathered.facts.accounts.iter();
    let run_scope = RunScope::of(scope.clone()).holding_refused_writes();
    writing.track_pending(if read.all(|account| account.reconciled) {
        run_scope
    } else {
        run_scope.only_kinds(plan::BLOCKED)
    });
    let book = Book::default();
    let lists = gathered.lists.clone();
    let exit = writing.carry_out(
        &decided.plan,
        Confirmation::OnTerminal,
        |context, consent, apply| {
            let writers = accounts
                .iter()
                .map(|account| (account.name.clone(), account.acronis.writer(consent)));
            let clerk = Clerk {
                autotask: context.session.connected_autotask()?.writer(consent),
                acronis: writers.collect(),
                note_type: lists.note_type,
                note_publish: lists.note_publish,
                book: &book,
            };
            Ok(apply(&clerk))
        },
    )?;
    if !writing.dry_run() {
        let finish = Finish {
            session,
            state: &writing.state,
            plan: &decided.plan,
            pages: &book.pages(),
            whole: scope.companies == CompanyFilter::All,
        };
        finish.all(&mut gathered, decided.accounts)?;
        let asker = (&*accounts, &scope);
        settle::resolve(&writing.recovery(), &finish, asker, &gathered)?;
    }
    Ok(exit)
}

fn decide(session: &Session, gathered: &Gathered, unmapped: Vec<Remark>) -> Decided {
    let rules = Rules {
        tickets: &session.config.tickets,
        limits: &session.config.limits,
    };
    let mut notes: Vec<Remark> = gathered.failures.iter().map(unreadable).collect();
    notes.extend(unmapped);
    plan::plan(&gathered.facts, rules, notes)
}

fn unreadable(failure: &AccountFailure) -> Remark {
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
