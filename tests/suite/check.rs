//! Stories of `check`: it looks at everything, never stops at the first, and says how to mend it.

use serde_json::Value;

use crate::support::{Bench, Run};

fn check(bench: &Bench) -> Run {
    bench.run(&["check", "--output", "json"])
}

/// The lines that are not in order.
fn trouble(run: &Run) -> Vec<(String, String, String)> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    run.json()
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["verdict"] != "ok")
        .map(|row| {
            (
                text(row, "verdict"),
                text(row, "area"),
                text(row, "subject"),
            )
        })
        .collect()
}

#[track_caller]
fn line(run: &Run, area: &str, subject: &str) -> Value {
    let document = run.json();
    let rows = document.as_array().unwrap();
    let found = rows
        .iter()
        .find(|row| row["area"] == area && row["subject"] == subject);
    found
        .unwrap_or_else(|| panic!("no line {area} {subject} in {document:#}"))
        .clone()
}

fn owned(lines: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    lines
        .iter()
        .map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
        .collect()
}

#[test]
fn a_complete_setup_is_all_ok_and_nothing_is_written() {
    let bench = Bench::small();
    let run = check(&bench).expect(0);
    assert_eq!(trouble(&run), []);
    assert!(
        line(&run, "autotask", "sign-in")["found"]
            .as_str()
            .unwrap()
            .contains("database 4711")
    );
    assert_eq!(line(&run, "acronis eu", "tenants")["found"], "2 customers");
    assert!(bench.sandbox.writes().is_empty());
    assert!(!bench.state().exists());
    let text = bench.run(&["check"]).expect(0).stdout;
    assert!(text.ends_with("all checks passed\n"), "{text}");
}

#[test]
fn quiet_says_nothing_of_what_is_in_order() {
    let bench = Bench::small();
    assert_eq!(bench.run(&["check", "-q"]).expect(0).stdout, "");
    bench.configure("\"Cloud Backup\"", "\"Cloud Bakcup\"");
    let text = bench.run(&["check", "-q"]).expect(2).stdout;
    assert!(text.contains("products.service_code"), "{text}");
    assert!(!text.contains("sign-in"), "{text}");
}

#[test]
fn all_wrong_labels_are_reported_in_one_go_with_what_could_be_written_instead() {
    let bench = Bench::small();
    bench.configure("\"Cloud Backup\"", "\"Cloud Bakcup\"");
    bench.configure("period = \"Monthly\"", "period = \"Fortnightly\"");
    bench.configure("\"Frankfurt 1\"", "\"Frankfort\"");
    bench.configure("source = \"Monitoring Alert\"", "source = \"Nowhere\"");
    bench.configure("priority = \"Medium\"", "priority = \"Mild\"");
    let run = check(&bench).expect(2);
    assert_eq!(
        trouble(&run),
        owned(&[
            ("missing", "autotask", "products.period"),
            ("missing", "autotask", "products.service_code"),
            ("missing", "tickets", "tickets.defaults.priority"),
            ("missing", "tickets", "tickets.source"),
            ("missing", "acronis eu", "storage"),
        ])
    );
    let period = line(&run, "autotask", "products.period");
    assert!(
        period["found"].as_str().unwrap().contains("Monthly (2)"),
        "{period}"
    );
    assert_eq!(
        period["mend"],
        "change products.period in the configuration"
    );
    let storage = line(&run, "acronis eu", "storage");
    assert!(
        storage["found"].as_str().unwrap().contains("Frankfurt 1"),
        "{storage}"
    );
}

#[test]
fn a_wrong_autotask_secret_is_tried_once_and_acronis_is_looked_at_all_the_same() {
    let bench = Bench::small();
    std::fs::write(bench.dir().join("autotask.secret"), "wrong").unwrap();
    let run = check(&bench).expect(5);
    assert_eq!(trouble(&run), owned(&[("missing", "autotask", "sign-in")]));
    assert_eq!(line(&run, "acronis eu", "tenants")["verdict"], "ok");
    let failed = bench
        .sandbox
        .with_world(|world| world.autotask.failed_logins);
    assert_eq!(failed, 1);
}

#[test]
fn a_wrong_integration_code_and_a_wrong_user_are_credentials_too() {
    let bench = Bench::small();
    std::fs::write(bench.dir().join("autotask.code"), "wrong").unwrap();
    assert_eq!(
        trouble(&check(&bench).expect(5)),
        owned(&[("missing", "autotask", "sign-in")])
    );
}

#[test]
fn a_wrong_acronis_secret_leaves_autotask_and_other_lines_standing() {
    let bench = Bench::small();
    std::fs::write(bench.dir().join("acronis-eu.secret"), "wrong").unwrap();
    let run = check(&bench).expect(5);
    assert_eq!(
        trouble(&run),
        owned(&[("missing", "acronis eu", "sign-in")])
    );
    let mend = line(&run, "acronis eu", "sign-in")["mend"].clone();
    assert!(mend.as_str().unwrap().contains("secret"), "{mend}");
}

#[test]
fn a_missing_role_is_reported_for_what_it_breaks() {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        world.acronis[0].drop_scope("alert_manager::viewer");
        world.acronis[0].drop_scope("alert_manager::admin");
    });
    let run = check(&bench).expect(5);
    assert_eq!(trouble(&run), owned(&[("missing", "acronis eu", "alerts")]));
}

#[test]
fn a_service_out_of_reach_ends_with_six() {
    let bench = Bench::small();
    bench.configure("[state]", "[network]\nattempts = 1\n\n[state]");
    let url = bench.sandbox.acronis_url("eu");
    bench.configure(&url, "http://127.0.0.1:1");
    let run = check(&bench).expect(6);
    assert_eq!(
        trouble(&run),
        owned(&[("missing", "acronis eu", "sign-in")])
    );
}

#[test]
fn a_wrong_zone_address_is_reported_and_acronis_is_looked_at_all_the_same() {
    let bench = Bench::small();
    bench.configure("[state]", "[network]\nattempts = 1\n\n[state]");
    let url = bench.sandbox.autotask_url();
    bench.configure(&url, "http://127.0.0.1:1/ATServicesRest/");
    let run = check(&bench).expect(6);
    assert_eq!(trouble(&run), owned(&[("missing", "autotask", "sign-in")]));
    assert_eq!(line(&run, "acronis eu", "tenants")["verdict"], "ok");
}

#[test]
fn offline_asks_nobody() {
    let bench = Bench::small();
    let run = bench.run(&["check", "--offline", "-o", "json"]).expect(0);
    assert_eq!(run.json().as_array().unwrap().len(), 4);
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn mistakes_of_the_file_and_unreadable_secrets_are_lines_of_their_own() {
    let bench = Bench::small();
    bench.configure(
        "[products]",
        "[billing]\nfreeze = [32]\n\n[products]\npreiod = 3",
    );
    let run = check(&bench).expect(2);
    assert_eq!(
        trouble(&run),
        owned(&[
            ("missing", "config", "billing.freeze"),
            ("missing", "config", "products.preiod")
        ])
    );
    assert!(
        line(&run, "config", "products.preiod")["mend"]
            .as_str()
            .unwrap()
            .contains("line")
    );

    let bench = Bench::small();
    std::fs::remove_file(bench.dir().join("autotask.secret")).unwrap();
    std::fs::remove_file(bench.dir().join("acronis-eu.secret")).unwrap();
    let run = check(&bench).expect(2);
    assert_eq!(
        trouble(&run),
        owned(&[
            ("missing", "config", "acronis.client_secret"),
            ("missing", "config", "autotask.secret")
        ])
    );
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn a_rule_on_an_unknown_alert_type_and_a_missing_field_are_warnings() {
    let bench = Bench::small();
    bench.configure(
        "[limits]",
        "[[tickets.rule]]\nmatch = { type = \"BackupFaild\" }\npriority = \"High\"\n\n\
         [billing]\npayg_field = \"Other\"\n\n[limits]",
    );
    let run = check(&bench).expect(0);
    let found = trouble(&run);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].2, "billing.payg_field");
    assert!(found.iter().all(|line| line.0 == "warning"), "{found:?}");
    let lines = run.stdout;
    assert!(
        lines.contains("no account has the alert type BackupFaild"),
        "{lines}"
    );
}

#[test]
fn a_tenant_that_somebody_renamed_is_reported() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.rename(&tenant, "Alma Patisserie");
    });
    let run = check(&bench).expect(0);
    let renamed = line(&run, "mapping", "tenant-renamed");
    assert_eq!(renamed["verdict"], "warning");
    assert!(
        renamed["found"]
            .as_str()
            .unwrap()
            .contains("Alma Patisserie"),
        "{renamed}"
    );
}

#[test]
fn a_service_whose_period_is_not_its_contracts_is_told() {
    let bench = Bench::small();
    let yearly = [
        "map-products",
        "create",
        "pw_base_servers",
        "--period",
        "yearly",
    ];
    bench.run(&yearly).expect(0);
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    let contract = bench.sandbox.with_world(|world| {
        let autotask = &mut world.autotask;
        let name = "Acronis - Per workload - Servers";
        let servers = autotask.named("Services", "name", name).unwrap();
        let contract = autotask
            .named("Contracts", "contractName", "Cloud backup Brook Dental")
            .unwrap();
        autotask.add_contract_service(contract, servers, 3);
        contract
    });
    let told = line(&check(&bench), "mapping", "service-period-differs");
    let found = told["found"].as_str().unwrap();
    let words = format!("billed Yearly, but contract {contract} is billed Monthly");
    assert!(found.contains(&words), "{found}");
}
