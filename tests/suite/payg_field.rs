//! Stories of the contracts' field that says pay-as-you-go: `check --fix` makes it, and nothing is
//! planned without it once it was seen.

use sandbox::{Sandbox, World};

use crate::support::{Bench, NOW, Run};

/// A world in which nobody made the field.
fn bare() -> Bench {
    let bench = Bench::on(World::small(NOW.parse().unwrap()));
    bench.configure(
        "[products]",
        "[billing]\npayg_field = \"Pay as you go\"\n\n[products]",
    );
    bench
}

fn values(sandbox: &Sandbox) -> Vec<String> {
    sandbox.with_world(|world| {
        let definitions = world.autotask.all("UserDefinedFieldDefinitions");
        let named = |row: &&serde_json::Value| row["name"] == "Pay as you go";
        let field = definitions.iter().find(named).unwrap()["id"].clone();
        let items = world.autotask.all("UserDefinedFieldListItems");
        items
            .iter()
            .filter(|item| item["udfFieldId"] == field)
            .map(|item| item["valueForDisplay"].as_str().unwrap().to_owned())
            .collect()
    })
}

#[test]
fn the_field_is_made_after_a_preview_and_a_second_time_nothing() {
    let bench = bare();
    let preview = bench.run(&["check", "--fix", "--dry-run"]).expect(0);
    assert!(
        preview.stdout.contains("a field cannot be deleted"),
        "{}",
        preview.stdout
    );
    assert_eq!(bench.writes(), Vec::<String>::new());
    bench.run(&["check", "--fix"]).expect(2);
    assert_eq!(bench.writes(), Vec::<String>::new());
    bench.run(&["check", "--fix", "--yes"]).expect(0);
    assert_eq!(values(&bench.sandbox), ["No", "Yes"]);
    bench.sandbox.clear_visits();
    bench.run(&["check", "--fix", "--yes"]).expect(0);
    assert_eq!(bench.writes(), Vec::<String>::new());
}

#[test]
fn a_field_made_by_hand_is_found_and_gets_only_its_missing_value() {
    let bench = Bench::small();
    bench.run(&["check", "--fix", "--yes"]).expect(0);
    assert_eq!(bench.writes(), Vec::<String>::new());
}

/// Alma Bakery pays as it goes, is mapped, and every run so far was good.
fn seen() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.run(&["provision"]).expect(0);
    bench.run(&["sync-billing"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

/// The commands that plan from contract types, each a dry run and a real one.
#[track_caller]
fn planning(bench: &Bench, code: i32) -> Vec<Run> {
    let mut runs = Vec::new();
    for command in ["provision", "sync-billing"] {
        runs.push(bench.run(&[command, "--dry-run"]).expect(code));
        runs.push(bench.run(&[command]).expect(code));
    }
    runs
}

#[track_caller]
fn refused(bench: &Bench, part: &str) {
    for run in planning(bench, 4) {
        for part in [part, "billing.payg_field", "Acronis PAYG"] {
            assert!(run.stderr.contains(part), "{part}: {run:?}");
        }
    }
    assert_eq!(bench.writes(), [""; 0]);
}

#[test]
fn a_renamed_field_is_refused_with_what_there_is_until_the_key_is_corrected() {
    let bench = seen();
    bench
        .sandbox
        .with_world(|world| world.autotask.rename_payg_field("Pay as you go"));
    refused(&bench, "they have: Pay as you go");
    bench.configure(
        "[products]",
        "[billing]\npayg_field = \"Pay as you go\"\n\n[products]",
    );
    planning(&bench, 0);
    assert_eq!(bench.writes(), [""; 0]);
    // From now on it is this one that has been seen.
    bench
        .sandbox
        .with_world(|world| world.autotask.rename_payg_field("Acronis PAYG"));
    refused(&bench, "they have: Acronis PAYG");
}

#[test]
fn a_field_that_was_made_inactive_or_whose_values_are_hidden_is_refused() {
    let bench = seen();
    bench
        .sandbox
        .with_world(|world| world.autotask.hide_udf_values("Acronis PAYG"));
    refused(&bench, "its values are hidden from the API user");
    bench.sandbox.with_world(|world| {
        world.autotask.unhide();
        world.autotask.deactivate_payg_field();
    });
    refused(&bench, "no user-defined field that the API user can see");
    // A narrowed run sees no more than that.
    let alma = bench.sandbox.with_world(|world| {
        world
            .autotask
            .named("Companies", "companyName", "Alma Bakery")
    });
    let alma = alma.unwrap().to_string();
    bench.run(&["provision", "--company", &alma]).expect(4);
}

#[test]
fn contracts_that_all_stop_saying_pay_as_you_go_at_once_are_refused_until_a_person_approves() {
    let bench = seen();
    let contracts = bench.sandbox.with_world(|world| {
        let rows = world.autotask.all("Contracts");
        let ids: Vec<i64> = rows.iter().filter_map(|row| row["id"].as_i64()).collect();
        ids
    });
    assert!(contracts.len() > 1);
    let say = |text: &str| {
        bench.sandbox.with_world(|world| {
            for contract in &contracts {
                world.autotask.set_payg(*contract, text);
            }
        });
    };
    say("Yes");
    bench
        .run(&["map-customer", "create", "Brook Dental", "--yes"])
        .expect(0);
    bench.run(&["provision"]).expect(0);
    bench.sandbox.clear_visits();
    say("No");
    let found = |command: &str| {
        let run = bench.run(&[command, "-n", "-o", "json"]).json();
        let gate = run["plan"]["gate"].clone();
        gate["refusals"].to_string().contains("\"no-payg\"")
    };
    for run in planning(&bench, 4) {
        let text = "2 contracts that were pay-as-you-go are still in force, but none is marked so any more";
        assert!(run.stdout.contains(text), "{run:?}");
    }
    assert_eq!(bench.writes(), [""; 0]);
    assert!(found("provision") && found("sync-billing"));
    // One that still says so shows that the field is as it was.
    bench
        .sandbox
        .with_world(|world| world.autotask.set_payg(contracts[0], "Yes"));
    assert!(!found("provision") && !found("sync-billing"));
    say("No");
    let shown = bench.run(&["provision", "-n", "-o", "json"]).json();
    let digest = shown["plan"]["digest"].as_str().unwrap();
    bench.run(&["provision", "--expect-plan", digest]).expect(0);
    assert!(!found("provision") && !found("sync-billing"));
}

#[test]
fn a_field_that_nobody_ever_saw_is_missed_by_nobody() {
    let bench = Bench::small();
    bench
        .sandbox
        .with_world(|world| world.autotask.deactivate_payg_field());
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "suggest"]).expect(0);
    planning(&bench, 0);
}
