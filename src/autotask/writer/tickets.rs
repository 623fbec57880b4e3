//! Tickets and their notes.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::dialect::is_without_reason;
use super::super::entity::Entity;
use super::super::text;
use super::super::tickets::format_utc;
use super::AutotaskWriter;
use crate::domain::ids::{CompanyId, ConfigurationItemId, ContactId, ContractId, TicketId};
use crate::domain::tickets::TicketFieldIds;
use crate::http::{Effect, Failure};

/// A ticket to be made. All picklist values are ids of the live lists. Over-long texts are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewTicket {
    pub(crate) company: CompanyId,
    pub(crate) title: String,
    pub(crate) description: String,
    /// Needs a queue unless a resource and its role are given; a sub-issue type belongs to the issue
    /// type.
    pub(crate) fields: TicketFieldIds,
    /// Always sent: it is required unless the category supplies it (autotask.md §8.11).
    pub(crate) due: Timestamp,
    /// An active contract of the company.
    pub(crate) contract: Option<ContractId>,
    pub(crate) configuration_item: Option<ConfigurationItemId>,
    pub(crate) contact: Option<ContactId>,
    /// At most 50 characters; how the ticket is found again.
    pub(crate) external_id: String,
}

/// What changes on a ticket; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TicketChange {
    pub(crate) status: Option<i64>,
    pub(crate) priority: Option<i64>,
    pub(crate) queue: Option<i64>,
    pub(crate) title: Option<String>,
    /// Loses rich text that a person put there (autotask.md §8.11).
    pub(crate) description: Option<String>,
    /// Worth sending with a completing status: some categories may require it. Empty text takes it
    /// away: a null may count as a field that is not sent, for no source says what it does
    /// (autotask.md §7 tells only of PUT).
    pub(crate) resolution: Option<String>,
    pub(crate) external_id: Option<String>,
}

/// A note to be written on a ticket. Over-long texts are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewNote {
    pub(crate) title: String,
    pub(crate) description: String,
    /// Id in the `TicketNotes.noteType` picklist.
    pub(crate) note_type: i64,
    /// Id in the `TicketNotes.publish` picklist.
    pub(crate) publish: i64,
}

impl AutotaskWriter<'_> {
    /// Makes a ticket. After a failure with effect `Unknown` look it up by its external id.
    pub(crate) fn create_ticket(&self, new: &NewTicket) -> Result<TicketId, Failure> {
        let what = format!("creating a ticket for company {}", new.company);
        let path = [Entity::Tickets.as_str()];
        let id = self.create_record(Entity::Tickets, &path, ticket_body(new), &what)?;
        Ok(TicketId(id))
    }

    /// Changes a ticket. Safe to repeat. An error without a reason may have come after the change.
    pub(crate) fn update_ticket(
        &self,
        ticket: TicketId,
        change: &TicketChange,
    ) -> Result<(), Failure> {
        let what = format!("changing ticket {ticket}");
        let changed = self.patch_record(Entity::Tickets, change_body(ticket, change), &what);
        changed.map_err(|failure| match &failure.message {
            Some(message) if is_without_reason(message) => failure.with_effect(Effect::Unknown),
            _ => failure,
        })
    }

    /// Writes a note on a ticket, through the ticket: `POST /TicketNotes` does not exist
    /// (autotask.md §0). Returns the note's id.
    pub(crate) fn create_ticket_note(
        &self,
        ticket: TicketId,
        note: &NewNote,
    ) -> Result<i64, Failure> {
        let id = ticket.to_string();
        let path = ["Tickets", &id, "Notes"];
        let what = format!("writing a note on ticket {ticket}");
        self.create_record(Entity::TicketNotes, &path, note_body(ticket, note), &what)
    }
}

/// An object of the fields that have a value: one that is sent as null would be emptied.
#[derive(Debug, Default)]
struct FieldMap(serde_json::Map<String, Value>);

impl FieldMap {
    fn set_field(mut self, name: &str, value: impl Serialize) -> Self {
        self.0.insert(name.to_owned(), json!(value));
        self
    }

    fn set_if(self, name: &str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.set_field(name, value),
            None => self,
        }
    }

    fn into_json(self) -> Value {
        Value::Object(self.0)
    }
}

fn ticket_body(new: &NewTicket) -> Value {
    let fields = &new.fields;
    FieldMap::default()
        .set_field("id", 0)
        .set_field("companyID", new.company.0)
        .set_field("title", text::cut_title(&new.title))
        .set_field("description", text::cut_description(&new.description))
        .set_field("status", fields.status)
        .set_field("priority", fields.priority)
        .set_field("dueDateTime", format_utc(new.due))
        .set_if("queueID", fields.queue)
        .set_if("assignedResourceID", fields.resource().map(|who| who.0))
        .set_if(
            "assignedResourceRoleID",
            fields.assigned.map(|(_, role)| role),
        )
        .set_if("ticketCategory", fields.category)
        .set_if("ticketType", fields.kind)
        .set_if("issueType", fields.issue_type)
        .set_if("subIssueType", fields.sub_issue_type)
        .set_if("source", fields.source)
        .set_if("billingCodeID", fields.work_type.map(|id| id.0))
        .set_if("contractID", new.contract.map(|id| id.0))
        .set_if("configurationItemID", new.configuration_item.map(|id| id.0))
        .set_if("contactID", new.contact.map(|id| id.0))
        .set_if("serviceLevelAgreementID", fields.sla)
        .set_field("externalID", &new.external_id)
        .set_if("userDefinedFields", user_defined_json(&fields.user_defined))
        .into_json()
}

/// `[{name, value}]` (autotask.md §7); nothing where there is none.
fn user_defined_json(fields: &[(String, String)]) -> Option<Value> {
    let entries = fields.iter();
    let entries = entries.map(|(name, value)| json!({"name": name, "value": value}));
    (!fields.is_empty()).then(|| entries.collect())
}

fn change_body(ticket: TicketId, change: &TicketChange) -> Value {
    let TicketChange {
        status,
        priority,
        queue,
        title,
        description,
        resolution,
        external_id,
    } = change;
    FieldMap::default()
        .set_field("id", ticket.0)
        .set_if("status", *status)
        .set_if("priority", *priority)
        .set_if("queueID", *queue)
        .set_if("title", title.as_deref().map(text::cut_title))
        .set_if(
            "description",
            description.as_deref().map(text::cut_description),
        )
        .set_if(
            "resolution",
            resolution.as_deref().map(text::cut_resolution),
        )
        .set_if("externalID", external_id.as_deref())
        .into_json()
}

fn note_body(ticket: TicketId, note: &NewNote) -> Value {
    FieldMap::default()
        .set_field("id", 0)
        .set_field("ticketID", ticket.0)
        .set_field("title", text::cut_note_title(&note.title))
        .set_field("description", text::cut_note(&note.description))
        .set_field("noteType", note.note_type)
        .set_field("publish", note.publish)
        .into_json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ResourceId;

    fn ticket() -> NewTicket {
        NewTicket {
            company: CompanyId(4711),
            title: "Backup failed".to_owned(),
            description: "It did.".to_owned(),
            fields: TicketFieldIds {
                status: 1,
                priority: 2,
                queue: Some(29_682_833),
                source: Some(8),
                ..TicketFieldIds::default()
            },
            due: "2026-08-02T10:20:30.5+02:00".parse().unwrap(),
            contract: Some(ContractId(29)),
            configuration_item: None,
            contact: None,
            external_id: "acr-0123".to_owned(),
        }
    }

    #[test]
    fn a_ticket_holds_what_was_given_and_nothing_else() {
        assert_eq!(
            ticket_body(&ticket()),
            json!({
                "id": 0, "companyID": 4711, "title": "Backup failed", "description": "It did.",
                "status": 1, "priority": 2, "dueDateTime": "2026-08-02T08:20:30Z",
                "queueID": 29_682_833, "source": 8, "contractID": 29, "externalID": "acr-0123",
            })
        );
    }

    #[test]
    fn a_resource_is_never_sent_without_its_role() {
        let mut assigned = ticket();
        assigned.fields.assigned = Some((ResourceId(7), 9));
        let body = ticket_body(&assigned);
        assert_eq!(body["assignedResourceID"], 7);
        assert_eq!(body["assignedResourceRoleID"], 9);
    }

    #[test]
    fn contact_agreement_and_user_defined_fields_are_sent_where_they_are_set() {
        let mut new = ticket();
        new.contact = Some(ContactId(31));
        new.fields.sla = Some(8);
        new.fields.user_defined = vec![("Cause".to_owned(), "Backup".to_owned())];
        let body = ticket_body(&new);
        assert_eq!(body["contactID"], 31);
        assert_eq!(body["serviceLevelAgreementID"], 8);
        let cause = json!([{"name": "Cause", "value": "Backup"}]);
        assert_eq!(body["userDefinedFields"], cause);
    }

    #[test]
    fn a_change_names_only_what_changes() {
        let change = TicketChange {
            status: Some(5),
            resolution: Some("The alert is gone.".to_owned()),
            ..TicketChange::default()
        };
        assert_eq!(
            change_body(TicketId(8), &change),
            json!({"id": 8, "status": 5, "resolution": "The alert is gone."})
        );
    }

    #[test]
    fn a_note_is_cut_before_it_is_refused() {
        let note = NewNote {
            title: "t".repeat(300),
            description: "d".repeat(40_000),
            note_type: 1,
            publish: 2,
        };
        let body = note_body(TicketId(8), &note);
        assert_eq!(body["ticketID"], 8);
        let units = |name: &str| body[name].as_str().unwrap().encode_utf16().count();
        assert_eq!(units("title"), 250);
        assert_eq!(units("description"), 32_000);
    }
}
