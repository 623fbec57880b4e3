//! What a person was told before is not told again by every run: only when something changes.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use super::overuse::OVER_USE;
use crate::domain::digest;
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Action as _, Description, Note, Party, Refusal, Scope};

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

/// Everything in a finding that waits for a person.
pub(in crate::commands::sync_billing) fn matters(found: &Found) -> Vec<Matter> {
    let notes = found.notes.iter().filter(|note| note.needs_person);
    let held = found.actions.iter().flat_map(|action| {
        let line = action.describe();
        let refusals = holding(&found.refusals, &line);
        refusals
            .map(|refusal| of_refusal(refusal, &line))
            .collect::<Vec<_>>()
    });
    let mut all: Vec<Matter> = notes.map(of_note).chain(held).collect();
    all.sort_by(|a, b| (&a.key, &a.fingerprint).cmp(&(&b.key, &b.fingerprint)));
    all.dedup_by(|a, b| a.key == b.key);
    all
}

/// The refusals of lines that hold a line back. One of the whole run is told every time.
fn holding<'a>(
    refusals: &'a [Refusal],
    line: &'a Description,
) -> impl Iterator<Item = &'a Refusal> + 'a {
    refusals
        .iter()
        .filter(|refusal| refusal.scope != Scope::Run && refusal.covers(line))
}

fn of_note(note: &Note) -> Matter {
    // What somebody uses above the quota moves every day; that it is above does not.
    let about = if note.kind == OVER_USE {
        String::new()
    } else {
        note.text.clone()
    };
    Matter {
        key: key(note.kind, note.company.as_ref(), &note.subject),
        account: note.account.clone(),
        company: note.company.as_ref().map(|party| party.id),
        text: note.text.clone(),
        fingerprint: digest::short(&about),
        approvable: false,
    }
}

fn of_refusal(refusal: &Refusal, line: &Description) -> Matter {
    Matter {
        key: key(refusal.code, line.company.as_ref(), &line.subject),
        account: line.account.clone(),
        company: line.company.as_ref().map(|party| party.id),
        text: refusal.text.clone(),
        fingerprint: digest::short(&format!("{:?}", line.changes)),
        approvable: refusal.approvable,
    }
}

fn key(kind: &str, company: Option<&Party>, subject: &str) -> String {
    let company = company.map_or_else(String::new, |party| party.id.to_string());
    format!("{kind}/{company}/{subject}")
}

/// Takes out of a finding what a person was told before and has not settled: such notes become
/// remarks, and a line that a told refusal holds back leaves the plan with a remark.
pub(in crate::commands::sync_billing) fn quieten(found: Found, told: &Told) -> Found {
    let known: BTreeSet<String> = matters(&found)
        .into_iter()
        .filter(|matter| told.get(&matter.key) == Some(&matter.fingerprint))
        .map(|matter| matter.key)
        .collect();
    let Found {
        actions,
        notes,
        refusals,
        standing,
    } = found;
    let mut quiet = Found {
        standing,
        ..Found::default()
    };
    for note in notes {
        let was_told = note.needs_person
            && known.contains(&key(note.kind, note.company.as_ref(), &note.subject));
        quiet.notes.push(if was_told { again(note) } else { note });
    }
    for action in actions {
        let line = action.describe();
        let holds: Vec<&Refusal> = holding(&refusals, &line).collect();
        let all_told = holds.iter().all(|refusal| {
            known.contains(&key(refusal.code, line.company.as_ref(), &line.subject))
        });
        if holds.is_empty() || !all_told {
            quiet.actions.push(action);
            continue;
        }
        let remarks = holds.iter().map(|refusal| held_again(refusal, &line));
        quiet.notes.extend(remarks);
    }
    let covers_any = |refusal: &Refusal| {
        refusal.scope == Scope::Run
            || quiet
                .actions
                .iter()
                .any(|action| refusal.covers(&action.describe()))
    };
    let kept = refusals.into_iter().filter(covers_any).collect();
    quiet.refusals = kept;
    quiet
}

fn again(note: Note) -> Note {
    Note {
        text: format!("{} (told before, still waiting)", note.text),
        needs_person: false,
        ..note
    }
}

fn held_again(refusal: &Refusal, line: &Description) -> Note {
    Note {
        kind: "still-held",
        account: line.account.clone(),
        company: line.company.clone(),
        subject: line.subject.clone(),
        text: format!(
            "{} (told before, still waiting; --dry-run shows the plan to approve)",
            refusal.text
        ),
        needs_person: false,
    }
}
