//! What is written to a ticket that is there: what its note says, and whether its priority rises.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::action::{ChangeKind, ListChange, Note as TicketNote};
use super::context::{AccountContext, rule_fields};
use super::facts::{Desk, Ticket};
use super::group::Group;
use super::text::{self, notes};
use super::transition::Transition;
use crate::domain::ids::AlertId;
use crate::domain::tickets::{TicketAlert, TicketLink, TicketLinkId};

/// What is written to a ticket that is there.
#[derive(Debug)]
pub(super) struct TicketWrite<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) transition: Transition,
    pub(super) id: Option<TicketLinkId>,
    /// What is remembered of it afterwards.
    pub(super) after: TicketLink,
    /// Only a storm's ticket is described anew.
    pub(super) description: Option<String>,
    /// Alerts that the ticket tells nothing of yet.
    pub(super) news: BTreeSet<AlertId>,
    /// One of them is graver than the ticket tells.
    pub(super) rose: bool,
    /// What was remembered of it before.
    pub(super) before: &'a TicketLink,
}

/// What a rise in severity means for the priority of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RaisedPriority {
    /// That of the rule that applies now is no more urgent.
    Stays,
    /// It stands there already.
    Known(i64),
    /// It is not the one that was written last, so a person set it.
    Left(i64),
    Raised(ListChange),
}

impl RaisedPriority {
    /// The priority that is acrotask's own from now on.
    pub(super) fn written(&self) -> Option<i64> {
        match self {
            Self::Known(priority) => Some(*priority),
            Self::Raised(change) => Some(change.after.0),
            Self::Stays | Self::Left(_) => None,
        }
    }

    pub(super) fn into_change(self) -> Option<ListChange> {
        match self {
            Self::Raised(change) => Some(change),
            Self::Stays | Self::Known(_) | Self::Left(_) => None,
        }
    }
}

impl TicketWrite<'_> {
    pub(super) fn change_kind(&self, group: &Group<'_>) -> ChangeKind {
        if self.transition == Transition::Close {
            ChangeKind::Close
        } else if self.transition == Transition::Reopen {
            ChangeKind::Reopen
        } else if group.is_storm() {
            ChangeKind::UpdateSummary
        } else {
            ChangeKind::Note
        }
    }

    /// The priority of the rule that applies now, where that is more urgent and no person set another.
    pub(super) fn raise_priority(
        &self,
        ctx: AccountContext<'_>,
        group: &Group<'_>,
    ) -> RaisedPriority {
        let desk = &ctx.facts.desk;
        // A person's own ticket, into which ours was merged, keeps its priority.
        let raises = self.rose && !desk.foreign.contains(&self.ticket.id);
        let Some(now) = self.ticket.priority.filter(|_| raises) else {
            return RaisedPriority::Stays;
        };
        let rule = rule_fields(ctx.rules.tickets, group.gravest(), group.company).0;
        let wanted = desk.rule_ids(rule).priority;
        if wanted == now {
            RaisedPriority::Known(now)
        } else if !desk.is_more_urgent(wanted, now) {
            RaisedPriority::Stays
        } else if self.before.priority != Some(now) {
            RaisedPriority::Left(now)
        } else {
            RaisedPriority::Raised(desk.list_change("priority", now, wanted))
        }
    }

    /// What is new about the alerts of a key, and then what holds for all of them.
    pub(super) fn change_note(
        &self,
        ctx: AccountContext<'_>,
        group: &Group<'_>,
        raised: &RaisedPriority,
    ) -> (TicketNote, BTreeSet<AlertId>) {
        let (link, zone) = (&self.after, ctx.rules.tickets.time_zone());
        let reopens = self.transition == Transition::Reopen;
        let active: Vec<&TicketAlert> = link.alerts.iter().filter(|one| one.active).collect();
        let mut wanted = active.clone();
        wanted.retain(|one| reopens || self.news.contains(&one.id));
        let gravest = |one: &TicketAlert| one.says.as_ref().and_then(|says| says.severity_rank());
        wanted.sort_by_key(|one| std::cmp::Reverse((gravest(one), one.updated_at, &one.id)));
        let told = notes::tell_alerts(&wanted, &active, zone);
        let mut lines = text::TextLines::default();
        lines.add_text(&told.text);
        lines.add_blank();
        if wanted.len() > told.alerts.len() {
            let more = wanted.len() - told.alerts.len();
            lines.add_line(
                "Not told here",
                &format!("{more} more alerts, for which there is no room"),
            );
        }
        self.add_what_holds(ctx, &mut lines, raised);
        let last = wanted.iter().map(|one| one.updated_at).max();
        let last = last.filter(|at| *at != Timestamp::UNIX_EPOCH);
        let last = text::format_time(last.unwrap_or(ctx.now()), zone);
        lines.add_line("Last raised", &last);
        let case = group.cases.first();
        let customer = case.map(|case| case.destination.customer.clone());
        // A tenant that is not mapped any more goes by its ticket's company.
        let customer = customer.filter(|name| !name.is_empty());
        let customer = customer.unwrap_or_else(|| ctx.facts.desk.company_ref(group.company).name);
        let way = text::where_to_click(&ctx.account.console, &customer);
        lines.add_line("Console", &way);
        let note = TicketNote {
            title: self.name_note(&wanted),
            text: lines.0,
        };
        (note, told.alerts)
    }

    /// What ended, how many alerts are left, and how priority and count moved.
    fn add_what_holds(
        &self,
        ctx: AccountContext<'_>,
        lines: &mut text::TextLines,
        raised: &RaisedPriority,
    ) {
        let (link, before) = (&self.after, self.before);
        // A ticket that opens again said so when it was closed.
        let reopens = self.transition == Transition::Reopen;
        let ended = link.alerts.iter().filter(|one| !one.active && !reopens);
        for one in ended.filter(|one| one.updated_at > before.written_at) {
            lines.add_line("No longer active", &one.label);
        }
        let active = link.alerts.iter().filter(|one| one.active).count();
        if active > 1 {
            lines.add_line("Active under this ticket", &format!("{active} alerts"));
        }
        lines.add_text(&self.priority_in_words(&ctx.facts.desk, raised));
        let told = before
            .alerts
            .iter()
            .filter_map(TicketAlert::reported_saying);
        let told = told.map(|says| says.times).max().unwrap_or_default();
        let times = match (told, link.occurrences) {
            (before, now) if before > 0 && before != now => format!("{before} → {now}"),
            (_, now) => now.to_string(),
        };
        lines.add_line("Times", &times);
    }

    /// What became of the priority, as a line; empty where nothing did.
    pub(super) fn priority_in_words(&self, desk: &Desk, raised: &RaisedPriority) -> String {
        let mut lines = text::TextLines::default();
        lines.add_line("Priority", &tell_priority(desk, raised));
        lines.0
    }

    fn name_note(&self, told: &[&TicketAlert]) -> String {
        if self.transition == Transition::Reopen {
            return "The alert was raised again".to_owned();
        }
        // The gravest stands first.
        let severity = told
            .first()
            .and_then(|one| Some(&one.says.as_ref()?.severity));
        if let Some(severity) = severity.filter(|_| self.rose) {
            return format!("The severity rose to {severity}");
        }
        let known = |one: &&TicketAlert| {
            let mut before = self.before.alerts.iter();
            before.any(|known| known.id == one.id && (known.reported || known.said.is_some()))
        };
        if told.is_empty() || told.iter().any(known) {
            "The alert changed".to_owned()
        } else {
            "Another alert of the same problem".to_owned()
        }
    }
}

fn tell_priority(desk: &Desk, raised: &RaisedPriority) -> String {
    match raised {
        RaisedPriority::Stays | RaisedPriority::Known(_) => String::new(),
        RaisedPriority::Left(now) => {
            let now = desk.list_label("priority", *now);
            format!("stays {now}, which is not what acrotask set last")
        }
        RaisedPriority::Raised(change) => {
            format!("{} → {}", change.before.1, change.after.1)
        }
    }
}
