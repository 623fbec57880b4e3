//! A terminal for stories about what people see and type.

use std::io::Write as _;
use std::process::Stdio;

use crate::support::Bench;

/// Runs with a terminal on which these keys were typed ahead, and on which progress shows however
/// short it takes; `None` where the machine has no
/// `script` to make one.
pub(crate) fn typed(bench: &Bench, arguments: &[&str], keys: &str) -> Option<(i32, String)> {
    let plain = bench.command(arguments);
    let words = std::iter::once(plain.get_program()).chain(plain.get_args());
    let line: Vec<String> = words
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut script = std::process::Command::new("script");
    script
        .args(["-qec", &line.join(" "), "/dev/null"])
        .env_clear()
        .envs(
            plain
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .env("TERM", "xterm")
        .env("ACROTASK_TEST_PROGRESS_AT_ONCE", "yes")
        .env("PATH", "/usr/bin:/bin")
        .current_dir(bench.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = script.spawn().ok()?;
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(keys.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    Some((output.status.code().unwrap_or(-1), shown))
}
