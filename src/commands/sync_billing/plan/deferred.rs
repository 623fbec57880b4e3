//! Differences that cannot be posted now: held, measured, or named for a person.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::action::{self, PostUnits};
use super::context::{ContractLine, CustomerContext, MappedItem};
use super::effective::ChangeTiming;
use super::money;
use super::remarks::describe_difference;
use crate::config::{Effective, Posting};
use crate::plan::{Remark, RemarkKind};

impl CustomerContext<'_> {
    /// A line whose period is not one that usage is billed by; the same words all the period.
    pub(super) fn remark_no_period(
        &self,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        when: ChangeTiming,
    ) -> Remark {
        let units = self.units_today(place);
        let amount = self.amount_words(place, units);
        let link = self.rules.billing.show_contract_link(place.contract.id);
        let subject = action::line_subject(place.contract.id, one.service, one.name);
        let ChangeTiming::NotMonthly(period) = when else {
            let text = format!(
                "{subject}: neither unit rows nor dates show which billing period today is in; \
                 check the contract{link}"
            );
            return self
                .person_remark(RemarkKind::NoPeriod, subject, text)
                .told_by(&[]);
        };
        let text = format!(
            "{subject}: its billing period {} to {} is not a month, and usage is billed by the \
             month: its {units} units{amount} stay as they are; put it on a monthly contract, or \
             set its units by hand{link}",
            period.start, period.end,
        );
        self.person_remark(RemarkKind::NotMonthly, subject, text)
            .told_by(&[&period.start, &units])
    }

    /// `, 25.00`: what units of a line cost by its own price; nothing where that is unknown.
    fn amount_words(&self, place: &ContractLine<'_>, units: i64) -> String {
        let price = place.line.and_then(|line| line.price);
        let amount = price.and_then(|price| price.checked_mul(Decimal::from(units)));
        amount.map_or_else(String::new, |amount| {
            format!(", {}", money::show_money(amount))
        })
    }

    /// What becomes of a difference that cannot be posted now.
    pub(super) fn remark_later(&self, post: &PostUnits, when: ChangeTiming) -> Option<Remark> {
        let what = describe_difference(post);
        let link = self.rules.billing.show_contract_link(post.contract);
        let subject = post.line_subject();
        let left = |kind, text, day: Date| {
            let note = self.person_remark(kind, post.line_subject(), text);
            note.told_by(&[&post.before, &post.wanted, &day])
        };
        let by_hand =
            "settle the difference by hand: nothing is posted for a later day because of it";
        match when {
            ChangeTiming::Held(day) => {
                let (why, key) = match self.terms.posting {
                    Posting::EveryRun => (
                        "the line already has its change of this period",
                        "later_changes",
                    ),
                    Posting::PeriodEnd => ("this period is already settled", "posting"),
                };
                let text = format!("{what} is held until {day}: {why} (billing.{key})");
                Some(self.plain_remark(RemarkKind::Held, subject, text))
            }
            ChangeTiming::NotYet(day) => {
                let text = format!("{what} is measured; posting begins on {day} (billing.posting)");
                Some(self.plain_remark(RemarkKind::NotYet, subject, text))
            }
            ChangeTiming::Uneven(day) => {
                let text = format!(
                    "{} cannot be posted: the line's units change by another adjustment on {day}, \
                     and a change before that day would move those units too; adjust the line by \
                     hand, or wait for that day{link}",
                    what
                );
                Some(left(RemarkKind::Uneven, text, day))
            }
            ChangeTiming::RowPosted(day) => {
                let text = format!(
                    "{} cannot be posted from {day}: Autotask has already approved and posted the \
                     line for that day or a later one; {by_hand}. {}{link}",
                    what,
                    self.advice_when_posted()
                );
                Some(left(RemarkKind::PeriodPosted, text, day))
            }
            ChangeTiming::Carried(day) => {
                let text = format!(
                    "{} cannot be posted from {day}: the existing change already bills the \
                     reading of an earlier period (billing.effective was another then); {by_hand}\
                     {link}",
                    what
                );
                Some(left(RemarkKind::PeriodCarried, text, day))
            }
            ChangeTiming::EndsBefore(end) => {
                let text = format!(
                    "{} cannot be posted: the contract ends on {end}, before the next period \
                     begins; bill it by hand or extend the contract{link}",
                    what
                );
                Some(left(RemarkKind::ContractEnds, text, end))
            }
            ChangeTiming::On(_)
            | ChangeTiming::Settled
            | ChangeTiming::NotMonthly(_)
            | ChangeTiming::NoPeriod => None,
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
