//! `init`: a commented configuration file to begin with.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::cli::{Cli, InitArgs};
use crate::config::{self, Env};
use crate::exit::{Exit, UsageError};
use crate::report::Report;

/// Writes the file, readable by its owner only, and says what to do next.
pub(super) fn run(cli: &Cli, args: &InitArgs, report: &Report, env: &Env) -> Result<Exit> {
    if args.file.as_deref() == Some(Path::new("-")) {
        report.print_text(config::EXAMPLE);
        return Ok(Exit::Done);
    }
    let path = config_path(cli, args, env)?;
    write_new(&path)?;
    let shown = path.display();
    report.print_progress(&format!(
        "wrote {shown}\n\
         1. fill in the two sections [[acronis]] and [autotask]\n\
         2. acrotask --config {shown} check\n\
         3. acrotask --config {shown} map-products list"
    ));
    Ok(Exit::Done)
}

fn config_path(cli: &Cli, args: &InitArgs, env: &Env) -> Result<PathBuf> {
    args.file
        .clone()
        .or_else(|| cli.config.clone())
        .or_else(|| config::find_user_file(env))
        .ok_or_else(|| {
            UsageError("give a file name: neither XDG_CONFIG_HOME nor HOME is set".to_owned())
                .into()
        })
}

fn write_new(path: &Path) -> Result<()> {
    let shown = path.display();
    if let Some(folder) = path.parent().filter(|parent| *parent != Path::new("")) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("creating the folder {}", folder.display()))?;
    }
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(UsageError(format!(
                "{shown} already exists and was not changed; `acrotask init -` prints a new one"
            ))
            .into());
        }
        opened => opened.with_context(|| format!("writing {shown}"))?,
    };
    file.write_all(config::EXAMPLE.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("writing {shown}"))
}
