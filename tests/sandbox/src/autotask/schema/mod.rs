//! One table per entity: its fields, their types and flags, and where it can be written. Everything
//! generic (queries, metadata, creates, updates) is driven by these tables.

mod assets;
mod companies;
mod contracts;
mod entities;
mod field;
mod lines;
mod people;
mod services;
mod tickets;
mod user_fields;

pub(super) use entities::{entity, entity_of_child};
pub(super) use field::{Field, Kind, Write};

/// Which writes a route accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Writes {
    pub(super) create: bool,
    pub(super) update: bool,
    pub(super) delete: bool,
}

impl Writes {
    const NONE: Self = Self {
        create: false,
        update: false,
        delete: false,
    };
    const CREATE: Self = Self {
        create: true,
        ..Self::NONE
    };
    const UPDATE: Self = Self {
        update: true,
        ..Self::NONE
    };
    const BOTH: Self = Self {
        create: true,
        update: true,
        delete: false,
    };
    const ALL: Self = Self {
        create: true,
        update: true,
        delete: true,
    };

    pub(super) fn any(self) -> bool {
        self.create || self.update || self.delete
    }
}

/// The route of an entity below its parent, for instance `/Contracts/{id}/Services`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child {
    /// First segment; not always an entity's name (`UserDefinedFields`, autotask.md §0.5).
    pub(super) parent: &'static str,
    pub(super) segment: &'static str,
    /// The field that holds the parent's id.
    pub(super) field: &'static str,
    pub(super) writes: Writes,
}

/// An entity of the REST API.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entity {
    /// As in paths: `Companies`.
    pub(super) name: &'static str,
    /// As in error texts: `Company`.
    pub(super) singular: &'static str,
    pub(super) fields: &'static [Field],
    /// False for adjustments, which can be written but never read (autotask.md §8.5).
    pub(super) readable: bool,
    pub(super) root: Writes,
    pub(super) child: Option<Child>,
    /// The label of the `udfType` whose definitions belong here.
    pub(super) udf_type: Option<&'static str>,
    /// Ids start above this, so that the ids of two entities are never mistaken for each other.
    pub(super) first_id: i64,
}

impl Entity {
    /// Field names are case-insensitive (autotask.md §5).
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }
}
