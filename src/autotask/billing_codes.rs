//! Billing codes ("service codes") that services can be created with (autotask.md §8.9).

use std::fmt;

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, eq, is_in};
use super::read::records;
use crate::domain::ids::BillingCodeId;
use crate::domain::labels::{NotOne, find_labelled};
use crate::http::Failure;

const FIELDS: &[&str] = &["name", "externalNumber", "isActive", "useType"];

/// The kind that fits a service is known by its label; its number was found nowhere.
const RECURRING: &str = "Recurring";

/// The kind that fits the work on a ticket, known by its label too.
const WORK_TYPE: &str = "Work Type";

/// A billing code for recurring services.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct BillingCode {
    pub(crate) id: BillingCodeId,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    pub(crate) name: String,
    #[serde(
        default,
        rename = "externalNumber",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) external_number: Option<String>,
    #[serde(default, rename = "isActive", deserialize_with = "decode::decode_flag")]
    pub(crate) active: bool,
    /// Id in the `BillingCodes.useType` picklist.
    #[serde(
        default,
        rename = "useType",
        deserialize_with = "decode::decode_number"
    )]
    use_type: Option<i64>,
}

records!(BillingCode);

impl fmt::Display for BillingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.id)
    }
}

/// The active billing code with this name or id.
///
/// # Errors
/// Why there is none, or that several share the name.
pub(crate) fn find_billing_code<'c>(
    codes: &'c [BillingCode],
    wanted: &str,
) -> Result<&'c BillingCode, NotOne<'c, BillingCode>> {
    find_labelled(
        codes,
        wanted,
        |code| vec![code.name.as_str()],
        |code| code.id.0,
        |code| code.active,
    )
}

impl Autotask {
    /// The billing codes of the recurring-service kind, inactive ones included, by id. Empty when
    /// this database has no use type with "Recurring" in its label.
    pub(crate) fn recurring_billing_codes(&self) -> Result<Vec<BillingCode>, Failure> {
        self.billing_codes_used_as(RECURRING)
    }

    /// The work types, inactive ones included, by id. Empty when this database has no use type with
    /// "Work Type" in its label.
    pub(crate) fn work_types(&self) -> Result<Vec<BillingCode>, Failure> {
        self.billing_codes_used_as(WORK_TYPE)
    }

    fn billing_codes_used_as(&self, word: &str) -> Result<Vec<BillingCode>, Failure> {
        let uses = self
            .read_picklist(Entity::BillingCodes, "useType")?
            .ids_labelled(word);
        if uses.is_empty() {
            return Ok(Vec::new());
        }
        let query = Query::for_entity(Entity::BillingCodes)
            .with_fields(FIELDS)
            .with_filter(is_in("useType", uses));
        self.read_all(&query, "reading billing codes")
    }

    /// The billing codes with these ids, of whatever kind, by id.
    pub(crate) fn billing_codes_by_id(
        &self,
        ids: impl IntoIterator<Item = BillingCodeId>,
    ) -> Result<Vec<BillingCode>, Failure> {
        let query = Query::for_entity(Entity::BillingCodes).with_fields(FIELDS);
        let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
        self.all_in(&query, "id", ids, "reading billing codes")
    }

    /// The kinds of the billing codes of any kind with this name or id, as labels.
    pub(crate) fn billing_code_kinds(&self, wanted: &str) -> Result<Vec<String>, Failure> {
        let uses = self.read_picklist(Entity::BillingCodes, "useType")?;
        let what = "looking for a billing code";
        let query = Query::for_entity(Entity::BillingCodes).with_fields(FIELDS);
        let named = query.clone().with_filter(eq("name", wanted));
        let mut rows = self.read_all::<BillingCode>(&named, what)?;
        if let (true, Ok(id)) = (rows.is_empty(), wanted.parse::<i64>()) {
            rows = self.all_in::<BillingCode>(&query, "id", [id], what)?;
        }
        let label = |row: BillingCode| {
            let kind = row.use_type?;
            Some(
                uses.label_of(kind)
                    .map_or_else(|| kind.to_string(), str::to_owned),
            )
        };
        Ok(rows.into_iter().filter_map(label).collect())
    }
}
