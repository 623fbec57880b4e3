//! Which rule an alert falls under, and what would be made of it.

use super::action::Action;
use super::brakes;
use super::build::{self, Ctx, Want};
use super::facts::{Alert, Case};
use super::merge;
use super::{Wait, content};
use crate::config::{Match, Severity};
use crate::plan::Value;

/// Name and value, in the order of reading.
pub(crate) type Row = (&'static str, Value);

/// Everything about one alert of a mapped tenant.
pub(crate) fn explain(ctx: Ctx<'_>, case: &Case) -> Vec<Row> {
    let Some(alert) = case.alerts.first() else {
        return Vec::new();
    };
    let (rule, fields) = ctx.fields(alert, case.place.company);
    let mut rows = about(ctx, case, alert);
    rows.push(("rule", Value::Text(rule_words(ctx, rule))));
    let verdict = verdict(ctx, case, alert, fields.create == Some(false));
    rows.push(("verdict", Value::Text(verdict)));
    let want = Want {
        case,
        speaker: alert,
        alerts: vec![merge::member(case, alert)],
        times: 1,
        generation: 1,
        replaces: None,
    };
    match build::creation(ctx, want) {
        Ok(Action::Create(creation)) => {
            let ids = &creation.fields;
            rows.push(("title", Value::text(&creation.title)));
            rows.push(("priority", Value::text(&creation.priority)));
            rows.push(("status", Value::Text(ctx.label("status", ids.status))));
            let queue = ids
                .queue
                .map_or(Value::Absent, |id| Value::Text(ctx.label("queue", id)));
            rows.push(("queue", queue));
            rows.push(("due", Value::Text(creation.due.to_string())));
            let number = |id: Option<i64>| id.map_or(Value::Absent, Value::Whole);
            rows.push(("contract", number(creation.contract.map(|id| id.0))));
            rows.push(("configuration_item", number(creation.item.map(|id| id.0))));
            rows.push(("external_id", Value::text(&creation.link.external_id)));
            let lines = creation
                .description
                .lines()
                .filter(|line| !line.trim().is_empty());
            rows.extend(lines.map(|line| ("description", Value::text(line))));
        }
        Ok(Action::Change(_) | Action::Pay(_) | Action::Dismiss(_)) => {}
        Err(note) => rows.push(("problem", Value::text(&note.text))),
    }
    rows
}

fn about(ctx: Ctx<'_>, case: &Case, alert: &Alert) -> Vec<Row> {
    let party = ctx.party(case.place.company);
    vec![
        ("alert", Value::text(alert.id.as_str())),
        ("account", Value::text(ctx.account.account.as_str())),
        (
            "company",
            Value::Text(format!("{} ({})", party.name, party.id)),
        ),
        ("customer", Value::text(&case.place.customer)),
        ("type", Value::text(&alert.kind)),
        ("category", Value::text(&alert.category)),
        ("severity", Value::text(&alert.severity_word)),
        ("workload", Value::text(&alert.details.workload)),
        ("active", Value::Flag(alert.active)),
        ("key", Value::text(&case.key)),
    ]
}

fn rule_words(ctx: Ctx<'_>, position: usize) -> String {
    let mut rules = ctx.rules.tickets.rules.iter();
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

fn verdict(ctx: Ctx<'_>, case: &Case, alert: &Alert, ignored: bool) -> String {
    if let Some(known) = &case.known {
        let number = ctx.ticket(known.link.ticket).map_or_else(
            || known.link.ticket.to_string(),
            |ticket| ticket.number.clone(),
        );
        return match known.link.closed_at {
            None => format!("ticket {number} stands for {}", content::label(alert)),
            Some(_) => format!("ticket {number} stood for {}", content::label(alert)),
        };
    }
    if !alert.active {
        return "no ticket: the alert has ended".to_owned();
    }
    if alert.severity == Some(Severity::Ok) {
        return "no ticket: severity ok never makes one".to_owned();
    }
    if ignored {
        return "no ticket: the rule says create = false".to_owned();
    }
    match brakes::wait(ctx.rules.tickets, case, alert, ctx.now()) {
        Some(Wait::Damped) => {
            "waits: it has not lasted or occurred enough (tickets.damping)".to_owned()
        }
        Some(Wait::Quiet) => "waits: a quiet window is on (tickets.quiet)".to_owned(),
        Some(Wait::NoCompany) => "waits: its company takes no tickets".to_owned(),
        Some(Wait::NoText) => "waits: its texts cannot be made".to_owned(),
        None => "a ticket is made".to_owned(),
    }
}
