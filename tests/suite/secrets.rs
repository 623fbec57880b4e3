//! Secrets leave the program in headers only: they are in no output of any command, however much it
//! is asked to say, and in no file that it writes.

use std::fs;
use std::path::Path;

use sandbox::{Fault, Kind};

use crate::support::{Bench, Run, ended};

const COMMANDS: &[&[&str]] = &[
    &["check"],
    &["map-products", "list"],
    &["map-products", "create", "--all"],
    &["map-customer", "list"],
    &["map-customer", "suggest", "--yes"],
    &["map-customer", "create", "Brook Dental", "--yes"],
    &["provision", "--yes"],
    &["sync-billing", "--yes"],
    &["sync-tickets", "--yes"],
    &["status"],
    &["history"],
    &["explain", "Alma Bakery"],
];

/// The secrets of a bench as they stand in its files.
fn secrets(bench: &Bench) -> Vec<String> {
    let names = ["acronis-eu.secret", "autotask.secret", "autotask.code"];
    names
        .iter()
        .map(|name| {
            fs::read_to_string(bench.dir().join(name))
                .unwrap()
                .trim()
                .to_owned()
        })
        .collect()
}

#[track_caller]
fn assert_clean(what: &str, text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(
            !text.contains(secret.as_str()),
            "{what} holds a secret:\n{text}"
        );
    }
    assert!(!text.contains("Bearer "), "{what} holds a token:\n{text}");
}

/// Runs every command at the loudest; gives what was said.
fn shout(bench: &Bench) -> Vec<(String, Run)> {
    COMMANDS
        .iter()
        .flat_map(|arguments| [("text", *arguments), ("json", *arguments)])
        .map(|(log, arguments)| {
            let mut command = bench.command(arguments);
            command.args(["-vvv", "--log-format", log, "--output", "json"]);
            (arguments.join(" "), ended(command.output().unwrap()))
        })
        .collect()
}

/// Every file of a folder but the secrets themselves.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, path)
        })
        .filter(|(name, _)| !name.ends_with(".secret") && !name.ends_with(".code"))
        .map(|(name, path)| {
            (
                name,
                String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned(),
            )
        })
        .collect()
}

#[test]
fn no_command_prints_a_secret_or_writes_one_to_a_file() {
    let bench = Bench::small();
    let secrets = secrets(&bench);
    let mut said = 0;
    for (what, run) in shout(&bench) {
        assert_clean(&what, &run.stdout, &secrets);
        assert_clean(&what, &run.stderr, &secrets);
        said += run.stderr.len();
    }
    assert!(
        said > 10_000,
        "only {said} bytes were logged: nothing was tested"
    );
    let files = files(bench.dir());
    assert!(files.iter().any(|(name, _)| name == "state.db"));
    for (name, text) in files {
        assert_clean(&name, &text, &secrets);
    }
}

#[test]
fn failures_that_echo_the_request_do_not_show_a_secret() {
    let bench = Bench::small();
    let secrets = secrets(&bench);
    bench.configure("[state]", "[network]\nattempts = 1\n\n[state]");
    // Gateways that show what they were sent.
    let autotask = format!(
        "{{\"errors\": [\"Secret: {} Code: {}\"]}}",
        secrets[1], secrets[2]
    );
    let acronis = format!(
        "{{\"client_secret\": \"{0}\", \"sent\": \"{0}\"}}",
        secrets[0]
    );
    for (service, path, body) in [
        ("autotask", "ThresholdInformation", autotask),
        ("acronis", "idp/token", acronis),
    ] {
        let kind = Kind::Status {
            code: 500,
            body: Some(body),
            headers: Vec::new(),
        };
        bench
            .sandbox
            .fault(Fault::new(service, "", path, kind).times(0));
    }
    for arguments in [&["check"][..], &["map-products", "create", "--all"]] {
        let mut command = bench.command(arguments);
        let run = ended(command.args(["-vvv", "-o", "json"]).output().unwrap());
        assert_ne!(run.code, 0);
        assert_clean("the failure", &run.stdout, &secrets);
        assert_clean("the failure", &run.stderr, &secrets);
    }
}

#[test]
fn a_secret_in_the_configuration_is_not_shown_by_its_problems() {
    let bench = Bench::small();
    bench.configure("[tickets]", "[tickets]\nunknown = 1");
    let text = fs::read_to_string(&bench.config).unwrap();
    let from = text.find("client_secret").unwrap();
    let line = text[from..].lines().next().unwrap();
    bench.configure(line, "client_secret = \"hush-hush\"");
    for arguments in [&["check"][..], &["status"]] {
        let run = bench.run(arguments).expect(2);
        assert!(!run.stdout.contains("hush"), "{}", run.stdout);
        assert!(!run.stderr.contains("hush"), "{}", run.stderr);
    }
}
