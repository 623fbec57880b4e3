//! What pay-as-you-go customers used and nothing billed, month by month.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;
use rust_decimal::Decimal;

use super::State;
use super::columns::Cell;
use super::rows::{Cells, Columns as _, read_rows, table_row};
use crate::domain::ids::{AccountName, CompanyId, ItemKey, RunId, TenantId};

/// An item that a customer used in a month and that nothing billed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnbilledUsage {
    /// The first day of the month.
    pub(crate) month: Date,
    pub(crate) company: CompanyId,
    pub(crate) company_name: String,
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
    /// Pieces, bytes or seconds.
    pub(crate) usage: Decimal,
    /// What it would be in units; unknown where no mapping says how to count.
    pub(crate) units: Option<i64>,
    /// Price of one unit, where one is known.
    pub(crate) price: Option<Decimal>,
    /// Why nothing bills it.
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
    pub(crate) run: RunId,
}

table_row! { UnbilledUsage:
    month, company, company_name, account, tenant, item, usage, units, price, reason, at, run
}

impl State {
    /// Replaces what was known of a month of some tenants.
    pub(crate) fn save_unbilled(
        &self,
        month: Date,
        tenants: &[(AccountName, TenantId)],
        all: &[UnbilledUsage],
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            let mut forget = tx.prepare_cached(
                "DELETE FROM unbilled_usage WHERE month = ?1 AND account = ?2 AND tenant = ?3",
            )?;
            for (account, tenant) in tenants {
                forget.execute(params![Cell(&month), account, tenant])?;
            }
            for one in all {
                Cells::of(one).replace_in(tx, "unbilled_usage")?;
            }
            Ok(())
        })
    }

    /// What a month left unbilled, by company and item.
    pub(crate) fn read_unbilled(&self, month: Date) -> Result<Vec<UnbilledUsage>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM unbilled_usage WHERE month = ?1 ORDER BY company, item, infra";
            read_rows(tx, sql, params![Cell(&month)], UnbilledUsage::from_row)
        })
    }
}
