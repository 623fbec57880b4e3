//! Lines that were seen as pay-as-you-go: since when, whether their units were taken over, and what
//! they hold when nobody else changes them.

use anyhow::Result;
use jiff::civil::Date;
use rusqlite::{Connection, params};

use super::State;
use super::columns::Cell;
use super::journal::JournalId;
use super::rows::{Cells, Columns as _, read_cell, read_rows, table_row};
use crate::domain::ids::{AccountName, CompanyId, ContractId, ItemKey, ServiceId, TenantId};

/// A line of a contract that is, or was, billed by usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BilledLine {
    pub(crate) contract: ContractId,
    pub(crate) service: ServiceId,
    pub(crate) service_name: String,
    pub(crate) company: CompanyId,
    pub(crate) company_name: String,
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
    /// The day on which it was first seen as pay-as-you-go.
    pub(crate) since: Date,
    /// The day from which its changes need no approval for what stood there before.
    pub(crate) taken_over: Option<Date>,
    /// What it holds when nobody but acrotask changed it; unknown until it was right once.
    pub(crate) units: Option<i64>,
    /// Units that a person added and means to stay, beside what is used.
    pub(crate) offset: i64,
}

table_row! { BilledLine:
    contract, service, service_name, company, company_name, account, tenant, item, since,
    taken_over, units, offset = "unit_offset"
}

impl State {
    /// Saves what is known of lines.
    pub(crate) fn save_billed_lines(&self, lines: &[BilledLine]) -> Result<()> {
        self.write_in_transaction(|tx| {
            for line in lines {
                Cells::of(line).replace_in(tx, "billed_lines")?;
            }
            Ok(())
        })
    }

    /// Every line that was ever seen as pay-as-you-go.
    pub(crate) fn billed_lines(&self) -> Result<Vec<BilledLine>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM billed_lines ORDER BY contract, service";
            read_rows(tx, sql, [], BilledLine::from_row)
        })
    }

    /// Remembers that contracts were seen as prepaid on a day.
    pub(crate) fn save_prepaid(&self, contracts: &[ContractId], day: Date) -> Result<()> {
        self.write_in_transaction(|tx| {
            let mut statement = tx.prepare_cached(
                "INSERT INTO prepaid_contracts (contract, last_seen) VALUES (?1, ?2)
                 ON CONFLICT (contract) DO UPDATE SET last_seen = ?2 WHERE last_seen < ?2",
            )?;
            for contract in contracts {
                statement.execute(params![contract, Cell(&day)])?;
            }
            Ok(())
        })
    }

    /// The last day on which each contract was seen as prepaid.
    pub(crate) fn prepaid_contracts(&self) -> Result<Vec<(ContractId, Date)>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM prepaid_contracts";
            read_rows(tx, sql, [], |row| {
                Ok((row.get("contract")?, read_cell(row, "last_seen")?))
            })
        })
    }
}

/// A posting was seen in force: its line is taken over, and holds what was posted.
pub(super) fn confirm_billed_line(tx: &Connection, journal: JournalId, units: i64) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE billed_lines
         SET units = ?2, taken_over = ifnull(taken_over, posted.effective)
         FROM (SELECT contract, service, effective FROM ledger WHERE journal = ?1) AS posted
         WHERE billed_lines.contract = posted.contract AND billed_lines.service = posted.service",
    )?;
    statement.execute(params![journal, units])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::ids::ApplicationId;
    use crate::state::open::tests::{now, temporary};

    #[test]
    fn a_line_is_kept_as_it_was_saved_last_and_a_prepaid_day_only_moves_on() {
        let (_dir, state) = temporary();
        let line = BilledLine {
            contract: ContractId(70),
            service: ServiceId(3),
            service_name: "Storage".to_owned(),
            company: CompanyId(7),
            company_name: "Alma".to_owned(),
            account: AccountName::new("eu"),
            tenant: TenantId::new("t"),
            item: ItemKey {
                name: "pw_base_storage".to_owned(),
                infra: None,
                application: ApplicationId::new("a"),
            },
            since: date(2026, 9, 15),
            taken_over: None,
            units: None,
            offset: 0,
        };
        let later = BilledLine {
            taken_over: Some(date(2026, 9, 16)),
            units: Some(5),
            offset: -2,
            ..line.clone()
        };
        state.save_billed_lines(&[line, later.clone()]).unwrap();
        assert_eq!(state.billed_lines().unwrap(), [later]);
        let contract = ContractId(70);
        for day in [date(2026, 9, 2), date(2026, 9, 1)] {
            state.save_prepaid(&[contract], day).unwrap();
        }
        let seen = state.prepaid_contracts().unwrap();
        assert_eq!(seen, [(contract, date(2026, 9, 2))]);
        assert!(now() > jiff::Timestamp::UNIX_EPOCH);
    }
}
