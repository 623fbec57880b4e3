//! What is said of ended periods.

use rust_decimal::Decimal;

use super::super::arithmetic::Computed;
use super::super::fallen::Fallen;
use super::super::said::of_period;
use super::super::{Post, action, guards, money};
use super::PastLine;
use super::carry::Carried;
use crate::commands::sync_billing::facts::Measure;
use crate::config::Posting;
use crate::domain::period::Period;
use crate::plan::{Note, Refusal};

impl PastLine<'_> {
    fn subject(&self) -> String {
        action::subject(self.key.0, self.key.1, &self.known.service_name)
    }

    fn note(&self, kind: &'static str, period: Period, text: &str) -> Note {
        Note {
            kind,
            account: Some(self.known.account.clone()),
            company: Some(self.known.party.clone()),
            subject: of_period(&self.subject(), period),
            text: text.to_owned() + &self.rules.billing.link(self.contract.id),
            needs_person: true,
        }
    }

    fn priced(&self, units: i64) -> String {
        let price = self.line.price;
        let amount = price.and_then(|price| price.checked_mul(Decimal::from(units)));
        amount.map_or_else(String::new, |amount| format!(", {}", money::show(amount)))
    }

    /// A difference that cannot be posted now.
    pub(super) fn named(&self, period: Period, units: i64, computed: &Computed) -> Note {
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
            self.subject(),
            period.start,
            period.end,
            computed.units,
            computed.words,
            self.priced(difference),
        );
        self.note("period-missed", period, &text)
    }

    /// An ended period that is no month: what its last reading asks for is billed by hand.
    pub(super) fn not_monthly(&self, period: Period) -> Option<Note> {
        let units = self.line.rows.on(period.end)?.units;
        let (computed, _) = self.wanted_in(period)?;
        let difference = computed.units.saturating_sub(units);
        (difference != 0).then(|| {
            let text = format!(
                "{}: its period {} to {} is not a month, so its {units} units were not changed; \
                 {} were used at its end ({}): settle {difference:+} units{} by hand",
                self.subject(),
                period.start,
                period.end,
                computed.units,
                computed.words,
                self.priced(difference),
            );
            self.note("not-monthly", period, &text)
        })
    }

    /// A period that ended without a bill after usage fell to nothing in it.
    pub(super) fn fallen(
        &self,
        period: Period,
        computed: &Computed,
        last: Option<Measure>,
    ) -> Option<Note> {
        let nothing = last.is_some_and(|last| last.amount <= Decimal::ZERO);
        let at_end = self.terms.posting == Posting::PeriodEnd && !self.accrues();
        if !(nothing && at_end) {
            return None;
        }
        let peak = self.facts.peaks.get(&(self.measured_key(), period))?;
        let fallen = Fallen {
            peak: *peak,
            unit: self.unit()?,
            units: self.computed(*peak)?.units,
        };
        let subject = self.subject();
        let text = fallen.unbilled(&subject, period, &self.known.party, |it| self.priced(it));
        (fallen.units > computed.units).then(|| self.note(guards::USAGE_ZERO, period, &text))
    }

    /// A period in which nothing was read.
    pub(super) fn unread(&self, period: Period, units: Option<i64>) -> Note {
        let stays = match units {
            Some(units) => format!("its {units} units{} stay as billed", self.priced(units)),
            None => "Autotask shows no units of it".to_owned(),
        };
        let around = self.facts.around.get(&(self.measured_key(), period));
        let shown = |measure: Option<Measure>| match measure {
            None => "none".to_owned(),
            Some(measure) => {
                let units = self.computed(measure);
                let units = units.map_or_else(String::new, |it| format!("{} units, ", it.units));
                format!("{units}read {:.0}", measure.at)
            }
        };
        let (before, after) = around.map_or((None, None), |around| (around.before, around.after));
        let text = format!(
            "{}: nothing was read in its period {} to {}, so {stays}; the last reading before \
             it: {}; the first after it: {}; settle a difference by hand",
            self.subject(),
            period.start,
            period.end,
            shown(before),
            shown(after),
        );
        self.note("period-unread", period, &text)
    }

    /// Offers what was missed, with all that comes after it.
    pub(super) fn offer(&self, first: &Post, carried: &Carried) -> Refusal {
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
                    post.change(),
                    post.priced(post.change())
                )
            })
            .collect();
        let text = format!(
            "{}: nothing was posted for its period {}, which ended with other units than were \
             used; approve this plan to post {}. Until then later changes of the line wait",
            first.subject(),
            periods.join(", "),
            changes.join(", then ")
        );
        guards::held(first, "period-missed", text, None, self.rules)
    }
}
