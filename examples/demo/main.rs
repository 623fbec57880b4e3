//! The whole job in half a minute: `cargo run --release --example demo`.
//!
//! Serves a simulated Acronis and Autotask on 127.0.0.1, seeds them with a believable service
//! provider, and runs the real binary through everything from `check` to `sync-tickets`. Then runs
//! the three recurring commands again and fails unless they write nothing.
#![allow(
    clippy::print_stdout,
    reason = "an example talks to the person who started it"
)]

mod program;
mod story;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sandbox::{Sandbox, SeedOptions, World};

use program::Program;

/// Alerts of the demonstration's world.
const ALERTS: usize = 200;

/// The last day but one of this month: most billing periods are in their last days, in which the
/// shipped settings post, and those of contracts that began in mid-month are not.
fn day_of_posting() -> Result<Timestamp> {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    let day = now.last_of_month()?.checked_sub(1.day())?;
    Ok(day.timestamp())
}

fn main() -> ExitCode {
    match play() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("\nThe demonstration failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the second round wrote nothing, as it must.
fn play() -> Result<bool> {
    let binary = program::built()?;
    let begun = Instant::now();
    let options = SeedOptions {
        alerts: Some(ALERTS),
        ..SeedOptions::at(day_of_posting()?)
    };
    let sandbox = Sandbox::start(World::msp(&options));
    sandbox.set_ticking(true);
    let folder = tempfile::Builder::new()
        .prefix("acrotask-demo-")
        .tempdir()
        .context("creating a folder for the configuration")?
        .keep();
    let config = sandbox.write_config(&folder)?;
    let program = Program::new(binary, config.clone(), options.now);
    story::opening(&sandbox, &config);
    story::set_up(&program, &sandbox)?;
    story::first_round(&program)?;
    let written = story::second_round(&program, &sandbox)?;
    story::ending(&program, &folder, begun.elapsed(), written)?;
    Ok(written == 0)
}
