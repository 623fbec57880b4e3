//! Queries: typed conditions and the JSON they become (autotask.md §5).

use serde::Serialize;
use serde_json::json;

use super::entity::Entity;

/// Page size, the largest Autotask allows (autotask.md §4).
pub(super) const RECORDS_MAX: usize = 500;

/// Values in one `in` list. Whether each counts towards the 500 OR conditions is not stated, so
/// lists stay well below (autotask.md §4).
pub(super) const IN_MAX: usize = 200;

/// One condition; several of a query must all hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Filter {
    op: &'static str,
    field: String,
    value: Operand,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Operand {
    Number(i64),
    Flag(bool),
    Text(String),
    Numbers(Vec<i64>),
    Texts(Vec<String>),
}

impl From<i64> for Operand {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Operand {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<&str> for Operand {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Operand {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<i64>> for Operand {
    fn from(numbers: Vec<i64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl From<Vec<String>> for Operand {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

/// The operators that compare with a value. There is no `ne`, no `like`, no `between`
/// (autotask.md §5).
macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident => $op:literal),+ $(,)?) => {$(
        $(#[$doc])*
        pub(crate) fn $name(field: &str, value: impl Into<Operand>) -> Filter {
            Filter {
                op: $op,
                field: field.to_owned(),
                value: value.into(),
            }
        }
    )+};
}

comparisons! {
    eq => "eq",
    not_eq => "noteq",
    gt => "gt",
    gte => "gte",
    lte => "lte",
    begins_with => "beginsWith",
    /// The field is one of these; at most [`IN_MAX`] values, longer lists are split by the caller.
    is_in => "in",
}

/// What is asked of one entity.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(super) entity: Entity,
    fields: &'static [&'static str],
    filters: Vec<Filter>,
}

impl Query {
    /// Every record of an entity, with every field.
    pub(crate) fn for_entity(entity: Entity) -> Self {
        Self {
            entity,
            fields: &[],
            filters: Vec::new(),
        }
    }

    /// Only these fields come back. Unknown names are refused by the service, so name none that
    /// some databases lack. `id` is always among them.
    pub(crate) fn with_fields(self, fields: &'static [&'static str]) -> Self {
        Self { fields, ..self }
    }

    /// One more condition that must hold.
    pub(crate) fn with_filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// The body for the page after the record `last`, or for the first page.
    pub(super) fn page_body(&self, last: Option<i64>) -> serde_json::Value {
        let mut filters = self.filters.clone();
        match last {
            Some(last) => filters.push(gt("id", last)),
            // "filter must be present"; company 0 exists, hence not `gt 0`.
            None if filters.is_empty() => filters.push(gte("id", 0)),
            None => {}
        }
        let mut body = json!({"MaxRecords": RECORDS_MAX, "Filter": filters});
        if let (false, Some(body)) = (self.fields.is_empty(), body.as_object_mut()) {
            body.insert("IncludeFields".to_owned(), json!(self.included_fields()));
        }
        body
    }

    fn included_fields(&self) -> Vec<&'static str> {
        let id = Some("id").filter(|id| !self.fields.contains(id));
        id.into_iter().chain(self.fields.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_for_everything_still_has_a_filter_and_includes_record_zero() {
        assert_eq!(
            Query::for_entity(Entity::Companies).page_body(None),
            json!({"MaxRecords": 500, "Filter": [{"op": "gte", "field": "id", "value": 0}]})
        );
    }

    #[test]
    fn conditions_keep_their_types_and_the_next_page_adds_the_last_id() {
        let query = Query::for_entity(Entity::Contracts)
            .with_fields(&["contractName", "companyID"])
            .with_filter(eq("contractType", 7))
            .with_filter(eq("isActive", true))
            .with_filter(is_in("companyID", vec![1, 2]))
            .with_filter(begins_with("contractName", "A"));
        assert_eq!(
            query.page_body(Some(77)),
            json!({
                "MaxRecords": 500,
                "IncludeFields": ["id", "contractName", "companyID"],
                "Filter": [
                    {"op": "eq", "field": "contractType", "value": 7},
                    {"op": "eq", "field": "isActive", "value": true},
                    {"op": "in", "field": "companyID", "value": [1, 2]},
                    {"op": "beginsWith", "field": "contractName", "value": "A"},
                    {"op": "gt", "field": "id", "value": 77},
                ]
            })
        );
    }
}
