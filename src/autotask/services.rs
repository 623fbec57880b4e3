//! Services: what is sold on contracts (autotask.md §8.7).

use rust_decimal::Decimal;
use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::picklists::Picklist;
use super::query::Query;
use super::read::records;
use crate::domain::ids::{BillingCodeId, ServiceId};
use crate::http::Failure;

// The sku-like fields of newer databases are not named here: where they are missing the whole
// query would be refused (autotask.md §8.7).
const FIELDS: &[&str] = &[
    "name",
    "description",
    "invoiceDescription",
    "periodType",
    "billingCodeID",
    "unitPrice",
    "isActive",
];

/// A service as Autotask has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Service {
    pub(crate) id: ServiceId,
    /// Unique in the database, inactive services included.
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    pub(crate) description: Option<String>,
    #[serde(
        default,
        rename = "invoiceDescription",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) invoice_description: Option<String>,
    /// Id in the `Services.periodType` picklist; fixed when the service is created.
    #[serde(
        default,
        rename = "periodType",
        deserialize_with = "decode::decode_number"
    )]
    pub(crate) period_type: Option<i64>,
    #[serde(default, rename = "billingCodeID")]
    pub(crate) billing_code: Option<BillingCodeId>,
    #[serde(
        default,
        rename = "unitPrice",
        deserialize_with = "decode::decode_amount"
    )]
    pub(crate) unit_price: Option<Decimal>,
    /// An inactive service holds its name and cannot be put on a contract.
    #[serde(default, rename = "isActive", deserialize_with = "decode::decode_flag")]
    pub(crate) active: bool,
}

records!(Service);

impl Autotask {
    /// Every service, inactive ones included, by id.
    pub(crate) fn read_services(&self) -> Result<Vec<Service>, Failure> {
        let query = Query::for_entity(Entity::Services).with_fields(FIELDS);
        self.read_all(&query, "reading services")
    }

    /// The period types of services: monthly, quarterly and so on.
    pub(crate) fn service_periods(&self) -> Result<Picklist, Failure> {
        self.read_picklist(Entity::Services, "periodType")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_from_its_digits() {
        let service: Service = serde_json::from_str(
            r#"{"id": 3, "name": "Acronis - Workstations", "unitPrice": 19.989999999999998,
                "periodType": 2, "billingCodeID": 29, "isActive": true, "unitCost": null}"#,
        )
        .unwrap();
        assert_eq!(
            service.unit_price.unwrap().to_string(),
            "19.989999999999998"
        );
        assert_eq!(service.billing_code, Some(BillingCodeId(29)));
        assert_eq!(service.period_type, Some(2));
        assert!(service.active);
    }
}
