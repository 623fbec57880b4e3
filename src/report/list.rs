//! A listing: columns that keep their names in every form, rows of typed values.

use crate::plan::Value;

/// One column. `name` is the key in JSON and the header in CSV and never changes; `title` is what
/// people read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Whether the table for people shows it; JSON and CSV always do.
    pub(crate) shown: bool,
    /// Whether its texts are JSON already, which the JSON form takes in as they are.
    pub(crate) is_json: bool,
}

impl Column {
    pub(crate) const fn shown_column(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            shown: true,
            is_json: false,
        }
    }

    /// A column for scripts only.
    pub(crate) const fn script_column(name: &'static str) -> Self {
        Self {
            name,
            title: "",
            shown: false,
            is_json: false,
        }
    }

    /// A column for scripts whose texts are JSON documents.
    pub(crate) const fn json_column(name: &'static str) -> Self {
        Self {
            name,
            title: "",
            shown: false,
            is_json: true,
        }
    }
}

/// Rows under columns, with sentences below for people.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) columns: &'static [Column],
    pub(crate) rows: Vec<Vec<Value>>,
    pub(crate) footer: Vec<String>,
}
