//! `map-products list` and what it finds odd.

use jiff::civil::Date;
use serde_json::Value;

use super::{action, listed, offer, row, two_accounts, write};
use crate::support::Bench;

/// All that `list` finds odd about one item.
fn lints(bench: &Bench, item: &str) -> String {
    let found = row(&listed(bench), item);
    found["lints"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn every_storage_stands_alone_with_its_name_place_and_backend() {
    let bench = two_accounts();
    let rows = listed(&bench);
    let storages: Vec<[&str; 4]> = rows
        .iter()
        .filter(|row| row["name"] == "pw_base_storage")
        .map(|row| {
            ["account", "storage", "storage_location", "storage_backend"]
                .map(|key| row[key].as_str().unwrap())
        })
        .collect();
    assert_eq!(storages.len(), 3);
    for storage in [
        ["eu", "Frankfurt 1", "Frankfurt", "acronis"],
        ["eu", "Frankfurt 2", "Frankfurt", "google"],
        ["us", "Boston", "Boston", "azure"],
    ] {
        assert!(storages.contains(&storage), "{storages:?}");
    }
}

#[test]
fn every_known_item_has_a_human_name_and_an_unknown_one_its_raw_name() {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        world.acronis[0].offer_future_item();
        world.acronis[0].add_infra(
            "Files",
            "Frankfurt",
            Some("acronis"),
            true,
            &["files_cloud"],
        )
    });
    for found in listed(&bench) {
        let (name, label) = (&found["name"], &found["label"]);
        let raw = *name == "pw_base_future_workloads";
        assert_eq!(name == label, raw, "{found}");
    }
}

#[test]
fn a_list_shows_service_price_period_and_code_and_writes_nothing() {
    let bench = Bench::small();
    write(
        &bench,
        &["create", "pw_base_servers", "--period", "Quarterly"],
    )
    .expect(0);
    bench.sandbox.clear_visits();
    let found = row(&listed(&bench), "pw_base_servers");
    assert_eq!(found["period"], "Quarterly");
    assert_eq!(found["service_code"], "Cloud Backup");
    assert_eq!(found["unit_price"], "0");
    assert_eq!(found["service_active"], true);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_list_is_narrowed_by_text_state_and_account_and_counts_what_it_shows() {
    let bench = two_accounts();
    write(&bench, &["free", "eu/pw_base_vms"]).expect(0);
    let names = |arguments: &[&str]| -> Vec<String> {
        let all = [&["map-products", "list", "--output", "json"], arguments].concat();
        let rows = bench.run(&all).expect(0).json();
        let name = |row: &Value| format!("{}/{}", row["account"], row["name"]).replace('"', "");
        rows.as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(names(&["--only", "free"]), ["eu/pw_base_vms"]);
    assert_eq!(
        names(&["--search", "BOSTON", "--search", "boston", "--only", "free"][2..]),
        [""; 0]
    );
    assert!(
        names(&["--search", "BOSTON"])
            .iter()
            .all(|name| name.starts_with("us/"))
    );
    assert!(
        names(&["--account", "us"])
            .iter()
            .all(|name| name.starts_with("us/"))
    );
    let table = bench
        .run(&["map-products", "list", "--only", "free"])
        .expect(0);
    assert!(table.stdout.contains("items: 1 free"), "{}", table.stdout);
    let refused = bench
        .run(&["map-products", "list", "--account", "asia"])
        .expect(2);
    assert!(
        refused.stderr.contains("configured accounts: eu, us"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_list_of_four_hundred_items_takes_at_most_ten_requests() {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        for number in 0..45 {
            let (name, able) = (format!("Storage {number}"), ["backup", "disaster_recovery"]);
            let place = format!("Place {}", number % 9);
            world.acronis[0].add_infra(&name, &place, Some("acronis"), true, &able);
        }
    });
    write(
        &bench,
        &["create", "pw_base_servers", "pw_base_storage@Storage 7"],
    )
    .expect(0);
    // While nobody is linked, tags are looked for, too.
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    assert!(listed(&bench).len() > 400);
    assert!(
        bench.sandbox.visits().len() <= 10,
        "{:?}",
        bench.sandbox.visits().len()
    );
}

#[test]
fn a_service_that_was_renamed_or_made_inactive_is_reported() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_servers", "pw_base_vms"]).expect(0);
    let rows = listed(&bench);
    let id = |item: &str| row(&rows, item)["service_id"].as_i64().unwrap();
    bench.sandbox.with_world(|world| {
        let (servers, vms) = (id("pw_base_servers"), id("pw_base_vms"));
        assert!(
            world
                .autotask
                .set("Services", servers, "name", Value::from("Servers new"))
        );
        assert!(
            world
                .autotask
                .set("Services", vms, "isActive", Value::from(false))
        );
    });
    assert_eq!(row(&listed(&bench), "pw_base_servers")["state"], "renamed");
    let told = lints(&bench, "pw_base_servers");
    assert!(
        told.contains("`Acronis - Per workload - Servers` then"),
        "{told}"
    );
    assert!(told.contains("now named `Servers new`"), "{told}");
    assert!(lints(&bench, "pw_base_vms").contains("inactive"));
    let run = write(&bench, &["use", "pw_base_servers", "Servers new"])
        .expect(0)
        .json();
    assert_eq!(action(&run, "pw_base_servers")["kind"], "use-service");
    assert_eq!(lints(&bench, "pw_base_servers"), "");
}

#[test]
fn a_part_beside_its_whole_is_charged_twice() {
    let bench = Bench::small();
    write(
        &bench,
        &["create", "pw_base_m365_seats", "pw_base_m365_teams"],
    )
    .expect(0);
    let told = lints(&bench, "pw_base_m365_seats");
    assert!(
        told.contains("pw_base_m365_teams") && told.contains("charges the same twice"),
        "{told}"
    );
    write(&bench, &["free", "pw_base_m365_teams"]).expect(0);
    assert_eq!(lints(&bench, "pw_base_m365_seats"), "");
}

#[test]
fn seats_whose_features_nobody_may_switch_on_are_reported() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_gworkspace_seats"]).expect(0);
    assert_eq!(lints(&bench, "pw_base_gworkspace_seats"), "");
    write(&bench, &["leave", "pw_base_google_mail"]).expect(0);
    offer(&bench, "pw_base_google_drive", false);
    let told = lints(&bench, "pw_base_gworkspace_seats");
    assert!(told.contains("seats without their features"), "{told}");
}

#[test]
fn a_pack_without_its_base_is_reported() {
    let bench = Bench::small();
    write(
        &bench,
        &[
            "create",
            "pw_pack_adv_backup_servers",
            "pw_pack_adv_security",
        ],
    )
    .expect(0);
    write(&bench, &["create", "pw_base_workstations"]).expect(0);
    let told = lints(&bench, "pw_pack_adv_backup_servers");
    assert!(
        told.contains("pack without its standard item") && told.contains("pw_base_servers"),
        "{told}"
    );
    assert_eq!(lints(&bench, "pw_pack_adv_security"), "");
}

#[test]
fn a_storage_that_nobody_mapped_is_reported_where_its_edition_is_sold() {
    let bench = Bench::small();
    let storage = |bench: &Bench| {
        let rows = listed(bench);
        let found = rows
            .iter()
            .find(|row| row["name"] == "pw_base_storage")
            .unwrap();
        found["lints"].clone()
    };
    assert_eq!(storage(&bench), Value::Null);
    write(&bench, &["create", "pw_base_servers"]).expect(0);
    assert!(storage(&bench).as_str().unwrap().contains("Frankfurt 1"));
    let table = bench.run(&["map-products", "list"]).expect(0).stdout;
    assert!(table.contains("? eu/pw_base_storage@"), "{table}");
    assert!(!table.contains("pg_base_storage@") || !table.contains("? eu/pg_base_storage"));
}

#[test]
fn a_missing_item_and_an_odd_period_matter_where_contracts_hold_their_services() {
    let bench = Bench::small();
    write(&bench, &["create", "pw_base_nas"]).expect(0);
    write(
        &bench,
        &["create", "pw_base_websites", "--period", "Yearly"],
    )
    .expect(0);
    offer(&bench, "pw_base_nas", false);
    let rows = listed(&bench);
    let id = |item: &str| row(&rows, item)["service_id"].as_i64().unwrap();
    assert!(!lints(&bench, "pw_base_nas").contains("stands on"));
    let (nas, websites) = (id("pw_base_nas"), id("pw_base_websites"));
    let (first, last) = (Date::constant(2026, 9, 1), Date::constant(2027, 8, 31));
    let contract = bench.sandbox.with_world(|world| {
        let autotask = &mut world.autotask;
        let company = autotask.add_company("Dune Travel", "Customer", true);
        let contract = autotask.add_contract(company, "Web", first, last, 2, Some("Yes"));
        let bundle = autotask.add_bundle("Office", &[nas]);
        autotask.add_contract_bundle(contract, bundle, 1);
        autotask.add_contract_service(contract, websites, 3);
        contract
    });
    let told = lints(&bench, "pw_base_nas");
    assert!(
        told.contains(&format!("is on contract {contract}")),
        "{told}"
    );
    let told = lints(&bench, "pw_base_websites");
    assert!(
        told.contains("billed Yearly") && told.contains(&contract.to_string()),
        "{told}"
    );
}

#[test]
fn check_tells_the_same_oddities_and_nothing_where_nothing_was_decided() {
    let bench = Bench::small();
    let told = |bench: &Bench| -> Vec<String> {
        let rows = bench.run(&["check", "--output", "json"]).expect(0).json();
        let rows = rows.as_array().unwrap().iter();
        rows.filter(|row| row["area"] == "mapping")
            .map(|row| row["subject"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(told(&bench), [""; 0]);
    write(&bench, &["create", "pw_pack_adv_backup_servers"]).expect(0);
    let odd = ["price-zero", "pack-without-base", "storage-unmapped"];
    assert_eq!(told(&bench), odd);
}

#[test]
fn the_items_are_those_that_the_configured_partner_can_hand_out() {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let root = cloud.root();
        let partner = cloud.add_partner(&root, "North");
        assert!(cloud.disable_item(&partner, "pw_base_nas", None));
    });
    let all = listed(&bench).len();
    bench.configure("client_id", "partner = \"North\"\nclient_id");
    let rows = listed(&bench);
    assert_eq!(rows.len(), all - 1);
    assert!(rows.iter().all(|row| row["name"] != "pw_base_nas"));
    bench.configure("\"North\"", "\"South\"");
    let refused = bench.run(&["map-products", "list"]).expect(2);
    assert!(refused.stderr.contains("South"), "{}", refused.stderr);
}
