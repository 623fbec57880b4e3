//! `map-customer list`: filters, order, counts, and why a company is not listed.

use super::world;
use crate::support::Bench;

fn bench() -> Bench {
    let mut world = world(&["Alma", "Brook", "cliff"], &["Alma", "Other"]);
    world.autotask.add_company("Old", "Customer", false);
    world.autotask.add_company("Vendor", "Vendor", true);
    let bench = Bench::on(world);
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench
}

fn names(bench: &Bench, arguments: &[&str]) -> Vec<String> {
    let list = [&["map-customer", "list", "-o", "json"], arguments].concat();
    let rows = bench.run(&list).expect(0).json();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["company_name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn filters_choose_the_rows() {
    let bench = bench();
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["Alma", "Brook", "cliff"]),
        (&["--all"], &["Alma", "Brook", "cliff", "Old", "Vendor"]),
        (&["--mapped"], &["Alma"]),
        (&["--unmapped"], &["Brook", "cliff"]),
        (&["--type", "vendor"], &["Vendor"]),
        (&["--search", "LIF"], &["cliff"]),
        (&["--account", "eu", "--mapped"], &["Alma"]),
    ];
    for (arguments, wanted) in cases {
        assert_eq!(names(&bench, arguments), *wanted, "{arguments:?}");
    }
}

#[test]
fn rows_are_sorted_without_regard_to_case() {
    let bench = bench();
    assert_eq!(
        names(&bench, &["--sort", "name"]),
        ["Alma", "Brook", "cliff"]
    );
    assert_eq!(
        names(&bench, &["--sort", "tenant", "--all"]),
        ["Brook", "cliff", "Old", "Vendor", "Alma"]
    );
    assert_eq!(names(&bench, &["--sort", "state"])[0], "Alma");
}

#[test]
fn counts_stand_at_the_end_and_hidden_companies_are_explained() {
    let bench = bench();
    let table = bench.run(&["map-customer", "list"]).expect(0).stdout;
    assert!(
        table.contains("3 companies: 1 mapped, 2 unmapped"),
        "{table}"
    );
    assert!(
        table.contains("not listed: 2 unmapped (1 of other types, 1 inactive)"),
        "{table}"
    );
    let none = bench
        .run(&["map-customer", "list", "--search", "zzz"])
        .expect(0);
    assert!(
        none.stdout.contains("no company or tenant contains that"),
        "{}",
        none.stdout
    );
    let hidden = bench
        .run(&["map-customer", "list", "--search", "vendor"])
        .expect(0);
    assert!(
        hidden.stdout.contains("1 of other types"),
        "{}",
        hidden.stdout
    );
}

#[test]
fn every_column_is_there_in_csv() {
    let bench = bench();
    let csv = bench
        .run(&["map-customer", "list", "--mapped", "-o", "csv"])
        .expect(0)
        .stdout;
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "company,company_name,type,active,state,account,partner,partner_id,tenant_name,tenant,linked_at,how,switched_off"
    );
    let row = lines.next().unwrap();
    assert!(
        row.contains(",Alma,Customer,true,mapped,eu,Small MSP,"),
        "{row}"
    );
    assert!(row.ends_with(",2026-09-15T08:00:00Z,suggestion,"), "{row}");
}

#[test]
fn a_listing_of_an_unused_machine_makes_no_file() {
    let bench = Bench::on(world(&["Alma"], &[]));
    bench.run(&["map-customer", "list"]).expect(0);
    assert!(!bench.state().exists());
    assert!(bench.writes().is_empty());
}

#[test]
fn names_forge_no_line_and_steer_no_terminal_in_any_form() {
    const HOSTILE: &str = "Evil\n9  Forged\u{0}\u{1b}[2J\u{9b}31m\u{202e}\u{2028}=1";
    let mut world = world(&["Alma", HOSTILE], &["Alma"]);
    world
        .autotask
        .add_company("=cmd|'/C calc'!A0", "Customer", true);
    let bench = Bench::on(world);
    let list = |form: &str| {
        let run = bench.run(&[
            "map-customer",
            "list",
            "-o",
            form,
            "--log-format",
            "json",
            "-vvv",
        ]);
        let run = run.expect(0);
        let harmless = |text: &str| {
            text.chars().all(|c| {
                let steers = matches!(c, '\u{2028}'..='\u{202e}') || c.is_control();
                c == '\n' || !steers
            })
        };
        assert!(harmless(&run.stdout), "{form}: {:?}", run.stdout);
        assert!(harmless(&run.stderr), "{form}: {:?}", run.stderr);
        for line in run.stderr.lines().filter(|line| line.starts_with('{')) {
            let _: serde_json::Value = serde_json::from_str(line).unwrap();
        }
        run
    };
    let table = list("table").stdout;
    // A header, three companies, a footer.
    assert_eq!(table.lines().count(), 5, "{table}");
    assert!(table.contains("Evil\\n9  Forged"), "{table}");
    let csv = list("csv").stdout;
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.contains("'=cmd|"), "{csv}");
    let json = list("json").json();
    let names = json.as_array().unwrap().iter();
    assert!(names.into_iter().any(|row| row["company_name"] == HOSTILE));
    let near = bench.run(&["map-customer", "link", "Evil 9 Forged", "Alma"]);
    let near = near.expect(2).stderr;
    assert!(near.contains("did you mean Evil\\n9  Forged"), "{near}");
}
