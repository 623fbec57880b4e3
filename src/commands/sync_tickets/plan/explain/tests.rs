//! What is said about one alert, case by case.

use super::super::Rules;
use super::super::facts::Facts;
use super::super::tests::{alert, case, facts, known, now};
use super::*;
use crate::domain::ids::CompanyId;

/// All rows about the first case, under a configuration with these lines more.
fn rows(facts: &Facts, more: &str, nothing: Option<NoTicketReason>) -> Vec<Row> {
    let config = crate::config::sample_with(more);
    let ctx = AccountContext {
        facts,
        account: &facts.accounts[0],
        rules: Rules {
            tickets: &config.tickets,
            limits: &config.limits,
        },
    };
    explain_alert(ctx, &facts.accounts[0].cases[0], nothing.as_ref())
}

fn of(rows: &[Row], field: &str) -> String {
    let row = rows.iter().find(|(name, _)| *name == field);
    row.map(|(_, value)| value.to_string()).unwrap_or_default()
}

#[track_caller]
fn says(facts: &Facts, more: &str, nothing: Option<NoTicketReason>, words: &str) {
    let said = of(&rows(facts, more, nothing), "verdict");
    assert!(said.contains(words), "{words} is missing in {said}");
}

/// An alert that has a ticket, in some state.
fn with_ticket(complete: bool) -> Facts {
    let mut one = case(1, vec![alert("a", "PC-1")]);
    one.known = Some(known(&one, 1));
    let mut facts = facts(vec![one]);
    for ticket in facts.desk.tickets.values_mut() {
        ticket.complete = complete;
        ticket.completed = complete.then(now);
    }
    facts
}

#[test]
fn an_alert_without_a_ticket_is_said_to_get_one_with_all_its_fields() {
    let facts = facts(vec![case(1, vec![alert("a", "PC-1")])]);
    let rows = rows(&facts, "", None);
    let verdict = of(&rows, "verdict");
    assert!(verdict.starts_with("a ticket is created; in a run with more than 10"));
    assert_eq!(of(&rows, "title"), "Backup failed: PC-1");
    assert_eq!(of(&rows, "rule"), "none matches: tickets.defaults");
    assert!(of(&rows, "external_id").starts_with("acrotask-"));
}

#[test]
fn why_a_run_passes_an_alert_is_said_and_no_ticket_is_shown() {
    let facts = with_ticket(false);
    for (nothing, words) in [
        (
            NoTicketReason::Known,
            "ticket T1 is for PC-1: Backup failed",
        ),
        (NoTicketReason::SeverityOk, "severity ok never gets one"),
        (NoTicketReason::Ignored, "the rule says create = false"),
        (NoTicketReason::Stale(now()), "(tickets.first_run_days)"),
        (NoTicketReason::SwitchedOff, "switches tickets off"),
    ] {
        says(&facts, "", Some(nothing), words);
        let rows = rows(&facts, "", Some(nothing));
        assert_eq!(of(&rows, "external_id"), "", "{words}");
    }
}

#[test]
fn what_becomes_of_a_ticket_that_is_over_follows_the_configured_word() {
    let facts = with_ticket(true);
    for (reopen, words) in [
        (
            "\"always\"",
            "closed; it is opened again if the alert is raised",
        ),
        (
            "\"never\"",
            "closed; a new one is created if the alert is raised",
        ),
        ("7", "once it has been closed for 7 days"),
    ] {
        let more = format!("[tickets]\nreopen = {reopen}\n");
        says(&facts, &more, Some(NoTicketReason::Known), words);
    }
    let mut gone = with_ticket(false);
    gone.desk.tickets.clear();
    says(
        &gone,
        "",
        Some(NoTicketReason::Known),
        "was deleted or merged",
    );
}

#[test]
fn what_holds_an_alert_back_is_said() {
    let fresh = || facts(vec![case(1, vec![alert("a", "PC-1")])]);
    let quiet = "[[tickets.quiet]]\nfrom = \"00:00\"\nto = \"23:59\"\n";
    let damped = "[tickets.damping]\noccurrences = 3\n";
    says(
        &fresh(),
        quiet,
        None,
        "waits: a maintenance window is active",
    );
    says(&fresh(), damped, None, "raised so far: 1 (tickets.damping)");
    let mut inactive = fresh();
    inactive.accounts[0].cases[0].destination.company = CompanyId(3);
    says(
        &inactive,
        "",
        None,
        "nothing is changed: the company is inactive",
    );
}

#[test]
fn the_rule_is_named_with_everything_it_asks_for() {
    let facts = facts(vec![case(1, vec![alert("a", "PC-1")])]);
    let rule = "[[tickets.rule]]\nmatch = { severity = [\"error\", \"critical\"], workload = \
                \"pc-*\", company = 1 }\n";
    let found = of(&rows(&facts, rule, None), "rule");
    let words = "1: severity is error or critical and workload is pc-* and company is 1";
    assert_eq!(found, words);
}
