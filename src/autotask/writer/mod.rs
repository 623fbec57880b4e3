//! Everything that changes something in Autotask. There is no writer without a plan's consent.
//!
//! Creates are never repeated after an ambiguous end, they carry no key that would make them
//! idempotent (autotask.md §3): whoever calls looks before creating again.

mod contracts;
mod tickets;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) use contracts::{Adjustment, NewContractService, NewService};
pub(crate) use tickets::{NewNote, NewTicket, TicketChange};

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::udf::UdfKind;
use crate::http::{Effect, Failure, FailureKind, Method, RepeatPolicy, Request, Response};
use crate::plan::Consent;

/// Writes for one approved plan.
#[derive(Debug)]
pub(crate) struct AutotaskWriter<'a> {
    autotask: &'a Autotask,
}

/// A user-defined field to be made, with the kind found in this very database: neither can be
/// corrected later, nor the field deleted (autotask.md §8.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewUdf {
    /// At most 45 characters.
    pub(crate) name: String,
    /// At most 128 characters.
    pub(crate) description: String,
    pub(crate) kind: UdfKind,
}

impl Autotask {
    /// The only way to a writer.
    pub(crate) fn writer(&self, _: &Consent) -> AutotaskWriter<'_> {
        AutotaskWriter { autotask: self }
    }
}

impl AutotaskWriter<'_> {
    /// Makes a user-defined field; returns its id.
    pub(crate) fn create_udf_definition(&self, new: &NewUdf) -> Result<i64, Failure> {
        let entity = Entity::UserDefinedFieldDefinitions;
        let body = json!({
            "id": 0,
            "name": new.name,
            "description": new.description,
            "udfType": new.kind.udf_type,
            "dataType": new.kind.data_type,
            "isActive": true,
            "sortOrder": 1,
        });
        let what = format!("creating the user-defined field {:?}", new.name);
        self.create_record(entity, &[entity.as_str()], body, &what)
    }

    /// Adds a value to a list field; returns its id. The path's first segment is
    /// `UserDefinedFields`, not the entity's name (autotask.md §0).
    pub(crate) fn create_udf_list_item(&self, udf: i64, text: &str) -> Result<i64, Failure> {
        let path = ["UserDefinedFields", &udf.to_string(), "ListItems"];
        let body = json!({
            "id": 0,
            "udfFieldId": udf,
            "valueForDisplay": text,
            "valueForExport": text,
        });
        let what = format!("adding the value {text:?} to a user-defined field");
        self.create_record(Entity::UserDefinedFieldListItems, &path, body, &what)
    }

    /// POST of something new; the answer's id.
    fn create_record(
        &self,
        entity: Entity,
        path: &[&str],
        body: Value,
        what: &str,
    ) -> Result<i64, Failure> {
        let response = self.post_once(entity, path, body, what)?;
        let written: CreateAnswer = response.parse_json()?;
        written.item_id.ok_or_else(|| without_id(&response))
    }

    /// POST that is never repeated after an ambiguous end.
    fn post_once(
        &self,
        entity: Entity,
        path: &[&str],
        body: Value,
        what: &str,
    ) -> Result<Response, Failure> {
        let request = self
            .autotask
            .signed_request(Method::POST, entity, path, what);
        let request = request.with_json(body).with_repeat(RepeatPolicy::Never);
        self.autotask.send_within_budget(&request)
    }

    /// PATCH of the collection, the id in the body: other fields stay as they are, so repeating
    /// is safe (autotask.md §7).
    fn patch_record(&self, entity: Entity, body: Value, what: &str) -> Result<(), Failure> {
        let path = [entity.as_str()];
        let request = self
            .autotask
            .signed_request(Method::PATCH, entity, &path, what);
        let request = request.with_json(body).with_repeat(RepeatPolicy::Safe);
        // 200 is success; the body's id is null at times and says nothing more.
        self.autotask.send_within_budget(&request).map(drop)
    }

    /// A failure before anything is sent.
    fn refuse_unsent(&self, entity: Entity, path: &[&str], what: &str, why: &str) -> Failure {
        let request: Request = self
            .autotask
            .signed_request(Method::POST, entity, path, what);
        request.new_failure(FailureKind::Rejected).with_cause(why)
    }
}

/// The answer to a write; the id is a number, digits or null (autotask.md §7).
#[derive(Debug, Deserialize)]
struct CreateAnswer {
    #[serde(default, rename = "itemId", deserialize_with = "decode::decode_number")]
    item_id: Option<i64>,
}

/// 200 is success, so something was made; only its id is not known.
fn without_id(response: &Response) -> Failure {
    response
        .new_failure(FailureKind::Decode)
        .with_effect(Effect::Unknown)
        .with_excerpt(response.redacted_excerpt(&[]))
        .with_cause("the response has no id; look for the new record before creating it again")
}

/// A price as JSON number. `None` when it has more digits than a JSON number of the service holds,
/// which no price has.
fn price_number(amount: Decimal) -> Option<Value> {
    let text = amount.normalize().to_string();
    let number: serde_json::Number = text.parse().ok()?;
    let back = Decimal::from_str_exact(&number.to_string())
        .or_else(|_| Decimal::from_scientific(&number.to_string()));
    (back == Ok(amount)).then_some(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_as_number_digits_or_null() {
        for (json, expected) in [
            (r#"{"itemId": 29683570}"#, Some(29_683_570)),
            (r#"{"itemId": "29683570"}"#, Some(29_683_570)),
            (r#"{"itemId": null}"#, None),
            ("{}", None),
        ] {
            let written: CreateAnswer = serde_json::from_str(json).unwrap();
            assert_eq!(written.item_id, expected, "{json}");
        }
    }

    #[test]
    fn prices_go_out_as_numbers_with_their_very_digits() {
        for (text, json) in [
            ("19.99", "19.99"),
            ("0", "0"),
            ("12", "12"),
            ("-3.50", "-3.5"),
            ("0.1", "0.1"),
            ("99999999.999999", "99999999.999999"),
        ] {
            let amount: Decimal = text.parse().unwrap();
            assert_eq!(price_number(amount).unwrap().to_string(), json);
        }
        let long: Decimal = "1234567890123.123456789".parse().unwrap();
        assert_eq!(price_number(long), None);
    }
}
