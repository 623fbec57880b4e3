//! What this one database demands of tickets, beyond what the API demands everywhere: by its own
//! settings, or by a ticket category (autotask.md §6 "conditional rules", §8.11).

use std::collections::BTreeSet;

use super::{
    Database,
    refusal::{Refusal, required},
    schema::Entity,
    write::Change,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Demands {
    /// Fields of every ticket.
    always: BTreeSet<String>,
    /// Ticket category, field.
    by_category: BTreeSet<(i64, String)>,
}

impl Demands {
    /// Whether the metadata says so: of rules of categories it does not know (autotask.md §6).
    pub(super) fn shown(&self, entity: &str, field: &str) -> bool {
        entity == "Tickets" && self.always.contains(field)
    }
}

impl Database {
    /// An administrator makes a field of tickets required, which the metadata tells too.
    pub fn require_on_tickets(&mut self, field: &str) {
        self.demands.always.insert(field.to_owned());
    }

    /// The same for one category (an id of the picklist); the metadata does not tell.
    pub fn require_in_category(&mut self, category: i64, field: &str) {
        let demand = (category, field.to_owned());
        self.demands.by_category.insert(demand);
    }

    /// Everything that a new ticket lacks, at once. Whether the change of a ticket that lacks it from
    /// before is refused too is not known; here it is not. User-defined fields that the screens
    /// require are said not to be required of contracts by the API (autotask.md §8.2); of tickets
    /// nothing is said, so that here they are.
    pub(super) fn check_demands(&self, entity: &Entity, change: &Change) -> Result<(), Refusal> {
        if change.id.is_some() {
            return Ok(());
        }
        let category = change.after.int("ticketCategory");
        let by_category = self.demands.by_category.iter();
        let by_category = by_category.filter(|(of, _)| category == Some(*of));
        let fields = self.demands.always.iter();
        let lacking = fields
            .chain(by_category.map(|(_, field)| field))
            .filter(|field| change.after.value(field).is_null())
            .map(|field| required(field));
        let udfs = self.udfs_of(entity).into_iter();
        let udfs = udfs
            .filter(|udf| udf.required && !change.after.udfs.contains_key(&udf.id))
            .map(|udf| required(&udf.name));
        let faults: Vec<String> = lacking.chain(udfs).collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Errors(500, faults))
        }
    }
}
