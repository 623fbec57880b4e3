//! What the platform refuses when items are switched (acronis.md §2.3, §5.4).
//!
//! Codes are documented by name only; where no name fits, 1027 (business rule) stands in. All of them
//! answer 400 here, the one status the guide names for "states were not set".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Cloud;
use super::catalogue::BACKUP;
use super::item::{Key, Row};
use super::offering_items_put::not_available;
use super::problem::{business_rule, coded};
use super::tenant::Kind;
use crate::face::Answer;

/// Usage name of an item and of the one it needs in the same edition.
const NEEDS: &[(&str, &str)] = &[
    ("o365_mailboxes", "mailboxes"),
    ("o365_onedrive", "mailboxes"),
    ("google_mail", "gsuite_seats"),
    ("google_drive", "gsuite_seats"),
    ("dr_child_storages", "child_storages"),
];

/// Only what the parent has on can be switched on.
pub(super) fn check_switch_on(cloud: &Cloud, at: usize, key: Key) -> Result<(), Answer> {
    let offered = match cloud.tenants[at].parent {
        Some(parent) => cloud.is_on(parent, key),
        None => cloud.tenants[at].items.contains_key(&key),
    };
    if offered {
        Ok(())
    } else {
        Err(not_available(&key.entry().name))
    }
}

/// An item in use stays on, but for disaster recovery, which may be switched off while in use. 1017 is
/// "turning off default storage", 1016 "turning off storage with child".
pub(super) fn check_switch_off(cloud: &Cloud, at: usize, key: Key) -> Result<(), Answer> {
    let entry = key.entry();
    let context = json!({"offering_item": entry.name});
    let is_storage = entry.usage == "storage";
    let mut children = cloud.shown_children(at);
    if children.any(|child| cloud.tenants[child].deleted.is_none() && cloud.is_on(child, key)) {
        let code = if is_storage { 1016 } else { 1027 };
        return Err(coded(400, code, "A child tenant uses the item", context));
    }
    if cloud.in_use(at, key) && !entry.is_disaster_recovery() {
        let code = if is_storage { 1017 } else { 1027 };
        return Err(coded(400, code, "The item is in use", context));
    }
    Ok(())
}

/// Rules on the state as it would be. Only rows of this call are blamed for it.
pub(super) fn check_final(
    cloud: &Cloud,
    at: usize,
    staged: &BTreeMap<Key, Row>,
    touched: &BTreeSet<Key>,
) -> Result<(), Answer> {
    let on: Vec<Key> = staged
        .iter()
        .filter(|(_, row)| row.on)
        .map(|(key, _)| *key)
        .collect();
    dependencies(&on, touched)?;
    if cloud.tenants[at].kind != Kind::Customer {
        return Ok(());
    }
    let switched_on = touched.iter().filter(|key| on.contains(key));
    for key in switched_on {
        one_edition(&on, *key)?;
        one_storage(&on, *key)?;
    }
    Ok(())
}

fn dependencies(on: &[Key], touched: &BTreeSet<Key>) -> Result<(), Answer> {
    for key in on {
        let entry = key.entry();
        let needed = NEEDS.iter().find(|(usage, _)| *usage == entry.usage);
        let Some((_, needed)) = needed else {
            continue;
        };
        let is_needed =
            |other: &Key| other.entry().usage == *needed && other.entry().edition == entry.edition;
        let blamed = touched.contains(key) || touched.iter().any(is_needed);
        if blamed && !on.iter().any(is_needed) {
            let context: Value = json!({"offering_item": entry.name, "requires": needed});
            let text = "Offering item depends on another one";
            return Err(coded(400, 1023, text, context));
        }
    }
    Ok(())
}

/// A customer holds one Cyber Protection edition.
fn one_edition(on: &[Key], key: Key) -> Result<(), Answer> {
    let entry = key.entry();
    let clash = |other: &&Key| {
        let other = other.entry();
        entry.application == BACKUP
            && other.application == BACKUP
            && entry.edition.is_some()
            && other.edition.is_some()
            && entry.edition != other.edition
    };
    match on.iter().find(clash) {
        Some(other) => Err(business_rule(
            "A customer has one edition",
            json!({"offering_items": [entry.name, other.entry().name]}),
        )),
        None => Ok(()),
    }
}

/// A customer holds one backup storage, and one disaster-recovery storage.
fn one_storage(on: &[Key], key: Key) -> Result<(), Answer> {
    let entry = key.entry();
    let clash = |other: &&Key| {
        let same = entry.usage == "storage" && other.entry().usage == "storage";
        let both = entry.is_disaster_recovery() && other.entry().is_disaster_recovery();
        (same || both) && other.infra != key.infra
    };
    match on.iter().find(clash) {
        Some(_) => Err(business_rule(
            "A customer has one storage",
            json!({"offering_item": entry.name}),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, code};
    use crate::acronis::catalogue::BACKUP;
    use serde_json::{Value, json};

    fn row(name: &str, infra: Option<&str>, status: i64) -> Value {
        json!({"application_id": BACKUP, "name": name, "infra_id": infra, "status": status})
    }

    fn put(bench: &mut Bench, rows: Value) -> (u16, String) {
        let path = format!("/api/2/tenants/{}/offering_items", bench.customer);
        let (status, body) = bench.put(&path, json!({"offering_items": rows}));
        (status, code(&body))
    }

    #[test]
    fn what_the_parent_lacks_is_1021() {
        let mut bench = Bench::new();
        let root = bench.cloud.root();
        bench.cloud.disable_item(&root, "pw_base_nas", None);
        let answer = put(&mut bench, json!([row("pw_base_nas", None, 1)]));
        assert_eq!(answer, (400, "1021".to_owned()));
        let answer = put(&mut bench, json!([row("pw_base_typewriters", None, 1)]));
        assert_eq!(answer, (400, "1021".to_owned()));
    }

    #[test]
    fn mail_and_drive_need_their_seats_and_go_on_together() {
        let mut bench = Bench::new();
        for (feature, seats) in [
            ("pw_base_m365_mailboxes", "pw_base_m365_seats"),
            ("pw_base_google_drive", "pw_base_gworkspace_seats"),
        ] {
            let answer = put(&mut bench, json!([row(feature, None, 1)]));
            assert_eq!(answer, (400, "1023".to_owned()));
            let both = json!([row(feature, None, 1), row(seats, None, 1)]);
            assert_eq!(put(&mut bench, both).0, 200);
            let answer = put(&mut bench, json!([row(seats, None, 0)]));
            assert_eq!(answer, (400, "1023".to_owned()));
        }
    }

    #[test]
    fn an_item_in_use_stays_on_but_disaster_recovery_goes() {
        let mut bench = Bench::new();
        let (customer, hosted) = (bench.customer.clone(), bench.hosted.clone());
        let cloud = &mut bench.cloud;
        cloud.enable_item(&customer, "pw_base_servers", None, None);
        cloud.set_usage(&customer, "pw_base_servers", None, 3, 3);
        let dr = "pw_base_adv_dr_storage";
        cloud.enable_item(&customer, dr, Some(&hosted), None);
        cloud.set_usage(&customer, dr, Some(&hosted), 1 << 40, 1 << 40);
        let answer = put(&mut bench, json!([row("pw_base_servers", None, 0)]));
        assert_eq!(answer, (400, "1027".to_owned()));
        assert!(bench.cloud.disabled_in_use.is_empty());
        assert_eq!(put(&mut bench, json!([row(dr, Some(&hosted), 0)])).0, 200);
        assert_eq!(bench.cloud.disabled_in_use, [(customer, dr.to_owned())]);
    }

    #[test]
    fn a_storage_with_data_is_1017_and_one_that_a_child_has_is_1016() {
        let mut bench = Bench::new();
        let (root, customer, hosted) = (
            bench.cloud.root(),
            bench.customer.clone(),
            bench.hosted.clone(),
        );
        let cloud = &mut bench.cloud;
        cloud.enable_item(&customer, "pw_base_storage", Some(&hosted), None);
        cloud.set_usage(&customer, "pw_base_storage", Some(&hosted), 5, 5);
        let off = json!([row("pw_base_storage", Some(&hosted), 0)]);
        assert_eq!(put(&mut bench, off.clone()), (400, "1017".to_owned()));
        let path = format!("/api/2/tenants/{root}/offering_items");
        let (_, body) = bench.put(&path, json!({"offering_items": off}));
        assert_eq!(code(&body), "1016");
    }

    #[test]
    fn a_customer_has_one_storage_and_may_change_it_while_it_is_empty() {
        let mut bench = Bench::new();
        let (hosted, own) = (bench.hosted.clone(), bench.own.clone());
        let storage = |infra: &str, status| row("pw_base_storage", Some(infra), status);
        assert_eq!(put(&mut bench, json!([storage(&hosted, 1)])).0, 200);
        let answer = put(&mut bench, json!([storage(&own, 1)]));
        assert_eq!(answer, (400, "1027".to_owned()));
        let change = json!([storage(&hosted, 0), storage(&own, 1)]);
        assert_eq!(put(&mut bench, change).0, 200);
    }

    #[test]
    fn a_customer_has_one_edition() {
        let mut bench = Bench::new();
        assert_eq!(put(&mut bench, json!([row("pw_base_vms", None, 1)])).0, 200);
        let answer = put(&mut bench, json!([row("pg_base_servers", None, 1)]));
        assert_eq!(answer, (400, "1027".to_owned()));
        let local = json!([row("local_storage", None, 1)]);
        assert_eq!(put(&mut bench, local).0, 200);
    }
}
