//! How far the alerts of each account were read, and the alerts that are held back behind that.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::State;
use super::columns::{json_list, word_columns};
use super::rows::{Cells, Columns, read_cell, read_first_row, read_rows, table_row};
use super::state_changes::{StateChange, apply_change_alone};
use crate::domain::ids::{AccountName, AlertId};
use crate::domain::tickets::{AlertHold, FirstRun, HoldReason, TicketAlert};

/// Where the next incremental read of alerts starts (acronis.md §8.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertCursor {
    /// The latest `updatedAt` that was dealt with, to the nanosecond.
    pub(crate) watermark: Option<Timestamp>,
    /// When all active alerts were last read and compared.
    pub(crate) reconciled_at: Option<Timestamp>,
    pub(crate) first_run: Option<FirstRun>,
    /// Until when tickets completed by people were looked for.
    pub(crate) completed_until: Option<Timestamp>,
    /// The service's counters at that time: active alerts, and its `modifiedAt` as it came.
    pub(crate) active_count: Option<i64>,
    pub(crate) modified_at: Option<String>,
}

/// An alert that was read but not dealt with, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldAlert {
    pub(crate) hold: AlertHold,
    /// Runs that held it; 1 for a new one.
    pub(crate) tries: i64,
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
}

word_columns!(HoldReason);
table_row! { AlertHold:
    alert, why = "reason", key = "alert_key", occurrences, updated_at, active_since, detail
}
table_row! { HeldAlert: hold, tries, first_at, last_at }
table_row! { AlertCursor:
    watermark, reconciled_at, first_run, completed_until, active_count, modified_at
}

impl Columns for Option<FirstRun> {
    fn read(row: &Row<'_>, _: &str) -> rusqlite::Result<Self> {
        let at: Option<_> = read_cell(row, "first_run_at")?;
        let first_run = at.zip(read_cell(row, "horizon")?);
        Ok(first_run.map(|(at, horizon)| FirstRun { at, horizon }))
    }

    fn write<'a>(&'a self, _: &'static str, cells: &mut Cells<'a>) {
        if let Some(FirstRun { at, horizon }) = self {
            at.write("first_run_at", cells);
            horizon.write("horizon", cells);
        }
    }
}

impl State {
    pub(crate) fn alert_cursor(&self, account: &AccountName) -> Result<AlertCursor> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM alert_cursors WHERE account = ?1";
            Ok(
                read_first_row(tx, sql, params![account], AlertCursor::from_row)?
                    .unwrap_or_default(),
            )
        })
    }

    /// Moves the cursor and, in the same stroke, remembers the alerts that it passes although they
    /// were not dealt with, forgets those that were by now, and remembers what became of tickets
    /// without a write. A ticket that cannot be remembered does not hold up the others: its alerts
    /// are held, and the answer says why.
    pub(crate) fn advance_alert_cursor(
        &self,
        account: &AccountName,
        cursor: &AlertCursor,
        held: &[AlertHold],
        released: &[AlertId],
        effects: &[StateChange],
        now: Timestamp,
    ) -> Result<Vec<String>> {
        self.write_in_transaction(|tx| {
            let mut lost = Vec::new();
            delete_held_alerts(tx, account, released)?;
            for one in held {
                save_held_alert(tx, account, one, now)?;
            }
            for effect in effects {
                if let Err(error) = apply_change_alone(tx, effect, now)? {
                    let why = format!("{error:#}");
                    for one in alerts_of(effect, &why) {
                        save_held_alert(tx, account, &one, now)?;
                    }
                    lost.push(why);
                }
            }
            let cells = Cells::of(cursor).with("account", account);
            let cells = cells.with("changed_at", &now);
            cells.replace_in(tx, "alert_cursors")?;
            Ok(lost)
        })
    }

    pub(crate) fn held_alerts(&self, account: &AccountName) -> Result<Vec<HeldAlert>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM held_alerts WHERE account = ?1 ORDER BY first_at, alert";
            read_rows(tx, sql, params![account], HeldAlert::from_row)
        })
    }
}

impl State {
    /// Alerts whose tickets Autotask refused when they were tried last, of all accounts.
    pub(crate) fn refused_alerts(&self) -> Result<Vec<(AccountName, HeldAlert)>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM held_alerts WHERE reason IN (?1, ?2) ORDER BY first_at, alert";
            let reasons = params![HoldReason::Refused, HoldReason::Locked];
            read_rows(tx, sql, reasons, |row| {
                Ok((row.get("account")?, HeldAlert::from_row(row)?))
            })
        })
    }
}

fn save_held_alert(
    tx: &Connection,
    account: &AccountName,
    hold: &AlertHold,
    now: Timestamp,
) -> Result<()> {
    let cells = Cells::of(hold)
        .with("account", account)
        .with("tries", &1)
        .with("first_at", &now)
        .with("last_at", &now);
    let kept = [("tries", "tries + 1"), ("first_at", "first_at")];
    cells.merge_into(tx, "held_alerts", &["account", "alert"], &kept)?;
    Ok(())
}

/// The alerts of a ticket that could not be remembered, to be asked for again.
fn alerts_of(effect: &StateChange, why: &str) -> Vec<AlertHold> {
    let StateChange::SaveTicket(_, link) = effect else {
        return Vec::new();
    };
    let hold = |alert: &TicketAlert| AlertHold {
        alert: alert.id.clone(),
        why: HoldReason::Refused,
        key: alert.key.clone(),
        occurrences: 1,
        updated_at: alert.updated_at,
        active_since: None,
        detail: why.to_owned(),
    };
    link.alerts.iter().map(hold).collect()
}

fn delete_held_alerts(tx: &Connection, account: &AccountName, alerts: &[AlertId]) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "DELETE FROM held_alerts
         WHERE account = ?1 AND alert IN (SELECT value FROM json_each(?2))",
    )?;
    let list = json_list(alerts.iter().map(AlertId::as_str));
    statement.execute(params![account, list])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::state::open::tests::{now, temporary};

    #[test]
    fn a_cursor_keeps_the_nanosecond_and_each_account_has_its_own() {
        let (_dir, state) = temporary();
        let (eu, us) = (AccountName::new("eu"), AccountName::new("us"));
        let none = AlertCursor::default();
        assert_eq!(state.alert_cursor(&eu).unwrap(), none);
        let cursor = AlertCursor {
            watermark: Some(now() + 1.nanosecond()),
            reconciled_at: Some(now()),
            first_run: Some(FirstRun {
                at: now() - 12.hours(),
                horizon: now() - 24.hours(),
            }),
            completed_until: Some(now()),
            active_count: Some(200),
            modified_at: Some("2026-08-01T05:59:59.1234567Z".to_owned()),
        };
        state
            .advance_alert_cursor(&eu, &cursor, &[], &[], &[], now())
            .unwrap();
        assert_eq!(state.alert_cursor(&eu).unwrap(), cursor);
        assert_eq!(state.alert_cursor(&us).unwrap(), none);
    }

    #[test]
    fn an_alert_that_the_cursor_passes_undone_is_held_until_it_is_released() {
        let (_dir, state) = temporary();
        let eu = AccountName::new("eu");
        let advance = |held: &[(&str, HoldReason, &str)], released: &[&str], hours: i64| {
            let held: Vec<_> = held
                .iter()
                .map(|(id, why, detail)| AlertHold {
                    alert: AlertId::new(id),
                    why: *why,
                    key: "k".to_owned(),
                    occurrences: 2,
                    updated_at: now(),
                    active_since: Some(now()),
                    detail: (*detail).to_owned(),
                })
                .collect();
            let released: Vec<_> = released.iter().map(|id| AlertId::new(id)).collect();
            let (cursor, at) = (AlertCursor::default(), now() + hours.hours());
            state
                .advance_alert_cursor(&eu, &cursor, &held, &released, &[], at)
                .unwrap();
        };
        advance(
            &[("A", HoldReason::Damped, ""), ("B", HoldReason::Damped, "")],
            &[],
            0,
        );
        advance(&[("A", HoldReason::Refused, "no queue")], &["b"], 1);
        let expected = HeldAlert {
            hold: AlertHold {
                alert: AlertId::new("a"),
                why: HoldReason::Refused,
                key: "k".to_owned(),
                occurrences: 2,
                updated_at: now(),
                active_since: Some(now()),
                detail: "no queue".to_owned(),
            },
            tries: 2,
            first_at: now(),
            last_at: now() + 1.hour(),
        };
        assert_eq!(state.held_alerts(&eu).unwrap(), [expected]);
    }
}
