//! Queries, counts and pages (autotask.md §5).

use serde_json::{Map, Value, json};

use super::{
    Database,
    filter::Node,
    refusal::{Refusal, unknown_field},
    row::Row,
    schema::{Entity, Field},
    udf::Udf,
};

/// `MaxRecords` is 1 to 500 and 500 where absent.
const PAGE: usize = 500;

enum Column {
    Field(&'static Field),
    Udf(Udf),
}

/// A query as it was asked.
pub(super) struct Query {
    filter: Node,
    columns: Option<Vec<Column>>,
    page: usize,
}

/// How the next page is asked for.
pub(super) enum Asked<'a> {
    /// The next page is POSTed with the same body.
    Post,
    /// The next page is a GET that repeats `search`.
    Get(&'a str),
}

impl Query {
    /// Reads a query body; keys are case-insensitive.
    ///
    /// # Errors
    /// Validation failures as in autotask.md §3.
    pub(super) fn read(
        database: &Database,
        entity: &'static Entity,
        body: &Value,
    ) -> Result<Self, Refusal> {
        let map = body
            .as_object()
            .ok_or_else(|| Refusal::invalid("The query is not a JSON object."))?;
        let known = ["maxrecords", "includefields", "filter"];
        // The vendor's parser may ignore a key it does not know; a misspelt one would silently
        // change what comes back, so it is refused here.
        if let Some(key) = map
            .keys()
            .find(|key| !known.contains(&key.to_ascii_lowercase().as_str()))
        {
            return Err(Refusal::invalid(unknown_field(key, "Query")));
        }
        let part = |name: &str| {
            map.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
                .filter(|value| !value.is_null())
        };
        let filter = part("filter")
            .and_then(Value::as_array)
            .filter(|filter| !filter.is_empty())
            .ok_or_else(|| Refusal::invalid("The query must have a filter."))?;
        Ok(Self {
            filter: Node::read(database, entity, filter)?,
            columns: columns(database, entity, part("includefields"))?,
            page: page_size(part("maxrecords"))?,
        })
    }

    fn matches<'a>(
        &'a self,
        database: &'a Database,
        entity: &'static Entity,
        after: i64,
    ) -> impl Iterator<Item = (i64, Row<'a>)> {
        database
            .rows_after(entity, self.filter.floor().max(after))
            .filter(|(id, _)| !database.is_hidden(entity, *id))
            .filter(|(_, row)| self.filter.holds(*row))
    }

    pub(super) fn count(&self, database: &Database, entity: &'static Entity) -> Value {
        json!({"queryCount": self.matches(database, entity, -1).count()})
    }

    /// One page with `pageDetails`.
    pub(super) fn page(
        &self,
        database: &Database,
        entity: &'static Entity,
        after: i64,
        asked: &Asked<'_>,
    ) -> Value {
        let mut items = Vec::new();
        let mut ids = Vec::new();
        let mut more = false;
        for (id, row) in self.matches(database, entity, after) {
            if items.len() == self.page {
                more = true;
                break;
            }
            items.push(self.shown(database, entity, row));
            ids.push(id);
        }
        let next = ids
            .last()
            .filter(|_| more)
            .map(|last| self.next_url(database, entity, *last, asked));
        json!({
            "items": items,
            "pageDetails": {
                "count": ids.len(),
                "requestCount": self.page,
                "prevPageUrl": null,
                "nextPageUrl": next,
            },
        })
    }

    fn shown(&self, database: &Database, entity: &Entity, row: Row<'_>) -> Value {
        let Some(columns) = &self.columns else {
            return database.shown(entity, row);
        };
        let mut item = Map::new();
        let mut udfs = Vec::new();
        for column in columns {
            match column {
                Column::Field(field) => {
                    item.insert(field.name.to_owned(), database.answered(row, field));
                }
                Column::Udf(udf) if database.hidden.holds_udf(&udf.name) => {}
                Column::Udf(udf) => {
                    udfs.push(json!({"name": udf.name, "value": row.udf(udf.id)}));
                }
            }
        }
        item.insert("userDefinedFields".to_owned(), Value::Array(udfs));
        Value::Object(item)
    }

    fn next_url(
        &self,
        database: &Database,
        entity: &Entity,
        last: i64,
        asked: &Asked<'_>,
    ) -> String {
        let paging = json!({"pageSize": self.page, "previousIds": [], "nextIds": [last]});
        let search = match asked {
            Asked::Post => String::new(),
            Asked::Get(search) => format!("search={}&", encoded(search)),
        };
        format!(
            "{}/ATServicesRest/V1.0/{}/query/next?{search}paging={}",
            database.origin,
            entity.name,
            encoded(&paging.to_string())
        )
    }
}

/// Where a next page goes on: the last id of the page before, and its size.
///
/// # Errors
/// A page URL that this server did not write.
pub(super) fn read_paging(text: Option<&str>) -> Result<i64, Refusal> {
    text.and_then(|text| serde_json::from_str::<Value>(text).ok())
        .and_then(|paging| paging["nextIds"][0].as_i64())
        .ok_or_else(|| Refusal::invalid("The paging parameter is not valid."))
}

/// All children of a parent.
pub(super) fn children(
    database: &Database,
    entity: &'static Entity,
    field: &'static Field,
    parent: i64,
) -> Value {
    let filter = Node::equals(field, parent);
    let items: Vec<Value> = database
        .rows_after(entity, -1)
        .filter(|(id, row)| !database.is_hidden(entity, *id) && filter.holds(*row))
        .map(|(_, row)| database.shown(entity, row))
        .collect();
    json!({
        "pageDetails": {
            "count": items.len(),
            "requestCount": PAGE,
            "prevPageUrl": null,
            "nextPageUrl": null,
        },
        "items": items,
    })
}

fn columns(
    database: &Database,
    entity: &'static Entity,
    include: Option<&Value>,
) -> Result<Option<Vec<Column>>, Refusal> {
    let Some(include) = include else {
        return Ok(None);
    };
    let names = include
        .as_array()
        .ok_or_else(|| Refusal::invalid("IncludeFields must be a list of names."))?;
    if names.is_empty() {
        return Ok(None);
    }
    names
        .iter()
        .map(|name| {
            let name = name.as_str().unwrap_or("");
            let field = database.field(entity, name).filter(|field| !field.hidden);
            match (field, database.udf_named(entity, name)) {
                (Some(field), _) => Ok(Column::Field(field)),
                (None, Some(udf)) => Ok(Column::Udf(udf)),
                (None, None) => Err(Refusal::invalid(unknown_field(name, entity.singular))),
            }
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Some)
}

fn page_size(asked: Option<&Value>) -> Result<usize, Refusal> {
    let Some(asked) = asked else {
        return Ok(PAGE);
    };
    asked
        .as_u64()
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| (1..=PAGE).contains(size))
        .ok_or_else(|| Refusal::invalid("maxCountOfRecordsToReturn must be between 1 and 500."))
}

/// Percent-encodes everything but unreserved characters.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
