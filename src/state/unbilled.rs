//! What pay-as-you-go customers used and nothing billed, month by month.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Row, named_params, params};
use rust_decimal::Decimal;

use super::State;
use super::columns::{
    DateColumn, DecimalColumn, TimeColumn, infra_or_empty, item_key, optional_decimal, read_rows,
};
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
                forget.execute(params![DateColumn(month), account, tenant])?;
            }
            all.iter().try_for_each(|one| save_unbilled_row(tx, one))
        })
    }

    /// What a month left unbilled, by company and item.
    pub(crate) fn read_unbilled(&self, month: Date) -> Result<Vec<UnbilledUsage>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM unbilled_usage WHERE month = ?1 ORDER BY company, item, infra";
            read_rows(tx, sql, params![DateColumn(month)], read_unbilled_row)
        })
    }
}

fn save_unbilled_row(tx: &Connection, one: &UnbilledUsage) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT OR REPLACE INTO unbilled_usage (month, company, company_name, account, tenant,
           application, item, infra, usage, units, price, reason, at, run)
         VALUES (:month, :company, :company_name, :account, :tenant, :application, :item, :infra,
           :usage, :units, :price, :reason, :at, :run)",
    )?;
    statement.execute(named_params! {
        ":month": DateColumn(one.month),
        ":company": one.company,
        ":company_name": one.company_name,
        ":account": one.account,
        ":tenant": one.tenant,
        ":application": one.item.application,
        ":item": one.item.name,
        ":infra": infra_or_empty(&one.item),
        ":usage": DecimalColumn(one.usage),
        ":units": one.units,
        ":price": one.price.map(DecimalColumn),
        ":reason": one.reason,
        ":at": TimeColumn(one.at),
        ":run": one.run,
    })?;
    Ok(())
}

fn read_unbilled_row(row: &Row<'_>) -> rusqlite::Result<UnbilledUsage> {
    Ok(UnbilledUsage {
        month: row.get::<_, DateColumn>("month")?.0,
        company: row.get("company")?,
        company_name: row.get("company_name")?,
        account: row.get("account")?,
        tenant: row.get("tenant")?,
        item: item_key(row)?,
        usage: optional_decimal(row, "usage")?.unwrap_or_default(),
        units: row.get("units")?,
        price: optional_decimal(row, "price")?,
        reason: row.get("reason")?,
        at: row.get::<_, TimeColumn>("at")?.0,
        run: row.get("run")?,
    })
}
