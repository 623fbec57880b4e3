//! One customer of the simulation: a tenant, and a contract with one line after the other.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

/// What is configured for one customer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) posting: Posting,
    pub(super) highest: bool,
    pub(super) later: Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Posting {
    PeriodEnd,
    EveryRun,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Later {
    Hold,
    Today,
    Raise,
}

impl Settings {
    /// As they stand in a `[[customer]]` block.
    pub(super) fn written(self, company: i64) -> String {
        let posting = match self.posting {
            Posting::PeriodEnd => "period-end",
            Posting::EveryRun => "every-run",
        };
        let measure = if self.highest { "highest" } else { "last" };
        let later = match self.later {
            Later::Hold => "hold",
            Later::Today => "today",
            Later::Raise => "raise",
        };
        format!(
            "\n[[customer]]\ncompany = {company}\nposting = \"{posting}\"\nmeasure = \"{measure}\"\n\
             later_changes = \"{later}\"\n"
        )
    }
}

/// A contract with its line, for as long as it lasts.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) contract: i64,
    pub(super) start: Date,
    pub(super) end: Date,
    /// The first run that saw it as a pay-as-you-go contract of a linked customer.
    pub(super) first_seen: Option<Date>,
}

/// A billing period of a contract: it begins on the day of the month on which the contract began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: Date,
    pub(super) end: Date,
}

impl Term {
    /// Its monthly periods, cut at its end.
    pub(super) fn periods(&self) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut months = 0;
        loop {
            let start = self.start.saturating_add(months.months());
            if start > self.end {
                return periods;
            }
            months += 1;
            let next = self.start.saturating_add(months.months());
            let end = next.yesterday().unwrap().min(self.end);
            periods.push(Period { start, end });
        }
    }
}

/// What a run read of one customer's usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Used(i64),
    /// The row was not in the answer.
    NoRow,
}

#[derive(Clone, Debug)]
pub(super) struct Shop {
    pub(super) name: String,
    pub(super) company: i64,
    pub(super) tenant: String,
    pub(super) settings: Settings,
    pub(super) terms: Vec<Term>,
    /// The day on which a person took the link away.
    pub(super) unlinked: Option<Date>,
    pub(super) payg: bool,
    /// The day on which a prepaid contract was turned pay-as-you-go.
    pub(super) turned: Option<Date>,
    /// What is used today; none when the row is missing.
    pub(super) used: Reading,
    /// What each run read, by day and run of the day, while the customer was linked and a contract in
    /// force.
    pub(super) readings: BTreeMap<(Date, usize), Reading>,
    /// What was said of this customer: day, and the whole text.
    pub(super) said: Vec<(Date, String)>,
}

impl Shop {
    /// The readings between two days, oldest first.
    pub(super) fn read_within(&self, from: Date, to: Date) -> Vec<(Date, Reading)> {
        let range = self.readings.range((from, 0)..=(to, usize::MAX));
        range.map(|((day, _), reading)| (*day, *reading)).collect()
    }

    /// Whether anything was said of a contract since a day.
    pub(super) fn was_named(&self, contract: i64, since: Date) -> bool {
        let number = contract.to_string();
        let mut said = self.said.iter();
        said.any(|(day, text)| *day >= since && text.contains(&number))
    }
}
