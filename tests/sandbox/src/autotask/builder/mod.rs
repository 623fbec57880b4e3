//! Words for building a database and for what people do in Autotask's own screens. They bypass the
//! API's checks where the screens would do their own; all dates are UTC dates.

mod contracts;
mod defaults;
mod tickets;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Credentials, Database, door,
    lines::Book,
    moment,
    picklists::{Pick, Picklists},
    schema,
    store::{Record, Store},
    udf,
};

/// Requests per rolling hour (autotask.md §4).
const THRESHOLD: usize = 10_000;

impl Database {
    /// An empty database of customer `ci`: its own company (id 0), resources, roles, billing codes and
    /// picklists, but no user-defined field.
    #[must_use]
    pub fn new(ci: i64, now: Timestamp) -> Self {
        let first_row = |entity: &str| schema::entity(entity).map_or(0, |entity| entity.first_id);
        let mut database = Self {
            origin: "http://127.0.0.1".to_owned(),
            ci,
            credentials: Credentials::default(),
            login: super::Login::default(),
            failed_logins: 0,
            refuses_zero_units: false,
            takes_second_adjustments: false,
            refused_forms: std::collections::BTreeSet::new(),
            takes_texts: false,
            answers_texts: false,
            newest_fields: false,
            refuses_merged: false,
            request_threshold: THRESHOLD,
            adjustments: Vec::new(),
            now,
            store: Store::default(),
            picklists: Picklists::default(),
            services: Book::new(first_row("ContractServiceUnits")),
            bundles: Book::new(first_row("ContractServiceBundleUnits")),
            budget: door::Budget::default(),
            payg_field: None,
            tickets_per_day: std::collections::BTreeMap::new(),
            absorbed: std::collections::BTreeSet::new(),
            hidden: super::hidden::Hidden::default(),
            demands: super::demands::Demands::default(),
            answers_next: None,
        };
        defaults::fill(&mut database);
        let own = database.company_record("Our Own Company", "Customer", true);
        database.store.put("Companies", 0, own);
        database
    }

    pub(super) fn add(&mut self, entity: &str, record: Record) -> i64 {
        schema::entity(entity).map_or(0, |entity| self.store.insert(entity, record))
    }

    fn company_record(&self, name: &str, company_type: &str, active: bool) -> Record {
        let mut record = Record::default();
        let now = moment::write(self.now);
        record.set("companyName", name);
        record.set(
            "companyType",
            self.pick_value("Companies", "companyType", company_type),
        );
        record.set("isActive", active);
        record.set("phone", "+1 555 0100");
        record.set("ownerResourceID", self.resource_named("Anna"));
        record.set("createDate", now.clone());
        record.set("lastActivityDate", now.clone());
        record.set("lastTrackedModifiedDateTime", now);
        record
    }

    /// A company; `company_type` is a label of the picklist.
    pub fn add_company(&mut self, name: &str, company_type: &str, active: bool) -> i64 {
        let record = self.company_record(name, company_type, active);
        self.add("Companies", record)
    }

    /// A contact of a company.
    pub fn add_contact(
        &mut self,
        company: i64,
        first: &str,
        last: &str,
        email: &str,
        primary: bool,
    ) -> i64 {
        let mut record = Record::default();
        record.set("companyID", company);
        record.set("firstName", first);
        record.set("lastName", last);
        record.set("emailAddress", email);
        record.set("primaryContact", primary);
        record.set("isActive", 1);
        record.set("createDate", moment::write(self.now));
        self.add("Contacts", record)
    }

    /// A configuration item of a company.
    pub fn add_configuration_item(&mut self, company: i64, name: &str) -> i64 {
        let mut record = Record::default();
        record.set("companyID", company);
        record.set("referenceTitle", name);
        record.set("isActive", true);
        record.set("productID", 29_682_840);
        record.set("configurationItemType", 41);
        record.set("installDate", moment::write(self.now));
        record.set("createDate", moment::write(self.now));
        self.add("ConfigurationItems", record)
    }

    /// Sets any field of any record, read-only ones too; unit rows are not records. Dates of contracts
    /// redraw their unit rows. False when there is no such record or field.
    pub fn set(&mut self, entity: &str, id: i64, field: &str, value: Value) -> bool {
        let Some(known) = schema::entity(entity).and_then(|entity| entity.field(field)) else {
            return false;
        };
        let Some(record) = self.store.get_mut(entity, id) else {
            return false;
        };
        record.set(known.name, value);
        if entity == "Companies" {
            record.set("lastTrackedModifiedDateTime", moment::write(self.now));
        }
        if entity == "Contracts" && (known.name == "endDate" || known.name == "startDate") {
            self.redraw_contract(id);
        }
        true
    }

    /// Sets the text of a user-defined field, or clears it. False when nothing has that name.
    pub fn set_udf(&mut self, entity: &str, id: i64, name: &str, text: Option<&str>) -> bool {
        let Some(udf) = schema::entity(entity).and_then(|entity| self.udf_named(entity, name))
        else {
            return false;
        };
        let Some(record) = self.store.get_mut(entity, id) else {
            return false;
        };
        match text {
            Some(text) => record.udfs.insert(udf.id, text.to_owned()),
            None => record.udfs.remove(&udf.id),
        };
        true
    }

    /// One record as the API shows it.
    #[must_use]
    pub fn get(&self, entity: &str, id: i64) -> Option<Value> {
        let entity = schema::entity(entity)?;
        self.row(entity, id).map(|row| self.shown(entity, row))
    }

    /// All records of an entity as the API shows them, in order of id.
    #[must_use]
    pub fn all(&self, entity: &str) -> Vec<Value> {
        schema::entity(entity).map_or_else(Vec::new, |entity| {
            self.rows_after(entity, -1)
                .map(|(_, row)| self.shown(entity, row))
                .collect()
        })
    }

    /// The id of a picklist's label.
    #[must_use]
    pub fn pick_value(&self, entity: &str, field: &str, label: &str) -> Option<i64> {
        self.picklists.by_label(entity, field, label)
    }

    /// The values of a picklist, to change them as an administrator would.
    pub fn picklist_mut(&mut self, entity: &str, field: &str) -> &mut Vec<Pick> {
        self.picklists.edit(entity, field)
    }

    /// The id of a resource by its first name.
    #[must_use]
    pub fn resource_named(&self, first: &str) -> Option<i64> {
        self.named("Resources", "firstName", first)
    }

    /// The id of the first record whose text field equals `text`.
    #[must_use]
    pub fn named(&self, entity: &str, field: &str, text: &str) -> Option<i64> {
        self.store
            .table(entity)
            .find(|(_, record)| record.text(field).eq_ignore_ascii_case(text))
            .map(|(id, _)| id)
    }

    /// The pay-as-you-go field of contracts as a person makes it: an active list with Yes and No.
    /// Returns the definition's id; a second call finds the first one.
    pub fn define_payg_field(&mut self, name: &str) -> i64 {
        let found = schema::entity("Contracts").and_then(|entity| self.udf_named(entity, name));
        let id = match found {
            Some(udf) => udf.id,
            None => self.define_field("Contract", name, &["Yes", "No"]),
        };
        self.payg_field = Some(id);
        id
    }

    /// A user-defined field of tickets that every new ticket needs, as a person defines it: a list if
    /// there are items, else text. Returns the definition's id.
    pub fn define_required_ticket_field(&mut self, name: &str, items: &[&str]) -> i64 {
        let id = self.define_field("Ticket", name, items);
        self.set(udf::DEFINITIONS, id, "isRequired", true.into());
        id
    }

    /// `kind` is a label of `udfType`.
    fn define_field(&mut self, kind: &str, name: &str, items: &[&str]) -> i64 {
        let mut record = Record::default();
        record.set("name", name);
        record.set(
            "udfType",
            self.pick_value(udf::DEFINITIONS, "udfType", kind),
        );
        let data_type = if items.is_empty() {
            "Text (Single-Line)"
        } else {
            udf::LIST
        };
        record.set(
            "dataType",
            self.pick_value(udf::DEFINITIONS, "dataType", data_type),
        );
        record.set("isActive", true);
        record.set("sortOrder", 1);
        record.set("createDate", moment::write(self.now));
        let id = self.add(udf::DEFINITIONS, record);
        for item in items {
            self.add_list_item(id, item);
        }
        id
    }

    /// A further value of a list field.
    pub fn add_list_item(&mut self, definition: i64, text: &str) -> i64 {
        let mut record = Record::default();
        record.set("udfFieldId", definition);
        record.set("valueForDisplay", text);
        record.set("valueForExport", text);
        record.set("isActive", true);
        record.set("createDate", json!(moment::write(self.now)));
        self.add(udf::LIST_ITEMS, record)
    }
}
