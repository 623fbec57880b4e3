//! People who tickets are assigned to, their roles, and which role fits whom. Fields as in the
//! published models; all three are only read here (autotask.md §8.11).

use serde::Deserialize;

use super::Autotask;
use super::decode;
use super::entity::Entity;
use super::query::{Query, eq};
use super::read::records;
use crate::domain::ids::ResourceId;
use crate::http::Failure;

const RESOURCE_FIELDS: &[&str] = &["firstName", "lastName", "email", "userName", "isActive"];
const RESOURCE_FIELDS_WITH_LICENCE: &[&str] = &[
    "firstName",
    "lastName",
    "email",
    "userName",
    "isActive",
    LICENCE,
];
/// Which licence a resource has, among them that of API users.
const LICENCE: &str = "licenseType";
const ROLE_FIELDS: &[&str] = &["name", "isActive"];
const DESK_ROLE_FIELDS: &[&str] = &["resourceID", "roleID", "isActive"];

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) id: ResourceId,
    /// First and last name.
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) user_name: Option<String>,
}

/// A role that work is done in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    pub(crate) name: String,
}

records!(Role, ResourceWire, DeskRoleWire);

impl Autotask {
    /// The active resources that can be assigned to a ticket, by id: not the API users
    /// (autotask.md §1). The facts name no field that tells these: `licenseType` is taken where this
    /// database has it and one of its labels says so; else nobody is left out, and Autotask refuses.
    pub(crate) fn assignable_resources(&self) -> Result<Vec<Resource>, Failure> {
        let licences = self.read_picklist(Entity::Resources, LICENCE)?;
        let api_users = licences.ids_labelled("api user");
        let fields = if api_users.is_empty() {
            RESOURCE_FIELDS
        } else {
            RESOURCE_FIELDS_WITH_LICENCE
        };
        let query = Query::for_entity(Entity::Resources)
            .with_fields(fields)
            .with_filter(eq("isActive", true));
        let mut rows = self.read_all::<ResourceWire>(&query, "reading resources")?;
        rows.retain(|row| row.license_type.is_none_or(|id| !api_users.contains(&id)));
        Ok(rows.into_iter().map(ResourceWire::into_resource).collect())
    }

    /// The active roles, by id.
    pub(crate) fn read_roles(&self) -> Result<Vec<Role>, Failure> {
        let query = Query::for_entity(Entity::Roles)
            .with_fields(ROLE_FIELDS)
            .with_filter(eq("isActive", true));
        self.read_all(&query, "reading roles")
    }

    /// Which roles each resource may work tickets in.
    pub(crate) fn service_desk_roles(&self) -> Result<Vec<(ResourceId, i64)>, Failure> {
        let query = Query::for_entity(Entity::ResourceServiceDeskRoles)
            .with_fields(DESK_ROLE_FIELDS)
            .with_filter(eq("isActive", true));
        let rows = self.read_all::<DeskRoleWire>(&query, "reading the roles of resources")?;
        let pair = |row: DeskRoleWire| (ResourceId(row.resource), row.role);
        Ok(rows.into_iter().map(pair).collect())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceWire {
    id: i64,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    first_name: String,
    #[serde(default, deserialize_with = "decode::decode_shown_text")]
    last_name: String,
    #[serde(default, deserialize_with = "decode::decode_text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_text")]
    user_name: Option<String>,
    #[serde(default, deserialize_with = "decode::decode_number")]
    license_type: Option<i64>,
}

impl ResourceWire {
    fn into_resource(self) -> Resource {
        let name = format!("{} {}", self.first_name.trim(), self.last_name.trim());
        Resource {
            id: ResourceId(self.id),
            name: name.trim().to_owned(),
            email: self.email,
            user_name: self.user_name,
        }
    }
}

#[derive(Debug, Deserialize)]
struct DeskRoleWire {
    id: i64,
    #[serde(rename = "resourceID")]
    resource: i64,
    #[serde(rename = "roleID")]
    role: i64,
}
