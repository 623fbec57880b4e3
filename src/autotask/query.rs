//! Queries: typed conditions and the JSON they become (autotask.md §5).

use serde::Serialize;
use serde_json::json;

use super::entity::Entity;

/// Page size, the largest Autotask allows (autotask.md §4).
pub(super) const RECORDS_MAX: usize = 500;

/// Values in one `in` list. Whether each counts towards the 500 OR conditions is not stated, so
/// lists stay well below (autotask.md §4).
pub(super) const IN_MAX: usize = 200;

/// One condition, or a group of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Filter {
    Condition(Condition),
    Group(Group),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Condition {
    op: &'static str,
    field: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    udf: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Operand>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Group {
    op: &'static str,
    items: Vec<Filter>,
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
            condition($op, field, Some(value.into()))
        }
    )+};
}

comparisons! {
    eq => "eq",
    noteq => "noteq",
    gt => "gt",
    gte => "gte",
    lt => "lt",
    lte => "lte",
    begins_with => "beginsWith",
    contains => "contains",
    /// The field is one of these; at most [`IN_MAX`] values, longer lists are split by the caller.
    is_in => "in",
}

/// The field is not null.
pub(crate) fn exist(field: &str) -> Filter {
    condition("exist", field, None)
}

/// The field is null.
pub(crate) fn not_exist(field: &str) -> Filter {
    condition("notExist", field, None)
}

/// Any of these.
pub(crate) fn any(items: Vec<Filter>) -> Filter {
    Filter::Group(Group { op: "or", items })
}

/// All of these; only needed inside [`any`], a query's own conditions are all required anyway.
pub(crate) fn all(items: Vec<Filter>) -> Filter {
    Filter::Group(Group { op: "and", items })
}

fn condition(op: &'static str, field: &str, value: Option<Operand>) -> Filter {
    Filter::Condition(Condition {
        op,
        field: field.to_owned(),
        udf: false,
        value,
    })
}

impl Filter {
    /// The same condition on a user-defined field of that name. One per query.
    pub(crate) fn udf(self) -> Self {
        match self {
            Self::Condition(condition) => Self::Condition(Condition {
                udf: true,
                ..condition
            }),
            Self::Group(group) => Self::Group(Group {
                items: group.items.into_iter().map(Self::udf).collect(),
                ..group
            }),
        }
    }

    fn udf_count(&self) -> usize {
        match self {
            Self::Condition(condition) => usize::from(condition.udf),
            Self::Group(group) => group.items.iter().map(Self::udf_count).sum(),
        }
    }
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
    pub(crate) fn on(entity: Entity) -> Self {
        Self {
            entity,
            fields: &[],
            filters: Vec::new(),
        }
    }

    /// Only these fields come back. Unknown names are refused by the service, so name none that
    /// some databases lack. `id` is always among them.
    pub(crate) fn fields(self, fields: &'static [&'static str]) -> Self {
        Self { fields, ..self }
    }

    /// One more condition that must hold.
    pub(crate) fn filter(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    /// More than one user-defined field in a query is refused by the service (autotask.md §5).
    pub(super) fn udf_count(&self) -> usize {
        self.filters.iter().map(Filter::udf_count).sum()
    }

    /// The body for the page after the record `last`, or for the first page.
    pub(super) fn body(&self, last: Option<i64>) -> serde_json::Value {
        let mut filters = self.filters.clone();
        match last {
            Some(last) => filters.push(gt("id", last)),
            // "filter must be present"; company 0 exists, hence not `gt 0`.
            None if filters.is_empty() => filters.push(gte("id", 0)),
            None => {}
        }
        let mut body = json!({"MaxRecords": RECORDS_MAX, "Filter": filters});
        if let (false, Some(body)) = (self.fields.is_empty(), body.as_object_mut()) {
            body.insert("IncludeFields".to_owned(), json!(self.included()));
        }
        body
    }

    fn included(&self) -> Vec<&'static str> {
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
            Query::on(Entity::Companies).body(None),
            json!({"MaxRecords": 500, "Filter": [{"op": "gte", "field": "id", "value": 0}]})
        );
    }

    #[test]
    fn conditions_keep_their_types_and_the_next_page_adds_the_last_id() {
        let query = Query::on(Entity::Contracts)
            .fields(&["contractName", "companyID"])
            .filter(eq("contractType", 7))
            .filter(eq("isActive", true))
            .filter(is_in("companyID", vec![1, 2]))
            .filter(any(vec![
                begins_with("contractName", "A"),
                all(vec![not_exist("endDate"), exist("startDate")]),
            ]));
        assert_eq!(
            query.body(Some(77)),
            json!({
                "MaxRecords": 500,
                "IncludeFields": ["id", "contractName", "companyID"],
                "Filter": [
                    {"op": "eq", "field": "contractType", "value": 7},
                    {"op": "eq", "field": "isActive", "value": true},
                    {"op": "in", "field": "companyID", "value": [1, 2]},
                    {"op": "or", "items": [
                        {"op": "beginsWith", "field": "contractName", "value": "A"},
                        {"op": "and", "items": [
                            {"op": "notExist", "field": "endDate"},
                            {"op": "exist", "field": "startDate"},
                        ]},
                    ]},
                    {"op": "gt", "field": "id", "value": 77},
                ]
            })
        );
    }

    #[test]
    fn user_defined_fields_are_marked_and_counted() {
        let query = Query::on(Entity::Contracts).filter(eq("Acronis PAYG", "Yes").udf());
        assert_eq!(query.udf_count(), 1);
        assert_eq!(
            query.body(None)["Filter"],
            json!([{"op": "eq", "field": "Acronis PAYG", "udf": true, "value": "Yes"}])
        );
        let two = query.filter(any(vec![exist("A"), exist("B")]).udf());
        assert_eq!(two.udf_count(), 3);
    }
}
