//! The journal: every write to the outside, before it leaves and after it came back.
//!
//! An intent is committed before its request leaves. One that has no outcome, or an uncertain one,
//! is *uncertain* at the next start: somebody has to look whether it took effect.
//!
//! An entry holds the action itself, for the program, and what people read of it, which is drawn
//! from the action. Nothing is ever read back from the words, except from entries of older versions.

pub(crate) mod planned;
mod stored;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, named_params, params};
use serde_json::Value;

use super::State;
use super::columns::{Cell, number_columns, unreadable_column, word_columns};
use super::rows::{Cells, read_cell, read_rows};
use crate::domain::digest::short_key;
use crate::domain::ids::{AccountName, CompanyId, RunId};
use crate::domain::journal_action::JournalAction;

/// Something that is about to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Intent {
    pub(crate) run: RunId,
    pub(crate) command: String,
    pub(crate) action: JournalAction,
    /// The action's kind, as the plan names it (`create-tenant`).
    pub(crate) kind: String,
    /// What it acts on, as people know it.
    pub(crate) subject: String,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyId>,
    /// What people read of it, with before and after.
    pub(crate) payload: Value,
    /// What is to be written right after it took effect: planned in the same transaction.
    pub(crate) follow_up: Option<Box<Intent>>,
}

/// The number of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct JournalId(pub(super) i64);

number_columns!(JournalId);

impl JournalId {
    /// The key that people type for an entry whose outcome is not known.
    pub(crate) fn short_key(self) -> String {
        short_key("journal", &self.0.to_string())
    }
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It took effect; the answer as far as it is worth keeping.
    Done { answer: String },
    /// It was refused: it took no effect.
    Failed { error: String },
    /// The answer was lost: it may have taken effect.
    Uncertain { error: String },
}

/// What a person or a later run found out about an uncertain intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    TookEffect,
    NoEffect,
    /// It does not matter any more: a person said so, or what others did since overtook it.
    Dismissed,
}

impl Resolution {
    const ALL: [Self; 3] = [Self::TookEffect, Self::NoEffect, Self::Dismissed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TookEffect => "took-effect",
            Self::NoEffect => "no-effect",
            Self::Dismissed => "dismissed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.as_str() == word)
    }
}

word_columns!(Resolution);

/// The end of an uncertain intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) how: Resolution,
    /// What shows it: a sentence.
    pub(crate) evidence: String,
    pub(crate) at: Timestamp,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: JournalId,
    pub(crate) at: Timestamp,
    /// Who started the run.
    pub(crate) started_by: String,
    pub(crate) intent: Intent,
    /// It is still to be written: no run has sent it.
    pub(crate) is_planned: bool,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) settled_at: Option<Timestamp>,
    pub(crate) resolved: Option<Resolved>,
}

impl Entry {
    /// Whether it may have taken effect although its run was never told so.
    pub(crate) fn may_have_taken_effect(&self) -> bool {
        let is_open = match &self.outcome {
            None | Some(Outcome::Uncertain { .. }) => true,
            Some(Outcome::Done { .. } | Outcome::Failed { .. }) => false,
        };
        let resolved = self.resolved.as_ref();
        is_open && resolved.is_none_or(|resolved| resolved.how != Resolution::NoEffect)
    }
}

/// Which entries to show; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryFilter {
    pub(crate) run: Option<RunId>,
    pub(crate) company: Option<CompanyId>,
    pub(crate) account: Option<AccountName>,
    pub(crate) command: Option<String>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) limit: Option<u32>,
}

impl State {
    /// Commits an intent. Only when this has returned may the request leave.
    pub(crate) fn intend(&self, intent: &Intent, now: Timestamp) -> Result<JournalId> {
        self.write_in_transaction(|tx| intend(tx, intent, now))
    }

    #[cfg(test)]
    /// Writes down what became of an intent; once. To remember something in the same transaction, such as
    /// the link to the tenant that was created, use [`State::settle_with`].
    pub(crate) fn settle(&self, id: JournalId, outcome: &Outcome, now: Timestamp) -> Result<()> {
        self.write_in_transaction(|tx| settle(tx, id, outcome, now))
    }

    /// All intents of which it is not known whether they took effect, the oldest first. Asked at the
    /// start of a run, before its own first intent.
    pub(crate) fn uncertain(&self) -> Result<Vec<Entry>> {
        self.read_in_transaction(|tx| {
            let open = "resolution IS NULL AND (outcome IS NULL OR outcome = 'uncertain')
                        AND planned = 0 ORDER BY journal.id";
            load_entries(tx, open, [])
        })
    }

    /// Ends an uncertain intent.
    pub(crate) fn resolve(&self, id: JournalId, resolved: &Resolved) -> Result<()> {
        self.write_in_transaction(|tx| resolve(tx, id, resolved))
    }

    #[cfg(test)]
    pub(crate) fn journal_entry(&self, id: JournalId) -> Result<Option<Entry>> {
        self.read_in_transaction(|tx| Ok(load_entries(tx, "journal.id = ?1", params![id])?.pop()))
    }

    /// The writes that match, the newest first.
    pub(crate) fn history(&self, filter: &HistoryFilter) -> Result<Vec<Entry>> {
        let HistoryFilter {
            run,
            company,
            account,
            command,
            since,
            limit,
        } = filter;
        self.read_in_transaction(|tx| {
            let matching = "planned = 0
                 AND (:run IS NULL OR run = :run)
                 AND (:company IS NULL OR company = :company)
                 AND (:account IS NULL OR account = :account)
                 AND (:command IS NULL OR journal.command = :command)
                 AND (:since IS NULL OR at >= :since)
                 ORDER BY journal.id DESC LIMIT ifnull(:limit, -1)";
            let parameters = named_params! {
                ":run": run,
                ":company": company,
                ":account": account,
                ":command": command,
                ":since": Cell(since),
                ":limit": limit,
            };
            load_entries(tx, matching, parameters)
        })
    }
}

pub(super) fn intend(tx: &Connection, intent: &Intent, now: Timestamp) -> Result<JournalId> {
    let id = match planned::take_up(tx, intent, now)? {
        Some(id) => id,
        None => insert(tx, intent, now)?,
    };
    if let Some(next) = &intent.follow_up {
        planned::plan_after(tx, id, next, now)?;
    }
    Ok(id)
}

fn insert(tx: &Connection, intent: &Intent, now: Timestamp) -> Result<JournalId> {
    let Intent {
        run,
        command,
        action,
        kind,
        subject,
        account,
        company,
        payload,
        follow_up: _,
    } = intent;
    let action = stored::to_text(action)?;
    let cells = Cells::default()
        .with("run", run)
        .with("at", &now)
        .with("command", command)
        .with("action", &action)
        .with("kind", kind)
        .with("subject", subject)
        .with("account", account)
        .with("company", company)
        .with("payload", payload);
    let inserted = cells.insert_into(tx, "journal");
    let id = inserted
        .with_context(|| format!("writing down the intent to {kind} {subject} in run {run}"))?;
    Ok(JournalId(id))
}

pub(super) fn settle(
    tx: &Connection,
    id: JournalId,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<()> {
    let (word, answer) = match outcome {
        Outcome::Done { answer } => ("done", answer),
        Outcome::Failed { error } => ("failed", error),
        Outcome::Uncertain { error } => ("uncertain", error),
    };
    let mut statement = tx.prepare_cached(
        "UPDATE journal SET outcome = ?2, answer = ?3, settled_at = ?4
         WHERE id = ?1 AND outcome IS NULL AND resolution IS NULL",
    )?;
    if statement.execute(params![id, word, answer, Cell(&now)])? == 0 {
        bail!("journal entry {} is settled already", id.0);
    }
    match outcome {
        Outcome::Failed { .. } => planned::replan_failed(tx, id),
        Outcome::Done { .. } | Outcome::Uncertain { .. } => Ok(()),
    }
}

pub(super) fn resolve(tx: &Connection, id: JournalId, resolved: &Resolved) -> Result<()> {
    let Resolved { how, evidence, at } = resolved;
    let mut statement = tx.prepare_cached(
        "UPDATE journal SET resolution = ?2, evidence = ?3, resolved_at = ?4
         WHERE id = ?1 AND resolution IS NULL AND (outcome IS NULL OR outcome = 'uncertain')",
    )?;
    if statement.execute(params![id, how, evidence, Cell(at)])? == 0 {
        bail!("journal entry {} is not uncertain", id.0);
    }
    Ok(())
}

fn load_entries(tx: &Connection, matching: &str, with: impl Params) -> Result<Vec<Entry>> {
    let sql = format!(
        "SELECT journal.*, runs.started_by FROM journal JOIN runs ON runs.id = journal.run
         WHERE {matching}"
    );
    read_rows(tx, &sql, with, read_entry)
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let payload = read_cell(row, "payload")?;
    let (kind, subject): (String, String) = (row.get("kind")?, row.get("subject")?);
    let action = match row.get::<_, Option<String>>("action")? {
        Some(text) => {
            stored::from_text(&text).map_err(|_| unreadable_column("journal action", &text))?
        }
        None => stored::from_words(&kind, &subject, &payload),
    };
    Ok(Entry {
        id: row.get("id")?,
        at: read_cell(row, "at")?,
        started_by: row.get("started_by")?,
        intent: Intent {
            run: row.get("run")?,
            command: row.get("command")?,
            action,
            kind,
            subject,
            account: row.get("account")?,
            company: row.get("company")?,
            payload,
            follow_up: None,
        },
        is_planned: row.get("planned")?,
        outcome: read_outcome(row)?,
        settled_at: read_cell(row, "settled_at")?,
        resolved: read_resolved(row)?,
    })
}

fn read_outcome(row: &Row<'_>) -> rusqlite::Result<Option<Outcome>> {
    let Some(word) = row.get::<_, Option<String>>("outcome")? else {
        return Ok(None);
    };
    let text = row.get::<_, Option<String>>("answer")?.unwrap_or_default();
    Ok(Some(match word.as_str() {
        "done" => Outcome::Done { answer: text },
        "failed" => Outcome::Failed { error: text },
        _ => Outcome::Uncertain { error: text },
    }))
}

fn read_resolved(row: &Row<'_>) -> rusqlite::Result<Option<Resolved>> {
    let Some(at) = read_cell(row, "resolved_at")? else {
        return Ok(None);
    };
    Ok(Some(Resolved {
        how: row.get("resolution")?,
        evidence: row
            .get::<_, Option<String>>("evidence")?
            .unwrap_or_default(),
        at,
    }))
}

#[cfg(test)]
pub(super) mod tests;
