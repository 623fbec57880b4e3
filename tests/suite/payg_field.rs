//! Stories of `check --fix`: the contracts' field that says pay-as-you-go.

use sandbox::{Sandbox, World};

use crate::support::{Bench, NOW};

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
        preview.stdout.contains("deletes no field"),
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
