//! Stories of unattended runs: pings, hooks, monitoring, history.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::support::{Bench, ended};

/// A dead-man service: gives the request lines and bodies that it is told.
pub(crate) fn dead_man() -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ping/{{command}}", listener.local_addr().unwrap());
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut first = String::new();
            stream.read_line(&mut first).unwrap();
            let mut length = 0;
            loop {
                let mut header = String::new();
                stream.read_line(&mut header).unwrap();
                if let Some(text) = header.to_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                if header.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let line = first.trim_end_matches(" HTTP/1.1\r\n").to_owned();
            told.send((line, String::from_utf8(body).unwrap())).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK";
            stream.get_mut().write_all(answer).unwrap();
        }
    });
    (url, heard)
}

fn hooks(bench: &Bench, lines: &str) {
    bench.configure("[limits]", &format!("[hooks]\n{lines}\n\n[limits]"));
}

#[test]
fn start_success_and_failure_are_pinged_to_the_dead_mans_switch() {
    let bench = Bench::small();
    let (url, heard) = dead_man();
    hooks(&bench, &format!("ping_url = \"{url}\""));
    bench.run(&["map-products", "create", "--all"]).expect(0);
    let lines: Vec<String> = heard.try_iter().map(|(line, _)| line).collect();
    assert_eq!(
        lines,
        [
            "GET /ping/map-products-create/start",
            "GET /ping/map-products-create"
        ]
    );

    std::fs::write(bench.dir().join("autotask.secret"), "wrong").unwrap();
    bench.run(&["map-products", "create", "--all"]).expect(5);
    let told: Vec<(String, String)> = heard.try_iter().collect();
    assert_eq!(told[1].0, "POST /ping/map-products-create/fail");
    let reason: Value = serde_json::from_str(&told[1].1).unwrap();
    assert_eq!(reason["exit_code"], 5);
    assert!(
        reason["error"].as_str().unwrap().contains("401"),
        "{reason}"
    );

    bench
        .run(&["map-products", "create", "--all", "-n"])
        .expect(5);
    bench.run(&["status"]).expect(1);
    assert_eq!(heard.try_iter().count(), 0);
}

#[test]
fn a_dead_man_service_that_is_down_does_not_fail_the_run() {
    let bench = Bench::small();
    hooks(&bench, "ping_url = \"http://127.0.0.1:1/secret-path\"");
    let run = bench.run(&["map-products", "create", "--all"]).expect(0);
    assert!(
        run.stderr
            .contains("hooks.ping_url: the ping could not be sent"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("secret-path"), "{}", run.stderr);
}

#[test]
fn a_run_that_changed_something_is_handed_to_the_hooks_and_one_that_did_not_is_not() {
    let bench = Bench::small();
    let copy = bench.dir().join("seen.json");
    let script = format!("cat > {}; echo said by the hook", copy.display());
    hooks(
        &bench,
        &format!("on_change = [[\"/bin/sh\", \"-c\", \"{script}\"], \"/no/such/program\"]"),
    );
    let arguments = ["map-products", "create", "--all", "-o", "json"];
    let run = bench.run(&arguments).expect(0);
    let seen: Value = serde_json::from_str(&std::fs::read_to_string(&copy).unwrap()).unwrap();
    assert_eq!(seen, run.json());
    assert!(run.stderr.contains("said by the hook"), "{}", run.stderr);
    assert!(
        run.stderr.contains("cannot start /no/such/program"),
        "{}",
        run.stderr
    );

    std::fs::remove_file(&copy).unwrap();
    let again = bench.run(&arguments).expect(0);
    assert!(!copy.exists());
    assert!(!again.stderr.contains("hook"), "{}", again.stderr);
}

#[test]
fn monitoring_learns_of_commands_that_never_succeeded_or_not_lately() {
    let mut bench = Bench::small();
    let never = bench.run(&["status", "--max-age", "26h"]).expect(1).stdout;
    assert!(
        never.contains("LATE: sync-tickets never succeeded"),
        "{never}"
    );

    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["sync-tickets", "--yes"]).expect(0);
    let fresh = [
        "status",
        "--max-age",
        "26h",
        "--command",
        "sync-tickets",
        "-o",
        "json",
    ];
    bench.run(&fresh).expect(0);
    bench.set_now("2026-09-17T08:00:00Z");
    let late = bench.run(&fresh).expect(1).json();
    assert_eq!(late[0]["command"], "sync-tickets");
    assert_eq!(late[0]["state"], "ok");
    assert_eq!(late[0]["age_seconds"], 2 * 86_400);
    bench
        .run(&["status", "--max-age", "3d", "--command", "sync-tickets"])
        .expect(0);
    bench.run(&["status", "--max-age", "soon"]).expect(2);
    bench.run(&["status", "--command", "sync-biling"]).expect(2);
}

#[test]
fn status_tells_of_the_last_run_and_of_how_it_failed() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    let rows = bench.run(&["status", "-o", "json"]).expect(1).json();
    let by_hand = rows.as_array().unwrap().last().unwrap();
    assert_eq!(by_hand["command"], "map-products create");
    assert_eq!(by_hand["state"], "ok");
    assert!(
        by_hand["text"].as_str().unwrap().ends_with(" done"),
        "{by_hand}"
    );

    std::fs::write(bench.dir().join("autotask.secret"), "wrong").unwrap();
    bench.run(&["map-products", "create", "--all"]).expect(5);
    let text = bench.run(&["status"]).expect(1).stdout;
    assert!(text.contains("exit code 5"), "{text}");
}

#[test]
fn history_holds_every_write_with_before_after_and_answer() {
    let bench = Bench::small();
    let run = bench
        .run(&["map-products", "create", "--all", "-o", "json"])
        .expect(0)
        .json();
    let done = run["summary"]["done"].as_u64().unwrap();
    let rows = bench.run(&["history", "-o", "json"]).expect(0).json();
    let rows = rows.as_array().unwrap();
    assert_eq!(u64::try_from(rows.len()).unwrap(), done);
    let first = &rows[0];
    assert_eq!(first["kind"], "create-service");
    assert_eq!(first["outcome"], "done");
    assert_eq!(first["run"], run["run"]);
    assert!(first["before"]["service"].is_null());
    assert!(
        first["after"]["service"]
            .as_str()
            .unwrap()
            .starts_with("Acronis - ")
    );
    assert!(
        first["answer"].as_str().unwrap().contains("service "),
        "{first}"
    );

    let count = |filter: &[&str]| {
        let mut arguments = vec!["history", "-o", "json"];
        arguments.extend(filter);
        bench
            .run(&arguments)
            .expect(0)
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    let run_id = run["run"].as_str().unwrap();
    assert_eq!(count(&["--limit", "3"]), 3);
    assert_eq!(count(&["--run", run_id]), rows.len());
    assert_eq!(count(&["--account", "eu"]), rows.len());
    assert_eq!(count(&["--command", "map-products create"]), rows.len());
    assert_eq!(count(&["--command", "provision"]), 0);
    assert_eq!(count(&["--since", "2099-01-01"]), 0);
    bench.run(&["history", "--since", "yesterday"]).expect(2);
    // What names nothing is a typing mistake, not an empty history.
    for filter in [
        ["--run", "another"],
        ["--account", "us"],
        ["--command", "provison"],
        ["--company", "174"],
    ] {
        bench.run(&["history", filter[0], filter[1]]).expect(2);
    }
}

#[test]
fn history_as_csv_has_one_line_for_each_write() {
    let bench = Bench::small();
    let run = bench
        .run(&["map-products", "create", "--all", "-o", "json"])
        .expect(0)
        .json();
    let csv = bench.run(&["history", "-o", "csv"]).expect(0).stdout;
    let done = run["summary"]["done"].as_u64().unwrap();
    assert_eq!(csv.lines().count(), usize::try_from(done).unwrap() + 1);
    assert!(csv.starts_with("at,run,command,"), "{csv}");
}

#[test]
fn reading_commands_work_before_the_first_run_and_make_no_state_file() {
    let bench = Bench::small();
    let run = |command: &str| {
        let mut quiet = bench.command(&[command]);
        ended(quiet.env_remove("ACROTASK_NOW").output().unwrap())
    };
    assert_eq!(run("history").expect(0).stderr, "");
    // Nothing ran yet: monitoring has to hear of it.
    run("status").expect(1);
    assert!(!bench.state().exists());
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn a_backup_is_a_whole_private_state_file_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::small();
    bench.run(&["backup", "copy.db"]).expect(2);
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["backup", "copy.db"]).expect(0);
    let copy = bench.dir().join("copy.db");
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let history = |arguments: &[&str]| bench.run(arguments).expect(0).stdout;
    let csv = ["history", "-o", "csv"];
    let of_copy = ["--state", "copy.db", "history", "-o", "csv"];
    assert_eq!(history(&of_copy), history(&csv));
    bench.run(&["backup", "copy.db"]).expect(2);
}

#[test]
fn what_a_run_leaves_to_a_person_stands_in_status_until_it_is_settled() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(|world| world.sign_contracts());
    let waiting = || {
        let rows = bench.run(&["status", "-o", "json"]).json();
        let rows = rows.as_array().unwrap().clone();
        let of_brook = |row: &Value| {
            let text = row["text"].as_str().unwrap_or_default();
            row["kind"] == "person" && text.starts_with("Brook Dental: ")
        };
        rows.into_iter().filter(of_brook).collect::<Vec<Value>>()
    };
    bench.run(&["provision", "--dry-run"]).expect(0);
    assert_eq!(waiting().len(), 0);
    bench.run(&["provision", "--yes"]).expect(0);
    let told = waiting();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["command"], "provision");
    assert!(
        told[0]["text"]
            .as_str()
            .unwrap()
            .contains("map-customer create")
    );

    // A run about somebody else forgets nothing.
    let other = bench.sandbox.with_world(|world| {
        let database = &world.autotask;
        database.named("Companies", "companyName", "Cliff Supplies")
    });
    let other = other.unwrap().to_string();
    bench
        .run(&["provision", "--yes", "--company", &other])
        .expect(0);
    assert_eq!(waiting().len(), 1);
    bench
        .run(&["map-customer", "create", "Brook Dental", "--yes"])
        .expect(0);
    bench.run(&["provision", "--yes"]).expect(0);
    assert_eq!(waiting().len(), 0);
}
