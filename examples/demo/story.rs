//! What a service provider does on the first day, and what cron does from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use jiff::tz::TimeZone;
use sandbox::{Pair, Sandbox, Spelling};
use serde_json::{Value, json};

use crate::program::Program;

/// Customers that get a tenant by hand.
const CREATED: usize = 3;
/// What cron runs.
const RECURRING: [&str; 3] = ["provision", "sync-billing", "sync-tickets"];

fn chapter(title: &str) {
    println!("\n=== {title}");
}

/// Who is there.
pub(crate) fn opening(sandbox: &Sandbox, config: &Path) {
    let world = sandbox.with_world(|world| world.dump());
    let count = |key: &str| world[key].as_array().map_or(0, Vec::len);
    let of_kind = |kind: &str| {
        let tenants = world["tenants"].as_array().into_iter().flatten();
        tenants.filter(|tenant| tenant["kind"] == kind).count()
    };
    chapter("A service provider, simulated on this machine");
    println!(
        "Autotask: {} companies, {} contracts. Acronis: {} customers below {} partners, {} storages, {} alerts.",
        count("companies"),
        count("contracts"),
        of_kind("customer"),
        of_kind("partner").saturating_sub(sandbox.accounts().len()),
        count("storages"),
        count("alerts"),
    );
    let today = sandbox.with_world(|world| world.now.to_zoned(TimeZone::UTC).date());
    println!("Today is {today} here, the last day but one of a month.");
    println!("Configuration: {}", config.display());
}

/// The first day: products, contracts, customers.
pub(crate) fn set_up(program: &Program, sandbox: &Sandbox) -> Result<()> {
    chapter("Check configuration, credentials and permissions");
    program.show(&["check"])?;

    chapter("Create a service in Autotask for every item that Acronis counts");
    program.show(&["map-products", "create", "--all", "--yes"])?;
    let signed = sandbox.with_world(|world| {
        let services = world.autotask.all("Services");
        for row in services.iter().filter(|row| row["unitPrice"] == 0.0) {
            let name = row["name"].as_str().unwrap_or_default();
            let price = if name.contains("torage") { 0.05 } else { 4.5 };
            if let Some(id) = row["id"].as_i64() {
                world
                    .autotask
                    .set("Services", id, "unitPrice", json!(price));
            }
        }
        world.sign_contracts()
    });
    println!(
        "\n# Meanwhile account managers set prices and put the new services on {} contracts, {} lines in total.",
        signed.contracts, signed.lines
    );

    chapter("Map companies to tenants");
    program.show(&["map-customer", "suggest", "--yes"])?;
    link_by_hand(program, sandbox)?;
    create_tenants(program, sandbox)
}

/// Pairs that no program can find: a technician knows them.
fn link_by_hand(program: &Program, sandbox: &Sandbox) -> Result<()> {
    let pairs: Vec<Pair> = sandbox.with_world(|world| world.pairs());
    let unlike: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| matches!(pair.spelling, Spelling::Near | Spelling::Unlike))
        .collect();
    let Some((first, rest)) = unlike.split_first() else {
        bail!("the world has no pair to link by hand");
    };
    let company = first.company.to_string();
    program.show(&["map-customer", "link", &company, &first.tenant, "--yes"])?;
    for pair in rest {
        let company = pair.company.to_string();
        let arguments = ["map-customer", "link", &company, &pair.tenant, "--yes"];
        let run = program.run(&arguments, "")?;
        if run.code != 0 {
            bail!("linking company {company}: {}{}", run.stdout, run.stderr);
        }
    }
    println!("\n# {} more pairs are linked in the same way.", rest.len());
    Ok(())
}

/// Companies with a contract for backup and no tenant yet.
fn create_tenants(program: &Program, sandbox: &Sandbox) -> Result<()> {
    let homeless = sandbox.with_world(|world| {
        let housed: BTreeSet<i64> = world.pairs().iter().map(|pair| pair.company).collect();
        let contracts = world.autotask.all("Contracts");
        let buyers: BTreeSet<i64> = contracts
            .iter()
            .filter(|row| {
                let name = row["contractName"].as_str().unwrap_or_default();
                name.starts_with("Cloud backup")
            })
            .filter_map(|row| row["companyID"].as_i64())
            .collect();
        buyers.difference(&housed).copied().collect::<Vec<i64>>()
    });
    for company in homeless.iter().take(CREATED) {
        program.show(&["map-customer", "create", &company.to_string(), "--yes"])?;
    }
    Ok(())
}

/// What cron does for the first time.
pub(crate) fn first_round(program: &Program) -> Result<()> {
    chapter("Contracts become quotas, usage becomes units, alerts become tickets");
    for command in RECURRING {
        program.show_approving(&[command, "--yes"])?;
    }
    postings(program)
}

/// What was posted, and what is held until when, line by line in the report and counted here.
fn postings(program: &Program) -> Result<()> {
    println!(
        "\n# Usage is read every day and posted once, in the last 3 days of each billing period \
         (billing.posting):\n# periods that end now were posted, later ones are measured and held \
         until their day."
    );
    let report = ["billing-report", "--output", "json"];
    println!("\n$ acrotask {}   # counted", report.join(" "));
    let run = program.run(&report, "")?;
    let lines: Vec<Value> = serde_json::from_str(&run.stdout)?;
    let mut by_day: BTreeMap<(&str, &str), (usize, i64)> = BTreeMap::new();
    for line in &lines {
        let word = |key: &str| line[key].as_str().unwrap_or_default();
        let counted = by_day.entry((word("posting"), word("posting_day")));
        let (count, units) = counted.or_default();
        *count = count.saturating_add(1);
        *units = units.saturating_add(line["held"].as_i64().unwrap_or(0));
    }
    for ((posting, day), (count, units)) in by_day {
        let said = match posting {
            "settled" => format!("posted, or found correct, on {day}"),
            "measured" => {
                format!("measured, posted from {day} on: {units:+} units by today's usage")
            }
            "" => "not billed by usage; the report says why".to_owned(),
            other => format!("{other} {day}"),
        };
        println!("  {count:>3} lines {said}");
    }
    Ok(())
}

/// What cron does the next time, when nothing has changed; how much was written.
pub(crate) fn second_round(program: &Program, sandbox: &Sandbox) -> Result<usize> {
    chapter("Run everything again: nothing has changed, so nothing must be written");
    sandbox.clear_visits();
    for command in RECURRING {
        program.show(&[command, "--yes"])?;
    }
    let writes = sandbox.writes();
    println!(
        "\nRequests counted by the simulated services in the second round: {}, of them writes: {}",
        sandbox.visits().len(),
        writes.len()
    );
    for write in &writes {
        println!("  {} {} {}", write.service, write.method, write.path);
    }
    Ok(writes.len())
}

/// What is left behind, and how to go on.
pub(crate) fn ending(
    program: &Program,
    folder: &Path,
    took: Duration,
    written: usize,
) -> Result<()> {
    chapter("What needs attention");
    program.show(&["status"])?;
    chapter("The end");
    println!(
        "It took {} s, and at most {} MiB of memory for one run of acrotask.",
        took.as_secs(),
        program.peak_kib().div_ceil(1024)
    );
    if written == 0 {
        println!("The second round wrote nothing, as it must.");
    } else {
        println!("THE SECOND ROUND WROTE {written} TIMES: this is a defect.");
    }
    println!(
        "Configuration and state stay in {}; the simulated services end now.\n\
         To go on by hand, with services that stay and the commands to type:\n  \
         cargo run --example sandbox -- --dir {}",
        folder.display(),
        folder.join("by-hand").display()
    );
    Ok(())
}
