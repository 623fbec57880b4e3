//! Serves a simulated Acronis and Autotask on 127.0.0.1, with a ready configuration, until it is
//! interrupted: `cargo run --example sandbox`. What can be done with it from outside is written in
//! `tests/sandbox/README.md`.
#![allow(
    clippy::print_stdout,
    reason = "an example talks to the person who started it"
)]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sandbox::{Fault, Sandbox, SeedOptions, World};
use serde_json::{Map, Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Serves a simulated Acronis and Autotask for trying acrotask by hand
#[derive(Debug, Parser)]
struct Args {
    /// Folder for config.toml, its secrets and `ready` [default: a new temporary folder]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Number of companies
    #[arg(long, default_value_t = 60)]
    companies: usize,
    /// Seed of the generated data; the same seed gives the same data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of Acronis accounts (data centres)
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    accounts: u8,
    /// Delay of every response, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Date of the simulation, at 09:00 UTC; its clock then stands still (set ACROTASK_NOW to the
    /// same time) [default: the current time]
    #[arg(long)]
    date: Option<Date>,
    /// Some prepaid customers have quotas above what they buy, or use more than that
    #[arg(long)]
    awkward: bool,
    /// Fault to simulate: a JSON object, or
    /// kind=cut_after,service=autotask,method=POST,path_pattern=*/Tickets,nth=2,times=1
    #[arg(long, value_parser = Fault::parse)]
    fault: Vec<Fault>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    let dir = folder(args.dir.as_deref())?;
    let ready = dir.join("ready");
    // A file of an earlier run has addresses that no longer exist.
    drop(fs::remove_file(&ready));
    let sandbox = start(&args)?;
    let config = sandbox.write_config(&dir)?;
    // Renamed into place, so that nobody reads half of it.
    let draft = dir.join("ready.new");
    fs::write(&draft, format!("{:#}\n", addresses(&sandbox))).context("writing DIR/ready")?;
    fs::rename(&draft, &ready).context("writing DIR/ready")?;
    print_welcome(&sandbox, &config, args.date.is_some());
    Signals::new([SIGINT, SIGTERM])?.forever().next();
    drop(fs::remove_file(&ready));
    println!("Stopped. {} stays as it is.", dir.display());
    Ok(())
}

fn folder(wanted: Option<&Path>) -> Result<PathBuf> {
    let dir = match wanted {
        Some(dir) => {
            fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
            dir.to_path_buf()
        }
        None => tempfile::Builder::new()
            .prefix("acrotask-sandbox-")
            .tempdir()?
            .keep(),
    };
    dir.canonicalize().context("finding the folder")
}

fn start(args: &Args) -> Result<Sandbox> {
    let now = match args.date {
        Some(date) => date
            .at(9, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .map_err(|e| anyhow!("date {date}: {e}"))?
            .timestamp(),
        None => Timestamp::now(),
    };
    let options = SeedOptions {
        companies: args.companies,
        seed: args.seed,
        accounts: usize::from(args.accounts),
        awkward: args.awkward,
        ..SeedOptions::at(now)
    };
    let sandbox = Sandbox::start(World::msp(&options));
    sandbox.set_ticking(args.date.is_none());
    sandbox.set_latency_ms(args.latency_ms);
    for fault in &args.fault {
        sandbox.fault(fault.clone());
    }
    Ok(sandbox)
}

/// What `DIR/ready` says; the file appears when everything answers.
fn addresses(sandbox: &Sandbox) -> Value {
    let accounts: Map<String, Value> = sandbox
        .accounts()
        .iter()
        .map(|name| (name.clone(), json!(sandbox.acronis_url(name))))
        .collect();
    let first = sandbox
        .accounts()
        .first()
        .map(|name| sandbox.acronis_url(name));
    json!({
        "acronis": first,
        "accounts": accounts,
        "autotask": sandbox.autotask_url(),
        "control": sandbox.control_url(),
        "now": sandbox.with_world(|world| world.now.to_string()),
    })
}

fn print_welcome(sandbox: &Sandbox, config: &Path, frozen: bool) {
    let control = sandbox.control_url();
    for name in sandbox.accounts() {
        println!("Acronis '{name}'  {}", sandbox.acronis_url(name));
    }
    println!("Autotask        {}", sandbox.autotask_url());
    println!("Control         {control}");
    println!("Configuration   {}", config.display());
    println!();
    println!("In another terminal:");
    println!("  export ACROTASK_CONFIG={}", config.display());
    if frozen {
        let now = sandbox.with_world(|world| world.now);
        println!("  export ACROTASK_NOW={now}");
    }
    println!("  cargo run -- check");
    println!("  cargo run -- map-products create --used");
    println!(
        "  curl -d '{{\"sign_all\": true}}' {control}/contracts   # customers buy the products"
    );
    println!("  cargo run -- map-customer suggest");
    println!("  cargo run -- provision --dry-run");
    println!(
        "  cargo run -- sync-billing                # reads usage; posts in the last 3 days of a period"
    );
    println!("  cargo run -- billing-report              # what will be posted, and when");
    println!("  curl '{control}/requests?after=0'");
    println!();
    if !frozen {
        println!("With --date YYYY-MM-29 it starts in the days in which most lines are posted.");
        println!();
    }
    println!("Serving until interrupted (Ctrl-C).");
}
