//! Differences that cannot be posted now: held, measured, or named for a person.

use super::action::{self, Post};
use super::customer::{Mapped, Place, View};
use super::effective::When;
use super::said::difference;
use crate::config::{Effective, Posting};
use crate::plan::Note;

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
}
