//! What is special to an entity, beyond its table.

mod contracts;
mod people;
mod services;
mod tickets;

pub(super) use tickets::complete;

use super::{Database, moment, refusal::Refusal, schema::Entity, write::Change};

impl Database {
    /// The rules of an entity; they may complete the record.
    ///
    /// # Errors
    /// Status 500 with the vendor's text where one is known.
    pub(super) fn check_rules(
        &mut self,
        entity: &Entity,
        change: &mut Change,
    ) -> Result<(), Refusal> {
        let now = moment::write(self.now);
        match entity.name {
            "Companies" => self.check_company(change),
            "Contacts" => self.check_contact(change),
            "Contracts" => self.check_contract(change),
            "ContractServices" | "ContractServiceBundles" => self.check_line(entity, change),
            "Services" => self.check_service(change),
            "ServiceBundles" => self.check_bundle(change),
            "ServiceBundleServices" => self.check_member(change),
            "Tickets" => {
                self.check_demands(entity, change)?;
                self.check_ticket(change)
            }
            "TicketNotes" => self.check_note(change),
            "ContractNotes" => {
                change.after.set("lastActivityDate", now.clone());
                if change.id.is_none() {
                    change.after.set("createDateTime", now);
                }
                Ok(())
            }
            "UserDefinedFieldDefinitions" => {
                if change.id.is_none() {
                    change.after.set("createDate", now);
                }
                self.check_definition(change.id, &mut change.after)
            }
            "UserDefinedFieldListItems" => {
                if change.id.is_none() {
                    change.after.set("createDate", now);
                }
                self.check_list_item(change.id, &mut change.after)
            }
            _ => Ok(()),
        }
    }

    /// # Errors
    /// Status 500 where something still depends on the record.
    pub(super) fn check_delete(&self, entity: &Entity, id: i64) -> Result<(), Refusal> {
        match entity.name {
            "ServiceBundles" => self.check_bundle_delete(id),
            "ServiceBundleServices" => self.check_member_delete(id),
            _ => Ok(()),
        }
    }
}

/// Refuses changes of other fields than these. The wording is a guess.
fn only(change: &Change, allowed: &[&str]) -> Result<(), Refusal> {
    let other = change
        .given
        .iter()
        .find(|field| change.alters(field) && !allowed.contains(field));
    other.map_or(Ok(()), |field| {
        Err(Refusal::invalid(super::refusal::read_only(field)))
    })
}
