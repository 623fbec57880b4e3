//! Open tickets of ours that the state file does not know: it was lost, or is older than they are.
//! They are looked for whenever all alerts are compared. What stands for an active alert is adopted
//! with it, by its external id; so is a summary with the alerts of its company; what stands for none
//! is a stray.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::super::plan::facts::{Known, Stray, Strays};
use super::super::plan::key;
use super::alerts::Reading;
use super::cases::{Keyed, keyed};
use super::places::{Nowhere, Places};
use crate::autotask::Ticket;
use crate::domain::ids::{AccountName, CompanyId, TicketId};
use crate::domain::links::CustomerLink;
use crate::session::{Account, Scope, Session};
use crate::state::State;
use crate::state::ticket_links::TicketsOf;

/// Tickets that nobody remembers, with the external ids of the first tickets of their keys.
#[derive(Debug, Default)]
pub(super) struct Unknown {
    tickets: Vec<(String, Ticket)>,
    /// All open tickets of the account; none when they were not asked for.
    open: Option<BTreeSet<TicketId>>,
}

/// Whose tickets are looked at.
#[derive(Debug)]
pub(super) struct Whose<'a> {
    pub(super) links: &'a [CustomerLink],
    pub(super) catch_all: Option<CompanyId>,
    pub(super) scope: &'a Scope,
}

impl Unknown {
    /// Asks Autotask for the account's open tickets. One that is remembered, even as ended, is left
    /// out: if it is open again, a person opened it.
    pub(super) fn read(session: &Session, state: &State, account: &Account) -> Result<Self> {
        let name = &account.name;
        let open = session
            .autotask()?
            .tickets_open(&key::prefix(name))
            .with_context(|| format!("looking for open tickets of account {name}"))?;
        let ids: Vec<TicketId> = open.iter().map(|ticket| ticket.id).collect();
        let links = state.ticket_links(name, TicketsOf::Tickets(&ids))?;
        let known: BTreeSet<TicketId> = links.iter().map(|(_, link)| link.ticket).collect();
        let unknown = open
            .into_iter()
            .filter(|ticket| !known.contains(&ticket.id))
            .filter_map(|ticket| {
                let external_id = ticket.external_id.as_ref()?.to_lowercase();
                Some((key::first(&external_id)?.to_owned(), ticket))
            });
        Ok(Self {
            tickets: unknown.collect(),
            open: Some(ids.into_iter().collect()),
        })
    }

    /// Whether a remembered ticket is certainly not among the open ones: closed, deleted or merged.
    pub(super) fn is_away(&self, ticket: TicketId) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| !open.contains(&ticket))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// Whether one of them stands for the key.
    pub(super) fn have(&self, account: &AccountName, alert_key: &str) -> bool {
        let wanted = key::external_id(account, alert_key, 1);
        self.tickets.iter().any(|(first, _)| *first == wanted)
    }

    /// Companies whose summary is among them. Nobody knows which alerts stood in it; as long as its
    /// company has any, those without a ticket of their own did, as far as can be told.
    pub(super) fn summaries(
        &self,
        account: &AccountName,
        whose: &Whose<'_>,
        alerts: &[Keyed],
    ) -> BTreeSet<CompanyId> {
        let places = alerts.iter().filter_map(|one| one.place.as_ref().ok());
        let companies = places.map(|place| place.company);
        let ours = companies.filter(|company| whose.scope.companies.holds(*company));
        ours.filter(|company| self.have(account, &key::summary_key(company.0)))
            .collect()
    }

    /// Those that stand for no active alert, and their tickets for the desk. `alerts` are all active
    /// alerts of a run that compared them all.
    pub(super) fn strays(
        self,
        account: &AccountName,
        whose: &Whose<'_>,
        alerts: &[Keyed],
    ) -> (Strays, Vec<Ticket>) {
        let mut found = Strays {
            open: self.tickets.len(),
            ..Strays::default()
        };
        // A summary may stand for an alert of which it could not be told whose it is.
        let unresolved = |one: &Keyed| matches!(one.place, Err(Nowhere::Unresolved(_)));
        if self.is_empty() || alerts.iter().any(unresolved) {
            return (found, Vec::new());
        }
        let alive = alive(account, alerts);
        let mut tickets = Vec::new();
        for (first, ticket) in self.tickets {
            if alive.contains(&first) || !whose.scope.companies.holds(ticket.company) {
                continue;
            }
            // Nobody says that the company is ours to look after; it may be another's by now.
            let link = (whose.links.iter())
                .find(|link| link.account == *account && link.company == ticket.company);
            if link.is_none() && whose.catch_all != Some(ticket.company) {
                found.unmapped += 1;
                continue;
            }
            found.strays.push(Stray {
                ticket: ticket.id,
                external_id: ticket.external_id.clone().unwrap_or(first).to_lowercase(),
                title: ticket.title.clone(),
                tenant: link.map(|link| link.tenant.clone()),
            });
            tickets.push(ticket);
        }
        (found, tickets)
    }
}

/// The active ones of the alerts that were read.
pub(super) fn active(
    reading: &Reading,
    contexts: &BTreeMap<String, Vec<String>>,
    places: &Places<'_>,
) -> Vec<Keyed> {
    let active = reading.alerts.iter().filter(|one| one.deleted_at.is_none());
    active.map(|alert| keyed(alert, contexts, places)).collect()
}

/// External ids that stand for something: those of active alerts, mapped or not, and, since no
/// summary tells which alerts it stands for, that of every company with any active alert.
fn alive(account: &AccountName, alerts: &[Keyed]) -> BTreeSet<String> {
    let mut alive = BTreeSet::new();
    for one in alerts {
        alive.insert(key::external_id(account, &one.key, 1));
        if let Ok(place) = &one.place {
            let summary = key::summary_key(place.company.0);
            alive.insert(key::external_id(account, &summary, 1));
        }
    }
    alive
}

/// Strays that were closed, under the keys that they turn out to have, now that these were read.
pub(super) fn closed(mut lost: Vec<Known>, account: &Account, keys: &[String]) -> Vec<Known> {
    if lost.is_empty() {
        return lost;
    }
    let first = |key: &String| (key::external_id(&account.name, key, 1), key.clone());
    let keys: BTreeMap<String, String> = keys.iter().map(first).collect();
    lost.retain_mut(|known| {
        let key = key::first(&known.link.external_id).and_then(|first| keys.get(first));
        if let Some(key) = key {
            known.link.alert_key.clone_from(key);
        }
        key.is_some()
    });
    lost
}
