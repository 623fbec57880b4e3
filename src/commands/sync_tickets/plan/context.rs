//! Where the planner stands, and the rule that an alert falls under.

use jiff::Timestamp;

use super::facts::{AccountFacts, Alert, Facts};
use crate::config::{Limits, TicketFields, Tickets};
use crate::domain::ids::CompanyId;

/// The configuration that tickets follow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) tickets: &'a Tickets,
    pub(crate) limits: &'a Limits,
}

/// Where the planner stands while it looks at one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountContext<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) account: &'a AccountFacts,
    pub(crate) rules: Rules<'a>,
}

impl AccountContext<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.facts.now
    }
}

/// The rule of an alert, by position, with the fields of the tickets that it makes; without an alert
/// the defaults.
pub(super) fn rule_fields(
    tickets: &Tickets,
    alert: Option<&Alert>,
    company: CompanyId,
) -> (usize, TicketFields) {
    let rule = alert.and_then(|alert| tickets.find_rule(alert.rule_traits(company)));
    (
        rule.map_or(0, |rule| rule.position),
        tickets.combine_fields(rule),
    )
}
