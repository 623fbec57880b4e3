//! What happens in Acronis' console and at customers: usages, alerts, tenants.

use serde_json::{Value, json};

use super::Outcome;
use super::ask::{Ask, Refusal};
use crate::World;
use crate::acronis::Cloud;

/// `POST /usage`
pub(super) fn usage(world: &mut World, body: &Value) -> Outcome {
    let keys = [
        "account", "tenant", "item", "storage", "value", "period", "remove",
    ];
    let ask = Ask::new(body, &keys)?;
    let (cloud, tenant) = find(world, &ask, "tenant")?;
    let item = ask.text("item")?;
    let storage = storage(cloud, &ask)?;
    if ask.flag("remove")? {
        if !cloud.remove_usage_row(&tenant, &item, storage.as_deref()) {
            return Err(Refusal::missing(format!("{tenant} has no usage of {item}")));
        }
    } else {
        let value = ask.int("value")?;
        let period = ask.maybe_int("period")?.unwrap_or(value);
        cloud.set_usage(&tenant, &item, storage.as_deref(), value, period);
    }
    Ok(json!({"tenant": tenant}))
}

/// `POST /alerts`
pub(super) fn alerts(world: &mut World, body: &Value) -> Outcome {
    let keys = [
        "account",
        "tenant",
        "type",
        "category",
        "severity",
        "details",
        "id",
        "change",
        "end",
        "raise_again",
    ];
    let ask = Ask::new(body, &keys)?;
    let Some(id) = ask.maybe_text("id")? else {
        let (cloud, tenant) = find(world, &ask, "tenant")?;
        let kind = ask.text("type")?;
        let category = ask.maybe_text("category")?;
        let severity = ask.maybe_text("severity")?;
        let details = ask.value("details").cloned().unwrap_or(Value::Null);
        let id = cloud.raise_alert(
            &tenant,
            &kind,
            category.as_deref().unwrap_or("Backup"),
            severity.as_deref().unwrap_or("critical"),
            details,
        );
        return Ok(json!({"id": id}));
    };
    let now = world.now;
    let severity = ask.maybe_text("severity")?;
    let known = world.acronis.iter_mut().any(|cloud| {
        cloud.set_now(now);
        let changed = ask
            .value("change")
            .map(|details| cloud.change_alert(&id, details.clone()));
        let ended = ask.value("end").map(|_| cloud.end_alert(&id));
        let raised = ask.value("raise_again").map(|_| cloud.re_raise(&id));
        let severity = severity.as_deref();
        let risen = severity.map(|severity| cloud.set_severity(&id, severity));
        [changed, ended, raised, risen].contains(&Some(true))
    });
    if known {
        Ok(json!({"id": id}))
    } else {
        Err(Refusal::missing(format!(
            "there is no alert {id}, or none of change, severity, end and raise_again was asked for"
        )))
    }
}

/// `POST /tenants`
pub(super) fn tenants(world: &mut World, body: &Value) -> Outcome {
    let keys = [
        "account", "tenant", "rename", "enabled", "hidden", "delete", "set", "add", "parent",
        "kind", "items", "offer",
    ];
    let ask = Ask::new(body, &keys)?;
    if let Some(name) = ask.maybe_text("add")? {
        return add_tenant(world, &ask, &name);
    }
    if let Some(item) = ask.maybe_text("offer")? {
        let account = ask.maybe_text("account")?;
        let cloud = world.cloud(account.as_deref());
        return match cloud.map(|cloud| cloud.offer_item(&item)) {
            Some(true) => Ok(json!({})),
            Some(false) | None => Err(Refusal::missing(format!("there is no item {item}"))),
        };
    }
    let (cloud, tenant) = find(world, &ask, "tenant")?;
    for (field, value) in ask.object("set")?.into_iter().flatten() {
        cloud.set_tenant(&tenant, field, value.clone());
    }
    if let Some(name) = ask.maybe_text("rename")? {
        cloud.rename(&tenant, &name);
    }
    if let Some(enabled) = ask.maybe_flag("enabled")? {
        cloud.set_tenant(&tenant, "enabled", json!(enabled));
    }
    match ask.maybe_flag("hidden")? {
        Some(true) => cloud.hide_tenant(&tenant),
        Some(false) => cloud.unhide_tenant(&tenant),
        None => {}
    }
    set_items(cloud, &tenant, &ask)?;
    if ask.flag("delete")? {
        cloud.delete_as_person(&tenant);
    }
    Ok(json!({"id": tenant}))
}

fn add_tenant(world: &mut World, ask: &Ask<'_>, name: &str) -> Outcome {
    let kind = ask.maybe_text("kind")?;
    let (cloud, parent) = if ask.has("parent") {
        find(world, ask, "parent")?
    } else {
        let account = ask.maybe_text("account")?;
        let cloud = world
            .cloud(account.as_deref())
            .ok_or_else(|| Refusal::missing("there is no such account"))?;
        let root = cloud.root();
        (cloud, root)
    };
    let id = match kind.as_deref().unwrap_or("customer") {
        "customer" => cloud.add_customer(&parent, name),
        "partner" => cloud.add_partner(&parent, name),
        "folder" => cloud.add_folder(&parent, name),
        "unit" => cloud.add_unit(&parent, name),
        other => {
            return Err(Refusal::bad(format!(
                "there is no kind '{other}' of tenant"
            )));
        }
    };
    Ok(json!({"id": id}))
}

/// Items that an administrator switches: `{"item", "storage", "enabled", "value", "overage"}` each.
fn set_items(cloud: &mut Cloud, tenant: &str, ask: &Ask<'_>) -> Result<(), Refusal> {
    for wanted in ask.list("items")? {
        let row = Ask::new(wanted, &["item", "storage", "enabled", "value", "overage"])?;
        let item = row.text("item")?;
        let storage = storage(cloud, &row)?;
        let value = row.maybe_int("value")?;
        let quota = match value {
            Some(value) => Some((value, row.maybe_int("overage")?)),
            None => None,
        };
        let done = if row.maybe_flag("enabled")?.unwrap_or(true) {
            cloud.enable_item(tenant, &item, storage.as_deref(), quota)
        } else {
            cloud.disable_item(tenant, &item, storage.as_deref())
        };
        if !done {
            return Err(Refusal::missing(format!("there is no item {item} here")));
        }
    }
    Ok(())
}

/// The tenant under a key, by id or name, and its cloud.
fn find<'w>(
    world: &'w mut World,
    ask: &Ask<'_>,
    key: &str,
) -> Result<(&'w mut Cloud, String), Refusal> {
    let wanted = ask.text(key)?;
    let account = ask.maybe_text("account")?;
    let now = world.now;
    let mut found = world
        .acronis
        .iter_mut()
        .filter(|cloud| account.as_deref().is_none_or(|name| name == cloud.name))
        .filter_map(|cloud| {
            let id = if cloud.has_tenant(&wanted) {
                Some(wanted.clone())
            } else {
                cloud.tenant_by_name(&wanted)
            };
            Some((id?, cloud))
        });
    let (id, cloud) = found
        .next()
        .ok_or_else(|| Refusal::missing(format!("there is no tenant '{wanted}'")))?;
    if found.next().is_some() {
        return Err(Refusal::bad(format!(
            "'{wanted}' exists in several accounts; say which"
        )));
    }
    drop(found);
    cloud.set_now(now);
    Ok((cloud, id))
}

/// The id of the storage asked for by id or name.
fn storage(cloud: &Cloud, ask: &Ask<'_>) -> Result<Option<String>, Refusal> {
    let Some(wanted) = ask.maybe_text("storage")? else {
        return Ok(None);
    };
    let dump = cloud.dump();
    let storages = dump["infras"].as_array().map_or(&[][..], Vec::as_slice);
    storages
        .iter()
        .find(|row| row["id"] == json!(wanted) || row["name"] == json!(wanted))
        .and_then(|row| row["id"].as_str())
        .map(|id| Some(id.to_owned()))
        .ok_or_else(|| Refusal::missing(format!("there is no storage '{wanted}'")))
}
