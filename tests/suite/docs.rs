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

/// Words in backticks of a page, without its blocks of code.
fn code_words(page: &str) -> Vec<String> {
    let text: Vec<&str> = page.split("```").step_by(2).collect();
    let spans = text
        .iter()
        .flat_map(|part| part.split('`').skip(1).step_by(2));
    spans.map(str::to_owned).collect()
}

fn read_rust_files(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            read_rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

/// What is wrong with a word that the architecture page has in backticks.
fn wrong_code_word(word: &str, sources: &[(PathBuf, String)]) -> Option<String> {
    let only = |allowed: &str| {
        word.chars()
            .all(|c| c.is_alphanumeric() || allowed.contains(c))
    };
    let is_path = only("_./-")
        && (word.contains('/') || [".rs", ".md"].iter().any(|end| word.ends_with(end)));
    let (exists, what) = if is_path {
        let bare = !word.contains('/') && sources.iter().any(|(path, _)| path.ends_with(word));
        let exists = root().join("src").join(word).exists() || root().join(word).exists();
        (exists || bare, "no such file")
    } else if let Some((owner, name)) = word.split_once("::").filter(|_| only("_:")) {
        let both = |text: &str| has_word(text, owner) && has_word(text, name);
        let exists = sources.iter().any(|(_, text)| both(text));
        (exists, "no file has both names")
    } else if only("") && word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase)
    {
        // A macro of ours declares some as `Name { … }`.
        let forms = ["struct", "enum", "trait", "type"].map(|kind| format!("{kind} {word}"));
        let declares = |text: &str| {
            forms.iter().any(|form| has_word(text, form)) || text.contains(&format!(" {word} {{"))
        };
        let exists = sources.iter().any(|(_, text)| declares(text));
        (exists, "no such type")
    } else if only("_") && word.contains('_') && !word.contains(char::is_uppercase) {
        let exists = sources.iter().any(|(_, text)| has_word(text, word));
        (exists, "no such name")
    } else if only("-") && word.contains('-') {
        let quoted = format!("\"{word}");
        let exists = sources.iter().any(|(_, text)| text.contains(&quoted));
        (exists, "no such word")
    } else {
        return None;
    };
    (!exists).then(|| format!("{word}: {what}"))
}

#[test]
fn every_file_and_name_in_the_architecture_page_exists() {
    let page = page("docs/architecture.md");
    let mut sources = Vec::new();
    read_rust_files(&root().join("src"), &mut sources);
    read_rust_files(&root().join("tests"), &mut sources);
    let words = code_words(&page);
    assert!(words.len() > 200, "only {} words were found", words.len());
    let wrong = words
        .iter()
        .filter_map(|word| wrong_code_word(word, &sources));
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
    // `file.rs` (`name`): the name stands in that file.
    let mut named = 0;
    for (at, _) in page.match_indices(".rs` (`") {
        let path = page[..at].rsplit('`').next().unwrap();
        let inside = page[at + ".rs` (".len()..].split(')').next().unwrap();
        let text = fs::read_to_string(root().join(format!("src/{path}.rs"))).unwrap();
        for name in code_words(inside) {
            assert!(has_word(&text, &name), "{path}.rs has no {name}");
            named += 1;
        }
    }
    assert!(named > 5, "only {named} names were found");
}

#[test]
fn planted_names_that_do_not_exist_are_found() {
    let sources = [(
        PathBuf::from("a.rs"),
        "struct Plan; fn approve() { \"sync-all\" }".to_owned(),
    )];
    for (word, wrong) in [
        ("plan/none.rs", true),
        ("plan/mod.rs", false),
        ("Plan::approve", false),
        ("Plan::refuse", true),
        ("Plans", true),
        ("sync-all", false),
        ("sync-some", true),
        ("no_name", true),
        ("any other text", false),
    ] {
        assert_eq!(wrong_code_word(word, &sources).is_some(), wrong, "{word}");
    }
}
