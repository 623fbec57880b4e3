//! The writes that a decision leads to: a ticket is made, or changed with a note on it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::action::{About, Action, ChangeKind, Changing, Creation, Note as TicketNote};
use super::alerts;
use super::associations::{self, TicketAssociations};
use super::context::{AccountContext, rule_fields};
use super::facts::{AccountFacts, Alert, Case, Desk, Facts, FollowedTicket, Ticket};
use super::group::Group;
use super::text::{self, AlertText, summary};
use super::ticket_write::{RaisedPriority, TicketWrite};
use super::transition::Transition;
use super::{pending_notes, remarks, suppress};
use crate::config::{TicketFields, Tickets};
use crate::domain::ids::{AccountName, AlertId, CompanyId, TicketId};
use crate::domain::tickets::{AlertHold, KnownTicket, PendingNote, TicketAlert, TicketLink};
use crate::plan::Remark;

/// What a new ticket says, and how the plan names it.
#[derive(Debug)]
struct TicketTexts {
    title: String,
    description: String,
    name: String,
    because: Vec<String>,
    /// The alerts that title and description tell; all of a storm.
    told: Option<BTreeSet<AlertId>>,
}

/// A new ticket for a group of alerts.
///
/// # Errors
/// A remark when a template cannot be filled.
pub(super) fn create_ticket(
    ctx: AccountContext<'_>,
    group: &Group<'_>,
    link: TicketLink,
    replaces: Vec<KnownTicket>,
) -> Result<Action, Box<Remark>> {
    let desk = &ctx.facts.desk;
    let (rule, fields) = rule_fields(ctx.rules.tickets, group.gravest(), group.company);
    let ids = desk.rule_ids(rule);
    let company = desk.company_ref(group.company);
    // A storm is about no alert before the others.
    let alert = group.gravest().filter(|_| !group.is_storm());
    let associations = associate_group(ctx.facts, &ctx.account.account, group, alert);
    let (contract, item) = (associations.contract, associations.item);
    let texts = match alert.zip(group.cases.first()) {
        None => {
            let (account, tickets) = (ctx.account, ctx.rules.tickets);
            let description = describe_storm(ctx.facts, account, tickets, group, &link.alerts);
            storm_texts(&company.name, link.alerts.len(), description)
        }
        Some((alert, case)) => {
            let contract = format!("contract: {}", associations.contract_words);
            let text = alert_text(ctx, case, alert, &link, associations);
            render_texts(&text, &fields, vec![rule_in_words(rule), contract]).map_err(|error| {
                remarks::template_unfilled(&link.account, company.clone(), alert, &error)
            })?
        }
    };
    let known = group.known.filter(|_| group.is_storm());
    let mut link = link;
    if let Some(told) = &texts.told {
        alerts::leave_untold(&mut link.alerts, told);
        alerts::mark_told(&mut link.alerts, told, link.occurrences);
    }
    Ok(Action::Create(Box::new(Creation {
        about: About {
            account: ctx.account.account.clone(),
            company,
            subject: format!("{} [{}]", texts.name, link.external_id),
            because: texts.because,
            alerts: alerts_of(group, ctx.now()),
        },
        title: texts.title,
        priority: desk.list_label("priority", ids.priority),
        due: due_at(ctx.now(), &fields),
        contract,
        item,
        contact: desk.contact_of(ids.contact, group.company),
        link: TicketLink {
            alert_type: alert.map(|alert| alert.kind.clone()),
            fingerprint: summary::description_fingerprint(&texts.description),
            status: Some(ids.status),
            assignee: ids.resource(),
            priority: Some(ids.priority),
            opened_at: ctx.now(),
            written_at: ctx.now(),
            ..link
        },
        description: texts.description,
        fields: ids,
        after: known.map(|known| known.link.ticket),
        replaces,
    })))
}

fn render_texts(
    text: &AlertText<'_>,
    fields: &TicketFields,
    because: Vec<String>,
) -> Result<TicketTexts, String> {
    let (description, told) = text.render_description(fields)?;
    Ok(TicketTexts {
        title: text.render_title(fields)?,
        description,
        name: text::alert_label(text.alert),
        because,
        told: Some(told),
    })
}

fn storm_texts(company: &str, count: usize, description: String) -> TicketTexts {
    TicketTexts {
        // Without their number, which changes while the title stays.
        title: format!("Many alerts at {company}"),
        description,
        name: format!("{count} active alerts at {company}"),
        because: vec![format!("{count} alerts in one ticket")],
        told: None,
    }
}

fn rule_in_words(rule: usize) -> String {
    if rule == 0 {
        "no rule matches: tickets.defaults".to_owned()
    } else {
        format!("rule {rule}")
    }
}

/// When a new ticket is due.
pub(super) fn due_at(now: Timestamp, fields: &TicketFields) -> Timestamp {
    const DUE_IN_HOURS: u32 = 24;
    let hours = fields.due_in_hours.unwrap_or(DUE_IN_HOURS);
    let wait = SignedDuration::from_hours(i64::from(hours));
    now.saturating_add(wait).unwrap_or(now)
}

/// The alerts that a group deals with, to be held should that fail.
fn alerts_of(group: &Group<'_>, now: Timestamp) -> Vec<AlertHold> {
    let of_case = |case: &&Case| suppress::hold_should_it_fail(case, now);
    group.cases.iter().flat_map(of_case).collect()
}

/// A ticket whose alerts another one stands for from now on. Nothing is active under it any more, for
/// what ends later is told to the other one only.
pub(super) fn end_replaced(known: &KnownTicket, now: Timestamp) -> KnownTicket {
    let mut ended = known.clone();
    ended.link.closed_at = known.link.closed_at.or(Some(now));
    for alert in &mut ended.link.alerts {
        alert.active = false;
    }
    ended
}

fn associate_group(
    facts: &Facts,
    account: &AccountName,
    group: &Group<'_>,
    alert: Option<&Alert>,
) -> TicketAssociations {
    let first = group.cases.first().map(|case| &case.destination);
    first
        .map(|to| associations::find_associations(&facts.desk, account, to, alert, facts.today))
        .unwrap_or_default()
}

/// Everything that a text about one alert of a key may name.
fn alert_text<'a>(
    ctx: AccountContext<'a>,
    case: &'a Case,
    alert: &'a Alert,
    link: &'a TicketLink,
    associations: TicketAssociations,
) -> AlertText<'a> {
    let ignored: BTreeSet<&AlertId> = (case.alerts.iter())
        .filter(|alert| alert.ignored)
        .map(|alert| &alert.id)
        .collect();
    let others = link
        .alerts
        .iter()
        .filter(|one| one.active && one.id != alert.id);
    AlertText {
        others: others.filter(|one| !ignored.contains(&one.id)).collect(),
        account: ctx.account.account.as_str(),
        company: ctx.facts.desk.company_ref(case.destination.company).name,
        destination: &case.destination,
        alert,
        console: &ctx.account.console,
        first_seen: case.alerts.iter().filter_map(|alert| alert.created).min(),
        times: link.occurrences,
        associations,
        external_id: &link.external_id,
        zone: ctx.rules.tickets.time_zone(),
    }
}

/// Whether the alerts of a company's summary are those of many customers, so that each line names
/// its own: they are not mapped.
pub(super) fn has_many_customers(tickets: &Tickets, company: CompanyId) -> bool {
    tickets.catch_all_company == Some(company)
}

/// The description of a storm's ticket with these alerts; the first case that was read tells the
/// contract.
pub(super) fn describe_storm(
    facts: &Facts,
    account: &AccountFacts,
    tickets: &Tickets,
    group: &Group<'_>,
    alerts: &[TicketAlert],
) -> String {
    let name = facts.desk.company_ref(group.company).name;
    let one = !has_many_customers(tickets, group.company);
    let contract = associate_group(facts, &account.account, group, None).contract_words;
    summary::describe_summary(one.then_some(&*name), &account.console, &contract, alerts)
}

/// A change of a group's ticket, with a note on it.
pub(super) fn change_ticket(
    ctx: AccountContext<'_>,
    group: &Group<'_>,
    write: TicketWrite<'_>,
) -> Action {
    let desk = &ctx.facts.desk;
    let ticket = write.ticket;
    let raised = write.raise_priority(ctx, group);
    let (note, told) = write_note(ctx, group, &write, &raised).unzip();
    let kind = write.change_kind(group);
    let mut link = write.after;
    let told = told.unwrap_or_default();
    alerts::mark_told(&mut link.alerts, &told, link.occurrences);
    link.priority = raised.written().or(link.priority);
    let gravest = group.gravest();
    let status = match kind {
        ChangeKind::Close => Some(desk.lists.close_status),
        ChangeKind::Reopen if gravest.is_some() || group.is_storm() => {
            let rule = rule_fields(ctx.rules.tickets, gravest, group.company).0;
            Some(desk.rule_ids(rule).status)
        }
        ChangeKind::Reopen | ChangeKind::Note | ChangeKind::UpdateSummary | ChangeKind::Follow => {
            None
        }
    };
    if status.is_some() {
        link.status = status;
        link.assignee = ticket.assignee;
    }
    let closing = kind == ChangeKind::Close;
    let is_over = closing || write.transition == Transition::TellEnd;
    link.closed_at = is_over.then(|| ctx.now());
    if let Some(text) = &write.description {
        link.fingerprint = summary::description_fingerprint(text);
    }
    let pending = &ctx.account.pending_notes;
    let (note, written_at) = keep_unwritten(desk, pending, ticket, note, ctx.now());
    link.written_at = written_at;
    let company = desk.company_ref(link.company);
    let (name, because) = name_of_change(group, &link, &company.name);
    let resolution = &ctx.rules.tickets.auto_close.resolution;
    Action::Change(Box::new(Changing {
        about: About {
            account: ctx.account.account.clone(),
            company,
            subject: format!("{}{name}", ticket.number),
            because,
            alerts: alerts_of(group, ctx.now()),
        },
        kind,
        ticket: ticket.id,
        status: status.map(|after| desk.status_change(ticket, after)),
        priority: raised.into_change(),
        resolution: match kind {
            ChangeKind::Close => Some(resolution.clone()),
            // What solved it last time is not what solves it now.
            ChangeKind::Reopen => Some(String::new()),
            ChangeKind::Note | ChangeKind::UpdateSummary | ChangeKind::Follow => None,
        },
        description: write.description,
        note,
        id: write.id,
        link,
        replaces: group.taken_over().collect(),
        merged_from: None,
    }))
}

/// The alerts of a merged ticket stand under its destination from now on. Nothing is sent for it.
pub(super) fn follow_ticket(desk: &Desk, followed: &FollowedTicket) -> Action {
    let FollowedTicket { known, from } = followed;
    let link = &known.link;
    let number = |ticket: &TicketId| {
        let found = desk.tickets.get(ticket);
        found.map_or_else(|| ticket.to_string(), |found| found.number.clone())
    };
    Action::Change(Box::new(Changing {
        about: About {
            account: link.account.clone(),
            company: desk.company_ref(link.company),
            subject: number(from),
            because: vec![format!("it was merged into {}", number(&link.ticket))],
            alerts: Vec::new(),
        },
        kind: ChangeKind::Follow,
        ticket: link.ticket,
        status: None,
        priority: None,
        resolution: None,
        description: None,
        note: None,
        id: Some(known.id),
        link: link.clone(),
        replaces: Vec::new(),
        merged_from: Some(*from),
    }))
}

/// What stands behind the number of a ticket that is changed, and why it is.
fn name_of_change(group: &Group<'_>, link: &TicketLink, company: &str) -> (String, Vec<String>) {
    if group.is_storm() {
        let (active, all) = (
            link.alerts.iter().filter(|alert| alert.active).count(),
            link.alerts.len(),
        );
        let because = format!("{active} of the {all} alerts in it are active");
        return (
            format!(": {active} active alerts at {company}"),
            vec![because],
        );
    }
    let name = (group.speaker().map(text::alert_label))
        .or_else(|| link.alerts.first().map(|alert| alert.label.clone()));
    (format!(" {}", name.unwrap_or_default()), Vec::new())
}

/// What the ticket is told, and which alerts that tells: the end, what changed, or which alerts came; each
/// with its time, for the same words at another time are another note.
fn write_note(
    ctx: AccountContext<'_>,
    group: &Group<'_>,
    write: &TicketWrite<'_>,
    raised: &RaisedPriority,
) -> Option<(TicketNote, BTreeSet<AlertId>)> {
    let (link, tickets) = (&write.after, ctx.rules.tickets);
    if matches!(write.transition, Transition::Close | Transition::TellEnd) {
        let note = closing_note(group, link, tickets, ctx.now());
        return Some((note, BTreeSet::new()));
    }
    if !group.is_storm() {
        return Some(write.change_note(ctx, group, raised));
    }
    let (title, ids) = if !write.news.is_empty() {
        let title = format!("{} more alerts", write.news.len());
        (title, write.news.clone())
    } else if write.transition == Transition::Reopen {
        let read = group.cases.iter().flat_map(|case| &case.alerts);
        let active = read.filter(|alert| alert.active);
        let ids = active.map(|alert| alert.id.clone()).collect();
        ("Alerts came again".to_owned(), ids)
    } else if write.rose {
        ("The severity rose".to_owned(), BTreeSet::new())
    } else {
        return None;
    };
    let mut note = list_note(title, link, &ids, tickets.time_zone(), ctx.now());
    if write.rose {
        let risen = alerts::risen_alerts(&write.before.alerts, &link.alerts);
        let risen = summary::list_risen(&risen);
        let priority = write.priority_in_words(&ctx.facts.desk, raised);
        note.text = format!("{risen}{priority}{}", note.text);
    }
    Some((note, BTreeSet::new()))
}

/// Which alerts came to the ticket, and when the last one did.
fn list_note(
    title: String,
    link: &TicketLink,
    ids: &BTreeSet<AlertId>,
    zone: &TimeZone,
    now: Timestamp,
) -> TicketNote {
    let named = link.alerts.iter().filter(|alert| ids.contains(&alert.id));
    let named: Vec<TicketAlert> = named.cloned().collect();
    let last = named.iter().map(|alert| alert.updated_at).max();
    let last = text::format_time(last.unwrap_or(now), zone);
    let listed = summary::list_alerts(&named);
    TicketNote {
        title,
        text: format!("{listed}\nLast raised: {last}"),
    }
}

fn closing_note(
    group: &Group<'_>,
    link: &TicketLink,
    tickets: &Tickets,
    now: Timestamp,
) -> TicketNote {
    let (title, listed) = if group.is_storm() {
        ("All alerts are gone", summary::list_names(&link.alerts))
    } else {
        let names = summary::count_names(&link.alerts);
        ("The alert is gone", format!("{}\n", names.join("\n")))
    };
    // Nobody said when those ended that vanished, only that they are gone now.
    let vanished = group.cases.iter().any(|case| !case.vanished.is_empty());
    let ends = link.alerts.iter().map(|alert| alert.updated_at).max();
    let since = ends.filter(|_| !vanished).unwrap_or(now);
    gone_note(title, &listed, tickets, since)
}

/// That these alerts are gone, and since when.
pub(super) fn gone_note(
    title: &str,
    listed: &str,
    tickets: &Tickets,
    since: Timestamp,
) -> TicketNote {
    let resolution = &tickets.auto_close.resolution;
    let since = text::format_time(since, tickets.time_zone());
    TicketNote {
        title: title.to_owned(),
        text: format!("{resolution}\n\n{listed}\nGone since: {since}"),
    }
}

/// The note that is still to be written, and when the ticket is written to for the last time: a note
/// may be there already, by a run whose answer was lost, or come there now because an earlier run left it.
fn keep_unwritten(
    desk: &Desk,
    pending: &[PendingNote],
    ticket: &Ticket,
    note: Option<TicketNote>,
    now: Timestamp,
) -> (Option<TicketNote>, Timestamp) {
    let Some(note) = note else {
        return (None, now);
    };
    let written = desk.unconfirmed_writes.get(&ticket.id);
    let there = written.and_then(|notes| {
        let mut notes = notes.iter();
        let same = notes.rfind(|(_, there)| text::same_words(there, &note.text));
        same.map(|(at, _)| at.unwrap_or(now))
    });
    let needless =
        there.is_some() || pending_notes::will_be_written(desk, pending, ticket, &note.text);
    (Some(note).filter(|_| !needless), there.unwrap_or(now))
}
