//! What billed lines stand at, whether or not anything is posted: for the accountant.

use rust_decimal::Decimal;

use super::Post;
use super::arithmetic::Computed;
use super::customer::{Mapped, Place, View};
use super::effective;
use super::reading::Counted;
use crate::domain::contracts::UnitRows;
use crate::domain::period::Period;

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
            line: Post {
                arithmetic,
                ..post.clone()
            },
        })
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

/// The sum of the rows within a period; none unless each shows its amount.
fn extended(rows: &UnitRows, period: Period) -> Option<Decimal> {
    let mut within = rows
        .iter()
        .filter(|row| period.holds(row.start) && period.holds(row.end))
        .peekable();
    within.peek()?;
    within.try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.extended?))
}
