//! Paths and the methods they know. A path nobody knows is a 404, a known one with another method a
//! 405 (autotask.md §3): so `POST /TicketNotes` is a 404 and `PATCH /Tickets/5` a 405.

use super::schema::{self, Entity};

/// What a path means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route {
    Zone,
    Version,
    Threshold,
    Root(&'static Entity),
    Item(&'static Entity, i64),
    Query(&'static Entity),
    Count(&'static Entity),
    NextPage(&'static Entity),
    Information(&'static Entity),
    Fields(&'static Entity),
    UserDefinedFields(&'static Entity),
    Children(&'static Entity, i64),
    Child(&'static Entity, i64, i64),
}

impl Route {
    /// Reads a path with its `/ATServicesRest/V1.0` in front, all in any case.
    pub(super) fn read(path: &str) -> Option<Self> {
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        if !parts.next()?.eq_ignore_ascii_case("ATServicesRest") {
            return None;
        }
        let rest: Vec<&str> = parts.collect();
        match rest.as_slice() {
            [only] if only.eq_ignore_ascii_case("VersionInformation") => Some(Self::Version),
            [version, inner @ ..] if version.eq_ignore_ascii_case("V1.0") => Self::inner(inner),
            _ => None,
        }
    }

    fn inner(parts: &[&str]) -> Option<Self> {
        if let [only] = parts {
            for (name, route) in [
                ("ZoneInformation", Self::Zone),
                ("ThresholdInformation", Self::Threshold),
                ("Version", Self::Version),
            ] {
                if only.eq_ignore_ascii_case(name) {
                    return Some(route);
                }
            }
        }
        if let [parent, id, segment, rest @ ..] = parts
            && let Ok(parent_id) = id.parse::<i64>()
            && let Some(entity) = schema::entity_of_child(parent, segment)
        {
            return Self::child(entity, parent_id, rest);
        }
        let (name, rest) = parts.split_first()?;
        Self::root(schema::entity(name)?, rest)
    }

    fn root(entity: &'static Entity, rest: &[&str]) -> Option<Self> {
        let lower: Vec<String> = rest.iter().map(|part| part.to_ascii_lowercase()).collect();
        let words: Vec<&str> = lower.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] if entity.root.any() => Some(Self::Root(entity)),
            ["query"] if entity.readable => Some(Self::Query(entity)),
            ["query", "count"] if entity.readable => Some(Self::Count(entity)),
            ["query", "next"] if entity.readable => Some(Self::NextPage(entity)),
            ["entityinformation", rest @ ..] => Self::metadata(entity, rest),
            [id] if entity.readable => id.parse().ok().map(|id| Self::Item(entity, id)),
            _ => None,
        }
    }

    fn child(entity: &'static Entity, parent: i64, rest: &[&str]) -> Option<Self> {
        let lower: Vec<String> = rest.iter().map(|part| part.to_ascii_lowercase()).collect();
        let words: Vec<&str> = lower.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Some(Self::Children(entity, parent)),
            ["entityinformation", rest @ ..] => Self::metadata(entity, rest),
            [id] if entity.readable => id.parse().ok().map(|id| Self::Child(entity, parent, id)),
            _ => None,
        }
    }

    fn metadata(entity: &'static Entity, rest: &[&str]) -> Option<Self> {
        match rest {
            [] => Some(Self::Information(entity)),
            ["fields"] => Some(Self::Fields(entity)),
            ["userdefinedfields"] => Some(Self::UserDefinedFields(entity)),
            _ => None,
        }
    }

    /// Whether the method exists on this path. A next page is asked about by the query itself.
    pub(super) fn knows(&self, method: &str) -> bool {
        match self {
            Self::Zone
            | Self::Version
            | Self::Threshold
            | Self::Information(_)
            | Self::Fields(_)
            | Self::UserDefinedFields(_) => method == "GET",
            Self::Query(_) | Self::Count(_) | Self::NextPage(_) => {
                method == "GET" || method == "POST"
            }
            Self::Item(entity, _) => method == "GET" || (method == "DELETE" && entity.root.delete),
            Self::Root(entity) => writes(entity.root, method),
            Self::Children(entity, _) => {
                (method == "GET" && entity.readable)
                    || entity
                        .child
                        .is_some_and(|child| writes(child.writes, method))
            }
            Self::Child(entity, _, _) => {
                method == "GET"
                    || (method == "DELETE" && entity.child.is_some_and(|child| child.writes.delete))
            }
        }
    }

    /// The bucket of the thread limit: the entity with its metadata; a child route is a bucket of its
    /// own (autotask.md §4 "assume separate"). Zone detection is exempt.
    pub(super) fn bucket(&self) -> Option<String> {
        match self {
            Self::Zone => None,
            Self::Version => Some("VersionInformation".to_owned()),
            Self::Threshold => Some("ThresholdInformation".to_owned()),
            Self::Root(entity)
            | Self::Item(entity, _)
            | Self::Query(entity)
            | Self::Count(entity)
            | Self::NextPage(entity)
            | Self::Information(entity)
            | Self::Fields(entity)
            | Self::UserDefinedFields(entity) => Some(entity.name.to_owned()),
            Self::Children(entity, _) | Self::Child(entity, _, _) => entity
                .child
                .map(|child| format!("{}/{}", child.parent, child.segment)),
        }
    }
}

fn writes(writes: schema::Writes, method: &str) -> bool {
    match method {
        "POST" => writes.create,
        "PUT" | "PATCH" => writes.update,
        _ => false,
    }
}
