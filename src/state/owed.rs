//! What is owed: to tenants that were made just now, and for tickets, by a run that could not finish.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};

use super::State;
use super::columns::TimeColumn;
use super::journal::JournalId;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::PendingStep;
use crate::domain::tickets::{OwedNote, OwedNoteId, TicketLinkId};

impl State {
    /// The open steps of each company, in their order.
    pub(crate) fn owed_steps(&self) -> Result<BTreeMap<CompanyId, Vec<PendingStep>>> {
        self.read_in_transaction(|tx| {
            let mut statement = tx.prepare_cached("SELECT company, step FROM owed_steps")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut owed: BTreeMap<CompanyId, Vec<PendingStep>> = BTreeMap::new();
            for row in rows {
                let (company, step) = row?;
                owed.entry(company).or_default().push(step);
            }
            for steps in owed.values_mut() {
                steps.sort();
            }
            Ok(owed)
        })
    }
}

impl State {
    /// Live tickets that were completed and whose alerts could not all be dismissed yet.
    pub(crate) fn owed_dismissals(&self, account: &AccountName) -> Result<BTreeSet<TicketLinkId>> {
        self.read_in_transaction(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT link FROM owed_dismissals JOIN ticket_links ON ticket_links.id = link
                 WHERE account = ?1",
            )?;
            let rows = statement.query_map(params![account], |row| row.get(0).map(TicketLinkId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl State {
    /// Notes that earlier runs may not have written, the oldest first.
    pub(crate) fn owed_notes(&self, account: &AccountName) -> Result<Vec<(OwedNoteId, OwedNote)>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM owed_notes WHERE account = ?1 ORDER BY journal";
            let mut statement = tx.prepare_cached(sql)?;
            let rows = statement.query_map(params![account], |row| {
                let note = OwedNote {
                    account: row.get("account")?,
                    ticket: row.get("ticket")?,
                    status: row.get("status")?,
                    changed: row.get("changed")?,
                    assignee: row.get("assignee")?,
                    title: row.get("title")?,
                    text: row.get("text")?,
                    owed_at: row.get::<_, TimeColumn>("owed_at")?.0,
                };
                Ok((OwedNoteId(row.get("journal")?), note))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl From<JournalId> for OwedNoteId {
    /// A note is owed under the number of the entry about the change that it tells of.
    fn from(entry: JournalId) -> Self {
        Self(entry.0)
    }
}

pub(super) fn owe_note(tx: &Connection, id: OwedNoteId, note: &OwedNote) -> Result<()> {
    let OwedNote {
        account,
        ticket,
        status,
        changed,
        assignee,
        title,
        text,
        owed_at,
    } = note;
    let mut statement = tx.prepare_cached(
        "INSERT INTO owed_notes (journal, account, ticket, status, changed, assignee, title, text,
           owed_at)
         VALUES (:journal, :account, :ticket, :status, :changed, :assignee, :title, :text,
           :owed_at)",
    )?;
    statement.execute(named_params! {
        ":journal": id.0,
        ":account": account,
        ":ticket": ticket,
        ":status": status,
        ":changed": changed,
        ":assignee": assignee,
        ":title": title,
        ":text": text,
        ":owed_at": TimeColumn(*owed_at),
    })?;
    Ok(())
}

pub(super) fn note_is_due(tx: &Connection, id: OwedNoteId) -> Result<()> {
    let sql = "UPDATE owed_notes SET changed = 1 WHERE journal = ?1";
    tx.prepare_cached(sql)?.execute(params![id.0])?;
    Ok(())
}

pub(super) fn pay_note(tx: &Connection, id: OwedNoteId) -> Result<()> {
    let sql = "DELETE FROM owed_notes WHERE journal = ?1";
    tx.prepare_cached(sql)?.execute(params![id.0])?;
    Ok(())
}

pub(super) fn owe_dismissal(tx: &Connection, link: TicketLinkId, now: Timestamp) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO owed_dismissals (link, owed_at) VALUES (?1, ?2)";
    tx.prepare_cached(sql)?
        .execute(params![link.0, TimeColumn(now)])?;
    Ok(())
}

pub(super) fn pay_dismissal(tx: &Connection, link: TicketLinkId) -> Result<()> {
    let sql = "DELETE FROM owed_dismissals WHERE link = ?1";
    tx.prepare_cached(sql)?.execute(params![link.0])?;
    Ok(())
}

pub(super) fn owe(
    tx: &Connection,
    company: CompanyId,
    step: PendingStep,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO owed_steps (company, step, owed_at) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?
        .execute(params![company, step, TimeColumn(now)])?;
    Ok(())
}

pub(super) fn pay(tx: &Connection, company: CompanyId, step: PendingStep) -> Result<()> {
    let sql = "DELETE FROM owed_steps WHERE company = ?1 AND step = ?2";
    tx.prepare_cached(sql)?.execute(params![company, step])?;
    Ok(())
}

/// What a tenant was still to get ends with its link.
pub(super) fn forget(tx: &Connection, company: CompanyId) -> Result<()> {
    let sql = "DELETE FROM owed_steps WHERE company = ?1";
    tx.prepare_cached(sql)?.execute(params![company])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ResourceId, TicketId};
    use crate::state::journal::{Outcome, tests::intent};
    use crate::state::open::tests::{now, start_run, temporary};
    use crate::state::state_changes::StateChange;

    #[test]
    fn what_is_owed_is_kept_in_order_until_it_is_done() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        let done = Outcome::Done {
            answer: "201".to_owned(),
        };
        let settle = |effects: &[StateChange]| {
            let id = state.intend(&intent(&run, "a", 1), now()).unwrap();
            state.settle_with(id, &done, effects, now()).unwrap();
        };
        let alma = CompanyId(1);
        settle(&[
            StateChange::OweStep(alma, PendingStep::Administrator),
            StateChange::OweStep(alma, PendingStep::TwoFactor),
            StateChange::OweStep(alma, PendingStep::TwoFactor),
        ]);
        let owed = state.owed_steps().unwrap();
        assert_eq!(
            owed[&alma],
            [PendingStep::TwoFactor, PendingStep::Administrator]
        );
        settle(&[StateChange::PayStep(alma, PendingStep::TwoFactor)]);
        assert_eq!(
            state.owed_steps().unwrap()[&alma],
            [PendingStep::Administrator]
        );
        settle(&[StateChange::PayStep(alma, PendingStep::Administrator)]);
        assert!(state.owed_steps().unwrap().is_empty());
    }

    #[test]
    fn a_note_is_owed_from_the_intent_of_its_change_until_it_is_paid() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        let eu = AccountName::new("eu");
        let note = OwedNote {
            account: eu.clone(),
            ticket: TicketId(7),
            status: Some(5),
            changed: false,
            assignee: Some(ResourceId(29)),
            title: "The alert is gone".to_owned(),
            text: "It is gone.".to_owned(),
            owed_at: now(),
        };
        let owe = StateChange::OweNote(Box::new(note.clone()));
        let entry = state
            .intend_with(&intent(&run, "a", 1), &[owe], now())
            .unwrap();
        let id = OwedNoteId::from(entry);
        assert_eq!(state.owed_notes(&eu).unwrap(), [(id, note.clone())]);
        assert!(
            state
                .owed_notes(&AccountName::new("us"))
                .unwrap()
                .is_empty()
        );
        let failed = Outcome::Failed {
            error: "500".to_owned(),
        };
        let due = [StateChange::NoteIsDue(id)];
        state.settle_with(entry, &failed, &due, now()).unwrap();
        let changed = OwedNote {
            changed: true,
            ..note
        };
        assert_eq!(state.owed_notes(&eu).unwrap(), [(id, changed)]);
        let payer = state.intend(&intent(&run, "b", 1), now()).unwrap();
        let done = Outcome::Done {
            answer: "201".to_owned(),
        };
        let paid = [StateChange::PayNote(id)];
        state.settle_with(payer, &done, &paid, now()).unwrap();
        assert!(state.owed_notes(&eu).unwrap().is_empty());
    }
}
