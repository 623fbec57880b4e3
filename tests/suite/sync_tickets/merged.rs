//! What people and Autotask itself make of tickets: merged ones, and answers with older ids.

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
fn merged(kept: bool) -> (Bench, String, Value) {
    let mut bench = mapped();
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
    let (absorbed, target) = (of("ALMA-SRV01"), of("SRV-02"));
    bench.sandbox.with_world(|world| {
        assert!(world.merge_tickets(id(&absorbed), id(&target)));
        world.autotask.refuses_merged = true;
        if !kept {
            world.autotask.delete_ticket(id(&absorbed));
        }
    });
    bench.sandbox.clear_visits();
    (bench, first.unwrap(), target)
}

#[test]
fn a_merged_ticket_is_not_fought_and_the_one_it_went_into_is_left_alone() {
    for kept in [false, true] {
        let (mut bench, alert, target) = merged(kept);
        bench.run(&["sync-tickets", "--all"]).expect(0);
        bench.set_now("2026-09-15T10:00:00Z");
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty(), "{kept}: {:?}", bench.writes());
        assert_eq!(
            notes(&bench, &target).len(),
            2,
            "what Autotask itself wrote"
        );
        assert_eq!(live_links(&bench), 1);
    }
}

#[test]
fn a_problem_that_comes_back_after_its_ticket_was_merged_gets_a_new_one() {
    for kept in [false, true] {
        let (mut bench, alert, _) = merged(kept);
        let before = tickets(&bench).len();
        bench.set_now("2026-09-15T10:00:00Z");
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now("2026-09-15T11:00:00Z");
        bench
            .sandbox
            .with_world(|world| world.cloud(None).unwrap().re_raise(&alert));
        // The absorbed ticket that is still there is tried once: it says no.
        bench
            .run(&["sync-tickets"])
            .expect(if kept { 3 } else { 0 });
        bench.set_now("2026-09-15T11:10:00Z");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), before + 1, "{kept}");
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty(), "{kept}: {:?}", bench.writes());

        bench.set_now("2026-09-15T12:00:00Z");
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        let open = tickets(&bench);
        let open = open.iter().filter(|ticket| ticket["status"] != 5).count();
        assert_eq!(open, 1, "{kept}");
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
