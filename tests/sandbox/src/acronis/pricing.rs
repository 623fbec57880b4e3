//! Pricing mode (acronis.md §3.8).

use serde_json::{Value, json};

use super::Cloud;
use super::ids::datetime;
use super::problem::{bad, business_rule, stale};
use super::request::{Reply, Request};
use super::tenant_body::{closed, need_int, object, text};
use crate::face::Answer;

const MODES: &[&str] = &["trial", "production", "suspended"];
const CURRENCIES: &[&str] = &[
    "AUD", "BRL", "CAD", "EUR", "CNY", "GBP", "JPY", "KZT", "NZD", "RUB", "USD", "ZAR",
];

/// `GET /tenants/{id}/pricing`
pub(super) fn get(cloud: &mut Cloud, request: &Request) -> Reply {
    let at = cloud.find(request.var(0), false)?;
    Ok(shown(cloud, at))
}

/// `PUT /tenants/{id}/pricing`: a closed body with the pricing's own version; trial to production is
/// one-way.
pub(super) fn put(cloud: &mut Cloud, request: &Request) -> Reply {
    let body = object(&request.body)?;
    closed(body, &["version", "mode", "currency"])?;
    let at = cloud.find(request.var(0), false)?;
    let version = need_int(body, "version")?;
    let mode = text(body, "mode")?;
    if mode.is_some_and(|mode| !MODES.contains(&mode)) {
        return Err(bad("mode is not known"));
    }
    let currency = body.get("currency");
    let known = |value: &Value| {
        value.is_null()
            || value
                .as_str()
                .is_some_and(|code| CURRENCIES.contains(&code))
    };
    if !currency.is_none_or(known) {
        return Err(bad("currency is not known"));
    }
    let pricing = &cloud.tenants[at].pricing;
    if pricing.version != version {
        return Err(stale(json!({"version": pricing.version})));
    }
    if pricing.mode == "production" && mode == Some("trial") {
        return Err(business_rule(
            "Production does not go back to trial",
            json!({}),
        ));
    }
    let newer = cloud.next_version();
    let now = cloud.now;
    let pricing = &mut cloud.tenants[at].pricing;
    if mode == Some("production") && pricing.production_start.is_none() {
        pricing.production_start = Some(now);
    }
    if let Some(mode) = mode {
        mode.clone_into(&mut pricing.mode);
    }
    if let Some(currency) = currency {
        pricing.currency = currency.clone();
    }
    pricing.version = newer;
    Ok(shown(cloud, at))
}

fn shown(cloud: &Cloud, at: usize) -> Answer {
    let pricing = &cloud.tenants[at].pricing;
    let started = pricing.production_start.map(|when| datetime(when, 0));
    Answer::json(
        200,
        &json!({"mode": pricing.mode, "currency": pricing.currency, "version": pricing.version,
            "production_start_date": started}),
    )
}

#[cfg(test)]
mod tests {
    use crate::acronis::bench::{Bench, code};
    use serde_json::json;

    #[test]
    fn production_wants_the_version_of_the_pricing_and_nothing_else_in_the_body() {
        let mut bench = Bench::new();
        let tenant = format!("/api/2/tenants/{}", bench.customer);
        let path = format!("{tenant}/pricing");
        let (_, read) = bench.get(&path);
        assert_eq!(read["mode"], "trial");
        let mut whole = read.clone();
        whole["mode"] = json!("production");
        assert_eq!(bench.put(&path, whole).0, 400);
        let of_tenant = bench.get(&tenant).1["version"].clone();
        assert_ne!(of_tenant, read["version"]);
        let wrong = json!({"mode": "production", "version": of_tenant});
        assert_eq!(code(&bench.put(&path, wrong).1), "1001");
        let right = json!({"mode": "production", "version": read["version"]});
        let (status, after) = bench.put(&path, right);
        assert_eq!(status, 200);
        assert!(after["production_start_date"].is_string());
        assert_ne!(after["version"], read["version"]);
        let back = json!({"mode": "trial", "version": after["version"]});
        assert_eq!(bench.put(&path, back).0, 400);
        assert_eq!(bench.get(&tenant).1["pricing_mode"], "production");
    }
}
