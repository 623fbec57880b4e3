//! Usages (acronis.md §6.1, §6.2).

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::catalogue::{BACKUP, position};
use super::item::Key;
use super::offering_items::editions;
use super::problem::bad;
use super::request::{Params, Reply, Request, page};
use super::{ClosedAnswer, Cloud};
use crate::face::Answer;

/// One measured amount, in the unit of its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// Accumulated; what is billed for storage and counts.
    pub(super) absolute: i64,
    /// The period's; differs for what accrues, such as compute points.
    pub(super) value: i64,
}

/// `GET /tenants/{id}/usages`: all editions, no default here.
pub(super) fn get(cloud: &mut Cloud, request: &Request) -> Reply {
    let filter = Filter::read(&request.params)?;
    if cloud.looks_empty(request.var(0)) {
        return Ok(page(None, Vec::new(), None));
    }
    let at = cloud.find_open(request.var(0))?;
    let items = cloud.usage_rows(at, &filter, true);
    Ok(page(None, items, None))
}

/// `GET /tenants/usages?tenants=`: 400 beyond 100 ids (a maximum is not documented; 100 is the
/// analogy the sheet advises). Tenants it does not know are left out.
pub(super) fn bulk(cloud: &mut Cloud, request: &Request) -> Reply {
    let ids = request.params.uuids("tenants")?;
    let filter = Filter::read(&request.params)?;
    let mut items = Vec::new();
    for id in &ids {
        let Ok(at) = cloud.find(id, false) else {
            continue;
        };
        let rows = match cloud.find_open(id) {
            // Some rows lack the UUID, as in the guide's older example.
            Ok(at) => cloud.usage_rows(at, &filter, cloud.tenants[at].number % 4 != 0),
            Err(refusal) if cloud.closed_answer == ClosedAnswer::SpoilsBatches => {
                return Err(refusal);
            }
            // An empty list that is not zero usage.
            Err(_) => Vec::new(),
        };
        items.push(json!({"tenant": cloud.tenants[at].id, "usages": rows}));
    }
    Ok(page(None, items, None))
}

/// `PUT /tenants/usages` is for vendors that report usage; never for the tool.
pub(super) fn refuse(cloud: &mut Cloud, _request: &Request) -> Reply {
    cloud.forbidden_calls.push("PUT /tenants/usages".to_owned());
    Err(bad("usage is not to be reported here"))
}

#[derive(Debug)]
pub(super) struct Filter<'a> {
    names: Option<Vec<&'a str>>,
    editions: Option<Vec<&'a str>>,
}

impl<'a> Filter<'a> {
    fn read(params: &'a Params) -> Result<Self, Answer> {
        Ok(Self {
            names: params.words("usage_names"),
            editions: editions(params)?,
        })
    }

    fn lets_pass(&self, row: &Map<String, Value>) -> bool {
        let is_in = |list: &Option<Vec<&str>>, field: &str| {
            let word = row.get(field).and_then(Value::as_str).unwrap_or("");
            list.as_ref().is_none_or(|list| list.contains(&word))
        };
        is_in(&self.names, "usage_name") && is_in(&self.editions, "edition")
    }
}

/// Whole numbers come with and without a fraction of zero.
fn number(n: i64, with_fraction: bool) -> Value {
    if with_fraction {
        serde_json::from_str(&format!("{n}.0")).unwrap_or_else(|_| json!(n))
    } else {
        json!(n)
    }
}

/// Sums over several items, which belong to no edition alone.
fn is_mixed(name: &str) -> bool {
    name.contains("total")
}

impl Cloud {
    /// The rows of one tenant. What was never used has none.
    pub(super) fn usage_rows(&self, at: usize, filter: &Filter, with_uuid: bool) -> Vec<Value> {
        let tenant = &self.tenants[at];
        let mut rows: Vec<(String, Option<usize>, Usage)> = tenant
            .usages
            .iter()
            .map(|((name, infra), usage)| (name.clone(), *infra, *usage))
            .collect();
        rows.extend(self.derived(at));
        rows.into_iter()
            .zip(0_u64..)
            .map(|((name, infra, usage), order)| {
                let mut row = self.usage_row(at, &name, infra, usage, order);
                if with_uuid {
                    row.insert("tenant_uuid".to_owned(), json!(tenant.id));
                }
                row
            })
            .filter(|row| filter.lets_pass(row))
            .map(Value::Object)
            .collect()
    }

    /// Rows that are no offering item and that come with every used storage: to bill them would be to
    /// bill twice.
    fn derived(&self, at: usize) -> Vec<(String, Option<usize>, Usage)> {
        let usages = &self.tenants[at].usages;
        let stored = usages
            .iter()
            .filter(|((name, _), _)| name.ends_with("_base_storage"))
            .map(|(_, usage)| usage.absolute)
            .fold(0_i64, i64::saturating_add);
        if stored <= 0 {
            return Vec::new();
        }
        let all = Usage {
            absolute: stored,
            value: stored,
        };
        ["storage_total", "vm_storage"]
            .into_iter()
            .filter(|name| !usages.contains_key(&((*name).to_owned(), None)))
            .map(|name| (name.to_owned(), None, all))
            .collect()
    }

    fn usage_row(
        &self,
        at: usize,
        name: &str,
        infra: Option<usize>,
        usage: Usage,
        order: u64,
    ) -> Map<String, Value> {
        let tenant = &self.tenants[at];
        let fraction = (order + tenant.number.unsigned_abs()) % 2 == 1;
        let month = self.now.to_zoned(TimeZone::UTC).date().first_of_month();
        let zone = if order.is_multiple_of(2) { "" } else { "Z" };
        let mut row = describe(name);
        let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
        put("infra_id", json!(self.infra_id(infra)));
        put("tenant_id", json!(tenant.number));
        put("range_start", json!(format!("{month}T00:00:00{zone}")));
        put("absolute_value", number(usage.absolute, fraction));
        put("value", number(usage.value, fraction));
        if let Some(entry) = position(name) {
            let key = Key { entry, infra };
            let held = tenant.items.get(&key);
            let mut item = Map::new();
            let on = held.is_some_and(|held| held.on);
            item.insert("status".to_owned(), json!(i64::from(on)));
            if let Some(quota) = held.and_then(|held| held.quota) {
                item.insert("quota".to_owned(), quota.json());
            }
            put("offering_item", Value::Object(item));
        }
        row
    }
}

/// What a row says of itself, from the catalogue or, for usages that are no items, from its name.
fn describe(name: &str) -> Map<String, Value> {
    let fields = match position(name) {
        Some(entry) => {
            let entry = Key { entry, infra: None }.entry();
            json!({"application_id": entry.application, "name": name, "edition": entry.edition,
                "usage_name": entry.usage, "type": entry.form.word(), "measurement_unit": entry.unit})
        }
        None => {
            let stored = name.contains("storage");
            let edition = if is_mixed(name) { Some("mixed") } else { None };
            json!({"application_id": BACKUP, "name": name, "edition": edition, "usage_name": name,
                "type": if stored { "infra" } else { "count" },
                "measurement_unit": if stored { "bytes" } else { "quantity" }})
        }
    };
    match fields {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::acronis::ClosedAnswer;
    use crate::acronis::bench::Bench;
    use serde_json::{Value, json};

    fn rows(bench: &mut Bench) -> Vec<Value> {
        let path = format!("/api/2/tenants/{}/usages", bench.customer);
        bench.get(&path).1["items"].as_array().unwrap().clone()
    }

    fn named<'a>(rows: &'a [Value], name: &str) -> &'a Value {
        rows.iter().find(|row| row["name"] == name).unwrap()
    }

    #[test]
    fn an_item_never_used_has_no_row() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench
            .cloud
            .enable_item(&customer, "pw_base_vms", None, None);
        assert!(rows(&mut bench).is_empty());
        bench.cloud.set_usage(&customer, "pw_base_vms", None, 0, 0);
        assert_eq!(rows(&mut bench).len(), 1);
        bench.cloud.remove_usage_row(&customer, "pw_base_vms", None);
        assert!(rows(&mut bench).is_empty());
    }

    #[test]
    fn storage_brings_rows_without_an_item_and_of_mixed_edition() {
        let mut bench = Bench::new();
        let (customer, hosted) = (bench.customer.clone(), bench.hosted.clone());
        let bytes = 214_748_364_800;
        bench
            .cloud
            .enable_item(&customer, "pw_base_storage", Some(&hosted), None);
        bench
            .cloud
            .set_usage(&customer, "pw_base_storage", Some(&hosted), bytes, bytes);
        let rows = rows(&mut bench);
        let storage = named(&rows, "pw_base_storage");
        assert_eq!(storage["infra_id"], json!(hosted));
        assert_eq!(storage["offering_item"]["status"], 1);
        assert!(storage["tenant_id"].is_i64());
        let total = named(&rows, "storage_total");
        assert_eq!(total["edition"], "mixed");
        assert!(total.get("offering_item").is_none());
        assert!(named(&rows, "vm_storage")["edition"].is_null());
    }

    #[test]
    fn numbers_come_with_and_without_fraction_and_dates_with_and_without_zone() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        for name in ["pw_base_vms", "pw_base_servers"] {
            bench.cloud.set_usage(&customer, name, None, 4, 4);
        }
        let rows = rows(&mut bench);
        let texts: Vec<String> = rows.iter().map(|row| row["value"].to_string()).collect();
        assert!(texts.contains(&"4".to_owned()) && texts.contains(&"4.0".to_owned()));
        let starts: Vec<&str> = rows
            .iter()
            .map(|row| row["range_start"].as_str().unwrap())
            .collect();
        assert_eq!(starts, ["2026-08-01T00:00:00", "2026-08-01T00:00:00Z"]);
    }

    #[test]
    fn what_accrues_has_two_different_figures() {
        let mut bench = Bench::new();
        let (customer, hosted) = (bench.customer.clone(), bench.hosted.clone());
        let name = "pw_base_adv_dr_compute_points";
        bench
            .cloud
            .set_usage(&customer, name, Some(&hosted), 90_000, 36_000);
        let rows = rows(&mut bench);
        assert_eq!(rows[0]["measurement_unit"], "seconds");
        assert_ne!(rows[0]["absolute_value"], rows[0]["value"]);
        assert_eq!(rows[0]["offering_item"]["status"], 0);
    }

    #[test]
    fn more_than_a_hundred_tenants_at_once_are_refused() {
        let mut bench = Bench::new();
        let many = vec![bench.customer.clone(); 101].join(",");
        assert_eq!(
            bench
                .get(&format!("/api/2/tenants/usages?tenants={many}"))
                .0,
            400
        );
    }

    #[test]
    fn a_customer_that_denies_access_is_empty_or_spoils_the_batch() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench.cloud.set_usage(&customer, "pw_base_vms", None, 4, 4);
        bench.cloud.deny_access(&customer);
        let path = format!("/api/2/tenants/usages?tenants={customer}");
        let (_, body) = bench.get(&path);
        assert_eq!(body["items"][0]["usages"], json!([]));
        bench.cloud.closed_answer = ClosedAnswer::SpoilsBatches;
        assert_eq!(bench.get(&path).0, 403);
        let single = format!("/api/2/tenants/{customer}/usages");
        assert_eq!(bench.get(&single).0, 403);
        bench.cloud.allow_access(&customer);
        assert_eq!(bench.get(&single).1["items"][0]["name"], "pw_base_vms");
    }

    #[test]
    fn a_customer_that_denies_access_may_look_as_if_it_had_nothing() {
        let mut bench = Bench::new();
        let customer = bench.customer.clone();
        bench.cloud.set_usage(&customer, "pw_base_vms", None, 4, 4);
        bench.cloud.deny_access(&customer);
        bench.cloud.closed_answer = ClosedAnswer::Empty;
        for rest in ["usages", "offering_items?edition=*"] {
            let answer = bench.get(&format!("/api/2/tenants/{customer}/{rest}"));
            assert_eq!((answer.0, &answer.1["items"]), (200, &json!([])), "{rest}");
        }
        let path = format!("/api/2/tenants/{customer}/offering_items");
        assert_eq!(bench.put(&path, json!({"offering_items": []})).0, 403);
    }
}
