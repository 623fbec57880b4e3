//! Services: what is sold on contracts (autotask.md §8.7).

use rust_decimal::Decimal;
use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::picklists::Picklist;
use super::query::Query;
use super::read::Record;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) id: ServiceId,
    /// Unique in the database, inactive services included.
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) invoice_description: Option<String>,
    /// Id in the `Services.periodType` picklist; fixed when the service is created.
    pub(crate) period_type: Option<i64>,
    pub(crate) billing_code: Option<BillingCodeId>,
    pub(crate) unit_price: Option<Decimal>,
    /// An inactive service holds its name and cannot be put on a contract.
    pub(crate) active: bool,
}

impl Autotask {
    /// Every service, inactive ones included, by id.
    pub(crate) fn read_services(&self) -> Result<Vec<Service>, Failure> {
        let query = Query::for_entity(Entity::Services).with_fields(FIELDS);
        let rows = self.read_all::<ServiceWire>(&query, "reading services")?;
        Ok(rows.into_iter().map(ServiceWire::into_service).collect())
    }

    /// The period types of services: monthly, quarterly and so on.
    pub(crate) fn service_periods(&self) -> Result<Picklist, Failure> {
        self.read_picklist(Entity::Services, "periodType")
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    description: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    invoice_description: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_number")]
    period_type: Option<i64>,
    #[serde(default, rename = "billingCodeID")]
    billing_code_id: Option<i64>,
    #[serde(default, deserialize_with = "decode::decode_amount")]
    unit_price: Option<Decimal>,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_active: bool,
}

impl Record for ServiceWire {
    fn id(&self) -> i64 {
        self.id
    }
}

impl ServiceWire {
    fn into_service(self) -> Service {
        Service {
            id: ServiceId(self.id),
            name: self.name,
            description: self.description,
            invoice_description: self.invoice_description,
            period_type: self.period_type,
            billing_code: self.billing_code_id.map(BillingCodeId),
            unit_price: self.unit_price,
            active: self.is_active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_from_its_digits() {
        let wire: ServiceWire = serde_json::from_str(
            r#"{"id": 3, "name": "Acronis - Workstations", "unitPrice": 19.989999999999998,
                "periodType": 2, "billingCodeID": 29, "isActive": true, "unitCost": null}"#,
        )
        .unwrap();
        let service = wire.into_service();
        assert_eq!(
            service.unit_price.unwrap().to_string(),
            "19.989999999999998"
        );
        assert_eq!(service.billing_code, Some(BillingCodeId(29)));
        assert_eq!(service.period_type, Some(2));
        assert!(service.active);
    }
}
