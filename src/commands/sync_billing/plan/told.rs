//! What a person was told before is not told again by every run: only when something changes.

use std::collections::{BTreeMap, BTreeSet};

use super::overuse::OverUse;
use super::{Action, Found};
use crate::domain::digest;
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Action as _, Description, Note, Party, Plan, Refusal, Scope};

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::sync_billing) struct Matter {
    /// What it is about.
    pub(in crate::commands::sync_billing) key: String,
    pub(in crate::commands::sync_billing) account: Option<AccountName>,
    pub(in crate::commands::sync_billing) company: Option<CompanyId>,
    pub(in crate::commands::sync_billing) text: String,
    /// When this changes, the matter is new again.
    pub(in crate::commands::sync_billing) fingerprint: String,
    /// Whether approving the plan settles it.
    pub(in crate::commands::sync_billing) approvable: bool,
}

/// What was told before: key → fingerprint.
pub(in crate::commands::sync_billing) type Told = BTreeMap<String, String>;

impl Matter {
    /// Whether it was told under this fingerprint. Over-use that became less was told too.
    fn is_known_as(&self, before: &str) -> bool {
        let steps = (before.split_once('/'), self.fingerprint.split_once('/'));
        let less = match steps {
            (Some((quota, told)), Some((same, now))) => quota == same && told >= now,
            (Some(_) | None, _) => false,
        };
        less || before == self.fingerprint
    }
}

/// Everything in a finding that waits for a person. What was told already keeps the fingerprint
/// under which it was.
pub(in crate::commands::sync_billing) fn matters(found: &Found, told: &Told) -> Vec<Matter> {
    let notes = found.notes.iter().filter(|note| note.needs_person);
    let mut all: Vec<Matter> = notes.map(of_note).collect();
    all.extend(found.over_use.iter().map(of_over_use));
    let lines: Vec<Description> = found.actions.iter().map(Action::describe).collect();
    for refusal in &found.refusals {
        let mut held = lines.iter().filter(|line| refusal.holds(line)).peekable();
        if held.peek().is_none() && refusal.scope != Scope::Run {
            all.push(of_refusal(refusal, None));
        }
        all.extend(held.map(|line| of_refusal(refusal, Some(line))));
    }
    for matter in &mut all {
        let before = told.get(&matter.key);
        if let Some(before) = before.filter(|before| matter.is_known_as(before)) {
            matter.fingerprint.clone_from(before);
        }
    }
    all.sort_by(|a, b| (&a.key, &a.fingerprint).cmp(&(&b.key, &b.fingerprint)));
    all.dedup_by(|a, b| a.key == b.key);
    all
}

fn of_note(note: &Note) -> Matter {
    Matter {
        key: key(note.kind, note.company.as_ref(), &note.subject),
        account: note.account.clone(),
        company: note.company.as_ref().map(|party| party.id),
        text: note.text.clone(),
        fingerprint: digest::short(&note.text),
        approvable: false,
    }
}

/// What somebody uses above the quota moves every day; its doublings do not.
fn of_over_use(over: &OverUse) -> Matter {
    Matter {
        fingerprint: format!("{}/{:03}", over.quota, over.doublings),
        ..of_note(&over.note)
    }
}

/// A refusal with a line that it holds back; without one it has no numbers but those in its text.
fn of_refusal(refusal: &Refusal, line: Option<&Description>) -> Matter {
    let of_scope = match &refusal.scope {
        Scope::Nothing(company) => Some(*company),
        Scope::Companies(companies) => companies.first().copied(),
        Scope::Run | Scope::Lines(_) => None,
    };
    let company = line.and_then(|line| line.company.as_ref());
    Matter {
        key: key_of_refusal(refusal, line),
        account: line.and_then(|line| line.account.clone()),
        company: company.map(|party| party.id).or(of_scope),
        text: refusal.text.clone(),
        fingerprint: match line {
            Some(line) => digest::short(&format!("{:?}", line.changes)),
            None => digest::short(&refusal.text),
        },
        approvable: refusal.approvable,
    }
}

fn key_of_refusal(refusal: &Refusal, line: Option<&Description>) -> String {
    match line {
        Some(line) => key(refusal.code, line.company.as_ref(), &line.subject),
        None => key(refusal.code, None, &digest::short(&refusal.text)),
    }
}

fn key(kind: &str, company: Option<&Party>, subject: &str) -> String {
    let company = company.map_or_else(String::new, |party| party.id.to_string());
    format!("{kind}/{company}/{subject}")
}

/// A plan that does not show again what a person was told before and has not settled: such notes
/// become remarks, and so do lines that told refusals hold back.
pub(in crate::commands::sync_billing) fn quieten(
    command: &'static str,
    mut found: Found,
    told: &Told,
) -> Plan<Action> {
    let known: BTreeSet<String> = matters(&found, told)
        .into_iter()
        .filter(|matter| told.get(&matter.key) == Some(&matter.fingerprint))
        .map(|matter| matter.key)
        .collect();
    let notes = found.notes.iter_mut();
    for note in notes.chain(found.over_use.iter_mut().map(|over| &mut over.note)) {
        if note.needs_person && known.contains(&of_note(note).key) {
            note.text.push_str(" (told before, still waiting)");
            note.needs_person = false;
        }
    }
    found.into_plan(command).without_told(|refusal, line| {
        known
            .contains(&key_of_refusal(refusal, line))
            .then(|| held_again(refusal, line))
    })
}

fn held_again(refusal: &Refusal, line: Option<&Description>) -> Note {
    let how = if refusal.approvable {
        "; --dry-run shows the plan to approve"
    } else {
        ""
    };
    Note {
        kind: "still-held",
        account: line.and_then(|line| line.account.clone()),
        company: line.and_then(|line| line.company.clone()),
        subject: line.map_or_else(String::new, |line| line.subject.clone()),
        text: format!("{} (told before, still waiting{how})", refusal.text),
        needs_person: false,
    }
}
