//! What billed lines stand at, whether or not anything is posted: for the accountant.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::arithmetic::Computed;
use super::customer::{Mapped, Place, View};
use super::effective::{self, When};
use super::reading::Counted;
use super::{Draft, Post};
use crate::domain::contracts::UnitRows;
use crate::domain::period::Period;
use crate::domain::posting::{NextPosting, PostingStage};
use crate::plan::Note;

/// How far ahead a day is looked for that is not frozen: every day of a month comes within it.
const DAYS_AHEAD: usize = 62;

/// What one billed line stands at in its current period.
#[derive(Clone, Debug)]
pub(in crate::commands::sync_billing) struct Standing {
    pub(in crate::commands::sync_billing) period: Period,
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
    pub(in crate::commands::sync_billing) line: Post,
}

impl View<'_> {
    /// What the line stands at now.
    pub(super) fn standing(
        &self,
        place: &Place<'_>,
        post: &Post,
        counted: Option<&Counted<'_>>,
    ) -> Option<Standing> {
        let today = self.facts.today;
        let period = effective::period_on(place.contract, today)?;
        let rows = place.line.map(|line| &line.rows);
        let known = counted.is_some_and(|counted| counted.reading.is_some());
        let arithmetic = if known {
            post.arithmetic.clone()
        } else {
            "no usage was reported".to_owned()
        };
        Some(Standing {
            period,
            units: rows.map_or(0, |rows| rows.units_on(today)),
            extended: rows.and_then(|rows| extended(rows, period)),
            wanted: known.then_some(post.wanted),
            settled: false,
            open: post.change(),
            next: None,
            line: Post {
                arithmetic,
                ..post.clone()
            },
        })
    }

    /// What becomes of a line's difference, and on which day.
    pub(super) fn next_posting(&self, when: When) -> NextPosting {
        let at = |stage, day| NextPosting { stage, day };
        if self.skips_trial() {
            return at(PostingStage::Trial, None);
        }
        let today = self.facts.today;
        match when {
            When::On(_) if self.is_frozen() => at(PostingStage::Frozen, self.unfrozen(today)),
            When::On(_) => at(PostingStage::Due, Some(today)),
            When::NotYet(day) => at(PostingStage::Measured, self.unfrozen(day)),
            When::Held(day) => at(PostingStage::Held, self.unfrozen(day)),
            When::Settled
            | When::NotMonthly(_)
            | When::Uneven(_)
            | When::RowPosted(_)
            | When::Carried(_)
            | When::EndsBefore(_)
            | When::NoPeriod => at(PostingStage::ByHand, None),
        }
    }

    /// The first day from that one on on which something may be posted.
    fn unfrozen(&self, day: Date) -> Option<Date> {
        let freeze = &self.rules.billing.freeze;
        let mut days = day.series(1.day()).take(DAYS_AHEAD);
        days.find(|day| !freeze.contains(&day.day()))
    }

    /// What the lines of an item stand at that is not billed this time: Autotask bills them.
    pub(super) fn unbilled(&self, one: Mapped<'_>, why: &str) -> Vec<Standing> {
        let mut found = Vec::new();
        for contract in &self.payg {
            let lines = contract.services.iter();
            for line in lines.filter(|line| line.service == one.service) {
                let place = Place {
                    contract,
                    line: Some(line),
                };
                let units = line.rows.units_on(self.facts.today);
                let computed = Computed {
                    units,
                    words: String::new(),
                };
                let post = self.difference(one, &place, None, computed, units);
                found.extend(self.standing(&place, &post, None).map(|standing| Standing {
                    line: Post {
                        arithmetic: why.to_owned(),
                        ..standing.line
                    },
                    ..standing
                }));
            }
        }
        found
    }
}

/// Says of lines that are due which of them a person has to approve, or to settle by hand.
pub(super) fn decide(draft: &mut Draft) {
    let Draft {
        posts,
        notes,
        refusals,
        standing,
        ..
    } = draft;
    for standing in standing {
        let Some(next) = &mut standing.next else {
            continue;
        };
        let line = standing.line.describe();
        if refusals.iter().any(|refusal| refusal.holds(&line)) {
            *next = NextPosting {
                stage: PostingStage::NeedsApproval,
                day: None,
            };
            continue;
        }
        let waits = |note: &Note| note.kind == "settling" && note.subject == line.subject;
        let is_posted = posts.iter().any(|post| post.subject() == line.subject);
        if next.stage == PostingStage::Due
            && standing.line.change() != 0
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
fn extended(rows: &UnitRows, period: Period) -> Option<Decimal> {
    let mut within = rows
        .iter()
        .filter(|row| period.holds(row.start) && period.holds(row.end))
        .peekable();
    within.peek()?;
    within.try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.extended?))
}
