//! What billed lines stand at, whether or not anything is posted: for the accountant.

use crate::plan::RemarkKind;
use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::arithmetic::ComputedUnits;
use super::context::{ContractLine, CountedUsage, CustomerContext, MappedItem};
use super::effective::{self, ChangeTiming};
use super::{PlanBuilder, PostUnits};
use crate::domain::accrual::MeasuredAmount;
use crate::domain::contracts::UnitRows;
use crate::domain::period::BillingPeriod;
use crate::domain::posting::{NextPosting, PostingStage};
use crate::plan::Remark;

/// How far ahead a day is looked for that is not frozen: every day of a month comes within it.
const DAYS_AHEAD: usize = 62;

/// What one billed line stands at in its current period.
#[derive(Clone, Debug)]
pub(in crate::commands::sync_billing) struct BilledLevel {
    pub(in crate::commands::sync_billing) period: BillingPeriod,
    /// Units in force in that period.
    pub(in crate::commands::sync_billing) units: i64,
    /// The amount of the line's rows in the period, as Autotask has it.
    pub(in crate::commands::sync_billing) extended: Option<Decimal>,
    /// The level that usage asks for; none when nothing tells it.
    pub(in crate::commands::sync_billing) wanted: Option<i64>,
    /// Whether this run settles the period by finding it right.
    pub(in crate::commands::sync_billing) settled: bool,
    /// Units that are to be posted, told from the day on which they will count.
    pub(in crate::commands::sync_billing) open: i64,
    /// What becomes of a difference, and when.
    pub(in crate::commands::sync_billing) next: Option<NextPosting>,
    /// The line with its usage.
    pub(in crate::commands::sync_billing) line: PostUnits,
}

impl CustomerContext<'_> {
    /// A change of the line from the units of `before` to what was computed.
    pub(super) fn build_post(
        &self,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        counted: Option<&CountedUsage<'_>>,
        computed: ComputedUnits,
        before: i64,
    ) -> PostUnits {
        let measure = counted.map(|counted| MeasuredAmount {
            amount: counted.amount,
            at: counted.at,
        });
        let key = (place.contract.id, one.service);
        PostUnits {
            line: place.line.map(|line| line.id),
            price: match place.line {
                Some(line) => line.price,
                None => self.facts.prices.get(&one.service).copied(),
            },
            before,
            ..PostUnits::of_line(
                self.new_known_line(one),
                key,
                measure,
                computed,
                self.facts.today,
            )
        }
    }

    /// What the line stands at now.
    pub(super) fn billed_level(
        &self,
        place: &ContractLine<'_>,
        post: &PostUnits,
        counted: Option<&CountedUsage<'_>>,
    ) -> Option<BilledLevel> {
        let today = self.facts.today;
        let period = effective::period_on(place.contract, today)?;
        let rows = place.line.map(|line| &line.rows);
        let known = counted.is_some_and(|counted| counted.reading.is_some());
        let arithmetic = if known {
            post.arithmetic.clone()
        } else {
            "no usage was reported".to_owned()
        };
        Some(BilledLevel {
            period,
            units: rows.map_or(0, |rows| rows.units_on(today)),
            extended: rows.and_then(|rows| extended_amount(rows, period)),
            wanted: known.then_some(post.wanted),
            settled: false,
            open: post.unit_change(),
            next: None,
            line: PostUnits {
                arithmetic,
                ..post.clone()
            },
        })
    }

    /// What becomes of a line's difference, and on which day.
    pub(super) fn next_posting(&self, when: ChangeTiming) -> NextPosting {
        let at = |stage, day| NextPosting { stage, day };
        if self.skips_trial() {
            return at(PostingStage::Trial, None);
        }
        let today = self.facts.today;
        match when {
            ChangeTiming::On(_) if self.is_frozen() => {
                at(PostingStage::Frozen, self.next_unfrozen_day(today))
            }
            ChangeTiming::On(_) => at(PostingStage::Due, Some(today)),
            ChangeTiming::NotYet(day) => at(PostingStage::Measured, self.next_unfrozen_day(day)),
            ChangeTiming::Held(day) => at(PostingStage::Held, self.next_unfrozen_day(day)),
            ChangeTiming::Settled
            | ChangeTiming::NotMonthly(_)
            | ChangeTiming::Uneven(_)
            | ChangeTiming::RowPosted(_)
            | ChangeTiming::Carried(_)
            | ChangeTiming::EndsBefore(_)
            | ChangeTiming::NoPeriod => at(PostingStage::ByHand, None),
        }
    }

    /// The first day from that one on on which something may be posted.
    fn next_unfrozen_day(&self, day: Date) -> Option<Date> {
        let freeze = &self.rules.billing.freeze;
        let mut days = day.series(1.day()).take(DAYS_AHEAD);
        days.find(|day| !freeze.contains(&day.day()))
    }

    /// What the lines of an item stand at that is not billed this time: Autotask bills them.
    pub(super) fn unbilled_levels(&self, one: MappedItem<'_>, why: &str) -> Vec<BilledLevel> {
        let mut found = Vec::new();
        for contract in &self.payg {
            let lines = contract.services.iter();
            for line in lines.filter(|line| line.service == one.service) {
                let place = ContractLine {
                    contract,
                    line: Some(line),
                };
                let units = line.rows.units_on(self.facts.today);
                let computed = ComputedUnits {
                    units,
                    words: String::new(),
                };
                let post = self.build_post(one, &place, None, computed, units);
                found.extend(
                    self.billed_level(&place, &post, None)
                        .map(|standing| BilledLevel {
                            line: PostUnits {
                                arithmetic: why.to_owned(),
                                ..standing.line
                            },
                            ..standing
                        }),
                );
            }
        }
        found
    }
}

/// Says of lines that are due which of them a person has to approve, or to settle by hand.
pub(super) fn decide_next_postings(draft: &mut PlanBuilder) {
    let PlanBuilder {
        posts,
        notes,
        refusals,
        billed_levels: standing,
        ..
    } = draft;
    for standing in standing {
        let Some(next) = &mut standing.next else {
            continue;
        };
        let line = standing.line.describe_change();
        if refusals.iter().any(|refusal| refusal.holds_line(&line)) {
            *next = NextPosting {
                stage: PostingStage::NeedsApproval,
                day: None,
            };
            continue;
        }
        let waits =
            |note: &Remark| note.kind == RemarkKind::Settling && note.subject == line.subject;
        let is_posted = posts.iter().any(|post| post.line_subject() == line.subject);
        if next.stage == PostingStage::Due
            && standing.line.unit_change() != 0
            && !is_posted
            && !notes.iter().any(waits)
        {
            *next = NextPosting {
                stage: PostingStage::ByHand,
                day: None,
            };
        }
    }
}

/// The sum of the rows within a period; none unless each shows its amount.
fn extended_amount(rows: &UnitRows, period: BillingPeriod) -> Option<Decimal> {
    let mut within = rows
        .iter()
        .filter(|row| period.contains_day(row.start) && period.contains_day(row.end))
        .peekable();
    within.peek()?;
    within.try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.extended?))
}
