//! Mistakes end with one clear sentence, exit 2 or 4, and nothing written.

use serde_json::json;

use super::{by_hand, company, tenant, world};
use crate::support::Bench;

#[test]
fn mistakes_are_named_and_nothing_is_written() {
    let bench = Bench::on(world(
        &["Alma", "Twin", "Twin", "Brook"],
        &["alma", "twins", "twins"],
    ));
    by_hand(&bench, |cloud| {
        let customer = cloud.tenant_by_name("alma").unwrap();
        cloud.add_unit(&customer, "Unit");
        cloud.add_partner(&cloud.root(), "North");
    });
    let alma = company(&bench, "Alma").to_string();
    let missing = "00000000-0000-4000-8000-000000000000";
    let cases: &[(&[&str], i32, &str)] = &[
        (&["link", "99999", "alma"], 2, "99999"),
        (&["link", "0", "alma"], 2, "your own"),
        (&["link", "Almo", "alma"], 2, "did you mean Alma (company"),
        (
            &["link", "Twin", "alma"],
            2,
            "several companies are named \"Twin\"",
        ),
        (
            &["link", &alma, "twins"],
            2,
            "several tenants are named \"twins\"",
        ),
        (&["link", &alma, missing], 2, missing),
        (
            &["link", &alma, "North"],
            2,
            "is a partner, not a customer tenant",
        ),
        (
            &["link", &alma, "Unit"],
            2,
            "is a unit, not a customer tenant",
        ),
        (
            &["link", &alma, "alma", "--account", "us"],
            2,
            "no Acronis account is named us",
        ),
        (&["link", &alma], 2, "give a TENANT"),
        (&["link"], 2, "give a COMPANY"),
        (&["create", "Nobody"], 2, "Nobody"),
        (&["create", "Brook", "--partner", "Nowhere"], 2, "Nowhere"),
        (
            &["create", "Brook", "--primary-contact"],
            2,
            "no active primary contact",
        ),
        (&["unlink", "Nobody", "--yes"], 2, "Nobody"),
        (&["list", "--type", "Martian"], 2, "Martian"),
        (&["list", "--account", "mars"], 2, "mars"),
        (&["import", "missing.toml"], 2, "missing.toml"),
        (&["link", "--from-csv", "missing.csv"], 2, "missing.csv"),
    ];
    for (arguments, code, words) in cases {
        let arguments = [&["map-customer"], *arguments].concat();
        let run = bench.run(&arguments).expect(*code);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    assert!(bench.writes().is_empty());
}

#[test]
fn an_ambiguous_name_lists_the_candidates_with_their_ids() {
    let bench = Bench::on(world(&["Twin", "Twin"], &["x"]));
    let run = bench.run(&["map-customer", "link", "twin", "x"]).expect(2);
    let ids: Vec<String> = bench.sandbox.with_world(|world| {
        let all = world.autotask.all("Companies").into_iter();
        let twins = all.filter(|company| company["companyName"] == "Twin");
        twins.map(|company| company["id"].to_string()).collect()
    });
    assert_eq!(ids.len(), 2);
    for id in ids {
        assert!(
            run.stderr.contains(&format!("company {id}")),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn names_are_safe_on_a_terminal_and_exact_in_json_and_defused_in_csv() {
    let names = [
        "Evil\u{1b}[2J\u{202e}",
        "=HYPERLINK(\"x\")",
        "Two\nlines",
        "Ünïcödé 株式会社",
    ];
    let bench = Bench::on(world(&names, &names));
    bench.run(&["map-customer", "suggest"]).expect(0);
    let table = bench.run(&["map-customer", "list"]).expect(0).stdout;
    assert!(!table.contains(['\u{1b}', '\u{202e}']), "{table}");
    assert!(table.contains("Two\\nlines"), "{table}");
    let json = bench
        .run(&["map-customer", "list", "-o", "json"])
        .expect(0)
        .json();
    let seen: Vec<&str> = json
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["company_name"].as_str().unwrap())
        .collect();
    assert_eq!(seen, names);
    let csv = bench
        .run(&["map-customer", "list", "-o", "csv"])
        .expect(0)
        .stdout;
    assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{csv}");
    assert!(csv.contains(",Two\\nlines,"), "{csv}");
}

#[test]
fn no_company_at_all_is_taken_for_a_missing_right_and_not_for_deleted_companies() {
    let bench = Bench::on(world(&["A"], &["a"]));
    bench.run(&["map-customer", "suggest"]).expect(0);
    let tenant = tenant(&bench, "a");
    bench.sandbox.clear_visits();
    bench.sandbox.with_world(|world| {
        let now = world.now;
        let origin = world.autotask.origin.clone();
        let credentials = world.autotask.credentials.clone();
        world.autotask = sandbox::autotask::Database::new(4711, now);
        world.autotask.credentials = credentials;
        world.autotask.origin = origin;
    });
    let run = bench.run(&["map-customer", "suggest"]).expect(4);
    assert!(run.stderr.contains("no company at all"), "{}", run.stderr);
    assert!(bench.writes().is_empty());
    let tag = bench.sandbox.with_world(|world| {
        let dump = world.dump();
        let tenants = dump["tenants"].as_array().unwrap().clone();
        let found = tenants.into_iter().find(|row| row["id"] == tenant);
        found.unwrap()["internal_tag"].clone()
    });
    assert_ne!(tag, json!(null));
}

#[test]
fn a_state_file_serves_one_autotask_database_only() {
    let bench = Bench::on(world(&["A"], &["a"]));
    bench.run(&["map-customer", "suggest"]).expect(0);
    bench.sandbox.with_world(|world| {
        world.autotask.ci = 42;
    });
    let run = bench.run(&["map-customer", "list"]).expect(1);
    assert!(
        run.stderr.contains("belongs to Autotask database 4711"),
        "{}",
        run.stderr
    );
}
