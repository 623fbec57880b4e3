//! `map-products use`, `free`, `leave`, `set` and `unset`.

use serde_json::Value;

use super::{add_service, listed, notes, offer, row, two_accounts, write};
use crate::support::Bench;

#[test]
fn a_second_use_of_a_service_or_of_an_item_is_refused_with_both_names() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_servers"]).expect(0);
    bench.sandbox.clear_visits();
    let taken = "Acronis - Per workload - Servers";
    let refused = write(&bench, &["use", "pw_base_vms", taken]).expect(4);
    for offender in ["eu/pw_base_servers", "eu/pw_base_vms", taken] {
        assert!(refused.stderr.contains(offender), "{}", refused.stderr);
    }
    let refused = write(&bench, &["use", "pw_base_servers", "Managed Workstation"]).expect(4);
    for offender in ["eu/pw_base_servers", "Managed Workstation", taken] {
        assert!(refused.stderr.contains(offender), "{}", refused.stderr);
    }
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "unmapped");
}

#[test]
fn items_are_freed_left_set_and_forgotten_and_saying_so_twice_changes_nothing() {
    let bench = Bench::small();
    let state = |item: &str| row(&listed(&bench), item)["state"].clone();
    for (verb, state_after) in [("free", "free"), ("leave", "leave"), ("unset", "unmapped")] {
        let run = write(&bench, &[verb, "pw_base_servers", "eu/pw_base_vms"])
            .expect(0)
            .json();
        assert_eq!(run["summary"]["done"], 2, "{run}");
        assert_eq!(state("pw_base_servers"), state_after);
        assert_eq!(state("pw_base_vms"), state_after);
        let again = write(&bench, &[verb, "pw_base_servers", "pw_base_vms"])
            .expect(0)
            .json();
        assert_eq!(again["summary"]["actions"], 0, "{again}");
    }
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_service_is_mapped_by_id_or_exact_name_with_its_measure() {
    let bench = Bench::small();
    let plans = add_service(&bench, "Plans & \"more\"\u{1b}[31m\n=1+1", 2);
    let run = write(
        &bench,
        &["use", "pw_base_vms", &plans.to_string(), "--minimum", "5"],
    )
    .expect(0)
    .json();
    assert_eq!(run["plan"]["actions"][0]["after"]["minimum"], 5);
    let found = row(&listed(&bench), "pw_base_vms");
    assert_eq!(found["service"], "Plans & \"more\"\u{1b}[31m\n=1+1");
    assert_eq!(found["unit_price"], "12.3");
    write(&bench, &["use", "pw_base_servers", "Managed Workstation"]).expect(0);
    let table = bench.run(&["map-products", "list"]).expect(0).stdout;
    assert!(!table.contains('\u{1b}'), "{table}");
    assert!(
        table.contains("Plans & \"more\"\\u{1b}[31m\\n=1+1"),
        "{table}"
    );
}

#[test]
fn a_service_that_a_spreadsheet_would_run_is_defused_in_csv() {
    let bench = Bench::small();
    let id = add_service(&bench, "=cmd|' /C calc'!A0", 2);
    write(&bench, &["use", "pw_base_vms", &id.to_string()]).expect(0);
    let csv = bench
        .run(&["map-products", "list", "--output", "csv"])
        .expect(0)
        .stdout;
    assert!(csv.contains(",'=cmd|' /C calc'!A0,"), "{csv}");
}

#[test]
fn a_unit_has_to_fit_what_the_item_is_measured_in() {
    let bench = Bench::small();
    let id = add_service(&bench, "Mine", 2).to_string();
    for (item, unit, fits) in [
        ("pw_base_vms", "GiB", "count"),
        ("pw_base_storage", "count", "GiB, TiB, GB, TB"),
        ("pw_base_adv_dr_compute_points", "GB", "compute-point"),
    ] {
        let refused = write(&bench, &["use", item, &id, "--unit", unit]).expect(4);
        for word in [item, unit, fits] {
            assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
        }
    }
    let refused = write(&bench, &["use", "pw_base_vms", &id, "--unit", "parsec"]).expect(2);
    assert!(
        refused.stderr.contains("--unit takes count, GiB"),
        "{}",
        refused.stderr
    );
    let refused = write(&bench, &["use", "pw_base_vms", &id, "--included", "-1"]).expect(2);
    assert!(refused.stderr.contains("--included"), "{}", refused.stderr);
    write(&bench, &["use", "pw_base_storage", &id, "--unit", "TB"]).expect(0);
    let changed = write(
        &bench,
        &[
            "set",
            "pw_base_storage",
            "--unit",
            "GB",
            "--rounding",
            "down",
        ],
    )
    .expect(0)
    .json();
    let line = &changed["plan"]["actions"][0];
    assert_eq!(line["kind"], "set-measure");
    assert_eq!(
        (&line["before"]["unit"], &line["after"]["unit"]),
        (&"TB".into(), &"GB".into())
    );
    write(&bench, &["set", "pw_base_storage", "--unit", "count"]).expect(4);
    write(&bench, &["set", "pw_base_vms", "--minimum", "1"]).expect(4);
    write(&bench, &["set", "pw_base_storage"]).expect(2);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_service_of_another_period_is_refused_until_that_plan_or_that_period_is_approved() {
    let bench = Bench::small();
    let yearly = add_service(&bench, "Yearly servers", 5).to_string();
    let refused = write(&bench, &["use", "pw_base_servers", &yearly])
        .expect(4)
        .json();
    let refusal = &refused["plan"]["gate"]["refusals"][0];
    assert_eq!(refusal["code"], "service-period", "{refused}");
    let text = refusal["text"].as_str().unwrap();
    for word in ["Yearly servers", "Yearly", "Monthly", "products.period"] {
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(row(&listed(&bench), "pw_base_servers")["state"], "unmapped");
    let digest = refused["plan"]["digest"].as_str().unwrap();
    write(
        &bench,
        &["use", "pw_base_servers", &yearly, "--expect-plan", digest],
    )
    .expect(0);
    assert_eq!(row(&listed(&bench), "pw_base_servers")["period"], "Yearly");
    write(&bench, &["unset", "pw_base_servers"]).expect(0);
    write(
        &bench,
        &["use", "pw_base_servers", &yearly, "--period", "Yearly"],
    )
    .expect(0);
}

#[test]
fn a_service_with_another_code_is_mapped_and_the_difference_is_said() {
    let bench = Bench::small();
    let id = add_service(&bench, "Other code", 2);
    let other = bench.sandbox.with_world(|world| {
        let codes = world.autotask.all("BillingCodes");
        let is_other = |row: &&Value| row["name"] != "Cloud Backup";
        let code = codes.iter().find(is_other).unwrap()["id"].as_i64().unwrap();
        assert!(
            world
                .autotask
                .set("Services", id, "billingCodeID", Value::from(code))
        );
        code
    });
    let run = write(&bench, &["use", "pw_base_servers", &id.to_string()])
        .expect(0)
        .json();
    let told = notes(&run, "service-code-differs").join(" ");
    for word in ["Other code", "Cloud Backup", &other.to_string()] {
        assert!(told.contains(word), "{told}");
    }
}

#[test]
fn unknown_and_ambiguous_items_and_services_are_named_with_what_there_is() {
    let bench = two_accounts();
    let refused = write(&bench, &["free", "pw_base_nothing"]).expect(2);
    assert!(
        refused.stderr.contains("pw_base_nothing"),
        "{}",
        refused.stderr
    );
    let refused = write(&bench, &["free", "pw_base_vms"]).expect(2);
    assert!(
        refused.stderr.contains("eu/pw_base_vms, us/pw_base_vms"),
        "{}",
        refused.stderr
    );
    let refused = write(&bench, &["free", "eu/pw_base_storage"]).expect(2);
    for word in ["(Frankfurt 1)", "(Frankfurt 2)", "eu/pw_base_storage@"] {
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
    let refused = write(&bench, &["use", "eu/pw_base_vms", "No such service"]).expect(2);
    assert!(
        refused.stderr.contains("No such service"),
        "{}",
        refused.stderr
    );
    write(&bench, &["free", "eu/pw_base_storage@Frankfurt 2"]).expect(0);
    let freed: Vec<Value> = listed(&bench)
        .into_iter()
        .filter(|row| row["state"] == "free")
        .collect();
    assert_eq!(freed.len(), 1);
    assert_eq!(freed[0]["storage"], "Frankfurt 2");
}

#[test]
fn an_item_that_is_not_offered_any_more_can_only_be_forgotten() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_nas"]).expect(0);
    offer(&bench, "pw_base_nas", false);
    assert_eq!(row(&listed(&bench), "pw_base_nas")["state"], "missing");
    let refused = write(&bench, &["free", "pw_base_nas"]).expect(4);
    assert!(
        refused.stderr.contains("no longer offered by the account"),
        "{}",
        refused.stderr
    );
    write(&bench, &["unset", "pw_base_nas"]).expect(0);
    assert!(
        listed(&bench)
            .iter()
            .all(|row| row["name"] != "pw_base_nas")
    );
}

#[test]
fn a_mapping_is_one_to_one_across_accounts() {
    let bench = two_accounts();
    let id = add_service(&bench, "Shared", 2).to_string();
    write(&bench, &["use", "eu/pw_base_vms", &id]).expect(0);
    let refused = write(&bench, &["use", "us/pw_base_vms", &id]).expect(4);
    for offender in ["eu/pw_base_vms", "us/pw_base_vms", "Shared"] {
        assert!(refused.stderr.contains(offender), "{}", refused.stderr);
    }
}
