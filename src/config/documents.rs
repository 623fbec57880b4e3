//! Writes the pages that come from the declared keys, and holds them to what the loader does.

mod pages;
mod schema;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::EXAMPLE;
use super::keys::{Absent, Key, Section};
use super::load::{Config, parse};
use super::read::show_value;
use pages::is_block;

const REFERENCE: &str = include_str!("../../docs/configuration.md");

/// Holds a page to what the keys say; with `BLESS=1` writes it.
fn hold(page: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let lines = || found.lines().zip(wanted.lines());
    let differs = lines().find(|(found, wanted)| found != wanted);
    assert!(
        found == wanted,
        "{page} is not what the keys say, beginning with {differs:?}; \
         `BLESS=1 cargo test --bin acrotask config` writes it"
    );
}

#[test]
fn the_example_is_what_the_keys_say() {
    hold("config.example.toml", &pages::write_example());
}

#[test]
fn the_reference_is_what_the_keys_say() {
    hold(
        "docs/configuration.md",
        &pages::rewrite_reference(REFERENCE),
    );
}

#[test]
fn the_schema_is_what_the_keys_say() {
    let text = serde_json::to_string_pretty(&schema::write_schema()).unwrap();
    hold("docs/config.schema.json", &format!("{text}\n"));
}

/// The example with every `#key = ...` and `#[[table]]` switched on; a sentence has a space after `#`.
pub(super) fn switched_on() -> String {
    let lines: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(code) if code.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => code,
            Some(_) | None => line,
        })
        .collect();
    lines.join("\n")
}

/// Every table of a file by its path, the first one where there are several.
fn tables(text: &str) -> BTreeMap<String, DeTable<'_>> {
    let mut found = BTreeMap::new();
    collect("", &DeTable::parse(text).unwrap().into_inner(), &mut found);
    found
}

fn collect<'t>(path: &str, table: &DeTable<'t>, found: &mut BTreeMap<String, DeTable<'t>>) {
    found
        .entry(path.to_owned())
        .or_insert_with(|| table.clone());
    for (key, value) in table {
        let path = match path {
            "" => key.get_ref().to_string(),
            path => format!("{path}.{}", key.get_ref()),
        };
        let first = value.get_ref().as_array().and_then(|items| items.first());
        if let Some(table) = first.unwrap_or(value).get_ref().as_table() {
            collect(&path, table, found);
        }
    }
}

/// The default of a key as the loader shows it; not for tables, which have keys of their own.
fn shown_default(key: &Key) -> Option<String> {
    match key.absent {
        Absent::Default(text) if !is_block(key) => {
            Some(show_value(DeValue::parse(text).unwrap().get_ref()))
        }
        Absent::Default(_) | Absent::Refused | Absent::Unset => None,
    }
}

#[test]
fn the_example_as_shipped_loads_without_a_warning() {
    let loaded = parse(Path::new("config.example.toml"), EXAMPLE).unwrap();
    assert_eq!(loaded.warnings, []);
}

#[test]
fn the_example_with_everything_switched_on_loads_too() {
    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("proxy.pem");
    std::fs::write(&ca_file, "").unwrap();
    let ca_file = ca_file.display().to_string();
    let text = switched_on().replace("/etc/ssl/certs/proxy.pem", &ca_file);
    let loaded = parse(Path::new("config.example.toml"), &text).unwrap();
    assert_eq!(loaded.config.tickets.rules.len(), 1);
    assert_eq!(loaded.config.tickets.quiet.len(), 1);
}

#[test]
fn every_key_stands_in_the_example_with_its_default() {
    let text = switched_on();
    let (live, all) = (tables(EXAMPLE), tables(&text));
    for Section { path, keys, .. } in Config::SECTION.with_all_below() {
        let table = all.get(*path).unwrap_or_else(|| panic!("no [{path}]"));
        for key in *keys {
            let name = key.name;
            let value = table.get(name);
            let value = value.unwrap_or_else(|| panic!("no {path}.{name}"));
            if let Some(default) = shown_default(key) {
                assert_eq!(show_value(value.get_ref()), default, "{path}.{name}");
            }
            let is_live = live
                .get(*path)
                .is_some_and(|table| table.contains_key(name));
            let is_set = key.absent != Absent::Unset && !is_block(key);
            if live.contains_key(*path) && is_set {
                assert!(is_live, "{path}.{name} is commented out");
            }
            if key.absent == Absent::Unset {
                assert!(!is_live, "{path}.{name} has no default and is set");
            }
        }
    }
}

#[test]
fn the_example_explains_every_key() {
    let (mut explained, mut in_rule) = (false, false);
    for line in EXAMPLE.lines() {
        let is_sentence = line == "#" || line.starts_with("# ");
        in_rule = (in_rule || line == "#[[tickets.rule]]") && line != "#[[tickets.quiet]]";
        if !is_sentence && line.contains(" = ") {
            // A rule repeats the keys of [tickets.defaults], which are explained there.
            assert!(explained || in_rule, "no sentence above: {line}");
        }
        explained = is_sentence;
    }
}

#[test]
fn every_key_stands_in_the_reference_with_its_default() {
    let sections = Config::SECTION.with_all_below();
    for section in sections.iter().filter(|section| !section.path.is_empty()) {
        let (path, keys) = (section.path, section.keys);
        let heading = format!("\n### `{path}`\n");
        let (_, rest) = REFERENCE
            .split_once(&heading)
            .unwrap_or_else(|| panic!("no heading{heading}"));
        let part = rest.split("\n#").next().unwrap_or_default();
        let rows: Vec<&str> = part
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        let names: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.split('`').nth(1))
            .collect();
        let own = keys.iter().filter(|key| !is_block(key));
        let known: Vec<&str> = own
            .chain(section.rest.iter().flat_map(|rest| rest.keys))
            .map(|key| key.name)
            .collect();
        assert_eq!(names, known, "rows of {path}");
        for key in keys.iter().filter(|key| !is_block(key)) {
            let row = rows
                .iter()
                .find(|row| row.starts_with(&format!("| `{}` |", key.name)));
            let expected = match key.absent {
                Absent::Default(text) => format!("| `{text}` |"),
                Absent::Refused => "| required |".to_owned(),
                Absent::Unset => "| not set |".to_owned(),
            };
            let row = row.unwrap_or_else(|| panic!("{path}.{}", key.name));
            assert!(row.contains(&expected), "{path}: {row} lacks {expected}");
        }
    }
}

#[test]
fn every_template_variable_stands_in_the_reference() {
    for (name, _) in super::template::VARIABLES {
        assert!(REFERENCE.contains(&format!("| `{name}` |")), "{name}");
    }
}
