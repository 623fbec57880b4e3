//! The life of a ticket, told as a technician would see it.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{alerts, details, end, mapped, notes, pick, raise, tickets};
use crate::support::Bench;

/// A bench whose one alert has its ticket.
fn ticketed() -> Bench {
    let bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    bench.sandbox.clear_visits();
    bench
}

fn re_raise(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(alert));
}

fn retell(bench: &Bench, alert: &str, details: Value) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().change_alert(alert, details));
}

/// Does something in Autotask as a technician would.
fn by_person(bench: &Bench, act: impl FnOnce(&mut sandbox::autotask::Database)) {
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        act(&mut world.autotask);
    });
}

fn id(ticket: &Value) -> i64 {
    ticket["id"].as_i64().unwrap()
}

#[test]
fn an_alert_that_comes_back_opens_its_ticket_again_whether_or_not_it_keeps_its_id() {
    let mut bench = ticketed();
    let first = alerts(&bench)[0].clone();
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &first);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);

    bench.set_now("2026-09-15T10:00:00Z");
    re_raise(&bench, &first);
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("reopen ticket"), "{}", run.stdout);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
    let told: Vec<Value> = notes(&bench, &tickets(&bench)[0]);
    assert_eq!(told.len(), 2);
    assert_eq!(told[1]["title"], "The alert was raised again");

    bench.set_now("2026-09-15T11:00:00Z");
    end(&bench, &first);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T12:00:00Z");
    // The same trouble under another id.
    let details = bench
        .sandbox
        .with_world(|world| world.acronis[0].alerts()[0]["details"].clone());
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
        cloud.raise_alert(&tenant, "BackupFailed", "Backup", "critical", details)
    });
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
}

#[test]
fn a_new_text_is_one_note_and_the_same_text_none() {
    let mut bench = ticketed();
    let alert = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = tickets(&bench)[1].clone();
    bench.set_now("2026-09-15T08:30:00Z");
    let mut same = details("SRV-02", "The disk is full.");
    same["activityId"] = json!("another");
    retell(&bench, &alert, same);
    bench.run(&["sync-tickets"]).expect(0);
    assert!(notes(&bench, &ticket).is_empty());

    bench.set_now("2026-09-15T09:00:00Z");
    retell(&bench, &alert, details("SRV-02", "The network is down."));
    bench.run(&["sync-tickets"]).expect(0);
    bench.run(&["sync-tickets"]).expect(0);
    let told = notes(&bench, &ticket);
    assert_eq!(told.len(), 1);
    assert!(
        told[0]["description"]
            .as_str()
            .unwrap()
            .contains("The network is down.")
    );
}

#[test]
fn several_alerts_of_one_key_share_a_ticket_that_is_closed_with_the_last() {
    let mut bench = ticketed();
    let one = raise(&bench, "BackupFailed", "error", "SRV-02");
    let two = raise(&bench, "BackupFailed", "error", "SRV-02");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &one);
    bench.run(&["sync-tickets"]).expect(0);
    assert_ne!(tickets(&bench)[1]["status"], 5);
    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &two);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[1]["status"], 5);
}

#[test]
fn a_ticket_that_a_person_closed_stays_closed_until_the_alert_comes_again() {
    let mut bench = ticketed();
    let ticket = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    by_person(&bench, |database| assert!(database.close_ticket(ticket)));
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
    bench.set_now("2026-09-16T02:00:00Z");
    let alert = alerts(&bench)[0].clone();
    let same = bench
        .sandbox
        .with_world(|world| world.acronis[0].alerts()[0]["details"].clone());
    retell(&bench, &alert, same);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], pick(&bench, "status", "New"));
}

#[test]
fn a_ticket_that_a_person_took_over_is_not_closed_unless_forced() {
    let mut bench = ticketed();
    let ticket = id(&tickets(&bench)[0]);
    let status = pick(&bench, "status", "In Progress");
    bench.set_now("2026-09-15T09:00:00Z");
    by_person(&bench, |database| {
        assert!(database.edit_ticket(ticket, "status", json!(status)));
    });
    end(&bench, &alerts(&bench)[0]);
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(
        run.stdout.contains("tickets.auto_close.force"),
        "{}",
        run.stdout
    );
    assert!(bench.writes().is_empty());
    bench.configure(
        "enabled = true, status",
        "enabled = true, force = true, status",
    );
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench)[0]["status"], 5);
}

#[test]
fn a_deleted_ticket_is_noticed_and_not_fought() {
    let mut bench = ticketed();
    let ticket = id(&tickets(&bench)[0]);
    bench.set_now("2026-09-15T09:00:00Z");
    by_person(&bench, |database| assert!(database.delete_ticket(ticket)));
    retell(
        &bench,
        &alerts(&bench)[0],
        details("ALMA-SRV01", "Another reason."),
    );
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("deleted or merged"), "{}", run.stdout);
    assert!(bench.writes().is_empty());
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty());
    bench.set_now("2026-09-15T10:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T11:00:00Z");
    re_raise(&bench, &alerts(&bench)[0]);
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
}

#[test]
fn without_reopening_there_is_a_new_ticket_with_an_external_id_of_its_own() {
    let mut bench = ticketed();
    bench.configure("[tickets]\n", "[tickets]\nreopen = \"never\"\n");
    let alert = alerts(&bench)[0].clone();
    for (hour, expected) in [(9, 2), (13, 3)] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        end(&bench, &alert);
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now(&format!("2026-09-15T{:02}:00:00Z", hour + 1));
        re_raise(&bench, &alert);
        // The answer is lost, and the next run finds what it made.
        bench
            .sandbox
            .fault(Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter));
        bench.run(&["sync-tickets"]).expect(3);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), expected);
    }
    let all = tickets(&bench);
    let mut ids: Vec<&str> = all
        .iter()
        .map(|one| one["externalID"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "{ids:?}");
    let open = all.iter().filter(|one| one["status"] != 5).count();
    assert_eq!(open, 1);
}

#[test]
fn a_note_whose_answer_was_lost_is_not_written_twice() {
    let mut bench = ticketed();
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alerts(&bench)[0]);
    for path in ["*/Tickets/*/Notes", "*/Tickets"] {
        let method = if path.ends_with("Notes") {
            "POST"
        } else {
            "PATCH"
        };
        bench
            .sandbox
            .fault(Fault::new("autotask", method, path, Kind::CutAfter).times(9));
        bench.run(&["sync-tickets"]);
        bench.sandbox.clear_faults();
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(notes(&bench, &tickets(&bench)[0]).len(), 1, "{path}");
    }
    assert_eq!(tickets(&bench)[0]["status"], 5);
    let status = bench.run(&["status"]).expect(0).stdout;
    assert!(!status.contains("it is not known whether"), "{status}");
}

#[test]
fn completing_a_ticket_dismisses_its_alerts_one_by_one_where_wanted() {
    let mut bench = mapped();
    bench.configure("[tickets]\n", "[tickets]\ndismiss_on_complete = true\n");
    raise(&bench, "BackupFailed", "error", "SRV-02");
    let other = raise(&bench, "BackupFailed", "error", "SRV-03");
    bench.run(&["sync-tickets"]).expect(0);
    let mine = tickets(&bench);
    let of = |workload: &str| {
        let found = mine
            .iter()
            .find(|one| one["title"].as_str().unwrap().contains(workload));
        id(found.unwrap())
    };
    bench.set_now("2026-09-15T09:00:00Z");
    by_person(&bench, |database| {
        assert!(database.close_ticket(of("SRV-02")))
    });
    bench.sandbox.clear_visits();
    let run = bench.run(&["sync-tickets"]).expect(0);
    assert!(run.stdout.contains("dismiss alert"), "{}", run.stdout);
    let writes = bench.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert!(
        writes[0].starts_with("DELETE /api/alert_manager/v1/alerts/"),
        "{writes:?}"
    );
    bench.sandbox.with_world(|world| {
        assert!(!world.acronis[0].dismissed_everything);
        let active: Vec<Value> = world.acronis[0]
            .alerts()
            .into_iter()
            .filter(|alert| alert["deletedAt"].is_null())
            .collect();
        assert_eq!(active.len(), 2);
        assert!(active.iter().any(|alert| alert["id"] == other.as_str()));
    });
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert!(bench.writes().is_empty());
}
