//! `sync-billing`: usage in Acronis → units on pay-as-you-go contracts in Autotask.

mod apply;
mod facts;
mod gather;
mod plan;
mod recover;
mod verdict;

use anyhow::Result;

use crate::cli::SyncBillingArgs;
use crate::exit::Exit;
use crate::http::RealSleeper;
use crate::session::Companies;
use crate::session::{Ask, Session, Writing};
use gather::Scope;
use plan::Rules;

/// One run.
pub(super) fn run(session: &Session, args: &SyncBillingArgs) -> Result<Exit> {
    if !session.config.billing.enabled {
        session
            .report
            .say("billing is switched off (billing.enabled = false); nothing was read or written");
        return Ok(Exit::Done);
    }
    let companies = Companies::read(&args.scope.companies)?;
    session.writing("sync-billing", &args.write, |writing| {
        let scope = Scope {
            accounts: session.accounts_named(&args.scope.accounts)?,
            companies,
        };
        bill(writing, &scope)
    })
}

fn bill(writing: &mut Writing<'_>, scope: &Scope<'_>) -> Result<Exit> {
    let session = writing.session;
    let recovered = recover::settle(session, &writing.state, writing.dry_run())?;
    let facts = gather::facts(session, &writing.state, scope, recovered)?;
    if !writing.dry_run() {
        gather::remember(session, &writing.state, &facts)?;
    }
    let rules = Rules {
        billing: &session.config.billing,
        limits: &session.config.limits,
    };
    let plan = plan::plan(&facts, rules);
    writing.carry_out(&plan, Ask::OnTerminal, |context, consent, apply| {
        let autotask = context.session.autotask()?;
        let poster = apply::Poster {
            autotask,
            writer: autotask.writer(consent),
            interrupt: &context.session.interrupt,
            sleeper: &RealSleeper,
        };
        Ok(apply(&poster))
    })
}
