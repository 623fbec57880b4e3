//! Which rule an alert falls under, and what would be made of it.

use super::action::{Action, ChangeKind, Creation};
use super::context::{AccountContext, rule_fields};
use super::facts::{AccountFacts, Alert, Case, Desk};
use super::sort::NoTicketReason;
use super::{Decided, text};
use crate::config::{Limits, Match, Reopen, Tickets};
use crate::domain::ids::{AccountName, TicketId};
use crate::domain::tickets::{AlertHold, HoldReason, TicketKind};
use crate::plan::Value;

/// Name and value, in the order of reading.
pub(crate) type Row = (&'static str, Value);

/// Everything about one alert of a mapped tenant.
pub(crate) fn explain_alert(
    ctx: AccountContext<'_>,
    case: &Case,
    reason: Option<&NoTicketReason>,
) -> Vec<Row> {
    let Some(alert) = case.alerts.first() else {
        return Vec::new();
    };
    let (desk, tickets) = (&ctx.facts.desk, ctx.rules.tickets);
    let (rule, _) = rule_fields(tickets, Some(alert), case.destination.company);
    let mut rows = describe_alert(desk, &ctx.account.account, case, alert);
    rows.push(("rule", Value::Text(describe_rule(tickets, rule))));
    let decided = super::plan(ctx.facts, ctx.rules, Vec::new());
    let verdict = match reason {
        Some(reason) => explain_reason(*reason, tickets)
            .unwrap_or_else(|| explain_ticket(desk, ctx.account, tickets, case, alert)),
        None => explain_plan(ctx, case, alert, &decided),
    };
    rows.push(("verdict", Value::Text(verdict)));
    if let (None, Some(Action::Create(creation))) = (reason, first_action(&decided)) {
        rows.extend(describe_creation(desk, creation));
    }
    rows
}

/// What the run would do about the alert.
fn first_action(decided: &Decided) -> Option<&Action> {
    decided.plan.lines().first().map(|line| &line.action)
}

/// The ticket that would be made.
fn describe_creation(desk: &Desk, creation: &Creation) -> Vec<Row> {
    let ids = &creation.fields;
    let number = |id: Option<i64>| id.map_or(Value::Absent, Value::Whole);
    let label = |list, id: i64| Value::Text(desk.list_label(list, id));
    let mut rows = vec![
        ("title", Value::from_text(&creation.title)),
        ("priority", Value::from_text(&creation.priority)),
        ("status", label("status", ids.status)),
        (
            "queue",
            ids.queue.map_or(Value::Absent, |id| label("queue", id)),
        ),
        ("due", Value::Text(creation.due.to_string())),
        ("contract", number(creation.contract.map(|id| id.0))),
        ("configuration_item", number(creation.item.map(|id| id.0))),
        ("external_id", Value::from_text(&creation.link.external_id)),
    ];
    let lines = creation.description.lines();
    let lines = lines.filter(|line| !line.trim().is_empty());
    rows.extend(lines.map(|line| ("description", Value::from_text(line))));
    rows
}

fn describe_alert(desk: &Desk, account: &AccountName, case: &Case, alert: &Alert) -> Vec<Row> {
    let company = desk.company_ref(case.destination.company);
    vec![
        ("alert", Value::from_text(alert.id.as_str())),
        ("account", Value::from_text(account.as_str())),
        (
            "company",
            Value::Text(format!("{} ({})", company.name, company.id)),
        ),
        ("customer", Value::from_text(&case.destination.customer)),
        ("type", Value::from_text(&alert.kind)),
        ("category", Value::from_text(&alert.category)),
        ("severity", Value::from_text(&alert.severity_word)),
        ("workload", Value::from_text(&alert.details.workload)),
        ("active", Value::Flag(alert.active)),
        ("key", Value::from_text(&case.key)),
    ]
}

fn describe_rule(tickets: &Tickets, position: usize) -> String {
    let mut rules = tickets.rules.iter();
    match rules.find(|rule| rule.position == position) {
        None => "none matches: tickets.defaults".to_owned(),
        Some(rule) => format!("{position}: {}", match_words(&rule.when)),
    }
}

fn match_words(when: &Match) -> String {
    let severities = when
        .severities
        .iter()
        .map(|one| format!("{one:?}").to_lowercase());
    let workloads = when.workloads.iter().map(|one| one.as_str().to_owned());
    let companies = when.companies.iter().map(ToString::to_string);
    let parts: Vec<String> = [
        ("type", when.types.clone()),
        ("category", when.categories.clone()),
        ("severity", severities.collect()),
        ("workload", workloads.collect()),
        ("company", companies.collect()),
    ]
    .into_iter()
    .filter(|(_, values)| !values.is_empty())
    .map(|(name, values)| format!("{name} is {}", values.join(" or ")))
    .collect();
    parts.join(" and ")
}

fn explain_reason(reason: NoTicketReason, tickets: &Tickets) -> Option<String> {
    Some(match reason {
        NoTicketReason::Known => return None,
        NoTicketReason::SeverityOk => "no ticket: severity ok never gets one".to_owned(),
        NoTicketReason::Ignored => "no ticket: the rule says create = false".to_owned(),
        NoTicketReason::SwitchedOff => {
            "no ticket: [[customer]] switches tickets off for its company".to_owned()
        }
        NoTicketReason::Stale(horizon) => format!(
            "no ticket: it was last updated before {}, where the first run began \
             (tickets.first_run_days); sync-tickets --since DAYS takes it in",
            text::format_time(horizon, tickets.time_zone())
        ),
    })
}

/// What this very planner would do about the alert if the run were now.
fn explain_plan(ctx: AccountContext<'_>, case: &Case, alert: &Alert, decided: &Decided) -> String {
    if let Some(action) = first_action(decided) {
        return match action {
            Action::Create(creation) if !creation.replaces.is_empty() => {
                format!(
                    "a new ticket is created, because the last one is closed{}",
                    or_summary(ctx.rules.limits)
                )
            }
            Action::Create(_) => format!("a ticket is created{}", or_summary(ctx.rules.limits)),
            Action::Change(change) => {
                let number = number_of(&ctx.facts.desk, change.ticket);
                match change.kind {
                    ChangeKind::Note => format!("a note is written on ticket {number}"),
                    ChangeKind::Reopen => {
                        format!(
                            "ticket {number} is opened again, with a note{}",
                            or_summary(ctx.rules.limits)
                        )
                    }
                    ChangeKind::Close => format!("ticket {number} is closed"),
                    ChangeKind::UpdateSummary => format!("summary {number} is updated"),
                    ChangeKind::Follow => {
                        format!(
                            "its ticket was merged into {number}, which stands for it from now on"
                        )
                    }
                }
            }
            Action::Dismiss(_) => "the alert is dismissed".to_owned(),
            Action::WriteNote(write) => {
                let number = number_of(&ctx.facts.desk, write.ticket);
                format!("a note that was lost is written on ticket {number}")
            }
        };
    }
    // It says more than that the alert waits.
    if let Some(note) = decided.plan.remarks().first() {
        return format!("nothing is changed: {}", note.text);
    }
    let hold = decided
        .accounts
        .iter()
        .flat_map(|settled| &settled.hold)
        .find(|hold| hold.alert == alert.id);
    let is_said = |hold: &AlertHold| hold.why == HoldReason::Blocked;
    if let Some(hold) = hold.filter(|hold| alert.active && !is_said(hold)) {
        return explain_hold(hold);
    }
    if case.known.is_some() || case.summary.is_some() {
        let tickets = ctx.rules.tickets;
        return explain_ticket(&ctx.facts.desk, ctx.account, tickets, case, alert);
    }
    "no ticket: the alert has ended".to_owned()
}

/// One alert does not tell how many others come with it.
fn or_summary(limits: &Limits) -> String {
    format!(
        "; in a run with more than {} such tickets for the company, or {} in total, it is added \
         to a summary",
        limits.tickets_per_company, limits.tickets_per_run
    )
}

fn explain_hold(hold: &AlertHold) -> String {
    match hold.why {
        HoldReason::Damped => format!(
            "waits: it has not lasted long enough or occurred often enough; raised so far: \
             {} (tickets.damping)",
            hold.occurrences
        ),
        HoldReason::Quiet => "waits: a maintenance window is active (tickets.quiet)".to_owned(),
        HoldReason::Unresolved => "waits: its tenant is not known".to_owned(),
        HoldReason::Blocked | HoldReason::Refused | HoldReason::Locked => {
            format!("waits: {}", hold.detail)
        }
    }
}

/// The ticket that is there, when nothing is to be written.
fn explain_ticket(
    desk: &Desk,
    account: &AccountFacts,
    tickets: &Tickets,
    case: &Case,
    alert: &Alert,
) -> String {
    let label = text::alert_label(alert);
    let mut summaries = account.summaries.iter();
    let summary = summaries.find(|known| Some(known.id) == case.summary);
    let Some(known) = case.known.as_ref().or(summary) else {
        return "no ticket".to_owned();
    };
    let what = match known.link.kind {
        TicketKind::Alert => "ticket",
        TicketKind::Summary => "summary",
    };
    let number = number_of(desk, known.link.ticket);
    let ticket = desk.tickets.get(&known.link.ticket);
    match ticket {
        None => format!("{what} {number} was for {label}, and was deleted or merged"),
        Some(ticket) if ticket.complete || known.link.closed_at.is_some() => {
            let next = match tickets.reopen {
                _ if alert.ignored => {
                    "it stays closed, because no ticket is opened again for an alert that is \
                     ignored"
                        .to_owned()
                }
                Reopen::Always => "it is opened again if the alert is raised again".to_owned(),
                Reopen::Never => "a new one is created if the alert is raised again".to_owned(),
                Reopen::UntilDays(days) => format!(
                    "if the alert is raised again it is opened again, or a new one is created \
                     once it has been closed for {days} days"
                ),
            };
            let key = if alert.ignored {
                "tickets.rule"
            } else {
                "tickets.reopen"
            };
            format!("{what} {number} was for {label}, and is closed; {next} ({key})")
        }
        Some(_) => format!("{what} {number} is for {label}; nothing is changed"),
    }
}

fn number_of(desk: &Desk, ticket: TicketId) -> String {
    desk.tickets
        .get(&ticket)
        .map_or_else(|| ticket.to_string(), |ticket| ticket.number.clone())
}

#[cfg(test)]
mod tests;
