//! Stories of `map-products`.

mod creating;
mod deciding;
mod documents;
mod listing;
mod picking;
mod suggesting;

use sandbox::World;
use sandbox::acronis::Cloud;
use serde_json::Value;

use crate::support::{Bench, NOW, Run};

/// A run's plan line for one item.
#[track_caller]
fn action(run: &Value, subject: &str) -> Value {
    let actions = run["plan"]["actions"].as_array().unwrap();
    let found = actions.iter().find(|action| action["subject"] == subject);
    found
        .unwrap_or_else(|| panic!("no line for {subject}: {run}"))
        .clone()
}

/// The texts of a run's notes of one kind.
fn notes(run: &Value, kind: &str) -> Vec<String> {
    let notes = run["plan"]["notes"].as_array().unwrap();
    notes
        .iter()
        .filter(|note| note["kind"] == kind)
        .map(|note| note["text"].as_str().unwrap().to_owned())
        .collect()
}

/// The texts of a run's refusals of one code.
fn refusals(run: &Value, code: &str) -> Vec<String> {
    let refusals = run["plan"]["gate"]["refusals"].as_array().unwrap();
    refusals
        .iter()
        .filter(|refusal| refusal["code"] == code)
        .map(|refusal| refusal["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Two accounts, `eu` with the storages Frankfurt 1 and Frankfurt 2, `us` with Boston.
fn two_accounts() -> Bench {
    let now = NOW.parse().unwrap();
    let mut world = World::small(now);
    let able = ["backup", "disaster_recovery"];
    world.acronis[0].add_infra("Frankfurt 2", "Frankfurt", Some("google"), true, &able);
    let mut us = Cloud::new("us", "client-us", "sbx-secret-us", "Small MSP US", now);
    us.add_infra("Boston", "Boston", Some("azure"), true, &able);
    world.acronis.push(us);
    Bench::on(world)
}

/// Adds a service to Autotask, as a person would; its id.
fn add_service(bench: &Bench, name: &str, period_type: i64) -> i64 {
    bench
        .sandbox
        .with_world(|world| world.autotask.add_service(name, period_type, "12.30"))
}

/// Takes an item away from what the partner can hand to customers, or gives it back.
fn offer(bench: &Bench, item: &str, offered: bool) {
    bench.sandbox.with_world(|world| {
        let cloud = &mut world.acronis[0];
        let root = cloud.root();
        let found = if offered {
            cloud.enable_item(&root, item, None, None)
        } else {
            cloud.disable_item(&root, item, None)
        };
        assert!(found, "{item}");
    });
}

/// The rows of `map-products list`.
fn listed(bench: &Bench) -> Vec<Value> {
    let run = bench
        .run(&["map-products", "list", "--output", "json"])
        .expect(0);
    run.json().as_array().unwrap().clone()
}

/// The row of one item, by the text in its `item` column.
#[track_caller]
fn row(rows: &[Value], item: &str) -> Value {
    let found = rows.iter().find(|row| row["item"] == item);
    found
        .unwrap_or_else(|| panic!("{item} is not listed"))
        .clone()
}

/// The names of all services of the sandbox's Autotask.
fn services(bench: &Bench) -> Vec<String> {
    bench.sandbox.with_world(|world| {
        let rows = world.autotask.all("Services");
        let name = |row: &Value| row["name"].as_str().unwrap().to_owned();
        rows.iter().map(name).collect()
    })
}

fn write(bench: &Bench, verb: &[&str]) -> Run {
    let mut arguments = vec!["map-products"];
    arguments.extend(verb);
    arguments.extend(["--output", "json"]);
    bench.run(&arguments)
}

#[test]
fn the_page_shows_what_is_printed() {
    crate::transcripts::replay("docs/mapping.md", "Products", &Bench::small());
}
