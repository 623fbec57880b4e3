//! Creating and changing tenants (acronis.md §3.4, §3.5).

use serde_json::{Map, Value, json};

use super::Cloud;
use super::ids::is_uuid;
use super::problem::{bad, business_rule, coded, stale};
use super::request::{Reply, Request};
use super::tenant::{Detail, Kind};
use super::tenant_body::{closed, contact, flag, need_int, need_text, nullable, object, text};
use crate::face::Answer;

/// All that `POST /tenants` takes; the body is closed.
const CREATE: &[&str] = &[
    "name",
    "parent_id",
    "kind",
    "contact",
    "company_billing_contact",
    "enabled",
    "customer_id",
    "internal_tag",
    "language",
    "default_idp_id",
    "update_lock",
    "ancestral_access",
    "settings",
];

const CUSTOMER_TYPES: &[&str] = &[
    "default",
    "enterprise",
    "consumer",
    "small_office",
    "ti_unified",
];

const TAG_LENGTH: usize = 256;

/// `POST /tenants` → 201. The tenant starts in trial with no services.
pub(super) fn create(cloud: &mut Cloud, request: &Request) -> Reply {
    let body = object(&request.body)?;
    closed(body, CREATE)?;
    let name = need_text(body, "name")?;
    let parent_id = need_text(body, "parent_id")?;
    let kind = Kind::read(need_text(body, "kind")?).ok_or_else(|| bad("kind is not known"))?;
    let change = Change::read(body)?;
    if !is_uuid(parent_id) {
        return Err(bad("parent_id does not match the pattern"));
    }
    contact(body, "company_billing_contact")?;
    if body.contains_key("settings") {
        // Irreversible (acronis.md §3.4): the tool must never send it.
        cloud
            .forbidden_calls
            .push("POST /tenants with settings".to_owned());
        return Err(bad("enhanced security is not available"));
    }
    let parent = cloud.find_open(parent_id)?;
    if !cloud.tenants[parent].enabled {
        let context = json!({"parent_id": parent_id});
        return Err(coded(400, 1003, "Parent tenant is disabled", context));
    }
    if !cloud.tenants[parent].kind.may_hold(kind) {
        let context = json!({"kind": kind.word()});
        return Err(business_rule("Parent cannot hold this kind", context));
    }
    conflict(cloud, name, None)?;
    let at = cloud.grow(parent, name, kind);
    cloud.apply(at, change);
    Ok(Answer::json(201, &cloud.tenant_json(at, Detail::Full)))
}

/// `PUT /tenants/{id}`: only the keys sent change; keys it does not know are passed over, since the
/// body is not closed.
pub(super) fn update(cloud: &mut Cloud, request: &Request) -> Reply {
    let body = object(&request.body)?;
    let at = cloud.find(request.var(0), false)?;
    let version = need_int(body, "version")?;
    let change = Change::read(body)?;
    let name = text(body, "name")?;
    let kind = text(body, "kind")?;
    let parent = text(body, "parent_id")?;
    let tenant = &cloud.tenants[at];
    if tenant.version != version {
        let context = json!({"id": tenant.id, "version": tenant.version});
        return Err(stale(context));
    }
    if tenant.locked {
        // The status is a guess; only the code's name is documented.
        return Err(coded(403, 1012, "Tenant is locked", json!({})));
    }
    if let Some(name) = name {
        if name.is_empty() {
            return Err(bad("name is empty"));
        }
        conflict(cloud, name, Some(at))?;
    }
    let kind = kind.map(|word| new_kind(tenant.kind, word)).transpose()?;
    let target = parent.map(|id| new_parent(cloud, at, id)).transpose()?;
    if let Some(target) = target {
        cloud.hang_under(at, target);
    }
    let tenant = &mut cloud.tenants[at];
    if let Some(name) = name {
        name.clone_into(&mut tenant.name);
    }
    tenant.kind = kind.unwrap_or(tenant.kind);
    cloud.apply(at, change);
    cloud.touch(at);
    Ok(Answer::json(200, &cloud.tenant_json(at, Detail::Full)))
}

fn conflict(cloud: &Cloud, name: &str, except: Option<usize>) -> Result<(), Answer> {
    if cloud.name_taken(name, except) {
        return Err(coded(
            409,
            1004,
            "Tenant name conflict",
            json!({"name": name}),
        ));
    }
    Ok(())
}

/// Partner to folder and back is all that is allowed; the same kind again is no change.
fn new_kind(old: Kind, word: &str) -> Result<Kind, Answer> {
    match Kind::read(word) {
        Some(new) if new == old || (new.hands_on() && old.hands_on()) => Ok(new),
        Some(_) | None => Err(business_rule(
            "kind cannot change so",
            json!({"kind": word}),
        )),
    }
}

/// Checks a move: not under an own child (1007), not to a disabled parent (1013), not where the
/// items in use are missing (1014); units do not move (1008).
fn new_parent(cloud: &Cloud, at: usize, id: &str) -> Result<usize, Answer> {
    let target = cloud.find_open(id)?;
    let tenant = &cloud.tenants[at];
    if tenant.parent == Some(target) {
        return Ok(target);
    }
    let refuse = |code, message| Err(coded(400, code, message, json!({"parent_id": id})));
    if tenant.kind == Kind::Unit {
        return refuse(1008, "Units do not move");
    }
    if cloud.ancestors(target).any(|above| above == at) {
        return refuse(1007, "Move under own child");
    }
    if !cloud.tenants[target].enabled {
        return refuse(1013, "Move under a disabled tenant");
    }
    if !cloud.tenants[target].kind.may_hold(tenant.kind) {
        return refuse(1027, "Parent cannot hold this kind");
    }
    let mut on = tenant.items.iter().filter(|(_, row)| row.on);
    if on.any(|(key, _)| !cloud.is_on(target, *key)) {
        return refuse(1014, "Offering items are not available at the target");
    }
    Ok(target)
}

/// The fields that creating and changing have in common.
#[derive(Debug)]
struct Change {
    customer_type: Option<String>,
    contact: Option<Value>,
    enabled: Option<bool>,
    customer_id: Option<Value>,
    internal_tag: Option<Value>,
    language: Option<String>,
    ancestral_access: Option<bool>,
    locked: Option<bool>,
    operation: Option<Value>,
}

impl Change {
    fn read(body: &Map<String, Value>) -> Result<Self, Answer> {
        let customer_type = text(body, "customer_type")?;
        if customer_type.is_some_and(|word| !CUSTOMER_TYPES.contains(&word)) {
            return Err(bad("customer_type is not known"));
        }
        let locked = match body.get("update_lock") {
            Some(lock) => flag(object(lock)?, "enabled")?,
            None => None,
        };
        Ok(Self {
            customer_type: customer_type.map(str::to_owned),
            contact: contact(body, "contact")?,
            enabled: flag(body, "enabled")?,
            customer_id: nullable(body, "customer_id", TAG_LENGTH)?,
            internal_tag: nullable(body, "internal_tag", TAG_LENGTH)?,
            language: text(body, "language")?.map(str::to_owned),
            ancestral_access: flag(body, "ancestral_access")?,
            locked,
            operation: nullable(body, "external_operation_status", TAG_LENGTH)?,
        })
    }
}

impl Cloud {
    /// A contact is replaced as a whole; whether it merges is unknown (acronis.md §3.5).
    fn apply(&mut self, at: usize, change: Change) {
        let tenant = &mut self.tenants[at];
        set(&mut tenant.customer_type, change.customer_type);
        set(&mut tenant.contact, change.contact);
        set(&mut tenant.enabled, change.enabled);
        set(&mut tenant.customer_id, change.customer_id);
        set(&mut tenant.internal_tag, change.internal_tag);
        set(&mut tenant.language, change.language);
        set(&mut tenant.ancestral_access, change.ancestral_access);
        set(&mut tenant.locked, change.locked);
        set(&mut tenant.operation, change.operation);
    }

    pub(super) fn hang_under(&mut self, at: usize, target: usize) {
        if let Some(old) = self.tenants[at].parent {
            self.tenants[old].children.retain(|&child| child != at);
        }
        self.tenants[at].parent = Some(target);
        self.tenants[target].children.push(at);
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, code};
    use serde_json::{Value, json};

    fn body(bench: &Bench, name: &str) -> Value {
        json!({"name": name, "parent_id": bench.cloud.root(), "kind": "customer",
            "customer_id": "29683", "internal_tag": "acrotask:1:29683",
            "contact": {"email": "it@contoso.example", "types": ["primary"]}})
    }

    #[test]
    fn a_new_tenant_is_201_on_trial_and_without_services() {
        let mut bench = Bench::new();
        let wanted = body(&bench, "Fabrikam");
        let (status, tenant) = bench.post("/api/2/tenants", wanted);
        assert_eq!(status, 201);
        assert_eq!(tenant["pricing_mode"], "trial");
        assert_eq!(tenant["internal_tag"], "acrotask:1:29683");
        let id = tenant["id"].as_str().unwrap();
        let (_, items) = bench.get(&format!(
            "/api/2/tenants/{id}/offering_items?edition=*&status=1"
        ));
        assert_eq!(items["items"], json!([]));
        let (_, apps) = bench.get(&format!("/api/2/tenants/{id}/applications"));
        assert_eq!(apps["items"], json!([]));
    }

    #[test]
    fn a_key_that_is_not_in_the_closed_body_is_refused() {
        let mut bench = Bench::new();
        let mut wanted = body(&bench, "Fabrikam");
        wanted["enhanced_security"] = json!(false);
        assert_eq!(bench.post("/api/2/tenants", wanted).0, 400);
        let nameless = json!({"parent_id": bench.cloud.root(), "kind": "customer"});
        assert_eq!(bench.post("/api/2/tenants", nameless).0, 400);
        assert!(bench.cloud.tenant_by_name("Fabrikam").is_none());
    }

    #[test]
    fn a_taken_name_is_409_with_code_1004() {
        let mut bench = Bench::new();
        let wanted = body(&bench, "contoso ltd");
        let (status, error) = bench.post("/api/2/tenants", wanted);
        assert_eq!(status, 409);
        assert_eq!(code(&error), "1004");
    }

    #[test]
    fn a_disabled_parent_is_1003_and_a_customer_holds_units_only() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let folder = bench.cloud.add_folder(&root, "North");
        bench.cloud.disable(&folder);
        let mut wanted = body(&bench, "Fabrikam");
        wanted["parent_id"] = json!(folder);
        let (_, error) = bench.post("/api/2/tenants", wanted.clone());
        assert_eq!(code(&error), "1003");
        wanted["parent_id"] = json!(bench.customer);
        assert_eq!(bench.post("/api/2/tenants", wanted.clone()).0, 400);
        wanted["kind"] = json!("unit");
        assert_eq!(bench.post("/api/2/tenants", wanted).0, 201);
    }

    #[test]
    fn a_stale_version_is_1001_and_changes_nothing() {
        let mut bench = Bench::new();
        let path = format!("/api/2/tenants/{}", bench.customer);
        let version = bench.get(&path).1["version"].as_i64().unwrap();
        let (status, after) = bench.put(&path, json!({"version": version, "customer_id": "7"}));
        assert_eq!(status, 200);
        assert!(after["version"].as_i64().unwrap() > version);
        let late = json!({"version": version, "enabled": false});
        let (status, error) = bench.put(&path, late);
        assert_eq!((status, code(&error).as_str()), (409, "1001"));
        assert_eq!(bench.get(&path).1["enabled"], true);
        assert_eq!(bench.put(&path, json!({"enabled": false})).0, 400);
    }

    #[test]
    fn keys_not_sent_stay_as_they_were() {
        let mut bench = Bench::new();
        let path = format!("/api/2/tenants/{}", bench.customer);
        let before = bench.get(&path).1;
        let change = json!({"version": before["version"], "internal_tag": "acrotask:1:2"});
        let after = bench.put(&path, change).1;
        assert_eq!(after["name"], before["name"]);
        assert_eq!(after["enabled"], true);
        assert_eq!(after["internal_tag"], "acrotask:1:2");
    }

    #[test]
    fn a_tenant_does_not_move_under_its_own_child() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        let north = bench.cloud.add_folder(&root, "North");
        let inner = bench.cloud.add_folder(&north, "Inner");
        let path = format!("/api/2/tenants/{north}");
        let version = bench.get(&path).1["version"].clone();
        let (_, error) = bench.put(&path, json!({"version": version, "parent_id": inner}));
        assert_eq!(code(&error), "1007");
    }
}
