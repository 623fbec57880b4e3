//! Which usage row counts for an item, and which of its figures.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::super::facts::{Measure, Reading};
use super::customer::{Mapped, View};
use super::effective;
use crate::config::{PeriodMeasure, Posting};
use crate::domain::contracts::Contract;
use crate::domain::items;
use crate::domain::period::Period;
use crate::plan::Note;

/// The amount that is billed, and when it was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) amount: Decimal,
    pub(super) at: Timestamp,
    /// The row of this run; none when only earlier ones tell the amount.
    pub(super) reading: Option<&'a Reading>,
}

impl View<'_> {
    /// What counts for an item; `None` when there is no row although the tenant was asked, or a
    /// row without its figure, which says as little.
    pub(super) fn counted(&self, one: Mapped<'_>) -> Result<Option<Counted<'_>>, Box<Note>> {
        if let Some(text) = self.part_of_billed(one) {
            return Err(self.item_note(one, "double-charging", text));
        }
        let reading = self.row(one);
        if let Some(reading) = reading {
            self.check(one, reading)?;
        }
        let now = reading.and_then(|reading| {
            Some(Counted {
                amount: reading.absolute?,
                at: reading.at,
                reading: Some(reading),
            })
        });
        Ok(self.of_period(one, now))
    }

    /// What cannot be billed whatever its number.
    fn check(&self, one: Mapped<'_>, reading: &Reading) -> Result<(), Box<Note>> {
        let item = &one.link.item;
        if reading.enabled.is_none() {
            let text =
                format!("{item} is reported without an offering item, which is never billed");
            return Err(self.item_note(one, "no-item", text));
        }
        if reading.doubled {
            let text = format!(
                "Acronis reports {item} twice with different numbers, so nothing is billed for it \
                 until the numbers agree"
            );
            return Err(self.item_note(one, "usage-doubled", text));
        }
        let unit = one.link.measure.unit;
        if !reading
            .measurement
            .is_some_and(|measured| unit.fits(measured))
        {
            let text = format!(
                "{item} cannot be counted in {unit}; set a unit that fits with `acrotask \
                 map-products set`"
            );
            return Err(self.item_note(one, "unit-of-measure", text));
        }
        Ok(())
    }

    /// What counts for the current period: this run's reading, or what all its readings say. Only a
    /// run that read the item itself says it unasked.
    fn of_period<'a>(&'a self, one: Mapped<'_>, now: Option<Counted<'a>>) -> Option<Counted<'a>> {
        let earlier = || self.counted_in(one, self.current(one)?);
        if self.accrues(one) {
            return earlier();
        }
        match (self.terms.posting, self.terms.measure) {
            (Posting::EveryRun, _) => now,
            (Posting::PeriodEnd, PeriodMeasure::Last) => now.or_else(earlier),
            (Posting::PeriodEnd, PeriodMeasure::Highest) => earlier()
                .into_iter()
                .chain(now)
                .max_by_key(|counted| counted.amount),
        }
    }

    /// The row of this run, where it has the figure that is billed.
    fn own_row(&self, one: Mapped<'_>) -> Option<&Reading> {
        let accrues = self.accrues(one);
        self.row(one).filter(|row| match accrues {
            true => row.accrued.is_some(),
            false => row.absolute.is_some(),
        })
    }

    fn current(&self, one: Mapped<'_>) -> Option<Period> {
        let place = self.place(one).ok().flatten()?;
        effective::period_on(place.contract, self.facts.today)
    }

    /// What readings say of a period; `None` when nothing was measured in it.
    pub(super) fn counted_in(&self, one: Mapped<'_>, period: Period) -> Option<Counted<'_>> {
        let measures = &self.facts.measures;
        let measure = measures.get(&(self.measured_key(one), period))?;
        Some(Counted {
            amount: measure.amount,
            at: measure.at,
            reading: self.own_row(one),
        })
    }

    /// The highest reading of the current period before this run.
    pub(super) fn peak(&self, one: Mapped<'_>) -> Option<Measure> {
        let peaks = &self.facts.peaks;
        let key = (self.measured_key(one), self.current(one)?);
        peaks.get(&key).copied()
    }

    /// The current period, where earlier readings of it count or tell something of an item.
    pub(super) fn period_to_measure(&self, one: Mapped<'_>) -> Option<Period> {
        let last =
            (self.terms.posting, self.terms.measure) == (Posting::PeriodEnd, PeriodMeasure::Last);
        let in_use = |row: &Reading| row.absolute.is_some_and(|amount| amount > Decimal::ZERO);
        let needed = match self.terms.posting {
            _ if self.accrues(one) => true,
            Posting::PeriodEnd => !last || !self.row(one).is_some_and(in_use),
            Posting::EveryRun => false,
        };
        self.current(one).filter(|_| needed)
    }

    /// The item that this one is a part of, when that one is on a contract too, in words that say
    /// what becomes of both.
    fn part_of_billed(&self, one: Mapped<'_>) -> Option<String> {
        let whole = items::whole_of(&one.link.item.name)?;
        let mapped = *self
            .mapped
            .iter()
            .find(|other| other.link.item.name == whole)?;
        let held = |contracts: &[&Contract]| {
            let mut contracts = contracts.iter();
            contracts.any(|contract| contract.held_services().contains(&mapped.service))
        };
        let part = &one.link.item;
        let whole = &mapped.link.item;
        let both = format!("{part} is a part of {whole}, and both are mapped and on a contract");
        let unset = "unset one of the two (`acrotask map-products unset`)";
        if held(&self.prepaid) {
            return Some(format!(
                "{both}; the whole is prepaid, so the part is not billed in addition: {unset}"
            ));
        }
        if !held(&self.payg) {
            return None;
        }
        Some(match self.place(mapped) {
            Ok(_) => format!("{both}: only the whole is billed; {unset}"),
            Err(why) => format!(
                "{both}, but the whole cannot be billed now, so neither is ({}): {unset}",
                why.text
            ),
        })
    }

    /// Whether an item is billed by what accrued in the period.
    pub(super) fn accrues(&self, one: Mapped<'_>) -> bool {
        let usage_name = self.row(one).and_then(|row| row.usage_name.as_deref());
        items::accrues(&one.link.item.name, usage_name)
    }

    /// Whole units used now, for saying whether anything is lost; never for billing.
    pub(super) fn used_units(&self, one: Mapped<'_>) -> i64 {
        let accrues = self.accrues(one);
        let amount = self.row(one).and_then(|reading| {
            if accrues {
                reading.accrued
            } else {
                reading.absolute
            }
        });
        amount
            .and_then(|amount| one.link.measure.billable(amount))
            .unwrap_or(0)
    }
}
