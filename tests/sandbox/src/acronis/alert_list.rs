//! `GET /alerts` (acronis.md §8.1).

use std::cmp::Ordering;

use serde_json::json;

use super::Cloud;
use super::alert::Alert;
use super::alert_filter::Filter;
use super::problem::Api;
use super::request::{Reply, Request, page};
use crate::face::Answer;

pub(super) const PARAMS: &[&str] = &[
    "limit",
    "after",
    "before",
    "order",
    "created_at",
    "updated_at",
    "deleted_at",
    "source_time_stamp",
    "severity",
    "type",
    "category",
    "id",
    "skip",
    "tenant",
    "show_deleted",
    "show_deleted_only",
    "query",
    "source",
    "planId",
    "resourceId",
    "planName",
    "resourceName",
];

/// A longer page is never given; asking for one is not refused (seen live).
const MOST: usize = 200;

/// Rows when no limit is sent: unknown; live clients ask for 100.
const DEFAULT_LIMIT: usize = 100;

pub(super) fn list(cloud: &mut Cloud, request: &Request) -> Reply {
    let (params, place) = request
        .params
        .resume("alerts", cloud.strict_alert_cursors)?;
    for unclear in ["skip", "before"] {
        if params.get(unclear).is_some() {
            // In the documents by name only: refused rather than guessed.
            let text = format!("{unclear} is not understood here");
            return Err(Api::Alerts.bad(&text));
        }
    }
    let limit = params.limit(DEFAULT_LIMIT)?.min(MOST);
    let limit = cloud.page_cap.map_or(limit, |cap| limit.min(cap.max(1)));
    let filter = Filter::read(&params)?;
    let order = order(params.get("order"))?;
    let mut found: Vec<&Alert> = cloud
        .alerts
        .iter()
        .filter(|alert| cloud.sees(alert) && filter.lets_pass(cloud, alert))
        .collect();
    found.sort_by(|a, b| order(a, b).then(a.number.cmp(&b.number)));
    let start = place.and_then(|place| place.as_u64()).unwrap_or(0);
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let rest = found.get(start..).unwrap_or_default();
    let items = rest
        .iter()
        .take(limit)
        .map(|alert| cloud.alert_json(alert))
        .collect();
    let next = start.saturating_add(limit);
    let after = (rest.len() > limit).then(|| params.cursor("alerts", &json!(next)));
    Ok(page(None, items, after))
}

type Order = Box<dyn Fn(&Alert, &Alert) -> Ordering>;

/// `asc(field)` or `desc(field)`; newest first when absent (a guess).
fn order(text: Option<&str>) -> Result<Order, Answer> {
    let text = text.unwrap_or("desc(created_at)");
    let refuse = || Api::Alerts.bad("order is asc(field) or desc(field)");
    let (way, field) = text
        .strip_suffix(')')
        .and_then(|text| text.split_once('('))
        .ok_or_else(refuse)?;
    let by: fn(&Alert, &Alert) -> Ordering = match field {
        "created_at" => |a, b| a.created.cmp(&b.created),
        "updated_at" => |a, b| a.updated.cmp(&b.updated),
        "deleted_at" => |a, b| a.deleted.cmp(&b.deleted),
        "source_time_stamp" => |a, b| a.created.as_second().cmp(&b.created.as_second()),
        "type" => |a, b| a.kind.cmp(&b.kind),
        "severity" => |a, b| a.rank().cmp(&b.rank()),
        "category" | "source" => |a, b| a.category.cmp(&b.category),
        "planId" => |a, b| a.detail("planId").cmp(b.detail("planId")),
        "planName" => |a, b| a.detail("planName").cmp(b.detail("planName")),
        "resourceId" => |a, b| a.detail("resourceId").cmp(b.detail("resourceId")),
        "resourceName" => |a, b| a.detail("resourceName").cmp(b.detail("resourceName")),
        _ => return Err(refuse()),
    };
    match way {
        "asc" => Ok(Box::new(by)),
        "desc" => Ok(Box::new(move |a, b| by(b, a))),
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::acronis::bench::{Bench, encoded};
    use serde_json::{Value, json};

    const ALERTS: &str = "/api/alert_manager/v1/alerts";

    fn raise(bench: &mut Bench, severity: &str) -> String {
        let customer = bench.customer.clone();
        bench
            .cloud
            .raise_alert(&customer, "BackupFailed", "Backup", severity, Value::Null)
    }

    fn count(body: &Value) -> usize {
        body["items"].as_array().unwrap().len()
    }

    #[test]
    fn ids_are_upper_case_and_some_alerts_lack_the_uuid_of_their_tenant() {
        let mut bench = Bench::new();
        for _ in 0..3 {
            raise(&mut bench, "critical");
        }
        let (_, body) = bench.get(ALERTS);
        let items = body["items"].as_array().unwrap();
        let number = bench.cloud.numeric_id(&bench.customer).to_string();
        let mut without = 0;
        for alert in items {
            let id = alert["id"].as_str().unwrap();
            assert_eq!(id, id.to_uppercase());
            assert_eq!(alert["tenant"]["id"], json!(number));
            let locator = alert["tenant"]["locator"].as_str().unwrap();
            assert!(locator.starts_with("/1/50/") && locator.ends_with(&format!("/{number}/")));
            without += usize::from(alert["tenant"].get("uuid").is_none());
        }
        assert_eq!(without, 1);
    }

    #[test]
    fn an_alert_of_a_personal_tenant_leads_to_its_customer_by_the_locator() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let unit = bench.cloud.add_unit(&customer, "Branch");
        let user = bench.cloud.add_user(&unit, "ann", "ann@contoso.example");
        let personal = bench.cloud.personal_tenant(&user);
        bench.cloud.raise_alert(
            &personal,
            "EDRIncidentDetected",
            "EDR",
            "critical",
            json!({}),
        );
        let (_, body) = bench.get(ALERTS);
        let locator = body["items"][0]["tenant"]["locator"].as_str().unwrap();
        let above = bench.cloud.numeric_id(&customer);
        assert!(locator.contains(&format!("/{above}/")), "{locator}");
        let root = bench.cloud.root();
        let (_, list) = bench.get(&format!("/api/2/tenants?subtree_root_id={root}"));
        assert!(!list.to_string().contains(&personal));
    }

    #[test]
    fn filters_count_in_nanoseconds_and_seconds_match_everything() {
        let mut bench = Bench::new();
        raise(&mut bench, "critical");
        let later = bench.now + jiff::SignedDuration::from_mins(30);
        bench.cloud.set_now(later);
        raise(&mut bench, "critical");
        let border = bench.now + jiff::SignedDuration::from_mins(15);
        let path = format!("{ALERTS}?updated_at=ge({})", border.as_nanosecond());
        assert_eq!(count(&bench.get(&path).1), 1);
        let path = format!("{ALERTS}?updated_at=ge({})", border.as_second());
        assert_eq!(count(&bench.get(&path).1), 2);
        let path = format!("{ALERTS}?updated_at=2026-08-20T10:00:00Z");
        assert_eq!(bench.get(&path).0, 400);
    }

    #[test]
    fn pages_end_at_two_hundred_and_go_on_with_the_cursor() {
        let mut bench = Bench::new();
        for _ in 0..450 {
            raise(&mut bench, "error");
        }
        let filters = "severity=ge(error)&order=asc(updated_at)";
        let mut path = format!("{ALERTS}?limit=1000&{filters}");
        let mut sizes = Vec::new();
        loop {
            let (_, body) = bench.get(&path);
            sizes.push(count(&body));
            let Some(after) = body["paging"]["cursors"]["after"].as_str() else {
                break;
            };
            path = format!("{ALERTS}?limit=1000&{filters}&after={}", encoded(after));
        }
        assert_eq!(sizes, [200, 200, 50]);
    }

    #[test]
    fn in_the_strict_mode_a_cursor_stands_alone() {
        let mut bench = Bench::new();
        raise(&mut bench, "error");
        raise(&mut bench, "error");
        bench.cloud.strict_alert_cursors = true;
        let (_, body) = bench.get(&format!("{ALERTS}?limit=1"));
        let after = encoded(body["paging"]["cursors"]["after"].as_str().unwrap());
        assert_eq!(bench.get(&format!("{ALERTS}?limit=1&after={after}")).0, 400);
        assert_eq!(count(&bench.get(&format!("{ALERTS}?after={after}")).1), 1);
    }

    #[test]
    fn ended_alerts_are_shown_on_demand_and_a_raised_one_keeps_its_id() {
        let mut bench = Bench::new();
        let id = raise(&mut bench, "warning");
        bench.cloud.end_alert(&id);
        assert_eq!(count(&bench.get(ALERTS).1), 0);
        let (_, body) = bench.get(&format!("{ALERTS}?show_deleted=true"));
        assert!(body["items"][0]["deletedAt"].is_string());
        bench.cloud.re_raise(&id);
        let (_, body) = bench.get(ALERTS);
        assert_eq!(body["items"][0]["id"], json!(id));
        assert!(body["items"][0].get("deletedAt").is_none());
        assert_eq!(
            count(&bench.get(&format!("{ALERTS}?show_deleted_only=true")).1),
            0
        );
    }

    #[test]
    fn five_users_with_malicious_mail_are_five_alerts_of_one_resource() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let users = ["ann", "ben", "cleo", "dan", "eve"];
        let ids = bench.cloud.raise_malicious_emails(&customer, &users);
        let (_, body) = bench.get(ALERTS);
        let of = |field: &str| {
            let alerts = body["items"].as_array().unwrap().iter();
            let values: BTreeSet<&str> = alerts
                .map(|alert| alert["details"][field].as_str().unwrap())
                .collect();
            values.len()
        };
        assert_eq!((ids.len(), of("resourceId")), (5, 1));
        assert_eq!((of("userEmail"), of("incidentId")), (5, 5));
    }

    #[test]
    fn plans_that_fail_on_one_machine_share_a_key_where_the_type_leaves_the_plan_out() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let plans = ["Daily", "Weekly"];
        bench.cloud.raise_failing_plans(&customer, "SRV-01", &plans);
        let (_, body) = bench.get(ALERTS);
        let details = [0, 1].map(|at| body["items"][at]["details"].clone());
        assert_eq!(details[0]["resourceId"], details[1]["resourceId"]);
        assert_ne!(details[0]["planId"], details[1]["planId"]);
        let path = "/api/alert_manager/v1/types/BackupFailed";
        let usual = json!(["resourceId", "planId"]);
        assert_eq!(bench.get(path).1["contextKeys"], usual);
        bench
            .cloud
            .set_context_keys("BackupFailed", &["resourceId"]);
        assert_eq!(bench.get(path).1["contextKeys"], json!(["resourceId"]));
    }

    #[test]
    fn a_severity_rises_under_the_id_of_the_alert_and_is_an_update() {
        let mut bench = Bench::new();
        let id = raise(&mut bench, "warning");
        let later = bench.now + jiff::SignedDuration::from_mins(30);
        bench.cloud.set_now(later);
        assert!(bench.cloud.set_severity(&id, "critical"));
        assert!(bench.cloud.change_alert(&id, json!({"count": 7})));
        let path = format!("{ALERTS}?updated_at=ge({})", later.as_nanosecond());
        let alert = bench.get(&path).1["items"][0].clone();
        assert_eq!(
            (&alert["id"], &alert["severity"], &alert["details"]["count"]),
            (&json!(id), &json!("critical"), &json!(7))
        );
    }

    #[test]
    fn an_alert_of_an_extension_may_have_no_details_and_texts_any_character() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        let kind = "cti.a.p.am.alert.vnd.disk_is_dying.v1.0";
        bench
            .cloud
            .raise_alert(&customer, kind, "Monitoring", "error", Value::Null);
        let odd = "SRV\0\u{1b}[31m\u{9b}2J\u{202e}10\r\nForged: line";
        let details = json!({"resourceName": odd});
        bench
            .cloud
            .raise_alert(&customer, "BackupFailed", "Backup", "error", details);
        let (_, body) = bench.get(&format!("{ALERTS}?order=asc(type)"));
        assert_eq!(body["items"][0]["details"]["resourceName"], odd);
        assert_eq!(body["items"][1]["type"], kind);
        assert!(body["items"][1]["details"].is_null());
    }

    #[test]
    fn filters_by_word_choose_types_tenants_and_severities() {
        let mut bench = Bench::new();
        raise(&mut bench, "warning");
        raise(&mut bench, "fatal");
        let customer = bench.customer.clone();
        for (filter, expected) in [
            ("type=BackupFailed&type=Other", 2),
            ("type=Other", 0),
            ("category=Backup", 2),
            ("severity=ge(warning)", 1),
            ("severity=or(warning,error)", 1),
            (&format!("tenant=or({customer})"), 2),
            ("tenant=00000000-0000-4000-8000-000000000000", 0),
        ] {
            let (status, body) = bench.get(&format!("{ALERTS}?{filter}"));
            assert_eq!((status, count(&body)), (200, expected), "{filter}");
        }
        assert_eq!(bench.get(&format!("{ALERTS}?severity=warning")).0, 400);
        assert_eq!(bench.get(&format!("{ALERTS}?order=newest")).0, 400);
    }
}
