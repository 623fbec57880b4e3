//! A label that two entries of a list share is never taken for one of them.

use serde_json::json;

use crate::support::Bench;

/// Two billing codes, work types, people and priorities share their names, apart from case and
/// blanks.
fn doubled() -> Bench {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        let autotask = &mut world.autotask;
        let code = autotask
            .named("BillingCodes", "name", "Managed Services")
            .unwrap();
        assert!(autotask.set("BillingCodes", code, "name", json!("cloud backup ")));
        let work = autotask.named("BillingCodes", "name", "Hardware").unwrap();
        assert!(autotask.set("BillingCodes", work, "name", json!("Remote Support")));
        assert!(autotask.set("BillingCodes", work, "useType", json!(1)));
        let people = autotask.all("Resources");
        let active = people.iter().filter(|one| one["isActive"] == true);
        for one in active {
            let id = one["id"].as_i64().unwrap();
            assert!(autotask.set("Resources", id, "firstName", json!("Ann")));
            assert!(autotask.set("Resources", id, "lastName", json!("Lee")));
        }
        for pick in autotask.picklist_mut("Tickets", "priority") {
            if pick.label == "Low" {
                pick.label = "Medium".to_owned();
            }
        }
        for pick in autotask.picklist_mut("Companies", "companyType") {
            if pick.label == "Prospect" {
                pick.label = "customer".to_owned();
            }
        }
    });
    bench.configure(
        "priority = \"Medium\"",
        "priority = \"Medium\"\nwork_type = \"Remote Support\"\nresource = \"Ann Lee\"\nrole = \"Engineer\"",
    );
    bench
}

/// The ids that a text names in brackets.
fn ids(text: &str) -> usize {
    text.matches('(').count()
}

#[test]
fn a_shared_label_is_refused_with_both_ids_wherever_it_is_written() {
    let bench = doubled();
    let create = ["map-products", "create", "pw_base_servers"];
    for (arguments, key) in [
        (&create[..], "products.service_code"),
        (
            &[&create[..], &["--service-code", "Cloud Backup"]].concat(),
            "--service-code",
        ),
        (&["map-customer", "list", "--type", "Customer"], "--type"),
        (&["map-customer", "suggest"], "provisioning.company_types"),
        (&["sync-tickets"], "tickets.defaults.priority"),
        (&["sync-tickets"], "tickets.defaults.work_type"),
        (&["sync-tickets"], "tickets.defaults.resource"),
    ] {
        let run = bench.run(arguments).expect(2);
        let line = run.stderr.lines().find(|line| line.contains(key));
        let line = line.unwrap_or_else(|| panic!("{key}: {}", run.stderr));
        assert!(line.contains("matches several"), "{line}");
        assert!(ids(line) >= 2 && line.ends_with("write the id"), "{line}");
    }
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn check_names_every_shared_label_with_both_ids() {
    let bench = doubled();
    let run = bench.run(&["check", "--output", "json"]).expect(2).json();
    let findings = run.as_array().unwrap();
    for key in [
        "products.service_code",
        "provisioning.company_types",
        "tickets.defaults.priority",
        "tickets.defaults.work_type",
        "tickets.defaults.resource",
    ] {
        let found = findings.iter().find(|one| one["subject"] == key);
        let text = found.unwrap_or_else(|| panic!("{key}: {run}"))["found"]
            .as_str()
            .unwrap();
        assert!(text.contains("matches several") && ids(text) >= 2, "{text}");
    }
}

#[test]
fn the_id_tells_two_entries_of_one_label_apart() {
    let bench = doubled();
    let code = bench.sandbox.with_world(|world| {
        let all = world.autotask.all("BillingCodes");
        let named = all.iter().find(|code| code["name"] == "Cloud Backup");
        named.unwrap()["id"].to_string()
    });
    let run = bench.run(&[
        "map-products",
        "create",
        "pw_base_servers",
        "--service-code",
        &code,
    ]);
    run.expect(0);
}
