//! The page about tickets says what is true.

use std::fs;
use std::path::Path;

use crate::support::Bench;
use crate::transcripts::replay;

const PAGE: &str = "docs/tickets.md";

/// Small, with Alma Bakery linked.
fn linked() -> Bench {
    let bench = Bench::small();
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench
}

#[test]
fn the_story_of_the_page_is_what_the_program_prints() {
    replay(PAGE, "One problem, one ticket", &linked());
}

#[test]
fn the_ready_rules_of_the_page_can_be_copied_as_they_stand() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap();
    let rules = text
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let bench = linked();
    let config = fs::read_to_string(&bench.config).unwrap();
    fs::write(&bench.config, format!("{config}\n{rules}")).unwrap();
    let run = bench.run(&["sync-tickets", "--dry-run"]).expect(0);
    assert!(run.stdout.contains("create ticket"), "{}", run.stdout);
}
