//! The walls: who may import whom, what pure files may not say, and how long files may be. Walls
//! inside a room are in `shape`.

mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Room → rooms it may name. The same table stands in docs/architecture.md.
const TABLE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("config", &["domain"]),
    ("http", &["domain"]),
    ("state", &["domain"]),
    ("cli", &["domain"]),
    ("plan", &["domain", "config"]),
    ("acronis", &["domain", "http", "plan"]),
    ("autotask", &["domain", "http", "plan"]),
    ("report", &["domain", "plan"]),
    ("exit", &["domain", "config", "http", "plan", "state"]),
    ("apply", &["domain", "http", "plan", "report", "state"]),
    (
        "session",
        &[
            "domain", "config", "http", "plan", "state", "acronis", "autotask", "report", "apply",
            "exit", "cli",
        ],
    ),
    (
        "gather",
        &[
            "domain", "config", "http", "plan", "state", "acronis", "autotask", "report", "exit",
            "session",
        ],
    ),
    (
        "quotas",
        &[
            "domain", "config", "http", "plan", "state", "acronis", "autotask", "report", "exit",
            "apply", "session", "gather",
        ],
    ),
    (
        "onboarding",
        &[
            "domain", "config", "http", "plan", "state", "acronis", "autotask", "report", "exit",
            "apply", "session", "gather", "quotas",
        ],
    ),
    (
        "commands",
        &[
            "domain",
            "config",
            "http",
            "plan",
            "state",
            "acronis",
            "autotask",
            "report",
            "apply",
            "exit",
            "cli",
            "session",
            "gather",
            "quotas",
            "onboarding",
        ],
    ),
    ("logging", &["cli", "config", "exit", "report"]),
    (
        "main",
        &[
            "cli", "commands", "config", "exit", "logging", "report", "session",
        ],
    ),
];

/// What `plan.rs` of a command or of a shared room may name: it decides, it does not ask. Of the
/// shared rooms it may name what they have planned, which is action data.
const PLANNER_MAY: &[&str] = &["domain", "config", "plan", "onboarding", "quotas"];

/// Words that would make a pure file impure.
const IMPURE: &[&str] = &[
    "reqwest",
    "rusqlite",
    "std::fs",
    "std::env",
    "std::net",
    "SystemTime",
    "Instant",
    "println!",
    "eprintln!",
    "print!",
    "Timestamp::now",
    "Zoned::now",
];

const LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

/// Every file of the program, without its tests.
fn sources() -> Vec<(String, String)> {
    read_sources(is_program)
}

fn read_sources(keep: fn(&Path) -> bool) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if keep(&path) {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// A Rust file that is not tests moved out of their file.
fn is_program(path: &Path) -> bool {
    let is_tests = path.file_stem().is_some_and(|stem| stem == "tests")
        || path
            .parent()
            .is_some_and(|folder| folder.ends_with("tests"));
    is_rust(path) && !is_tests
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs")
}

/// `commands/provision/plan.rs` → `commands`; `main.rs` → `main`.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Whether the file holds only decisions.
fn is_planner(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap();
    let inside = file.starts_with("commands/")
        || file.starts_with("quotas/")
        || file.starts_with("onboarding/");
    inside && (name == "plan.rs" || name == "facts.rs" || file.contains("/plan/"))
}

fn is_pure(file: &str) -> bool {
    is_planner(file) || file.starts_with("domain/") || file.starts_with("plan/")
}

/// The part of a file before its tests, without comments.
fn code(text: &str) -> String {
    let body = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    body.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every `crate::room` that a source names; for commands also `crate::commands::other`.
fn imports(text: &str) -> BTreeSet<String> {
    let code = code(text);
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        // `pub(crate)` has no colons; `$crate::` is a macro of ours.
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let inside = group.split('}').next().unwrap();
            found.extend(inside.split(',').map(|part| first_word(part.trim())));
        } else {
            found.insert(first_word(rest));
        }
    }
    found.remove("");
    found
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// Every arrow that the table does not allow.
fn wrong_imports(sources: &[(String, String)]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let mut wrong = Vec::new();
    for (file, text) in sources {
        let own = room(file);
        let Some(may) = table.get(own) else {
            wrong.push(format!("{file}: the room `{own}` is not in the table"));
            continue;
        };
        for named in imports(text) {
            if named != own && !may.contains(&named.as_str()) {
                wrong.push(format!("{file}: `{own}` may not name `{named}`"));
            }
            if is_planner(file) && named != own && !PLANNER_MAY.contains(&named.as_str()) {
                wrong.push(format!("{file}: a planner may not name `{named}`"));
            }
        }
        wrong.extend(foreign_command(file, text));
    }
    wrong
}

/// A command that names another command.
fn foreign_command(file: &str, text: &str) -> Vec<String> {
    let Some(own) = file
        .strip_prefix("commands/")
        .and_then(|rest| rest.split_once('/'))
    else {
        return Vec::new();
    };
    code(text)
        .match_indices("crate::commands::")
        .map(|(at, found)| first_word(&code(text)[at + found.len()..]))
        .filter(|named| named != own.0)
        .map(|named| format!("{file}: the command `{}` may not name `{named}`", own.0))
        .collect()
}

#[test]
fn every_import_follows_the_table() {
    let sources = sources();
    let arrows: usize = sources.iter().map(|(_, text)| imports(text).len()).sum();
    assert!(
        sources.len() > 40,
        "only {} files were found",
        sources.len()
    );
    assert!(
        arrows > 100,
        "only {arrows} imports were found: the reader is broken"
    );
    assert_eq!(wrong_imports(&sources), Vec::<String>::new());
}

#[test]
fn a_planted_bad_import_is_found() {
    let planted = |file: &str, text: &str| wrong_imports(&[(file.to_owned(), text.to_owned())]);
    assert_eq!(
        planted("domain/units.rs", "use crate::state::State;"),
        ["domain/units.rs: `domain` may not name `state`"]
    );
    assert_eq!(
        planted("acronis/mod.rs", "use crate::{domain, autotask::X};"),
        ["acronis/mod.rs: `acronis` may not name `autotask`"]
    );
    assert_eq!(
        planted("commands/provision/plan.rs", "use crate::acronis::Tenant;"),
        ["commands/provision/plan.rs: a planner may not name `acronis`"]
    );
    assert_eq!(
        planted(
            "commands/provision/mod.rs",
            "use crate::commands::sync_billing::x;"
        ),
        ["commands/provision/mod.rs: the command `provision` may not name `sync_billing`"]
    );
    assert_eq!(
        planted("attic/mod.rs", ""),
        ["attic/mod.rs: the room `attic` is not in the table"]
    );
}

#[test]
fn the_table_has_no_cycle() {
    let mut left: BTreeMap<&str, BTreeSet<&str>> = TABLE
        .iter()
        .map(|(room, may)| (*room, may.iter().copied().collect()))
        .collect();
    while !left.is_empty() {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, may)| may.iter().all(|named| !left.contains_key(named)))
            .map(|(room, _)| *room)
            .collect();
        assert!(!free.is_empty(), "a cycle among {:?}", left.keys());
        for room in free {
            left.remove(room);
        }
    }
}

#[test]
fn the_table_stands_in_the_architecture_page() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md"))
            .unwrap();
    for (room, may) in TABLE {
        let may = if may.is_empty() {
            "nothing of ours".to_owned()
        } else {
            may.join(", ")
        };
        let row = format!("| `{room}` | {may} |");
        assert!(
            page.contains(&row),
            "docs/architecture.md lacks the row {row}"
        );
    }
}

#[test]
fn the_drawing_in_the_architecture_page_has_each_module_above_those_that_it_names() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md"))
            .unwrap();
    let drawing = page.split("```text").nth(1).unwrap();
    let lines = drawing.split("```").next().unwrap().lines();
    let floors: BTreeMap<&str, usize> = lines
        .enumerate()
        .flat_map(|(floor, line)| {
            let modules = line.split('│').next().unwrap().split_whitespace();
            modules.map(move |module| (module, floor))
        })
        .collect();
    for (module, may) in TABLE {
        for named in *may {
            assert!(floors[module] < floors[named], "{module} names {named}");
        }
    }
}

#[test]
fn pure_files_do_no_input_or_output() {
    let pure: Vec<(String, String)> = sources()
        .into_iter()
        .filter(|(file, _)| is_pure(file))
        .collect();
    assert!(pure.len() > 10, "only {} pure files were found", pure.len());
    for (file, text) in pure {
        let code = code(&text);
        for word in IMPURE {
            assert!(!code.contains(word), "{file} says {word}");
        }
    }
}

#[test]
fn only_the_state_room_says_rusqlite_and_only_http_sends_by_reqwest() {
    for (file, text) in sources() {
        // Addresses are checked with the same parser that later uses them.
        let code = code(&text).replace("reqwest::Url", "");
        assert!(
            !code.contains("rusqlite") || room(&file) == "state",
            "{file} says rusqlite"
        );
        assert!(
            !code.contains("reqwest") || room(&file) == "http",
            "{file} says reqwest"
        );
    }
}

#[test]
fn no_file_is_over_600_lines_and_no_function_over_70() {
    for (file, text) in read_sources(is_rust) {
        let count = text.lines().count();
        assert!(count <= LINES_MAX, "{file} has {count} lines");
        for (name, lines) in functions(&text) {
            assert!(
                lines <= FUNCTION_LINES_MAX,
                "{file}: `{name}` has {lines} lines"
            );
        }
    }
}

/// Functions with their length, told by rustfmt's indentation.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let signature = [
            "fn ",
            "pub(crate) fn ",
            "pub(super) fn ",
            "pub fn ",
            "const fn ",
            "pub(crate) const fn ",
        ]
        .iter()
        .find_map(|prefix| trimmed.strip_prefix(prefix));
        let Some(rest) = signature else { continue };
        let indent = line.len() - trimmed.len();
        let closing = format!("{}}}", " ".repeat(indent));
        let end = lines[start..].iter().position(|line| *line == closing);
        if let Some(end) = end {
            found.push((first_word(rest), end + 1));
        }
    }
    found
}

#[test]
fn the_length_reader_sees_long_functions() {
    let text = format!(
        "impl X {{\n    fn long() {{\n{}    }}\n}}\n",
        "        a();\n".repeat(80)
    );
    assert_eq!(functions(&text), [("long".to_owned(), 82)]);
    let counted: usize = sources()
        .iter()
        .map(|(_, text)| functions(text).len())
        .sum();
    assert!(counted > 300, "only {counted} functions were found");
}
