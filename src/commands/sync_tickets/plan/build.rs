//! Actions from decisions: titles, texts, fields, and what is remembered afterwards.

use jiff::{SignedDuration, Timestamp};

use super::action::{About, Action, Creation, Dealt, Replaced};
use super::content::{self, Telling};
use super::facts::{AccountFacts, Alert, Case, Facts, KnownTicket, Ticket};
use super::merge::Merged;
use super::spot::{self, Spot};
use super::{Rules, key, suppress};
use crate::config::TicketFields;
use crate::domain::digest;
use crate::domain::ids::{CompanyId, ResourceId, TicketId};
use crate::domain::tickets::{TicketAlert, TicketFieldIds, TicketKind, TicketLink};
use crate::plan::{Note, Party};

/// Where the planner stands while it looks at one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ctx<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) account: &'a AccountFacts,
    pub(crate) rules: Rules<'a>,
}

/// A ticket that is wanted, unless too many are: then its alerts go into a summary.
#[derive(Clone, Debug)]
pub(super) struct Want<'a> {
    pub(super) case: &'a Case,
    pub(super) speaker: &'a Alert,
    pub(super) alerts: Vec<TicketAlert>,
    pub(super) times: i64,
    pub(super) generation: u32,
    pub(super) replaces: Option<Replaced>,
    /// The ticket is not to be made but opened again: how.
    pub(super) reopening: Option<Box<Action>>,
}

impl<'a> Ctx<'a> {
    pub(crate) fn party(&self, company: CompanyId) -> Party {
        let known = self.facts.desk.companies.get(&company);
        Party::new(company, known.map_or("", |company| company.name.as_str()))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.facts.now
    }

    pub(crate) fn ticket(&self, id: TicketId) -> Option<&'a Ticket> {
        self.facts.desk.tickets.get(&id)
    }

    /// The rule's fields as words and as ids, with the rule's position.
    pub(crate) fn fields(&self, alert: &Alert, company: CompanyId) -> (usize, TicketFields) {
        let tickets = self.rules.tickets;
        let rule = tickets.rule_for(alert.traits(company));
        (
            rule.map_or(0, |rule| rule.position),
            tickets.fields_of(rule),
        )
    }

    pub(crate) fn ids(&self, rule: usize) -> TicketFieldIds {
        let lists = &self.facts.desk.lists;
        let ids = lists.by_rule.get(&rule).or_else(|| lists.by_rule.get(&0));
        ids.cloned().unwrap_or_default()
    }

    pub(super) fn label(&self, list: &'static str, id: i64) -> String {
        let labels = &self.facts.desk.lists.labels;
        labels
            .get(&(list, id))
            .cloned()
            .unwrap_or_else(|| id.to_string())
    }

    pub(crate) fn spot(&self, case: &Case, alert: Option<&Alert>) -> Spot {
        let desk = &self.facts.desk;
        spot::of(
            desk,
            &self.account.account,
            &case.destination,
            alert,
            self.facts.today,
        )
    }

    pub(super) fn telling(&self, told: &'a Told<'a>) -> Telling<'a> {
        Telling {
            account: self.account.account.as_str(),
            company: &told.party.name,
            destination: &told.case.destination,
            alert: told.alert,
            console: &self.account.console,
            first_seen: told.first_seen,
            times: told.times,
            spot: &told.spot,
            external_id: &told.external_id,
            zone: self.rules.tickets.zone(),
        }
    }
}

/// What a telling borrows from.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) party: Party,
    pub(super) case: &'a Case,
    pub(super) alert: &'a Alert,
    pub(super) spot: Spot,
    pub(super) external_id: String,
    pub(super) first_seen: Option<Timestamp>,
    pub(super) times: i64,
}

/// A new ticket for one case.
///
/// # Errors
/// A note when a template cannot be filled.
pub(super) fn creation(ctx: Ctx<'_>, want: Want<'_>) -> Result<Action, Box<Note>> {
    let case = want.case;
    let (rule, fields) = ctx.fields(want.speaker, case.destination.company);
    let told = Told {
        party: ctx.party(case.destination.company),
        case,
        alert: want.speaker,
        spot: ctx.spot(case, Some(want.speaker)),
        external_id: key::external_id(&ctx.account.account, &case.key, want.generation),
        first_seen: case.alerts.iter().filter_map(|alert| alert.created).min(),
        times: want.times,
    };
    let telling = ctx.telling(&told);
    let texts = telling
        .title(&fields)
        .and_then(|title| Ok((title, telling.description(&fields)?)));
    let (title, description) =
        texts.map_err(|error| Box::new(template_note(ctx, &told, &error)))?;
    let ids = ctx.ids(rule);
    let link = TicketLink {
        external_id: told.external_id.clone(),
        kind: TicketKind::Alert,
        account: ctx.account.account.clone(),
        tenant: case.destination.tenant.clone(),
        company: case.destination.company,
        alert_key: case.key.clone(),
        alert_type: Some(want.speaker.kind.clone()),
        ticket: TicketId(0),
        opened_at: ctx.now(),
        fingerprint: digest::short(&description),
        status: Some(ids.status),
        assignee: ids.assigned.map(|(resource, _)| resource),
        written_at: ctx.now(),
        closed_at: None,
        occurrences: want.times,
        alerts: want.alerts,
    };
    let subject = format!("{} [{}]", content::label(want.speaker), told.external_id);
    Ok(Action::Create(Box::new(Creation {
        about: About {
            account: ctx.account.account.clone(),
            party: told.party.clone(),
            subject,
            because: vec![
                rule_words(rule),
                format!("contract: {}", told.spot.contract_words),
            ],
            alerts: dealt(ctx, case),
        },
        title,
        description,
        priority: ctx.label("priority", ids.priority),
        due: due(ctx.now(), &fields),
        contract: told.spot.contract,
        item: told.spot.item,
        fields: ids,
        link,
        after: None,
        replaces: Vec::from_iter(want.replaces),
    })))
}

fn rule_words(rule: usize) -> String {
    if rule == 0 {
        "no rule matches: tickets.defaults".to_owned()
    } else {
        format!("rule {rule}")
    }
}

/// Kind of the note on a template that cannot be filled.
pub(super) const TEMPLATE: &str = "template";

fn template_note(ctx: Ctx<'_>, told: &Told<'_>, error: &str) -> Note {
    Note {
        kind: TEMPLATE,
        account: Some(ctx.account.account.clone()),
        company: Some(told.party.clone()),
        subject: content::label(told.alert),
        text: format!("no ticket for {}: {error}", content::label(told.alert)),
        needs_person: true,
    }
}

/// When a new ticket is due.
pub(super) fn due(now: Timestamp, fields: &TicketFields) -> Timestamp {
    const DUE_IN_HOURS: u32 = 24;
    let hours = fields.due_in_hours.unwrap_or(DUE_IN_HOURS);
    let wait = SignedDuration::from_hours(i64::from(hours));
    now.saturating_add(wait).unwrap_or(now)
}

/// What a case deals with: what was read, and what vanished, in the version that is remembered.
pub(super) fn dealt(ctx: Ctx<'_>, case: &Case) -> Vec<Dealt> {
    let read = case.alerts.iter().map(|alert| Dealt {
        alert: alert.id.clone(),
        key: case.key.clone(),
        updated: alert.updated,
        occurrences: suppress::raised(case, alert),
        since: suppress::since(case, alert, ctx.now()),
    });
    let vanished = case.vanished.iter().map(|alert| Dealt {
        alert: alert.id.clone(),
        key: case.key.clone(),
        updated: alert.updated_at,
        occurrences: case.held.get(&alert.id).map_or(1, |held| held.occurrences),
        since: None,
    });
    read.chain(vanished).collect()
}

/// The memory of a ticket once this case was dealt with.
pub(super) fn remembered(ctx: Ctx<'_>, known: &TicketLink, merged: &Merged) -> TicketLink {
    TicketLink {
        alerts: merged.alerts.clone(),
        // A ticket that was found after its alert had ended knows of no raise.
        occurrences: (known.occurrences + merged.raised).max(1),
        closed_at: None,
        company: known.company,
        written_at: known.written_at,
        account: ctx.account.account.clone(),
        ..known.clone()
    }
}

/// A ticket that was found by its external id, as if it had been remembered.
pub(super) fn adopted(ctx: Ctx<'_>, case: &Case, ticket: &Ticket, external_id: &str) -> TicketLink {
    let ids = case
        .speaker()
        .map(|alert| ctx.ids(ctx.fields(alert, case.destination.company).0))
        .unwrap_or_default();
    let (status, assignee) = ours(ctx, &ids, ticket);
    TicketLink {
        external_id: external_id.to_owned(),
        kind: TicketKind::Alert,
        account: ctx.account.account.clone(),
        tenant: case.destination.tenant.clone(),
        company: ticket.company,
        alert_key: case.key.clone(),
        alert_type: case.speaker().map(|alert| alert.kind.clone()),
        ticket: ticket.id,
        opened_at: ctx.now(),
        fingerprint: String::new(),
        status: Some(status),
        assignee,
        written_at: ctx.now(),
        closed_at: None,
        occurrences: 0,
        alerts: Vec::new(),
    }
}

/// What of a ticket that nobody remembers was not set by a person: status and assignment as they stand
/// when there was no time for a person, and else as we would have written them.
pub(super) fn ours(
    ctx: Ctx<'_>,
    ids: &TicketFieldIds,
    ticket: &Ticket,
) -> (i64, Option<ResourceId>) {
    if ctx.facts.desk.as_made.contains(&ticket.id) {
        (ticket.status, ticket.assignee)
    } else {
        (ids.status, ids.assigned.map(|(resource, _)| resource))
    }
}

/// A ticket whose alerts another one stands for from now on. Nothing is active under it any more, for
/// what ends later is told to the other one only.
pub(super) fn replaced(ctx: Ctx<'_>, known: &KnownTicket) -> Replaced {
    let mut link = known.link.clone();
    link.closed_at = link.closed_at.or(Some(ctx.now()));
    for alert in &mut link.alerts {
        alert.active = false;
    }
    (known.id, link)
}

/// Whether a person changed status or assignment since our last write.
pub(crate) fn by_person(link: &TicketLink, ticket: &Ticket) -> bool {
    link.status.is_some_and(|status| status != ticket.status) || link.assignee != ticket.assignee
}

/// The live ticket of a case, remembered or found.
#[derive(Clone, Debug)]
pub(super) struct Basis<'a> {
    pub(super) known: Option<&'a KnownTicket>,
    pub(super) link: TicketLink,
    pub(super) ticket: Option<&'a Ticket>,
    /// It was found by its external id.
    pub(super) fresh: bool,
}
