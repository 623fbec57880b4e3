//! Values of Autotask's lists in `[tickets]`, and alert types in its rules.

use std::collections::BTreeSet;

use super::accounts::AlertWords;
use super::findings::Findings;
use super::in_file;
use crate::autotask::Autotask;
use crate::exit::Exit;
use crate::gather::ticket_lists;
use crate::session::Session;

const AREA: &str = "tickets";

/// Compares every configured value with the live lists.
pub(super) fn lists(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    let problems = match ticket_lists::examine(autotask, &session.config.tickets) {
        Ok((_, problems)) => problems,
        Err(error) => return findings.failed(AREA, "lists", &error),
    };
    if problems.is_empty() {
        let rules = session.config.tickets.rules.len();
        let found = format!("all values of the defaults and of {rules} rules are valid");
        return findings.ok(AREA, "lists", found);
    }
    for problem in problems {
        let (key, found) = problem.split_once(": ").unwrap_or(("lists", &problem));
        findings.missing(Exit::Usage, AREA, key, found, in_file(key));
    }
}

/// Alert types and categories that no account knows are typing mistakes, or came to an end.
pub(super) fn rules(session: &Session, words: Option<&AlertWords>, findings: &mut Findings) {
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
            findings.warning(AREA, &key, found, in_file(&key));
        }
        let categories = unknown(&rule.when.categories, &words.categories);
        if !categories.is_empty() {
            let found = format!("no account has the alert category {categories}");
            findings.warning(AREA, &key, found, in_file(&key));
        }
    }
}
