//! From which day a change counts (rules: billing). Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::facts::PastPeriod;
use crate::config::{Effective, LaterChanges, Posting, Terms};
use crate::domain::contracts::{Contract, UnitRow, UnitRows};
use crate::domain::period::{self, BillingPeriod};

/// When a change of a line counts, or why it cannot be posted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeTiming {
    On(Date),
    /// The line has its change of this period; the first run from that day on posts its own reading.
    Held(Date),
    /// Measured daily, posted by the first run from that day on.
    NotYet(Date),
    /// The last period of the contract has its change: what is used since is nobody's.
    Settled,
    /// Pay as you go is monthly; this period is not.
    NotMonthly(BillingPeriod),
    /// The line's units change by themselves on that day, and a change from an earlier day would
    /// move those units too.
    Uneven(Date),
    /// A row that covers that day, on which the change would count, is approved and posted.
    RowPosted(Date),
    /// The period starts on that day, and the change there is that of an earlier period's reading.
    Carried(Date),
    /// There is no day left in the contract on which it could count.
    EndsBefore(Date),
    /// Neither the unit rows nor the contract's dates say where the period begins.
    NoPeriod,
}

/// What the day depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineSchedule<'a> {
    pub(crate) contract: &'a Contract,
    /// The rows of the line itself; none when it does not exist yet.
    pub(crate) rows: Option<&'a UnitRows>,
    /// Days that have an adjustment already.
    pub(crate) taken: &'a BTreeSet<Date>,
    /// Those of them that are acrotask's own.
    pub(crate) posted: &'a BTreeSet<Date>,
    /// A day of each period that is settled: by an adjustment of acrotask's.
    pub(crate) settles: &'a BTreeSet<Date>,
    /// What runs found of its periods.
    pub(crate) past: &'a [PastPeriod],
    /// What accrues is known when its period ends, and not before.
    pub(crate) accrues: bool,
}

/// The billing period of a contract that holds a day.
pub(crate) fn period_on(contract: &Contract, day: Date) -> Option<BillingPeriod> {
    let rows = every_row(contract);
    let by_rows = period::of_rows(rows, contract.period_months)
        .into_iter()
        .find(|period| period.contains_day(day));
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

/// The day from which a change of the line to `wanted` units counts when it is posted today.
pub(crate) fn decide_timing(
    line: &LineSchedule<'_>,
    wanted: i64,
    today: Date,
    terms: Terms,
) -> ChangeTiming {
    let Some(current) = period_on(line.contract, today) else {
        return ChangeTiming::NoPeriod;
    };
    let months = line.contract.period_months;
    if current.is_longer_than_a_month() || months.is_some_and(|months| months != 1) {
        return ChangeTiming::NotMonthly(current);
    }
    let at_end = line.is_settled_at_end(terms);
    let settled = line.is_settled(current);
    if at_end && settled {
        let next = next_window(line, current, terms);
        return next.map_or(ChangeTiming::Settled, ChangeTiming::Held);
    }
    let from = window_start(line, current, terms);
    if today < from {
        return ChangeTiming::NotYet(from);
    }
    if settled {
        return time_later_change(line, wanted, current, today, terms);
    }
    let Some(day) = first_day(line, current, today, terms) else {
        return ChangeTiming::EndsBefore(line.contract.end);
    };
    if !line.is_open(day) {
        return ChangeTiming::RowPosted(day);
    }
    match line.first_obstacle(day) {
        None => ChangeTiming::On(day),
        Some(at) if at > day.max(today) => ChangeTiming::Uneven(at),
        Some(at) if at == day && day == today && terms.effective == Effective::Today => {
            // Somebody else's of the day; tomorrow takes another.
            let tomorrow = today
                .tomorrow()
                .ok()
                .filter(|day| *day <= line.contract.end);
            tomorrow.map_or(
                ChangeTiming::EndsBefore(line.contract.end),
                ChangeTiming::Held,
            )
        }
        Some(at) if at == day && line.posted.contains(&day) => ChangeTiming::Carried(day),
        Some(at) if at_end => ChangeTiming::Uneven(at),
        // Somebody else's change is there already: it is the period's.
        Some(_) => time_later_change(line, wanted, current, today, terms),
    }
}

/// The first day on which a period is settled.
fn window_start(line: &LineSchedule<'_>, period: BillingPeriod, terms: Terms) -> Date {
    match terms.posting {
        _ if line.accrues => period.end,
        Posting::PeriodEnd => period.last_days(terms.period_end_days).max(period.start),
        Posting::EveryRun => period.start,
    }
}

/// The first day on which the next period is settled; none in a contract's last.
fn next_window(line: &LineSchedule<'_>, current: BillingPeriod, terms: Terms) -> Option<Date> {
    let next = period_on(line.contract, next_start(line.contract, current)?)?;
    Some(window_start(line, next, terms))
}

/// What becomes of a change in a period that has its own: with billing at every run.
fn time_later_change(
    line: &LineSchedule<'_>,
    wanted: i64,
    current: BillingPeriod,
    today: Date,
    terms: Terms,
) -> ChangeTiming {
    let units = line.rows.map_or(0, |rows| rows.units_on(today));
    let at_once = match terms.later_changes {
        LaterChanges::Today => true,
        LaterChanges::Raise => wanted > units,
        LaterChanges::Hold => false,
    };
    if at_once && line.is_open(today) && line.first_obstacle(today).is_none() {
        return ChangeTiming::On(today);
    }
    next_start(line.contract, current).map_or(
        ChangeTiming::EndsBefore(line.contract.end),
        ChangeTiming::Held,
    )
}

/// The day on which the units are read that a difference is told from.
pub(crate) fn compared_on(
    line: &LineSchedule<'_>,
    when: ChangeTiming,
    today: Date,
    terms: Terms,
) -> Date {
    let next = |current| match terms.effective {
        Effective::NextPeriod => first_day(line, current, today, terms),
        Effective::PeriodStart | Effective::Today => None,
    };
    match when {
        ChangeTiming::On(day) => day,
        // What stands by then, changes that were posted for a later day included.
        ChangeTiming::Held(_) | ChangeTiming::Settled => period_on(line.contract, today)
            .map_or(today, |current| next(current).unwrap_or(current.end)),
        ChangeTiming::NotYet(_) | ChangeTiming::Uneven(_) => period_on(line.contract, today)
            .and_then(next)
            .unwrap_or(today),
        ChangeTiming::NotMonthly(_)
        | ChangeTiming::RowPosted(_)
        | ChangeTiming::Carried(_)
        | ChangeTiming::EndsBefore(_)
        | ChangeTiming::NoPeriod => today,
    }
}

/// The day from which the reading of a period is to count; none when the contract ends before it.
pub(crate) fn first_day(
    line: &LineSchedule<'_>,
    current: BillingPeriod,
    today: Date,
    terms: Terms,
) -> Option<Date> {
    match terms.effective {
        Effective::PeriodStart => Some(current.start.max(line.contract.start)),
        Effective::Today => Some(today),
        Effective::NextPeriod => {
            let mut day = next_start(line.contract, current)?;
            while !line.is_open(day) || line.posted.contains(&day) {
                day = border_after(line.contract, day)?;
            }
            Some(day)
        }
    }
}

/// The first border of a billing period after a day.
fn border_after(contract: &Contract, day: Date) -> Option<Date> {
    period_on(contract, day).and_then(|period| next_start(contract, period))
}

/// The first day from which what was posted from `since` on can be taken back: one that has no
/// adjustment yet, in a row that is not posted. Whatever else was adjusted stays as it is by it.
pub(crate) fn back_from(
    line: &LineSchedule<'_>,
    since: Date,
    today: Date,
    terms: Terms,
) -> Option<Date> {
    let current = period_on(line.contract, today)?;
    let mut day = first_day(line, current, today, terms)?.max(since);
    while line.taken.contains(&day) || !line.is_open(day) {
        day = border_after(line.contract, day)?;
    }
    Some(day)
}

impl LineSchedule<'_> {
    /// The day that keeps a change from counting from `from` on: that day, when it has an
    /// adjustment already; or the next on which the units change. Units are running totals
    /// (autotask.md §8.4), so that an adjustment moves all later ones by as much.
    fn first_obstacle(&self, from: Date) -> Option<Date> {
        if self.taken.contains(&from) {
            return Some(from);
        }
        self.rows.and_then(|rows| rows.change_after(from))
    }

    /// Whether a change from that day moves nothing that is approved and posted: no posted row of
    /// the line covers it or a later day. For a line without rows the contract's others tell.
    pub(crate) fn is_open(&self, day: Date) -> bool {
        let touches = |row: &UnitRow| row.posted.is_some() && row.end >= day;
        let own = self.rows.filter(|rows| rows.iter().next().is_some());
        match own {
            Some(rows) => !rows.iter().any(touches),
            None => !every_row(self.contract).any(touches),
        }
    }

    /// Whether a period is settled once, at its end.
    fn is_settled_at_end(&self, terms: Terms) -> bool {
        self.accrues || terms.posting == Posting::PeriodEnd
    }

    /// Whether the line has its change of a period, or needed none when that was due.
    fn is_settled(&self, period: BillingPeriod) -> bool {
        let mut changes = self.settles.range(period.start..=period.end);
        let mut found = self.past.iter();
        changes.next().is_some()
            || found.any(|past| past.settled && past.period.start == period.start)
    }
}

/// Whether the rows of today do not tell what a change would do: a line whose period is split or
/// posted, and a setting that looks at the periods after.
pub(crate) fn needs_neighbours(contract: &Contract, today: Date, terms: Terms) -> bool {
    terms.effective == Effective::NextPeriod || !shows_whole_period(contract, today)
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
pub(crate) fn first_free_start(line: &LineSchedule<'_>, today: Date) -> Option<Date> {
    let mut day = border_after(line.contract, today)?;
    while line.taken.contains(&day) || !line.is_open(day) {
        day = border_after(line.contract, day)?;
    }
    line.first_obstacle(day).is_none().then_some(day)
}

pub(crate) fn next_start(contract: &Contract, current: BillingPeriod) -> Option<Date> {
    let next = current.end.tomorrow().ok()?;
    (next <= contract.end).then_some(next)
}
