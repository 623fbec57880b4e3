//! Sorts what was read of an account: alerts by key, each with the ticket that stands for it. The
//! only place where an alert is ignored, skipped, or held before a ticket is thought of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::ticket_key;
use super::facts::{AccountFacts, Alert, Case, Destination, ReadAccount, ReadAlert, Unplaced};
use super::{orphans, suppress};
use crate::config::{Severity, Tickets};
use crate::domain::ids::{AlertId, CompanyId, TenantId, TicketId};
use crate::domain::tickets::{
    AlertHold, FirstRun, HoldReason, KnownTicket, TicketAlert, TicketKind, TicketLinkId,
};

/// Why an alert is in no case.
#[derive(Clone, Debug)]
enum Skipped<'a> {
    /// Its ticket knows this very version.
    Known(&'a KnownTicket),
    Unplaced(Unplaced),
    /// The run does not look at its company.
    OutOfScope,
    NoTicket(NoTicketReason),
}

/// Why an alert makes no ticket, whatever else there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTicketReason {
    /// Its ticket knows this very version.
    Known,
    SeverityOk,
    /// Its rule says so.
    Ignored,
    /// Last touched before the first run looked back.
    Stale(Timestamp),
    /// Tickets are switched off for its company.
    SwitchedOff,
}

/// One alert as a run would sort it, and why a run would skip it, if it would.
#[derive(Debug)]
pub(crate) struct SortedAlert {
    pub(crate) facts: AccountFacts,
    pub(crate) reason: Option<NoTicketReason>,
    pub(crate) unplaced: Option<Unplaced>,
}

/// Why an alert is ignored, if it is: it never makes a ticket, opens none again, and does not go to
/// one that does not stand for it already.
fn find_ignored(tickets: &Tickets, alert: &Alert, company: CompanyId) -> Option<NoTicketReason> {
    if alert.severity == Some(Severity::Ok) {
        return Some(NoTicketReason::SeverityOk);
    }
    let rule = tickets.find_rule(alert.rule_traits(company));
    (tickets.combine_fields(rule).create == Some(false)).then_some(NoTicketReason::Ignored)
}

/// Raised before the first run's horizon, as §8.4 of acronis.md counts, and not touched since that
/// run: the clock of the source may be wrong, and one that is told again is there again. What the
/// service gives no time is not old.
fn is_stale(first: FirstRun, alert: &Alert) -> bool {
    let untouched = alert.changed_at().is_some_and(|at| at <= first.at);
    let raised = alert.created.unwrap_or(alert.updated);
    alert.active && untouched && raised < first.horizon
}

/// The alerts of an account as the planner goes on with them.
pub(crate) fn sort_account(read: &ReadAccount, rules: &Tickets, now: Timestamp) -> AccountFacts {
    let sorter = Sorter::new(read, rules);
    let hidden = read.hidden.iter().filter(|one| read.in_scope(one.company));
    let mut facts = AccountFacts {
        hidden: hidden.cloned().collect(),
        reconciled: read.reconciled,
        vanished: read.vanished.iter().cloned().collect(),
        new_types: read.new_types.clone(),
        pending_notes: read.pending_notes.clone(),
        live: count_tickets(&read.live),
        ..AccountFacts::new(read.account.clone(), read.console.clone())
    };
    facts.cases = sorter.sort_alerts(&mut facts);
    // Those that wait as they did stay held.
    facts
        .cases
        .retain(|case| !case.vanished.is_empty() || !suppress::still_waits(rules, case, now));
    facts.active_by_ticket = active_by_ticket(&read.live, &facts.cases);
    if rules.auto_close.enabled {
        facts.others = others_at_closing(read, &facts.cases);
    }
    let summaries = (read.live.iter()).filter(|known| known.link.kind == TicketKind::Summary);
    let in_scope = summaries.filter(|known| read.in_scope(known.link.company));
    facts.summaries = in_scope.cloned().collect();
    let active: Vec<&ReadAlert> = read.alerts.iter().filter(|one| one.alert.active).collect();
    let catch_all = rules.catch_all_company;
    facts.lost_summaries = orphans::lost_summaries(read, &active, catch_all);
    facts.orphans = orphans::find_orphans(read, &active, catch_all);
    facts
}

/// One alert as a run would sort it; one that a run would skip is there with its ticket, if it has
/// one.
pub(crate) fn sort_one(read: &ReadAccount, rules: &Tickets) -> SortedAlert {
    let sorter = Sorter::new(read, rules);
    let mut facts = AccountFacts::new(read.account.clone(), read.console.clone());
    let mut cases = sorter.sort_alerts(&mut facts.clone());
    let (mut reason, mut unplaced) = (None, None);
    for one in &read.alerts {
        match sorter.place_alert(one) {
            Ok(_) | Err(Skipped::OutOfScope) => {}
            Err(Skipped::Unplaced(why)) => unplaced = Some(why),
            Err(Skipped::Known(known)) => {
                reason = Some(NoTicketReason::Known);
                cases.extend(sorter.skipped_case(one, Some(known)));
            }
            Err(Skipped::NoTicket(why)) => {
                reason = Some(why);
                cases.extend(sorter.skipped_case(one, None));
            }
        }
    }
    let stands_in = |known: &&KnownTicket| {
        known.link.kind == TicketKind::Summary
            && cases.iter().any(|case| case.summary == Some(known.id))
    };
    facts.summaries = read.live.iter().filter(stands_in).cloned().collect();
    facts.active_by_ticket = active_by_ticket(&read.live, &cases);
    facts.cases = cases;
    SortedAlert {
        facts,
        reason,
        unplaced,
    }
}

/// Everything that one alert is sorted by.
#[derive(Debug)]
struct Sorter<'a> {
    read: &'a ReadAccount,
    rules: &'a Tickets,
    by_alert: BTreeMap<&'a AlertId, &'a KnownTicket>,
    by_key: BTreeMap<&'a str, &'a KnownTicket>,
    in_summary: BTreeMap<&'a str, &'a KnownTicket>,
    closed: BTreeMap<&'a str, &'a KnownTicket>,
    /// For alerts whose key changed since.
    closed_alerts: BTreeMap<&'a AlertId, &'a KnownTicket>,
    held: BTreeMap<&'a AlertId, &'a AlertHold>,
    /// What each ticket knows of each alert; one may stand for thousands.
    members: BTreeMap<(TicketLinkId, &'a AlertId), &'a TicketAlert>,
}

impl<'a> Sorter<'a> {
    fn new(read: &'a ReadAccount, rules: &'a Tickets) -> Self {
        let all = read.live.iter().chain(&read.closed);
        let members = all.flat_map(|known| {
            let alerts = known.link.alerts.iter();
            alerts.map(move |alert| ((known.id, &alert.id), alert))
        });
        let mut sorter = Self {
            read,
            rules,
            members: members.collect(),
            by_alert: BTreeMap::new(),
            by_key: BTreeMap::new(),
            in_summary: BTreeMap::new(),
            closed: BTreeMap::new(),
            closed_alerts: BTreeMap::new(),
            held: read.held.iter().map(|held| (&held.alert, held)).collect(),
        };
        for known in &read.live {
            for alert in &known.link.alerts {
                sorter.by_alert.insert(&alert.id, known);
            }
            match known.link.kind {
                TicketKind::Alert => {
                    sorter.by_key.insert(&known.link.alert_key, known);
                }
                TicketKind::Summary => {
                    let keys = known.link.alerts.iter().map(|alert| alert.key.as_str());
                    sorter.in_summary.extend(keys.map(|key| (key, known)));
                }
            }
        }
        let mut closed: Vec<&KnownTicket> = (read.closed.iter())
            .filter(|one| one.link.kind == TicketKind::Alert)
            .collect();
        // The one that was closed last has the last word.
        closed.sort_by_key(|known| (known.link.closed_at, known.id));
        for known in closed {
            sorter.closed.insert(&known.link.alert_key, known);
            let ids = known.link.alerts.iter().map(|alert| &alert.id);
            sorter.closed_alerts.extend(ids.map(|id| (id, known)));
        }
        sorter
    }

    /// The cases of all alerts that were read; what is in none is counted or held in the facts.
    fn sort_alerts(&self, facts: &mut AccountFacts) -> Vec<Case> {
        let mut cases = Cases::new();
        for one in &self.read.alerts {
            match self.place_alert(one) {
                Ok(placed) => {
                    let mut alert = one.alert.clone();
                    let company = placed.destination.company;
                    alert.ignored = find_ignored(self.rules, &alert, company).is_some();
                    placed.case_in(&mut cases).alerts.push(alert);
                }
                // It waits no more.
                Err(Skipped::NoTicket(_)) if self.held.contains_key(&one.alert.id) => {
                    facts.skipped.push(one.alert.id.clone());
                }
                Err(Skipped::NoTicket(NoTicketReason::Stale(_))) => {
                    let found = one.find_destination(self.rules.catch_all_company);
                    let customer = found.map(|found| found.customer).unwrap_or_default();
                    *facts.too_old.entry(customer).or_default() += 1;
                }
                Err(Skipped::Unplaced(unplaced)) => self.skip_unplaced(facts, unplaced, one),
                Err(_) => {}
            }
        }
        let vanished: BTreeSet<&AlertId> = self.read.vanished.iter().collect();
        for known in &self.read.live {
            self.add_silent(&vanished, known, &mut cases);
        }
        let mut held: BTreeMap<&str, Vec<&AlertHold>> = BTreeMap::new();
        for one in &self.read.held {
            held.entry(&one.key).or_default().push(one);
        }
        for case in cases.values_mut() {
            let held = held.get(case.key.as_str()).into_iter().flatten();
            case.held = held
                .map(|one| (one.alert.clone(), (*one).clone()))
                .collect();
        }
        cases.into_values().collect()
    }

    /// The live ticket of an alert: of its id, or of its key.
    fn live_ticket(&self, alert: &AlertId, key: &str) -> Option<&'a KnownTicket> {
        self.by_alert
            .get(alert)
            .or_else(|| self.by_key.get(key))
            .or_else(|| self.in_summary.get(key))
            .copied()
    }

    /// Whether the ticket stands for the alert, which has not ended as far as the ticket knows.
    fn stands_for(&self, known: &KnownTicket, alert: &AlertId) -> bool {
        let member = self.members.get(&(known.id, alert));
        member.is_some_and(|one| one.active)
    }

    /// Whether the ticket knows this very version of the alert, and tells it.
    fn is_known(&self, known: &KnownTicket, alert: &Alert) -> bool {
        self.members.get(&(known.id, &alert.id)).is_some_and(|one| {
            one.updated_at == alert.updated
                && one.active == alert.active
                && (one.reported || !one.active)
        })
    }

    /// The case of an alert, or why there is none.
    fn place_alert(&self, one: &ReadAlert) -> Result<Placed<'a>, Skipped<'a>> {
        let (key, alert) = (&one.key, &one.alert);
        let live = self.live_ticket(&alert.id, key);
        let closed = (self.closed.get(key.as_str()))
            .or_else(|| self.closed_alerts.get(&alert.id))
            .copied();
        let held = self.held.contains_key(&alert.id);
        if let Some(known) = live
            .or(closed)
            .filter(|known| self.is_known(known, alert) && !held)
            // One that is not there any more is looked at, however quiet its alert is.
            .filter(|known| known.link.closed_at.is_some() || !self.read.is_away(known.link.ticket))
        {
            return Err(Skipped::Known(known));
        }
        let destination = match (live, one.find_destination(self.rules.catch_all_company)) {
            // The ticket is where it is, whatever became of the mapping.
            (Some(known), found) => destination_of_ticket(known, found.ok()),
            (None, Ok(found)) => found,
            (None, Err(unplaced)) => return Err(Skipped::Unplaced(unplaced)),
        };
        if self.read.off.contains(&destination.company) {
            return Err(Skipped::NoTicket(NoTicketReason::SwitchedOff));
        }
        if !self.read.in_scope(destination.company) {
            return Err(Skipped::OutOfScope);
        }
        let stands = || live.is_some_and(|known| self.stands_for(known, &alert.id));
        let reason = find_ignored(self.rules, alert, destination.company)
            .filter(|_| !stands())
            .or_else(|| {
                // One that has had a ticket is not old, whatever its age.
                let new = live.is_none() && closed.is_none() && !held;
                new.then(|| self.find_stale(key, alert, &destination))?
            });
        if let Some(reason) = reason {
            return Err(Skipped::NoTicket(reason));
        }
        let summary = live.filter(|known| known.link.kind == TicketKind::Summary);
        let known = live.or(closed).filter(|_| summary.is_none());
        Ok(Placed {
            // An alert whose key changed (its type's context did) stays with its ticket.
            key: known.map_or(key, |known| &known.link.alert_key).clone(),
            destination,
            known,
            summary: summary.map(|known| known.id),
        })
    }

    /// An alert that has no live ticket and gets none: active since before the first run looked
    /// back, and without a ticket, or a summary of its company, from before that.
    fn find_stale(
        &self,
        key: &str,
        alert: &Alert,
        destination: &Destination,
    ) -> Option<NoTicketReason> {
        let first = self.first_run_of(destination.tenant.as_ref())?;
        let has = |key: &str| orphans::is_untracked(self.read, key);
        let stale = is_stale(first, alert)
            && !has(key)
            && !has(&ticket_key::summary_key(destination.company.0));
        stale.then_some(NoTicketReason::Stale(first.horizon))
    }

    /// The first run that a customer's alerts are measured by: the account's own, or, for one that
    /// was mapped later, that of its mapping.
    fn first_run_of(&self, tenant: Option<&TenantId>) -> Option<FirstRun> {
        let first = self.read.first_run?;
        let mapped = tenant.and_then(|tenant| self.read.mapped_at.get(tenant));
        let later = mapped.filter(|at| **at > first.at);
        let mut own = later.map_or(first, |at| {
            FirstRun::looking_back(*at, self.rules.first_run_days)
        });
        if let Some(since) = self.read.since {
            own.horizon = own.horizon.min(since);
        }
        Some(own)
    }

    /// An alert without a place is counted, or held until its place is known.
    fn skip_unplaced(&self, facts: &mut AccountFacts, unplaced: Unplaced, one: &ReadAlert) {
        let alert = &one.alert;
        match unplaced {
            Unplaced::Unresolved(tenant) if alert.active => {
                let held = self.held.get(&alert.id);
                facts.unresolved.entry(tenant).or_default().push(AlertHold {
                    key: one.key.clone(),
                    why: HoldReason::Unresolved,
                    occurrences: held.map_or(1, |held| held.occurrences),
                    updated_at: alert.updated,
                    active_since: held
                        .and_then(|held| held.active_since)
                        .or(alert.changed_at()),
                    alert: alert.id.clone(),
                    detail: String::new(),
                });
            }
            Unplaced::Unmapped(unmapped) if alert.active => {
                *facts.unmapped.entry(unmapped.id).or_default() += 1;
                facts.skipped.push(alert.id.clone());
            }
            Unplaced::Unresolved(_) | Unplaced::Unmapped(_) => {
                facts.skipped.push(alert.id.clone());
            }
        }
    }

    /// Tickets whose alerts were not read: those of vanished alerts, and, when everything is
    /// compared, those that only wait to be closed.
    fn add_silent(&self, vanished: &BTreeSet<&AlertId>, known: &'a KnownTicket, cases: &mut Cases) {
        let link = &known.link;
        if !self.read.in_scope(link.company) {
            return;
        }
        let summary = (link.kind == TicketKind::Summary).then_some(known.id);
        let mut gone: BTreeMap<&str, Vec<TicketAlert>> = BTreeMap::new();
        for alert in &link.alerts {
            if alert.active && vanished.contains(&alert.id) {
                let key = summary.map_or(&link.alert_key, |_| &alert.key);
                gone.entry(key).or_default().push(alert.clone());
            }
        }
        let over = link.alerts.iter().all(|alert| !alert.active);
        if self.read.reconciled && over && summary.is_none() {
            gone.entry(&link.alert_key).or_default();
        }
        for (key, alerts) in gone {
            let placed = Placed {
                key: key.to_owned(),
                destination: destination_of_ticket(known, None),
                known: summary.is_none().then_some(known),
                summary,
            };
            placed.case_in(cases).vanished.extend(alerts);
        }
    }

    /// An alert that a run would skip, with its ticket if it has one.
    fn skipped_case(&self, one: &ReadAlert, known: Option<&KnownTicket>) -> Option<Case> {
        let found = one.find_destination(self.rules.catch_all_company).ok();
        let destination = found.or_else(|| Some(destination_of_ticket(known?, None)))?;
        let mut alert = one.alert.clone();
        alert.ignored = find_ignored(self.rules, &alert, destination.company).is_some();
        Some(Case {
            alerts: vec![alert],
            known: known.cloned(),
            ..Case::new(one.key.clone(), destination)
        })
    }
}

/// All cases, by the summary that they stand in and by key.
type Cases = BTreeMap<(Option<TicketLinkId>, String), Case>;

/// The case that an alert belongs to.
#[derive(Debug)]
struct Placed<'a> {
    key: String,
    destination: Destination,
    known: Option<&'a KnownTicket>,
    summary: Option<TicketLinkId>,
}

impl Placed<'_> {
    fn case_in(self, cases: &mut Cases) -> &mut Case {
        let whose = (self.summary, self.key.clone());
        cases.entry(whose).or_insert_with(|| Case {
            known: self.known.cloned(),
            summary: self.summary,
            ..Case::new(self.key, self.destination)
        })
    }
}

/// Where a ticket is, whatever became of the mapping; without a customer's name where the tenant is
/// not mapped any more: then the company's stands for it.
fn destination_of_ticket(known: &KnownTicket, found: Option<Destination>) -> Destination {
    let link = &known.link;
    Destination {
        company: link.company,
        tenant: link.tenant.clone(),
        customer: found.map(|found| found.customer).unwrap_or_default(),
    }
}

/// How many tickets there are; several keys may share one.
fn count_tickets(live: &[KnownTicket]) -> usize {
    let tickets: BTreeSet<TicketId> = live.iter().map(|known| known.link.ticket).collect();
    tickets.len()
}

/// Live tickets with active alerts at the companies where alerts ended.
fn others_at_closing(read: &ReadAccount, cases: &[Case]) -> Vec<KnownTicket> {
    let may_close = |case: &&Case| {
        let is_tracked = case.known.is_some() || case.summary.is_some();
        let has_ended = case.alerts.iter().any(|alert| !alert.active);
        is_tracked && (has_ended || case.alerts.is_empty())
    };
    let closing = cases.iter().filter(may_close);
    let companies: BTreeSet<CompanyId> = closing.map(|case| case.destination.company).collect();
    let live = read.live.iter().filter(|known| {
        companies.contains(&known.link.company)
            && read.in_scope(known.link.company)
            && known.link.alerts.iter().any(|alert| alert.active)
    });
    live.cloned().collect()
}

/// Keys with active alerts under each ticket.
fn active_by_ticket(live: &[KnownTicket], cases: &[Case]) -> BTreeMap<TicketId, BTreeSet<String>> {
    let mut ended: BTreeSet<&AlertId> = BTreeSet::new();
    for case in cases {
        let over = case.alerts.iter().filter(|alert| !alert.active);
        ended.extend(over.map(|alert| &alert.id));
        ended.extend(case.vanished.iter().map(|alert| &alert.id));
    }
    let mut keys: BTreeMap<TicketId, BTreeSet<String>> = BTreeMap::new();
    for known in live {
        let alive = |alert: &TicketAlert| alert.active && !ended.contains(&alert.id);
        if known.link.alerts.iter().any(alive) {
            let key = known.link.alert_key.clone();
            keys.entry(known.link.ticket).or_default().insert(key);
        }
    }
    keys
}

#[cfg(test)]
mod tests;
