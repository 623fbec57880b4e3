//! A tenant and its place in the tree (acronis.md §3.1).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::ids::datetime;
use super::item::{Key, Row};
use super::problem;
use super::usages::Usage;
use super::{ClosedAnswer, Cloud};
use crate::face::Answer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Partner,
    Folder,
    Customer,
    Unit,
    /// The hidden tenant of one user (acronis.md §3.1): never listed, but alerts may name it.
    Personal,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Folder => "folder",
            Self::Customer => "customer",
            Self::Unit => "unit",
            Self::Personal => "personal",
        }
    }

    pub(super) fn read(word: &str) -> Option<Self> {
        [Self::Partner, Self::Folder, Self::Customer, Self::Unit]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    /// Partners and folders hold others and hand their items on.
    pub(super) fn hands_on(self) -> bool {
        matches!(self, Self::Partner | Self::Folder)
    }

    /// A partner holds partners, folders and customers; a customer holds units.
    pub(super) fn may_hold(self, child: Self) -> bool {
        match self {
            Self::Partner | Self::Folder => {
                matches!(child, Self::Partner | Self::Folder | Self::Customer)
            }
            Self::Customer => matches!(child, Self::Unit | Self::Personal),
            Self::Unit => child == Self::Personal,
            Self::Personal => false,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pricing {
    pub(super) mode: String,
    pub(super) currency: Value,
    pub(super) version: i64,
    pub(super) production_start: Option<Timestamp>,
}

#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) number: i64,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) version: i64,
    pub(super) customer_type: String,
    pub(super) customer_id: Value,
    pub(super) internal_tag: Value,
    pub(super) language: String,
    pub(super) contact: Value,
    pub(super) ancestral_access: bool,
    pub(super) pricing: Pricing,
    pub(super) mfa: bool,
    pub(super) mfa_update_allowed: bool,
    pub(super) locked: bool,
    pub(super) operation: Value,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) deleted: Option<Timestamp>,
    /// Out of the client's sight with all below it: in no list, 404 by id.
    pub(super) hidden: bool,
    /// Rows that were ever touched; the rest of what the parent offers is off.
    pub(super) items: BTreeMap<Key, Row>,
    pub(super) usages: BTreeMap<(String, Option<usize>), Usage>,
    /// Overrides what the document says: unknown fields, unknown enum values.
    pub(super) extra: Map<String, Value>,
}

/// How much of a tenant a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    Stamps,
    Basic,
    Full,
}

impl Cloud {
    /// A tenant by id that the client may see: not below a customer that denies access, not
    /// personal, not deleted unless `deleted`.
    pub(super) fn find(&self, id: &str, deleted: bool) -> Result<usize, Answer> {
        let at = self
            .by_id
            .get(id)
            .copied()
            .ok_or_else(|| problem::no_tenant(id))?;
        let Some(tenant) = self.tenants.get(at) else {
            return Err(problem::no_tenant(id));
        };
        if self.is_out_of_sight(at)
            || tenant.kind == Kind::Personal
            || (tenant.deleted.is_some() && !deleted)
        {
            return Err(problem::no_tenant(id));
        }
        if self.is_below_closed(at) {
            return Err(problem::denied());
        }
        Ok(at)
    }

    /// As [`Cloud::find`] for what lies inside the tenant: items, usages, users. A customer with
    /// `ancestral_access` false keeps that to itself; 403 is the reading taken of acronis.md §3.7.
    pub(super) fn find_open(&self, id: &str) -> Result<usize, Answer> {
        let at = self.find(id, false)?;
        if self.tenants[at].ancestral_access {
            Ok(at)
        } else {
            Err(problem::denied())
        }
    }

    /// Whether the service would not even say that there is such a tenant.
    pub(super) fn is_out_of_sight(&self, at: usize) -> bool {
        self.ancestors(at).any(|here| self.tenants[here].hidden)
    }

    /// Whether a list of what lies inside this tenant is answered as if nothing did.
    pub(super) fn looks_empty(&self, id: &str) -> bool {
        self.closed_answer == ClosedAnswer::Empty
            && self.find(id, false).is_ok()
            && self.find_open(id).is_err()
    }

    /// Whether some ancestor denies access.
    pub(super) fn is_below_closed(&self, at: usize) -> bool {
        self.ancestors(at)
            .skip(1)
            .any(|above| !self.tenants[above].ancestral_access)
    }

    /// The tenant itself, its parent, and so on to the root.
    pub(super) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(at), |&here| self.tenants[here].parent)
    }

    pub(super) fn level(&self, at: usize) -> usize {
        self.ancestors(at).count()
    }

    /// A tenant and all that is below it, parents first, leaving out what the client cannot see.
    pub(super) fn subtree(&self, root: usize) -> Vec<usize> {
        let mut found = vec![root];
        let mut next = 0;
        while let Some(&here) = found.get(next) {
            next += 1;
            if self.tenants[here].ancestral_access {
                found.extend(self.shown_children(here));
            }
        }
        found
    }

    /// Children without the personal tenants of users.
    pub(super) fn shown_children(&self, at: usize) -> impl Iterator<Item = usize> {
        self.tenants[at].children.iter().copied().filter(|&child| {
            let child = &self.tenants[child];
            child.kind != Kind::Personal && !child.hidden
        })
    }

    /// Whether a living tenant has that name. The guide says names are unique in the whole tree
    /// (acronis.md §3.1); letter case is taken not to matter, the stricter reading.
    pub(super) fn name_taken(&self, name: &str, except: Option<usize>) -> bool {
        let name = name.to_lowercase();
        self.tenants.iter().enumerate().any(|(at, tenant)| {
            Some(at) != except
                && tenant.deleted.is_none()
                && tenant.kind != Kind::Personal
                && tenant.name.to_lowercase() == name
        })
    }

    /// The next version: like milliseconds, higher with every write.
    pub(super) fn next_version(&mut self) -> i64 {
        self.last_version = self.now.as_millisecond().max(self.last_version + 1);
        self.last_version
    }

    /// Notes a write to the tenant itself.
    pub(super) fn touch(&mut self, at: usize) {
        let version = self.next_version();
        self.tenants[at].version = version;
        self.tenants[at].updated = self.now;
    }

    /// The path of numeric ids from the root of the service, as alerts carry it.
    pub(super) fn locator(&self, at: usize) -> String {
        let mut numbers: Vec<i64> = self
            .ancestors(at)
            .map(|here| self.tenants[here].number)
            .collect();
        numbers.extend([50, 1]);
        numbers.reverse();
        numbers
            .iter()
            .fold("/".to_owned(), |path, number| format!("{path}{number}/"))
    }

    pub(super) fn parent_id(&self, at: usize) -> String {
        match self.tenants[at].parent {
            Some(parent) => self.tenants[parent].id.clone(),
            None => super::ids::uuid(self.salt, u64::MAX),
        }
    }

    /// The tenant as the API shows it.
    pub(super) fn tenant_json(&self, at: usize, detail: Detail) -> Value {
        let tenant = &self.tenants[at];
        let flavour = tenant.number.unsigned_abs();
        let mut doc = Map::new();
        let mut put = |name: &str, value: Value| doc.insert(name.to_owned(), value);
        put("id", json!(tenant.id));
        put("parent_id", json!(self.parent_id(at)));
        put("version", json!(tenant.version));
        put("created_at", json!(datetime(tenant.created, flavour)));
        put("updated_at", json!(datetime(tenant.updated, flavour + 1)));
        let deleted = tenant.deleted.map(|when| datetime(when, flavour));
        put("deleted_at", json!(deleted));
        if detail != Detail::Stamps {
            put("name", json!(tenant.name));
            put("kind", json!(tenant.kind.word()));
            put("enabled", json!(tenant.enabled));
        }
        if detail == Detail::Full {
            self.full_fields(at, &mut doc);
            doc.extend(tenant.extra.clone());
        } else {
            let shown: Vec<String> = doc.keys().cloned().collect();
            for name in shown {
                if let Some(value) = tenant.extra.get(&name) {
                    doc.insert(name, value.clone());
                }
            }
        }
        Value::Object(doc)
    }

    fn full_fields(&self, at: usize, doc: &mut Map<String, Value>) {
        let tenant = &self.tenants[at];
        let children = self.shown_children(at).count();
        // Documents name a boolean, live clients of the older API a number: both occur here.
        let has_children = if tenant.number % 5 == 0 {
            json!(children)
        } else {
            json!(children > 0)
        };
        let started = tenant.pricing.production_start;
        let fields = json!({
            "customer_type": tenant.customer_type,
            "customer_id": tenant.customer_id,
            "internal_tag": tenant.internal_tag,
            "language": tenant.language,
            "contact": tenant.contact,
            "ancestral_access": tenant.ancestral_access,
            "pricing_mode": tenant.pricing.mode,
            "mfa_status": if tenant.mfa { "enabled" } else { "disabled" },
            "has_children": has_children,
            "production_start_date": started.map(|when| datetime(when, 1)),
            "owner_id": Value::Null,
            "brand_id": 4711,
            "brand_uuid": super::ids::uuid(self.salt, u64::MAX - 1),
            "brand_enabled": false,
            "barrier": 0,
            "default_idp_id": "11111111-1111-1111-1111-111111111111",
            "update_lock": {"enabled": tenant.locked, "owner_id": null},
            "external_operation_status": tenant.operation,
            "mspp_level": null,
        });
        if let Value::Object(fields) = fields {
            doc.extend(fields);
        }
    }
}
