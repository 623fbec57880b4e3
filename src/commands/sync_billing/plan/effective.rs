//! From which day a change counts (rules: billing). Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::config::{self, Effective, LaterChanges, Posting};
use crate::domain::contracts::{Contract, UnitRow, UnitRows};
use crate::domain::period::{self, Period};

/// When a change of a line counts, or why it cannot be posted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    On(Date),
    /// The line has its adjustment of this period; the rest follows on that day.
    Held(Date),
    /// Measured daily, posted from that day on.
    NotYet(Date),
    /// Pay as you go is monthly; this period is not.
    NotMonthly(Period),
    /// There is no day left in the contract on which it could count.
    EndsBefore(Date),
    /// Neither the unit rows nor the contract's dates say where the period begins.
    NoPeriod,
}

/// What the day depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) contract: &'a Contract,
    /// The rows of the line itself; none when it does not exist yet.
    pub(crate) rows: Option<&'a UnitRows>,
    /// Days that have an adjustment already.
    pub(crate) taken: &'a BTreeSet<Date>,
}

/// The billing period of a contract that holds a day.
pub(crate) fn period_on(contract: &Contract, day: Date) -> Option<Period> {
    let rows = every_row(contract);
    let by_rows = period::of_rows(rows, contract.period_months)
        .into_iter()
        .find(|period| period.holds(day));
    by_rows.or_else(|| {
        let months = contract.period_months?;
        period::by_start(contract.start, contract.end, months, day)
    })
}

fn every_row(contract: &Contract) -> impl Iterator<Item = &UnitRow> {
    let services = contract.services.iter().flat_map(|line| line.rows.iter());
    let bundles = contract.bundles.iter().flat_map(|line| line.rows.iter());
    services.chain(bundles)
}

/// The day from which a change of the line counts when it is posted today.
pub(crate) fn when(line: &Line<'_>, today: Date, rules: &config::Billing) -> When {
    let Some(current) = period_on(line.contract, today) else {
        return When::NoPeriod;
    };
    let months = line.contract.period_months;
    if current.is_longer_than_a_month() || months.is_some_and(|months| months != 1) {
        return When::NotMonthly(current);
    }
    if rules.posting == Posting::PeriodEnd {
        let from = current.last_days(rules.period_end_days);
        if today < from {
            return When::NotYet(from);
        }
    }
    let next = next_start(line.contract, current);
    let posted = is_posted(line, current);
    let wanted = match rules.effective {
        // A posted period is done with: whatever is adjusted in it makes lines of its own.
        _ if posted => next,
        Effective::NextPeriod => next,
        Effective::PeriodStart => Some(current.start.max(line.contract.start)),
        Effective::Today => Some(today),
    };
    let Some(wanted) = wanted else {
        return When::EndsBefore(line.contract.end);
    };
    if !line.taken.contains(&wanted) {
        return When::On(wanted);
    }
    if rules.later_changes == LaterChanges::Today && !posted && !line.taken.contains(&today) {
        return When::On(today);
    }
    // The next border is past today, so that a change held on it now is due then.
    next.map_or(When::EndsBefore(line.contract.end), When::Held)
}

fn next_start(contract: &Contract, current: Period) -> Option<Date> {
    let next = current.end.tomorrow().ok()?;
    (next <= contract.end).then_some(next)
}

/// Whether the line's part of a period is approved and posted; for a line without rows in it, any
/// other line's of the contract.
fn is_posted(line: &Line<'_>, current: Period) -> bool {
    let within = |row: &&UnitRow| current.holds(row.start) || current.holds(row.end);
    let own: Vec<&UnitRow> = line
        .rows
        .into_iter()
        .flat_map(UnitRows::iter)
        .filter(within)
        .collect();
    if own.is_empty() {
        return every_row(line.contract)
            .filter(within)
            .any(|row| row.posted.is_some());
    }
    own.iter().any(|row| row.posted.is_some())
}
