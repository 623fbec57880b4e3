//! Which alerts one ticket is to stand for: those of a key, or, in an alert storm, those of a company.
//! Both are groups, and everything that follows is the same for both.

use super::super::ticket_key;
use super::action::Action;
use super::facts::{Alert, Case};
use crate::domain::ids::CompanyId;
use crate::domain::tickets::{KnownTicket, TicketKind, TicketLink};

/// The alerts of one ticket.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) kind: TicketKind,
    pub(super) key: String,
    pub(super) company: CompanyId,
    pub(super) cases: Vec<&'a Case>,
    /// The remembered ticket; one of a key may be over.
    pub(super) known: Option<&'a KnownTicket>,
    /// Tickets that were wanted for keys, and whose alerts go into this one instead.
    pub(super) joining: Vec<WantedTicket<'a>>,
}

/// A ticket that is wanted for a key, unless too many are: then its alerts go into a summary.
#[derive(Clone, Debug)]
pub(super) struct WantedTicket<'a> {
    pub(super) case: &'a Case,
    /// As it is remembered once it is there.
    pub(super) link: TicketLink,
    pub(super) replaces: Option<KnownTicket>,
    /// The ticket is not to be made but opened again: how.
    pub(super) reopening: Option<Box<Action>>,
}

impl<'a> Group<'a> {
    pub(super) fn of_key(case: &'a Case) -> Self {
        Self {
            kind: TicketKind::Alert,
            key: case.key.clone(),
            company: case.destination.company,
            cases: vec![case],
            known: case.known.as_ref(),
            joining: Vec::new(),
        }
    }

    pub(super) fn of_company(
        company: CompanyId,
        known: Option<&'a KnownTicket>,
        mut cases: Vec<&'a Case>,
        joining: Vec<WantedTicket<'a>>,
    ) -> Self {
        cases.extend(joining.iter().map(|want| want.case));
        Self {
            kind: TicketKind::Summary,
            key: ticket_key::summary_key(company.0),
            company,
            cases,
            known,
            joining,
        }
    }

    pub(super) fn is_storm(&self) -> bool {
        self.kind == TicketKind::Summary
    }

    /// The alert that speaks for its first case.
    pub(super) fn speaker(&self) -> Option<&'a Alert> {
        self.cases.first().and_then(|case| case.speaker())
    }

    /// The gravest of its alerts decides how there is a ticket.
    pub(super) fn gravest(&self) -> Option<&'a Alert> {
        let gravest = self.cases.iter().filter_map(|case| case.gravest());
        gravest.max_by_key(|alert| (alert.severity, alert.updated, &alert.id))
    }

    /// The tickets whose alerts stand in this one from now on.
    pub(super) fn taken_over(&self) -> impl Iterator<Item = KnownTicket> {
        self.joining.iter().filter_map(|want| want.replaces.clone())
    }
}
