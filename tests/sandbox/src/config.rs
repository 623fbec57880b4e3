//! A configuration for acrotask that fits a running sandbox.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::World;

/// Writes `config.toml` and its secrets into a folder; the path of the first.
pub(crate) fn write(
    dir: &Path,
    world: &World,
    accounts: &[(String, String)],
    autotask_url: &str,
) -> io::Result<PathBuf> {
    let mut text = "# Written by the sandbox; its addresses are gone when it stops.\n".to_owned();
    for (cloud, (name, url)) in world.acronis.iter().zip(accounts) {
        let secret = secret_file(dir, &format!("acronis-{name}.secret"), &cloud.client_secret)?;
        block(
            &mut text,
            "[[acronis]]",
            &[
                ("name", quoted(name)),
                ("url", quoted(url)),
                ("client_id", quoted(&cloud.client_id)),
                ("client_secret", secret),
            ],
        );
    }
    let login = &world.autotask.credentials;
    let secret = secret_file(dir, "autotask.secret", &login.secret)?;
    let code = secret_file(dir, "autotask.code", &login.integration_code)?;
    block(
        &mut text,
        "[autotask]",
        &[
            ("username", quoted(&login.username)),
            ("secret", secret),
            ("integration_code", code),
            ("zone_url", quoted(autotask_url)),
        ],
    );
    let state = quoted(&dir.join("state.db").to_string_lossy());
    block(&mut text, "[state]", &[("path", state)]);
    rules(&mut text, world);
    let path = dir.join("config.toml");
    fs::write(&path, text)?;
    Ok(path)
}

/// The sections that do not depend on addresses.
fn rules(text: &mut String, world: &World) {
    block(
        text,
        "[products]",
        &[
            ("period", quoted("Monthly")),
            ("service_code", quoted("Cloud Backup")),
        ],
    );
    let storages: Vec<String> = world
        .default_storages()
        .into_iter()
        .map(|(account, storage)| format!("{} = {}", quoted(&account), quoted(&storage)))
        .collect();
    block(
        text,
        "[provisioning]",
        &[("default_storage", format!("{{ {} }}", storages.join(", ")))],
    );
    block(
        text,
        "[tickets]",
        &[
            ("source", quoted("Monitoring Alert")),
            ("note_type", quoted("Task Notes")),
            ("note_publish", quoted("Internal Only")),
            (
                "auto_close",
                "{ enabled = true, status = \"Complete\" }".to_owned(),
            ),
        ],
    );
    block(
        text,
        "[tickets.defaults]",
        &[
            ("queue", quoted("Monitoring Alert")),
            ("priority", quoted("Medium")),
        ],
    );
    for (severity, priority) in [("critical", "Critical"), ("error", "High")] {
        block(
            text,
            "[[tickets.rule]]",
            &[
                ("match", format!("{{ severity = {} }}", quoted(severity))),
                ("priority", quoted(priority)),
            ],
        );
    }
    // The world has a backlog of alerts; a first run turns all of it into tickets.
    block(text, "[limits]", &[("tickets_per_run", "500".to_owned())]);
}

fn block(text: &mut String, head: &str, lines: &[(&str, String)]) {
    text.push_str(&format!("\n{head}\n"));
    for (key, value) in lines {
        text.push_str(&format!("{key} = {value}\n"));
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => {
                out.push_str(&format!("\\u{:04X}", u32::from(control)));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}

/// Writes a secret where only its owner can read it; how the configuration names it.
fn secret_file(dir: &Path, name: &str, secret: &str) -> io::Result<String> {
    let path = dir.join(name);
    // An older file may have other rights.
    drop(fs::remove_file(&path));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(&path)?, "{secret}")?;
    Ok(format!("{{ file = {} }}", quoted(&path.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn quotes_and_controls_are_escaped() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
        assert_eq!(quoted("Zürich"), "\"Zürich\"");
    }
}
