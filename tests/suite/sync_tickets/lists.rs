//! Words of Autotask's lists, and words that come new from Acronis.

use super::{end, mapped, raise, tickets};
use crate::support::Bench;

/// Autotask speaks German.
fn translate(bench: &Bench) {
    bench.sandbox.with_world(|world| {
        for pick in world.autotask.picklist_mut("Tickets", "status") {
            let german = match pick.label.as_str() {
                "New" => "Neu",
                "Complete" => "Abgeschlossen",
                other => other,
            };
            pick.label = german.to_owned();
        }
    });
}

#[test]
fn a_list_in_another_language_is_no_mistake_of_somebody_who_configured_nothing() {
    for (configured, closed) in [
        ("auto_close = { enabled = false }", false),
        ("auto_close = { enabled = true }", true),
        (
            "auto_close = { enabled = true, status = \"Abgeschlossen\" }",
            true,
        ),
    ] {
        let mut bench = mapped();
        let text = std::fs::read_to_string(&bench.config).unwrap();
        let line = text.lines().find(|line| line.starts_with("auto_close"));
        bench.configure(line.unwrap(), configured);
        translate(&bench);
        let alert = raise(&bench, "BackupFailed", "error", "PC-01");
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now("2026-09-15T09:00:00Z");
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        let found = tickets(&bench).iter().any(|ticket| ticket["status"] == 5);
        assert_eq!(found, closed, "{configured}");
    }
}

#[test]
fn a_status_that_is_configured_and_on_no_list_is_told() {
    let bench = mapped();
    let text = std::fs::read_to_string(&bench.config).unwrap();
    let line = text.lines().find(|line| line.starts_with("auto_close"));
    let wrong = "auto_close = { enabled = false, status = \"Done\" }";
    bench.configure(line.unwrap(), wrong);
    let run = bench.run(&["sync-tickets"]).expect(2);
    assert!(
        run.stderr.contains("tickets.auto_close.status"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_type_that_was_never_seen_is_told_once_to_those_who_hear_only_what_matters() {
    let bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    bench.configure(
        "[[tickets.rule]]",
        "[[tickets.rule]]\nmatch = { type = \"Sunspots\" }\ncreate = false\n\n[[tickets.rule]]",
    );
    raise(&bench, "Sunspots", "error", "PC-01");
    let quiet = ["sync-tickets", "--quiet"];
    let run = bench.run(&quiet).expect(0);
    assert!(run.stdout.contains("Sunspots"), "{}", run.stdout);
    let run = bench.run(&quiet).expect(0);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
}
