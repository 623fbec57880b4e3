//! Where the planner stands, and the rule that an alert falls under.

use jiff::Timestamp;

use super::facts::{AccountFacts, Alert, Facts, Ticket};
use crate::config::{Limits, TicketFields, Tickets};
use crate::domain::ids::{CompanyId, TicketId};
use crate::plan::CompanyRef;

/// The configuration that tickets follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) tickets: &'a Tickets,
    pub(crate) limits: &'a Limits,
}

/// Where the planner stands while it looks at one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) account: &'a AccountFacts,
    pub(crate) rules: Rules<'a>,
}

impl<'a> Context<'a> {
    pub(super) fn now(&self) -> Timestamp {
        self.facts.now
    }

    pub(super) fn party(&self, company: CompanyId) -> CompanyRef {
        self.facts.desk.company_ref(company)
    }

    pub(super) fn ticket(&self, id: TicketId) -> Option<&'a Ticket> {
        self.facts.desk.tickets.get(&id)
    }
}

/// The rule of an alert, by position, with the fields of the tickets that it makes; without an alert
/// the defaults.
pub(super) fn rule_fields(
    tickets: &Tickets,
    alert: Option<&Alert>,
    company: CompanyId,
) -> (usize, TicketFields) {
    let rule = alert.and_then(|alert| tickets.find_rule(alert.traits(company)));
    (
        rule.map_or(0, |rule| rule.position),
        tickets.combine_fields(rule),
    )
}
