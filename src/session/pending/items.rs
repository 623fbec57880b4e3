//! The items of a plan: their keys, their fingerprints, and what they hold.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::PASSING;
use crate::domain::digest;
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Action, Description, LineKey, Plan, Reach, Refusal, Remark};
use crate::report::{ActionOutcome, RemarkNovelty, ResultRow};
use crate::session::run_scope::UNREADABLE;
use crate::state::pending::{PendingClass, PendingItem, REFUSED_WRITE};

/// Where an item comes from, by its place in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Note(usize),
    /// With the lines that it holds back.
    Refusal(usize, Vec<LineKey>),
    /// The other side refused to take it.
    Write,
}

/// An item of a plan.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) item: PendingItem,
    /// The fingerprint that older versions gave it: that of its text.
    pub(super) former: Option<String>,
    /// Whether approving the plan settles it.
    pub(super) approvable: bool,
    /// Told by every run: nothing at all was done because of it.
    pub(super) always: bool,
    pub(super) source: Source,
    pub(super) reporting: RemarkNovelty,
}

impl Found {
    /// Whether it was told, or settled, under this fingerprint. A figure that fell back was told too.
    pub(super) fn is_known_as(&self, before: &str) -> bool {
        let now = &self.item.fingerprint;
        let steps = (before.split_once('/'), now.split_once('/'));
        let fell = match steps {
            (Some((base, told)), Some((same, now))) => base == same && told >= now,
            (Some(_) | None, _) => false,
        };
        fell || before == now || self.is_former(before)
    }

    pub(super) fn is_former(&self, fingerprint: &str) -> bool {
        self.former.as_deref() == Some(fingerprint)
    }

    /// What the other side refused to take.
    pub(super) fn of_write(item: PendingItem) -> Self {
        Self {
            item,
            former: None,
            approvable: false,
            always: false,
            source: Source::Write,
            reporting: RemarkNovelty::New,
        }
    }
}

/// Everything in a plan that is told once.
pub(super) fn of_plan<A: Action>(plan: &Plan<A>) -> Vec<Found> {
    let notes = plan.remarks().iter().enumerate();
    let mut all: Vec<Found> = notes
        .filter(|(_, note)| note.needs_person || !PASSING.contains(&note.kind))
        .map(|(at, note)| of_note(plan, at, note))
        .collect();
    for (at, refusal) in plan.refusals().iter().enumerate() {
        let lines = plan.lines().iter().map(|line| &line.description);
        let held: Vec<&Description> = lines.filter(|line| refusal.holds_line(line)).collect();
        let mut of_companies: BTreeMap<_, Vec<&Description>> = BTreeMap::new();
        for line in held {
            let company = line.company.as_ref().map(|party| party.id);
            let of_company = of_companies.entry((company, line.account.clone()));
            of_company.or_default().push(line);
        }
        if of_companies.is_empty() {
            all.push(of_refusal(plan.command_name(), at, refusal, &[]));
        }
        for lines in of_companies.values() {
            all.push(of_refusal(plan.command_name(), at, refusal, lines));
        }
    }
    // Two of one key are told apart by their words.
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for found in &mut all {
        if !keys.insert(found.item.key.clone()) {
            let words = digest::short_digest(&found.item.text);
            found.item.key = format!("{}/{words}", found.item.key);
            keys.insert(found.item.key.clone());
        }
    }
    all
}

fn of_note<A: Action>(plan: &Plan<A>, at: usize, note: &Remark) -> Found {
    let company = note.company.as_ref();
    let fingerprint = match plan.rising_figure(note) {
        Some(rising) => format!("{}/{:03}", rising.base, rising.step),
        None if note.needs_person => {
            digest::short_digest(note.figures.as_ref().unwrap_or(&note.text))
        }
        None => String::new(),
    };
    let by_figures = note.needs_person && note.figures.is_some();
    let former = by_figures.then(|| digest::short_digest(&note.text));
    let item = PendingItem {
        command: plan.command_name().to_owned(),
        key: key(
            note.kind.as_str(),
            note.account.as_ref(),
            company.map(|party| party.id),
            &note.subject,
        ),
        kind: note.kind.as_str().to_owned(),
        class: if note.needs_person {
            PendingClass::Attention
        } else {
            PendingClass::Remark
        },
        account: note.account.clone(),
        company: company.map(|party| party.id),
        text: named(company.map(|party| party.name.as_str()), &note.text),
        fingerprint,
        payload: json!({"subject": note.subject}),
    };
    Found {
        item,
        former,
        approvable: false,
        always: note.kind == UNREADABLE,
        source: Source::Note(at),
        reporting: RemarkNovelty::New,
    }
}

/// A refusal with the lines of one company that it holds back; without lines it has no figures but
/// those in its text.
fn of_refusal(command: &str, at: usize, refusal: &Refusal, lines: &[&Description]) -> Found {
    let of_scope = match &refusal.scope {
        Reach::Nothing(company) => Some(*company),
        Reach::Companies(companies) if companies.len() == 1 => companies.first().copied(),
        Reach::Companies(_) | Reach::Run | Reach::Lines(_) => None,
    };
    let first = lines.first();
    let party = first.and_then(|line| line.company.as_ref());
    let account = first.and_then(|line| line.account.clone());
    let company = party.map(|party| party.id).or(of_scope);
    let subject = match (lines, &refusal.scope) {
        ([line], _) => line.subject.clone(),
        ([], Reach::Run) | (_, Reach::Companies(_)) => String::new(),
        ([], _) => digest::short_digest(&refusal.text),
        (several, _) => {
            let subjects = several.iter().map(|line| line.subject.as_str());
            digest::short_digest(&subjects.collect::<Vec<_>>().join("\n"))
        }
    };
    let fingerprint = if lines.is_empty() {
        digest::short_digest(&refusal.text)
    } else {
        let figures: Vec<_> = lines.iter().map(|line| figures(line)).collect();
        digest::short_digest(&json!(figures).to_string())
    };
    let item = PendingItem {
        command: command.to_owned(),
        key: key(refusal.code.as_str(), account.as_ref(), company, &subject),
        kind: refusal.code.as_str().to_owned(),
        class: PendingClass::Held,
        account,
        company,
        text: named(party.map(|party| party.name.as_str()), &refusal.text),
        fingerprint,
        payload: json!({"lines": lines.iter().map(|line| figures(line)).collect::<Vec<_>>()}),
    };
    Found {
        item,
        former: None,
        approvable: refusal.approvable,
        always: refusal.scope == Reach::Run,
        source: Source::Refusal(at, lines.iter().map(|line| line.line_key()).collect()),
        reporting: RemarkNovelty::New,
    }
}

fn figures(line: &Description) -> serde_json::Value {
    let changes = line.changes.iter();
    let changes = changes.map(|change| {
        let figures =
            json!({"before": change.before.exact_json(), "after": change.after.exact_json()});
        (change.field.to_owned(), figures)
    });
    json!({
        "kind": line.kind.as_str(),
        "subject": line.subject,
        "changes": changes.collect::<serde_json::Map<_, _>>(),
    })
}

fn key(
    kind: &str,
    account: Option<&AccountName>,
    company: Option<CompanyId>,
    subject: &str,
) -> String {
    let account = account.map_or("", AccountName::as_str);
    let company = company.map_or_else(String::new, |company| company.to_string());
    format!("{kind}/{account}/{company}/{subject}")
}

/// A sentence that says whom it is about.
fn named(name: Option<&str>, text: &str) -> String {
    match name {
        Some(name) if !text.contains(name) => format!("{name}: {text}"),
        Some(_) | None => text.to_owned(),
    }
}

/// A line as it stands in the fingerprint of what was refused.
pub(super) fn written(line: &Description) -> String {
    format!("{} {}", line.kind, line.subject.replace('\n', " "))
}

/// What the other side refused, by its words: told again when something else is refused with them.
pub(super) fn of_refused_writes(command: &str, rows: &[ResultRow]) -> Vec<Found> {
    let mut by_words: BTreeMap<String, (PendingItem, BTreeSet<String>)> = BTreeMap::new();
    for row in rows {
        let ActionOutcome::Failed {
            error,
            refused: true,
        } = &row.outcome
        else {
            continue;
        };
        let account = row.description.account.as_ref();
        let key = key(REFUSED_WRITE, account, None, &digest::short_digest(error));
        let item = || PendingItem {
            command: command.to_owned(),
            key: key.clone(),
            kind: REFUSED_WRITE.to_owned(),
            class: PendingClass::Held,
            account: account.cloned(),
            company: None,
            text: error.clone(),
            fingerprint: String::new(),
            payload: json!({}),
        };
        let (_, subjects) = by_words
            .entry(key.clone())
            .or_insert_with(|| (item(), BTreeSet::new()));
        subjects.insert(written(&row.description));
    }
    let found = by_words.into_values().map(|(item, subjects)| {
        Found::of_write(PendingItem {
            fingerprint: subjects.into_iter().collect::<Vec<_>>().join("\n"),
            ..item
        })
    });
    found.collect()
}

/// What was refused before and is planned, but was not tried this time, stays refused.
pub(super) fn add_untried(found: &mut Vec<Found>, known: &PendingItem, untried: Vec<&str>) {
    if untried.is_empty() {
        return;
    }
    let same = found.iter_mut().find(|one| one.item.key == known.key);
    let mut all: BTreeSet<&str> = untried.into_iter().collect();
    let told = same.as_ref().map(|one| one.item.fingerprint.clone());
    all.extend(told.iter().flat_map(|told| told.lines()));
    let fingerprint = all.into_iter().collect::<Vec<_>>().join("\n");
    match same {
        Some(same) => same.item.fingerprint = fingerprint,
        None => found.push(Found::of_write(PendingItem {
            fingerprint,
            ..known.clone()
        })),
    }
}

/// Whether a row was refused with the words of this item.
pub(super) fn is_refused_as(row: &ResultRow, item: &PendingItem) -> bool {
    match &row.outcome {
        ActionOutcome::Failed { error, refused } => {
            *refused && *error == item.text && row.description.account == item.account
        }
        ActionOutcome::Done { .. }
        | ActionOutcome::Uncertain { .. }
        | ActionOutcome::Skipped { .. } => false,
    }
}
