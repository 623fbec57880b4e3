//! What people and Autotask itself make of tickets: merged ones, and answers with older ids.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, details, end, live_links, mapped, notes, raise, tickets};
use crate::support::Bench;

fn id(ticket: &Value) -> i64 {
    ticket["id"].as_i64().unwrap()
}

/// Does something in Autotask, at its own time.
fn in_autotask(bench: &Bench, act: impl FnOnce(&mut sandbox::autotask::Database)) {
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        act(&mut world.autotask);
    });
}

fn retell(bench: &Bench, alert: &str, workload: &str, reason: &str) {
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.change_alert(alert, details(workload, reason)));
    });
}

/// Two alerts with their tickets, of which the first was merged into the second.
struct Merged {
    bench: Bench,
    first: String,
    second: String,
    source: Value,
    target: Value,
}

fn two_tickets(more: &str) -> Merged {
    let mut bench = mapped();
    bench.configure("[tickets]\n", &format!("[tickets]\n{more}"));
    let second = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    let first = alerts(&bench).into_iter().find(|alert| *alert != second);
    let all = tickets(&bench);
    let of = |name: &str| {
        let found = all
            .iter()
            .find(|one| one["title"].as_str().unwrap().ends_with(name));
        found.unwrap().clone()
    };
    bench.set_now("2026-09-15T09:00:00Z");
    let (source, target) = (of("ALMA-SRV01"), of("SRV-02"));
    Merged {
        bench,
        first: first.unwrap(),
        second,
        source,
        target,
    }
}

fn merged(more: &str) -> Merged {
    let merged = two_tickets(more);
    merge(&merged.bench, &merged.source, id(&merged.target));
    merged.bench.sandbox.clear_visits();
    merged
}

fn merge(bench: &Bench, source: &Value, target: i64) {
    bench.sandbox.with_world(|world| {
        assert!(world.merge_tickets(id(source), target));
    });
}

/// A ticket of a person, of the same company.
fn of_person(bench: &Bench, like: &Value) -> i64 {
    bench.sandbox.with_world(|world| {
        let desk = &mut world.autotask;
        let made = desk.copy_ticket(id(like));
        assert!(desk.edit_ticket(made, "externalID", Value::Null));
        made
    })
}

fn now(bench: &Bench, ticket: i64) -> Value {
    let all = tickets(bench);
    all.into_iter().find(|one| one["id"] == ticket).unwrap()
}

fn quiet(bench: &Bench) {
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn the_alerts_of_a_merged_ticket_are_told_to_its_destination_which_is_closed_with_the_last() {
    for first_ends in [true, false] {
        let Merged {
            mut bench,
            first,
            second,
            source,
            target,
        } = merged("");
        quiet(&bench);
        bench.set_now("2026-09-15T10:00:00Z");
        retell(&bench, &first, "ALMA-SRV01", "The network is down.");
        let run = bench.run(&["sync-tickets"]).expect(0);
        assert!(run.stdout.contains("follow ticket"), "{}", run.stdout);
        let told = notes(&bench, &target);
        let text = told.last().unwrap()["description"].as_str().unwrap();
        assert!(text.contains("The network is down."), "{text}");
        let history = bench.run(&["history", "-o", "json"]).expect(0);
        assert!(history.stdout.contains("follow-ticket"), "{history:?}");
        quiet(&bench);

        let [one, other] = if first_ends {
            [&first, &second]
        } else {
            [&second, &first]
        };
        bench.set_now("2026-09-15T15:00:00Z");
        end(&bench, one);
        bench.run(&["sync-tickets"]).expect(0);
        assert_ne!(now(&bench, id(&target))["status"], 5, "{first_ends}");
        bench.set_now("2026-09-15T16:00:00Z");
        end(&bench, other);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(now(&bench, id(&target))["status"], 5, "{first_ends}");
        assert_eq!(now(&bench, id(&source))["status"], 5);
        quiet(&bench);
        assert_eq!((tickets(&bench).len(), live_links(&bench)), (2, 0));
    }
}

#[test]
fn a_destination_is_not_closed_while_an_alert_of_a_ticket_merged_into_it_is_active() {
    let Merged {
        mut bench,
        first,
        second,
        target,
        ..
    } = merged("");
    bench.set_now("2026-09-15T10:00:00Z");
    // Nothing was heard of the first one since the merge.
    end(&bench, &second);
    bench.run(&["sync-tickets"]).expect(0);
    assert_ne!(now(&bench, id(&target))["status"], 5);
    bench.set_now("2026-09-15T11:00:00Z");
    end(&bench, &first);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(now(&bench, id(&target))["status"], 5);
}

#[test]
fn a_merged_ticket_neither_dismisses_its_alert_nor_is_opened_again() {
    let Merged {
        mut bench,
        first,
        source,
        target,
        ..
    } = merged("dismiss_on_complete = true\n");
    bench.set_now("2026-09-15T09:30:00Z");
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(!run.stdout.contains("dismiss"), "{}", run.stdout);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &first);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T11:00:00Z");
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(&first));
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    assert_eq!(now(&bench, id(&source))["status"], 5);
    assert_ne!(now(&bench, id(&target))["status"], 5);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn a_ticket_of_a_person_is_told_the_end_and_never_closed_for_a_ticket_merged_into_it() {
    for force in [false, true] {
        let Merged {
            mut bench,
            first,
            source,
            ..
        } = two_tickets("");
        if force {
            bench.configure(
                "enabled = true, status",
                "enabled = true, force = true, status",
            );
        }
        let own = of_person(&bench, &source);
        merge(&bench, &source, own);
        bench.set_now("2026-09-15T10:00:00Z");
        end(&bench, &first);
        bench.run(&["sync-tickets"]).expect(0);
        assert_ne!(now(&bench, own)["status"], 5, "{force}");
        let told = notes(&bench, &json!({"id": own}));
        let title = told.last().unwrap()["title"].clone();
        assert_eq!(title, "The alert is gone", "{force}");
        quiet(&bench);
        assert_eq!(live_links(&bench), 1);
    }
}

#[test]
fn merges_one_after_the_other_are_followed_to_the_end() {
    let Merged {
        mut bench,
        first,
        target,
        ..
    } = merged("");
    let last = of_person(&bench, &target);
    merge(&bench, &target, last);
    bench.set_now("2026-09-15T10:00:00Z");
    retell(&bench, &first, "ALMA-SRV01", "The network is down.");
    bench.run(&["sync-tickets"]).expect(0);
    let told = notes(&bench, &json!({"id": last}));
    let text = told.last().unwrap()["description"].as_str().unwrap();
    assert!(text.contains("The network is down."), "{text}");
}

#[test]
fn a_destination_that_is_not_shown_leaves_the_merged_ticket_alone_and_is_reported_once() {
    let Merged {
        mut bench,
        first,
        source,
        target,
        ..
    } = merged("dismiss_on_complete = true\n");
    bench.sandbox.with_world(|world| {
        assert!(world.autotask.delete_ticket(id(&target)));
    });
    let number = target["ticketNumber"].as_str().unwrap();
    for (hour, reported) in [(10, true), (16, false)] {
        bench.set_now(&format!("2026-09-15T{hour}:00:00Z"));
        retell(&bench, &first, "ALMA-SRV01", &format!("Reason {hour}."));
        let run = bench.run(&["sync-tickets"]).expect(0);
        let said = run.stdout.contains(&format!("was merged into {number}"));
        assert_eq!(said, reported, "{hour}: {}", run.stdout);
    }
    assert_eq!(now(&bench, id(&source))["status"], 5);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn a_ticket_that_a_person_completed_without_a_merge_costs_no_request_at_idle_runs() {
    let Merged {
        mut bench, source, ..
    } = two_tickets("");
    in_autotask(&bench, |database| {
        assert!(database.close_ticket(id(&source)));
    });
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.set_now("2026-09-15T12:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    let visits = bench.sandbox.visits();
    let notes = visits
        .iter()
        .filter(|one| one.path.contains("TicketNotes/query"));
    assert_eq!(notes.count(), 0);
}

#[test]
fn a_run_that_ends_anywhere_while_it_follows_a_ticket_leaves_the_rest_to_the_next() {
    for (method, path) in [("POST", "*/Tickets/*/Notes"), ("POST", "*/Tickets/query")] {
        let Merged {
            mut bench,
            first,
            target,
            ..
        } = merged("");
        bench.set_now("2026-09-15T10:00:00Z");
        retell(&bench, &first, "ALMA-SRV01", "The network is down.");
        let lost = Fault::new("autotask", method, path, Kind::CutAfter);
        bench.sandbox.fault(lost.times(0));
        bench.run(&["sync-tickets"]);
        bench.sandbox.clear_faults();
        bench.run(&["sync-tickets"]).expect(0);
        let told = notes(&bench, &target);
        let is_it = |note: &&Value| {
            let text = note["description"].as_str().unwrap();
            text.contains("The network is down.")
        };
        assert_eq!(told.iter().filter(is_it).count(), 1, "{path}: {told:?}");
        assert_eq!(tickets(&bench).len(), 2);
        quiet(&bench);
    }
}

#[test]
fn an_older_ticket_that_comes_back_stands_for_the_alert_and_is_closed_with_its_last() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let older = tickets(&bench)[0].clone();
    bench.set_now("2026-09-15T09:00:00Z");
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    in_autotask(&bench, |database| {
        database.answer_next_create_with(id(&older))
    });
    let run = bench.run(&["sync-tickets"]).expect(0);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("returned its older ticket"), "{said}");
    assert_eq!(tickets(&bench).len(), 1);
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());

    bench.set_now("2026-09-15T10:00:00Z");
    retell(&bench, &alert, "SRV-02", "The network is down.");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(notes(&bench, &older).len(), 1);

    bench.set_now("2026-09-15T11:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    assert_ne!(tickets(&bench)[0]["status"], json!(5));
    bench.set_now("2026-09-15T12:00:00Z");
    let first = alerts(&bench)
        .into_iter()
        .find(|one| *one != alert)
        .unwrap();
    end(&bench, &first);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], json!(5));
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!((tickets(&bench).len(), live_links(&bench)), (1, 0));
}
