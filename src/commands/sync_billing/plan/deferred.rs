//! Differences that cannot be posted now: held, measured, or named for a person.

use rust_decimal::Decimal;

use super::action::{self, Post};
use super::customer::{Mapped, Place, View};
use super::effective::When;
use super::reading::Counted;
use super::said::difference;
use super::{arithmetic, guards};
use crate::config::{Effective, Posting};
use crate::domain::units::show_amount;
use crate::plan::{Note, Refusal};

impl View<'_> {
    /// A line whose period is not one that usage is billed by; the same words all the period.
    pub(super) fn no_period(&self, one: Mapped<'_>, place: &Place<'_>, when: When) -> Note {
        let units = self.units_today(place);
        let amount = self.amount_words(place, units);
        let link = self.rules.billing.link(place.contract.id);
        let subject = action::subject(place.contract.id, one.service, one.name);
        let When::NotMonthly(period) = when else {
            let text = format!(
                "{subject}: neither unit rows nor dates show which billing period today is in; \
                 check the contract{link}"
            );
            return self.note("no-period", subject, text);
        };
        let text = format!(
            "{subject}: its billing period {} to {} is not a month, and usage is billed by the \
             month: its {units} units{amount} stay as they are; put it on a monthly contract, or \
             set its units by hand{link}",
            period.start, period.end,
        );
        self.note("not-monthly", subject, text)
    }

    /// What becomes of a difference that cannot be posted now.
    pub(super) fn later(&self, post: &Post, when: When) -> Option<Note> {
        let what = difference(post);
        let link = self.rules.billing.link(post.contract);
        let subject = post.subject();
        let by_hand =
            "settle the difference by hand: nothing is posted for a later day because of it";
        match when {
            When::Held(day) => {
                let (why, key) = match self.terms.posting {
                    Posting::EveryRun => (
                        "the line already has its change of this period",
                        "later_changes",
                    ),
                    Posting::PeriodEnd => ("this period is already settled", "posting"),
                };
                let text = format!("{what} is held until {day}: {why} (billing.{key})");
                Some(self.remark("held", subject, text))
            }
            When::NotYet(day) => {
                let text = format!("{what} is measured; posting begins on {day} (billing.posting)");
                Some(self.remark("not-yet", subject, text))
            }
            When::Uneven(day) => {
                let text = format!(
                    "{} cannot be posted: the line's units change by another adjustment on {day}, \
                     and a change before that day would move those units too; adjust the line by \
                     hand, or wait for that day{link}",
                    what
                );
                Some(self.note("uneven", subject, text))
            }
            When::RowPosted(day) => {
                let text = format!(
                    "{} cannot be posted from {day}: Autotask has already approved and posted the \
                     line for that day or a later one; {by_hand}. {}{link}",
                    what,
                    self.advice_when_posted()
                );
                Some(self.note("period-posted", subject, text))
            }
            When::Carried(day) => {
                let text = format!(
                    "{} cannot be posted from {day}: the existing change already bills the \
                     reading of an earlier period (billing.effective was another then); {by_hand}\
                     {link}",
                    what
                );
                Some(self.note("period-carried", subject, text))
            }
            When::EndsBefore(end) => {
                let text = format!(
                    "{} cannot be posted: the contract ends on {end}, before the next period \
                     begins; bill it by hand or extend the contract{link}",
                    what
                );
                Some(self.note("contract-ends", subject, text))
            }
            When::On(_) | When::Settled | When::NotMonthly(_) | When::NoPeriod => None,
        }
    }

    /// What to do about periods that are posted before their readings are complete.
    fn advice_when_posted(&self) -> &'static str {
        match self.terms.effective {
            Effective::NextPeriod => "Check who approves periods that far ahead",
            Effective::PeriodStart | Effective::Today => {
                "If periods are posted in advance, set billing.effective = \"next-period\" \
                 (`acrotask check` says of each line when it is posted)"
            }
        }
    }

    /// Usage of nothing at the end of a period that saw more waits for a person.
    pub(super) fn fallen(
        &self,
        post: &Post,
        one: Mapped<'_>,
        counted: Option<&Counted<'_>>,
    ) -> Option<Refusal> {
        let nothing = counted.is_some_and(|counted| counted.amount <= Decimal::ZERO);
        let at_end = self.terms.posting == Posting::PeriodEnd && !self.accrues(one);
        if !(nothing && at_end) || post.change() >= 0 {
            return None;
        }
        let peak = self.peak(one).filter(|peak| peak.amount > Decimal::ZERO)?;
        let text = format!(
            "{}: usage fell to nothing after {} on {:.0} in the same period, so that {} units \
             would become {}; is {} gone, or only its usage?",
            post.subject(),
            show_amount(peak.amount, one.link.measure.unit),
            peak.at,
            post.before,
            post.wanted,
            post.party.name,
        );
        let code = guards::USAGE_ZERO;
        Some(guards::held(post, code, text, None, self.rules))
    }

    /// The same of a line that has no units: nothing is to be lowered, but a period in which there
    /// was usage ends without a bill.
    pub(super) fn fallen_unbilled(
        &self,
        post: &Post,
        one: Mapped<'_>,
        counted: Option<&Counted<'_>>,
    ) -> Option<Note> {
        let nothing = counted.is_some_and(|counted| counted.amount <= Decimal::ZERO);
        let at_end = self.terms.posting == Posting::PeriodEnd && !self.accrues(one);
        if !(nothing && at_end) || post.wanted != 0 {
            return None;
        }
        let peak = self.peak(one).filter(|peak| peak.amount > Decimal::ZERO)?;
        let units = arithmetic::compute(one.link.measure, peak.amount)?.units;
        let text = format!(
            "{}: usage fell to nothing after {} on {:.0} in the same period, so that nothing is \
             billed for it; what was used then is {units} units{}: bill it by hand if {} is not \
             gone{}",
            post.subject(),
            show_amount(peak.amount, one.link.measure.unit),
            peak.at,
            post.priced(units),
            post.party.name,
            self.rules.billing.link(post.contract),
        );
        Some(self.note(guards::USAGE_ZERO, post.subject(), text))
    }
}
