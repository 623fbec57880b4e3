//! Services, lines on contracts, and the adjustments that change their units.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::super::entity::Entity;
use super::{AutotaskWriter, price_number};
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{BillingCodeId, ContractId, ContractServiceId, ServiceId};
use crate::http::Failure;

/// A service to be made (autotask.md §8.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewService {
    /// At most 100 characters; unique in the database, inactive services included.
    pub(crate) name: String,
    /// At most 400 characters.
    pub(crate) description: Option<String>,
    /// At most 1000 characters.
    pub(crate) invoice_description: Option<String>,
    /// Id in the `Services.periodType` picklist; cannot change later.
    pub(crate) period_type: i64,
    pub(crate) billing_code: BillingCodeId,
    pub(crate) unit_price: Decimal,
}

/// A service to be put on a contract. It has no units until an adjustment gives it some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewContractService {
    pub(crate) contract: ContractId,
    pub(crate) service: ServiceId,
}

/// A change of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Adjustment {
    pub(crate) contract: ContractId,
    pub(crate) line: ContractServiceId,
    /// What the line sells.
    pub(crate) service: ServiceId,
    /// Which of the two goes into the body.
    pub(crate) form: AdjustmentForm,
    /// The signed difference, never the new total (autotask.md §0). Not zero.
    pub(crate) change: i64,
    /// Within the contract's start and end. Inside a billing period it prorates, which cannot be
    /// undone.
    pub(crate) effective: Date,
}

impl AutotaskWriter<'_> {
    /// Makes a service. A taken name is refused with a text that
    /// [`super::super::is_name_taken`] knows.
    pub(crate) fn create_service(&self, new: &NewService) -> Result<ServiceId, Failure> {
        let path = [Entity::Services.as_str()];
        let what = format!("creating the service {:?}", new.name);
        let Some(body) = service_body(new) else {
            let why = format!("the price {} has too many digits", new.unit_price);
            return Err(self.refuse_unsent(Entity::Services, &path, &what, &why));
        };
        let id = self.create_record(Entity::Services, &path, body, &what)?;
        Ok(ServiceId(id))
    }

    /// Puts a service on a contract, with zero units (autotask.md §8.3).
    pub(crate) fn create_contract_service(
        &self,
        new: &NewContractService,
    ) -> Result<ContractServiceId, Failure> {
        let contract = new.contract.to_string();
        let path = ["Contracts", &contract, "Services"];
        let body = json!({
            "id": 0,
            "contractID": new.contract.0,
            "serviceID": new.service.0,
        });
        let what = format!("adding service {} to contract {contract}", new.service);
        let id = self.create_record(Entity::ContractServices, &path, body, &what)?;
        Ok(ContractServiceId(id))
    }

    /// Changes the units of a line from a day on.
    ///
    /// Success is any 2xx answer: it carries no id (autotask.md §0), so the caller reads the unit
    /// rows to see what it did. A failure with effect `Unknown` is to be settled the same way, and
    /// never by sending again.
    pub(crate) fn adjust_units(&self, adjustment: &Adjustment) -> Result<(), Failure> {
        let contract = adjustment.contract.to_string();
        let entity = Entity::ContractServiceAdjustments;
        let path = ["Contracts", &contract, "ServiceAdjustments"];
        let what = format!(
            "changing units on contract {contract} by {:+} from {}",
            adjustment.change, adjustment.effective
        );
        match adjustment_body(adjustment) {
            // What stands in a 2xx answer decides nothing, not even when it cannot be read.
            Ok(body) => self.post_once(entity, &path, body, &what).map(drop),
            Err(why) => Err(self.refuse_unsent(entity, &path, &what, why)),
        }
    }
}

fn service_body(new: &NewService) -> Option<Value> {
    let mut body = json!({
        "id": 0,
        "name": new.name,
        "periodType": new.period_type,
        "billingCodeID": new.billing_code.0,
        "unitPrice": price_number(new.unit_price)?,
        "isActive": true,
    });
    let texts = [
        ("description", &new.description),
        ("invoiceDescription", &new.invoice_description),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            body[name] = json!(text);
        }
    }
    Some(body)
}

/// The date as plain `yyyy-MM-dd`, as proven live. The contract stands in every body that is known to
/// run (autotask.md §8.5).
fn adjustment_body(adjustment: &Adjustment) -> Result<Value, &'static str> {
    if adjustment.change == 0 {
        return Err("a change of zero units is no change");
    }
    let Ok(change) = i32::try_from(adjustment.change) else {
        return Err("the change does not fit into 32 bits");
    };
    let named = match adjustment.form {
        AdjustmentForm::Line => adjustment.line.0,
        AdjustmentForm::Service => adjustment.service.0,
    };
    Ok(json!({
        "contractID": adjustment.contract.0,
        adjustment.form.line_field(): named,
        "unitChange": change,
        "effectiveDate": adjustment.effective.to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn adjustment(change: i64) -> Adjustment {
        Adjustment {
            contract: ContractId(29),
            line: ContractServiceId(5),
            service: ServiceId(8),
            form: AdjustmentForm::Line,
            change,
            effective: date(2026, 8, 1),
        }
    }

    #[test]
    fn an_adjustment_names_its_line_and_carries_the_difference() {
        for change in [7, -2] {
            assert_eq!(
                adjustment_body(&adjustment(change)).unwrap(),
                json!({"contractID": 29, "contractServiceID": 5, "unitChange": change,
                    "effectiveDate": "2026-08-01"})
            );
        }
    }

    #[test]
    fn the_other_form_names_the_service_and_not_the_line() {
        let other = Adjustment {
            form: AdjustmentForm::Service,
            ..adjustment(7)
        };
        assert_eq!(
            adjustment_body(&other).unwrap(),
            json!({"contractID": 29, "serviceID": 8, "unitChange": 7,
                "effectiveDate": "2026-08-01"})
        );
    }

    #[test]
    fn a_change_of_nothing_or_past_all_counting_is_not_sent() {
        assert!(adjustment_body(&adjustment(0)).is_err());
        assert!(adjustment_body(&adjustment(1 << 31)).is_err());
    }

    #[test]
    fn a_new_service_is_active_and_leaves_unknown_texts_out() {
        let new = NewService {
            name: "Acronis - Workstations".to_owned(),
            description: None,
            invoice_description: Some("Backup".to_owned()),
            period_type: 2,
            billing_code: BillingCodeId(29),
            unit_price: Decimal::ZERO,
        };
        assert_eq!(
            service_body(&new).unwrap(),
            json!({
                "id": 0, "name": "Acronis - Workstations", "periodType": 2, "billingCodeID": 29,
                "unitPrice": 0, "isActive": true, "invoiceDescription": "Backup",
            })
        );
    }
}
