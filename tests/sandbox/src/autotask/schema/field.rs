//! One field of an entity.

/// JSON type and meaning of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Long,
    Double,
    Flag,
    Text,
    /// An instant, UTC.
    Moment,
    /// A date without a time; travels as midnight (autotask.md §5).
    Day,
    /// Untyped in the vendor's model.
    Object,
}

/// When a caller may set a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Always,
    /// Required and read-only at once in the metadata (autotask.md §6).
    OnCreate,
    Never,
}

/// A row of an entity's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Longest text in UTF-16 units; 0 where no limit is known.
    pub(crate) length: usize,
    pub(crate) required: bool,
    pub(crate) write: Write,
    pub(crate) pick: bool,
    /// The field whose value this picklist depends on.
    pub(crate) parent: Option<&'static str>,
    pub(crate) reference: Option<&'static str>,
    pub(crate) queryable: bool,
    /// Accepted in bodies, never returned and in no list of fields (autotask.md §8.3 `adjustedPrice`).
    pub(crate) hidden: bool,
    /// Only in the newest specification: absent from a database unless it is switched on.
    pub(crate) newest: bool,
}

impl Field {
    const fn of(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            length: 0,
            required: false,
            write: Write::Always,
            pick: false,
            parent: None,
            reference: None,
            queryable: true,
            hidden: false,
            newest: false,
        }
    }

    pub(super) const fn int(name: &'static str) -> Self {
        Self::of(name, Kind::Int)
    }

    pub(super) const fn long(name: &'static str) -> Self {
        Self::of(name, Kind::Long)
    }

    pub(super) const fn double(name: &'static str) -> Self {
        Self::of(name, Kind::Double)
    }

    pub(super) const fn flag(name: &'static str) -> Self {
        Self::of(name, Kind::Flag)
    }

    pub(super) const fn text(name: &'static str, length: usize) -> Self {
        let mut field = Self::of(name, Kind::Text);
        field.length = length;
        field
    }

    pub(super) const fn moment(name: &'static str) -> Self {
        Self::of(name, Kind::Moment)
    }

    pub(super) const fn day(name: &'static str) -> Self {
        Self::of(name, Kind::Day)
    }

    pub(super) const fn object(name: &'static str) -> Self {
        Self::of(name, Kind::Object)
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn create_only(mut self) -> Self {
        self.write = Write::OnCreate;
        self
    }

    pub(super) const fn read_only(mut self) -> Self {
        self.write = Write::Never;
        self
    }

    pub(super) const fn pick(mut self) -> Self {
        self.pick = true;
        self
    }

    pub(super) const fn child_of(mut self, parent: &'static str) -> Self {
        self.parent = Some(parent);
        self
    }

    pub(super) const fn to(mut self, entity: &'static str) -> Self {
        self.reference = Some(entity);
        self
    }

    pub(super) const fn not_queryable(mut self) -> Self {
        self.queryable = false;
        self
    }

    pub(super) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub(super) const fn newest(mut self) -> Self {
        self.newest = true;
        self
    }

    /// The word of the metadata. The words are a guess in the spirit of the vendor's help: the fact
    /// sheet names the key (`dataType`, autotask.md §6) and not its values.
    pub(crate) fn data_type(&self) -> &'static str {
        match self.kind {
            Kind::Int => "integer",
            Kind::Long => "long",
            Kind::Double => "double",
            Kind::Flag => "boolean",
            Kind::Text => "string",
            Kind::Moment | Kind::Day => "datetime",
            Kind::Object => "object",
        }
    }
}
