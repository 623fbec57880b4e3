//! The filter language of queries (autotask.md §5).

use std::{cmp::Ordering, collections::BTreeSet};

use serde_json::Value;

use super::{
    Database,
    refusal::{Refusal, unknown_field, wrong_type},
    row::Row,
    scalar::Scalar,
    schema::{Entity, Field},
};

/// "Queries are limited to 500 or fewer 'OR' conditions" (autotask.md §3).
const MOST_ORS: usize = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Eq,
    NotEq,
    Gt,
    Gte,
    Lt,
    Lte,
    BeginsWith,
    EndsWith,
    Contains,
    Exist,
    NotExist,
    In,
    NotIn,
}

impl Op {
    fn read(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Eq,
            "noteq" => Self::NotEq,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "beginswith" => Self::BeginsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            "exist" => Self::Exist,
            "notexist" => Self::NotExist,
            "in" => Self::In,
            "notin" => Self::NotIn,
            _ => return None,
        })
    }

    fn takes_no_value(self) -> bool {
        matches!(self, Self::Exist | Self::NotExist)
    }

    fn takes_a_list(self) -> bool {
        matches!(self, Self::In | Self::NotIn)
    }

    fn needs_text(self) -> bool {
        matches!(self, Self::BeginsWith | Self::EndsWith | Self::Contains)
    }
}

#[derive(Clone, Debug)]
enum Subject {
    Field(&'static Field),
    /// Protected fields compare case-sensitively.
    Udf {
        definition: i64,
        exact: bool,
    },
}

/// One condition.
#[derive(Clone, Debug)]
pub(super) struct Test {
    subject: Subject,
    op: Op,
    operands: Vec<Scalar>,
}

/// A condition or a group of them.
#[derive(Clone, Debug)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Test(Test),
}

#[derive(Default)]
struct Reader {
    ors: usize,
    udfs: BTreeSet<i64>,
}

impl Node {
    /// Reads the `filter` of a query; the top-level array is ANDed.
    ///
    /// # Errors
    /// A validation failure with the vendor's text where one is known.
    pub(super) fn read(
        database: &Database,
        entity: &'static Entity,
        filter: &[Value],
    ) -> Result<Self, Refusal> {
        let mut reader = Reader::default();
        let nodes = filter
            .iter()
            .map(|item| reader.node(database, entity, item))
            .collect::<Result<Vec<_>, _>>()?;
        if reader.ors > MOST_ORS {
            return Err(Refusal::invalid(
                "Queries are limited to 500 or fewer 'OR' conditions.",
            ));
        }
        // One user-defined field per query (autotask.md §5); the text is a guess.
        if reader.udfs.len() > 1 {
            return Err(Refusal::invalid(
                "Only one user-defined field can be queried at a time.",
            ));
        }
        Ok(Self::All(nodes))
    }

    /// A condition `field == id`, for the lists of children.
    pub(super) fn equals(field: &'static Field, id: i64) -> Self {
        Self::Test(Test {
            subject: Subject::Field(field),
            op: Op::Eq,
            operands: vec![Scalar::int(id)],
        })
    }

    pub(super) fn holds(&self, row: Row<'_>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.holds(row)),
            Self::Any(nodes) => nodes.iter().any(|node| node.holds(row)),
            Self::Test(test) => test.holds(row),
        }
    }

    /// An id below which nothing can match, so that id-paging need not scan from the start.
    pub(super) fn floor(&self) -> i64 {
        match self {
            Self::All(nodes) => nodes.iter().map(Self::floor).max().unwrap_or(-1),
            Self::Test(test) => test.floor(),
            Self::Any(_) => -1,
        }
    }
}

impl Test {
    fn floor(&self) -> i64 {
        let (Subject::Field(field), Some(Scalar::Number(millionths))) =
            (&self.subject, self.operands.first())
        else {
            return -1;
        };
        if field.name != "id" {
            return -1;
        }
        let whole = i64::try_from(millionths / 1_000_000).unwrap_or(-1);
        match self.op {
            Op::Gt => whole,
            Op::Gte | Op::Eq => whole.saturating_sub(1),
            Op::NotEq
            | Op::Lt
            | Op::Lte
            | Op::BeginsWith
            | Op::EndsWith
            | Op::Contains
            | Op::Exist
            | Op::NotExist
            | Op::In
            | Op::NotIn => -1,
        }
    }

    fn holds(&self, row: Row<'_>) -> bool {
        let found = match &self.subject {
            Subject::Field(field) => row.scalar(field),
            Subject::Udf { definition, exact } => {
                row.udf(*definition).map_or(Scalar::Null, |text| {
                    Scalar::Text(if *exact {
                        text.to_owned()
                    } else {
                        text.to_lowercase()
                    })
                })
            }
        };
        let is = |wanted: &[Ordering]| {
            self.operands
                .first()
                .and_then(|operand| found.order(operand))
                .is_some_and(|order| wanted.contains(&order))
        };
        let among = || {
            self.operands
                .iter()
                .any(|operand| found.order(operand) == Some(Ordering::Equal))
        };
        let text = |test: fn(&str, &str) -> bool| {
            found
                .text()
                .zip(self.operands.first().and_then(Scalar::text))
                .is_some_and(|(found, part)| test(found, part))
        };
        match self.op {
            Op::Eq => is(&[Ordering::Equal]),
            Op::NotEq => is(&[Ordering::Less, Ordering::Greater]),
            Op::Gt => is(&[Ordering::Greater]),
            Op::Gte => is(&[Ordering::Greater, Ordering::Equal]),
            Op::Lt => is(&[Ordering::Less]),
            Op::Lte => is(&[Ordering::Less, Ordering::Equal]),
            Op::BeginsWith => text(|found, part| found.starts_with(part)),
            Op::EndsWith => text(|found, part| found.ends_with(part)),
            Op::Contains => text(|found, part| found.contains(part)),
            Op::Exist => found != Scalar::Null,
            Op::NotExist => found == Scalar::Null,
            Op::In => among(),
            Op::NotIn => found != Scalar::Null && !among(),
        }
    }
}

impl Reader {
    fn node(
        &mut self,
        database: &Database,
        entity: &'static Entity,
        item: &Value,
    ) -> Result<Node, Refusal> {
        let part = |name: &str| {
            item.as_object().and_then(|map| {
                map.iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value)
            })
        };
        let word = part("op").and_then(Value::as_str).unwrap_or("");
        if word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") {
            let items = part("items").and_then(Value::as_array);
            let nodes = items
                .ok_or_else(|| Refusal::invalid("A filter group must have items."))?
                .iter()
                .map(|item| self.node(database, entity, item))
                .collect::<Result<Vec<_>, _>>()?;
            if word.eq_ignore_ascii_case("and") {
                return Ok(Node::All(nodes));
            }
            self.ors += nodes.len();
            return Ok(Node::Any(nodes));
        }
        let op = Op::read(word).ok_or_else(|| {
            Refusal::invalid(format!("The filter operator '{word}' is not valid."))
        })?;
        let name = part("field").and_then(Value::as_str).unwrap_or("");
        let is_udf = part("udf").and_then(Value::as_bool).unwrap_or(false);
        let values = operand_values(op, name, part("value"))?;
        if op == Op::In {
            // Whether a value of `in` counts as a condition is not stated: the strict reading.
            self.ors += values.len();
        }
        if is_udf {
            self.udf(database, entity, op, name, &values)
        } else {
            field_test(database, entity, op, name, &values)
        }
    }

    fn udf(
        &mut self,
        database: &Database,
        entity: &'static Entity,
        op: Op,
        name: &str,
        values: &[&Value],
    ) -> Result<Node, Refusal> {
        let udf = database
            .udf_named(entity, name)
            .ok_or_else(|| Refusal::invalid(unknown_field(name, entity.singular)))?;
        self.udfs.insert(udf.id);
        let operands = values
            .iter()
            .map(|value| match value.as_str() {
                Some(text) if udf.protected => Ok(Scalar::Text(text.to_owned())),
                Some(text) => Ok(Scalar::Text(text.to_lowercase())),
                None => Err(Refusal::invalid(wrong_type(name, value))),
            })
            .collect::<Result<_, _>>()?;
        Ok(Node::Test(Test {
            subject: Subject::Udf {
                definition: udf.id,
                exact: udf.protected,
            },
            op,
            operands,
        }))
    }
}

fn field_test(
    database: &Database,
    entity: &'static Entity,
    op: Op,
    name: &str,
    values: &[&Value],
) -> Result<Node, Refusal> {
    let field = database
        .field(entity, name)
        .filter(|field| !field.hidden)
        .ok_or_else(|| Refusal::invalid(unknown_field(name, entity.singular)))?;
    if !field.queryable {
        return Err(Refusal::invalid(format!("{name} is not queryable.")));
    }
    let operands = values
        .iter()
        .map(|value| Scalar::operand(field, value, database.takes_texts))
        .collect::<Result<Vec<_>, _>>()?;
    if op.needs_text() && operands.iter().any(|operand| operand.text().is_none()) {
        return Err(Refusal::invalid(format!(
            "{name} cannot be searched by a part of its text."
        )));
    }
    Ok(Node::Test(Test {
        subject: Subject::Field(field),
        op,
        operands,
    }))
}

/// The values an operator wants: none, one, or a list of one or more.
fn operand_values<'a>(
    op: Op,
    name: &str,
    value: Option<&'a Value>,
) -> Result<Vec<&'a Value>, Refusal> {
    let refuse = |given: &Value| Err(Refusal::invalid(wrong_type(name, given)));
    match value {
        None | Some(Value::Null) if op.takes_no_value() => Ok(Vec::new()),
        // "take no value" (autotask.md §5): a value is taken for a mistake.
        Some(given) if op.takes_no_value() => refuse(given),
        Some(Value::Array(values)) if op.takes_a_list() && !values.is_empty() => {
            Ok(values.iter().collect())
        }
        Some(given) if op.takes_a_list() => refuse(given),
        Some(given @ (Value::Array(_) | Value::Object(_))) => refuse(given),
        None | Some(Value::Null) => Err(Refusal::invalid(format!("{name} needs a value."))),
        Some(given) => Ok(vec![given]),
    }
}
