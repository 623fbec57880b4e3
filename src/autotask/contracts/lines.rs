//! The services and service bundles on contracts. They have no quantity: units are in rows of
//! their own (autotask.md §8.3, §8.6).

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::Autotask;
use super::super::decode;
use super::super::entity::Entity;
use super::super::query::Query;
use super::super::read::records;
use super::Among;
use crate::domain::ids::{BundleId, ContractBundleId, ContractId, ContractServiceId, ServiceId};
use crate::http::Failure;

const SERVICE_FIELDS: &[&str] = &[
    "contractID",
    "serviceID",
    "unitPrice",
    "internalCurrencyUnitPrice",
    "internalCurrencyAdjustedPrice",
    "invoiceDescription",
];
const BUNDLE_FIELDS: &[&str] = &["contractID", "serviceBundleID"];

/// A service on a contract. The same service can be on a contract twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct ServiceOnContract {
    pub(crate) id: ContractServiceId,
    #[serde(rename = "contractID")]
    pub(crate) contract: ContractId,
    #[serde(rename = "serviceID")]
    pub(crate) service: ServiceId,
    /// The list price of the service, not what the contract was adjusted to (autotask.md §8.3).
    #[serde(
        default,
        rename = "unitPrice",
        deserialize_with = "decode::decode_amount"
    )]
    pub(crate) unit_price: Option<Decimal>,
    /// The list price in the database's own currency.
    #[serde(
        default,
        rename = "internalCurrencyUnitPrice",
        deserialize_with = "decode::decode_amount"
    )]
    pub(crate) own_unit_price: Option<Decimal>,
    /// What the contract was adjusted to, in the database's own currency.
    #[serde(
        default,
        rename = "internalCurrencyAdjustedPrice",
        deserialize_with = "decode::decode_amount"
    )]
    pub(crate) own_adjusted_price: Option<Decimal>,
    #[serde(
        default,
        rename = "invoiceDescription",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) invoice_description: Option<String>,
}

impl ServiceOnContract {
    /// The price of one unit on this contract, in the customer's currency: the adjusted price,
    /// converted by the two list prices where the currencies differ (autotask.md §8.3); the list
    /// price where nothing else is shown. A converted price is rounded to four digits, for showing
    /// only. `None` when it is hidden.
    pub(crate) fn effective_price(&self) -> Option<Decimal> {
        let Some(adjusted) = self.own_adjusted_price else {
            return self.unit_price;
        };
        match (self.unit_price, self.own_unit_price) {
            (Some(list), Some(own)) if list != own => {
                let scaled = adjusted.checked_mul(list)?;
                scaled.checked_div(own).map(|price| price.round_dp(4))
            }
            (Some(_) | None, Some(_) | None) => Some(adjusted),
        }
    }
}

/// A service bundle on a contract.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct BundleOnContract {
    pub(crate) id: ContractBundleId,
    #[serde(rename = "contractID")]
    pub(crate) contract: ContractId,
    #[serde(rename = "serviceBundleID")]
    pub(crate) bundle: BundleId,
}

records!(ServiceOnContract, BundleOnContract);

impl Autotask {
    /// The services on these contracts, by id of the line.
    pub(crate) fn services_on(
        &self,
        contracts: &[ContractId],
    ) -> Result<Vec<ServiceOnContract>, Failure> {
        self.services_of(Among::Some(contracts))
    }

    pub(super) fn services_of(&self, of: Among<'_>) -> Result<Vec<ServiceOnContract>, Failure> {
        let query = Query::for_entity(Entity::ContractServices).with_fields(SERVICE_FIELDS);
        self.on_contracts(&query, of, "reading services on contracts")
    }

    /// The contracts that hold one of these services, directly or inside a bundle; ended ones too.
    pub(crate) fn contracts_with(
        &self,
        services: &BTreeSet<ServiceId>,
    ) -> Result<BTreeMap<ServiceId, BTreeSet<ContractId>>, Failure> {
        let query = Query::for_entity(Entity::ContractServices).with_fields(SERVICE_FIELDS);
        let ids = services.iter().map(|id| id.0);
        let what = "reading the contracts of services";
        let lines = self.all_in::<ServiceOnContract>(&query, "serviceID", ids, what)?;
        let mut held: BTreeMap<ServiceId, BTreeSet<ContractId>> = BTreeMap::new();
        for line in lines {
            held.entry(line.service).or_default().insert(line.contract);
        }
        let bundled = self.bundles_with(services)?;
        let bundles: BTreeSet<i64> = bundled.iter().map(|(bundle, _)| bundle.0).collect();
        if bundles.is_empty() {
            return Ok(held);
        }
        let query = Query::for_entity(Entity::ContractServiceBundles).with_fields(BUNDLE_FIELDS);
        let lines = self.all_in::<BundleOnContract>(&query, "serviceBundleID", bundles, what)?;
        for line in lines {
            for (_, service) in bundled.iter().filter(|(bundle, _)| *bundle == line.bundle) {
                held.entry(*service).or_default().insert(line.contract);
            }
        }
        Ok(held)
    }

    /// The service bundles on these contracts, by id of the line.
    pub(super) fn bundles_of(&self, of: Among<'_>) -> Result<Vec<BundleOnContract>, Failure> {
        let query = Query::for_entity(Entity::ContractServiceBundles).with_fields(BUNDLE_FIELDS);
        self.on_contracts(&query, of, "reading bundles on contracts")
    }
}

// The ids may not be missing: a line that is lost is units that are lost.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_its_service_is_an_error() {
        let odd = r#"{"id": 1, "contractID": 2, "serviceID": null}"#;
        assert!(serde_json::from_str::<ServiceOnContract>(odd).is_err());
        let good = r#"{"id": 1, "contractID": 2, "serviceID": 3, "unitPrice": 4.50}"#;
        let line = serde_json::from_str::<ServiceOnContract>(good).unwrap();
        assert_eq!(line.unit_price.unwrap().to_string(), "4.50");
    }
}
