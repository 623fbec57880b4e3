//! What readings ask for in an ended period.

use super::super::arithmetic::{self, Computed};
use super::super::{Post, Rules};
use super::{LineHistory, PastLine};
use crate::commands::sync_billing::facts::{Facts, Measure, MeasuredKey};
use crate::config::{PeriodMeasure, Posting};
use crate::domain::ids::{ContractId, ContractServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::domain::period::Period;
use crate::domain::units::Unit;

/// A reading that is asked for because a period is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::sync_billing) struct Wanted {
    pub(in crate::commands::sync_billing) key: MeasuredKey,
    pub(in crate::commands::sync_billing) period: Period,
    pub(in crate::commands::sync_billing) measure: PeriodMeasure,
    pub(in crate::commands::sync_billing) contract: ContractId,
    pub(in crate::commands::sync_billing) line: ContractServiceId,
}

/// The readings of all periods that are not settled, and the lines whose rows tell of them.
pub(in crate::commands::sync_billing) fn wanted_readings(
    facts: &Facts,
    rules: Rules<'_>,
) -> Vec<Wanted> {
    let none = LineHistory::default();
    let of_line = |past: PastLine<'_>| -> Vec<Wanted> {
        let periods = past.periods().into_iter();
        periods
            .map(|one| Wanted {
                key: past.measured_key(),
                period: one.period,
                measure: past.measure(),
                contract: past.contract.id,
                line: past.line.id,
            })
            .collect()
    };
    super::lines(facts, rules, &none)
        .flat_map(of_line)
        .collect()
}

impl PastLine<'_> {
    pub(super) fn measured_key(&self) -> MeasuredKey {
        let known = self.known;
        (
            known.account.clone(),
            known.tenant.clone(),
            known.item.clone(),
        )
    }

    /// Which reading bills a period that is settled late.
    fn measure(&self) -> PeriodMeasure {
        match self.terms.posting {
            Posting::PeriodEnd => self.terms.measure,
            Posting::EveryRun => PeriodMeasure::Last,
        }
    }

    fn link(&self) -> Option<&ProductLink> {
        let mut products = self.facts.products.iter();
        products.find(|link| {
            let to_service =
                matches!(&link.choice, Choice::Service { id, .. } if *id == self.key.1);
            to_service && link.account == self.known.account && link.item == self.known.item
        })
    }

    pub(super) fn unit(&self) -> Option<Unit> {
        self.link().map(|link| link.measure.unit)
    }

    /// The units of an amount with the mapping of today.
    pub(super) fn computed(&self, measure: Measure) -> Option<Computed> {
        let computed = arithmetic::compute(self.link()?.measure, measure.amount)?;
        Some(computed.with_offset(self.known.offset))
    }

    /// What a period asks for: its reading with the mapping of today, or what a run of that period
    /// found where the mapping is gone.
    pub(super) fn wanted_in(&self, period: Period) -> Option<(Computed, Option<Measure>)> {
        let key = (self.measured_key(), period);
        let measure = self.facts.measures.get(&key).copied();
        if let Some(computed) = measure.and_then(|measure| self.computed(measure)) {
            return Some((computed, measure));
        }
        let past = self.past_of(period)?;
        let computed = Computed {
            units: past.wanted?,
            words: past.arithmetic.clone(),
        };
        Some((computed, measure))
    }

    /// A change of the line.
    pub(super) fn change(&self, before: i64, computed: Computed, measure: Option<Measure>) -> Post {
        let known = self.known.clone();
        Post {
            line: Some(self.line.id),
            price: self.line.price,
            before,
            ..Post::of_line(known, self.key, measure, computed, self.facts.today)
        }
    }
}
