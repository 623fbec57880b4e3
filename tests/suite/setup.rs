//! Stories of installations on which nothing is synchronised, or not all: the reason is said.

use sandbox::World;
use serde_json::Value;

use crate::support::{Bench, Run};

/// What `check` lists of an area, as result and subject, with what it found and how to fix it.
fn findings(bench: &Bench, area: &str) -> Vec<(String, String)> {
    let run = bench.run(&["check", "--output", "json"]).expect(0);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let document = run.json();
    let rows = document.as_array().unwrap().iter();
    let own = rows.filter(|row| row["area"] == area && row["verdict"] == "warning");
    own.map(|row| {
        let words = format!("{}: {}", text(row, "found"), text(row, "mend"));
        (text(row, "subject"), words)
    })
    .collect()
}

#[track_caller]
fn ends_with(run: &Run, words: &[&str]) {
    let lines: Vec<&str> = run.stderr.lines().collect();
    let last = &lines[lines.len().saturating_sub(words.len())..];
    for (line, word) in last.iter().zip(words) {
        assert!(line.contains(word), "{word}: {}", run.stderr);
    }
    assert_eq!(last.len(), words.len(), "{}", run.stderr);
}

#[test]
fn a_run_without_mappings_ends_with_the_reasons_and_check_lists_them() {
    let bench = Bench::small();
    for command in ["provision", "sync-billing"] {
        let run = bench.run(&[command, "--yes"]).expect(0);
        ends_with(&run, &["no company is mapped", "no product is mapped"]);
        assert!(run.stderr.contains("map-customer suggest"), "{run:?}");
        let quiet = bench.run(&[command, "--yes", "-q"]).expect(0);
        assert!(!quiet.stderr.contains("mapped"), "{quiet:?}");
    }
    let found = findings(&bench, "setup");
    let subjects: Vec<&str> = found.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(subjects, ["companies", "products"]);

    bench
        .run(&["map-products", "create", "pw_base_servers"])
        .expect(0);
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    let found = findings(&bench, "setup");
    assert_eq!(found[0].0, "storages", "{found:?}");
    assert!(found[0].1.contains("no storage is mapped"), "{found:?}");
    let run = bench.run(&["provision", "--dry-run"]).expect(0);
    ends_with(&run, &["no storage is mapped"]);

    // With everything mapped a run that has nothing to do gives no reason.
    bench.run(&["map-products", "create", "--all"]).expect(0);
    let run = bench.run(&["provision", "--dry-run"]);
    assert!(!run.stderr.contains("is mapped, so"), "{run:?}");
}

#[test]
fn what_is_switched_off_is_a_finding_and_the_word_of_its_run() {
    let bench = Bench::small();
    bench.configure("[limits]", "[billing]\nenabled = false\n\n[limits]");
    let found = findings(&bench, "setup");
    assert_eq!(found[0].0, "enabled", "{found:?}");
    assert!(found[0].1.contains("billing.enabled"), "{found:?}");
    let run = bench.run(&["sync-billing"]).expect(0);
    ends_with(&run, &["billing.enabled"]);
}

#[test]
fn lines_of_business_of_the_api_user_are_found_by_their_symptom() {
    const ADVICE: &str = "assign no line of business to the API user";
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench.run(&["provision", "--yes"]);
    assert_eq!(findings(&bench, "setup"), []);
    bench.sandbox.with_world(|world| {
        // All contracts belong to other lines, or to none.
        world.autotask.assign_lines_of_business(&[77]);
    });
    let found = findings(&bench, "setup");
    let subjects: Vec<&str> = found.iter().map(|one| one.0.as_str()).collect();
    assert_eq!(subjects, ["contracts", "contracts"], "{found:?}");
    assert!(
        found[0]
            .1
            .contains("are not shown any more, before their end"),
        "{found:?}"
    );
    assert!(
        found[1]
            .1
            .contains("mapped companies have no recurring-service contract"),
        "{found:?}"
    );
    for (_, words) in &found {
        assert!(words.contains(ADVICE), "{words}");
    }
    let run = bench.run(&["provision", "--yes"]).expect(4);
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(text.contains(ADVICE), "{text}");
}
