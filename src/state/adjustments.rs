//! How adjustments name their lines in this database, and the second sending of one.

use anyhow::{Result, bail};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::State;
use super::columns::Cell;
use super::journal::JournalId;
use crate::domain::adjustment_form::AdjustmentForm;

const KEY: &str = "adjustment_form";

impl State {
    /// The form that worked after the other one was refused, if that ever happened. The file belongs
    /// to one Autotask database, so this does, too.
    pub(crate) fn adjustment_form(&self) -> Result<Option<AdjustmentForm>> {
        self.read_meta(KEY)
    }

    /// Commits that an open posting is sent a second time, in the other form, since the first was
    /// refused: until when it may be on its way counts from now. Only when this has returned may the
    /// request leave.
    pub(crate) fn send_posting_again(
        &self,
        id: JournalId,
        why: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            let sql = "UPDATE ledger SET at = ?2, answer = ?3
                       WHERE journal = ?1 AND state = 'intended'";
            if tx.execute(sql, params![id, Cell(&now), why])? == 0 {
                bail!(
                    "the ledger has no posting of journal entry {} to send",
                    id.0
                );
            }
            Ok(())
        })
    }
}

pub(super) fn save_adjustment_form(tx: &Connection, form: AdjustmentForm) -> Result<()> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.execute(sql, params![KEY, form])?;
    Ok(())
}
