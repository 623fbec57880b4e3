//! Tickets and their notes (autotask.md §8.11, §8.12).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, begins_with, eq, gte, not_eq};
use super::read::records;
use crate::domain::ids::{CompanyId, ConfigurationItemId, ContractId, ResourceId, TicketId};
use crate::http::Failure;

/// "Complete", a system id: the same in every database (autotask.md §8.11).
pub(crate) const STATUS_COMPLETE: i64 = 5;

const FIELDS: &[&str] = &[
    "ticketNumber",
    "companyID",
    "title",
    "status",
    "priority",
    "queueID",
    "ticketCategory",
    "assignedResourceID",
    "assignedResourceRoleID",
    "externalID",
    "contractID",
    "configurationItemID",
    "createDate",
    "completedDate",
    "lastActivityDate",
    "lastTrackedModificationDateTime",
];
const NOTE_FIELDS: &[&str] = &[
    "ticketID",
    "title",
    "description",
    "noteType",
    "publish",
    "createDateTime",
    "creatorResourceID",
];
/// A ticket as Autotask has it; its description is read alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct TicketRecord {
    pub(crate) id: TicketId,
    /// What people call it: `T20260801.0001`.
    #[serde(
        default,
        rename = "ticketNumber",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) number: Option<String>,
    #[serde(rename = "companyID")]
    pub(crate) company: CompanyId,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    pub(crate) title: String,
    /// Id in the `Tickets.status` picklist. Whether a ticket is open is never guessed.
    pub(crate) status: i64,
    #[serde(default)]
    pub(crate) priority: Option<i64>,
    #[serde(default, rename = "queueID")]
    pub(crate) queue: Option<i64>,
    #[serde(default, rename = "ticketCategory")]
    pub(crate) category: Option<i64>,
    #[serde(default, rename = "assignedResourceID")]
    pub(crate) assigned_resource: Option<ResourceId>,
    #[serde(default, rename = "assignedResourceRoleID")]
    pub(crate) assigned_role: Option<i64>,
    #[serde(
        default,
        rename = "externalID",
        deserialize_with = "decode::decode_text"
    )]
    pub(crate) external_id: Option<String>,
    #[serde(default, rename = "contractID")]
    pub(crate) contract: Option<ContractId>,
    #[serde(default, rename = "configurationItemID")]
    pub(crate) configuration_item: Option<ConfigurationItemId>,
    #[serde(
        default,
        rename = "createDate",
        deserialize_with = "decode::decode_moment"
    )]
    pub(crate) created: Option<Timestamp>,
    /// Set by the service when the ticket was completed.
    #[serde(
        default,
        rename = "completedDate",
        deserialize_with = "decode::decode_moment"
    )]
    pub(crate) completed: Option<Timestamp>,
    #[serde(
        default,
        rename = "lastActivityDate",
        deserialize_with = "decode::decode_moment"
    )]
    pub(crate) last_activity: Option<Timestamp>,
    #[serde(
        default,
        rename = "lastTrackedModificationDateTime",
        deserialize_with = "decode::decode_moment"
    )]
    pub(crate) last_modified: Option<Timestamp>,
}

impl TicketRecord {
    pub(crate) fn is_complete(&self) -> bool {
        self.status == STATUS_COMPLETE
    }
}

/// A note on a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct TicketNote {
    pub(crate) id: i64,
    #[serde(rename = "ticketID")]
    pub(crate) ticket: TicketId,
    #[serde(default, deserialize_with = "decode::decode_text")]
    pub(crate) title: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    pub(crate) description: Option<String>,
    #[serde(default, rename = "noteType")]
    pub(crate) note_type: Option<i64>,
    #[serde(default)]
    pub(crate) publish: Option<i64>,
    #[serde(
        default,
        rename = "createDateTime",
        deserialize_with = "decode::decode_moment"
    )]
    pub(crate) created: Option<Timestamp>,
    #[serde(default, rename = "creatorResourceID")]
    pub(crate) creator: Option<ResourceId>,
}

records!(TicketRecord, TicketNote, DescriptionWire);

impl Autotask {
    /// What the descriptions of these tickets say, by id; none is empty. They are read alone, for one
    /// may hold 8000 characters.
    pub(crate) fn ticket_descriptions(
        &self,
        ids: &BTreeSet<TicketId>,
    ) -> Result<Vec<(TicketId, String)>, Failure> {
        let query = Query::for_entity(Entity::Tickets).with_fields(&["description"]);
        let ids = ids.iter().map(|id| id.0);
        let what = "reading descriptions of tickets";
        let rows = self.all_in::<DescriptionWire>(&query, "id", ids, what)?;
        let text = |row: DescriptionWire| Some((TicketId(row.id), row.description?));
        Ok(rows.into_iter().filter_map(text).collect())
    }

    /// Every ticket with one of these external ids, complete ones included, by id. An external id
    /// is not unique in Autotask: all tickets that carry it come back.
    pub(crate) fn tickets_by_external_id(
        &self,
        external_ids: impl IntoIterator<Item = String>,
    ) -> Result<Vec<TicketRecord>, Failure> {
        let query = Query::for_entity(Entity::Tickets).with_fields(FIELDS);
        let what = "looking up tickets by external id";
        self.all_in_texts(&query, "externalID", external_ids, what)
    }

    /// The tickets with these ids, by id; those that are gone or hidden are missing.
    pub(crate) fn tickets_by_id(
        &self,
        ids: &BTreeSet<TicketId>,
    ) -> Result<Vec<TicketRecord>, Failure> {
        let query = Query::for_entity(Entity::Tickets).with_fields(FIELDS);
        let ids = ids.iter().map(|id| id.0);
        self.all_in(&query, "id", ids, "reading tickets")
    }

    /// The tickets that people call so: `T20260801.0001`; those that are gone or hidden are missing.
    /// That numbers can be asked for is not recorded (autotask.md §8.11); where they cannot, Autotask
    /// says so.
    pub(crate) fn tickets_by_number(
        &self,
        numbers: impl IntoIterator<Item = String>,
    ) -> Result<Vec<TicketRecord>, Failure> {
        let query = Query::for_entity(Entity::Tickets).with_fields(FIELDS);
        let what = "looking up tickets by number";
        self.all_in_texts(&query, "ticketNumber", numbers, what)
    }

    /// The tickets whose external id begins with this and that were completed since, by id.
    pub(crate) fn tickets_completed_since(
        &self,
        external_id_prefix: &str,
        since: Timestamp,
    ) -> Result<Vec<TicketRecord>, Failure> {
        let query = Query::for_entity(Entity::Tickets)
            .with_fields(FIELDS)
            .with_filter(begins_with("externalID", external_id_prefix))
            .with_filter(eq("status", STATUS_COMPLETE))
            .with_filter(gte("completedDate", format_utc(since)));
        self.read_all(&query, "looking for completed tickets")
    }

    /// The tickets whose external id begins with this and that are not complete, by id.
    pub(crate) fn tickets_open(
        &self,
        external_id_prefix: &str,
    ) -> Result<Vec<TicketRecord>, Failure> {
        let query = Query::for_entity(Entity::Tickets)
            .with_fields(FIELDS)
            .with_filter(begins_with("externalID", external_id_prefix))
            .with_filter(not_eq("status", STATUS_COMPLETE));
        self.read_all(&query, "looking for open tickets")
    }

    /// The notes on these tickets, by id.
    pub(crate) fn ticket_notes(
        &self,
        tickets: &BTreeSet<TicketId>,
    ) -> Result<Vec<TicketNote>, Failure> {
        let query = Query::for_entity(Entity::TicketNotes).with_fields(NOTE_FIELDS);
        let ids = tickets.iter().map(|id| id.0);
        self.all_in(&query, "ticketID", ids, "reading ticket notes")
    }
}

/// Whether a text has the form of a ticket's number, `TYYYYMMDD.NNNN` (autotask.md §8.11).
pub(crate) fn is_ticket_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text
        .strip_prefix(['T', 't'])
        .and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(day, number)| day.len() == 8 && digits(day) && digits(number))
}

/// Whole seconds in UTC, as the API stores moments (autotask.md §5).
pub(super) fn format_utc(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[derive(Debug, Deserialize)]
struct DescriptionWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_text")]
    description: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_of_nulls_is_read_and_one_without_a_status_is_an_error() {
        let ticket: TicketRecord = serde_json::from_str(
            r#"{"id": 8, "companyID": 0, "title": "Backup failed", "status": 5,
                "externalID": "", "assignedResourceID": null, "queueID": 29682833,
                "completedDate": "2026-08-01T10:00:00.123", "rmmAlertID": null}"#,
        )
        .unwrap();
        assert!(ticket.is_complete());
        assert_eq!(ticket.external_id, None);
        assert_eq!(
            ticket.completed,
            Some("2026-08-01T10:00:00.123Z".parse().unwrap())
        );
        let odd = r#"{"id": 8, "companyID": 1, "status": null}"#;
        assert!(serde_json::from_str::<TicketRecord>(odd).is_err());
    }
}
