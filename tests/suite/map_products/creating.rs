//! `map-products create`.

use sandbox::{Fault, Kind};
use serde_json::Value;

use super::{action, add_service, listed, notes, refusals, row, services, two_accounts, write};
use crate::support::Bench;

#[test]
fn create_all_makes_a_service_for_every_counted_item_and_a_second_run_writes_nothing() {
    let bench = Bench::small();
    let run = write(&bench, &["create", "--all"]).expect(0).json();
    let writes = bench.writes().len();
    assert!(writes > 20, "{run}");
    assert_eq!(run["summary"]["done"], writes);
    let rows = listed(&bench);
    let workstations = row(&rows, "pw_base_workstations");
    assert_eq!(workstations["state"], "mapped");
    assert_eq!(
        workstations["service"],
        "Acronis - Per workload - Workstations"
    );
    assert_eq!(row(&rows, "pw_base_m365_mailboxes")["state"], "unmapped");

    bench.sandbox.clear_visits();
    let again = write(&bench, &["create", "--all"]).expect(0).json();
    assert_eq!(again["summary"]["actions"], 0);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_dry_run_writes_neither_services_nor_a_state_file() {
    let bench = Bench::small();
    let before = services(&bench);
    let run = write(&bench, &["create", "--all", "-n", "--detailed-exitcode"]).expect(10);
    assert!(run.json()["summary"]["actions"].as_u64().unwrap() > 20);
    assert_eq!(services(&bench), before);
    assert!(!bench.state().exists());
}

#[test]
fn what_failed_is_made_by_the_next_run_under_the_same_name() {
    let bench = Bench::small();
    let fault = Fault::new(
        "autotask",
        "POST",
        "*/Services",
        Kind::Status {
            code: 500,
            body: Some(r#"{"errors":["The period type is closed today"]}"#.to_owned()),
            headers: Vec::new(),
        },
    );
    bench.sandbox.fault(fault.nth(3).times(2));
    let first = write(&bench, &["create", "--all"]).expect(3).json();
    let failed: Vec<&str> = first["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["outcome"] != "done")
        .map(|row| row["subject"].as_str().unwrap())
        .collect();
    assert_eq!(failed.len(), 2, "{first}");
    let planned = |run: &Value, subject: &str| -> Value {
        let actions = run["plan"]["actions"].as_array().unwrap();
        let action = actions.iter().find(|action| action["subject"] == subject);
        action.unwrap()["after"]["service"].clone()
    };
    bench.sandbox.clear_visits();
    let second = write(&bench, &["create", "--all"]).expect(0).json();
    for subject in &failed {
        assert_eq!(planned(&second, subject), planned(&first, subject));
    }
    assert_eq!(second["summary"]["done"], 2);
    assert_eq!(
        write(&bench, &["create", "--all"]).expect(0).json()["summary"]["actions"],
        0
    );
}

#[test]
fn a_service_is_made_with_the_wanted_name_period_code_and_measure() {
    let bench = Bench::small();
    let storage = "pw_base_storage@Frankfurt 1";
    let asked = [
        "create",
        storage,
        "--name",
        "Größe \"S\"",
        "--period",
        "yearly",
    ];
    let measured = [
        "--unit",
        "tib",
        "--rounding",
        "nearest",
        "--included",
        "2",
        "--minimum",
        "1",
    ];
    let run = write(&bench, &[&asked[..], &measured[..]].concat())
        .expect(0)
        .json();
    let after = &run["plan"]["actions"][0]["after"];
    assert_eq!(after["period"], "Yearly");
    assert_eq!(after["service_code"], "Cloud Backup");
    let made = bench.sandbox.with_world(|world| {
        let id = world
            .autotask
            .named("Services", "name", "Größe \"S\"")
            .unwrap();
        world.autotask.get("Services", id).unwrap()
    });
    assert_eq!(made["periodType"], 5);
    assert_eq!(made["unitPrice"], 0.0);
    let rows = listed(&bench);
    let found = rows
        .iter()
        .find(|row| row["name"] == "pw_base_storage")
        .unwrap();
    assert_eq!(found["service"], "Größe \"S\"");
    assert_eq!(
        [
            &found["unit"],
            &found["rounding"],
            &found["included"],
            &found["minimum"]
        ],
        [
            &Value::from("TiB"),
            &Value::from("nearest"),
            &Value::from(2),
            &Value::from(1)
        ]
    );
}

#[test]
fn a_service_of_that_name_is_reported_and_adopted_only_when_asked_also_an_inactive_one() {
    let bench = Bench::small();
    let name = "Acronis - Per workload - Servers";
    let id = add_service(&bench, name, 2);
    bench.sandbox.with_world(|world| {
        assert!(
            world
                .autotask
                .set("Services", id, "isActive", Value::from(false))
        );
    });
    let refused = write(&bench, &["create", "pw_base_servers"])
        .expect(4)
        .json();
    let told = refusals(&refused, "service-exists").join(" ");
    let instead = format!("acrotask map-products use eu/pw_base_servers {id}");
    for word in [name, "inactive", "--adopt", &instead] {
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(refused["summary"]["actions"], 0);
    let adopted = write(&bench, &["create", "pw_base_servers", "--adopt"])
        .expect(0)
        .json();
    assert_eq!(notes(&adopted, "service-inactive").len(), 1, "{adopted}");
    assert_eq!(row(&listed(&bench), "pw_base_servers")["service_id"], id);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_service_whose_answer_was_lost_is_found_again_and_never_made_twice() {
    let bench = Bench::small();
    let fault = Fault::new("autotask", "POST", "*/Services", Kind::CutAfter);
    bench.sandbox.fault(fault);
    let item = ["create", "pw_base_storage@Frankfurt 1", "--unit", "TB"];
    let first = write(&bench, &item).expect(3).json();
    assert_eq!(first["summary"]["uncertain"], 1, "{first}");
    let name = "Acronis - Per workload - Cloud storage";
    let is_named = |named: &&String| *named == name;
    assert_eq!(services(&bench).iter().filter(is_named).count(), 1);

    bench.sandbox.clear_visits();
    let preview = write(&bench, &["create", "--all", "-n"]).expect(0).json();
    assert_eq!(notes(&preview, "service-recovered").len(), 1, "{preview}");
    let second = write(&bench, &["create", "pw_base_servers"])
        .expect(0)
        .json();
    assert_eq!(notes(&second, "service-recovered").len(), 1, "{second}");
    assert_eq!(services(&bench).iter().filter(is_named).count(), 1);
    let rows = listed(&bench);
    let found = rows
        .iter()
        .find(|row| row["name"] == "pw_base_storage")
        .unwrap();
    assert_eq!(
        (&found["service"], &found["unit"]),
        (&Value::from(name), &Value::from("TB"))
    );
    let third = write(&bench, &["create", "pw_base_vms"]).expect(0).json();
    assert_eq!(notes(&third, "service-recovered"), [""; 0]);
}

#[test]
fn a_lost_request_that_made_nothing_is_simply_made_again() {
    let bench = Bench::small();
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Services", Kind::CutBefore).times(9));
    let first = write(&bench, &["create", "pw_base_servers"]);
    assert_ne!(first.code, 0);
    bench.sandbox.clear_faults();
    let second = write(&bench, &["create", "pw_base_servers"])
        .expect(0)
        .json();
    assert_eq!(second["summary"]["done"], 1);
    assert_eq!(row(&listed(&bench), "pw_base_servers")["state"], "mapped");
}

#[test]
fn names_that_the_template_does_not_tell_apart_get_storage_and_account_added() {
    let bench = two_accounts();
    let run = write(&bench, &["create", "--all"]).expect(0).json();
    assert_eq!(refusals(&run, "service-exists"), [""; 0]);
    let names = services(&bench);
    for name in [
        "Acronis - Per workload - Servers - eu",
        "Acronis - Per workload - Servers - us",
        "Acronis - Per workload - Cloud storage - Frankfurt 1",
        "Acronis - Per workload - Cloud storage - Frankfurt 2",
        "Acronis - Per workload - Cloud storage - Boston",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    assert_eq!(
        write(&bench, &["create", "--all"]).expect(0).json()["summary"]["actions"],
        0
    );
}

#[test]
fn a_new_storage_gets_a_name_beside_the_one_that_took_the_plain_name() {
    let bench = Bench::small();
    write(&bench, &["create", "--all"]).expect(0);
    let able = ["backup"];
    bench.sandbox.with_world(|world| {
        world.acronis[0].add_infra("Zürich", "Zürich", Some("google"), true, &able)
    });
    let run = write(&bench, &["create", "--all"]).expect(0).json();
    let names: Vec<&str> = run["plan"]["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["after"]["service"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"Acronis - Per workload - Cloud storage - Zürich"),
        "{names:?}"
    );
    assert_eq!(run["summary"]["done"], names.len());
}

#[test]
fn codes_are_listed_and_a_code_of_another_kind_is_named_as_such() {
    let bench = Bench::small();
    let listed = write(&bench, &["create", "--list-codes"]).expect(0).json();
    let codes = listed.as_array().unwrap();
    assert!(
        codes.iter().any(|code| code["name"] == "Cloud Backup"),
        "{listed}"
    );
    let other = bench.sandbox.with_world(|world| {
        let all = world.autotask.all("BillingCodes");
        let known = |row: &&Value| codes.iter().all(|code| code["id"] != row["id"]);
        all.iter().find(known).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    for (code, word) in [
        (other.as_str(), "is of type"),
        ("Nonsense", "has no billing code"),
    ] {
        let refused = write(
            &bench,
            &["create", "pw_base_servers", "--service-code", code],
        )
        .expect(2);
        for word in [code, word, "--service-code", "Cloud Backup"] {
            assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
        }
    }
    let refused = write(&bench, &["create", "pw_base_servers", "--period", "weekly"]).expect(2);
    for word in ["--period", "weekly", "Monthly", "Yearly"] {
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn what_cannot_be_counted_gets_no_service() {
    let bench = Bench::small();
    let future = bench
        .sandbox
        .with_world(|world| world.acronis[0].offer_future_item());
    let run = write(
        &bench,
        &["create", &future, "pw_base_m365_mailboxes", "pw_base_vms"],
    )
    .expect(4)
    .json();
    let told = refusals(&run, "not-countable");
    assert_eq!(told.len(), 2, "{run}");
    assert!(
        told.iter()
            .any(|text| text.contains("unit that this version does not know"))
    );
    assert!(
        told.iter()
            .any(|text| text.contains("only switched on or off"))
    );
    assert_eq!(run["summary"]["done"], 1);
    assert_eq!(action(&run, "pw_base_vms")["after"]["period"], "Monthly");
}

#[test]
fn one_account_being_down_does_not_stop_the_others() {
    let bench = two_accounts();
    bench.sandbox.fault(
        Fault::new(
            "acronis:us",
            "GET",
            "*",
            Kind::Status {
                code: 403,
                body: None,
                headers: Vec::new(),
            },
        )
        .times(0),
    );
    let run = write(&bench, &["create", "pw_base_servers"])
        .expect(3)
        .json();
    assert_eq!(run["summary"]["done"], 1);
    assert!(notes(&run, "account-unreadable")[0].contains("account us could not be read"));
    let list = bench
        .run(&["map-products", "list", "--output", "json"])
        .expect(3);
    assert!(
        list.stderr.contains("account us could not be read"),
        "{}",
        list.stderr
    );
    assert_eq!(
        row(list.json().as_array().unwrap(), "pw_base_servers")["account"],
        "eu"
    );
}

#[test]
fn a_name_that_was_taken_in_between_is_reported_with_what_to_do() {
    let bench = Bench::small();
    let taken = r#"{"errors":["Violation of UNIQUE KEY constraint 'IX_Service'. Cannot insert duplicate key."]}"#;
    let refusal = Kind::Status {
        code: 500,
        body: Some(taken.to_owned()),
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Services", refusal));
    let run = write(&bench, &["create", "pw_base_servers"])
        .expect(1)
        .json();
    let error = run["results"][0]["error"].as_str().unwrap();
    assert!(error.contains("--adopt"), "{error}");
    assert_eq!(run["results"][0]["outcome"], "failed");
}

#[test]
fn a_name_that_is_taken_is_an_error_and_says_who_has_it() {
    let bench = Bench::small();
    write(
        &bench,
        &["create", "pw_base_vms", "--name", "Backup of VMs"],
    )
    .expect(0);
    bench.sandbox.clear_visits();
    let lone = add_service(&bench, "Backup of servers", 2);
    // Case and blanks at the ends do not make another name: there would be twins.
    for (name, code, words) in [
        (
            "Backup of servers",
            "service-exists",
            vec![lone.to_string()],
        ),
        (
            " backup of SERVERS ",
            "service-exists",
            vec![lone.to_string()],
        ),
        (
            "Backup of VMs ",
            "service-taken",
            vec!["eu/pw_base_vms".to_owned(), "another --name".to_owned()],
        ),
    ] {
        let run = write(&bench, &["create", "pw_base_servers", "--name", name]).expect(4);
        let told = refusals(&run.json(), code).join(" ");
        assert!(
            words.iter().all(|word| told.contains(word)),
            "{name}: {told}"
        );
    }
    let other = write(&bench, &["create", "pw_base_vms", "--name", "Another"]).expect(4);
    assert_eq!(refusals(&other.json(), "mapped-already").len(), 1);
    // Asking for the same again is nothing to do.
    write(&bench, &["create", "pw_base_vms"]).expect(0);
    assert_eq!(bench.writes(), [""; 0]);
    assert_eq!(row(&listed(&bench), "pw_base_servers")["state"], "unmapped");
    let again = ["create", "pw_base_servers", "--name", " Servers "];
    write(&bench, &again).expect(0);
    assert!(services(&bench).contains(&"Servers".to_owned()));
}

/// Alma Bakery uses workstations, a server and storage; now seats and their parts too.
fn with_seats() -> Bench {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let alma = cloud.tenant_by_name("Alma Bakery").unwrap();
        for item in [
            "pw_base_m365_seats",
            "pw_base_m365_sharepoint_sites",
            "pw_base_m365_teams",
        ] {
            cloud.enable_item(&alma, item, None, None);
            cloud.set_usage(&alma, item, None, 9, 9);
        }
    });
    bench
}

fn subjects(run: &Value) -> Vec<String> {
    let actions = run["plan"]["actions"].as_array().unwrap();
    let name = |action: &Value| {
        let subject = action["subject"].as_str().unwrap();
        subject.split('@').next().unwrap().to_owned()
    };
    actions.iter().map(name).collect()
}

#[test]
fn only_what_customers_use_gets_a_service_and_no_part_beside_its_whole() {
    let bench = with_seats();
    let run = write(&bench, &["create", "--used"]).expect(0).json();
    assert_eq!(
        subjects(&run),
        [
            "pw_base_m365_seats",
            "pw_base_servers",
            "pw_base_storage",
            "pw_base_workstations"
        ]
    );
    let left_out = notes(&run, "part-of-whole");
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(
        left_out[0].contains("map-products free eu/pw_base_m365_sharepoint_sites"),
        "{left_out:?}"
    );
    // Once more: nothing is left to do, and the parts stay left out.
    bench.sandbox.clear_visits();
    let again = write(&bench, &["create", "--used"]).expect(0).json();
    assert_eq!(again["summary"]["actions"], 0);
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn what_a_contract_in_force_holds_by_the_name_of_an_item_is_needed_too() {
    let bench = with_seats();
    let name = "Acronis - Per workload - Websites";
    let id = add_service(&bench, name, 2);
    let unneeded = add_service(&bench, "Acronis - Per workload - NAS", 2);
    bench.sandbox.with_world(|world| {
        let autotask = &mut world.autotask;
        let contract = autotask
            .named("Contracts", "contractName", "Cloud backup Brook Dental")
            .unwrap();
        autotask.add_contract_service(contract, id, 3);
    });
    let run = write(&bench, &["create", "--used", "--adopt"])
        .expect(0)
        .json();
    assert_eq!(action(&run, "pw_base_websites")["kind"], "use-service");
    assert!(!run.to_string().contains(&unneeded.to_string()), "{run}");
}

#[test]
fn where_customers_use_several_editions_a_person_chooses_one() {
    let bench = Bench::small();
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let root = cloud.root();
        let other = cloud.add_customer(&root, "Gigabyte Ltd");
        cloud.enable_item(&other, "pg_base_servers", None, None);
        cloud.set_usage(&other, "pg_base_servers", None, 2, 2);
    });
    let refused = write(&bench, &["create", "--used"]).expect(2);
    for words in [
        "per_gigabyte (1 customer), per_workload (1 customer)",
        "--edition",
    ] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    assert_eq!(bench.writes(), [""; 0]);
    let chosen = ["create", "--used", "--edition", "per_gigabyte"];
    let run = write(&bench, &chosen).expect(0).json();
    assert_eq!(subjects(&run), ["pg_base_servers"]);
    let wrong = write(&bench, &["create", "--all", "--edition", "per_workloads"]).expect(2);
    assert!(
        wrong.stderr.contains("did you mean per_workload"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn all_services_of_one_edition_are_made_where_that_is_asked_for() {
    let bench = Bench::small();
    let all = ["create", "--all", "--edition", "per_workload"];
    let run = write(&bench, &all).expect(0).json();
    let made = subjects(&run);
    assert!(made.len() > 20, "{made:?}");
    assert!(made.iter().all(|item| item.starts_with("pw_")), "{made:?}");
    let listed = bench.run(&[
        "map-products",
        "list",
        "-o",
        "json",
        "--edition",
        "Per workload",
    ]);
    let listed = listed.expect(0).json();
    for row in listed.as_array().unwrap() {
        assert_eq!(row["edition"], "Per workload");
    }
}

#[test]
fn usages_that_cannot_be_read_are_not_taken_for_no_usage() {
    let bench = Bench::small();
    let kind = sandbox::Kind::Status {
        code: 403,
        body: None,
        headers: Vec::new(),
    };
    let fault = sandbox::Fault::new("acronis", "GET", "*/tenants/usages", kind);
    bench.sandbox.fault(fault.times(0));
    let run = write(&bench, &["create", "--used"]).expect(3);
    assert!(
        run.stderr.contains("usages of 2 tenants could not be read"),
        "{}",
        run.stderr
    );
    assert!(notes(&run.json(), "nothing-used").is_empty());
    assert_eq!(bench.writes(), [""; 0]);
}
