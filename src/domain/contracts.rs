//! Recurring-service contracts as every command reads them: lines, bundles, and the units in force.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ids::{BundleId, CompanyId, ContractBundleId, ContractId, ContractServiceId, ServiceId};

/// All recurring-service contracts that were read, of all companies.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContractBook {
    pub(crate) contracts: BTreeMap<ContractId, Contract>,
    /// Whether any of them shows the field that says how it is billed, with a value or without.
    pub(crate) shows_payg_field: bool,
    /// As far as they could be read: for people only.
    pub(crate) bundle_names: BTreeMap<BundleId, String>,
}

/// One recurring-service contract (autotask.md §8.2, `contractType` 7).
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    pub(crate) id: ContractId,
    pub(crate) company: CompanyId,
    pub(crate) name: String,
    /// Status "active" in Autotask's own list, whatever the dates.
    pub(crate) active: bool,
    pub(crate) start: Date,
    pub(crate) end: Date,
    /// Months of a billing period; unknown for a period type that is none of the four
    /// (autotask.md §0).
    pub(crate) period_months: Option<i32>,
    pub(crate) billing: BillingType,
    pub(crate) services: Vec<ServiceLine>,
    pub(crate) bundles: Vec<BundleLine>,
}

/// How a contract is billed (rules: words).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BillingType {
    Prepaid,
    /// The field said neither Yes nor No: prepaid, and worth a note.
    PrepaidByDefault {
        value: String,
    },
    PayAsYouGo,
}

/// A service on a contract.
#[derive(Clone, Debug)]
pub(crate) struct ServiceLine {
    pub(crate) id: ContractServiceId,
    pub(crate) service: ServiceId,
    /// Price of one unit as Autotask has it for this contract; unknown where it is hidden.
    pub(crate) price: Option<Decimal>,
    pub(crate) rows: UnitRows,
}

/// A service bundle on a contract, with the services it is made of; it holds each of them once.
#[derive(Clone, Debug)]
pub(crate) struct BundleLine {
    pub(crate) id: ContractBundleId,
    pub(crate) bundle: BundleId,
    pub(crate) services: BTreeSet<ServiceId>,
    pub(crate) rows: UnitRows,
}

/// The unit rows of one line, sorted by first day. One row per billing period, and one more from
/// each adjustment on (autotask.md §8.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnitRows(Vec<UnitRow>);

/// Units of a line from a day to a day, both included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnitRow {
    pub(crate) start: Date,
    pub(crate) end: Date,
    /// Running total, not the increment (autotask.md §8.4).
    pub(crate) units: i64,
    /// Set once the row was approved and posted.
    pub(crate) posted: Option<Date>,
    /// Extended amount of the row as Autotask has it, not a price per unit.
    pub(crate) extended: Option<Decimal>,
}

/// When a line's rows are approved and posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostingTiming {
    /// Before their last day is over.
    InAdvance,
    InArrears,
}

impl UnitRows {
    pub(crate) fn new(mut rows: Vec<UnitRow>) -> Self {
        rows.sort();
        Self(rows)
    }

    pub(crate) fn insert_row(&mut self, row: UnitRow) {
        let at = self.0.partition_point(|before| *before < row);
        self.0.insert(at, row);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &UnitRow> {
        self.0.iter()
    }

    /// The row in force on a day. Two rows can touch on one day: the one that starts later counts
    /// (autotask.md §8.4).
    pub(crate) fn row_on(&self, day: Date) -> Option<&UnitRow> {
        self.0
            .iter()
            .filter(|row| row.start <= day && day <= row.end)
            .max_by_key(|row| (row.start, row.end))
    }

    /// Units in force on a day; no row means none (autotask.md §8.4).
    pub(crate) fn units_on(&self, day: Date) -> i64 {
        self.row_on(day).map_or(0, |row| row.units)
    }

    /// The last row that is approved and posted, and whether that was before its end.
    pub(crate) fn last_posted(&self) -> Option<(&UnitRow, PostingTiming)> {
        let row = self.0.iter().rfind(|row| row.posted.is_some())?;
        let in_advance = row.posted.is_some_and(|posted| posted <= row.end);
        let posted = if in_advance {
            PostingTiming::InAdvance
        } else {
            PostingTiming::InArrears
        };
        Some((row, posted))
    }

    /// The fewest units from a day on, as far as the rows reach.
    pub(crate) fn lowest_from(&self, day: Date) -> i64 {
        let later = self.0.iter().filter(|row| row.start > day);
        let later = later.map(|row| row.units);
        later.chain([self.units_on(day)]).min().unwrap_or(0)
    }

    /// The first day after `day` from which the rows show another number of units than on it.
    pub(crate) fn change_after(&self, day: Date) -> Option<Date> {
        let units = self.units_on(day);
        let later = self.0.iter().filter(|row| row.start > day);
        later
            .map(|row| row.start)
            .find(|start| self.units_on(*start) != units)
    }
}

impl Contract {
    pub(crate) fn in_force(&self, day: Date) -> bool {
        self.active && self.start <= day && day <= self.end
    }

    pub(crate) fn is_payg(&self) -> bool {
        match self.billing {
            BillingType::PayAsYouGo => true,
            BillingType::Prepaid | BillingType::PrepaidByDefault { .. } => false,
        }
    }

    /// Every service the contract holds, directly or inside a bundle.
    pub(crate) fn held_services(&self) -> BTreeSet<ServiceId> {
        let direct = self.services.iter().map(|line| line.service);
        let bundled = self
            .bundles
            .iter()
            .flat_map(|line| line.services.iter().copied());
        direct.chain(bundled).collect()
    }

    /// Whether the contract holds a service, directly or inside a bundle.
    pub(crate) fn holds_service(&self, service: ServiceId) -> bool {
        let mut direct = self.services.iter();
        let mut bundles = self.bundles.iter();
        direct.any(|line| line.service == service)
            || bundles.any(|line| line.services.contains(&service))
    }

    /// Relevant: in force and holding at least one of the mapped services (rules: words).
    pub(crate) fn is_relevant(&self, day: Date, mapped: &BTreeSet<ServiceId>) -> bool {
        self.in_force(day) && !self.held_services().is_disjoint(mapped)
    }

    /// Units of a service in force on a day: its own lines and every bundle that contains it.
    pub(crate) fn units_of(&self, service: ServiceId, day: Date) -> i64 {
        let direct: i64 = self
            .services
            .iter()
            .filter(|line| line.service == service)
            .map(|line| line.rows.units_on(day))
            .sum();
        let bundled: i64 = self
            .bundles
            .iter()
            .filter(|line| line.services.contains(&service))
            .map(|line| line.rows.units_on(day))
            .sum();
        direct + bundled
    }
}

impl ContractBook {
    /// `bundle 9 (Office pack)`.
    pub(crate) fn show_bundle(&self, bundle: BundleId) -> String {
        match self.bundle_names.get(&bundle) {
            Some(name) => format!("bundle {bundle} ({name})"),
            None => format!("bundle {bundle}"),
        }
    }

    pub(crate) fn new(contracts: impl IntoIterator<Item = Contract>) -> Self {
        Self {
            contracts: contracts
                .into_iter()
                .map(|contract| (contract.id, contract))
                .collect(),
            shows_payg_field: false,
            bundle_names: BTreeMap::new(),
        }
    }

    /// The contracts of each company, by id.
    pub(crate) fn by_company(&self) -> BTreeMap<CompanyId, Vec<&Contract>> {
        let mut found: BTreeMap<CompanyId, Vec<&Contract>> = BTreeMap::new();
        for contract in self.contracts.values() {
            found.entry(contract.company).or_default().push(contract);
        }
        found
    }

    /// The relevant contracts of a company, by id.
    pub(crate) fn relevant_contracts(
        &self,
        company: CompanyId,
        day: Date,
        mapped: &BTreeSet<ServiceId>,
    ) -> Vec<&Contract> {
        self.contracts
            .values()
            .filter(|contract| contract.company == company && contract.is_relevant(day, mapped))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(start: Date, end: Date, units: i64) -> UnitRow {
        UnitRow {
            start,
            end,
            units,
            posted: None,
            extended: None,
        }
    }

    #[test]
    fn the_row_that_starts_later_counts_where_two_rows_touch() {
        let rows = UnitRows::new(vec![
            row(date(2026, 8, 15), date(2026, 8, 31), 7),
            row(date(2026, 8, 1), date(2026, 8, 15), 5),
        ]);
        assert_eq!(rows.units_on(date(2026, 8, 14)), 5);
        assert_eq!(rows.units_on(date(2026, 8, 15)), 7);
        assert_eq!(rows.units_on(date(2026, 9, 1)), 0);
    }

    #[test]
    fn rows_come_in_any_order_and_tell_when_their_units_change_next() {
        let mut rows = UnitRows::default();
        rows.insert_row(row(date(2026, 9, 1), date(2026, 9, 30), 5));
        rows.insert_row(row(date(2026, 10, 1), date(2026, 10, 31), 9));
        rows.insert_row(row(date(2026, 8, 15), date(2026, 8, 31), 5));
        rows.insert_row(row(date(2026, 8, 1), date(2026, 8, 15), 3));
        for (day, expected) in [
            (date(2026, 8, 1), Some(date(2026, 8, 15))),
            (date(2026, 8, 14), Some(date(2026, 8, 15))),
            (date(2026, 8, 15), Some(date(2026, 10, 1))),
            (date(2026, 9, 30), Some(date(2026, 10, 1))),
            (date(2026, 10, 1), None),
        ] {
            assert_eq!(rows.change_after(day), expected, "{day}");
        }
    }
}
