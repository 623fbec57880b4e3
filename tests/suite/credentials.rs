//! Stories of credentials that are refused: tried once, and then left alone until something changes.

use std::fs;

use sandbox::acronis::Cloud;
use sandbox::autotask::Login;
use sandbox::{Fault, Kind, World};

use crate::support::{Bench, NOW, Run};

/// Logins that Autotask refused so far; enough of them lock the API user.
fn failed_logins(bench: &Bench) -> u32 {
    bench
        .sandbox
        .with_world(|world| world.autotask.failed_logins)
}

fn asked(bench: &Bench, path: &str) -> usize {
    let visits = bench.sandbox.visits();
    visits.iter().filter(|visit| visit.hits(path)).count()
}

#[track_caller]
fn says_not_tried(run: &Run) {
    for words in [
        "refused on 2026-09-15T08:00:00Z",
        "no login was tried now",
        "change the secret, or run `acrotask check`",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}

#[test]
fn a_rotated_secret_of_autotask_is_tried_once_however_often_cron_runs() {
    let mut bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    let file = bench.dir().join("autotask.secret");
    let good = fs::read_to_string(&file).unwrap();
    fs::write(&file, "rotated").unwrap();
    let first = bench
        .run(&["provision", "--yes", "-q", "--output", "json"])
        .expect(5);
    assert!(first.stderr.contains("401"), "{}", first.stderr);
    assert_eq!(failed_logins(&bench), 1);
    // The zone before and after, and the login.
    assert_eq!(first.json()["summary"]["requests"]["autotask"], 3);
    bench.sandbox.clear_visits();
    bench.set_now("2026-09-15T09:00:00Z");
    for command in ["provision", "sync-billing", "sync-tickets"] {
        let run = bench.run(&[command, "--yes", "-q"]).expect(5);
        says_not_tried(&run);
        // A dry run, which cannot write, knows it too.
        says_not_tried(&bench.run(&[command, "--dry-run"]).expect(5));
    }
    assert_eq!(failed_logins(&bench), 1);
    assert_eq!(asked(&bench, "ATServicesRest"), 0);

    // `check` tries again, and is not believed to be good news.
    bench.run(&["check"]).expect(5);
    assert_eq!(failed_logins(&bench), 2);
    says_not_tried(&bench.run(&["provision", "--yes"]).expect(5));
    // Another secret is another login.
    fs::write(&file, "mistyped").unwrap();
    bench.run(&["provision", "--yes"]).expect(5);
    assert_eq!(failed_logins(&bench), 3);
    fs::write(&file, good).unwrap();
    bench.run(&["provision", "--yes"]).expect(0);
    bench.run(&["provision", "--yes"]).expect(0);
}

#[test]
fn a_user_that_was_unlocked_is_tried_again_after_check() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench
        .sandbox
        .with_world(|world| world.autotask.login = Login::Locked);
    bench.run(&["provision", "--yes"]).expect(5);
    bench
        .sandbox
        .with_world(|world| world.autotask.login = Login::Works);
    says_not_tried(&bench.run(&["provision", "--yes"]).expect(5));
    bench.run(&["check"]);
    bench.run(&["provision", "--yes"]).expect(0);
}

#[test]
fn a_refusal_that_leaves_a_doubt_is_not_remembered() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    let status = |code| Kind::Status {
        code,
        body: None,
        headers: Vec::new(),
    };
    // The zone is not to be had after the 401; a page in the place of Acronis' own words.
    let zone = Fault::new("autotask", "", "ZoneInformation", status(404))
        .nth(2)
        .times(0);
    bench.sandbox.fault(zone);
    let counter = Fault::new("autotask", "", "ThresholdInformation", status(401));
    bench.sandbox.fault(counter);
    bench.run(&["provision", "--yes"]).expect(5);
    bench.sandbox.clear_faults();
    bench.run(&["provision", "--yes"]).expect(0);
    bench
        .sandbox
        .fault(Fault::new("acronis", "", "idp/token", status(401)));
    let run = bench.run(&["provision", "--yes"]);
    assert_ne!(run.code, 0, "{run:?}");
    bench.run(&["provision", "--yes"]).expect(0);
}

#[test]
fn an_account_of_acronis_whose_secret_was_refused_is_left_alone_and_the_other_goes_on() {
    let mut world = World::small(NOW.parse().unwrap());
    let cloud = Cloud::new("us", "client-us", "sbx-secret-us", "MSP US", world.now);
    world.acronis.push(cloud);
    let bench = Bench::on(world);
    bench.run(&["map-products", "create", "--all"]);
    fs::write(bench.dir().join("acronis-eu.secret"), "rotated").unwrap();
    let run = bench.run(&["provision", "--yes"]);
    assert_ne!(run.code, 0, "{run:?}");
    bench.sandbox.clear_visits();
    let run = bench.run(&["provision", "--yes"]);
    assert_ne!(run.code, 0, "{run:?}");
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(text.contains("no login was tried now"), "{text}");
    let tokens = bench.sandbox.visits();
    let tokens = tokens.iter().filter(|visit| visit.hits("idp/token"));
    assert_eq!(tokens.count(), 1, "only the other account signs in");
}

#[test]
fn with_the_address_configured_no_zone_is_asked_and_the_id_comes_from_state_or_key() {
    let bench = Bench::small();
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    let text = fs::read_to_string(&bench.config).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("zone_url"))
        .unwrap();
    let url = line.replacen("zone_url", "url", 1);
    bench.configure(line, &format!("{line}\n{url}"));
    // Zone detection fails for this user, though it is a valid one.
    let failed = Kind::Status {
        code: 500,
        body: Some("{\"errors\": [\"Zone information could not be determined\"]}".to_owned()),
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "", "ZoneInformation", failed).times(0));
    bench.sandbox.clear_visits();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "list"]).expect(0);
    bench.run(&["provision", "--yes"]).expect(0);
    assert_eq!(asked(&bench, "ZoneInformation"), 0);

    // A new state file knows no id, and says what to do; the key gives it.
    let fresh = ["--state", "other.db", "map-customer", "list"];
    let run = bench.run(&fresh).expect(6);
    assert!(
        run.stderr.contains("set autotask.database_id"),
        "{}",
        run.stderr
    );
    let ci = bench.sandbox.with_world(|world| world.autotask.ci);
    bench.configure(&url, &format!("{url}\ndatabase_id = {ci}"));
    bench.run(&fresh).expect(0);
}

/// Answers every signed request so, as to an ordinary user; the zone is named.
fn refuse_signed_requests(bench: &Bench, code: u16, text: &str) {
    let body = (!text.is_empty()).then(|| format!(r#"{{"errors": ["{text}"]}}"#));
    let kind = Kind::Status {
        code,
        body,
        headers: vec![],
    };
    for path in ["ThresholdInformation", "entityInformation", "query"] {
        let fault = Fault::new("autotask", "", path, kind.clone());
        bench.sandbox.fault(fault.times(0));
    }
}

#[test]
fn an_ordinary_user_is_told_from_a_wrong_secret_where_the_answers_tell_them_apart() {
    const CREATE: &str = "create an API user in Autotask (Admin > Organization Settings & Users > \
                          Resources/Users (HR) > Resources/Users > New > New API User) with the \
                          security level \"API User (system)\" and the API tracking identifier \
                          \"Custom (Internal Integration)\"";
    for (code, text, says) in [
        (
            403,
            "",
            "the secret is right, but the user may not use the API",
        ),
        (
            401,
            "",
            "the secret is wrong or expired, the user is locked or inactive, or it is an ordinary \
             user, which cannot use the API",
        ),
        (
            500,
            "The username is not valid.",
            "the API does not accept this user name",
        ),
        (
            500,
            "The IntegrationCode is not valid.",
            "the API tracking identifier is not the one of this user",
        ),
    ] {
        let bench = Bench::small();
        refuse_signed_requests(&bench, code, text);
        let run = bench.run(&["provision", "--dry-run"]).expect(5);
        assert!(run.stderr.contains(says), "{code}: {}", run.stderr);
        assert!(run.stderr.contains(CREATE), "{code}: {}", run.stderr);
        // One line says it, and what would fail likewise is not listed.
        let check = bench.run(&["check", "--output", "json"]).expect(5);
        let found = check.json();
        let rows = found.as_array().unwrap().iter();
        let told: Vec<_> = rows
            .filter(|row| row["found"].as_str().unwrap().contains(CREATE))
            .collect();
        assert_eq!(told.len(), 1, "{found:#}");
        assert!(
            told[0]["found"].as_str().unwrap().contains(says),
            "{found:#}"
        );
    }
}

#[test]
fn an_ordinary_user_is_told_to_create_an_api_user_whether_or_not_autotask_says_why() {
    for login in [Login::Ordinary, Login::OrdinaryTold] {
        let bench = Bench::small();
        bench
            .sandbox
            .with_world(|world| world.autotask.login = login);
        for command in [&["check"][..], &["map-customer", "list"]] {
            let run = bench.run(command).expect(5);
            let text = format!("{}{}", run.stdout, run.stderr);
            assert!(text.contains("create an API user in Autotask"), "{text}");
            assert!(text.contains("API User (system)"), "{text}");
        }
    }
}

#[test]
fn a_right_that_an_api_user_lacks_is_not_taken_for_an_ordinary_user() {
    let bench = Bench::small();
    let kind = Kind::Status {
        code: 403,
        body: None,
        headers: vec![],
    };
    let counter = Fault::new("autotask", "", "ThresholdInformation", kind);
    bench.sandbox.fault(counter.times(0));
    let run = bench.run(&["check"]).expect(5);
    assert!(!run.stdout.contains("create an API user"), "{}", run.stdout);
    bench.run(&["map-products", "create", "--all"]).expect(0);
}
