//! What readings ask for in an ended period.

use super::super::arithmetic::{self, ComputedUnits};
use super::super::{PostUnits, Rules};
use super::{LineHistory, PastLine};
use crate::commands::sync_billing::facts::{Facts, MeasuredKey};
use crate::config::{PeriodMeasure, Posting};
use crate::domain::accrual::MeasuredAmount;
use crate::domain::ids::{ContractId, ContractServiceId};
use crate::domain::links::ProductLink;
use crate::domain::period::BillingPeriod;
use crate::domain::units::Unit;

/// A reading that is asked for because a period is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::sync_billing) struct WantedReading {
    pub(in crate::commands::sync_billing) key: MeasuredKey,
    pub(in crate::commands::sync_billing) period: BillingPeriod,
    pub(in crate::commands::sync_billing) measure: PeriodMeasure,
    pub(in crate::commands::sync_billing) contract: ContractId,
    pub(in crate::commands::sync_billing) line: ContractServiceId,
}

/// The readings of all periods that are not settled, and the lines whose rows tell of them.
pub(in crate::commands::sync_billing) fn wanted_readings(
    facts: &Facts,
    rules: Rules<'_>,
) -> Vec<WantedReading> {
    let none = LineHistory::default();
    let of_line = |past: PastLine<'_>| -> Vec<WantedReading> {
        let periods = past.open_periods().into_iter();
        periods
            .map(|one| WantedReading {
                key: past.measured_key(),
                period: one.period,
                measure: past.late_measure(),
                contract: past.contract.id,
                line: past.line.id,
            })
            .collect()
    };
    super::past_lines(facts, rules, &none)
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
    fn late_measure(&self) -> PeriodMeasure {
        match self.terms.posting {
            Posting::PeriodEnd => self.terms.measure,
            Posting::EveryRun => PeriodMeasure::Last,
        }
    }

    fn product_link(&self) -> Option<&ProductLink> {
        let mut products = self.facts.products.iter();
        products.find(|link| {
            let to_service = link.choice.service_id() == Some(self.key.1);
            to_service && link.account == self.known.account && link.item == self.known.item
        })
    }

    pub(super) fn mapped_unit(&self) -> Option<Unit> {
        self.product_link().map(|link| link.measure.unit)
    }

    /// The units of an amount with the mapping of today.
    pub(super) fn compute_units(&self, measure: MeasuredAmount) -> Option<ComputedUnits> {
        let computed = arithmetic::compute_units(self.product_link()?.measure, measure.amount)?;
        Some(computed.with_offset(self.known.offset))
    }

    /// What a period asks for: its reading with the mapping of today, or what a run of that period
    /// found where the mapping is gone.
    pub(super) fn wanted_in(
        &self,
        period: BillingPeriod,
    ) -> Option<(ComputedUnits, Option<MeasuredAmount>)> {
        let key = (self.measured_key(), period);
        let measure = self.facts.measures.get(&key).copied();
        if let Some(computed) = measure.and_then(|measure| self.compute_units(measure)) {
            return Some((computed, measure));
        }
        let past = self.past_of(period)?;
        let computed = ComputedUnits {
            units: past.wanted?,
            words: past.arithmetic.clone(),
        };
        Some((computed, measure))
    }

    /// A change of the line.
    pub(super) fn build_post(
        &self,
        before: i64,
        computed: ComputedUnits,
        measure: Option<MeasuredAmount>,
    ) -> PostUnits {
        let known = self.known.clone();
        PostUnits {
            line: Some(self.line.id),
            price: self.line.price,
            before,
            ..PostUnits::of_line(known, self.key, measure, computed, self.facts.today)
        }
    }
}
