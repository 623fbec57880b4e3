//! Where the configuration and the state file are, unless an option names them.

use std::io;
use std::path::{Path, PathBuf};

use super::env::Env;
use super::load::Config;

const SYSTEM_FILE: &str = "/etc/acrotask/config.toml";

/// No configuration, or no place for the state file, could be found.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotFound {
    #[error(
        "no configuration found; looked for {}. Write one with `acrotask init`, or name one with --config or ACROTASK_CONFIG",
        join_paths(looked)
    )]
    Config { looked: Vec<PathBuf> },
    #[error(
        "no place for the state file: set `state.path`, or name one with --state (neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set)"
    )]
    State,
}

fn join_paths(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().map(|p| p.display().to_string()).collect();
    shown.join(", ")
}

/// The configuration file: `--config`, `$ACROTASK_CONFIG`, `$XDG_CONFIG_HOME/acrotask/config.toml`
/// (by default in `~/.config`), `/etc/acrotask/config.toml`; the first there is, never merged.
///
/// # Errors
///
/// When none exists. A file that was named, by option or variable, is taken unseen: reading it then
/// says what is wrong with it.
pub(crate) fn find_file(cli_path: Option<PathBuf>, env: &Env) -> Result<PathBuf, NotFound> {
    find_with(cli_path, env, Path::new(SYSTEM_FILE))
}

fn find_with(cli_path: Option<PathBuf>, env: &Env, system: &Path) -> Result<PathBuf, NotFound> {
    if let Some(named) = cli_path.or_else(|| env.find_path("ACROTASK_CONFIG")) {
        return Ok(named);
    }
    let own = find_user_file(env);
    let looked: Vec<PathBuf> = own.into_iter().chain([system.to_owned()]).collect();
    match looked.iter().find(|path| is_there(path)) {
        Some(path) => Ok(path.clone()),
        None => Err(NotFound::Config { looked }),
    }
}

/// Where the configuration of the person at the keyboard is, or would be written.
pub(crate) fn find_user_file(env: &Env) -> Option<PathBuf> {
    env.find_xdg_directory("XDG_CONFIG_HOME", ".config")
        .map(|dir| dir.join("acrotask/config.toml"))
}

/// A file that is there but may not be looked at counts: passing over it in silence would run with
/// another configuration than the one meant.
fn is_there(path: &Path) -> bool {
    match path.metadata() {
        Ok(_) => true,
        Err(error) => !matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ),
    }
}

/// The state file: `--state`, `state.path`, systemd's `$STATE_DIRECTORY` (its first entry),
/// `$XDG_STATE_HOME/acrotask/state.db` (by default in `~/.local/state`).
///
/// # Errors
///
/// When the environment names no place either.
pub(crate) fn find_state_path(
    cli_path: Option<PathBuf>,
    config: &Config,
    env: &Env,
) -> Result<PathBuf, NotFound> {
    cli_path
        .or_else(|| config.state.path.clone())
        .or_else(|| find_systemd_directory(env).map(|dir| dir.join("state.db")))
        .or_else(|| {
            env.find_xdg_directory("XDG_STATE_HOME", ".local/state")
                .map(|dir| dir.join("acrotask/state.db"))
        })
        .ok_or(NotFound::State)
}

/// systemd separates several state directories by colons.
fn find_systemd_directory(env: &Env) -> Option<PathBuf> {
    let directories = env.find_path("STATE_DIRECTORY")?;
    std::env::split_paths(&directories)
        .next()
        .filter(|first| !first.as_os_str().is_empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_configuration_there_is_wins() {
        let dir = tempfile::tempdir().unwrap();
        let xdg = dir.path().join("xdg");
        let own = xdg.join("acrotask/config.toml");
        let system = dir.path().join("system.toml");
        let all = Env::from_pairs([
            ("ACROTASK_CONFIG", "/named/by/variable.toml".into()),
            ("XDG_CONFIG_HOME", xdg.clone().into_os_string()),
        ]);
        let some = Env::from_pairs([("XDG_CONFIG_HOME", xdg.as_os_str())]);

        let option = Some(PathBuf::from("/option.toml"));
        assert_eq!(find_file(option, &all), Ok(PathBuf::from("/option.toml")));
        let named = Ok(PathBuf::from("/named/by/variable.toml"));
        assert_eq!(find_file(None, &all), named);

        let looked = vec![own.clone(), system.clone()];
        assert_eq!(
            find_with(None, &some, &system),
            Err(NotFound::Config { looked })
        );
        fs::write(&system, "").unwrap();
        assert_eq!(find_with(None, &some, &system), Ok(system.clone()));
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::write(&own, "").unwrap();
        assert_eq!(find_with(None, &some, &system), Ok(own));
    }

    #[test]
    fn without_xdg_variables_the_home_directory_is_used() {
        let env = Env::from_pairs([("HOME", "/home/alma"), ("XDG_CONFIG_HOME", "not/absolute")]);
        assert_eq!(
            find_user_file(&env),
            Some(PathBuf::from("/home/alma/.config/acrotask/config.toml"))
        );
    }

    #[test]
    fn the_state_file_is_searched_in_order() {
        let mut config = crate::config::sample();
        let bare = Env::default();
        assert_eq!(find_state_path(None, &config, &bare), Err(NotFound::State));
        let home = Env::from_pairs([("HOME", "/home/alma")]);
        let xdg = Env::from_pairs([("HOME", "/home/alma"), ("XDG_STATE_HOME", "/xdg")]);
        let systemd = Env::from_pairs([
            ("XDG_STATE_HOME", "/xdg"),
            ("STATE_DIRECTORY", "/var/lib/acrotask:/var/lib/other"),
        ]);
        let path = |cli: Option<&str>, config: &Config, env: &Env| {
            let found = find_state_path(cli.map(PathBuf::from), config, env).unwrap();
            found.display().to_string()
        };
        assert_eq!(
            path(None, &config, &home),
            "/home/alma/.local/state/acrotask/state.db"
        );
        assert_eq!(path(None, &config, &xdg), "/xdg/acrotask/state.db");
        assert_eq!(path(None, &config, &systemd), "/var/lib/acrotask/state.db");
        config.state.path = Some(PathBuf::from("/srv/state.db"));
        assert_eq!(path(None, &config, &systemd), "/srv/state.db");
        assert_eq!(path(Some("here.db"), &config, &systemd), "here.db");
    }
}
