//! Tickets and their notes (autotask.md §8.11, §8.12).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, begins_with, eq, gte, not_eq};
use super::read::Record;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    /// What people call it: `T20260801.0001`.
    pub(crate) number: Option<String>,
    pub(crate) company: CompanyId,
    pub(crate) title: String,
    /// Id in the `Tickets.status` picklist.
    pub(crate) status: i64,
    pub(crate) priority: Option<i64>,
    pub(crate) queue: Option<i64>,
    pub(crate) category: Option<i64>,
    pub(crate) assigned_resource: Option<ResourceId>,
    pub(crate) assigned_role: Option<i64>,
    pub(crate) external_id: Option<String>,
    pub(crate) contract: Option<ContractId>,
    pub(crate) configuration_item: Option<ConfigurationItemId>,
    pub(crate) created: Option<Timestamp>,
    /// Set by the service when the ticket was completed.
    pub(crate) completed: Option<Timestamp>,
    pub(crate) last_activity: Option<Timestamp>,
    pub(crate) last_modified: Option<Timestamp>,
}

impl Ticket {
    pub(crate) fn is_complete(&self) -> bool {
        self.status == STATUS_COMPLETE
    }
}

/// A note on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TicketNote {
    pub(crate) id: i64,
    pub(crate) ticket: TicketId,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) note_type: Option<i64>,
    pub(crate) publish: Option<i64>,
    pub(crate) created: Option<Timestamp>,
    pub(crate) creator: Option<ResourceId>,
}

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
    ) -> Result<Vec<Ticket>, Failure> {
        let query = Query::for_entity(Entity::Tickets).with_fields(FIELDS);
        let what = "looking up tickets by external id";
        let rows = self.all_in_texts::<TicketWire>(&query, "externalID", external_ids, what)?;
        Ok(rows.into_iter().map(TicketWire::into_ticket).collect())
    }

    /// The tickets that people call so: `T20260801.0001`. That numbers can be asked for is not recorded
    /// (autotask.md §8.11); where they cannot, Autotask says so.
    pub(crate) fn tickets_by_number(&self, number: &str) -> Result<Vec<Ticket>, Failure> {
        let query = Query::for_entity(Entity::Tickets)
            .with_fields(FIELDS)
            .with_filter(eq("ticketNumber", number));
        let rows = self.read_all::<TicketWire>(&query, "looking up a ticket by its number")?;
        Ok(rows.into_iter().map(TicketWire::into_ticket).collect())
    }

    /// The tickets with these ids, by id; those that are gone or hidden are missing.
    pub(crate) fn tickets_by_id(&self, ids: &BTreeSet<TicketId>) -> Result<Vec<Ticket>, Failure> {
        let query = Query::for_entity(Entity::Tickets).with_fields(FIELDS);
        let ids = ids.iter().map(|id| id.0);
        let rows = self.all_in::<TicketWire>(&query, "id", ids, "reading tickets")?;
        Ok(rows.into_iter().map(TicketWire::into_ticket).collect())
    }

    /// The tickets whose external id begins with this and that were completed since, by id.
    pub(crate) fn tickets_completed_since(
        &self,
        external_id_prefix: &str,
        since: Timestamp,
    ) -> Result<Vec<Ticket>, Failure> {
        let query = Query::for_entity(Entity::Tickets)
            .with_fields(FIELDS)
            .with_filter(begins_with("externalID", external_id_prefix))
            .with_filter(eq("status", STATUS_COMPLETE))
            .with_filter(gte("completedDate", format_utc(since)));
        let rows = self.read_all::<TicketWire>(&query, "looking for completed tickets")?;
        Ok(rows.into_iter().map(TicketWire::into_ticket).collect())
    }

    /// The tickets whose external id begins with this and that are not complete, by id.
    pub(crate) fn tickets_open(&self, external_id_prefix: &str) -> Result<Vec<Ticket>, Failure> {
        let query = Query::for_entity(Entity::Tickets)
            .with_fields(FIELDS)
            .with_filter(begins_with("externalID", external_id_prefix))
            .with_filter(not_eq("status", STATUS_COMPLETE));
        let rows = self.read_all::<TicketWire>(&query, "looking for open tickets")?;
        Ok(rows.into_iter().map(TicketWire::into_ticket).collect())
    }

    /// The notes on these tickets, by id.
    pub(crate) fn ticket_notes(
        &self,
        tickets: &BTreeSet<TicketId>,
    ) -> Result<Vec<TicketNote>, Failure> {
        let query = Query::for_entity(Entity::TicketNotes).with_fields(NOTE_FIELDS);
        let ids = tickets.iter().map(|id| id.0);
        let rows =
            self.all_in::<TicketNoteWire>(&query, "ticketID", ids, "reading ticket notes")?;
        Ok(rows.into_iter().map(TicketNoteWire::into_note).collect())
    }
}

/// Whole seconds in UTC, as the API stores moments (autotask.md §5).
pub(super) fn format_utc(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TicketWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_text")]
    ticket_number: Option<String>,
    #[serde(rename = "companyID")]
    company: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    title: String,
    // Whether a ticket is open is never guessed.
    status: i64,
    #[serde(default)]
    priority: Option<i64>,
    #[serde(default, rename = "queueID")]
    queue: Option<i64>,
    #[serde(default)]
    ticket_category: Option<i64>,
    #[serde(default, rename = "assignedResourceID")]
    assigned_resource: Option<i64>,
    #[serde(default, rename = "assignedResourceRoleID")]
    assigned_role: Option<i64>,
    #[serde(
        default,
        rename = "externalID",
        deserialize_with = "decode::decode_text"
    )]
    external_id: Option<String>,
    #[serde(default, rename = "contractID")]
    contract: Option<i64>,
    #[serde(default, rename = "configurationItemID")]
    configuration_item: Option<i64>,
    #[serde(default, deserialize_with = "decode::decode_moment")]
    create_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::decode_moment")]
    completed_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::decode_moment")]
    last_activity_date: Option<Timestamp>,
    #[serde(default, deserialize_with = "decode::decode_moment")]
    last_tracked_modification_date_time: Option<Timestamp>,
}

impl Record for TicketWire {
    fn id(&self) -> i64 {
        self.id
    }
}

impl TicketWire {
    fn into_ticket(self) -> Ticket {
        Ticket {
            id: TicketId(self.id),
            number: self.ticket_number,
            company: CompanyId(self.company),
            title: self.title,
            status: self.status,
            priority: self.priority,
            queue: self.queue,
            category: self.ticket_category,
            assigned_resource: self.assigned_resource.map(ResourceId),
            assigned_role: self.assigned_role,
            external_id: self.external_id,
            contract: self.contract.map(ContractId),
            configuration_item: self.configuration_item.map(ConfigurationItemId),
            created: self.create_date,
            completed: self.completed_date,
            last_activity: self.last_activity_date,
            last_modified: self.last_tracked_modification_date_time,
        }
    }
}

#[derive(Debug, Deserialize)]
struct DescriptionWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_text")]
    description: Option<String>,
}

impl Record for DescriptionWire {
    fn id(&self) -> i64 {
        self.id
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TicketNoteWire {
    id: i64,
    #[serde(rename = "ticketID")]
    ticket: i64,
    #[serde(default, deserialize_with = "decode::decode_text")]
    title: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    description: Option<String>,
    #[serde(default)]
    note_type: Option<i64>,
    #[serde(default)]
    publish: Option<i64>,
    #[serde(default, deserialize_with = "decode::decode_moment")]
    create_date_time: Option<Timestamp>,
    #[serde(default, rename = "creatorResourceID")]
    creator: Option<i64>,
}

impl Record for TicketNoteWire {
    fn id(&self) -> i64 {
        self.id
    }
}

impl TicketNoteWire {
    fn into_note(self) -> TicketNote {
        TicketNote {
            id: self.id,
            ticket: TicketId(self.ticket),
            title: self.title,
            description: self.description,
            note_type: self.note_type,
            publish: self.publish,
            created: self.create_date_time,
            creator: self.creator.map(ResourceId),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_of_nulls_is_read_and_one_without_a_status_is_an_error() {
        let wire: TicketWire = serde_json::from_str(
            r#"{"id": 8, "companyID": 0, "title": "Backup failed", "status": 5,
                "externalID": "", "assignedResourceID": null, "queueID": 29682833,
                "completedDate": "2026-08-01T10:00:00.123", "rmmAlertID": null}"#,
        )
        .unwrap();
        let ticket = wire.into_ticket();
        assert!(ticket.is_complete());
        assert_eq!(ticket.external_id, None);
        assert_eq!(
            ticket.completed,
            Some("2026-08-01T10:00:00.123Z".parse().unwrap())
        );
        let odd = r#"{"id": 8, "companyID": 1, "status": null}"#;
        assert!(serde_json::from_str::<TicketWire>(odd).is_err());
    }
}
