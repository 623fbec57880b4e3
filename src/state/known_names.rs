//! Whether the state file has ever heard of something that a person typed.

use anyhow::Result;
use rusqlite::params;

use super::State;
use super::rows::read_rows;
use crate::domain::ids::CompanyId;

impl State {
    /// Whether the company is or was mapped, or anything was ever written for it.
    pub(crate) fn knows_company(&self, company: CompanyId) -> Result<bool> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT EXISTS (SELECT 1 FROM customer_links WHERE company = ?1)
                         OR EXISTS (SELECT 1 FROM journal WHERE company = ?1)
                         OR EXISTS (SELECT 1 FROM ledger WHERE company = ?1)
                         OR EXISTS (SELECT 1 FROM levels WHERE company = ?1)
                         OR EXISTS (SELECT 1 FROM ticket_links WHERE company = ?1)";
            Ok(tx.query_row(sql, params![company], |row| row.get(0))?)
        })
    }

    /// The runs that the journal can be searched for.
    pub(crate) fn known_runs(&self) -> Result<Vec<String>> {
        self.read_text_column("SELECT id FROM runs")
    }

    /// The accounts that something was ever written in.
    pub(crate) fn known_accounts(&self) -> Result<Vec<String>> {
        self.read_text_column(
            "SELECT account FROM journal WHERE account IS NOT NULL
             UNION SELECT account FROM levels",
        )
    }

    /// The commands that ever ran.
    pub(crate) fn known_commands(&self) -> Result<Vec<String>> {
        self.read_text_column("SELECT DISTINCT command FROM runs")
    }

    fn read_text_column(&self, sql: &str) -> Result<Vec<String>> {
        self.read_in_transaction(|tx| read_rows(tx, sql, [], |row| row.get(0)))
    }
}
