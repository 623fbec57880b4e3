//! Alert types that were seen before, so that a new one is reported once.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::params;

use super::State;
use super::columns::{Cell, json_list};
use super::rows::read_rows;
use crate::domain::ids::AccountName;

impl State {
    /// Those of the types that this account never showed before, sorted.
    pub(crate) fn unseen_alert_types(
        &self,
        account: &AccountName,
        types: &[String],
    ) -> Result<Vec<String>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT DISTINCT value FROM json_each(?2) WHERE value NOT IN
                   (SELECT alert_type FROM alert_types_seen WHERE account = ?1)
                 ORDER BY value";
            let list = json_list(types.iter().map(String::as_str));
            read_rows(tx, sql, params![account, list], |row| row.get(0))
        })
    }

    pub(crate) fn mark_alert_types_seen(
        &self,
        account: &AccountName,
        types: &[String],
        now: Timestamp,
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            let mut statement = tx.prepare_cached(
                "INSERT OR IGNORE INTO alert_types_seen (account, alert_type, first_seen)
                 SELECT ?1, value, ?3 FROM json_each(?2)",
            )?;
            let list = json_list(types.iter().map(String::as_str));
            statement.execute(params![account, list, Cell(&now)])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::open::tests::{now, temporary};

    #[test]
    fn a_type_is_new_once_for_each_account() {
        let (_dir, state) = temporary();
        let (eu, us) = (AccountName::new("eu"), AccountName::new("us"));
        let types = ["BackupFailed", "Malware", "BackupFailed"].map(str::to_owned);
        let new = ["BackupFailed", "Malware"];
        assert_eq!(state.unseen_alert_types(&eu, &types).unwrap(), new);
        state.mark_alert_types_seen(&eu, &types, now()).unwrap();
        assert!(state.unseen_alert_types(&eu, &types).unwrap().is_empty());
        assert_eq!(state.unseen_alert_types(&us, &types).unwrap(), new);
        state.mark_alert_types_seen(&eu, &types, now()).unwrap();
    }
}
