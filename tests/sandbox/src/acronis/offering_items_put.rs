//! `PUT /tenants/{id}/offering_items` (acronis.md §5.4): partial, and all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Cloud;
use super::catalogue::{Form, position};
use super::ids::datetime;
use super::item::{Key, Quota, Row};
use super::offering_rules::{check_final, check_switch_off, check_switch_on};
use super::problem::{bad, coded, stale_quota};
use super::request::{Reply, Request, page};
use super::tenant_body::{flag, object};
use crate::face::Answer;

/// What one row of the request asks for.
#[derive(Debug)]
struct Wanted {
    on: Option<bool>,
    quota: Option<Quota>,
}

/// Takes `offering_items`, answers the changed rows as `items`: whether all rows come back is not
/// stated, so fewer is the careful reading. With `check_usage` the whole request is refused when a
/// quota would fall below the usage: that is how the sheet reads it (acronis.md §5.4), its effect is
/// described nowhere; without it such a quota is taken. That packs need their base item is in no
/// document of the vendor either, hence not enforced.
pub(super) fn put(cloud: &mut Cloud, request: &Request) -> Reply {
    let body = object(&request.body)?;
    let at = cloud.find_open(request.var(0))?;
    let check_usage = flag(body, "check_usage")?.unwrap_or(false);
    let rows = body
        .get("offering_items")
        .and_then(Value::as_array)
        .ok_or_else(|| bad("offering_items is required and an array"))?;
    if cloud.tenants[at].operation == "deleting" {
        let text = "Deprovisioning is in progress";
        return Err(coded(409, 1011, text, json!({})));
    }
    let mut wanted = BTreeMap::new();
    for row in rows {
        let (key, want) = read(cloud, row)?;
        if wanted.insert(key, want).is_some() {
            return Err(bad(&format!("{} stands twice", key.entry().name)));
        }
    }
    let mut staged = cloud.tenants[at].items.clone();
    for (key, want) in &wanted {
        stage(cloud, at, *key, want, &mut staged)?;
    }
    let touched: BTreeSet<Key> = wanted.keys().copied().collect();
    check_final(cloud, at, &staged, &touched)?;
    if check_usage {
        check_below_usage(cloud, at, &wanted)?;
    }
    commit(cloud, at, staged, &wanted);
    let items = touched
        .iter()
        .map(|key| cloud.item_json(at, *key))
        .collect();
    Ok(page(Some(datetime(cloud.now, 1)), items, None))
}

/// Reads a row; keys it does not know are passed over, as rows of a GET come back with all of theirs.
fn read(cloud: &Cloud, row: &Value) -> Result<(Key, Wanted), Answer> {
    let name = row["name"]
        .as_str()
        .ok_or_else(|| bad("name is required"))?;
    let application = row["application_id"]
        .as_str()
        .ok_or_else(|| bad("application_id is required"))?;
    let missing = || not_available(name);
    let entry = position(name).ok_or_else(missing)?;
    let key = Key {
        entry,
        infra: infra(cloud, row, name)?,
    };
    if key.entry().application != application {
        return Err(not_available(name));
    }
    if key.entry().place.is_some() != key.infra.is_some() {
        return Err(bad(&format!("infra_id does not fit {name}")));
    }
    let on = match row.get("status").map(Value::as_i64) {
        None => None,
        Some(Some(0)) => Some(false),
        Some(Some(1)) => Some(true),
        Some(_) => return Err(bad("status is 0 or 1")),
    };
    let quota = row.get("quota").map(quota).transpose()?;
    if quota.is_some() && key.entry().form == Form::Feature {
        return Err(bad(&format!("{name} is a feature and has no quota")));
    }
    Ok((key, Wanted { on, quota }))
}

fn infra(cloud: &Cloud, row: &Value, name: &str) -> Result<Option<usize>, Answer> {
    let value = &row["infra_id"];
    if value.is_null() {
        return Ok(None);
    }
    let id = value
        .as_str()
        .ok_or_else(|| bad("infra_id is not a UUID"))?;
    let found = cloud.infras.iter().position(|infra| infra.id == id);
    found.map(Some).ok_or_else(|| not_available(name))
}

/// The item is nothing this tenant may have: code 1021.
pub(super) fn not_available(name: &str) -> Answer {
    let context = json!({"offering_item": name});
    coded(400, 1021, "Offering item is not available", context)
}

/// All three keys are required; a `value` of null makes overage null and version 0 when stored.
fn quota(value: &Value) -> Result<Quota, Answer> {
    let fields = object(value)?;
    let amount = |key: &str| match fields.get(key) {
        Some(Value::Null) => Ok(None),
        Some(number) if number.as_i64().is_some_and(|n| n >= 0) => Ok(number.as_i64()),
        Some(_) | None => Err(bad(&format!("quota.{key} is null or an integer from 0 on"))),
    };
    let version = fields
        .get("version")
        .and_then(Value::as_i64)
        .ok_or_else(|| bad("quota.version is required"))?;
    Ok(Quota {
        value: amount("value")?,
        overage: amount("overage")?,
        version,
    })
}

fn stage(
    cloud: &Cloud,
    at: usize,
    key: Key,
    want: &Wanted,
    staged: &mut BTreeMap<Key, Row>,
) -> Result<(), Answer> {
    let was_on = cloud.is_on(at, key);
    if !was_on && want.on == Some(true) {
        check_switch_on(cloud, at, key)?;
    }
    if was_on && want.on == Some(false) {
        check_switch_off(cloud, at, key)?;
    }
    let row = staged.entry(key).or_insert(Row {
        on: false,
        quota: None,
        updated: cloud.now,
    });
    row.on = want.on.unwrap_or(row.on);
    row.updated = cloud.now;
    if let Some(quota) = want.quota {
        let current = row.quota.map_or(0, |quota| quota.version);
        if quota.version != current {
            return Err(stale_quota());
        }
        row.quota = Some(quota);
    } else if row.on && row.quota.is_none() && key.entry().form != Form::Feature {
        // Switched on without a word on its quota: unlimited, as nothing else was ever set.
        row.quota = Some(Quota::default());
    }
    Ok(())
}

/// Value and overage together are what a tenant may use.
fn check_below_usage(
    cloud: &Cloud,
    at: usize,
    wanted: &BTreeMap<Key, Wanted>,
) -> Result<(), Answer> {
    for (key, want) in wanted {
        let Some(Quota {
            value: Some(value),
            overage,
            ..
        }) = want.quota
        else {
            continue;
        };
        let most = value.saturating_add(overage.unwrap_or(0));
        if cloud.used(at, *key) > most {
            let context = json!({"offering_item": key.entry().name});
            return Err(coded(400, 1022, "Hard quota exceeded", context));
        }
    }
    Ok(())
}

fn commit(
    cloud: &mut Cloud,
    at: usize,
    mut staged: BTreeMap<Key, Row>,
    wanted: &BTreeMap<Key, Wanted>,
) {
    for (key, want) in wanted {
        if cloud.is_on(at, *key) && want.on == Some(false) && cloud.in_use(at, *key) {
            let loss = (cloud.tenants[at].id.clone(), key.entry().name.clone());
            cloud.disabled_in_use.push(loss);
        }
        if let (Some(row), Some(quota)) = (staged.get_mut(key), want.quota) {
            row.quota = Some(cloud.stored(quota.value, quota.overage));
        }
    }
    cloud.tenants[at].items = staged;
}

impl Cloud {
    /// A quota as it is kept: with a version of its own, or unlimited with version 0.
    pub(super) fn stored(&mut self, value: Option<i64>, overage: Option<i64>) -> Quota {
        if value.is_none() {
            return Quota::default();
        }
        let version = self.next_version();
        Quota {
            value,
            overage,
            version,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, code};
    use crate::acronis::catalogue::BACKUP;
    use serde_json::{Value, json};

    pub(super) fn row(name: &str, status: i64) -> Value {
        json!({"application_id": BACKUP, "name": name, "status": status})
    }

    fn hard(name: &str, value: i64, version: &Value) -> Value {
        let mut row = row(name, 1);
        row["quota"] = json!({"value": value, "overage": 0, "version": version});
        row
    }

    fn put(bench: &mut Bench, rows: Value) -> (u16, Value) {
        let path = format!("/api/2/tenants/{}/offering_items", bench.customer);
        bench.put(&path, json!({"offering_items": rows}))
    }

    fn on(bench: &mut Bench) -> Vec<Value> {
        let items = bench.cloud.items_of(&bench.customer);
        items
            .into_iter()
            .filter(|item| item["status"] == 1)
            .collect()
    }

    #[test]
    fn rows_go_in_as_offering_items_and_come_back_as_items() {
        let mut bench = Bench::new();
        let (status, body) = put(&mut bench, json!([hard("pw_base_servers", 7, &json!(0))]));
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["items"].as_array().unwrap().len(), 1);
        assert_eq!(body["items"][0]["quota"]["value"], 7);
        assert!(body["items"][0]["quota"]["version"].as_i64().unwrap() > 1_000_000_000_000);
        let path = format!("/api/2/tenants/{}/offering_items", bench.customer);
        let wrong = json!({"items": [row("pw_base_vms", 1)]});
        assert_eq!(bench.put(&path, wrong).0, 400);
    }

    #[test]
    fn a_stale_quota_version_is_426_and_nothing_of_the_call_is_kept() {
        let mut bench = Bench::new();
        let (_, body) = put(&mut bench, json!([hard("pw_base_servers", 7, &json!(0))]));
        let version = body["items"][0]["quota"]["version"].clone();
        let rows = json!([row("pw_base_vms", 1), hard("pw_base_servers", 8, &json!(0))]);
        assert_eq!(put(&mut bench, rows).0, 426);
        assert_eq!(on(&mut bench).len(), 1);
        let (status, after) = put(&mut bench, json!([hard("pw_base_servers", 8, &version)]));
        assert_eq!(status, 200);
        assert_ne!(after["items"][0]["quota"]["version"], version);
    }

    #[test]
    fn a_quota_needs_all_three_keys() {
        let mut bench = Bench::new();
        let mut short = row("pw_base_servers", 1);
        for quota in [
            json!({"value": 1, "overage": 0}),
            json!({"value": 1, "version": 0}),
            json!({"overage": 0, "version": 0}),
            json!({"value": -1, "overage": 0, "version": 0}),
            json!({"value": 1.5, "overage": 0, "version": 0}),
        ] {
            short["quota"] = quota;
            assert_eq!(put(&mut bench, json!([short])).0, 400);
        }
    }

    #[test]
    fn a_value_of_null_makes_it_unlimited_with_version_0() {
        let mut bench = Bench::new();
        let (_, body) = put(&mut bench, json!([hard("pw_base_servers", 7, &json!(0))]));
        let version = body["items"][0]["quota"]["version"].clone();
        let mut free = row("pw_base_servers", 1);
        free["quota"] = json!({"value": null, "overage": 5, "version": version});
        let (_, body) = put(&mut bench, json!([free]));
        let unlimited = json!({"value": null, "overage": null, "version": 0});
        assert_eq!(body["items"][0]["quota"], unlimited);
    }

    #[test]
    fn a_feature_takes_no_quota() {
        let mut bench = Bench::new();
        let rows = json!([hard("pw_base_google_team_drive", 1, &json!(0))]);
        assert_eq!(put(&mut bench, rows).0, 400);
        let rows = json!([row("pw_base_google_team_drive", 1)]);
        let (status, body) = put(&mut bench, rows);
        assert_eq!(status, 200);
        assert!(body["items"][0].get("quota").is_none());
    }

    #[test]
    fn a_storage_item_needs_its_storage_and_others_take_none() {
        let mut bench = Bench::new();
        assert_eq!(put(&mut bench, json!([row("pw_base_storage", 1)])).0, 400);
        let mut servers = row("pw_base_servers", 1);
        servers["infra_id"] = json!(bench.hosted);
        assert_eq!(put(&mut bench, json!([servers])).0, 400);
        let mut storage = row("pw_base_storage", 1);
        storage["infra_id"] = json!(bench.hosted);
        assert_eq!(put(&mut bench, json!([storage])).0, 200);
    }

    #[test]
    fn rows_not_sent_stay_as_they_are_and_extra_keys_of_a_get_are_taken() {
        let mut bench = Bench::new();
        put(&mut bench, json!([hard("pw_base_servers", 7, &json!(0))]));
        put(&mut bench, json!([hard("pw_base_vms", 3, &json!(0))]));
        let rows = on(&mut bench);
        assert_eq!(rows.len(), 2);
        assert_eq!(put(&mut bench, json!(rows)).0, 200);
    }

    #[test]
    fn a_tenant_that_is_being_taken_down_takes_nothing_more() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let field = "external_operation_status";
        bench.cloud.set_tenant(&customer, field, json!("deleting"));
        let (_, error) = put(&mut bench, json!([row("pw_base_vms", 1)]));
        assert_eq!(code(&error), "1011");
    }

    #[test]
    fn a_hard_quota_below_the_usage_is_refused_with_all_the_rest_only_where_the_check_is_asked_for()
    {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench
            .cloud
            .enable_item(&customer, "pw_base_vms", None, None);
        bench.cloud.set_usage(&customer, "pw_base_vms", None, 9, 9);
        let rows = json!([
            hard("pw_base_servers", 7, &json!(0)),
            hard("pw_base_vms", 2, &json!(0))
        ]);
        let path = format!("/api/2/tenants/{customer}/offering_items");
        let checked = json!({"offering_items": rows, "check_usage": true});
        let (status, error) = bench.put(&path, checked);
        assert_eq!((status, code(&error).as_str()), (400, "1022"));
        assert_eq!(on(&mut bench).len(), 1);
        assert_eq!(put(&mut bench, rows).0, 200);
    }

    #[test]
    fn one_row_twice_is_refused() {
        let mut bench = Bench::new();
        let rows = json!([row("pw_base_vms", 1), row("pw_base_vms", 0)]);
        assert_eq!(put(&mut bench, rows).0, 400);
    }
}
