//! From which day a change counts (rules: billing). Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::config::{Effective, LaterChanges, Posting, Terms};
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
    /// The line's units change by themselves on that later day, and a change from an earlier day
    /// would move those units too.
    Uneven(Date),
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
    /// What accrues is known when its period ends, and not before.
    pub(crate) accrues: bool,
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
pub(crate) fn when(line: &Line<'_>, today: Date, rules: Terms) -> When {
    let Some(current) = period_on(line.contract, today) else {
        return When::NoPeriod;
    };
    let months = line.contract.period_months;
    if current.is_longer_than_a_month() || months.is_some_and(|months| months != 1) {
        return When::NotMonthly(current);
    }
    let from = match rules.posting {
        _ if line.accrues => current.end,
        Posting::PeriodEnd => current.last_days(rules.period_end_days),
        Posting::EveryRun => current.start,
    };
    if today < from {
        return When::NotYet(from);
    }
    let Some(wanted) = first_day(line, current, today, rules) else {
        return When::EndsBefore(line.contract.end);
    };
    match line.obstacle(wanted) {
        None => return When::On(wanted),
        Some(day) if day > wanted.max(today) => return When::Uneven(day),
        Some(_) => {}
    }
    let later = match rules.later_changes {
        LaterChanges::Today => !is_posted(line, current),
        LaterChanges::Raise | LaterChanges::Hold => false,
    };
    if later && line.obstacle(today).is_none() {
        return When::On(today);
    }
    // A change of today can follow tomorrow; one of a border waits for the next.
    let due = match rules.effective {
        Effective::Today if wanted == today => {
            let tomorrow = today.tomorrow().ok();
            tomorrow.filter(|day| *day <= line.contract.end)
        }
        Effective::Today | Effective::PeriodStart | Effective::NextPeriod => {
            border_after(line.contract, wanted)
        }
    };
    due.map_or(When::EndsBefore(line.contract.end), When::Held)
}

/// The day from which a change of today is to count; none when the contract ends before it.
fn first_day(line: &Line<'_>, current: Period, today: Date, rules: Terms) -> Option<Date> {
    match rules.effective {
        // A posted period is done with: whatever is adjusted in it makes lines of its own.
        _ if is_posted(line, current) => next_start(line.contract, current),
        Effective::NextPeriod => next_start(line.contract, current),
        Effective::PeriodStart => Some(current.start.max(line.contract.start)),
        Effective::Today => Some(today),
    }
}

/// The first border of a billing period after a day.
fn border_after(contract: &Contract, day: Date) -> Option<Date> {
    period_on(contract, day).and_then(|period| next_start(contract, period))
}

/// The first day from which what was posted from `since` on can be taken back: one that has no
/// adjustment yet. Whatever else was adjusted stays as it is by it.
pub(crate) fn back_from(line: &Line<'_>, since: Date, today: Date, rules: Terms) -> Option<Date> {
    let current = period_on(line.contract, today)?;
    let mut day = first_day(line, current, today, rules)?.max(since);
    while line.taken.contains(&day) {
        day = border_after(line.contract, day)?;
    }
    Some(day)
}

impl Line<'_> {
    /// The day that keeps a change from counting from `from` on: that day, when it has an
    /// adjustment already; or the next on which the units change. Units are running totals
    /// (autotask.md §8.4), so that an adjustment moves all later ones by as much.
    fn obstacle(&self, from: Date) -> Option<Date> {
        if self.taken.contains(&from) {
            return Some(from);
        }
        self.rows.and_then(|rows| rows.change_after(from))
    }
}

/// Whether the rows of today do not tell what a change would do: a line whose period is split or
/// posted, and settings that look at the periods before or after.
pub(crate) fn needs_neighbours(contract: &Contract, today: Date, rules: Terms) -> bool {
    let by_settings =
        rules.effective == Effective::NextPeriod || rules.posting == Posting::PeriodEnd;
    by_settings || !shows_whole_period(contract, today)
}

/// Every line has one row today, and that is the period as the contract's own dates have it, not
/// posted yet.
fn shows_whole_period(contract: &Contract, today: Date) -> bool {
    let by_dates = contract
        .period_months
        .and_then(|months| period::by_start(contract.start, contract.end, months, today));
    let Some(period) = by_dates else {
        return false;
    };
    let whole = |rows: &UnitRows| {
        let mut today = rows
            .iter()
            .filter(|row| row.start <= today && today <= row.end);
        let (one, another) = (today.next(), today.next());
        another.is_none()
            && one.is_some_and(|row| {
                row.start == period.start && row.end == period.end && row.posted.is_none()
            })
    };
    let services = contract.services.iter().map(|line| &line.rows);
    let bundles = contract.bundles.iter().map(|line| &line.rows);
    services.chain(bundles).all(whole)
}

/// The first later start of a period from which a change of the line can count: one whose row is
/// not posted, with no adjustment on it or after it.
pub(crate) fn first_free_start(line: &Line<'_>, today: Date) -> Option<Date> {
    let mut period = period_on(line.contract, today)?;
    loop {
        let day = next_start(line.contract, period)?;
        period = period_on(line.contract, day)?;
        if !line.taken.contains(&day) && !is_posted(line, period) {
            return line.obstacle(day).is_none().then_some(day);
        }
    }
}

pub(crate) fn next_start(contract: &Contract, current: Period) -> Option<Date> {
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
