//! One alert with everything that decides about it, sorted as a run would sort it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::super::plan::explain::Nothing;
use super::super::plan::facts::{AccountFacts, Case, Facts, Known, Strays};
use super::cases::{self, Keyed, Sorted, Sources};
use super::left::{self, Left};
use super::places::{Nowhere, Places};
use super::strays::Unknown;
use super::{alerts, closed, console, contexts, desk, known};
use crate::acronis::Alert;
use crate::domain::ids::AlertId;
use crate::domain::tickets::TicketKind;
use crate::gather::ticket_lists;
use crate::session::{Account, Companies, Scope, Session};
use crate::state::State;
use crate::state::ticket_links::TicketsOf;

/// The facts about one alert, and why a run would pass it, if it would.
#[derive(Debug)]
pub(in super::super) struct Single {
    pub(in super::super) facts: Facts,
    pub(in super::super) nothing: Option<Nothing>,
    /// What nobody has to be asked about: a tenant without a place, in words.
    pub(in super::super) nowhere: Option<String>,
}

/// What is known of one alert in its account.
#[derive(Debug)]
struct Found {
    facts: AccountFacts,
    nothing: Option<Nothing>,
    nowhere: Option<String>,
}

/// The facts about one alert; none when no account knows it.
pub(in super::super) fn single(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    id: &AlertId,
) -> Result<Option<Single>> {
    for account in accounts {
        let alert = match account.acronis.alert(id) {
            Ok(alert) => alert,
            Err(failure) => {
                session.account_unread(&account.name, failure.into());
                continue;
            }
        };
        session.account_read(&account.name);
        let Some(alert) = alert else {
            continue;
        };
        let found = of_account(session, state, account, alert)?;
        let lists = ticket_lists::read(session.autotask()?, &session.config.tickets)?;
        let facts = [found.facts];
        let desk = desk::read(session, state, &lists, &facts, Vec::new())?;
        return Ok(Some(Single {
            facts: Facts {
                now: session.now,
                today: session.today,
                accounts: facts.into(),
                desk,
            },
            nothing: found.nothing,
            nowhere: found.nowhere,
        }));
    }
    Ok(None)
}

fn of_account(session: &Session, state: &State, account: &Account, alert: Alert) -> Result<Found> {
    let cursor = state.alert_cursor(&account.name)?;
    let reading = alerts::Reading {
        alerts: vec![alert],
        ..alerts::Reading::default()
    };
    let links = state.customer_links()?;
    let contexts = contexts(account, &reading)?;
    let catch_all = session.config.tickets.catch_all_company;
    let places = Places::read(account, &links, &reading.alerts, catch_all)?;
    let live = known(state, account, TicketsOf::Live)?;
    let held = state.held_alerts(&account.name)?;
    let closed = closed(state, account, &reading, (&contexts, &places))?;
    let everything = Scope {
        accounts: Vec::new(),
        companies: Companies::All,
    };
    let sources = Sources {
        alerts: &reading.alerts,
        contexts: &contexts,
        places: &places,
        live: &live,
        closed: &closed,
        held: &held,
        vanished: &reading.vanished,
        tickets: &session.config.tickets,
        scope: &everything,
        unknown: &Unknown::default(),
        account: &account.name,
        first_run: cursor
            .first_run
            .or_else(|| Some(alerts::first_run(session))),
        reconciled: false,
    };
    let (sorted, nothing, nowhere) = sort(&sources);
    let facts = AccountFacts {
        account: account.name.clone(),
        console: console(session, account),
        active_by_ticket: cases::active_by_ticket(&live, &sorted.cases),
        summaries: summaries(&live, &sorted.cases),
        cases: sorted.cases,
        unmapped: BTreeMap::new(),
        unresolved: BTreeMap::new(),
        passed: Vec::new(),
        new_types: Vec::new(),
        lost_summaries: BTreeSet::new(),
        completed: Vec::new(),
        owed_notes: Vec::new(),
        reconciled: false,
        vanished: BTreeSet::new(),
        live: 0,
        strays: Strays::default(),
    };
    Ok(Found {
        facts,
        nothing,
        nowhere,
    })
}

/// The alert as a run would sort it; what a run would pass over is told, with why.
fn sort(sources: &Sources<'_>) -> (Sorted, Option<Nothing>, Option<String>) {
    let mut sorted = cases::sort(sources);
    let (mut nothing, mut nowhere) = (None, None);
    for alert in sources.alerts {
        let keyed = cases::keyed(alert, sources.contexts, sources.places);
        match cases::left(sources, &keyed) {
            None | Some(Left::OutOfScope) => {}
            Some(Left::Nowhere(why)) => nowhere = Some(words(&why)),
            Some(Left::Known(known)) => {
                nothing = Some(Nothing::Known);
                sorted
                    .cases
                    .extend(bare(sources, keyed, Some(known.clone())));
            }
            Some(Left::Nothing(why)) => {
                nothing = Some(why);
                sorted.cases.extend(bare(sources, keyed, None));
            }
        }
    }
    (sorted, nothing, nowhere)
}

/// The summaries that the alert stands in.
fn summaries(live: &[Known], cases: &[Case]) -> Vec<Known> {
    let summaries = live.iter().filter(|known| {
        known.link.kind == TicketKind::Summary
            && cases.iter().any(|case| case.summary == Some(known.id))
    });
    summaries.cloned().collect()
}

/// An alert that a run would pass, with its ticket if it has one.
fn bare(sources: &Sources<'_>, keyed: Keyed, known: Option<Known>) -> Option<Case> {
    let place = match (&known, keyed.place) {
        (_, Ok(place)) => place,
        (Some(known), Err(_)) => cases::of_ticket(known, None),
        (None, Err(_)) => return None,
    };
    let mut alert = keyed.alert;
    alert.ignored = left::ignored(sources.tickets, &alert, place.company).is_some();
    Some(Case {
        key: keyed.key,
        place,
        alerts: vec![alert],
        vanished: Vec::new(),
        known,
        summary: None,
        held: BTreeMap::new(),
    })
}

fn words(nowhere: &Nowhere) -> String {
    match nowhere {
        Nowhere::Unmapped(tenant) => format!(
            "no ticket: tenant {tenant} is not mapped, and there is no tickets.catch_all_company"
        ),
        Nowhere::Unresolved(tenant) => {
            format!("waits: the service did not say which customer tenant {tenant} belongs to")
        }
    }
}
