//! Customers whose contracts are over.

use super::*;

const ENDS: &str =
    "[provisioning.deprovision]\ndisable_after_days = 10\ndelete_after_days = 30\n\n[tickets]";

/// Alma Bakery and Brook Dental have tenants and contracts; deprovisioning is on.
fn two_customers() -> Bench {
    let bench = Bench::small();
    ready(&bench);
    bench.configure("[provisioning]", AUTOMATIC);
    bench.configure("[tickets]", ENDS);
    provision(&bench, &[]).expect(0);
    // Nothing of Brook Dental is in use; its quotas may go to zero.
    let brook = tenant(&bench, "Brook Dental");
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        for name in ["pw_base_workstations", "pw_base_servers"] {
            cloud.set_usage(&brook, name, None, 0, 0);
        }
        let infra = world.dump()["storages"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        world.acronis[0].set_usage(&brook, "pw_base_storage", Some(&infra), 0, 0);
    });
    bench.sandbox.clear_visits();
    bench
}

fn note(run: &Value, kind: &str) -> String {
    let notes = run["plan"]["notes"].as_array().unwrap();
    let note = notes.iter().find(|note| note["kind"] == kind);
    note.unwrap_or_else(|| panic!("no note {kind} in {notes:?}"))["text"].to_string()
}

fn document(bench: &Bench, id: &str) -> Value {
    let dump = bench.sandbox.with_world(|world| world.dump());
    let tenants = dump["tenants"].as_array().unwrap();
    tenants
        .iter()
        .find(|tenant| tenant["id"] == id)
        .unwrap()
        .clone()
}

#[test]
fn a_customer_without_contract_is_reported_disabled_and_deleted_in_its_time() {
    let mut bench = two_customers();
    let brook = tenant(&bench, "Brook Dental");
    end_contracts(&bench, "Brook Dental"); // on 2026-09-14
    let told = provision(&bench, &[]).expect(0).json();
    assert!(
        note(&told, "deprovision-clock").contains("disabled on 2026-09-24"),
        "{told}"
    );
    let status = bench.run(&["status", "-o", "json"]).expect(0).stdout;
    assert!(status.contains("clock"), "{status}");

    bench.set_now("2026-09-23T08:00:00Z");
    bench.sandbox.clear_visits();
    provision(&bench, &[]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);

    bench.set_now("2026-09-24T08:00:00Z");
    provision(&bench, &[]).expect(0);
    assert_eq!(document(&bench, &brook)["enabled"], false);
    bench.sandbox.clear_visits();
    provision(&bench, &[]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);

    bench.set_now("2026-10-14T08:00:00Z");
    let due = provision(&bench, &[]).expect(0).json();
    assert!(note(&due, "delete-due").contains("--allow-delete"));
    assert_eq!(document(&bench, &brook)["deleted"], false);
    provision(&bench, &["--allow-delete"]).expect(0);
    assert_eq!(document(&bench, &brook)["deleted"], true);
    // Deleted is not missing: no new tenant is made for the company.
    bench.sandbox.clear_visits();
    provision(&bench, &["--allow-delete"]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_contract_that_returns_stops_the_clock() {
    let mut bench = two_customers();
    end_contracts(&bench, "Brook Dental");
    provision(&bench, &[]).expect(0);
    bench.set_now("2026-09-23T08:00:00Z");
    sell(
        &bench,
        "Brook Dental",
        "Acronis - Per workload - Workstations",
        2,
    );
    provision(&bench, &[]).expect(0);
    bench.set_now("2026-09-30T08:00:00Z");
    bench.sandbox.clear_visits();
    let run = provision(&bench, &[]).expect(0).json();
    assert_eq!(bench.writes(), [""; 0]);
    let status = bench.run(&["status", "-o", "json"]).expect(0).stdout;
    assert!(!status.contains("\"clock\""), "{status} {run}");
}

#[test]
fn what_a_person_enabled_again_and_recovery_in_use_are_left_to_a_person() {
    let mut bench = two_customers();
    let brook = tenant(&bench, "Brook Dental");
    end_contracts(&bench, "Brook Dental");
    provision(&bench, &[]).expect(0);
    bench.sandbox.with_world(|world| {
        let infra = world.dump()["storages"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let cloud = &mut world.acronis[0];
        cloud.set_usage(&brook, "pw_base_adv_dr_storage", Some(&infra), 5, 5);
    });
    bench.set_now("2026-09-24T08:00:00Z");
    let run = provision(&bench, &[]).expect(0).json();
    assert!(note(&run, "left-to-a-person").contains("pw_base_adv_dr_storage"));
    assert_eq!(document(&bench, &brook)["enabled"], true);

    bench.sandbox.with_world(|world| {
        let infra = world.dump()["storages"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let cloud = &mut world.acronis[0];
        cloud.set_usage(&brook, "pw_base_adv_dr_storage", Some(&infra), 0, 0);
    });
    provision(&bench, &[]).expect(0);
    assert_eq!(document(&bench, &brook)["enabled"], false);
    bench
        .sandbox
        .with_world(|world| world.acronis[0].enable(&brook));
    bench.set_now("2026-10-20T08:00:00Z");
    let run = provision(&bench, &["--allow-delete"]).expect(0).json();
    assert!(note(&run, "left-to-a-person").contains("enabled tenant Brook Dental again"));
    assert_eq!(document(&bench, &brook)["deleted"], false);
}

#[test]
fn a_failed_read_neither_starts_nor_advances_a_clock() {
    let mut bench = two_customers();
    end_contracts(&bench, "Brook Dental");
    let broken = Kind::Status {
        code: 500,
        body: Some(r#"{"errors":["The report is closed today"]}"#.to_owned()),
        headers: Vec::new(),
    };
    let fault = Fault::new("autotask", "POST", "*/ContractServiceUnits/query", broken);
    bench.sandbox.fault(fault.times(0));
    let failed = provision(&bench, &[]);
    assert_ne!(failed.code, 0);
    let status = bench.run(&["status", "-o", "json"]);
    assert!(!status.stdout.contains("\"clock\""), "{status:?}");
    bench.sandbox.clear_faults();
    // First told on the day it was due: nothing happens on that day.
    bench.set_now("2026-09-24T08:00:00Z");
    provision(&bench, &[]).expect(0);
    let brook = tenant(&bench, "Brook Dental");
    assert_eq!(document(&bench, &brook)["enabled"], true);
}

#[test]
fn contracts_that_are_out_of_sight_for_all_stop_the_run() {
    let bench = two_customers();
    bench.sandbox.with_world(|world| {
        let other = world.autotask.add_company("Elsewhere", "Vendor", true);
        for row in world.autotask.all("Contracts") {
            let id = row["id"].as_i64().unwrap();
            world
                .autotask
                .set("Contracts", id, "companyID", other.into());
        }
    });
    let run = provision(&bench, &[]).expect(4).json();
    assert_eq!(codes(&run), ["no-contracts"]);
    assert_eq!(bench.writes(), [""; 0]);
}
