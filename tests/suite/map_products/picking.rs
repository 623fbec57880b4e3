//! What happens where an argument is missing.

use std::io::Write as _;
use std::process::Stdio;

use super::{listed, row, write};
use crate::support::{Bench, NOW};

#[test]
fn without_a_terminal_a_missing_argument_is_named() {
    let bench = Bench::small();
    for (arguments, word) in [
        (&["use"][..], "no ITEM was given"),
        (&["use", "pw_base_vms"], "no SERVICE was given"),
        (&["create"], "no ITEM was given"),
        (&["free"], "no ITEM was given"),
        (&["unset"], "no ITEM was given"),
    ] {
        let refused = write(&bench, arguments).expect(2);
        assert!(
            refused.stderr.contains(word),
            "{arguments:?}: {}",
            refused.stderr
        );
    }
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "unmapped");
}

/// Runs the binary on a terminal of its own, which `script` (util-linux) gives it, and types.
fn typed(bench: &Bench, arguments: &str, keys: &str) -> (i32, String) {
    let program = env!("CARGO_BIN_EXE_acrotask");
    let mut child = std::process::Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("{program} {arguments}"))
        .arg("/dev/null")
        .env("ACROTASK_CONFIG", &bench.config)
        .env("ACROTASK_NOW", NOW)
        .env("TERM", "xterm")
        .current_dir(bench.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(keys.as_bytes())
        .unwrap();
    let ended = child.wait_with_output().unwrap();
    (
        ended.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&ended.stdout).into_owned(),
    )
}

#[test]
fn on_a_terminal_item_and_service_are_picked_by_typing_and_the_plan_is_confirmed() {
    let bench = Bench::small();
    // Filters for one item, then for one service, then says yes.
    let (code, shown) = typed(&bench, "map-products use", "pw_base_vms\rManaged\ry\r");
    assert_eq!(code, 0, "{shown}");
    let found = row(&listed(&bench), "pw_base_vms");
    assert_eq!(found["service"], "Managed Workstation", "{shown}");
}

#[test]
fn on_a_terminal_a_no_writes_nothing() {
    let bench = Bench::small();
    let (code, shown) = typed(&bench, "map-products free pw_base_vms", "n\r");
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("not confirmed"), "{shown}");
    assert_eq!(row(&listed(&bench), "pw_base_vms")["state"], "unmapped");
}
