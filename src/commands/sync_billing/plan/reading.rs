//! Which usage row counts for an item, and which of its figures.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::super::facts::Reading;
use super::customer::{Mapped, View};
use super::effective;
use crate::config::{PeriodMeasure, Posting};
use crate::domain::ids::ItemKey;
use crate::domain::items;
use crate::domain::period::Period;
use crate::plan::Note;

/// The amount that is billed, and when it was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) amount: Decimal,
    pub(super) at: Timestamp,
    /// The row of this run.
    pub(super) reading: &'a Reading,
}

impl View<'_> {
    /// What counts for an item; `None` when there is no row although the tenant was asked, or a
    /// row without its figure, which says as little.
    pub(super) fn counted(&self, one: Mapped<'_>) -> Result<Option<Counted<'_>>, Box<Note>> {
        if let Some(whole) = self.billed_whole(one) {
            let text = format!(
                "{} is a part of {whole}, and both are mapped and on the contract: only the whole \
                 is billed; unset one of the two (`acrotask map-products unset`)",
                one.link.item
            );
            return Err(self.item_note(one, "double-charging", text));
        }
        let Some(reading) = self.row(one) else {
            return Ok(None);
        };
        self.check(one, reading)?;
        let now = figure(one, reading).map(|amount| Counted {
            amount,
            at: reading.at,
            reading,
        });
        Ok(self.highest(one, now))
    }

    /// What cannot be billed whatever its number.
    fn check(&self, one: Mapped<'_>, reading: &Reading) -> Result<(), Box<Note>> {
        let item = &one.link.item;
        if reading.enabled.is_none() {
            let text = format!(
                "{item} is reported as a figure without an offering item, which is never billed"
            );
            return Err(self.item_note(one, "no-item", text));
        }
        if reading.doubled {
            let text = format!(
                "Acronis reports {item} twice with different numbers; nothing is billed for it \
                 until it says one"
            );
            return Err(self.item_note(one, "usage-doubled", text));
        }
        let unit = one.link.measure.unit;
        if !reading
            .measurement
            .is_some_and(|measured| unit.fits(measured))
        {
            let text = format!(
                "{item} is not measured in anything that can be counted in {unit}; map it again \
                 with a fitting unit"
            );
            return Err(self.item_note(one, "unit-of-measure", text));
        }
        Ok(())
    }

    /// The highest measure of the period, when that is what is billed at its end.
    fn highest<'a>(&'a self, one: Mapped<'_>, now: Option<Counted<'a>>) -> Option<Counted<'a>> {
        let billing = self.rules.billing;
        if billing.posting != Posting::PeriodEnd || billing.measure != PeriodMeasure::Highest {
            return now;
        }
        let earlier = self
            .current(one)
            .and_then(|period| self.counted_in(one, period));
        earlier
            .into_iter()
            .chain(now)
            .max_by_key(|counted| counted.amount)
    }

    fn current(&self, one: Mapped<'_>) -> Option<Period> {
        let place = self.place(one).ok().flatten()?;
        effective::period_on(place.contract, self.facts.today)
    }

    /// What earlier readings say of a period; `None` when nothing was measured in it.
    pub(super) fn counted_in(&self, one: Mapped<'_>, period: Period) -> Option<Counted<'_>> {
        let reading = self.row(one)?;
        let measures = &self.facts.measures;
        let measure = measures.get(&(self.measured_key(one), period))?;
        Some(Counted {
            amount: measure.amount,
            at: measure.at,
            reading,
        })
    }

    /// The periods whose earlier readings count for an item.
    pub(super) fn periods(&self, one: Mapped<'_>) -> Vec<Period> {
        let Some(current) = self.current(one) else {
            return Vec::new();
        };
        let highest = self.rules.billing.measure == PeriodMeasure::Highest;
        let before = self.place(one).ok().flatten().and_then(|place| {
            let last = current.start.yesterday().ok()?;
            effective::period_on(place.contract, last)
        });
        before
            .into_iter()
            .chain(highest.then_some(current))
            .collect()
    }

    /// The item that this one is a part of, when that one is billed too.
    fn billed_whole(&self, one: Mapped<'_>) -> Option<&ItemKey> {
        let whole = items::whole_of(&one.link.item.name)?;
        let mapped = self
            .mapped
            .iter()
            .find(|other| other.link.item.name == whole)?;
        self.payg
            .iter()
            .any(|contract| contract.held_services().contains(&mapped.service))
            .then_some(&mapped.link.item)
    }

    /// Whole units used now, for saying whether anything is lost; never for billing.
    pub(super) fn used_units(&self, one: Mapped<'_>) -> i64 {
        let amount = self.row(one).and_then(|reading| figure(one, reading));
        amount
            .and_then(|amount| one.link.measure.billable(amount))
            .unwrap_or(0)
    }
}

/// Whether an item is billed by what accrued in the period.
pub(super) fn accrues(one: Mapped<'_>, reading: Option<&Reading>) -> bool {
    let usage_name = reading.and_then(|reading| reading.usage_name.as_deref());
    items::accrues(&one.link.item.name, usage_name)
}

/// The figure of a reading that is billed.
fn figure(one: Mapped<'_>, reading: &Reading) -> Option<Decimal> {
    if accrues(one, Some(reading)) {
        reading.accrued
    } else {
        reading.absolute
    }
}
