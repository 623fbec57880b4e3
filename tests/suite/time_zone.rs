//! What "today" means: the calendar of the configuration, else of the first writing run; never the
//! machine's by chance.

use crate::support::{Bench, Run, ended};

/// The first of December in Europe, the last of November in New York.
const AT_THE_BORDER: &str = "2026-12-01T02:00:00Z";
const PLANNING: [&[&str]; 4] = [
    &["provision", "--dry-run"],
    &["sync-billing", "--dry-run"],
    &["sync-tickets", "--dry-run"],
    &["sync-billing", "--yes"],
];

fn mapped() -> Bench {
    let mut bench = Bench::small();
    bench.set_now(AT_THE_BORDER);
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(sandbox::World::sign_contracts);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench
}

fn in_zone(bench: &Bench, zone: &str, arguments: &[&str]) -> Run {
    let mut command = bench.command(arguments);
    command.env("TZ", zone);
    ended(command.output().unwrap())
}

fn name_the_zone(bench: &Bench, zone: &str) {
    let text = std::fs::read_to_string(&bench.config).unwrap();
    std::fs::write(&bench.config, format!("time_zone = \"{zone}\"\n{text}")).unwrap();
}

#[test]
fn a_machine_in_another_zone_is_refused_until_the_configuration_names_one() {
    let bench = mapped();
    bench.sandbox.clear_visits();
    for arguments in PLANNING {
        let run = in_zone(&bench, "America/New_York", arguments).expect(2);
        assert!(run.stderr.contains("is America/New_York"), "{run:?}");
        assert!(run.stderr.contains("time_zone = \"UTC\""), "{run:?}");
        // The same rules under another name are the same calendar.
        let run = in_zone(&bench, "Etc/UTC", arguments);
        assert_ne!(run.code, 2, "{run:?}");
    }
    let status = in_zone(&bench, "America/New_York", &["status"]);
    assert!(status.stderr.contains("time_zone = \"UTC\""), "{status:?}");
    assert_ne!(status.code, 2, "{status:?}");
}

#[test]
fn with_a_zone_named_every_machine_makes_the_same_plan() {
    let bench = mapped();
    name_the_zone(&bench, "Europe/Berlin");
    for command in ["provision", "sync-billing"] {
        let digest = |zone: &str| {
            let run = in_zone(&bench, zone, &[command, "--dry-run", "--output", "json"]).json();
            run["plan"].clone()
        };
        let here = digest("UTC");
        assert!(here["digest"].is_string(), "{here}");
        for zone in ["America/New_York", "Pacific/Auckland", "Asia/Kolkata"] {
            assert_eq!(digest(zone), here, "{command} in {zone}");
        }
    }
}

#[test]
fn check_says_which_zone_counts_where_it_comes_from_and_which_day_it_is() {
    let bench = mapped();
    let found = |run: &Run| {
        let rows = run.json();
        let rows = rows.as_array().unwrap().clone();
        let row = rows.iter().find(|row| row["subject"] == "time_zone");
        row.unwrap().clone()
    };
    let check: [&str; 3] = ["check", "--output", "json"];
    let here = found(&bench.run(&check));
    assert_eq!(here["verdict"], "ok");
    let text = here["found"].as_str().unwrap();
    assert!(text.contains("UTC, this machine's"), "{text}");
    assert!(text.contains("today is 2026-12-01"), "{text}");

    let there = found(&in_zone(&bench, "America/New_York", &check));
    assert_eq!(there["verdict"], "missing", "{there}");

    name_the_zone(&bench, "America/New_York");
    let named = found(&bench.run(&check));
    assert_eq!(named["verdict"], "ok");
    let text = named["found"].as_str().unwrap();
    assert!(text.contains("America/New_York, as configured"), "{text}");
    assert!(text.contains("today is 2026-11-30"), "{text}");
}
