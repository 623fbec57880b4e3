//! Which usage row counts for an item, and which of its figures.

use crate::plan::RemarkKind;
use rust_decimal::Decimal;

use super::super::facts::ItemReading;
use super::context::{CountedUsage, CustomerContext, MappedItem};
use super::effective;
use crate::config::{PeriodMeasure, Posting};
use crate::domain::accrual::MeasuredAmount;
use crate::domain::items;
use crate::domain::period::BillingPeriod;
use crate::plan::Remark;

impl CustomerContext<'_> {
    /// What counts for an item; `None` when there is no row although the tenant was asked, or a
    /// row without its figure, which says as little.
    pub(super) fn count_usage(
        &self,
        one: MappedItem<'_>,
    ) -> Result<Option<CountedUsage<'_>>, Box<Remark>> {
        if let Some(text) = self.part_of_billed(one) {
            let subject = one.link.item.to_string();
            let note = self.person_remark(RemarkKind::DoubleCharging, subject, text);
            return Err(Box::new(note));
        }
        let reading = self.usage_row(one);
        if let Some(reading) = reading {
            self.check_reading(one, reading)?;
        }
        let now = reading.and_then(|reading| {
            Some(CountedUsage {
                amount: reading.absolute?,
                at: reading.at,
                reading: Some(reading),
            })
        });
        Ok(self.count_period(one, now))
    }

    /// What cannot be billed whatever its number.
    fn check_reading(&self, one: MappedItem<'_>, reading: &ItemReading) -> Result<(), Box<Remark>> {
        let item = &one.link.item;
        if reading.enabled.is_none() {
            let text =
                format!("{item} is reported without an offering item, which is never billed");
            return Err(self.item_remark(one, RemarkKind::NoItem, text, &[]));
        }
        if reading.doubled {
            let text = format!(
                "Acronis reports {item} twice with different numbers, so nothing is billed for it \
                 until the numbers agree"
            );
            return Err(self.item_remark(one, RemarkKind::UsageDoubled, text, &[]));
        }
        let unit = one.link.measure.unit;
        if !reading
            .measurement
            .is_some_and(|measured| unit.fits_measurement(measured))
        {
            let text = format!(
                "{item} cannot be counted in {unit}; set a unit that fits with `acrotask \
                 map-products set`"
            );
            return Err(self.item_remark(one, RemarkKind::UnitOfMeasure, text, &[&unit]));
        }
        Ok(())
    }

    /// What counts for the current period: this run's reading, or what all its readings say. Only a
    /// run that read the item itself says it unasked.
    fn count_period<'a>(
        &'a self,
        one: MappedItem<'_>,
        now: Option<CountedUsage<'a>>,
    ) -> Option<CountedUsage<'a>> {
        let earlier = || self.counted_in(one, self.current_period(one)?);
        if self.bills_accrual(one) {
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
    fn own_row(&self, one: MappedItem<'_>) -> Option<&ItemReading> {
        let accrues = self.bills_accrual(one);
        self.usage_row(one).filter(|row| match accrues {
            true => row.accrued.is_some(),
            false => row.absolute.is_some(),
        })
    }

    fn current_period(&self, one: MappedItem<'_>) -> Option<BillingPeriod> {
        let place = self.find_line(one).ok().flatten()?;
        effective::period_on(place.contract, self.facts.today)
    }

    /// What readings say of a period; `None` when nothing was measured in it.
    pub(super) fn counted_in(
        &self,
        one: MappedItem<'_>,
        period: BillingPeriod,
    ) -> Option<CountedUsage<'_>> {
        let measures = &self.facts.measures;
        let measure = measures.get(&(self.measured_key(one), period))?;
        Some(CountedUsage {
            amount: measure.amount,
            at: measure.at,
            reading: self.own_row(one),
        })
    }

    /// The highest reading of the current period before this run.
    pub(super) fn period_peak(&self, one: MappedItem<'_>) -> Option<MeasuredAmount> {
        let peaks = &self.facts.peaks;
        let key = (self.measured_key(one), self.current_period(one)?);
        peaks.get(&key).copied()
    }

    /// The current period, where earlier readings of it count or tell something of an item.
    pub(super) fn period_to_measure(&self, one: MappedItem<'_>) -> Option<BillingPeriod> {
        let last =
            (self.terms.posting, self.terms.measure) == (Posting::PeriodEnd, PeriodMeasure::Last);
        let in_use = |row: &ItemReading| row.absolute.is_some_and(|amount| amount > Decimal::ZERO);
        let needed = match self.terms.posting {
            _ if self.bills_accrual(one) => true,
            Posting::PeriodEnd => !last || !self.usage_row(one).is_some_and(in_use),
            Posting::EveryRun => false,
        };
        self.current_period(one).filter(|_| needed)
    }

    /// The mapped item that this one is a part of, where a contract in force holds that one.
    pub(super) fn whole_on_contract(&self, one: MappedItem<'_>) -> Option<MappedItem<'_>> {
        let whole = items::whole_of(&one.link.item.name)?;
        let mapped = self.mapped.iter();
        mapped
            .filter(|other| other.link.item.name == whole)
            .find(|other| self.is_held(other.service))
            .copied()
    }

    /// Why a part that is on a contract beside its whole is not billed, and what to do about it.
    /// Without a mapping the part would get a quota of zero, so that is never the advice.
    fn part_of_billed(&self, one: MappedItem<'_>) -> Option<String> {
        let whole = self.whole_on_contract(one)?;
        let both = format!(
            "{} is a part of {}, and both are mapped and on a contract",
            one.link.item, whole.link.item
        );
        let advice = format!(
            "to keep the part switched on without billing it, use `acrotask map-products free {}/{}`",
            one.link.account, one.link.item
        );
        let mut prepaid = self.prepaid.iter();
        if prepaid.any(|contract| contract.holds_service(whole.service)) {
            return Some(format!(
                "{both}; the whole is prepaid, so the part is not billed in addition: {advice}"
            ));
        }
        Some(match self.find_line(whole) {
            Ok(_) => format!("{both}: only the whole is billed; {advice}"),
            Err(why) => format!(
                "{both}, but the whole cannot be billed now, so neither is ({}): {advice}",
                why.text
            ),
        })
    }
}
