//! Stories of the machine that the program runs on: what it does not let us do, and its signals.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::support::{Bench, Run, ended};

#[test]
fn a_pipe_in_the_place_of_a_secret_file_is_refused_and_not_waited_for() {
    let bench = Bench::small();
    let file = bench.dir().join("autotask.secret");
    std::fs::remove_file(&file).unwrap();
    let made = Command::new("mkfifo").arg(&file).status();
    assert!(made.unwrap().success());
    for command in [&["provision", "--yes"][..], &["map-customer", "list"]] {
        let run = bench.run(command).expect(2);
        let text = format!("cannot read {}: it is not a regular file", file.display());
        assert!(run.stderr.contains(&text), "{}", run.stderr);
        assert!(run.stderr.contains("autotask.secret"), "{}", run.stderr);
    }
}

#[test]
fn a_state_file_that_this_user_may_not_use_is_named_with_what_to_do() {
    let bench = Bench::small();
    // Not even root may make folders there.
    let place = "/sys/acrotask/state.db";
    for command in [
        &["provision", "--yes"][..],
        &["map-products", "create", "--all"],
    ] {
        let mut arguments = vec!["--state", place];
        arguments.extend(command);
        let run = bench.run(&arguments).expect(1);
        assert!(
            run.stderr.contains(&format!("the state file {place}")),
            "{}",
            run.stderr
        );
        assert!(
            run.stderr.contains("--state or state.path"),
            "{}",
            run.stderr
        );
    }
    assert!(bench.sandbox.writes().is_empty());
}

#[test]
fn a_disk_that_takes_nothing_more_is_named_and_the_next_run_goes_on() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    let mut limited = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_acrotask");
    limited
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 1; exec \"$@\"",
            "sh",
            program,
        ])
        .args(["map-customer", "suggest", "--yes"])
        .env("ACROTASK_CONFIG", &bench.config)
        .env("ACROTASK_NOW", crate::support::NOW)
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    let run = ended(limited.output().unwrap()).expect(1);
    let state = format!("the state file {}", bench.state().display());
    assert!(run.stderr.contains(&state), "{}", run.stderr);
    assert!(
        run.stderr.contains("what was saved before is safe"),
        "{}",
        run.stderr
    );
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    let check = bench.run(&["check"]);
    assert!(!check.stdout.contains("malformed"), "{}", check.stdout);
}

/// Sends a signal to a run that waits to be told that its start was noted.
fn signalled(bench: &Bench, signal: &str, command: impl FnOnce() -> Command) -> Run {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let hooks = format!("[hooks]\nping_url = \"{url}\"\n\n[limits]");
    bench.configure("[limits]", &hooks);
    let mut command = command();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let (mut start, _) = listener.accept().unwrap();
    let mut text = [0; 1];
    start.read_exact(&mut text).unwrap();
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([signal, &pid]).status();
    assert!(sent.unwrap().success());
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    start.write_all(answer).unwrap();
    drop((start, listener));
    ended(child.wait_with_output().unwrap())
}

#[test]
fn a_hangup_ends_a_run_in_good_order_as_a_termination_does() {
    for signal in ["-HUP", "-TERM"] {
        let bench = Bench::small();
        let create = || bench.command(&["map-products", "create", "--all"]);
        signalled(&bench, signal, create).expect(130);
        assert!(bench.sandbox.writes().is_empty(), "{signal}");
        let rows = bench.run(&["status", "-o", "json"]).stdout;
        assert!(rows.contains("130"), "{signal}: {rows}");
    }
}

#[test]
fn a_run_that_is_to_outlive_its_terminal_goes_on_after_a_hangup() {
    let bench = Bench::small();
    // As `nohup` does it.
    let create = || {
        let plain = bench.command(&["map-products", "create", "--all"]);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
        command.arg(plain.get_program()).args(plain.get_args());
        let set = plain
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        command.env_clear().envs(set).stdin(Stdio::null());
        command
    };
    signalled(&bench, "-HUP", create).expect(0);
    assert!(!bench.sandbox.writes().is_empty());
}
