//! No test depends on how fast the machine is: a story waits for a request that is held, for a line
//! that is said, or for the end of a process, never for a time.

use std::fs;
use std::path::{Path, PathBuf};

/// Words of those who wait for a time, look again and again, or read a stopwatch.
const WORDS: &[&str] = &[
    "sleep(",
    "Instant",
    "SystemTime",
    "elapsed",
    "try_wait",
    "recv_timeout",
    "wait_timeout",
    "park_timeout",
    "yield_now",
];

/// The stopwatch, and the word that every test which uses it is kept out of an ordinary run by.
const STOPWATCH: &str = "suite/measure.rs";
const MEASUREMENT: &str = "#[ignore = \"a measurement: ";

/// The sandbox's own latency, and its test, which only says that it is not shorter than ordered.
const LATENCY: &[&str] = &["sandbox/src/stage.rs", "sandbox/tests/suite/server.rs"];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                found.push((name.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// Words of hurry in the code of a source, with their lines.
fn hurried(text: &str) -> Vec<(usize, &'static str)> {
    let lines = text.lines().enumerate();
    let found = lines.flat_map(|(at, line)| {
        let code = line.split("//").next().unwrap();
        let words = WORDS.iter().filter(move |word| code.contains(**word));
        words.map(move |word| (at + 1, *word))
    });
    found.collect()
}

/// Functions that measure, and are not kept for those who ask for them. A function that hands the
/// stopwatch on would hide it: it is named by the test itself.
fn unasked(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for function in text
        .split("\n}\n")
        .filter(|part| part.contains("measure_run("))
    {
        if !function.contains(MEASUREMENT) {
            let name = function.split("fn ").nth(1).unwrap_or(function);
            found.push(name.split('(').next().unwrap_or(name));
        }
    }
    found
}

#[test]
fn no_test_waits_for_a_time_or_looks_again_and_again() {
    let sources = sources();
    assert!(sources.len() > 150, "only {} files", sources.len());
    for (file, text) in sources {
        let name = file.as_str();
        if name == "suite/hurry.rs" || name == "suite/house/mod.rs" || LATENCY.contains(&name) {
            continue;
        }
        if name == STOPWATCH {
            assert!(!text.contains("#[test]"), "{name} is no place for tests");
            continue;
        }
        assert_eq!(hurried(&text), [], "{name}");
        assert_eq!(unasked(&text), [""; 0], "{name}");
    }
}

#[test]
fn every_planted_wait_is_found() {
    for word in WORDS {
        let planted = format!("fn x() {{\n    thread::{word}SHORT); // {word}\n}}\n");
        assert_eq!(hurried(&planted), [(2, *word)]);
    }
    assert_eq!(hurried("// Instant\n"), []);
}

#[test]
fn a_measurement_in_an_ordinary_test_is_found() {
    let body = "fn quick() {\n    measure_run(&bench, &[]);\n}\n";
    assert_eq!(unasked(&format!("#[test]\n{body}")), ["quick"]);
    let asked = format!("#[test]\n{MEASUREMENT}counts are asserted by few\"]\n{body}");
    assert_eq!(unasked(&asked), [""; 0]);
}
