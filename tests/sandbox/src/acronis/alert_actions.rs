//! One alert, and what the alert manager says about all of them (acronis.md §8.5, §8.6).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Cloud;
use super::alert::Alert;
use super::ids::datetime;
use super::problem::Api;
use super::request::{Reply, Request, page};
use super::tenant::Kind;
use crate::face::Answer;

/// Type, category, severity. Those marked unknown in the sheet carry a guess.
const TYPES: &[(&str, &str, &str)] = &[
    ("BackupFailed", "Backup", "critical"),
    ("BackupCanceled", "Backup", "warning"),
    ("BackupDidNotStart", "Backup", "critical"),
    ("BackupNotResponding", "Backup", "warning"),
    ("BackupStatusUnknown", "Backup", "warning"),
    ("NoBackupForXDays", "Backup", "warning"),
    ("PlanDeploymentFailed", "System", "warning"),
    ("AgentAutoUpdateFailed", "System", "warning"),
    ("MachineOffline30", "System", "warning"),
    ("M365ApplicationConsentRequired", "Backup", "warning"),
    ("EDRIncidentDetected", "EDR", "critical"),
    ("DrInternetTrafficUnblocked", "Disaster recovery", "warning"),
    ("DrStorageHardQuotaExceeds", "Disaster recovery", "error"),
];

const SYSTEMS: &[&str] = &["windows", "linux", "macos", "ios"];

/// `GET /alerts/{id}`: letter case of the id does not matter.
pub(super) fn get(cloud: &mut Cloud, request: &Request) -> Reply {
    let deleted = request.params.flag("show_deleted")?;
    let alert = &cloud.alerts[find(cloud, request.var(0), deleted)?];
    Ok(Answer::json(200, &cloud.alert_json(alert)))
}

/// `DELETE /alerts/{id}` → 204
pub(super) fn dismiss(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = find(cloud, request.var(0), false)?;
    let id = cloud.alerts[at].id.clone();
    cloud.end_alert(&id);
    Ok(Answer::empty(204))
}

/// `DELETE /alerts` without an id would dismiss everything in scope: noted, and refused.
pub(super) fn dismiss_everything(cloud: &mut Cloud, _request: &Request) -> Reply {
    cloud.dismissed_everything = true;
    Err(Api::Alerts.plain(500, "Nobody may dismiss everything here"))
}

/// `PATCH /alerts/{id}/false_positive` → 204
pub(super) fn false_positive(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = find(cloud, request.var(0), false)?;
    let mark = request.body["falsePositive"]
        .as_bool()
        .ok_or_else(|| Api::Alerts.bad("falsePositive is required"))?;
    let now = cloud.now;
    let alert = &mut cloud.alerts[at];
    alert.false_positive = mark;
    alert.updated = now;
    Ok(Answer::empty(204))
}

fn find(cloud: &Cloud, id: &str, deleted: bool) -> Result<usize, Answer> {
    let at = cloud.alert_by_id.get(&id.to_uppercase()).copied();
    at.filter(|&at| {
        let alert = &cloud.alerts[at];
        cloud.sees(alert) && (deleted || alert.deleted.is_none())
    })
    .ok_or_else(|| Api::Alerts.plain(404, "Alert not found"))
}

/// `GET /types`: `os_type` is required.
pub(super) fn types(cloud: &mut Cloud, request: &Request) -> Reply {
    let mut systems = request.params.all("os_type").peekable();
    if systems.peek().is_none() || !systems.all(|system| SYSTEMS.contains(&system)) {
        return Err(Api::Alerts.bad("os_type is required: windows, linux, macos or ios"));
    }
    let category = request.params.get("category");
    let items = known_types(cloud)
        .into_iter()
        .filter(|(_, (of, _))| category.is_none_or(|category| category == of))
        .map(|(id, (of, severity))| type_json(cloud, &id, &of, &severity))
        .collect();
    Ok(page(None, items, None))
}

/// `GET /types/{id}`
pub(super) fn one_type(cloud: &mut Cloud, request: &Request) -> Reply {
    let known = known_types(cloud);
    let (category, severity) = known
        .get(request.var(0))
        .ok_or_else(|| Api::Alerts.plain(404, "Type not found"))?;
    let doc = type_json(cloud, request.var(0), category, severity);
    Ok(Answer::json(200, &doc))
}

/// The proven types, and what was raised here beside them: category and severity by type.
fn known_types(cloud: &Cloud) -> BTreeMap<String, (String, String)> {
    let raised = cloud.alerts.iter().map(|alert| {
        let rest = (alert.category.clone(), alert.severity.clone());
        (alert.kind.clone(), rest)
    });
    let proven = TYPES.iter().map(|&(id, category, severity)| {
        let rest = (category.to_owned(), severity.to_owned());
        (id.to_owned(), rest)
    });
    raised.chain(proven).collect()
}

fn type_json(cloud: &Cloud, id: &str, category: &str, severity: &str) -> Value {
    let usual = || vec!["resourceId".to_owned(), "planId".to_owned()];
    let keys = cloud.context_keys.get(id).cloned().unwrap_or_else(usual);
    json!({"id": id, "category": category, "severity": severity, "enabled": true, "alias": "",
        "supportedOS": SYSTEMS, "contextKeys": keys,
        "searchableDetails": ["resourceName", "planName"], "cti_name": null})
}

/// `GET /categories`
pub(super) fn categories(cloud: &mut Cloud, request: &Request) -> Reply {
    request.params.flag("include_disabled")?;
    let mut names: Vec<String> = known_types(cloud)
        .into_values()
        .map(|(category, _)| category)
        .collect();
    names.sort();
    names.dedup();
    let items = names
        .into_iter()
        .map(|name| json!({"name": name, "alias": "", "disabled": false}))
        .collect();
    Ok(page(None, items, None))
}

/// `GET /stats`: the cheap question whether anything changed.
pub(super) fn stats(cloud: &mut Cloud, _request: &Request) -> Reply {
    let count = active(cloud).count();
    let seen = cloud.alerts.iter().filter(|alert| cloud.sees(alert));
    let changed = seen.map(|alert| alert.updated).max().unwrap_or(cloud.now);
    let body = json!({"count": count, "modifiedAt": datetime(changed, 1)});
    Ok(Answer::json(200, &body))
}

fn active(cloud: &Cloud) -> impl Iterator<Item = &Alert> {
    cloud
        .alerts
        .iter()
        .filter(|alert| alert.deleted.is_none() && cloud.sees(alert))
}

/// The word an alert is counted under.
type Group = fn(&Cloud, &Alert) -> String;

/// `GET /count`: what the counters are called is not documented; here they are the plural of the flag.
pub(super) fn count(cloud: &mut Cloud, request: &Request) -> Reply {
    let mut body = json!({"count": active(cloud).count()});
    let groups: [(&str, Group); 4] = [
        ("severities", |_, alert| alert.severity.clone()),
        ("types", |_, alert| alert.kind.clone()),
        ("categories", |_, alert| alert.category.clone()),
        ("tenants", |cloud, alert| {
            cloud.tenants[alert.tenant].number.to_string()
        }),
    ];
    for (name, group) in groups {
        if request.params.flag(&format!("embed_{name}"))? {
            let mut counters: BTreeMap<String, u64> = BTreeMap::new();
            for alert in active(cloud) {
                *counters.entry(group(cloud, alert)).or_default() += 1;
            }
            body[name] = json!(counters);
        }
    }
    Ok(Answer::json(200, &body))
}

/// `GET /customer_alerts_count`: a bare array; customers without alerts are left out.
pub(super) fn customer_counts(cloud: &mut Cloud, _request: &Request) -> Reply {
    let mut counters: BTreeMap<usize, u64> = BTreeMap::new();
    for alert in active(cloud) {
        let mut line = cloud.ancestors(alert.tenant);
        if let Some(customer) = line.find(|&at| cloud.tenants[at].kind == Kind::Customer) {
            *counters.entry(customer).or_default() += 1;
        }
    }
    let rows: Vec<Value> = counters
        .into_iter()
        .map(|(at, count)| {
            let parents: Vec<i64> = cloud
                .ancestors(at)
                .skip(1)
                .map(|above| cloud.tenants[above].number)
                .collect();
            let tenant = &cloud.tenants[at];
            json!({"customer_id": tenant.number, "customer_name": tenant.name, "parents": parents,
                "alerts_count": count})
        })
        .collect();
    Ok(Answer::json(200, &json!(rows)))
}

#[cfg(test)]
mod tests {
    use crate::acronis::Cloud;
    use crate::acronis::bench::Bench;
    use serde_json::{Value, json};

    const BASE: &str = "/api/alert_manager/v1";

    fn raise(bench: &mut Bench) -> String {
        let customer = bench.customer.clone();
        let details = json!({"resourceName": "srv-01", "errorMessage": {"reason": "disk full"}});
        bench
            .cloud
            .raise_alert(&customer, "BackupFailed", "Backup", "critical", details)
    }

    #[test]
    fn dismissing_everything_is_refused_and_remembered() {
        let mut bench = Bench::new();
        raise(&mut bench);
        assert!(!bench.cloud.dismissed_everything);
        assert_eq!(bench.delete(&format!("{BASE}/alerts")).0, 500);
        assert!(bench.cloud.dismissed_everything);
        assert_eq!(bench.get(&format!("{BASE}/stats")).1["count"], 1);
    }

    #[test]
    fn a_dismissed_alert_is_gone_unless_ended_ones_are_asked_for() {
        let mut bench = Bench::new();
        let id = raise(&mut bench).to_lowercase();
        let path = format!("{BASE}/alerts/{id}");
        assert_eq!(bench.get(&path).1["details"]["resourceName"], "srv-01");
        assert_eq!(bench.delete(&path).0, 204);
        assert_eq!(bench.get(&path).0, 404);
        assert_eq!(bench.delete(&path).0, 404);
        let (status, body) = bench.get(&format!("{path}?show_deleted=true"));
        assert_eq!(status, 200);
        assert!(body["deletedAt"].is_string());
    }

    #[test]
    fn the_false_positive_mark_wants_its_body() {
        let mut bench = Bench::new();
        let id = raise(&mut bench);
        let path = format!("{BASE}/alerts/{id}/false_positive");
        assert_eq!(bench.ask("PATCH", &path, json!({})).0, 400);
        let mark = json!({"falsePositive": true});
        assert_eq!(bench.ask("PATCH", &path, mark).0, 204);
        let (_, body) = bench.get(&format!("{BASE}/alerts/{id}"));
        assert_eq!(body["falsePositive"], true);
    }

    #[test]
    fn types_want_an_operating_system_and_know_what_was_raised() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench
            .cloud
            .raise_alert(&customer, "QuantumDrift", "Physics", "error", Value::Null);
        assert_eq!(bench.get(&format!("{BASE}/types")).0, 400);
        let path = format!("{BASE}/types?os_type=windows&os_type=linux&os_type=macos");
        let (_, body) = bench.get(&path);
        let ids: Vec<&Value> = body["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| &t["id"])
            .collect();
        assert!(ids.contains(&&json!("QuantumDrift")) && ids.contains(&&json!("BackupFailed")));
        let (_, body) = bench.get(&format!("{BASE}/categories"));
        assert!(body.to_string().contains("Physics"));
        assert_eq!(bench.get(&format!("{BASE}/types/QuantumDrift")).0, 200);
    }

    #[test]
    fn customers_are_counted_by_their_numeric_ids() {
        let mut bench = Bench::new();
        raise(&mut bench);
        let (_, body) = bench.get(&format!("{BASE}/customer_alerts_count"));
        let number = bench.cloud.numeric_id(&bench.customer);
        assert_eq!(body[0]["customer_id"], json!(number));
        assert_eq!(body[0]["alerts_count"], 1);
        let (_, body) = bench.get(&format!("{BASE}/count?embed_severities=true"));
        assert_eq!(body["severities"]["critical"], 1);
    }

    #[test]
    fn alerts_of_a_customer_out_of_sight_are_in_no_list_and_404_by_id() {
        type Word = fn(&mut Cloud, &str);
        let words: [[Word; 2]; 2] = [
            [Cloud::deny_access, Cloud::allow_access],
            [Cloud::hide_tenant, Cloud::unhide_tenant],
        ];
        for [hide, show] in words {
            let mut bench = Bench::new();
            let customer = bench.customer.clone();
            let unit = bench.cloud.add_unit(&customer, "Branch");
            let mut ids = vec![raise(&mut bench)];
            ids.push(
                bench
                    .cloud
                    .raise_alert(&unit, "BackupFailed", "Backup", "error", json!({})),
            );
            let seen = |bench: &mut Bench, expected: usize| {
                let (_, all) = bench.get(&format!("{BASE}/alerts?show_deleted=true"));
                assert_eq!(all["items"].as_array().unwrap().len(), expected);
                assert_eq!(
                    bench.get(&format!("{BASE}/stats")).1["count"],
                    json!(expected)
                );
                let (_, counts) = bench.get(&format!("{BASE}/customer_alerts_count"));
                assert_eq!(counts.as_array().unwrap().len(), expected.min(1));
                for id in &ids {
                    let status = if expected == 0 { 404 } else { 200 };
                    for rest in ["", "?show_deleted=true"] {
                        assert_eq!(bench.get(&format!("{BASE}/alerts/{id}{rest}")).0, status);
                    }
                }
            };
            seen(&mut bench, 2);
            hide(&mut bench.cloud, &customer);
            seen(&mut bench, 0);
            let path = format!("{BASE}/alerts/{}", ids[0]);
            assert_eq!(bench.delete(&path).0, 404);
            show(&mut bench.cloud, &customer);
            seen(&mut bench, 2);
        }
    }

    #[test]
    fn errors_are_flat_here() {
        let mut bench = Bench::new();
        let (status, body) = bench.get(&format!("{BASE}/alerts/nothing"));
        assert_eq!(status, 404);
        assert!(body.get("error").is_none());
        assert!(body["code"].is_string());
    }
}
