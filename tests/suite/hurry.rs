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

/// Files that measure, in tests that only run when they are asked for.
const MEASURING: &[&str] = &[
    "suite/billing_numbers.rs",
    "suite/map_customer/numbers.rs",
    "suite/provision/scale.rs",
    "suite/sync_tickets/scale.rs",
];

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

#[test]
fn no_test_waits_for_a_time_or_looks_again_and_again() {
    let sources = sources();
    assert!(sources.len() > 150, "only {} files", sources.len());
    for (file, text) in sources {
        let name = file.as_str();
        if name == "suite/hurry.rs" || name == "suite/house.rs" || LATENCY.contains(&name) {
            continue;
        }
        if MEASURING.contains(&name) {
            assert!(text.contains("#[ignore = "), "{name} measures nothing");
        } else {
            assert_eq!(hurried(&text), [], "{name}");
        }
    }
}

#[test]
fn a_planted_wait_is_found() {
    let planted = "fn x() {\n    std::thread::sleep(SHORT); // Instant\n}\n";
    assert_eq!(hurried(planted), [(2, "sleep(")]);
}
