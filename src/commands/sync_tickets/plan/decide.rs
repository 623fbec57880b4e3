//! What becomes of a group of alerts and its ticket: looked up, compared with what the ticket knows,
//! and decided by the table of [`transition`](super::transition). The same for a key and for a storm.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::ticket_key;
use super::action::Action;
use super::changes;
use super::context::AccountContext;
use super::facts::{AccountFacts, Case, Desk, Ticket};
use super::group::{Group, WantedTicket};
use super::lookup::{self, Basis};
use super::text::summary;
use super::ticket_write::TicketWrite;
use super::transition::{Policy, TicketState, Transition, decide_transition};
use super::{alerts, remarks, suppress};
use crate::config::{Reopen, Tickets};
use crate::domain::ids::{AccountName, AlertId, TicketId};
use crate::domain::tickets::{
    AlertHold, HoldReason, KnownTicket, MERGED_INTO, PendingNoteId, TicketAlert, TicketKind,
    TicketLink, TicketLinkId,
};
use crate::plan::Remark;

/// What one account's run leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) account: AccountName,
    pub(crate) remember: Vec<(Option<TicketLinkId>, TicketLink)>,
    pub(crate) hold: Vec<AlertHold>,
    /// Every alert that was looked at.
    pub(crate) looked_at: Vec<AlertId>,
    /// Notes that are not to be written any more.
    pub(crate) needless_notes: Vec<PendingNoteId>,
}

/// What comes of the groups of an account.
#[derive(Debug)]
pub(super) struct AccountOutcome<'a> {
    pub(super) account: &'a AccountFacts,
    pub(super) actions: Vec<Action>,
    pub(super) remarks: Vec<Remark>,
    pub(super) settled: Settled,
    /// Tickets to be made or opened again, unless they are too many.
    pub(super) wanted: Vec<WantedTicket<'a>>,
    /// Cases that stand in a live summary.
    pub(super) members: Vec<(TicketLinkId, &'a Case)>,
    /// Tickets that are closed for one of their keys: the others of the same ticket end with it.
    closing: BTreeSet<TicketId>,
}

/// What becomes of a ticket, and what is remembered of it if nothing else is.
#[derive(Debug)]
struct Decision {
    transition: Transition,
    after: TicketLink,
    /// Alerts that it did not know, or knew as ended.
    joined: BTreeSet<AlertId>,
    /// One of its alerts is graver than it tells.
    rose: bool,
}

/// What the description of a storm's ticket says now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DescriptionOwner {
    /// What it is to say.
    UpToDate,
    /// What it said before, in our words.
    Ours,
    /// Somebody else's words, which are never written over. So are those that cannot be read.
    Person,
}

/// Decides about every key of an account.
pub(super) fn decide_keys(ctx: AccountContext<'_>) -> AccountOutcome<'_> {
    let mut outcome = AccountOutcome::new(ctx.account);
    for case in &ctx.account.cases {
        let vanished = case.vanished.iter().map(|alert| &alert.id);
        let ids = case.alerts.iter().map(|alert| &alert.id).chain(vanished);
        outcome.settled.looked_at.extend(ids.cloned());
        match case.summary {
            Some(summary) => outcome.members.push((summary, case)),
            None => outcome.decide_group(ctx, Group::of_key(case), &BTreeSet::new()),
        }
    }
    outcome
}

impl<'a> AccountOutcome<'a> {
    /// As if no key were looked at.
    fn new(account: &'a AccountFacts) -> Self {
        let unresolved = account.unresolved.values().flatten();
        let settled = Settled {
            account: account.account.clone(),
            remember: Vec::new(),
            hold: unresolved.cloned().collect(),
            looked_at: account.skipped.clone(),
            needless_notes: Vec::new(),
        };
        Self {
            account,
            actions: Vec::new(),
            remarks: Vec::new(),
            settled,
            wanted: Vec::new(),
            members: Vec::new(),
            closing: BTreeSet::new(),
        }
    }

    /// Decides about one group. Alerts that are `dismissed` in this run are none of a storm's.
    pub(super) fn decide_group(
        &mut self,
        ctx: AccountContext<'a>,
        group: Group<'a>,
        dismissed: &BTreeSet<AlertId>,
    ) {
        let (desk, account, tickets) = (&ctx.facts.desk, ctx.account, ctx.rules.tickets);
        let basis = lookup::find_basis(desk, account, tickets, &group, ctx.now());
        let customers = changes::has_many_customers(tickets, group.company);
        let merged = alerts::merge_group(&basis.link, &group, basis.is_new, customers);
        let policy = self.find_policy(ctx, &group, &basis);
        let is_dismissed = |alert: &TicketAlert| dismissed.contains(&alert.id);
        // A ticket whose alerts are let go stands for no new storm.
        let transition = if !group.joining.is_empty() && basis.link.alerts.iter().any(is_dismissed)
        {
            Transition::Create
        } else {
            decide_transition(basis.ticket_state(), merged.delta, policy, ctx.now())
        };
        let mut after = TicketLink {
            alerts: merged.alerts.clone(),
            // A ticket that was found after its alert had ended knows of no raise.
            occurrences: (basis.link.occurrences + merged.raised).max(1),
            closed_at: None,
            ..basis.link.clone()
        };
        if matches!(transition, Transition::Create | Transition::Reopen) {
            let ignored = transition == Transition::Create && group.gravest().is_none();
            if ignored && !group.is_storm() {
                return;
            }
            if self.hold_back(desk, account, tickets, &group, ctx.now()) {
                let known = basis
                    .known
                    .filter(|_| group.is_storm() || transition == Transition::Reopen);
                if let Some(known) = known {
                    self.remember_ticket(&basis, alerts::ended_only(&known.link, &merged));
                }
                return;
            }
            if group.is_storm() {
                after.alerts.retain(|alert| !is_dismissed(alert));
            }
        }
        let decision = Decision {
            transition,
            after,
            joined: merged.joined,
            rose: merged.delta.rose,
        };
        self.carry_out(ctx, &group, &basis, decision);
    }

    /// What is written to the ticket, or remembered of it, now that it is decided what becomes of it.
    fn carry_out(
        &mut self,
        ctx: AccountContext<'a>,
        group: &Group<'a>,
        basis: &Basis<'a>,
        decision: Decision,
    ) {
        let Decision {
            transition,
            mut after,
            joined,
            rose,
        } = decision;
        let (desk, tickets) = (&ctx.facts.desk, ctx.rules.tickets);
        let text = group.is_storm().then(|| {
            changes::describe_storm(ctx.facts, ctx.account, tickets, group, &after.alerts)
        });
        let owner = text
            .as_ref()
            .map(|text| self.check_description(desk, group, basis, &mut after, text));
        let open = basis.ticket.filter(|ticket| !ticket.complete);
        let is_stale = owner == Some(DescriptionOwner::Ours)
            && (!group.cases.is_empty() || group.known.is_none());
        let writes = match transition {
            Transition::Close | Transition::Reopen | Transition::TellEnd => true,
            Transition::WriteNote => {
                group.is_storm() || rose || !has_recent_note(desk, &basis.link, ctx.now())
            }
            // A person at work on it is told as well which alerts of a storm are left.
            Transition::Remember | Transition::LeaveToPerson => is_stale && open.is_some(),
            Transition::End | Transition::Create | Transition::LeaveGone => false,
        };
        let news = if group.is_storm() {
            joined
        } else {
            alerts::unreported_alerts(&after.alerts)
        };
        // What an open ticket does not tell yet waits for its next note.
        if (writes || open.is_none()) && !is_told_by_note(group, transition) {
            alerts::mark_reported(&mut after.alerts);
        }
        self.leave_ticket(desk, group, basis.ticket, &mut after, transition);
        match (transition, basis.ticket) {
            (Transition::Create, _) => self.want_ticket(ctx, group, basis, after),
            (_, Some(ticket)) if writes => {
                let write = TicketWrite {
                    ticket,
                    transition,
                    id: basis.known.map(|known| known.id),
                    after,
                    description: text.filter(|_| owner != Some(DescriptionOwner::Person)),
                    news,
                    rose,
                    before: &basis.link,
                };
                self.write_ticket(ctx, group, basis, write);
            }
            (Transition::End, _) if basis.ticket_state() == TicketState::None => {
                self.count_ended(tickets, group, ctx.now());
            }
            _ => {
                if transition == Transition::End {
                    after.closed_at = self.end_ticket(tickets, group, basis, ctx.now());
                }
                self.remember_ticket(basis, after);
                let ended = group.taken_over().map(|old| (Some(old.id), old.link));
                self.settled.remember.extend(ended);
            }
        }
    }

    /// Whose words the description of a storm's ticket is; it is said when it is a person's.
    fn check_description(
        &mut self,
        desk: &Desk,
        group: &Group<'_>,
        basis: &Basis<'_>,
        after: &mut TicketLink,
        text: &str,
    ) -> DescriptionOwner {
        let owner = DescriptionOwner::of_ticket(desk, &basis.link, basis.ticket, text);
        if owner == DescriptionOwner::UpToDate {
            after.fingerprint = summary::description_fingerprint(text);
        }
        let open = basis.ticket.filter(|ticket| !ticket.complete);
        let is_left = owner == DescriptionOwner::Person && !group.cases.is_empty();
        if let Some(ticket) = open.filter(|_| is_left) {
            let company = desk.company_ref(group.company);
            let left = remarks::description_left(&after.account, company, ticket);
            self.remarks.push(left);
        }
        owner
    }

    /// Changes a ticket. One of a key that opens again is as much mail as a new one, and counts with
    /// those.
    fn write_ticket(
        &mut self,
        ctx: AccountContext<'a>,
        group: &Group<'a>,
        basis: &Basis<'a>,
        mut write: TicketWrite<'_>,
    ) {
        if write.transition == Transition::Close {
            self.closing.insert(write.ticket.id);
        }
        let reopens = write.transition == Transition::Reopen && !group.is_storm();
        let Some(case) = group.cases.first().filter(|_| reopens) else {
            self.actions.push(changes::change_ticket(ctx, group, write));
            return;
        };
        let mut link = write.after.clone();
        link.alerts.retain(|alert| alert.active);
        write.after.alerts = alerts::begin_new_round(&write.after.alerts);
        let action = changes::change_ticket(ctx, group, write);
        if group.gravest().is_none() {
            self.actions.push(action);
            return;
        }
        let own = basis.known;
        self.wanted.push(WantedTicket {
            case,
            link,
            replaces: own.map(|known| changes::end_replaced(known, ctx.now())),
            reopening: Some(Box::new(action)),
        });
    }

    /// When a ticket that is over was closed; none when it may not be over.
    fn end_ticket(
        &mut self,
        tickets: &Tickets,
        group: &Group<'_>,
        basis: &Basis<'_>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if group.is_storm() {
            return Some(now);
        }
        let mut held = group.cases.iter().flat_map(|case| case.held.values());
        // What came and went while it waited for its ticket to be opened again counts.
        if held.any(|held| !held.is_past_suppression()) {
            self.count_ended(tickets, group, now);
        }
        let completed = basis.ticket.and_then(|ticket| ticket.completed);
        let mut cases = group.cases.iter();
        // Alerts that are in no list for once may be back: then what a person did stands.
        let lost = cases.any(|case| case.alerts.is_empty() && !case.vanished.is_empty());
        let over = completed.or(Some(now)).filter(|_| !lost);
        basis.link.closed_at.or(over)
    }

    /// A ticket that a person removed, or took over, is left to them; it is said so, once of a ticket
    /// that is gone: from then on no status of it is remembered.
    fn leave_ticket(
        &mut self,
        desk: &Desk,
        group: &Group<'_>,
        ticket: Option<&Ticket>,
        after: &mut TicketLink,
        transition: Transition,
    ) {
        let company = desk.company_ref(after.company);
        match (transition, ticket, group.cases.first()) {
            (Transition::LeaveGone, _, case) if after.status.take().is_some() => {
                let gone = case.map(|case| remarks::ticket_gone(desk, company, case, after));
                self.remarks.extend(gone);
            }
            (Transition::LeaveToPerson, Some(ticket), _) => {
                let account = &after.account;
                self.remarks
                    .push(remarks::left_to_person(account, company, ticket));
            }
            _ => {}
        }
    }

    /// A new ticket: that of a storm is made, that of a key unless there are too many.
    fn want_ticket(
        &mut self,
        ctx: AccountContext<'a>,
        group: &Group<'a>,
        basis: &Basis<'a>,
        mut after: TicketLink,
    ) {
        let name = &ctx.account.account;
        // The id of a ticket that is not there any more is free again.
        let generation = ticket_key::generation_of(&basis.link.external_id);
        let generation = generation.saturating_add(u32::from(basis.ticket.is_some()));
        let external_id = ticket_key::external_id(name, &group.key, generation);
        if group.is_storm() || basis.ticket_state() != TicketState::None {
            after.alerts.retain(|alert| alert.active);
        }
        let own = basis
            .known
            .map(|known| changes::end_replaced(known, ctx.now()));
        let case = group.cases.first().filter(|_| !group.is_storm());
        let Some(case) = case else {
            let link = TicketLink {
                external_id,
                occurrences: 1,
                ..after
            };
            let replaces = own.into_iter().chain(group.taken_over()).collect();
            return self.create_ticket(ctx, group, link, replaces);
        };
        let (desk, tickets) = (&ctx.facts.desk, ctx.rules.tickets);
        let ids = lookup::field_ids(desk, tickets, group);
        let new = lookup::new_link(name, group, &ids, external_id, ctx.now());
        self.wanted.push(WantedTicket {
            case,
            link: TicketLink {
                occurrences: suppress::count_occurrences(case),
                alerts: after.alerts,
                ..new
            },
            replaces: own,
            reopening: None,
        });
    }

    /// Makes a ticket; its alerts are held when its texts cannot be made.
    pub(super) fn create_ticket(
        &mut self,
        ctx: AccountContext<'_>,
        group: &Group<'_>,
        link: TicketLink,
        replaces: Vec<KnownTicket>,
    ) {
        match changes::create_ticket(ctx, group, link, replaces) {
            Ok(action) => self.actions.push(action),
            Err(remark) => {
                self.remarks.push(*remark);
                let detail = "a template could not be filled";
                self.hold_blocked(group, detail, ctx.now());
            }
        }
    }

    fn remember_ticket(&mut self, basis: &Basis<'_>, after: TicketLink) {
        if basis.known.is_none_or(|known| known.link != after) {
            let id = basis.known.map(|known| known.id);
            self.settled.remember.push((id, after));
        }
    }

    /// Alerts that ended before they had a ticket: where damping counts, how often they came.
    fn count_ended(&mut self, tickets: &Tickets, group: &Group<'_>, now: Timestamp) {
        if tickets.damping.occurrences.is_some() {
            self.hold_group(group, HoldReason::Damped, true, now);
        }
    }

    fn hold_group(&mut self, group: &Group<'_>, why: HoldReason, counting: bool, now: Timestamp) {
        let cases = group.cases.iter();
        let holds = cases.flat_map(|case| suppress::hold_alerts(case, why, counting, now));
        self.settled.hold.extend(holds);
    }

    /// Whether a ticket has to wait: for a window, for damping, or for a company that takes tickets.
    /// What waited for its company goes on doing so in a window, and is not told as settled. What
    /// joins a storm was looked at one by one.
    fn hold_back(
        &mut self,
        desk: &Desk,
        account: &AccountFacts,
        tickets: &Tickets,
        group: &Group<'_>,
        now: Timestamp,
    ) -> bool {
        // They join the company's open summary, or stand in it already.
        let joins = lookup::has_found_summary(desk, account, group.company);
        let blocked = remarks::company_blocked(desk, &account.account, group);
        let mut held = group.cases.iter().flat_map(|case| case.held.values());
        let stays_blocked = held.any(AlertHold::is_past_suppression) && blocked.is_some();
        let suppressed = match group.kind {
            TicketKind::Summary if group.known.is_none() => return false,
            TicketKind::Alert if !joins && !stays_blocked => {
                let mut cases = group.cases.iter();
                cases.find_map(|case| suppress::find_reason(tickets, case, now))
            }
            TicketKind::Alert | TicketKind::Summary => None,
        };
        if let Some(why) = suppressed {
            let counting = tickets.damping.occurrences.is_some();
            self.hold_group(group, why, counting, now);
        } else if let Some(blocked) = blocked {
            self.remarks.push(blocked);
            self.hold_blocked(group, "the company is inactive or not visible", now);
        } else {
            return false;
        }
        true
    }

    /// Holds the alerts of a group until a person does something about what is said of them.
    fn hold_blocked(&mut self, group: &Group<'_>, detail: &str, now: Timestamp) {
        let cases = group.cases.iter();
        let holds =
            cases.flat_map(|case| suppress::hold_alerts(case, HoldReason::Blocked, false, now));
        self.settled.hold.extend(holds.map(|hold| AlertHold {
            detail: detail.to_owned(),
            ..hold
        }));
    }

    fn find_policy(&self, ctx: AccountContext<'_>, group: &Group<'_>, basis: &Basis<'_>) -> Policy {
        let (desk, account, tickets) = (&ctx.facts.desk, ctx.account, ctx.rules.tickets);
        let link = &basis.link;
        // A tenant that was mapped elsewhere since gets a ticket of its own there.
        let moved = link.company != group.company;
        // Autotask may have answered a create with the id of an older ticket.
        let keys = account.active_by_ticket.get(&link.ticket);
        let others = keys.is_some_and(|keys| keys.iter().any(|key| *key != link.alert_key));
        let by_person = |ticket| lookup::is_changed_by_person(link, ticket);
        let is_merged = link.fingerprint == MERGED_INTO;
        let foreign = is_merged && desk.foreign.contains(&link.ticket);
        let never = moved || foreign;
        Policy {
            reopen: if never { Reopen::Never } else { tickets.reopen },
            locked: group.cases.iter().any(|case| case.is_locked()),
            auto_close: tickets.auto_close.enabled,
            force: tickets.auto_close.force,
            by_person: basis.ticket.is_some_and(by_person),
            shared: (is_merged || !group.is_storm())
                && (others || self.closing.contains(&link.ticket)),
            foreign,
            merged_away: desk.lost_merges.contains_key(&link.ticket),
        }
    }
}

/// Whether the note itself says which of the alerts it tells.
fn is_told_by_note(group: &Group<'_>, transition: Transition) -> bool {
    let tells = matches!(transition, Transition::WriteNote | Transition::Reopen);
    tells && !group.is_storm()
}

/// Whether the ticket was written to so lately that another note has to wait. Its creation does not
/// count: what comes after it is news. Nor does a write that may not have been carried out: what it
/// was to say is still missing.
fn has_recent_note(desk: &Desk, link: &TicketLink, now: Timestamp) -> bool {
    !desk.unconfirmed_writes.contains_key(&link.ticket) && suppress::within_note_interval(link, now)
}

impl DescriptionOwner {
    pub(super) fn of_ticket(
        desk: &Desk,
        link: &TicketLink,
        ticket: Option<&Ticket>,
        text: &str,
    ) -> Self {
        let now = ticket.and_then(|ticket| {
            let now = desk.descriptions.get(&ticket.id)?;
            // A run whose answer was lost may have written it, or made the ticket.
            let unsure = desk.unconfirmed_writes.contains_key(&ticket.id);
            Some((now, unsure || link.fingerprint.is_empty()))
        });
        match now {
            Some((now, _))
                if summary::description_fingerprint(now)
                    == summary::description_fingerprint(text) =>
            {
                Self::UpToDate
            }
            Some((now, _)) if summary::description_fingerprint(now) == link.fingerprint => {
                Self::Ours
            }
            Some((now, true)) if summary::reads_like_ours(now) => Self::Ours,
            Some(_) | None => Self::Person,
        }
    }
}
