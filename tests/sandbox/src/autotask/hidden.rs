//! What the API user is not shown: companies outside its security level, contracts of other lines of
//! business, user-defined fields that are protected from it. Such rows are left out of lists without
//! an error (autotask.md §1), and an item by id is null.

use std::collections::BTreeSet;

use super::{Database, schema::Entity};

#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    entities: BTreeSet<String>,
    rows: BTreeSet<(String, i64)>,
    udfs: BTreeSet<String>,
    /// Lines of business that the API user is assigned to; without any it sees all contracts.
    lines_of_business: BTreeSet<i64>,
}

impl Hidden {
    fn holds(&self, entity: &str, id: i64) -> bool {
        self.entities.contains(entity) || self.rows.contains(&(entity.to_owned(), id))
    }

    pub(super) fn holds_udf(&self, name: &str) -> bool {
        self.udfs.contains(name)
    }
}

impl Database {
    /// Whether a row is left out of what the API user reads.
    pub(super) fn is_hidden(&self, entity: &Entity, id: i64) -> bool {
        self.hidden.holds(entity.name, id) || self.is_of_other_line(entity, id)
    }

    /// Whether a contract, or what lies below one, belongs to a line of business that the API user is
    /// not assigned to. The documents say only that contracts are missing then, and of what the level
    /// cannot see that it is left out without an error (autotask.md §1); that contracts of no line are
    /// missing too is the careful reading, since to be assigned to none is the advice.
    pub(super) fn is_of_other_line(&self, entity: &Entity, id: i64) -> bool {
        let lines = &self.hidden.lines_of_business;
        if lines.is_empty() || !entity.name.starts_with("Contract") {
            return false;
        }
        let contract = if entity.name == "Contracts" {
            Some(id)
        } else {
            entity
                .field("contractID")
                .zip(self.row(entity, id))
                .and_then(|(field, row)| row.value(field).as_i64())
        };
        contract
            .and_then(|contract| self.store.get("Contracts", contract))
            .is_some_and(|contract| {
                let line = contract.int("organizationalLevelAssociationID");
                line.is_none_or(|line| !lines.contains(&line))
            })
    }

    /// An administrator assigns the API user to these lines of business and no others (ids as in
    /// `organizationalLevelAssociationID` of contracts); to none, and it sees all contracts.
    pub fn assign_lines_of_business(&mut self, lines: &[i64]) {
        self.hidden.lines_of_business = lines.iter().copied().collect();
    }

    /// Hides one record from the API user; builder words still see it.
    pub fn hide(&mut self, entity: &str, id: i64) {
        self.hidden.rows.insert((entity.to_owned(), id));
    }

    /// Hides all records of an entity from the API user.
    pub fn hide_all(&mut self, entity: &str) {
        self.hidden.entities.insert(entity.to_owned());
    }

    /// Leaves a user-defined field out of all records; it stays defined.
    pub fn hide_udf_values(&mut self, name: &str) {
        self.hidden.udfs.insert(name.to_owned());
    }

    /// Shows everything again.
    pub fn unhide(&mut self) {
        self.hidden = Hidden::default();
    }
}
