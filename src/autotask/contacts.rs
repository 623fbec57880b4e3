//! Contacts: only the primary one of a company is of interest.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, eq};
use super::read::records;
use crate::domain::ids::{CompanyId, ContactId};
use crate::http::Failure;

const FIELDS: &[&str] = &[
    "companyID",
    "firstName",
    "lastName",
    "emailAddress",
    "phone",
    "isActive",
    "primaryContact",
];

/// A person at a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CompanyContact {
    pub(crate) id: ContactId,
    pub(crate) company: CompanyId,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
}

records!(ContactWire);

impl Autotask {
    /// The active primary contact of each of these companies; companies without one are missing.
    pub(crate) fn primary_contacts(
        &self,
        companies: &[CompanyId],
    ) -> Result<BTreeMap<CompanyId, CompanyContact>, Failure> {
        // `isActive` of contacts is a number, not a boolean (autotask.md §5). Which kind
        // `primaryContact` is filtered with is not recorded, so it is looked at here instead.
        let query = Query::for_entity(Entity::Contacts)
            .with_fields(FIELDS)
            .with_filter(eq("isActive", 1));
        let ids = companies.iter().map(|id| id.0);
        let rows = self.all_in::<ContactWire>(&query, "companyID", ids, "reading contacts")?;
        Ok(primary_contacts(rows))
    }
}

/// Should a company have two primary contacts, the older one counts, on every run the same.
fn primary_contacts(rows: Vec<ContactWire>) -> BTreeMap<CompanyId, CompanyContact> {
    let mut found = BTreeMap::new();
    for contact in rows
        .into_iter()
        .filter_map(ContactWire::into_primary_contact)
    {
        found.entry(contact.company).or_insert(contact);
    }
    found
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContactWire {
    id: i64,
    #[serde(default, rename = "companyID")]
    company_id: Option<i64>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    email_address: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    is_active: bool,
    #[serde(default, deserialize_with = "decode::decode_flag")]
    primary_contact: bool,
}

impl ContactWire {
    fn into_primary_contact(self) -> Option<CompanyContact> {
        (self.is_active && self.primary_contact).then_some(())?;
        Some(CompanyContact {
            id: ContactId(self.id),
            company: CompanyId(self.company_id?),
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email_address,
            phone: self.phone,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_active_primary_contacts_count_and_the_older_of_two_wins() {
        let rows = serde_json::from_str(
            r#"[
              {"id": 5, "companyID": 1, "isActive": 1, "primaryContact": true, "emailAddress": "a@example.com"},
              {"id": 6, "companyID": 1, "isActive": 1, "primaryContact": true},
              {"id": 7, "companyID": 2, "isActive": 0, "primaryContact": true},
              {"id": 8, "companyID": 2, "isActive": 1, "primaryContact": null},
              {"id": 9, "companyID": null, "isActive": 1, "primaryContact": true}
            ]"#,
        )
        .unwrap();
        let found = primary_contacts(rows);
        assert_eq!(found.len(), 1);
        assert_eq!(found[&CompanyId(1)].id, ContactId(5));
    }
}
