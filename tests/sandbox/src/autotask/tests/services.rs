use super::*;

fn service(bench: &Bench, name: &str) -> Value {
    json!({
        "name": name, "periodType": 2, "billingCodeID": bench.code(), "unitPrice": 3.25,
    })
}

#[test]
fn a_service_is_created_active() {
    let mut bench = Bench::new();
    let body = service(&bench, "Acronis - Server");
    let id = bench.created("/Services", body);
    let made = bench.db.get("Services", id).unwrap();
    assert_eq!(
        (&made["isActive"], &made["unitPrice"]),
        (&json!(true), &json!(3.25))
    );
}

#[test]
fn names_are_unique_inactive_ones_included() {
    let mut bench = Bench::new();
    let old = bench.service;
    bench.db.set("Services", old, "isActive", json!(false));
    let body = service(&bench, "backup - workstation");
    bench.refused("POST", "/Services", body.clone(), "IX_service");
    bench.refused(
        "POST",
        "/Services",
        body,
        "Cannot insert duplicate key in object 'dbo.Service'",
    );
    let other = service(&bench, "Other");
    let id = bench.created("/Services", other);
    bench.refused(
        "PATCH",
        "/Services",
        json!({"id": id, "name": "Backup - Workstation"}),
        "IX_service",
    );
}

#[test]
fn the_billing_code_must_be_an_active_recurring_one() {
    let mut bench = Bench::new();
    for name in ["Hardware", "Retired Recurring"] {
        let mut body = service(&bench, name);
        body["billingCodeID"] = json!(bench.db.named("BillingCodes", "name", name));
        bench.refused(
            "POST",
            "/Services",
            body,
            "BillingCode does not exist or is invalid",
        );
    }
}

#[test]
fn a_bundle_takes_each_service_once_and_keeps_its_last() {
    let mut bench = Bench::new();
    let body = service(&bench, "Bundle");
    let bundle = bench.created("/ServiceBundles", body);
    let path = format!("/ServiceBundles/{bundle}/Services");
    let member = json!({"serviceID": bench.service});
    let id = bench.created(&path, member.clone());
    bench.refused("POST", &path, member, "already in the service bundle");
    let yearly = bench.db.add_service("Yearly", 5, "1");
    bench.refused("POST", &path, json!({"serviceID": yearly}), "period type");
    let (status, _) = bench.ask("DELETE", &format!("{path}/{id}"), Value::Null);
    assert_eq!(status, 500);
}

#[test]
fn a_bundle_on_a_contract_cannot_be_deleted() {
    let mut bench = Bench::new();
    let (contract, service) = (bench.contract, bench.service);
    let bundle = bench.db.add_bundle("All in one", &[service]);
    bench.db.add_contract_bundle(contract, bundle, 3);
    bench.refused(
        "DELETE",
        &format!("/ServiceBundles/{bundle}"),
        Value::Null,
        "on a contract",
    );
    assert_eq!(
        bench
            .db
            .bundle_units_on(contract, bundle, date("2026-05-05")),
        3
    );
}
