//! The filters of `GET /alerts` (acronis.md §8.1).

use jiff::Timestamp;

use super::Cloud;
use super::alert::{Alert, SEVERITIES};
use super::problem::Api;
use super::request::Params;
use crate::face::Answer;

/// How a filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Eq,
    Lt,
    Gt,
    Le,
    Ge,
}

impl Op {
    fn holds<T: Ord>(self, left: T, right: T) -> bool {
        match self {
            Self::Eq => left == right,
            Self::Lt => left < right,
            Self::Gt => left > right,
            Self::Le => left <= right,
            Self::Ge => left >= right,
        }
    }
}

/// Takes `op(argument)` apart.
fn operation(text: &str) -> Option<(Op, &str)> {
    let (op, rest) = text.split_once('(')?;
    let argument = rest.strip_suffix(')')?;
    let op = match op {
        "eq" => Op::Eq,
        "lt" => Op::Lt,
        "gt" => Op::Gt,
        "le" => Op::Le,
        "ge" => Op::Ge,
        _ => return None,
    };
    Some((op, argument))
}

/// A comparison with a number: `n` or `op(n)`.
type Number = (Op, i128);

fn number(text: &str) -> Option<Number> {
    let (op, digits) = operation(text).unwrap_or((Op::Eq, text));
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().ok())?.map(|n| (op, n))
}

/// Values of a repeatable parameter, `or(a,b)` taken apart.
fn choices(params: &Params, name: &str) -> Vec<String> {
    params
        .all(name)
        .flat_map(|text| {
            let inner = text
                .strip_prefix("or(")
                .and_then(|rest| rest.strip_suffix(')'));
            inner.map_or_else(
                || vec![text.to_owned()],
                |list| list.split(',').map(str::to_owned).collect(),
            )
        })
        .collect()
}

/// A severity test: the ranks that pass.
fn severities(text: &str) -> Option<Vec<&'static str>> {
    if let Some(list) = text
        .strip_prefix("or(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let known = |word: &str| SEVERITIES.iter().find(|other| **other == word).copied();
        return list.split(',').map(known).collect();
    }
    let (op, word) = operation(text)?;
    let rank = SEVERITIES.iter().position(|other| *other == word)?;
    let passing = SEVERITIES.iter().enumerate();
    Some(
        passing
            .filter(|(other, _)| op.holds(*other, rank))
            .map(|(_, word)| *word)
            .collect(),
    )
}

/// What an alert has to satisfy.
#[derive(Debug)]
pub(super) struct Filter {
    created: Vec<Number>,
    updated: Vec<Number>,
    deleted: Vec<Number>,
    source_time: Vec<Number>,
    severity: Option<Vec<&'static str>>,
    kinds: Vec<String>,
    categories: Vec<String>,
    ids: Vec<String>,
    tenants: Vec<String>,
    plans: Vec<String>,
    resources: Vec<String>,
    plan_names: Vec<String>,
    resource_names: Vec<String>,
    source: Option<String>,
    query: Option<String>,
    with_deleted: bool,
    only_deleted: bool,
}

impl Filter {
    pub(super) fn read(params: &Params) -> Result<Self, Answer> {
        let numbers = |name: &str| {
            let read = |text| number(text).ok_or_else(|| bad(name));
            params.all(name).map(read).collect::<Result<Vec<_>, _>>()
        };
        let severity = params
            .get("severity")
            .map(|text| severities(text).ok_or_else(|| bad("severity")))
            .transpose()?;
        let every = |name: &str| params.all(name).map(str::to_owned).collect::<Vec<_>>();
        Ok(Self {
            created: numbers("created_at")?,
            updated: numbers("updated_at")?,
            deleted: numbers("deleted_at")?,
            source_time: numbers("source_time_stamp")?,
            severity,
            // `or()` is not documented for types and categories: taken as it stands.
            kinds: every("type"),
            categories: every("category"),
            ids: every("id"),
            tenants: choices(params, "tenant"),
            plans: choices(params, "planId"),
            resources: choices(params, "resourceId"),
            plan_names: every("planName"),
            resource_names: every("resourceName"),
            source: params.get("source").map(str::to_owned),
            query: params.get("query").map(str::to_lowercase),
            with_deleted: params.flag("show_deleted")?,
            only_deleted: params.flag("show_deleted_only")?,
        })
    }

    pub(super) fn lets_pass(&self, cloud: &Cloud, alert: &Alert) -> bool {
        let alive = alert.deleted.is_none();
        let shown = if self.only_deleted {
            !alive
        } else {
            alive || self.with_deleted
        };
        shown && self.at_the_time(alert) && self.by_words(cloud, alert)
    }

    /// Times compare in nanoseconds: seconds, ten digits, lie in January 1970 and let everything pass
    /// a `ge`.
    fn at_the_time(&self, alert: &Alert) -> bool {
        let within = |tests: &[Number], at: Timestamp| {
            let at = at.as_nanosecond();
            tests.iter().all(|(op, n)| op.holds(at, *n))
        };
        let seconds = i128::from(alert.created.as_second());
        within(&self.created, alert.created)
            && within(&self.updated, alert.updated)
            && (self.deleted.is_empty()
                || alert.deleted.is_some_and(|at| within(&self.deleted, at)))
            && self.source_time.iter().all(|(op, n)| op.holds(seconds, *n))
    }

    fn by_words(&self, cloud: &Cloud, alert: &Alert) -> bool {
        let any = |list: &[String], word: &str| {
            list.is_empty() || list.iter().any(|other| other.eq_ignore_ascii_case(word))
        };
        let exact =
            |list: &[String], word: &str| list.is_empty() || list.iter().any(|other| other == word);
        let severity = self.severity.as_ref();
        severity.is_none_or(|list| list.contains(&alert.severity.as_str()))
            && exact(&self.kinds, &alert.kind)
            && exact(&self.categories, &alert.category)
            && any(&self.ids, &alert.id)
            && any(&self.tenants, &cloud.tenants[alert.tenant].id)
            && exact(&self.plans, alert.detail("planId"))
            && exact(&self.resources, alert.detail("resourceId"))
            && named(&self.plan_names, alert.detail("planName"))
            && named(&self.resource_names, alert.detail("resourceName"))
            && self
                .source
                .as_ref()
                .is_none_or(|source| *source == alert.category.to_lowercase())
            && self.query.as_ref().is_none_or(|text| said(alert, text))
    }
}

/// `x` is part of the name, `eq(x)` all of it, `or(a,b)` one of them.
fn named(tests: &[String], name: &str) -> bool {
    tests.is_empty()
        || tests.iter().any(|test| {
            let inner = |op: &str| {
                let rest = test.strip_prefix(op)?;
                rest.strip_prefix('(')?.strip_suffix(')')
            };
            if let Some(whole) = inner("eq") {
                return whole == name;
            }
            match inner("or") {
                Some(list) => list.split(',').any(|one| one == name),
                None => name.contains(test.as_str()),
            }
        })
}

/// Where `query` looks is not documented: type, category and details.
fn said(alert: &Alert, text: &str) -> bool {
    let all = format!("{} {} {}", alert.kind, alert.category, alert.details);
    all.to_lowercase().contains(text)
}

fn bad(name: &str) -> Answer {
    Api::Alerts.bad(&format!("filter {name} is not valid"))
}

#[cfg(test)]
mod tests {
    use super::{Op, number, severities};

    #[test]
    fn numbers_come_bare_or_in_an_operation() {
        assert_eq!(number("12"), Some((Op::Eq, 12)));
        assert_eq!(number("ge(12)"), Some((Op::Ge, 12)));
        assert_eq!(number("ge(2026-08-20)"), None);
        assert_eq!(number("since(12)"), None);
        assert_eq!(number("ge()"), None);
    }

    #[test]
    fn severities_are_ordered() {
        assert_eq!(severities("ge(error)"), Some(vec!["error", "critical"]));
        assert_eq!(severities("or(ok,error)"), Some(vec!["ok", "error"]));
        assert_eq!(severities("or(ok,awful)"), None);
        assert_eq!(severities("critical"), None);
    }
}
