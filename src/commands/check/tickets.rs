//! Values of Autotask's lists in `[tickets]`, and alert types in its rules.

use std::collections::BTreeSet;

use super::accounts::AlertWords;
use super::findings::CheckFindings;
use super::fix_in_config;
use crate::autotask::Autotask;
use crate::exit::Exit;
use crate::gather::ticket_lists;
use crate::session::Session;

const AREA: &str = "tickets";

/// Compares every configured value with the live lists.
pub(super) fn check_ticket_lists(
    session: &Session,
    autotask: &Autotask,
    findings: &mut CheckFindings,
) {
    let problems = match ticket_lists::examine_ticket_lists(autotask, &session.config.tickets) {
        Ok((_, problems)) => problems,
        Err(error) => return findings.add_failed(AREA, "lists", &error),
    };
    report_unfilled_fields(session, autotask, findings);
    if problems.is_empty() {
        let rules = session.config.tickets.rules.len();
        let found = format!("all values of the defaults and of {rules} rules are valid");
        return findings.add_ok(AREA, "lists", found);
    }
    for problem in problems {
        let (key, found) = problem.split_once(": ").unwrap_or(("lists", &problem));
        findings.add_missing(Exit::Usage, AREA, key, found, fix_in_config(key));
    }
}

/// Without these every ticket is refused.
fn report_unfilled_fields(session: &Session, autotask: &Autotask, findings: &mut CheckFindings) {
    match ticket_lists::find_unfilled_fields(autotask, &session.config.tickets) {
        Err(error) => findings.add_failed(AREA, "required fields", &error),
        Ok(unfilled) => {
            for problem in unfilled {
                let (key, found) = problem.split_once(": ").unwrap_or(("fields", &problem));
                findings.add_warning(AREA, key, found, fix_in_config(key));
            }
        }
    }
}

/// Alert types and categories that no account knows are typing mistakes, or came to an end.
pub(super) fn check_ticket_rules(
    session: &Session,
    words: Option<&AlertWords>,
    findings: &mut CheckFindings,
) {
    let Some(words) = words else {
        return;
    };
    for rule in &session.config.tickets.rules {
        let key = format!("tickets.rule {}.match", rule.position);
        let unknown = |named: &[String], known: &BTreeSet<String>| {
            let lost: Vec<&str> = named
                .iter()
                .filter(|name| !known.contains(&name.to_lowercase()))
                .map(String::as_str)
                .collect();
            lost.join(", ")
        };
        let types = unknown(&rule.when.types, &words.types);
        if !types.is_empty() {
            let found = format!("no account has the alert type {types}");
            findings.add_warning(AREA, &key, found, fix_in_config(&key));
        }
        let categories = unknown(&rule.when.categories, &words.categories);
        if !categories.is_empty() {
            let found = format!("no account has the alert category {categories}");
            findings.add_warning(AREA, &key, found, fix_in_config(&key));
        }
    }
}
