//! Resources (the provider's own people) and the roles they can be assigned with, to check what a
//! configuration names before a ticket is refused for it (autotask.md §8.11).

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, eq};
use super::read::Row;
use crate::domain::ids::ResourceId;
use crate::http::Failure;

const FIELDS: &[&str] = &["firstName", "lastName", "email", "userName", "isActive"];
const ROLE_FIELDS: &[&str] = &["resourceID", "roleID", "queueID", "isActive"];

/// A person, or an API user, of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) id: ResourceId,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) user_name: Option<String>,
}

/// A role that a resource holds, in a queue or in a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceRole {
    pub(crate) resource: ResourceId,
    pub(crate) role: i64,
    /// Id in the `Tickets.queueID` picklist.
    pub(crate) queue: Option<i64>,
}

impl Autotask {
    /// The active resources, by id. API users are among them and cannot be assigned to a ticket.
    pub(crate) fn resources(&self) -> Result<Vec<Resource>, Failure> {
        let query = Query::on(Entity::Resources)
            .fields(FIELDS)
            .filter(eq("isActive", true));
        let rows = self.all::<ResourceWire>(&query, "reading resources")?;
        Ok(rows.into_iter().map(ResourceWire::resource).collect())
    }

    /// The active roles of a resource.
    pub(crate) fn roles_of(&self, resource: ResourceId) -> Result<Vec<ResourceRole>, Failure> {
        let query = Query::on(Entity::ResourceRoles)
            .fields(ROLE_FIELDS)
            .filter(eq("resourceID", resource.0));
        let rows = self.all::<RoleWire>(&query, "reading the roles of a resource")?;
        Ok(rows.into_iter().filter_map(RoleWire::role).collect())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "decode::text")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "decode::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "decode::text")]
    user_name: Option<String>,
}

impl Row for ResourceWire {
    fn id(&self) -> i64 {
        self.id
    }
}

impl ResourceWire {
    fn resource(self) -> Resource {
        Resource {
            id: ResourceId(self.id),
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            user_name: self.user_name,
        }
    }
}

#[derive(Debug, Deserialize)]
struct RoleWire {
    id: i64,
    #[serde(default, rename = "resourceID")]
    resource: Option<i64>,
    #[serde(default, rename = "roleID")]
    role: Option<i64>,
    #[serde(default, rename = "queueID")]
    queue: Option<i64>,
    #[serde(default, rename = "isActive", deserialize_with = "decode::flag")]
    active: bool,
}

impl Row for RoleWire {
    fn id(&self) -> i64 {
        self.id
    }
}

impl RoleWire {
    fn role(self) -> Option<ResourceRole> {
        let Self {
            id: _,
            resource,
            role,
            queue,
            active,
        } = self;
        active.then_some(())?;
        Some(ResourceRole {
            resource: ResourceId(resource?),
            role: role?,
            queue,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inactive_and_empty_roles_are_left_out() {
        let rows: Vec<RoleWire> = serde_json::from_str(
            r#"[{"id": 1, "resourceID": 7, "roleID": 9, "queueID": 5, "isActive": true},
                {"id": 2, "resourceID": 7, "roleID": 10, "isActive": false},
                {"id": 3, "resourceID": 7, "roleID": null, "isActive": true}]"#,
        )
        .unwrap();
        let roles: Vec<_> = rows.into_iter().filter_map(RoleWire::role).collect();
        assert_eq!(roles.len(), 1);
        assert_eq!((roles[0].role, roles[0].queue), (9, Some(5)));
    }
}
