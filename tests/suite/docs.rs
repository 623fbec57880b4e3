//! What the pages promise: every key of every document, every command, every exit code, every link.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Bench;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// Every key of a document, wherever it stands; not those that are data (fields of a change).
fn keys(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key.clone());
                if key != "before" && key != "after" {
                    keys(value, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_json_page_names_every_key_that_is_printed() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(|world| world.sign_contracts());
    let mut found = BTreeSet::new();
    for arguments in [
        &["check"][..],
        &["map-products", "list"],
        &["map-products", "create", "--all"],
        &["map-customer", "suggest", "--yes"],
        &["map-customer", "list"],
        &["provision", "--yes"],
        &["sync-billing", "--yes"],
        &["sync-tickets", "--yes"],
        &["status"],
        &["history"],
        &["explain", "Alma Bakery"],
        &["billing-report", "2026-09"],
    ] {
        if arguments[0] == "sync-billing" {
            bench.take_over();
        }
        let mut arguments = arguments.to_vec();
        arguments.extend(["--output", "json"]);
        keys(&bench.run(&arguments).expect(0).json(), &mut found);
    }
    assert!(found.len() > 40, "{found:?}");
    let page = page("docs/json.md");
    let missing: Vec<&String> = found
        .iter()
        .filter(|key| {
            let quoted = [format!("\"{key}\""), format!("`{key}`")];
            !quoted.iter().any(|key| page.contains(key.as_str()))
        })
        .collect();
    assert!(missing.is_empty(), "docs/json.md does not name {missing:?}");
}

#[test]
fn operations_has_a_heading_for_every_exit_code() {
    let page = page("docs/operations.md");
    for code in ["0", "1", "2", "3", "4", "5", "6", "10", "75", "130"] {
        assert!(page.contains(&format!("\n## {code}: ")), "{code}");
    }
}

#[test]
fn the_readme_begins_with_the_demonstration_and_then_the_tests() {
    let page = page("README.md");
    let mut commands = page.lines().filter_map(|line| line.strip_prefix("    "));
    assert_eq!(commands.next(), Some("cargo run --release --example demo"));
    assert_eq!(commands.next(), Some("cargo test --workspace"));
}

#[test]
fn every_command_that_the_pages_show_is_understood() {
    let bench = Bench::small();
    let mut shown = 0;
    for name in [
        "README.md",
        "docs/operations.md",
        "docs/cron.md",
        "docs/billing.md",
    ] {
        for command in commands(&page(name)) {
            let verb: Vec<&str> = command
                .split_whitespace()
                .take_while(|word| !word.starts_with(['-', '\'', '/', '$', '<', '>', '#']))
                .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
                .collect();
            let mut arguments = verb.clone();
            arguments.push("--help");
            let run = bench.run(&arguments);
            assert_eq!(run.code, 0, "{name}: acrotask {command}\n{}", run.stderr);
            shown += 1;
        }
    }
    assert!(shown > 20, "only {shown} commands were found");
}

/// What follows `acrotask ` in code, up to a comment or the end of the code.
fn commands(page: &str) -> Vec<String> {
    let inline = page.split('`').skip(1).step_by(2).map(str::to_owned);
    let blocks = page
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .map(|line| line.split(" #").next().unwrap().trim().to_owned());
    inline
        .chain(blocks)
        .filter_map(|code| code.strip_prefix("acrotask ").map(str::to_owned))
        .filter(|command| !command.starts_with("COMMAND"))
        .collect()
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let mut pages = vec![root().join("README.md")];
    let docs = fs::read_dir(root().join("docs")).unwrap();
    pages.extend(docs.map(|entry| entry.unwrap().path()));
    let mut links = 0;
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for target in targets(&text) {
            let path: PathBuf = page.parent().unwrap().join(&target);
            assert!(path.exists(), "{}: {target}", page.display());
            links += 1;
        }
    }
    assert!(links > 8, "only {links} links were found");
}

/// Targets of Markdown links within the repository.
fn targets(text: &str) -> Vec<String> {
    text.match_indices("](")
        .filter_map(|(at, _)| text[at + 2..].split(')').next())
        .map(|target| target.split('#').next().unwrap().to_owned())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}
