//! What is said of ended periods.

use std::fmt::Display;

use rust_decimal::Decimal;

use super::super::arithmetic::ComputedUnits;
use super::super::fallen_usage::FallenUsage;
use super::super::remarks::period_subject;
use super::super::{PostUnits, action, guards, money};
use super::PastLine;
use super::carry::CarriedChanges;
use crate::config::Posting;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::period::BillingPeriod;
use crate::plan::{Refusal, RefusalCode, Remark, RemarkKind};

impl PastLine<'_> {
    fn line_subject(&self) -> String {
        action::line_subject(self.key.0, self.key.1, &self.known.service_name)
    }

    fn period_remark(&self, kind: RemarkKind, period: BillingPeriod, text: &str) -> Remark {
        Remark::new(
            kind,
            period_subject(&self.line_subject(), period),
            text.to_owned() + &self.rules.billing.show_contract_link(self.contract.id),
        )
        .of_account(&self.known.account)
        .of_company(self.known.party.clone())
        .for_person()
    }

    fn price_words(&self, units: i64) -> String {
        let price = self.line.price;
        let amount = price.and_then(|price| price.checked_mul(Decimal::from(units)));
        amount.map_or_else(String::new, |amount| {
            format!(", {}", money::show_money(amount))
        })
    }

    /// A difference that cannot be posted now.
    pub(super) fn remark_missed(
        &self,
        period: BillingPeriod,
        units: i64,
        computed: &ComputedUnits,
    ) -> Remark {
        let difference = computed.units.saturating_sub(units);
        let why = if self.is_in_trial() {
            "its tenant is in trial now, so that nothing is posted for it (billing.trial); settle the \
             difference by hand if the customer paid then"
        } else {
            "it is approved and posted, or the line was changed since, so that the difference has to \
             be settled by hand"
        };
        let text = format!(
            "{}: its period {} to {} ended with {units} units, but {} were used ({}): \
             {difference:+} \
             units{}; {why}",
            self.line_subject(),
            period.start,
            period.end,
            computed.units,
            computed.words,
            self.price_words(difference),
        );
        self.period_remark(RemarkKind::PeriodMissed, period, &text)
            .told_by(&[&units, &computed.units, &self.is_in_trial()])
    }

    /// An ended period that is no month: what its last reading asks for is billed by hand.
    pub(super) fn remark_not_monthly(&self, period: BillingPeriod) -> Option<Remark> {
        let units = self.line.rows.row_on(period.end)?.units;
        let (computed, _) = self.wanted_in(period)?;
        let difference = computed.units.saturating_sub(units);
        (difference != 0).then(|| {
            let text = format!(
                "{}: its period {} to {} is not a month, so its {units} units were not changed; \
                 {} were used at its end ({}): settle {difference:+} units{} by hand",
                self.line_subject(),
                period.start,
                period.end,
                computed.units,
                computed.words,
                self.price_words(difference),
            );
            self.period_remark(RemarkKind::NotMonthly, period, &text)
                .told_by(&[&units, &computed.units])
        })
    }

    /// A period that ended without a bill after usage fell to nothing in it.
    pub(super) fn remark_fallen(
        &self,
        period: BillingPeriod,
        computed: &ComputedUnits,
        last: Option<MeasuredAmount>,
    ) -> Option<Remark> {
        let nothing = last.is_some_and(|last| last.amount <= Decimal::ZERO);
        let at_end = self.terms.posting == Posting::PeriodEnd && !self.bills_accrual();
        if !(nothing && at_end) {
            return None;
        }
        let peak = self.facts.peaks.get(&(self.measured_key(), period))?;
        let fallen = FallenUsage {
            peak: *peak,
            unit: self.mapped_unit()?,
            units: self.compute_units(*peak)?.units,
        };
        let subject = self.line_subject();
        let text = fallen.unbilled_text(&subject, period, &self.known.party, |it| {
            self.price_words(it)
        });
        (fallen.units > computed.units).then(|| {
            self.period_remark(RemarkKind::UsageZero, period, &text)
                .told_by(&[&fallen.units])
        })
    }

    /// A period in which nothing was read.
    pub(super) fn remark_unread(&self, period: BillingPeriod, units: Option<i64>) -> Remark {
        let stays = match units {
            Some(units) => format!(
                "its {units} units{} stay as billed",
                self.price_words(units)
            ),
            None => "Autotask shows no units of it".to_owned(),
        };
        let around = self.facts.around.get(&(self.measured_key(), period));
        let shown = |measure: Option<MeasuredAmount>| match measure {
            None => "none".to_owned(),
            Some(measure) => {
                let units = self.compute_units(measure);
                let units = units.map_or_else(String::new, |it| format!("{} units, ", it.units));
                format!("{units}read {:.0}", measure.at)
            }
        };
        let (before, after) = around.map_or((None, None), |around| (around.before, around.after));
        let text = format!(
            "{}: nothing was read in its period {} to {}, so {stays}; the last reading before \
             it: {}; the first after it: {}; settle a difference by hand",
            self.line_subject(),
            period.start,
            period.end,
            shown(before),
            shown(after),
        );
        let at = |reading: MeasuredAmount| reading.at;
        self.period_remark(RemarkKind::PeriodUnread, period, &text)
            .told_by(&[
                &figure(units),
                &figure(before.map(at)),
                &figure(after.map(at)),
            ])
    }

    /// Offers what was missed, with all that comes after it.
    pub(super) fn offer_missed(&self, first: &PostUnits, carried: &CarriedChanges) -> Refusal {
        let periods = carried.offered.iter();
        let periods: Vec<String> = periods
            .map(|period| format!("{} to {}", period.start, period.end))
            .collect();
        let changes = carried.posts.iter();
        let changes: Vec<String> = changes
            .map(|post| {
                format!(
                    "{} → {} units from {} ({:+}{})",
                    post.before,
                    post.wanted,
                    post.effective,
                    post.unit_change(),
                    post.price_words(post.unit_change())
                )
            })
            .collect();
        let text = format!(
            "{}: nothing was posted for its period {}, which ended with other units than were \
             used; approve this plan to post {}. Until then later changes of the line wait",
            first.line_subject(),
            periods.join(", "),
            changes.join(", then ")
        );
        guards::hold_line(first, RefusalCode::PeriodMissed, text, None, self.rules)
    }
}

/// A figure of a remark that may be unknown.
fn figure<T: Display>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
