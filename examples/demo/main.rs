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
use jiff::Timestamp;
use sandbox::{Sandbox, SeedOptions, World};

use program::Program;

/// Alerts of the demonstration's world.
const ALERTS: usize = 200;

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
        ..SeedOptions::at(Timestamp::now())
    };
    let sandbox = Sandbox::start(World::msp(&options));
    sandbox.set_ticking(true);
    let folder = tempfile::Builder::new()
        .prefix("acrotask-demo-")
        .tempdir()
        .context("making a folder for the configuration")?
        .keep();
    let config = sandbox.write_config(&folder)?;
    let program = Program::new(binary, config.clone());
    story::opening(&sandbox, &config);
    story::set_up(&program, &sandbox)?;
    story::first_round(&program)?;
    let written = story::second_round(&program, &sandbox)?;
    story::ending(&program, &folder, begun.elapsed(), written)?;
    Ok(written == 0)
}
