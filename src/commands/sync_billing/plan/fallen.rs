//! Usage of nothing at the end of a period that saw more: that waits for a person (rules: billing).

use rust_decimal::Decimal;

use super::super::facts::Measure;
use super::customer::{Mapped, Place, View};
use super::effective;
use super::reading::Counted;
use super::said::of_period;
use super::{Post, arithmetic, guards};
use crate::config::Posting;
use crate::domain::period::Period;
use crate::domain::units::{Unit, show_amount};
use crate::plan::{Note, Party, Refusal};

/// What was used before it fell to nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fallen {
    /// The highest reading of the period.
    pub(super) peak: Measure,
    pub(super) unit: Unit,
    /// What that comes to.
    pub(super) units: i64,
}

impl Fallen {
    fn amount(self) -> String {
        show_amount(self.peak.amount, self.unit)
    }

    /// That a period ends without a bill for it; the same words on its last days and after it.
    pub(super) fn unbilled(
        self,
        subject: &str,
        period: Period,
        party: &Party,
        priced: impl Fn(i64) -> String,
    ) -> String {
        format!(
            "{subject}: usage fell to zero after {} on {:.0} in its period {} to {}, so that nothing \
             is billed for it; before that {} units{} were used: bill them by hand if {} is still a \
             customer",
            self.amount(),
            self.peak.at,
            period.start,
            period.end,
            self.units,
            priced(self.units),
            party.name,
        )
    }
}

impl View<'_> {
    /// The highest reading of the current period, where its end finds no usage any more.
    fn fallen_from(&self, one: Mapped<'_>, counted: Option<&Counted<'_>>) -> Option<Fallen> {
        let nothing = counted.is_some_and(|counted| counted.amount <= Decimal::ZERO);
        let at_end = self.terms.posting == Posting::PeriodEnd && !self.accrues(one);
        if !(nothing && at_end) {
            return None;
        }
        let peak = self.peak(one).filter(|peak| peak.amount > Decimal::ZERO)?;
        Some(Fallen {
            peak,
            unit: one.link.measure.unit,
            units: arithmetic::compute(one.link.measure, peak.amount)?.units,
        })
    }

    /// What holds the change of a line back.
    pub(super) fn fallen(
        &self,
        post: &Post,
        one: Mapped<'_>,
        counted: Option<&Counted<'_>>,
    ) -> Option<Refusal> {
        let fallen = self.fallen_from(one, counted)?;
        let text = format!(
            "{}: usage fell to zero after {} on {:.0} in the same period, so that {} units would \
             become {}; check whether {} is no longer used, or only its usage is missing",
            post.subject(),
            fallen.amount(),
            fallen.peak.at,
            post.before,
            post.wanted,
            post.party.name,
        );
        let code = guards::USAGE_ZERO;
        Some(guards::held(post, code, text, None, self.rules))
    }

    /// The same of a line whose units stay: nothing is to be lowered, but a period in which there was
    /// usage ends without a bill for it.
    pub(super) fn fallen_unbilled(
        &self,
        post: &Post,
        (one, place): (Mapped<'_>, &Place<'_>),
        counted: Option<&Counted<'_>>,
    ) -> Option<Note> {
        let fallen = self.fallen_from(one, counted)?;
        let period = effective::period_on(place.contract, self.facts.today)?;
        let fallen = Fallen {
            units: fallen.units.saturating_add(self.kept_by_hand(one, place)),
            ..fallen
        };
        let subject = post.subject();
        let text = fallen.unbilled(&subject, period, &post.party, |units| post.priced(units))
            + &self.rules.billing.link(post.contract);
        (fallen.units > post.wanted)
            .then(|| self.note(guards::USAGE_ZERO, of_period(&subject, period), text))
    }
}
