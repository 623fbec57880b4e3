//! Usage of nothing at the end of a period that saw more: that waits for a person (rules: billing).

use rust_decimal::Decimal;

use super::context::{ContractLine, CountedUsage, CustomerContext, MappedItem};
use super::effective;
use super::remarks::period_subject;
use super::{PostUnits, arithmetic, guards};
use crate::config::Posting;
use crate::domain::accrual::MeasuredAmount;
use crate::domain::period::BillingPeriod;
use crate::domain::units::{Unit, show_amount};
use crate::plan::{CompanyRef, Refusal, RefusalCode, Remark, RemarkKind};

/// What was used before it fell to nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct FallenUsage {
    /// The highest reading of the period.
    pub(super) peak: MeasuredAmount,
    pub(super) unit: Unit,
    /// What that comes to.
    pub(super) units: i64,
}

impl FallenUsage {
    fn peak_words(self) -> String {
        show_amount(self.peak.amount, self.unit)
    }

    /// That a period ends without a bill for it; the same words on its last days and after it.
    pub(super) fn unbilled_text(
        self,
        subject: &str,
        period: BillingPeriod,
        party: &CompanyRef,
        priced: impl Fn(i64) -> String,
    ) -> String {
        format!(
            "{subject}: usage fell to zero after {} on {:.0} in its period {} to {}, so that nothing \
             is billed for it; before that {} units{} were used: bill them by hand if {} is still a \
             customer",
            self.peak_words(),
            self.peak.at,
            period.start,
            period.end,
            self.units,
            priced(self.units),
            party.name,
        )
    }
}

impl CustomerContext<'_> {
    /// The highest reading of the current period, where its end finds no usage any more.
    fn fallen_from(
        &self,
        one: MappedItem<'_>,
        counted: Option<&CountedUsage<'_>>,
    ) -> Option<FallenUsage> {
        let nothing = counted.is_some_and(|counted| counted.amount <= Decimal::ZERO);
        let at_end = self.terms.posting == Posting::PeriodEnd && !self.bills_accrual(one);
        if !(nothing && at_end) {
            return None;
        }
        let peak = self
            .period_peak(one)
            .filter(|peak| peak.amount > Decimal::ZERO)?;
        Some(FallenUsage {
            peak,
            unit: one.link.measure.unit,
            units: arithmetic::compute_units(one.link.measure, peak.amount)?.units,
        })
    }

    /// What holds the change of a line back.
    pub(super) fn hold_fallen(
        &self,
        post: &PostUnits,
        one: MappedItem<'_>,
        counted: Option<&CountedUsage<'_>>,
    ) -> Option<Refusal> {
        let fallen = self.fallen_from(one, counted)?;
        let text = format!(
            "{}: usage fell to zero after {} on {:.0} in the same period, so that {} units would \
             become {}; check whether {} is no longer used, or only its usage is missing",
            post.line_subject(),
            fallen.peak_words(),
            fallen.peak.at,
            post.before,
            post.wanted,
            post.party.name,
        );
        let code = RefusalCode::UsageZero;
        Some(guards::hold_line(post, code, text, None, self.rules))
    }

    /// The same of a line whose units stay: nothing is to be lowered, but a period in which there was
    /// usage ends without a bill for it.
    pub(super) fn remark_fallen(
        &self,
        post: &PostUnits,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        counted: Option<&CountedUsage<'_>>,
    ) -> Option<Remark> {
        let fallen = self.fallen_from(one, counted)?;
        let period = effective::period_on(place.contract, self.facts.today)?;
        let fallen = FallenUsage {
            units: fallen.units.saturating_add(self.kept_by_hand(one, place)),
            ..fallen
        };
        let subject = post.line_subject();
        let text = fallen.unbilled_text(&subject, period, &post.party, |units| {
            post.price_words(units)
        }) + &self.rules.billing.show_contract_link(post.contract);
        (fallen.units > post.wanted).then(|| {
            self.person_remark(
                RemarkKind::UsageZero,
                period_subject(&subject, period),
                text,
            )
            .told_by(&[&fallen.units])
        })
    }
}
