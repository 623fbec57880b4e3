//! A run that could not look is not a success: whatever cannot be read of an account, by whichever
//! command.

use sandbox::acronis::Cloud;
use sandbox::{Fault, Kind, World};
use serde_json::Value;

use crate::cron::dead_man;
use crate::support::{Bench, NOW, Run};

/// The commands that write, as cron runs them.
const WRITING: [&[&str]; 5] = [
    &["provision", "--yes"],
    &["sync-billing", "--yes"],
    &["sync-tickets", "--yes"],
    &["map-customer", "suggest", "--yes"],
    &["map-products", "suggest", "--yes"],
];

fn status(code: u16) -> Kind {
    Kind::Status {
        code,
        body: None,
        headers: Vec::new(),
    }
}

fn body(text: &str) -> Kind {
    Kind::Body {
        text: text.to_owned(),
    }
}

fn prepared(world: World) -> Bench {
    let bench = Bench::on(world);
    let text = std::fs::read_to_string(&bench.config).unwrap();
    std::fs::write(&bench.config, format!("{text}\n[network]\nattempts = 1\n")).unwrap();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

/// One account; its customers are linked and in line.
fn one() -> Bench {
    prepared(World::small(NOW.parse().unwrap()))
}

/// The same, and Brook Dental in an account `us`.
fn two() -> Bench {
    let mut world = World::small(NOW.parse().unwrap());
    let mut cloud = Cloud::new("us", "client-us", "sbx-secret-us", "MSP US", world.now);
    let root = cloud.root();
    cloud.add_customer(&root, "Brook Dental");
    world.acronis.push(cloud);
    prepared(world)
}

/// All that can be wrong with what an account answers, and what it is.
fn troubles() -> Vec<(&'static str, &'static str, Kind, i32)> {
    let endless = r#"{"items":[],"paging":{"cursors":{"after":"again"}}}"#;
    vec![
        ("*", "*/idp/token", status(401), 5),
        ("*", "*/idp/token", status(403), 5),
        ("*", "*/idp/token", status(429), 6),
        ("*", "*/idp/token", status(500), 6),
        ("GET", "*/clients/*", status(403), 5),
        ("GET", "*/clients/*", status(404), 6),
        ("GET", "*/clients/*", status(500), 6),
        ("GET", "*/clients/*", body("<html>login</html>"), 6),
        ("*", "*", Kind::CutBefore, 6),
        ("GET", "*/tenants", status(403), 5),
        ("GET", "*/tenants", status(429), 6),
        ("GET", "*/tenants", status(503), 6),
        ("GET", "*/tenants", body("not json"), 6),
        ("GET", "*/tenants", body("{}"), 6),
        ("GET", "*/tenants", body(endless), 6),
    ]
}

/// Alerts are read without any of the two, and products without the list of tenants.
fn reads(command: &[&str], path: &str) -> bool {
    match command[0] {
        "sync-tickets" => !path.ends_with("/tenants") && !path.ends_with("/clients/*"),
        "map-products" => !path.ends_with("/tenants"),
        _ => true,
    }
}

fn run(bench: &Bench, command: &[&str]) -> Run {
    let mut arguments = command.to_vec();
    arguments.extend(["--output", "json"]);
    bench.run(&arguments)
}

#[test]
fn an_account_that_cannot_be_read_ends_the_run_with_5_or_6_and_says_so_once() {
    let bench = one();
    for (method, path, kind, code) in troubles() {
        let name = format!("{method} {path} {kind:?}");
        let fault = Fault::new("acronis", method, path, kind).times(0);
        bench.sandbox.fault(fault);
        for command in WRITING.into_iter().filter(|command| reads(command, path)) {
            let run = run(&bench, command);
            let told = format!("{name}\n{command:?}\n{}\n{}", run.stdout, run.stderr);
            assert_eq!(run.code, code, "{told}");
            let document = run.json();
            assert_ne!(document["plan"]["gate"]["verdict"], "pass", "{told}");
            assert_eq!(document["success"], false, "{told}");
            // A login and a query change nothing.
            assert!(!told.contains("may have taken effect"), "{told}");
            assert_eq!(document["exit_code"], code, "{told}");
            assert_eq!(document["accounts"][0]["read"], false, "{told}");
            assert!(
                run.stderr.contains("error: account eu could not be read: "),
                "{told}"
            );
            assert_eq!(advice(&run), 1, "{told}");
        }
        bench.sandbox.clear_faults();
    }
    assert_eq!(bench.writes(), [""; 0]);
    let late = bench.run(&["status", "--max-age", "26h"]).expect(1);
    for command in ["provision", "sync-billing", "sync-tickets"] {
        let text = format!("LATE: {command} never succeeded");
        assert!(late.stdout.contains(&text), "{late:?}");
    }
}

/// How many sentences of advice were given.
fn advice(run: &Run) -> usize {
    let lines = run.stderr.lines();
    let is_advice = |line: &&str| {
        line.starts_with("Check the user")
            || line.starts_with("The login works")
            || line.starts_with("Running again")
    };
    lines.filter(is_advice).count()
}

#[test]
fn one_broken_account_of_two_ends_with_3_and_is_no_success() {
    let bench = two();
    for command in &WRITING[..3] {
        run(&bench, command).expect(0);
    }
    for (method, path, kind, _) in troubles() {
        let name = format!("{method} {path} {kind:?}");
        let fault = Fault::new("acronis:us", method, path, kind).times(0);
        bench.sandbox.fault(fault);
        for command in WRITING.into_iter().filter(|command| reads(command, path)) {
            let run = run(&bench, command);
            let told = format!("{name}\n{command:?}\n{}\n{}", run.stdout, run.stderr);
            assert_eq!(run.code, 3, "{told}");
            let document = run.json();
            assert_ne!(document["plan"]["gate"]["verdict"], "pass", "{told}");
            assert_eq!(document["success"], false, "{told}");
            let read = |at: usize| document["accounts"][at]["read"].clone();
            assert_eq!((read(0), read(1)), (true.into(), false.into()), "{told}");
            assert!(
                run.stderr.contains("error: account us could not be read: "),
                "{told}"
            );
            assert!(!run.stderr.contains("account eu "), "{told}");
            assert_eq!(advice(&run), 1, "{told}");
        }
        bench.sandbox.clear_faults();
    }
}

#[test]
fn listings_that_could_not_look_end_the_same_way() {
    for (bench, service, code) in [(one(), "acronis", 6), (two(), "acronis:us", 3)] {
        let fault = Fault::new(service, "GET", "*/clients/*", status(500));
        bench.sandbox.fault(fault.times(0));
        for command in [
            &["map-customer", "list"][..],
            &["map-products", "list"],
            &["sync-tickets", "--explain", "no-such-alert"],
        ] {
            if command[0] == "sync-tickets" {
                let fault = Fault::new(service, "GET", "*/alerts/*", status(500));
                bench.sandbox.fault(fault.times(0));
            }
            let run = bench.run(command).expect(code);
            assert_eq!(advice(&run), 1, "{run:?}");
            assert_eq!(run.stderr.matches("error: account ").count(), 1, "{run:?}");
        }
    }
}

#[test]
fn monitoring_hears_of_a_run_that_could_not_look_as_a_failure() {
    let bench = two();
    let (url, heard) = dead_man();
    bench.configure(
        "[limits]",
        &format!("[hooks]\nping_url = \"{url}\"\n\n[limits]"),
    );
    let told = || -> Vec<String> {
        let lines = heard.try_iter().map(|(line, _)| line);
        lines
            .map(|line| line.replace("/ping/provision", ""))
            .collect()
    };
    bench.run(&["provision", "--yes"]).expect(0);
    assert_eq!(told(), ["GET /start", "GET "]);
    let fault = Fault::new("acronis:us", "GET", "*/tenants", status(500));
    bench.sandbox.fault(fault.times(0));
    bench.run(&["provision", "--yes"]).expect(3);
    assert_eq!(told(), ["GET /start", "POST /fail"]);
    let fault = Fault::new("acronis:eu", "GET", "*/tenants", status(500));
    bench.sandbox.fault(fault.times(0));
    bench.run(&["provision", "--yes"]).expect(6);
    assert_eq!(told(), ["GET /start", "POST /fail"]);
    let row = provision_row(&bench);
    assert_eq!(row["state"], "failed", "{row}");
    let text = row["text"].as_str().unwrap();
    assert!(
        text.contains("exit code 6: account eu could not be read: listing"),
        "{text}"
    );
    assert!(
        text.contains("account us could not be read: listing"),
        "{text}"
    );
}

fn provision_row(bench: &Bench) -> Value {
    let rows = bench.run(&["status", "-o", "json"]).json();
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["command"] == "provision");
    row.unwrap().clone()
}

#[test]
fn a_mistake_on_the_command_line_is_no_run_and_no_alarm() {
    let bench = one();
    bench.run(&["provision", "--yes"]).expect(0);
    let before = provision_row(&bench);
    let (url, heard) = dead_man();
    bench.configure(
        "[limits]",
        &format!("[hooks]\nping_url = \"{url}\"\n\n[limits]"),
    );
    bench.run(&["provision", "--account", "uk"]).expect(2);
    bench
        .run(&["map-customer", "unlink", "Alma Bakery"])
        .expect(2);
    assert_eq!(heard.try_iter().count(), 0);
    let after = provision_row(&bench);
    assert_eq!(
        (&after["run"], &after["state"]),
        (&before["run"], &before["state"])
    );
    let rows = bench.run(&["status"]).expect(0).stdout;
    assert!(!rows.contains("map-customer unlink"), "{rows}");

    // Another plan than the one that was approved is no typing mistake: a person has to look.
    let other = ["provision", "--expect-plan", "0123456789abcdef"];
    bench.run(&other).expect(4);
    let told: Vec<String> = heard.try_iter().map(|(line, _)| line).collect();
    assert_eq!(
        told,
        ["GET /ping/provision/start", "POST /ping/provision/fail"]
    );
    assert_eq!(provision_row(&bench)["state"], "failed");
}

#[test]
fn storages_that_cannot_be_named_are_a_remark_while_nobody_needs_one() {
    let bench = one();
    bench.run(&["provision", "--yes"]).expect(0);
    let fault = Fault::new("acronis", "GET", "*/infra*", status(500));
    bench.sandbox.fault(fault.times(0));
    let run = run(&bench, &["provision", "--yes"]).expect(0).json();
    assert!(
        run["plan"]["notes"]
            .to_string()
            .contains("storages-unreadable"),
        "{run}"
    );
    assert_eq!(run["success"], true);
}

#[test]
fn a_counter_of_requests_that_cannot_be_read_is_a_remark() {
    let bench = one();
    let fault = Fault::new("autotask", "GET", "*/ThresholdInformation*", status(500));
    bench.sandbox.fault(fault.times(0));
    let run = bench.run(&["provision", "--yes"]).expect(0);
    assert!(
        run.stderr.contains("request counter could not be read"),
        "{run:?}"
    );
}

#[test]
fn usages_that_cannot_be_read_hold_back_lowerings_and_cost_the_clean_end() {
    for code in [403, 500] {
        let bench = one();
        bench.run(&["provision", "--yes"]).expect(0);
        bench.run(&["sync-billing", "--yes"]).expect(0);
        let fault = Fault::new("acronis", "GET", "*/tenants/usages*", status(code));
        bench.sandbox.fault(fault.times(0));
        for command in ["provision", "sync-billing"] {
            let run = run(&bench, &[command, "--yes"]).expect(3);
            assert_eq!(
                run.json()["plan"]["gate"]["verdict"],
                "incomplete",
                "{run:?}"
            );
            assert!(
                run.stderr
                    .contains("could not be read, so no quota is lowered there"),
                "{run:?}"
            );
        }
    }
}

#[test]
fn every_run_says_which_files_it_uses_when_asked_and_status_always() {
    let bench = one();
    let said = |run: &Run| {
        let files = [&bench.config, &bench.state()].map(|path| path.display().to_string());
        files.iter().all(|file| run.stderr.contains(file))
    };
    assert!(!said(&bench.run(&["provision", "--yes"]).expect(0)));
    assert!(said(&bench.run(&["-v", "provision", "--yes"]).expect(0)));
    assert!(said(&bench.run(&["-v", "map-customer", "list"]).expect(0)));
    assert!(said(&bench.run(&["status"]).expect(0)));
    assert!(said(&bench.run(&["-q", "status", "-o", "json"]).expect(0)));
}

#[test]
fn status_of_a_state_file_that_nobody_used_is_no_success() {
    let bench = one();
    bench.run(&["provision", "--yes"]).expect(0);
    bench.run(&["status"]).expect(0);
    let elsewhere = bench.dir().join("elsewhere.db");
    let path = elsewhere.to_str().unwrap();
    let run = bench.run(&["--state", path, "status"]).expect(1);
    let text = format!("error: there is no state file {path}");
    assert!(run.stderr.contains(&text), "{run:?}");
    assert!(!run.stdout.contains("nothing needs attention"), "{run:?}");
    assert!(!elsewhere.exists());

    // One that only holds mappings may be somebody else's.
    bench
        .run(&["--state", path, "map-products", "suggest", "--yes"])
        .expect(0);
    let run = bench.run(&["--state", path, "status"]).expect(1);
    let text = format!("error: the state file {path} has no successful run");
    assert!(run.stderr.contains(&text), "{run:?}");
    bench
        .run(&["status", "--command", "sync-tickets"])
        .expect(1);
}

#[test]
fn with_two_accounts_every_note_names_its_account() {
    let bench = two();
    bench.sandbox.with_world(|world| {
        for (account, name) in [("eu", "Alma Bakery"), ("us", "Brook Dental")] {
            let cloud = world.cloud(Some(account)).unwrap();
            let tenant = cloud.tenant_by_name(name).unwrap();
            cloud.set_tenant(&tenant, "ancestral_access", false.into());
        }
    });
    let shown = bench.run(&["provision", "--dry-run"]);
    for start in ["eu / Alma Bakery (company ", "us / Brook Dental (company "] {
        let named = |line: &str| line.contains(start) && line.contains("denies access");
        assert!(shown.stdout.lines().any(named), "{start}: {shown:?}");
    }
    let notes = run(&bench, &["provision", "--dry-run"]).json()["plan"]["notes"].clone();
    let of_customers = notes.as_array().unwrap().iter();
    for note in of_customers.filter(|note| note["kind"] == "access-denied") {
        assert!(note["account"].is_string(), "{note}");
    }
    let list = bench.run(&["provision", "--dry-run", "--account", "us"]);
    assert!(!list.stdout.contains("eu / "), "{list:?}");

    // With one account there is nothing to tell apart.
    let one = one();
    one.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.set_tenant(&tenant, "ancestral_access", false.into());
    });
    let shown = one.run(&["provision", "--dry-run"]);
    assert!(
        !shown.stdout.contains("eu / Alma Bakery (company"),
        "{shown:?}"
    );
    assert!(shown.stdout.contains("denies access"), "{shown:?}");
}
