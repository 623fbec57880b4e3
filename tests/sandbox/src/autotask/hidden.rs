//! What the API user is not shown: companies outside its security level, contracts of other lines of
//! business, user-defined fields that are protected from it. Such rows are left out of lists without
//! an error (autotask.md §1), and an item by id is null.

use std::collections::BTreeSet;

use super::Database;

#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    entities: BTreeSet<String>,
    rows: BTreeSet<(String, i64)>,
    udfs: BTreeSet<String>,
}

impl Hidden {
    pub(super) fn holds(&self, entity: &str, id: i64) -> bool {
        self.entities.contains(entity) || self.rows.contains(&(entity.to_owned(), id))
    }

    pub(super) fn holds_udf(&self, name: &str) -> bool {
        self.udfs.contains(name)
    }
}

impl Database {
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
