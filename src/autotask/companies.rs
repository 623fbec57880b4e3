//! Companies and their types (autotask.md §8.1).

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::picklists::Picklist;
use super::query::{Query, eq, is_in};
use super::read::records;
use crate::domain::ids::CompanyId;
use crate::http::Failure;

const FIELDS: &[&str] = &[
    "companyName",
    "companyNumber",
    "companyType",
    "isActive",
    "parentCompanyID",
    "phone",
    "webAddress",
    "address1",
    "address2",
    "city",
    "state",
    "postalCode",
    "countryID",
];

/// A company as Autotask has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CompanyRecord {
    pub(crate) id: CompanyId,
    pub(crate) name: String,
    pub(crate) number: Option<String>,
    /// Id in the `Companies.companyType` picklist; other ids than in the vendor's samples are
    /// common.
    pub(crate) company_type: Option<i64>,
    /// A company that does not say it is active is not.
    pub(crate) active: bool,
    pub(crate) parent: Option<CompanyId>,
    pub(crate) contact: ContactData,
}

/// Where a company is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContactData {
    pub(crate) phone: Option<String>,
    pub(crate) web_address: Option<String>,
    pub(crate) address1: Option<String>,
    pub(crate) address2: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) postal_code: Option<String>,
    /// Id in `Countries`; the names there are not read.
    pub(crate) country: Option<i64>,
}

/// Which companies to read. All of them but the provider's own, unless narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CompanyScope {
    active_only: bool,
    types: Vec<i64>,
    with_own: bool,
}

impl CompanyScope {
    pub(crate) fn active_only(self) -> Self {
        Self {
            active_only: true,
            ..self
        }
    }

    /// Only companies of these types, as picklist ids; none given means of every type.
    pub(crate) fn of_types(self, types: Vec<i64>) -> Self {
        Self { types, ..self }
    }

    fn to_query(&self) -> Query {
        let mut query = Query::for_entity(Entity::Companies).with_fields(FIELDS);
        if self.active_only {
            query = query.with_filter(eq("isActive", true));
        }
        if !self.types.is_empty() {
            query = query.with_filter(is_in("companyType", self.types.clone()));
        }
        query
    }

    fn holds_company(&self, company: &CompanyRecord) -> bool {
        self.with_own || company.id != CompanyId(0)
    }
}

records!(CompanyWire);

impl Autotask {
    /// The companies of a scope, by id.
    ///
    /// A security level without the right to see companies gets an empty list, not an error
    /// (autotask.md §1): an empty answer is a hint at missing rights.
    pub(crate) fn read_companies(
        &self,
        scope: &CompanyScope,
    ) -> Result<Vec<CompanyRecord>, Failure> {
        let rows = self.read_all::<CompanyWire>(&scope.to_query(), "reading companies")?;
        let companies = rows.into_iter().map(CompanyWire::into_company);
        Ok(companies
            .filter(|company| scope.holds_company(company))
            .collect())
    }

    /// The companies with these ids, by id; those that are gone or hidden are missing.
    pub(crate) fn companies_by_id(&self, ids: &[CompanyId]) -> Result<Vec<CompanyRecord>, Failure> {
        let query = Query::for_entity(Entity::Companies).with_fields(FIELDS);
        let ids = ids.iter().map(|id| id.0);
        let rows = self.all_in::<CompanyWire>(&query, "id", ids, "reading companies")?;
        Ok(rows.into_iter().map(CompanyWire::into_company).collect())
    }

    /// The company types of this database.
    pub(crate) fn company_types(&self) -> Result<Picklist, Failure> {
        self.read_picklist(Entity::Companies, "companyType")
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompanyWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    company_name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    company_number: Option<String>,
    #[serde(default)]
    company_type: Option<i64>,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_active: bool,
    #[serde(default, rename = "parentCompanyID")]
    parent_company_id: Option<i64>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    web_address: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    address1: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    address2: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    city: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    postal_code: Option<String>,
    #[serde(default, rename = "countryID")]
    country_id: Option<i64>,
}

impl CompanyWire {
    fn into_company(self) -> CompanyRecord {
        CompanyRecord {
            id: CompanyId(self.id),
            name: self.company_name,
            number: self.company_number,
            company_type: self.company_type,
            active: self.is_active,
            parent: self.parent_company_id.map(CompanyId),
            contact: ContactData {
                phone: self.phone,
                web_address: self.web_address,
                address1: self.address1,
                address2: self.address2,
                city: self.city,
                state: self.state,
                postal_code: self.postal_code,
                country: self.country_id,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_scope_becomes_conditions_and_leaves_the_own_company_out() {
        let scope = CompanyScope::default().active_only().of_types(vec![1, 3]);
        assert_eq!(
            scope.to_query().page_body(None)["Filter"],
            json!([
                {"op": "eq", "field": "isActive", "value": true},
                {"op": "in", "field": "companyType", "value": [1, 3]},
            ])
        );
        let own = serde_json::from_str::<CompanyWire>(r#"{"id": 0}"#).unwrap();
        let own = own.into_company();
        assert!(!scope.holds_company(&own));
    }

    #[test]
    fn a_company_of_nulls_is_read_as_inactive_and_empty() {
        let wire: CompanyWire = serde_json::from_str(
            r#"{"id": 4711, "companyName": null, "isActive": null, "phone": "", "city": null,
                "parentCompanyID": null, "someNewField": {"a": 1}}"#,
        )
        .unwrap();
        let company = wire.into_company();
        assert!(!company.active);
        assert_eq!(company.name, "");
        assert_eq!(company.contact, ContactData::default());
    }
}
