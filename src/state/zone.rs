//! The time zone of the first writing run: what "today" means where the configuration does not say.

use anyhow::Result;
use rusqlite::params;

use super::State;

impl State {
    /// IANA name of the kept zone, if a run kept one.
    pub(crate) fn time_zone(&self) -> Result<Option<String>> {
        self.read_meta("time_zone")
    }

    /// Keeps the zone of the first writing run; later calls change nothing.
    pub(crate) fn keep_time_zone(&self, name: &str) -> Result<()> {
        self.write_in_transaction(|tx| {
            let sql = "INSERT OR IGNORE INTO meta (key, value) VALUES ('time_zone', ?1)";
            tx.execute(sql, params![name])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::state::open::tests::temporary;

    #[test]
    fn the_zone_of_the_first_run_is_kept() {
        let (_dir, state) = temporary();
        assert_eq!(state.time_zone().unwrap(), None);
        state.keep_time_zone("Europe/Berlin").unwrap();
        state.keep_time_zone("UTC").unwrap();
        assert_eq!(state.time_zone().unwrap().as_deref(), Some("Europe/Berlin"));
    }
}
