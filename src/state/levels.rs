//! What each billed line stands at, period by period: the accountant's view. The ledger holds only
//! what was posted; a line that stood right already is in here too.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Row, named_params, params};
use rust_decimal::Decimal;

use super::State;
use super::columns::Cell;
use super::journal::JournalId;
use super::rows::{Cells, Columns, read_cell, read_first_row, read_rows, table_row};
use crate::domain::ids::{AccountName, CompanyId, ContractId, ItemKey, RunId, ServiceId, TenantId};
use crate::domain::period::BillingPeriod;
use crate::domain::posting::{NextPosting, PostingStage};

/// A billed line in one billing period, as the last run of that period saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeriodLevel {
    pub(crate) period: BillingPeriod,
    pub(crate) account: AccountName,
    pub(crate) company: CompanyId,
    /// As seen then.
    pub(crate) company_name: String,
    pub(crate) tenant: TenantId,
    pub(crate) item: ItemKey,
    pub(crate) contract: ContractId,
    pub(crate) service: ServiceId,
    pub(crate) service_name: String,
    /// Pieces, bytes or seconds; none when it is not known.
    pub(crate) usage: Option<Decimal>,
    /// When it was measured; none when there was no usage row.
    pub(crate) usage_at: Option<Timestamp>,
    pub(crate) arithmetic: String,
    /// The level that usage asks for; none when nothing tells it.
    pub(crate) wanted: Option<i64>,
    /// The units in force at the end of what is known.
    pub(crate) units: i64,
    /// Price of one unit as read.
    pub(crate) price: Option<Decimal>,
    /// The amount of the line's rows in the period as Autotask has it, parts of it prorated
    /// (autotask.md §8.4); none where it is hidden, and after a posting until it was read again.
    pub(crate) extended: Option<Decimal>,
    /// The day on which a run settled the period, with or without a change; none while it is open.
    pub(crate) settled: Option<Date>,
    /// Units that are still to be posted, told from the day on which they will count; none where
    /// nothing tells.
    pub(crate) open_units: Option<i64>,
    /// What becomes of a difference; none where nothing tells.
    pub(crate) next: Option<NextPosting>,
    pub(crate) at: Timestamp,
    pub(crate) run: RunId,
}

table_row! { PeriodLevel:
    period, account, company, company_name, tenant, item, contract, service, service_name, usage,
    usage_at, arithmetic, wanted, units, price, extended, settled, open_units, next = "posting", at,
    run
}

impl Columns for Option<NextPosting> {
    fn read(row: &Row<'_>, column: &str) -> rusqlite::Result<Self> {
        let word: Option<String> = row.get(column)?;
        let stage = word.as_deref().and_then(PostingStage::parse);
        let day = read_cell(row, "posting_day")?;
        Ok(stage.map(|stage| NextPosting { stage, day }))
    }

    fn write<'a>(&'a self, column: &'static str, cells: &mut Cells<'a>) {
        if let Some(NextPosting { stage, day }) = self {
            cells.push(column, ToSqlOutput::from(stage.as_str()));
            day.write("posting_day", cells);
        }
    }
}

impl PeriodLevel {
    /// Units times price, exactly.
    pub(crate) fn posted_amount(&self) -> Option<Decimal> {
        self.price?.checked_mul(Decimal::from(self.units))
    }
}

impl PeriodLevel {
    /// Units that usage asks for and that are not posted yet; none when nothing tells, or nothing
    /// is open.
    pub(crate) fn held_units(&self) -> Option<i64> {
        let wanted = self.wanted?;
        let held = self.open_units.or(wanted.checked_sub(self.units))?;
        (held != 0).then_some(held)
    }
}

/// Which levels to show; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeriodLevelFilter {
    pub(crate) company: Option<CompanyId>,
    pub(crate) account: Option<AccountName>,
    /// Periods that begin on this day or later, and on this day or earlier.
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
    /// Periods that hold this day.
    pub(crate) on: Option<Date>,
}

/// What the runs of one period left of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastLevel {
    pub(crate) contract: ContractId,
    pub(crate) service: ServiceId,
    pub(crate) period: BillingPeriod,
    pub(crate) settled: bool,
    /// Whether the last of them found the tenant in trial.
    pub(crate) in_trial: bool,
    pub(crate) wanted: Option<i64>,
    pub(crate) units: i64,
    /// Empty where the period was settled at what usage asked for: there is nothing to explain.
    pub(crate) arithmetic: String,
}

impl State {
    /// What periods that begin on a day or later were left at, without what names the lines: of a
    /// year of a large provider there are hundreds of thousands.
    pub(crate) fn past_levels(&self, from: Date) -> Result<Vec<PastLevel>> {
        self.read_in_transaction(|tx| {
            let sql = "SELECT contract, service, period_start, period_end, settled IS NOT NULL,
                   posting IS ?2, wanted, units,
                   iif(settled IS NULL OR wanted IS NOT units, arithmetic, '')
                 FROM levels WHERE period_start >= ?1";
            let trial = PostingStage::Trial.as_str();
            read_rows(tx, sql, params![Cell(&from), trial], |row| {
                Ok(PastLevel {
                    contract: row.get(0)?,
                    service: row.get(1)?,
                    period: BillingPeriod {
                        start: row.get::<_, Cell<_>>(2)?.0,
                        end: row.get::<_, Cell<_>>(3)?.0,
                    },
                    settled: row.get(4)?,
                    in_trial: row.get(5)?,
                    wanted: row.get(6)?,
                    units: row.get(7)?,
                    arithmetic: row.get(8)?,
                })
            })
        })
    }

    /// Saves what lines stand at; of one line and period the last word counts. One that says what
    /// is there already is not written, so that its time and run are those that said it first.
    pub(crate) fn save_levels(&self, levels: impl IntoIterator<Item = PeriodLevel>) -> Result<()> {
        self.write_in_transaction(|tx| {
            for mut level in levels {
                let before = levels_of_period(tx, &level)?;
                let settled = before.as_ref().and_then(|before| before.settled);
                level.settled = settled.or(level.settled);
                let same = |before: PeriodLevel| {
                    PeriodLevel {
                        at: level.at,
                        run: level.run.clone(),
                        usage_at: level.usage_at,
                        ..before
                    } == level
                };
                if !before.is_some_and(same) {
                    Cells::of(&level).replace_in(tx, "levels")?;
                }
            }
            Ok(())
        })
    }

    /// Says of ended periods, by contract, service and first day, that a run found them right.
    pub(crate) fn settle_levels(
        &self,
        periods: &[(ContractId, ServiceId, Date)],
        day: Date,
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            let mut statement = tx.prepare_cached(
                "UPDATE levels SET settled = ?4
                 WHERE contract = ?1 AND service = ?2 AND period_start = ?3 AND settled IS NULL",
            )?;
            for (contract, service, start) in periods {
                statement.execute(params![contract, service, Cell(start), Cell(&day)])?;
            }
            Ok(())
        })
    }

    /// The levels that match, by company, period and contract.
    pub(crate) fn read_levels(&self, filter: &PeriodLevelFilter) -> Result<Vec<PeriodLevel>> {
        let PeriodLevelFilter {
            company,
            account,
            from,
            to,
            on,
        } = filter;
        self.read_in_transaction(|tx| {
            let sql = "SELECT * FROM levels
                 WHERE (:company IS NULL OR company = :company)
                   AND (:account IS NULL OR account = :account)
                   AND (:from IS NULL OR period_start >= :from)
                   AND (:to IS NULL OR period_start <= :to)
                   AND (:on IS NULL OR :on BETWEEN period_start AND period_end)
                 ORDER BY company, period_start, contract, service";
            read_rows(
                tx,
                sql,
                named_params! {
                    ":company": company,
                    ":account": account,
                    ":from": Cell(from),
                    ":to": Cell(to),
                    ":on": Cell(on),
                },
                PeriodLevel::from_row,
            )
        })
    }
}

fn levels_of_period(tx: &Connection, level: &PeriodLevel) -> Result<Option<PeriodLevel>> {
    let sql = "SELECT * FROM levels WHERE contract = ?1 AND service = ?2 AND period_start = ?3";
    let key = params![level.contract, level.service, Cell(&level.period.start)];
    read_first_row(tx, sql, key, PeriodLevel::from_row)
}

/// A posting was seen in force: the level of its period says so in the same transaction.
pub(super) fn confirm_level(
    tx: &Connection,
    journal: JournalId,
    units: i64,
    now: Timestamp,
) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "UPDATE levels SET units = ?2, extended = NULL
         FROM (SELECT contract, service, effective FROM ledger WHERE journal = ?1) AS posted
         WHERE levels.contract = posted.contract AND levels.service = posted.service
           AND posted.effective BETWEEN levels.period_start AND levels.period_end",
    )?;
    statement.execute(params![journal, units])?;
    let mut statement = tx.prepare_cached(
        "UPDATE levels SET settled = ifnull(settled, substr(?2, 1, 10)), open_units = 0
         FROM (SELECT contract, service, period FROM ledger WHERE journal = ?1) AS posted
         WHERE levels.contract = posted.contract AND levels.service = posted.service
           AND levels.period_start = posted.period",
    )?;
    statement.execute(params![journal, Cell(&now)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::ids::ApplicationId;
    use crate::state::open::tests::{now, start_run, temporary};

    fn level(run: &RunId, start: Date, units: i64) -> PeriodLevel {
        PeriodLevel {
            period: BillingPeriod {
                start,
                end: start.last_of_month(),
            },
            account: AccountName::new("eu"),
            company: CompanyId(7),
            company_name: "Alma".to_owned(),
            tenant: TenantId::new("t"),
            item: ItemKey {
                name: "pw_base_storage".to_owned(),
                infra: None,
                application: ApplicationId::new("a"),
            },
            contract: ContractId(70),
            service: ServiceId(3),
            service_name: "Storage".to_owned(),
            usage: Some(Decimal::from(123)),
            usage_at: Some(now()),
            arithmetic: "123 = 123".to_owned(),
            wanted: Some(123),
            units,
            price: Some(Decimal::new(105, 3)),
            extended: None,
            settled: None,
            open_units: None,
            next: Some(NextPosting {
                stage: PostingStage::Held,
                day: Some(start),
            }),
            at: now(),
            run: run.clone(),
        }
    }

    #[test]
    fn the_last_word_of_a_period_counts_and_months_are_kept_apart() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        let (august, september) = (date(2026, 8, 1), date(2026, 9, 1));
        let all = [
            level(&run, august, 1),
            level(&run, september, 2),
            level(&run, september, 3),
        ];
        state.save_levels(all.clone()).unwrap();
        let filter = PeriodLevelFilter {
            from: Some(september),
            to: Some(september.last_of_month()),
            ..PeriodLevelFilter::default()
        };
        assert_eq!(state.read_levels(&filter).unwrap(), all[2..]);
        assert_eq!(
            state
                .read_levels(&PeriodLevelFilter::default())
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn money_is_multiplied_exactly() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        let level = level(&run, date(2026, 8, 1), 3);
        assert_eq!(level.posted_amount().unwrap().to_string(), "0.315");
    }
}
