//! Unit rows of services and bundles on contracts (autotask.md §8.4, §8.6). Read-only: units
//! change by adjustments alone.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::Autotask;
use super::super::decode;
use super::super::entity::Entity;
use super::super::query::{Query, eq, gte, lte};
use super::super::read::records;
use super::Among;
use crate::domain::contracts::{UnitRow, UnitRows};
use crate::domain::ids::{BundleId, ContractBundleId, ContractId, ContractServiceId, ServiceId};
use crate::http::Failure;

const SERVICE_FIELDS: &[&str] = &[
    "contractID",
    "contractServiceID",
    "serviceID",
    "startDate",
    "endDate",
    "units",
    "price",
    "approveAndPostDate",
];
const BUNDLE_FIELDS: &[&str] = &[
    "contractID",
    "contractServiceBundleID",
    "serviceBundleID",
    "startDate",
    "endDate",
    "units",
    "price",
    "approveAndPostDate",
];

/// One line of a contract. The line's own id may be missing in a row; what is on it never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LineId {
    Service {
        line: Option<ContractServiceId>,
        service: ServiceId,
    },
    Bundle {
        line: Option<ContractBundleId>,
        bundle: BundleId,
    },
}

/// A unit row with the line it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnitRowRecord {
    pub(crate) contract: ContractId,
    pub(crate) line: LineId,
    pub(crate) row: UnitRow,
}

/// Which rows by their days, all included.
#[derive(Clone, Copy, Debug)]
pub(super) enum Window {
    /// At least one day of the row is among these.
    Touches(Date, Date),
    EndsIn(Date, Date),
    StartsIn(Date, Date),
}

impl UnitRowRecord {
    pub(super) fn bundle_id(&self) -> Option<BundleId> {
        match self.line {
            LineId::Bundle { bundle, .. } => Some(bundle),
            LineId::Service { .. } => None,
        }
    }
}

records!(ServiceUnits, BundleUnits);

impl Autotask {
    /// The unit rows of services and bundles of these contracts in a window.
    pub(super) fn units_for(
        &self,
        of: Among<'_>,
        window: Window,
    ) -> Result<Vec<UnitRowRecord>, Failure> {
        let query = window.rows_query(Entity::ContractServiceUnits, SERVICE_FIELDS);
        let what = "reading units of services";
        let services = self.on_contracts::<ServiceUnits>(&query, of, what)?;
        let query = window.rows_query(Entity::ContractServiceBundleUnits, BUNDLE_FIELDS);
        let what = "reading units of service bundles";
        let bundles = self.on_contracts::<BundleUnits>(&query, of, what)?;
        let services = services.into_iter().map(ServiceUnits::into_record);
        let bundles = bundles.into_iter().map(BundleUnits::into_record);
        Ok(services.chain(bundles).collect())
    }

    /// The unit rows of some services on contracts in a window.
    pub(super) fn units_of_lines(
        &self,
        lines: &BTreeSet<ContractServiceId>,
        window: Window,
    ) -> Result<Vec<UnitRowRecord>, Failure> {
        let query = window.rows_query(Entity::ContractServiceUnits, SERVICE_FIELDS);
        let ids = lines.iter().map(|line| line.0);
        let what = "reading units of services";
        let rows = self.all_in::<ServiceUnits>(&query, "contractServiceID", ids, what)?;
        Ok(rows.into_iter().map(ServiceUnits::into_record).collect())
    }

    /// The rows of one line that touch the days `from` to `to`: to read back what an adjustment
    /// did.
    pub(crate) fn units_of_line(
        &self,
        line: ContractServiceId,
        from: Date,
        to: Date,
    ) -> Result<UnitRows, Failure> {
        let query = Window::Touches(from, to)
            .rows_query(Entity::ContractServiceUnits, SERVICE_FIELDS)
            .with_filter(eq("contractServiceID", line.0));
        let rows = self.read_all::<ServiceUnits>(&query, "reading the units of a line")?;
        let rows = rows.into_iter().map(|row| row.into_record().row);
        Ok(UnitRows::new(rows.collect()))
    }

    /// As [`Self::units_of_line`], for a service of a contract whose line is not known (yet).
    pub(crate) fn units_of_service(
        &self,
        contract: ContractId,
        service: ServiceId,
        from: Date,
        to: Date,
    ) -> Result<UnitRows, Failure> {
        let query = Window::Touches(from, to)
            .rows_query(Entity::ContractServiceUnits, SERVICE_FIELDS)
            .with_filter(eq("contractID", contract.0))
            .with_filter(eq("serviceID", service.0));
        let rows = self.read_all::<ServiceUnits>(&query, "reading the units of a service")?;
        let rows = rows.into_iter().map(|row| row.into_record().row);
        Ok(UnitRows::new(rows.collect()))
    }
}

impl Window {
    /// Rows come as midnights; this way of asking finds those that cover a day (autotask.md §5).
    fn rows_query(self, entity: Entity, fields: &'static [&'static str]) -> Query {
        let ((first, from), (last, to)) = match self {
            Self::Touches(from, to) => (("endDate", from), ("startDate", to)),
            Self::EndsIn(from, to) => (("endDate", from), ("endDate", to)),
            Self::StartsIn(from, to) => (("startDate", from), ("startDate", to)),
        };
        Query::for_entity(entity)
            .with_fields(fields)
            .with_filter(lte(last, format!("{to}T23:59:59")))
            .with_filter(gte(first, format!("{from}T00:00:00")))
    }
}

#[derive(Debug, Deserialize)]
struct ServiceUnits {
    id: i64,
    #[serde(rename = "contractID")]
    contract: i64,
    #[serde(default, rename = "contractServiceID")]
    line: Option<i64>,
    #[serde(rename = "serviceID")]
    service: i64,
    #[serde(rename = "startDate", deserialize_with = "decode::decode_date")]
    start: Date,
    #[serde(rename = "endDate", deserialize_with = "decode::decode_date")]
    end: Date,
    // Never a guess: a row without its number is an error.
    units: i64,
    #[serde(default, deserialize_with = "decode::decode_amount")]
    price: Option<Decimal>,
    #[serde(
        default,
        rename = "approveAndPostDate",
        deserialize_with = "decode::day_or_none"
    )]
    posted: Option<Date>,
}

impl ServiceUnits {
    fn into_record(self) -> UnitRowRecord {
        UnitRowRecord {
            contract: ContractId(self.contract),
            line: LineId::Service {
                line: self.line.map(ContractServiceId),
                service: ServiceId(self.service),
            },
            row: UnitRow {
                start: self.start,
                end: self.end,
                units: self.units,
                posted: self.posted,
                extended: self.price,
            },
        }
    }
}

#[derive(Debug, Deserialize)]
struct BundleUnits {
    id: i64,
    #[serde(rename = "contractID")]
    contract: i64,
    #[serde(default, rename = "contractServiceBundleID")]
    line: Option<i64>,
    #[serde(rename = "serviceBundleID")]
    bundle: i64,
    #[serde(rename = "startDate", deserialize_with = "decode::decode_date")]
    start: Date,
    #[serde(rename = "endDate", deserialize_with = "decode::decode_date")]
    end: Date,
    units: i64,
    #[serde(default, deserialize_with = "decode::decode_amount")]
    price: Option<Decimal>,
    #[serde(
        default,
        rename = "approveAndPostDate",
        deserialize_with = "decode::day_or_none"
    )]
    posted: Option<Date>,
}

impl BundleUnits {
    fn into_record(self) -> UnitRowRecord {
        UnitRowRecord {
            contract: ContractId(self.contract),
            line: LineId::Bundle {
                line: self.line.map(ContractBundleId),
                bundle: BundleId(self.bundle),
            },
            row: UnitRow {
                start: self.start,
                end: self.end,
                units: self.units,
                posted: self.posted,
                extended: self.price,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_asked_for_by_whole_days() {
        let asked = |window: Window| {
            let query = window.rows_query(Entity::ContractServiceUnits, SERVICE_FIELDS);
            query.page_body(None)["Filter"].clone()
        };
        let (from, to) = (date(2026, 8, 3), date(2026, 9, 30));
        for (window, last, first) in [
            (Window::Touches(from, to), "startDate", "endDate"),
            (Window::EndsIn(from, to), "endDate", "endDate"),
            (Window::StartsIn(from, to), "startDate", "startDate"),
        ] {
            assert_eq!(
                asked(window),
                json!([
                    {"op": "lte", "field": last, "value": "2026-09-30T23:59:59"},
                    {"op": "gte", "field": first, "value": "2026-08-03T00:00:00"},
                ])
            );
        }
    }

    #[test]
    fn a_row_keeps_its_extended_amount_and_its_posting_day() {
        let wire: ServiceUnits = serde_json::from_str(
            r#"{"id": 1, "contractID": 29, "contractServiceID": 5, "serviceID": 3,
                "startDate": "2026-08-01T00:00:00", "endDate": "2026-08-31T00:00:00",
                "units": 7, "price": 31.50, "cost": null,
                "approveAndPostDate": "2026-09-01T13:14:15.123Z"}"#,
        )
        .unwrap();
        let record = wire.into_record();
        assert_eq!(record.row.units, 7);
        assert_eq!(record.row.posted, Some(date(2026, 9, 1)));
        assert_eq!(record.row.extended.unwrap().to_string(), "31.50");
    }

    #[test]
    fn a_row_without_its_number_is_an_error_not_a_zero() {
        let odd = r#"{"id": 1, "contractID": 29, "serviceID": 3, "units": null,
            "startDate": "2026-08-01", "endDate": "2026-08-31"}"#;
        assert!(serde_json::from_str::<ServiceUnits>(odd).is_err());
    }
}
