//! What runs saw of Autotask, so that a later run notices what is suddenly out of sight.

use anyhow::Result;
use rusqlite::{OptionalExtension, params};

use super::{Access, State};

const PAYG_FIELD: &str = "seen_payg_field";

impl State {
    /// The name of the field that said how contracts are billed when it was last seen on one.
    pub(crate) fn payg_field_seen(&self) -> Result<Option<String>> {
        self.meta(PAYG_FIELD)
    }

    /// Remembers that contracts show the field. A dry run remembers nothing.
    pub(crate) fn mark_payg_field_seen(&self, name: &str) -> Result<()> {
        self.set_meta(PAYG_FIELD, name)
    }

    fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read(|tx| {
            let sql = "SELECT value FROM meta WHERE key = ?1";
            let found = tx.query_row(sql, params![key], |row| row.get(0));
            Ok(found.optional()?)
        })
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        if self.access == Access::ReadOnly || self.meta(key)?.as_deref() == Some(value) {
            return Ok(());
        }
        self.write(|tx| {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![key, value],
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::open::tests::temporary;

    #[test]
    fn the_field_is_remembered_by_its_last_name_and_not_by_a_dry_run() {
        let (_dir, state) = temporary();
        assert_eq!(state.payg_field_seen().unwrap(), None);
        for name in ["Acronis PAYG", "Pay as you go"] {
            state.mark_payg_field_seen(name).unwrap();
            assert_eq!(state.payg_field_seen().unwrap().as_deref(), Some(name));
        }
        let dry = State::empty().unwrap();
        dry.mark_payg_field_seen("Acronis PAYG").unwrap();
        assert_eq!(dry.payg_field_seen().unwrap(), None);
    }
}
