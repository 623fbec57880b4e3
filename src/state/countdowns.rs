//! Deprovisioning clocks: since when a customer has no relevant contract.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, params};

use super::State;
use super::rows::{Cells, Columns as _, read_rows, table_row};
use crate::domain::ids::{AccountName, CompanyId, TenantId};

/// A clock that runs. It never starts nor advances on an incomplete read; that is for the caller to
/// know, who then does not call [`State::set_countdown`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Countdown {
    pub(crate) account: AccountName,
    pub(crate) tenant: TenantId,
    pub(crate) company: CompanyId,
    /// The first day without a relevant contract.
    pub(crate) since: Date,
    /// The last day on which a complete read found none; never before `since`. The clock's age is
    /// counted to here, so that days on which nobody could look do not count.
    pub(crate) confirmed: Date,
    /// Why it runs, in a sentence.
    pub(crate) reason: String,
    /// When we disabled the tenant, if we did: one that is enabled after that was enabled by a person.
    pub(crate) disabled_at: Option<Timestamp>,
}

table_row! { Countdown: account, tenant, company, since, confirmed, reason, disabled_at }

impl State {
    /// All running clocks, by account and company.
    pub(crate) fn read_countdowns(&self) -> Result<Vec<Countdown>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM clocks ORDER BY account, company, tenant";
            read_rows(tx, sql, [], Countdown::from_row)
        })
    }

    /// Starts a clock, or takes over what is known about it now.
    pub(crate) fn set_countdown(&self, clock: &Countdown) -> Result<()> {
        self.write_in_transaction(|tx| upsert_countdown(tx, clock))
    }

    /// Stops a clock, because a contract reappeared or the tenant is gone; says whether it ran.
    pub(crate) fn reset_countdown(&self, account: &AccountName, tenant: &TenantId) -> Result<bool> {
        self.write_in_transaction(|tx| delete_countdown(tx, account, tenant))
    }
}

pub(super) fn upsert_countdown(tx: &Connection, clock: &Countdown) -> Result<()> {
    Cells::of(clock).replace_in(tx, "clocks")?;
    Ok(())
}

pub(super) fn delete_countdown(
    tx: &Connection,
    account: &AccountName,
    tenant: &TenantId,
) -> Result<bool> {
    let sql = "DELETE FROM clocks WHERE account = ?1 AND tenant = ?2";
    Ok(tx.prepare_cached(sql)?.execute(params![account, tenant])? > 0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::state::open::tests::{now, temporary};

    #[test]
    fn a_clock_is_set_kept_and_reset() {
        let (_dir, state) = temporary();
        let mut clock = Countdown {
            account: AccountName::new("eu"),
            tenant: TenantId::new("a"),
            company: CompanyId(1),
            since: date(2026, 8, 1),
            confirmed: date(2026, 8, 1),
            reason: "contract 7 ended on 2026-07-31".to_owned(),
            disabled_at: None,
        };
        state.set_countdown(&clock).unwrap();
        clock.confirmed = date(2026, 8, 11);
        clock.disabled_at = Some(now());
        state.set_countdown(&clock).unwrap();
        assert_eq!(state.read_countdowns().unwrap(), [clock.clone()]);
        assert!(
            state
                .reset_countdown(&clock.account, &clock.tenant)
                .unwrap()
        );
        assert!(
            !state
                .reset_countdown(&clock.account, &clock.tenant)
                .unwrap()
        );
        assert!(state.read_countdowns().unwrap().is_empty());

        clock.confirmed = date(2026, 7, 31);
        state.set_countdown(&clock).unwrap_err();
    }
}
