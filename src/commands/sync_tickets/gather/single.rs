//! One alert with everything that decides about it.

use std::collections::BTreeMap;

use anyhow::Result;

use super::super::plan::facts::{AccountFacts, Case, Desk, Facts, Strays};
use super::places::Places;
use super::{alerts::Reading, cases, console, contexts, desk, known};
use crate::acronis::Alert;
use crate::domain::ids::AlertId;
use crate::domain::tickets::TicketKind;
use crate::gather::ticket_lists;
use crate::session::{Account, Session};
use crate::state::State;
use crate::state::ticket_links::TicketsOf;

/// The facts about one alert; none when no account knows it.
pub(in super::super) fn single(
    session: &Session,
    state: &State,
    accounts: &[&Account],
    id: &AlertId,
) -> Result<Option<Facts>> {
    for account in accounts {
        let Some(alert) = account.acronis.alert(id)? else {
            continue;
        };
        let facts = of_account(session, state, account, alert)?;
        let lists = ticket_lists::read(session.autotask()?, &session.config.tickets)?;
        let facts = [facts];
        let desk: Desk = desk::read(session, state, &lists, &facts, Vec::new())?;
        return Ok(Some(Facts {
            now: session.now,
            today: session.today,
            accounts: facts.into(),
            desk,
        }));
    }
    Ok(None)
}

fn of_account(
    session: &Session,
    state: &State,
    account: &Account,
    alert: Alert,
) -> Result<AccountFacts> {
    let reading = Reading {
        alerts: vec![alert],
        ..Reading::default()
    };
    let links = state.customer_links()?;
    let contexts = contexts(account, &reading)?;
    let catch_all = session.config.tickets.catch_all_company;
    let places = Places::read(account, &links, &reading.alerts, catch_all)?;
    let mut facts = AccountFacts {
        account: account.name.clone(),
        console: console(session, account),
        cases: Vec::new(),
        unmapped: BTreeMap::new(),
        new_types: Vec::new(),
        summaries: Vec::new(),
        completed: Vec::new(),
        owed_notes: Vec::new(),
        active_by_ticket: BTreeMap::new(),
        reconciled: false,
        vanished: 0,
        live: 0,
        strays: Strays::default(),
    };
    for alert in &reading.alerts {
        let keyed = cases::keyed(alert, &contexts, &places);
        let mut tickets = known(
            state,
            account,
            TicketsOf::Keys(std::slice::from_ref(&keyed.key)),
        )?;
        tickets.retain(|known| known.link.kind == TicketKind::Alert);
        match keyed.place {
            Err(tenant) => *facts.unmapped.entry(tenant).or_default() += 1,
            Ok(place) => facts.cases.push(Case {
                key: keyed.key,
                place,
                alerts: vec![keyed.alert],
                known: tickets.pop(),
                summary: None,
                held: BTreeMap::new(),
            }),
        }
    }
    Ok(facts)
}
