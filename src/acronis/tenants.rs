//! Tenants: the tree of partners, folders, customers and units (acronis.md §3).

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;

use super::batches::BatchSplitter;
use super::{Acronis, IDS_PER_REQUEST, PricingMode, TenantContact, join_ids, lenient};
use crate::domain::ids::TenantId;
use crate::http::{Failure, FailureKind, Pages, Request};

/// What a tenant is. Only customers are ever mapped, created, given quotas or billed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TenantKind {
    Root,
    Partner,
    Folder,
    Customer,
    Unit,
    /// A kind that came later.
    Other(String),
}

/// A tenant with everything that `lod=full` says and we use (acronis.md §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) parent: Option<TenantId>,
    /// Changes with every write; needed for the next one.
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) kind: TenantKind,
    pub(crate) enabled: bool,
    /// The provider's own id for the customer; shown in usage reports.
    pub(crate) customer_id: Option<String>,
    /// Where our mark stands.
    pub(crate) internal_tag: Option<String>,
    pub(crate) customer_type: Option<String>,
    pub(crate) language: Option<String>,
    /// `ancestral_access` is false: its items and usages may be hidden from us (acronis.md §3.7).
    pub(crate) self_service: bool,
    pub(crate) pricing_mode: Option<PricingMode>,
    pub(crate) mfa_status: Option<String>,
    /// `deleting` or `recovering`; such a tenant is to be passed over.
    pub(crate) operation: Option<String>,
    pub(crate) contact: Option<TenantContact>,
    /// Only when asked for.
    pub(crate) contacts: Vec<TenantContact>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
    /// Set once it was (softly) deleted.
    pub(crate) deleted_at: Option<Timestamp>,
}

/// Whether all contacts of each tenant are wanted too; they make a list slow (acronis.md §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContactLevel {
    Without,
    With,
}

#[derive(Deserialize)]
pub(super) struct WireTenant {
    id: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    parent_id: Option<String>,
    version: i64,
    name: String,
    kind: String,
    enabled: bool,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    customer_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    internal_tag: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    customer_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    language: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    ancestral_access: Option<bool>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    pricing_mode: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    mfa_status: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    external_operation_status: Option<String>,
    #[serde(default)]
    contact: Option<TenantContact>,
    #[serde(default, deserialize_with = "lenient::lenient_list")]
    contacts: Vec<TenantContact>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    updated_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    deleted_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct WireClient {
    tenant_id: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    status: Option<String>,
}

impl Acronis {
    /// The tenant that the API client belongs to: the root of all that is seen (acronis.md §1.4).
    ///
    /// # Errors
    /// `Rejected` when it is a customer or a unit, below which there is nothing to keep in step.
    pub(crate) fn own_tenant(&self) -> Result<Tenant, Failure> {
        let (request, id) = self.own_client()?;
        let tenant = self.read_tenant(&id)?;
        match &tenant.kind {
            TenantKind::Root | TenantKind::Partner | TenantKind::Folder => Ok(tenant),
            TenantKind::Customer | TenantKind::Unit | TenantKind::Other(_) => {
                let cause = format!(
                    "the API client belongs to {}, a {}; create one in the partner's portal",
                    tenant.name, tenant.kind
                );
                Err(request.new_failure(FailureKind::Rejected).with_cause(cause))
            }
        }
    }

    /// The id of that tenant, without a look at what it is: one request less.
    pub(crate) fn own_tenant_id(&self) -> Result<TenantId, Failure> {
        self.own_client().map(|(_, id)| id)
    }

    fn own_client(&self) -> Result<(Request, TenantId), Failure> {
        let what = "finding the API client's own tenant";
        let request = self.get(&["clients", &self.settings.client_id], what);
        let client: WireClient = self.read_json(request.clone())?;
        if client.status.as_deref() == Some("disabled") {
            let failure = request.new_failure(FailureKind::Unauthorized);
            return Err(failure.with_cause("the API client is disabled in the console"));
        }
        Ok((request, TenantId::new(&client.tenant_id)))
    }

    /// A tenant and all below it, parents first (acronis.md §3.2).
    pub(crate) fn tenants_below(
        &self,
        root: &TenantId,
        contacts: ContactLevel,
    ) -> Pages<'_, Tenant> {
        let what = format!("listing the tenants below {root}");
        let list = self.get(&["tenants"], &what);
        let mut first = list
            .clone()
            .with_query("subtree_root_id", root.as_str())
            .with_query("lod", "full");
        if contacts == ContactLevel::With {
            first = first.with_query("with_contacts", "true");
        }
        self.list_pages(first, list, Tenant::from_wire)
    }

    /// One tenant, also when it was deleted: then `deleted_at` is set.
    ///
    /// # Errors
    /// `NotFound` when there is none of this id, or none that we may see.
    pub(crate) fn read_tenant(&self, id: &TenantId) -> Result<Tenant, Failure> {
        let request = self
            .get(&["tenants", id.as_str()], &format!("reading tenant {id}"))
            .with_query("allow_deleted", "true");
        self.read_json(request).map(Tenant::from_wire)
    }

    /// The tenants of these ids that can be seen, deleted ones too (acronis.md §3.2, `uuids`). Ids that
    /// are refused or not answered are left out: nothing is known about them.
    pub(crate) fn tenants_by_id(&self, ids: &[TenantId]) -> Vec<Tenant> {
        let ask = |ids: &[TenantId]| -> Result<Vec<Tenant>, Failure> {
            let list = self.get(&["tenants"], &format!("reading {} tenants", ids.len()));
            let first = list
                .clone()
                .with_query("uuids", &join_ids(ids.iter().map(TenantId::as_str)))
                .with_query("lod", "full")
                .with_query("allow_deleted", "true");
            self.list_pages(first, list, Tenant::from_wire).collect()
        };
        let mut found = Vec::new();
        for some in ids.chunks(IDS_PER_REQUEST) {
            let mut halving = BatchSplitter::new(&ask);
            halving.ask_batch(some);
            found.extend(halving.answers.into_iter().flatten());
        }
        found
    }

    /// The direct children; how a create with an open end is looked for (acronis.md §2.5).
    pub(crate) fn read_children(&self, parent: &TenantId) -> Result<Vec<Tenant>, Failure> {
        let list = self.get(
            &["tenants"],
            &format!("listing the children of tenant {parent}"),
        );
        let first = list
            .clone()
            .with_query("parent_id", parent.as_str())
            .with_query("lod", "full");
        self.list_pages(first, list, Tenant::from_wire).collect()
    }
}

impl Tenant {
    pub(super) fn from_wire(wire: WireTenant) -> Self {
        Self {
            id: TenantId::new(&wire.id),
            parent: wire.parent_id.map(|id| TenantId::new(&id)),
            version: wire.version,
            name: wire.name,
            kind: TenantKind::from_word(&wire.kind),
            enabled: wire.enabled,
            customer_id: wire.customer_id,
            internal_tag: wire.internal_tag,
            customer_type: wire.customer_type,
            language: wire.language,
            self_service: wire.ancestral_access == Some(false),
            pricing_mode: wire.pricing_mode.as_deref().map(PricingMode::from_word),
            mfa_status: wire.mfa_status,
            operation: wire.external_operation_status,
            contact: wire.contact,
            contacts: wire.contacts,
            created_at: wire.created_at,
            updated_at: wire.updated_at,
            deleted_at: wire.deleted_at,
        }
    }
}

impl TenantKind {
    fn from_word(word: &str) -> Self {
        match word {
            "root" => Self::Root,
            "partner" => Self::Partner,
            "folder" => Self::Folder,
            "customer" => Self::Customer,
            "unit" => Self::Unit,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for TenantKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Root => "root",
            Self::Partner => "partner",
            Self::Folder => "folder",
            Self::Customer => "customer",
            Self::Unit => "unit",
            Self::Other(word) => word,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ListAnswer;
    use super::*;

    #[test]
    fn a_tenant_is_read_with_nulls_numbers_for_flags_and_fields_from_the_future() {
        let json = r#"{"id":"4C1D2E3F-1111-4222-8333-944445555666","parent_id":null,
            "version":1717171717000,"name":"Alma Bakery","kind":"customer","enabled":true,
            "customer_id":29683,"internal_tag":"","ancestral_access":false,"has_children":0,
            "pricing_mode":"trial","contact":{"email":"","firstname":"Ann","aan":null},
            "contacts":null,"external_operation_status":null,"deleted_at":null,
            "created_at":"2024-05-01T10:20:30","hologram":{"depth":3}}"#;
        let tenant = Tenant::from_wire(serde_json::from_str(json).unwrap());
        assert_eq!(tenant.id.as_str(), "4c1d2e3f-1111-4222-8333-944445555666");
        assert_eq!(tenant.customer_id.as_deref(), Some("29683"));
        assert_eq!(tenant.internal_tag, None);
        assert!(tenant.self_service);
        assert_eq!(tenant.kind, TenantKind::Customer);
        assert_eq!(tenant.contact.unwrap().firstname.as_deref(), Some("Ann"));
        assert_eq!(tenant.deleted_at, None);
    }

    #[test]
    fn a_list_without_items_is_an_error_and_not_an_empty_list() {
        for json in [
            "{}",
            r#"{"items":null}"#,
            r#"{"timestamp":"2026-01-01T00:00:00Z"}"#,
        ] {
            assert!(
                serde_json::from_str::<ListAnswer<WireTenant>>(json).is_err(),
                "{json}"
            );
        }
        let listing: ListAnswer<WireTenant> =
            serde_json::from_str(r#"{"items":[],"paging":{"cursors":{"after":null}}}"#).unwrap();
        assert_eq!(listing.into_page(Tenant::from_wire).next, None);
    }
}
