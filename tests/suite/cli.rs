//! Stories of the command line: help, mistakes, exit codes, forms of output.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use sandbox::{Fault, Kind};

use crate::support::{Bench, Run, ended, signal};

const CODES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "10", "75", "130"];

/// Fails each request of a kind, and does not try again.
fn broken(bench: &Bench, service: &str, method: &str, path: &str, code: u16) {
    bench.configure("[state]", "[network]\nattempts = 1\n\n[state]");
    let kind = Kind::Status {
        code,
        body: None,
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new(service, method, path, kind).times(0));
}

fn create_all(bench: &Bench) -> Run {
    bench.run(&["map-products", "create", "--all", "--output", "json"])
}

#[test]
fn help_names_every_command_and_every_exit_code() {
    let bench = Bench::small();
    let help = bench.run(&["--help"]).expect(0).stdout;
    for command in [
        "init",
        "check",
        "map-products",
        "map-customer",
        "provision",
        "sync-billing",
        "sync-tickets",
        "status",
        "history",
        "explain",
        "backup",
        "completions",
        "man",
    ] {
        assert!(help.contains(command), "{command} is not in\n{help}");
        let own = bench.run(&[command, "--help"]).expect(0).stdout;
        assert!(own.contains("--config"), "{own}");
    }
    for code in CODES {
        assert!(help.split_whitespace().any(|word| word == code), "{code}");
    }
    let version = bench.run(&["--version"]).expect(0).stdout;
    assert!(version.starts_with("acrotask "), "{version}");
}

#[test]
fn the_manual_page_explains_commands_exit_codes_and_files() {
    let page = Bench::small().run(&["man"]).expect(0).stdout;
    for word in [
        ".SH COMMANDS",
        "map\\-products create",
        "\\-\\-expect\\-plan",
        ".SH \"EXIT STATUS\"",
        ".SH FILES",
        "/etc/acrotask/config.toml",
        ".SH ENVIRONMENT",
    ] {
        assert!(page.contains(word), "{word} is not in\n{page}");
    }
    for code in CODES {
        assert!(page.contains(&format!("\\fB{code}\\fR\n")), "{code}");
    }
}

#[test]
fn completions_know_the_commands_in_every_shell() {
    let bench = Bench::small();
    for shell in ["bash", "zsh", "fish"] {
        let script = bench.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("sync-billing"), "{shell}");
    }
    bench.run(&["completions", "tcsh"]).expect(2);
}

#[test]
fn a_mistyped_command_ends_with_two_and_a_suggestion() {
    let bench = Bench::small();
    let run = bench.run(&["sync-biling"]).expect(2);
    assert!(run.stderr.contains("'sync-billing'"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    bench
        .run(&["map-products", "use", "only-one-argument"])
        .expect(2);
    bench.run(&["-q", "-v", "status"]).expect(2);
    bench.run(&[]).expect(2);
}

#[test]
fn without_a_configuration_it_says_where_it_looked() {
    let bench = Bench::small();
    let mut command = bench.command(&["status"]);
    command
        .env_remove("ACROTASK_CONFIG")
        .env("XDG_CONFIG_HOME", bench.dir().join("nothing-here"));
    let run = ended(command.output().unwrap()).expect(2);
    assert!(
        run.stderr.contains("nothing-here/acrotask/config.toml"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("acrotask init"), "{}", run.stderr);
}

#[test]
fn every_mistake_of_the_configuration_is_reported_at_once_with_line_and_key() {
    let bench = Bench::small();
    bench.configure(
        "[products]",
        "[billing]\nfreeze = [32]\n\n[products]\npreiod = 3",
    );
    let run = bench.run(&["map-products", "list"]).expect(2);
    assert!(run.stderr.contains("config.toml:"), "{}", run.stderr);
    assert!(run.stderr.contains("products.preiod"), "{}", run.stderr);
    assert!(run.stderr.contains("billing.freeze"), "{}", run.stderr);
    assert!(bench.sandbox.visits().is_empty());
}

#[test]
fn a_wrong_clock_is_a_usage_error() {
    let bench = Bench::small();
    let mut command = bench.command(&["status"]);
    let run = ended(command.env("ACROTASK_NOW", "tomorrow").output().unwrap()).expect(2);
    assert!(run.stderr.contains("ACROTASK_NOW"), "{}", run.stderr);
}

#[test]
fn init_writes_a_private_file_that_check_reads_and_never_overwrites_one() {
    let bench = Bench::small();
    let file = bench.dir().join("new/folder/config.toml");
    let path = file.to_str().unwrap();
    bench.run(&["init", path]).expect(0);
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut check = bench.command(&["--config", path, "--state", "s.db", "check", "--offline"]);
    for name in [
        "ACRONIS_CLIENT_SECRET",
        "AUTOTASK_SECRET",
        "AUTOTASK_INTEGRATION_CODE",
    ] {
        check.env(name, "x");
    }
    ended(check.output().unwrap()).expect(0);

    std::fs::write(&file, "mine").unwrap();
    let again = bench.run(&["init", path]).expect(2);
    assert!(again.stderr.contains("already exists"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    let printed = bench.run(&["init", "-"]).expect(0).stdout;
    assert!(printed.contains("[[acronis]]"));
}

#[test]
fn a_failed_run_still_prints_its_document() {
    let bench = Bench::small();
    broken(&bench, "autotask", "", "*/Services/query", 502);
    let run = create_all(&bench).expect(6);
    let document = run.json();
    assert_eq!(document["command"], "map-products create");
    assert!(document["plan"].is_null());
    assert!(
        document["error"].as_str().unwrap().contains("502"),
        "{document}"
    );
    assert!(
        run.stderr.contains("Running again later is safe."),
        "{}",
        run.stderr
    );
}

#[test]
fn a_refused_login_ends_with_five() {
    let bench = Bench::small();
    std::fs::write(bench.dir().join("autotask.secret"), "wrong").unwrap();
    let run = create_all(&bench).expect(5);
    assert!(
        run.json()["error"].as_str().unwrap().contains("401"),
        "{run:?}"
    );
}

#[test]
fn a_run_in_which_nothing_worked_ends_with_one_and_one_in_which_some_did_with_three() {
    let bench = Bench::small();
    broken(&bench, "autotask", "POST", "*/Services", 405);
    let run = create_all(&bench).expect(1);
    assert_eq!(run.json()["summary"]["done"], 0);
    assert_eq!(
        bench
            .sandbox
            .writes()
            .iter()
            .filter(|visit| visit.took_effect)
            .count(),
        0
    );

    bench.sandbox.clear_faults();
    let kind = Kind::Status {
        code: 405,
        body: None,
        headers: Vec::new(),
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Services", kind).nth(3));
    let run = create_all(&bench).expect(3);
    assert_eq!(run.json()["summary"]["failed"], 1);
    let rest = create_all(&bench).expect(0);
    assert_eq!(rest.json()["summary"]["done"], 1);
}

#[test]
fn only_the_plan_that_was_reviewed_is_applied() {
    let bench = Bench::small();
    let other = ["map-products", "create", "--all", "--expect-plan", "0000"];
    let run = bench.run(&other).expect(4);
    assert!(
        run.stderr
            .contains("the plan has changed since it was reviewed"),
        "{}",
        run.stderr
    );
    assert!(bench.sandbox.writes().is_empty());
    let preview = bench.run(&["map-products", "create", "--all", "-n", "-o", "json"]);
    let document = preview.expect(0).json();
    let digest = document["plan"]["digest"].as_str().unwrap();
    bench
        .run(&["map-products", "create", "--all", "--expect-plan", digest])
        .expect(0);
}

#[test]
fn a_second_run_beside_the_first_ends_with_seventy_five() {
    let bench = Bench::small();
    let lock = File::create(bench.dir().join("state.db.lock")).unwrap();
    lock.lock().unwrap();
    let run = create_all(&bench).expect(75);
    assert!(
        run.json()["error"]
            .as_str()
            .unwrap()
            .contains("another run is active")
    );
    assert!(bench.sandbox.visits().is_empty());
    bench
        .run(&["map-products", "create", "--all", "-n"])
        .expect(0);
    bench.run(&["status"]).expect(1);
    drop(lock);
    create_all(&bench).expect(0);
}

/// A run that holds the lock, at its first request, and goes on when it is let go; beside it another
/// that waits for the lock and says so, with its process id.
fn beside_another(arguments: &[&str], then: impl FnOnce(&Bench, u32) + Send) -> [Run; 2] {
    let bench = Bench::small();
    bench
        .sandbox
        .fault(Fault::new("", "", "", Kind::HeldBefore));
    let mut first = bench.command(&["map-products", "create", "--all", "-o", "json"]);
    let mut second = bench.command(arguments);
    let mut other = None;
    let (run, held) = bench.run_until_held(&mut first, |_| {
        let mut child = second
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("waiting: another run is active: process") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it did not wait");
        }
        then(&bench, child.id());
        let mut waited = ended(child.wait_with_output().unwrap());
        said.read_to_string(&mut waited.stderr).unwrap();
        other = Some(waited);
        bench.sandbox.let_go();
    });
    assert!(held);
    [run, other.unwrap()]
}

const WAITING: [&str; 6] = [
    "map-products",
    "create",
    "--all",
    "--output=json",
    "--lock-wait",
    "1h",
];

#[test]
fn a_run_that_waits_for_the_lock_goes_on_when_the_other_one_ends() {
    let [first, second] = beside_another(&WAITING, |bench, _| bench.sandbox.let_go());
    first.expect(0);
    let second = second.expect(0).json();
    assert_eq!(second["plan"]["actions"], serde_json::json!([]));
}

#[test]
fn a_run_that_waited_in_vain_for_the_lock_ends_with_seventy_five() {
    let mut arguments = WAITING;
    arguments[5] = "1ms";
    let [first, second] = beside_another(&arguments, |_, _| {});
    first.expect(0);
    let error = second.expect(75).json()["error"].to_string();
    assert!(error.contains("another run is active"), "{error}");
}

#[test]
fn a_run_is_interrupted_while_it_waits_for_the_lock() {
    let [first, second] = beside_another(&WAITING, |_, process| signal(process, "TERM"));
    first.expect(0);
    let error = second.expect(130).json()["error"].to_string();
    assert!(
        error.contains("interrupted while waiting for another run"),
        "{error}"
    );
}

#[test]
fn an_interrupted_run_finishes_what_it_began_and_the_next_does_the_rest() {
    let bench = Bench::small();
    let first = Fault::new("autotask", "POST", "*/Services", Kind::HeldBefore);
    bench.sandbox.fault(first);
    let mut command = bench.command(&["map-products", "create", "--all", "-o", "json"]);
    let (run, held) = bench.run_until_held(&mut command, |process| {
        signal(process, "INT");
        bench.sandbox.let_go();
    });
    assert!(held);
    let run = run.expect(130);
    let document = run.json();
    let count = |word: &str| document["summary"][word].as_u64().unwrap();
    assert!(count("skipped") > 0, "{document}");
    assert_eq!((count("uncertain"), count("failed")), (0, 0));
    let rest = create_all(&bench).expect(0).json();
    assert_eq!(rest["summary"]["done"], count("skipped"), "{document:#}");
    let writes = bench.sandbox.writes();
    let all = writes.iter().filter(|visit| visit.took_effect).count();
    assert_eq!(u64::try_from(all).unwrap(), count("actions"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::small();
    let mut child = bench
        .command(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = ended(child.wait_with_output().unwrap()).expect(0);
    assert_eq!(run.stderr, "");
}

#[test]
fn what_goes_to_no_terminal_or_under_no_color_is_not_coloured() {
    let bench = Bench::small();
    for no_color in [false, true] {
        for arguments in [
            &["map-products", "list"][..],
            &["-vv", "check"],
            &["no-such"],
            &["--help"],
        ] {
            let mut command = bench.command(arguments);
            if no_color {
                command.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1");
            }
            let run = ended(command.output().unwrap());
            assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
            assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
        }
    }
}

#[test]
fn quiet_is_silent_when_there_is_nothing_to_do() {
    let bench = Bench::small();
    create_all(&bench).expect(0);
    let mut command = bench.command(&["map-products", "create", "--all", "-q"]);
    command.env_remove("ACROTASK_NOW");
    let run = ended(command.output().unwrap()).expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn a_simulated_clock_is_warned_of() {
    let bench = Bench::small();
    let run = bench.run(&["status"]).expect(1);
    assert!(run.stderr.contains("ACROTASK_NOW is set"), "{}", run.stderr);
}

#[test]
fn a_result_that_could_not_be_written_is_a_failure() {
    let bench = Bench::small();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = bench.command(&["map-products", "list"]);
    let run = ended(command.stdout(full).output().unwrap()).expect(1);
    assert!(
        run.stderr.contains("writing to standard output"),
        "{}",
        run.stderr
    );
}
