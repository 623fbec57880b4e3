//! Recurring-service contracts and what is on them (autotask.md §8.2-8.6).

mod book;
mod lines;
mod units;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;

pub(crate) use book::{Parts, build_book, period_months};
pub(crate) use units::UnitRowRecord;
use units::Window;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{IN_MAX, Query, eq};
use super::read::{Record, records};
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{CompanyId, ContractId, ContractServiceId};
use crate::http::{Failure, run_together};

/// "Recurring Service", a system id; those of the other types differ between databases
/// (autotask.md §8.2).
const RECURRING_SERVICE: i64 = 7;
/// Used only where the status picklist has no value labelled [`ACTIVE_LABEL`].
const ACTIVE: i64 = 1;
const ACTIVE_LABEL: &str = "Active";

/// A recurring-service contract as Autotask has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContractRecord {
    pub(crate) id: ContractId,
    pub(crate) company: CompanyId,
    pub(crate) name: String,
    pub(crate) number: Option<String>,
    /// The status is the one labelled active, whatever the dates.
    pub(crate) active: bool,
    pub(crate) start: Date,
    pub(crate) end: Date,
    /// Id in the `Contracts.contractPeriodType` picklist.
    pub(crate) period_type: Option<i64>,
    pub(crate) udfs: Vec<Udf>,
}

/// A user-defined field of a record; null and empty are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Udf {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// Which recurring-service contracts to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContractScope {
    /// Of every company, ended and inactive ones included.
    All,
    /// Of every company, status active.
    Active,
    /// Of these companies, ended and inactive ones included.
    Of(Vec<CompanyId>),
}

/// Contracts whose parts are read.
#[derive(Clone, Copy, Debug)]
enum Among<'c> {
    /// All recurring-service contracts; parts of contracts of other types may come along.
    All(&'c [ContractId]),
    Some(&'c [ContractId]),
}

impl ContractRecord {
    /// The value of a user-defined field, whose name is matched without regard to case.
    pub(crate) fn udf_value(&self, name: &str) -> Option<&str> {
        self.find_udf(name)?.value.as_deref()
    }

    /// Whether the record has the user-defined field, be it empty.
    pub(crate) fn has_udf(&self, name: &str) -> bool {
        self.find_udf(name).is_some()
    }

    fn find_udf(&self, name: &str) -> Option<&Udf> {
        let name = name.trim().to_lowercase();
        let mut udfs = self.udfs.iter();
        udfs.find(|udf| udf.name.trim().to_lowercase() == name)
    }
}

/// The unit rows of some contracts and of some more lines that touch the days `from` to `to` but not
/// `known`, whose rows a book has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MoreUnits<'a> {
    pub(crate) contracts: &'a BTreeSet<ContractId>,
    pub(crate) lines: &'a BTreeSet<ContractServiceId>,
    pub(crate) known: Date,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

records!(ContractWire);

impl Autotask {
    /// The recurring-service contracts of a scope, by id.
    pub(crate) fn read_contracts(
        &self,
        scope: &ContractScope,
    ) -> Result<Vec<ContractRecord>, Failure> {
        let active = self.active_status()?;
        // No list of fields: whether user-defined ones come along with one is not sure, and one
        // that does not exist would refuse the whole query (autotask.md §5).
        let query =
            Query::for_entity(Entity::Contracts).with_filter(eq("contractType", RECURRING_SERVICE));
        let what = "reading contracts";
        let rows = match scope {
            ContractScope::All => self.read_all::<ContractWire>(&query, what)?,
            ContractScope::Active => {
                self.read_all::<ContractWire>(&query.with_filter(eq("status", active)), what)?
            }
            ContractScope::Of(companies) => {
                let ids = companies.iter().map(|id| id.0);
                self.all_in::<ContractWire>(&query, "companyID", ids, what)?
            }
        };
        Ok(rows
            .into_iter()
            .map(|row| row.into_contract(active))
            .collect())
    }

    /// Everything about the contracts of a scope, joined: lines, bundles with their services, and
    /// the unit rows that touch the days `from` to `to`. Billing is read from `payg_field`.
    ///
    /// # Errors
    /// A failed read of any part, or parts that do not fit together: a book with a hole would set
    /// quotas and bills too low.
    pub(crate) fn contract_book(
        &self,
        scope: &ContractScope,
        payg_field: &str,
        from: Date,
        to: Date,
    ) -> anyhow::Result<ContractBook> {
        let contracts = self.read_contracts(scope)?;
        let ids: Vec<ContractId> = contracts.iter().map(|contract| contract.id).collect();
        let of = match scope {
            ContractScope::All => Among::All(&ids),
            ContractScope::Active | ContractScope::Of(_) => Among::Some(&ids),
        };
        let lines = || Ok::<_, Failure>((self.services_of(of)?, self.bundles_of(of)?));
        let (lines, units) = run_together(lines, || self.units_for(of, Window::Touches(from, to)));
        let ((services, bundles), units) = (lines?, units?);
        let named = bundles.iter().map(|line| line.bundle);
        let in_rows = units.iter().filter_map(UnitRowRecord::bundle_id);
        let named = named.chain(in_rows).collect();
        let members = self.bundle_members(&named)?;
        // Only for people to read: their ids say as much.
        let names = self.bundle_names(&named).unwrap_or_default();
        let parts = Parts {
            contracts,
            services,
            bundles,
            members,
            units,
        };
        let mut book = build_book(parts, payg_field)?;
        book.bundle_names = names;
        Ok(book)
    }

    /// The unit rows of a book that it does not have yet.
    pub(crate) fn units_around(
        &self,
        book: &ContractBook,
        wanted: &MoreUnits<'_>,
    ) -> Result<Vec<UnitRowRecord>, Failure> {
        let MoreUnits {
            contracts,
            lines,
            known,
            from,
            to,
        } = *wanted;
        let every: Vec<ContractId> = book.contracts.keys().copied().collect();
        let some: Vec<ContractId> = contracts.iter().copied().collect();
        // Of most contracts the whole list takes fewer requests, as in [`Self::on_contracts`].
        let of = if some.len().saturating_mul(2) > every.len() {
            Among::All(&every)
        } else {
            Among::Some(&some)
        };
        let before = known.yesterday().map(|day| Window::EndsIn(from, day));
        let after = known.tomorrow().map(|day| Window::StartsIn(day, to));
        let mut units = Vec::new();
        for window in [before, after].into_iter().flatten() {
            units.extend(self.units_for(of, window)?);
            units.extend(self.units_of_lines(lines, window)?);
        }
        Ok(units)
    }

    /// Adds unit rows to the lines of a book.
    ///
    /// # Errors
    /// As [`Self::contract_book`].
    pub(crate) fn add_rows(
        &self,
        book: &mut ContractBook,
        units: Vec<UnitRowRecord>,
    ) -> anyhow::Result<()> {
        let bundles = units.iter().filter_map(UnitRowRecord::bundle_id).collect();
        let members = self.bundle_members(&bundles)?;
        Ok(book::add_unit_rows(book, units, &members)?)
    }

    /// The records of a query that belong to these contracts. All of many are read as the whole
    /// list, which takes fewer requests; what is too much is left out by [`build_book()`].
    fn on_contracts<T: Record>(
        &self,
        query: &Query,
        of: Among<'_>,
        what: &str,
    ) -> Result<Vec<T>, Failure> {
        let ids = match of {
            Among::All(ids) if ids.len() > IN_MAX => return self.read_all(query, what),
            Among::All(ids) | Among::Some(ids) => ids,
        };
        self.all_in(query, "contractID", ids.iter().map(|id| id.0), what)
    }

    fn active_status(&self) -> Result<i64, Failure> {
        let statuses = self.read_picklist(Entity::Contracts, "status")?;
        Ok(statuses.resolve_id(ACTIVE_LABEL, None).unwrap_or(ACTIVE))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContractWire {
    id: i64,
    #[serde(rename = "companyID")]
    company_id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    contract_name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    contract_number: Option<String>,
    // Without it an active contract would look like one that was stopped.
    #[serde(deserialize_with = "decode::decode_required_number")]
    status: i64,
    #[serde(deserialize_with = "decode::decode_date")]
    start_date: Date,
    #[serde(deserialize_with = "decode::decode_date")]
    end_date: Date,
    #[serde(default, deserialize_with = "decode::decode_number")]
    contract_period_type: Option<i64>,
    #[serde(default)]
    user_defined_fields: Option<Vec<UdfWire>>,
}

#[derive(Debug, Deserialize)]
struct UdfWire {
    name: String,
    #[serde(default, deserialize_with = "decode::any_text")]
    value: Option<String>,
}

impl ContractWire {
    fn into_contract(self, active: i64) -> ContractRecord {
        let udfs = self.user_defined_fields.unwrap_or_default();
        ContractRecord {
            id: ContractId(self.id),
            company: CompanyId(self.company_id),
            name: self.contract_name,
            number: self.contract_number,
            active: self.status == active,
            start: self.start_date,
            end: self.end_date,
            period_type: self.contract_period_type,
            udfs: (udfs.into_iter())
                .map(|UdfWire { name, value }| Udf { name, value })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn contract(json: &str) -> ContractRecord {
        let wire: ContractWire = serde_json::from_str(json).unwrap();
        wire.into_contract(1)
    }

    #[test]
    fn a_contract_is_read_with_its_dates_cut_and_its_fields_found_in_any_case() {
        let contract = contract(
            r#"{"id": 29, "companyID": 4711, "contractName": "Backup", "status": 1,
                "startDate": "2026-01-01T00:00:00", "endDate": "2026-12-31T00:00:00.000Z",
                "contractPeriodType": "2", "setupFee": 0.0,
                "userDefinedFields": [{"name": "Acronis PAYG", "value": "Yes"},
                                      {"name": "Other", "value": null}]}"#,
        );
        assert!(contract.active);
        assert_eq!(contract.start, date(2026, 1, 1));
        assert_eq!(contract.end, date(2026, 12, 31));
        assert_eq!(contract.period_type, Some(2));
        assert_eq!(contract.udf_value("acronis payg "), Some("Yes"));
        assert_eq!(contract.udf_value("other"), None);
        assert_eq!(contract.udf_value("missing"), None);
    }

    #[test]
    fn a_contract_without_dates_or_status_is_an_error() {
        let read = |start: &str, status: &str| {
            let json = format!(
                r#"{{"id": 29, "companyID": 4711, "startDate": {start}, "endDate": "2026-12-31"
                    {status}, "userDefinedFields": null}}"#
            );
            serde_json::from_str::<ContractWire>(&json)
        };
        let (day, active) = ("\"2026-01-01\"", r#", "status": 1"#);
        assert!(read(day, active).is_ok());
        assert!(read("null", active).is_err());
        for status in ["", r#", "status": null"#, r#", "status": "" "#] {
            assert!(read(day, status).is_err(), "{status}");
        }
        assert!(
            !read(day, r#", "status": "0" "#)
                .unwrap()
                .into_contract(1)
                .active
        );
    }
}
