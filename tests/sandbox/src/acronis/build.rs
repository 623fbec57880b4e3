//! The words by which seeds, tests and the control address change the tree: what the vendor's own
//! screens or people would do. Ids that do not exist are a mistake of the caller and panic; ask
//! [`Cloud::has_tenant`] first where they come from outside.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::auth::SCOPES;
use super::catalogue::entries;
use super::ids::{salt, uuid};
use super::item::{Key, Quota, Row};
use super::storages::{Infra, Location};
use super::tenant::{Kind, Pricing, Tenant};
use super::users::User;
use super::{ClosedAnswer, Cloud};

/// The first numeric id; the next ones follow at a distance.
const FIRST_NUMBER: i64 = 1_050_001;

impl Cloud {
    /// A data centre with one partner, the client's own tenant, that is offered the whole catalogue;
    /// storages come with [`Cloud::add_infra`].
    #[must_use]
    pub fn new(
        name: &str,
        client_id: &str,
        client_secret: &str,
        partner_name: &str,
        now: Timestamp,
    ) -> Self {
        let mut cloud = Self {
            name: name.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            client_enabled: true,
            client_scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect(),
            strict_cursors: true,
            strict_alert_cursors: false,
            page_cap: None,
            closed_answer: ClosedAnswer::default(),
            numeric_ids_as_text: false,
            dismissed_everything: false,
            forbidden_calls: Vec::new(),
            disabled_in_use: Vec::new(),
            now,
            salt: salt(&format!("{name}/{client_id}")),
            made: 0,
            last_version: 0,
            tokens: BTreeMap::new(),
            tenants: Vec::new(),
            by_id: HashMap::new(),
            by_number: HashMap::new(),
            infras: Vec::new(),
            locations: Vec::new(),
            users: Vec::new(),
            alerts: Vec::new(),
            alert_by_id: HashMap::new(),
            context_keys: BTreeMap::new(),
        };
        let root = cloud.plant(None, partner_name, Kind::Partner);
        "production".clone_into(&mut cloud.tenants[root].pricing.mode);
        for (entry, line) in entries().iter().enumerate() {
            if line.place.is_none() && !line.on_demand {
                cloud.offer(root, Key { entry, infra: None });
            }
        }
        cloud
    }

    /// Moves the clock for changes made without a request.
    pub fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// The id of the client's own tenant.
    #[must_use]
    pub fn root(&self) -> String {
        self.tenants[0].id.clone()
    }

    /// Adds a storage, in a location that is made when it is new, and offers its items to the root and
    /// to every partner and folder. Capabilities: `backup`, `disaster_recovery`, `files_cloud`.
    pub fn add_infra(
        &mut self,
        name: &str,
        location_name: &str,
        backend_type: Option<&str>,
        platform_owned: bool,
        capabilities: &[&str],
    ) -> String {
        let location = self.location(location_name, platform_owned);
        let id = self.next_id();
        let infra = self.infras.len();
        self.infras.push(Infra {
            id: id.clone(),
            name: name.to_owned(),
            location,
            backend_type: backend_type.map(str::to_owned),
            platform_owned,
            capabilities: capabilities.iter().map(|word| (*word).to_owned()).collect(),
        });
        for (entry, line) in entries().iter().enumerate() {
            let fits = line
                .place
                .is_some_and(|place| capabilities.contains(&place));
            if fits && !line.on_demand {
                self.offer_to_all(Key {
                    entry,
                    infra: Some(infra),
                });
            }
        }
        id
    }

    fn location(&mut self, name: &str, platform_owned: bool) -> usize {
        let known = self.locations.iter().position(|place| place.name == name);
        known.unwrap_or_else(|| {
            let id = self.next_id();
            self.locations.push(Location {
                id,
                name: name.to_owned(),
                platform_owned,
            });
            self.locations.len() - 1
        })
    }

    pub(super) fn offer_to_all(&mut self, key: Key) {
        let holders: Vec<usize> = (0..self.tenants.len())
            .filter(|&at| self.tenants[at].kind.hands_on())
            .collect();
        for at in holders {
            self.offer(at, key);
        }
    }

    fn offer(&mut self, at: usize, key: Key) {
        let updated = self.now;
        let limited = key.entry().form != super::catalogue::Form::Feature;
        let row = Row {
            on: true,
            quota: limited.then(Quota::default),
            updated,
        };
        self.tenants[at].items.insert(key, row);
    }

    /// Adds a partner that is offered all its parent has.
    pub fn add_partner(&mut self, parent: &str, name: &str) -> String {
        self.add_holder(parent, name, Kind::Partner)
    }

    /// Adds a folder that is offered all its parent has.
    pub fn add_folder(&mut self, parent: &str, name: &str) -> String {
        self.add_holder(parent, name, Kind::Folder)
    }

    fn add_holder(&mut self, parent: &str, name: &str, kind: Kind) -> String {
        let parent = self.place_of(parent);
        let at = self.plant(Some(parent), name, kind);
        let offered: Vec<Key> = self.handed_on(Some(parent)).collect();
        for key in offered {
            self.offer(at, key);
        }
        "production".clone_into(&mut self.tenants[at].pricing.mode);
        self.tenants[at].id.clone()
    }

    /// Adds a customer in trial, without services.
    pub fn add_customer(&mut self, parent: &str, name: &str) -> String {
        let parent = self.place_of(parent);
        let at = self.plant(Some(parent), name, Kind::Customer);
        self.tenants[at].id.clone()
    }

    /// Adds a unit to a customer.
    pub fn add_unit(&mut self, customer: &str, name: &str) -> String {
        let parent = self.place_of(customer);
        let at = self.plant(Some(parent), name, Kind::Unit);
        self.tenants[at].id.clone()
    }

    /// Adds a user with a hidden personal tenant; answers the user's id.
    pub fn add_user(&mut self, tenant: &str, login: &str, email: &str) -> String {
        let at = self.place_of(tenant);
        let number = self.enrol(at, login, json!({"email": email}));
        self.users[number].id.clone()
    }

    /// The hidden tenant of a user, for alerts that name it; empty when there is no such user.
    #[must_use]
    pub fn personal_tenant(&self, user: &str) -> String {
        let found = self.users.iter().find(|other| other.id == user);
        found.map_or_else(String::new, |user| self.tenants[user.personal].id.clone())
    }

    pub(super) fn enrol(&mut self, at: usize, login: &str, contact: Value) -> usize {
        let personal = self.plant(Some(at), login, Kind::Personal);
        let (id, version) = (self.next_id(), self.next_version());
        self.users.push(User {
            id,
            tenant: at,
            personal,
            login: login.to_owned(),
            contact,
            language: "en".to_owned(),
            enabled: true,
            activated: false,
            mails: 0,
            version,
            policies: Vec::new(),
        });
        self.users.len() - 1
    }

    /// A tenant made by the API: nothing is on, whatever its kind.
    pub(super) fn grow(&mut self, parent: usize, name: &str, kind: Kind) -> usize {
        self.plant(Some(parent), name, kind)
    }

    fn next_id(&mut self) -> String {
        self.made += 1;
        uuid(self.salt, self.made)
    }

    fn plant(&mut self, parent: Option<usize>, name: &str, kind: Kind) -> usize {
        let at = self.tenants.len();
        let id = self.next_id();
        let number = i64::try_from(at).unwrap_or_default() * 3 + FIRST_NUMBER;
        let pricing = Pricing {
            mode: "trial".to_owned(),
            currency: Value::Null,
            version: self.next_version(),
            production_start: None,
        };
        self.by_id.insert(id.clone(), at);
        self.by_number.insert(number, at);
        if let Some(parent) = parent {
            self.tenants[parent].children.push(at);
        }
        let version = self.next_version();
        self.tenants.push(Tenant {
            id,
            number,
            parent,
            children: Vec::new(),
            kind,
            name: name.to_owned(),
            enabled: true,
            version,
            customer_type: "default".to_owned(),
            customer_id: Value::Null,
            internal_tag: Value::Null,
            language: "en".to_owned(),
            contact: json!({}),
            ancestral_access: true,
            pricing,
            mfa: false,
            mfa_update_allowed: true,
            locked: false,
            operation: Value::Null,
            created: self.now,
            updated: self.now,
            deleted: None,
            hidden: false,
            items: BTreeMap::new(),
            usages: BTreeMap::new(),
            extra: Map::new(),
        });
        at
    }

    /// Whether there is a tenant of that id, deleted ones and personal ones included.
    #[must_use]
    pub fn has_tenant(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn place_of(&self, id: &str) -> usize {
        match self.by_id.get(id) {
            Some(&at) => at,
            None => panic!("no tenant has the id {id:?}"),
        }
    }

    /// The living tenant of exactly that name, the first when there are several.
    #[must_use]
    pub fn tenant_by_name(&self, name: &str) -> Option<String> {
        let mut living = self
            .tenants
            .iter()
            .filter(|tenant| tenant.deleted.is_none() && tenant.kind != Kind::Personal);
        living
            .find(|tenant| tenant.name == name)
            .map(|tenant| tenant.id.clone())
    }

    /// The older, numeric id.
    #[must_use]
    pub fn numeric_id(&self, tenant: &str) -> i64 {
        self.tenants[self.place_of(tenant)].number
    }

    /// Renames a tenant as a person would, with no check of other names.
    pub fn rename(&mut self, tenant: &str, name: &str) {
        self.set_tenant(tenant, "name", json!(name));
    }

    pub fn disable(&mut self, tenant: &str) {
        self.set_tenant(tenant, "enabled", json!(false));
    }

    pub fn enable(&mut self, tenant: &str) {
        self.set_tenant(tenant, "enabled", json!(true));
    }

    /// Disables and deletes a tenant and all below it.
    pub fn delete_as_person(&mut self, tenant: &str) {
        let at = self.place_of(tenant);
        self.tenants[at].enabled = false;
        self.bury(at);
    }

    /// The customer switches support access off: its own properties are still listed, and what is
    /// inside it and below it is not (acronis.md §3.7).
    pub fn deny_access(&mut self, tenant: &str) {
        self.set_tenant(tenant, "ancestral_access", json!(false));
    }

    /// The customer switches support access on again.
    pub fn allow_access(&mut self, tenant: &str) {
        self.set_tenant(tenant, "ancestral_access", json!(true));
    }

    /// Takes a tenant and all below it out of the client's sight, as when it is moved to another
    /// provider: in no list, not found by id, and so are its alerts.
    pub fn hide_tenant(&mut self, tenant: &str) {
        let at = self.place_of(tenant);
        self.tenants[at].hidden = true;
    }

    /// Shows a hidden tenant again.
    pub fn unhide_tenant(&mut self, tenant: &str) {
        let at = self.place_of(tenant);
        self.tenants[at].hidden = false;
    }

    /// Moves a tenant under another parent with no rule checked.
    pub fn move_tenant(&mut self, tenant: &str, parent: &str) {
        let (at, target) = (self.place_of(tenant), self.place_of(parent));
        self.hang_under(at, target);
        self.touch(at);
    }

    /// Sets a field of the tenant's document. A value that the field cannot hold by type, such as an
    /// unknown kind, and fields that no document knows are shown as given.
    pub fn set_tenant(&mut self, tenant: &str, field: &str, value: Value) {
        let at = self.place_of(tenant);
        self.touch(at);
        let tenant = &mut self.tenants[at];
        match (field, value) {
            ("name", Value::String(text)) => tenant.name = text,
            ("customer_type", Value::String(text)) => tenant.customer_type = text,
            ("language", Value::String(text)) => tenant.language = text,
            ("enabled", Value::Bool(flag)) => tenant.enabled = flag,
            ("ancestral_access", Value::Bool(flag)) => tenant.ancestral_access = flag,
            ("mfa_update_allowed", Value::Bool(flag)) => tenant.mfa_update_allowed = flag,
            ("locked", Value::Bool(flag)) => tenant.locked = flag,
            ("pricing_mode", Value::String(mode)) => tenant.pricing.mode = mode,
            ("currency", value) => tenant.pricing.currency = value,
            ("customer_id", value) => tenant.customer_id = value,
            ("internal_tag", value) => tenant.internal_tag = value,
            ("contact", value) => tenant.contact = value,
            ("external_operation_status", value) => tenant.operation = value,
            (field, value) => {
                tenant.extra.insert(field.to_owned(), value);
            }
        }
    }
}
