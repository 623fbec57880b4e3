//! Joining what was read about contracts into one book. Pure.

use super::super::bundles::Members;
use super::ContractRecord;
use super::lines::{BundleOnContract, ServiceOnContract};
use super::units::{LineId, UnitRowRecord};
use crate::domain::contracts::{
    self as domain, BillingType, BundleLine, ContractBook, ServiceLine, UnitRows,
};
use crate::domain::ids::{BundleId, ContractBundleId, ContractId, ContractServiceId, ServiceId};

/// Everything that was read; each list for the same contracts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) contracts: Vec<ContractRecord>,
    pub(crate) services: Vec<ServiceOnContract>,
    pub(crate) bundles: Vec<BundleOnContract>,
    pub(crate) members: Members,
    pub(crate) units: Vec<UnitRowRecord>,
}

/// Parts that do not fit together. A book with a hole would set quotas and bills too low.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BookError {
    #[error("the services of bundle {bundle} on contract {contract} were not read")]
    MembersMissing {
        contract: ContractId,
        bundle: BundleId,
    },
    #[error("a unit row of contract {contract} names no line, and {lines} lines would fit")]
    LineUnknown { contract: ContractId, lines: usize },
}

/// Joins contracts, lines, bundle members and unit rows.
///
/// A row whose line was not among the lines read (added in between, or hidden) makes that line:
/// its units are there, and leaving them out would lower a quota. Rows and lines of other
/// contracts are left out.
pub(crate) fn build_book(parts: Parts, payg_field: &str) -> Result<ContractBook, BookError> {
    let Parts {
        contracts,
        services,
        bundles,
        members,
        units,
    } = parts;
    let shows_payg_field = contracts
        .iter()
        .any(|contract| contract.has_udf(payg_field));
    let contracts = contracts.into_iter();
    let mut book = ContractBook::new(contracts.map(|contract| without_lines(contract, payg_field)));
    book.shows_payg_field = shows_payg_field;
    for line in services {
        if let Some(contract) = book.contracts.get_mut(&line.contract) {
            service_line(contract, line.id, line.service).price = line.effective_price();
        }
    }
    for line in bundles {
        if let Some(contract) = book.contracts.get_mut(&line.contract) {
            bundle_line(contract, line.id, line.bundle, &members)?;
        }
    }
    add_unit_rows(&mut book, units, &members)?;
    Ok(book)
}

/// Adds unit rows to the lines of a book, as [`build_book()`] does.
pub(super) fn add_unit_rows(
    book: &mut ContractBook,
    units: Vec<UnitRowRecord>,
    members: &Members,
) -> Result<(), BookError> {
    for unit in units {
        if let Some(contract) = book.contracts.get_mut(&unit.contract) {
            add_row(contract, unit, members)?;
        }
    }
    Ok(())
}

fn add_row(
    contract: &mut domain::Contract,
    unit: UnitRowRecord,
    members: &Members,
) -> Result<(), BookError> {
    match unit.line {
        LineId::Service { line, service } => {
            let lines = contract.services.iter().map(|line| (line.id, line.service));
            let line = find_line(line, lines, service, contract.id)?;
            service_line(contract, line, service)
                .rows
                .insert_row(unit.row);
        }
        LineId::Bundle { line, bundle } => {
            let lines = contract.bundles.iter().map(|line| (line.id, line.bundle));
            let line = find_line(line, lines, bundle, contract.id)?;
            let line = bundle_line(contract, line, bundle, members)?;
            line.rows.insert_row(unit.row);
        }
    }
    Ok(())
}

/// The line of a row: the one it names, or else the only one with the same thing on it.
fn find_line<L, T: PartialEq>(
    named: Option<L>,
    lines: impl Iterator<Item = (L, T)>,
    thing: T,
    contract: ContractId,
) -> Result<L, BookError> {
    if let Some(line) = named {
        return Ok(line);
    }
    let mut fitting: Vec<L> = lines
        .filter(|(_, on_line)| *on_line == thing)
        .map(|(line, _)| line)
        .collect();
    match (fitting.pop(), fitting.len()) {
        (Some(line), 0) => Ok(line),
        (one, more) => Err(BookError::LineUnknown {
            contract,
            lines: usize::from(one.is_some()).saturating_add(more),
        }),
    }
}

/// The line of that id, made when there is none; lines stay in order of id.
fn service_line(
    contract: &mut domain::Contract,
    id: ContractServiceId,
    service: ServiceId,
) -> &mut ServiceLine {
    let lines = &mut contract.services;
    let at = match lines.binary_search_by_key(&id, |line| line.id) {
        Ok(at) => at,
        Err(at) => {
            let line = ServiceLine {
                id,
                service,
                price: None,
                rows: UnitRows::default(),
            };
            lines.insert(at, line);
            at
        }
    };
    &mut lines[at]
}

/// The same for bundles, whose services have to be known.
fn bundle_line<'c>(
    contract: &'c mut domain::Contract,
    id: ContractBundleId,
    bundle: BundleId,
    members: &Members,
) -> Result<&'c mut BundleLine, BookError> {
    let missing = BookError::MembersMissing {
        contract: contract.id,
        bundle,
    };
    let lines = &mut contract.bundles;
    let at = match lines.binary_search_by_key(&id, |line| line.id) {
        Ok(at) => at,
        Err(at) => {
            let line = BundleLine {
                id,
                bundle,
                services: members.get(&bundle).ok_or(missing)?.clone(),
                rows: UnitRows::default(),
            };
            lines.insert(at, line);
            at
        }
    };
    Ok(&mut lines[at])
}

/// A contract without its lines.
fn without_lines(contract: ContractRecord, payg_field: &str) -> domain::Contract {
    domain::Contract {
        billing: billing_type(contract.udf_value(payg_field)),
        id: contract.id,
        company: contract.company,
        name: contract.name,
        active: contract.active,
        start: contract.start,
        end: contract.end,
        period_months: contract.period_type.and_then(period_months),
        services: Vec::new(),
        bundles: Vec::new(),
    }
}

/// Months of a period type of contracts and of services: monthly, quarterly, semi-annual, yearly
/// (autotask.md §0, §8.2, §8.7).
pub(crate) fn period_months(period_type: i64) -> Option<i32> {
    match period_type {
        2 => Some(1),
        3 => Some(3),
        4 => Some(6),
        5 => Some(12),
        _ => None,
    }
}

/// Yes is pay as you go; blank, missing and No are prepaid; anything else is prepaid, with a note
/// (rules: words). The value is the display text of a list item (autotask.md §8.10).
fn billing_type(value: Option<&str>) -> BillingType {
    match value.map(|value| value.trim().to_lowercase()).as_deref() {
        Some("yes") => BillingType::PayAsYouGo,
        None | Some("" | "no") => BillingType::Prepaid,
        Some(_) => BillingType::PrepaidByDefault {
            value: value.unwrap_or_default().to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::{Date, date};

    use super::super::Udf;
    use super::*;
    use crate::domain::contracts::UnitRow;
    use crate::domain::ids::CompanyId;

    fn contract(id: i64, payg: Option<&str>) -> ContractRecord {
        ContractRecord {
            id: ContractId(id),
            company: CompanyId(4711),
            name: "Backup".to_owned(),
            number: None,
            active: true,
            start: date(2026, 1, 1),
            end: date(2026, 12, 31),
            period_type: Some(2),
            udfs: vec![Udf {
                name: "Acronis PAYG".to_owned(),
                value: payg.map(str::to_owned),
            }],
        }
    }

    fn service_line(id: i64, contract: i64, service: i64) -> ServiceOnContract {
        ServiceOnContract {
            id: ContractServiceId(id),
            contract: ContractId(contract),
            service: ServiceId(service),
            unit_price: None,
            own_unit_price: None,
            own_adjusted_price: None,
            invoice_description: None,
        }
    }

    fn row(units: i64) -> UnitRow {
        UnitRow {
            start: date(2026, 8, 1),
            end: date(2026, 8, 31),
            units,
            posted: None,
            extended: None,
        }
    }

    fn service_row(contract: i64, line: Option<i64>, service: i64, units: i64) -> UnitRowRecord {
        UnitRowRecord {
            contract: ContractId(contract),
            line: LineId::Service {
                line: line.map(ContractServiceId),
                service: ServiceId(service),
            },
            row: row(units),
        }
    }

    fn bundle_row(contract: i64, line: i64, bundle: i64, units: i64) -> UnitRowRecord {
        UnitRowRecord {
            contract: ContractId(contract),
            line: LineId::Bundle {
                line: Some(ContractBundleId(line)),
                bundle: BundleId(bundle),
            },
            row: row(units),
        }
    }

    const DAY: Date = date(2026, 8, 15);

    #[test]
    fn units_come_from_own_lines_and_from_bundles_of_the_same_contract() {
        let parts = Parts {
            contracts: vec![contract(1, Some("yes")), contract(2, None)],
            services: vec![service_line(10, 1, 3), service_line(20, 2, 3)],
            bundles: vec![BundleOnContract {
                id: ContractBundleId(30),
                contract: ContractId(1),
                bundle: BundleId(300),
            }],
            members: Members::from([(BundleId(300), BTreeSet::from([ServiceId(3), ServiceId(4)]))]),
            units: vec![
                service_row(1, Some(10), 3, 5),
                bundle_row(1, 30, 300, 2),
                service_row(2, Some(20), 3, 100),
                service_row(99, Some(98), 3, 1000),
            ],
        };
        let book = build_book(parts, "acronis payg").unwrap();
        let first = &book.contracts[&ContractId(1)];
        assert_eq!(first.units_of(ServiceId(3), DAY), 7);
        assert_eq!(first.units_of(ServiceId(4), DAY), 2);
        assert_eq!(first.billing, BillingType::PayAsYouGo);
        let second = &book.contracts[&ContractId(2)];
        assert_eq!(second.units_of(ServiceId(3), DAY), 100);
        assert_eq!(second.billing, BillingType::Prepaid);
        assert_eq!(book.contracts.len(), 2);
    }

    #[test]
    fn a_book_knows_whether_any_contract_shows_the_field_with_a_value_or_without() {
        let shows = |contracts: Vec<ContractRecord>, field| {
            let parts = Parts {
                contracts,
                ..Parts::default()
            };
            build_book(parts, field).unwrap().shows_payg_field
        };
        assert!(shows(vec![contract(1, None)], "acronis payg "));
        assert!(!shows(vec![contract(1, Some("yes"))], "Pay as you go"));
        assert!(!shows(Vec::new(), "Acronis PAYG"));
    }

    #[test]
    fn a_row_makes_its_line_and_finds_the_only_one_that_fits() {
        let parts = Parts {
            contracts: vec![contract(1, None)],
            services: vec![service_line(10, 1, 3)],
            units: vec![service_row(1, Some(11), 4, 6), service_row(1, None, 3, 5)],
            ..Parts::default()
        };
        let book = build_book(parts, "x").unwrap();
        let contract = &book.contracts[&ContractId(1)];
        assert_eq!(contract.units_of(ServiceId(4), DAY), 6);
        assert_eq!(contract.units_of(ServiceId(3), DAY), 5);
        assert_eq!(contract.services.len(), 2);
    }

    #[test]
    fn a_row_that_may_belong_to_two_lines_is_an_error() {
        let parts = Parts {
            contracts: vec![contract(1, None)],
            services: vec![service_line(10, 1, 3), service_line(11, 1, 3)],
            units: vec![service_row(1, None, 3, 5)],
            ..Parts::default()
        };
        let expected = BookError::LineUnknown {
            contract: ContractId(1),
            lines: 2,
        };
        assert_eq!(build_book(parts, "x").unwrap_err(), expected);
    }

    #[test]
    fn a_bundle_whose_services_were_not_read_is_an_error_not_an_empty_bundle() {
        let parts = Parts {
            contracts: vec![contract(1, None)],
            units: vec![bundle_row(1, 30, 300, 2)],
            ..Parts::default()
        };
        assert!(matches!(
            build_book(parts, "x"),
            Err(BookError::MembersMissing { .. })
        ));
    }

    #[test]
    fn only_yes_is_pay_as_you_go() {
        for (value, expected) in [
            (Some(" YES "), BillingType::PayAsYouGo),
            (Some("No"), BillingType::Prepaid),
            (Some(" "), BillingType::Prepaid),
            (None, BillingType::Prepaid),
            (
                Some("Maybe"),
                BillingType::PrepaidByDefault {
                    value: "Maybe".to_owned(),
                },
            ),
        ] {
            assert_eq!(billing_type(value), expected);
        }
    }
}
