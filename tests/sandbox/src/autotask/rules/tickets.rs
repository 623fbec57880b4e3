//! Tickets and their notes (autotask.md §8.11, §8.12).

use serde_json::Value;

use crate::autotask::{
    Database, moment,
    refusal::{Refusal, bad_pick, bad_reference},
    write::Change,
};

/// System id of the status that completes a ticket.
const COMPLETE: i64 = 5;

impl Database {
    pub(in crate::autotask) fn check_ticket(&mut self, change: &mut Change) -> Result<(), Refusal> {
        self.check_not_absorbed(change.id)?;
        self.check_assignment(change)?;
        self.check_ticket_parts(change)?;
        // A parent that changes under its sub-issue type.
        if change.alters("issueType") && !change.after.value("subIssueType").is_null() {
            let sub = change.after.int("subIssueType").unwrap_or(0);
            let parent = self
                .picklists
                .find("Tickets", "subIssueType", sub)
                .and_then(|pick| pick.parent);
            if parent.is_some() && parent != change.after.int("issueType") {
                return Err(Refusal::invalid(bad_pick(
                    "subIssueType",
                    change.after.value("subIssueType"),
                )));
            }
        }
        self.stamp_ticket(change);
        Ok(())
    }

    /// The words are made up.
    fn check_not_absorbed(&self, ticket: Option<i64>) -> Result<(), Refusal> {
        if self.refuses_merged && ticket.is_some_and(|id| self.absorbed.contains(&id)) {
            let text = "The ticket has been merged and cannot be changed.";
            return Err(Refusal::invalid(text));
        }
        Ok(())
    }

    /// Queue, or resource and role; both of these or none.
    fn check_assignment(&self, change: &Change) -> Result<(), Refusal> {
        let resource = change.after.int("assignedResourceID");
        let role = change.after.int("assignedResourceRoleID");
        if resource.is_some() != role.is_some() {
            return Err(Refusal::invalid(
                "When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID.",
            ));
        }
        let Some((resource, role)) = resource.zip(role) else {
            if change.after.int("queueID").is_none() {
                return Err(Refusal::invalid(
                    "AssignedResourceID, AssignedResourceRoleID, and QueueID cannot all be empty.",
                ));
            }
            return Ok(());
        };
        if !change.alters("assignedResourceID") && !change.alters("assignedResourceRoleID") {
            return Ok(());
        }
        // "not the API user"
        if self.is_api_user(resource) {
            return Err(Refusal::invalid(bad_reference(
                "assignedResourceID",
                "Resource",
            )));
        }
        // "role must belong to the resource's queues": read from the service desk roles.
        let fits = self
            .store
            .table("ResourceServiceDeskRoles")
            .any(|(_, row)| {
                row.int("resourceID") == Some(resource)
                    && row.int("roleID") == Some(role)
                    && !row.inactive()
            });
        if !fits {
            return Err(Refusal::invalid(bad_reference(
                "assignedResourceRoleID",
                "Role",
            )));
        }
        Ok(())
    }

    /// Contract, configuration item and contact must be the company's; the contract active.
    fn check_ticket_parts(&self, change: &Change) -> Result<(), Refusal> {
        let company = change.after.int("companyID");
        let parts = [
            ("contractID", "Contracts", "Contract"),
            (
                "configurationItemID",
                "ConfigurationItems",
                "ConfigurationItem",
            ),
            ("contactID", "Contacts", "Contact"),
        ];
        for (field, entity, singular) in parts {
            let Some(id) = change.after.int(field) else {
                continue;
            };
            if !change.alters(field) && !change.alters("companyID") {
                continue;
            }
            let fits = self.store.get(entity, id).is_some_and(|record| {
                record.int("companyID") == company
                    && (entity != "Contracts" || record.int("status") == Some(1))
            });
            if !fits {
                return Err(Refusal::invalid(bad_reference(field, singular)));
            }
        }
        Ok(())
    }

    /// Number and dates are the system's.
    fn stamp_ticket(&mut self, change: &mut Change) {
        let now = moment::write(self.now);
        if change.id.is_none() {
            let number = self.next_ticket_number();
            change.after.set("ticketNumber", number);
            change.after.set("createDate", now.clone());
            change.after.set("creatorResourceID", self.api_resource());
        }
        complete(change, &now);
        change.after.set("lastActivityDate", now.clone());
        change.after.set("lastTrackedModificationDateTime", now);
    }

    /// `TYYYYMMDD.NNNN`.
    pub(in crate::autotask) fn next_ticket_number(&mut self) -> String {
        let day = moment::date_of(self.now).strftime("%Y%m%d").to_string();
        let count = self.tickets_per_day.entry(day.clone()).or_insert(0);
        *count += 1;
        format!("T{day}.{count:04}")
    }

    fn api_resource(&self) -> Value {
        self.store
            .table("Resources")
            .map(|(id, _)| id)
            .find(|id| self.is_api_user(*id))
            .map_or(Value::Null, Value::from)
    }

    pub(in crate::autotask) fn check_note(&self, change: &mut Change) -> Result<(), Refusal> {
        self.check_not_absorbed(change.after.int("ticketID"))?;
        let now = moment::write(self.now);
        if change.id.is_none() {
            change.after.set("createDateTime", now.clone());
            change.after.set("creatorResourceID", self.api_resource());
        }
        change.after.set("lastActivityDate", now);
        Ok(())
    }
}

/// Completed tickets get their date by the system; leaving the status takes it away.
pub(in crate::autotask) fn complete(change: &mut Change, now: &str) {
    let completed = change.after.int("status") == Some(COMPLETE);
    if completed && change.after.value("completedDate").is_null() {
        change.after.set("completedDate", now);
    } else if !completed {
        change.after.set("completedDate", Value::Null);
    }
}
