//! What a summary says, whoever wrote on it last.

use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::telling::set_severity;
use super::{alerts, details, end, mapped, notes, pick, raise, tickets};
use crate::support::Bench;

/// A bench with a summary of twelve alerts, and their ids.
fn stormy() -> (Bench, Vec<String>) {
    let bench = mapped();
    let mut raised = alerts(&bench);
    raised.extend((1..=11).map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}"))));
    bench.run(&["sync-tickets"]).expect(0);
    (bench, raised)
}

fn description(bench: &Bench) -> String {
    let all: Vec<Value> = tickets(bench);
    all[0]["description"].as_str().unwrap().to_owned()
}

fn expire(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| assert!(world.cloud(None).unwrap().expire_alert(alert)));
}

#[test]
fn a_rise_in_a_summary_is_told_at_once_and_raises_its_priority() {
    let mut bench = mapped();
    expire(&bench, &alerts(&bench)[0]);
    let raised: Vec<String> = (1..=12)
        .map(|n| raise(&bench, "BackupFailed", "warning", &format!("PC-{n:02}")))
        .collect();
    bench.run(&["sync-tickets"]).expect(0);
    let ticket = tickets(&bench).remove(0);
    assert_eq!(tickets(&bench).len(), 1);
    assert_eq!(ticket["priority"], pick(&bench, "priority", "Medium"));
    bench.set_now("2026-09-15T09:00:00Z");
    set_severity(&bench, &raised[2], "critical");
    bench.run(&["sync-tickets"]).expect(0);
    let risen = tickets(&bench).remove(0);
    assert_eq!(risen["priority"], pick(&bench, "priority", "Critical"));
    let notes = notes(&bench, &ticket);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["title"], "The severity rose");
    let text = notes[0]["description"].as_str().unwrap();
    let expected = "- PC-03: Backup failed: warning → critical\nPriority: Medium → Critical\n";
    assert!(text.starts_with(expected), "{text}");
    // It is told once, and another text of an alert is still no news.
    bench.set_now("2026-09-15T14:00:00Z");
    bench.sandbox.clear_visits();
    set_severity(&bench, &raised[2], "error");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
}

#[test]
fn a_summary_names_its_customer_also_when_alerts_only_vanished() {
    let (mut bench, raised) = stormy();
    assert!(description(&bench).starts_with("Customer: Alma Bakery\n"));
    bench.set_now("2026-09-15T09:00:00Z");
    raised[3..6].iter().for_each(|alert| expire(&bench, alert));
    bench.run(&["sync-tickets", "--all"]).expect(0);
    let text = description(&bench);
    assert!(text.starts_with("Customer: Alma Bakery\n"), "{text}");
    assert!(text.contains("Active: 9\n"), "{text}");
}

#[test]
fn each_line_of_a_summary_at_the_catch_all_company_names_its_customer_and_goes_on_to() {
    let mut bench = mapped();
    let company = bench
        .sandbox
        .with_world(|world| {
            let companies = &world.autotask;
            companies.named("Companies", "companyName", "Brook Dental")
        })
        .unwrap();
    let words = format!("[tickets]\ncatch_all_company = {company}\n");
    bench.configure("[tickets]\n", &words);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        let root = cloud.root();
        let second = cloud.add_customer(&root, "Stranger");
        let first = cloud.tenant_by_name("Unrelated").unwrap();
        let own = cloud.tenant_by_name("Alma Bakery").unwrap();
        for alert in cloud.alerts() {
            if alert["tenant"]["uuid"] == own.as_str() {
                cloud.end_alert(alert["id"].as_str().unwrap());
            }
        }
        for n in 0..6 {
            for (tenant, name) in [(&first, "X"), (&second, "Y")] {
                let details = details(&format!("{name}-{n}"), "It broke.");
                cloud.raise_alert(tenant, "BackupFailed", "Backup", "error", details);
            }
        }
    });
    bench.run(&["sync-tickets"]).expect(0);
    let text = tickets(&bench).pop().unwrap()["description"].clone();
    let text = text.as_str().unwrap().to_owned();
    assert!(
        text.starts_with("Customer: several; each line names its own\n"),
        "{text}"
    );
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(lines.len(), 12, "{text}");
    let customer = |line: &str| line.split_once(" (").unwrap().1.to_owned();
    for line in &lines {
        assert!(
            line.contains(": Backup failed (") && line.ends_with(')'),
            "{line}"
        );
        let of_one = line.starts_with("- X") == lines[0].starts_with("- X");
        assert_eq!(customer(line) == customer(lines[0]), of_one, "{line}");
    }

    // Nothing of it moves with the alert that happens to be read first.
    bench.set_now("2026-09-15T09:00:00Z");
    let last = alerts(&bench).pop().unwrap();
    end(&bench, &last);
    bench.run(&["sync-tickets"]).expect(0);
    let after = tickets(&bench).pop().unwrap()["description"].clone();
    let after = after.as_str().unwrap();
    assert!(after.contains("Active: 11\n"), "{after}");
    assert_eq!(after.lines().next(), text.lines().next());
    assert!(
        after
            .lines()
            .all(|line| !line.starts_with("- ") || lines.contains(&line))
    );
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
}

#[test]
fn a_note_on_a_ticket_whose_tenant_was_unmapped_since_still_names_a_customer() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    let company = tickets(&bench)[0]["companyID"].to_string();
    let unlink = ["map-customer", "unlink", &company, "--yes"];
    bench.run(&unlink).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    let alert = alerts(&bench).remove(0);
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.change_alert(&alert, details("ALMA-SRV01", "The network is down."));
    });
    bench.run(&["sync-tickets"]).expect(0);
    let told = notes(&bench, &tickets(&bench)[0]);
    let text = told[0]["description"].as_str().unwrap();
    assert!(text.contains("> Clients > Alma Bakery > "), "{text}");
}

#[test]
fn a_plan_tells_how_many_alerts_of_a_summary_are_active_not_how_many_were_read() {
    let (mut bench, raised) = stormy();
    bench.set_now("2026-09-15T09:00:00Z");
    raised[..5].iter().for_each(|alert| end(&bench, alert));
    let run = bench.run(&["sync-tickets"]).expect(0);
    for words in [
        ": 7 active alerts at Alma Bakery",
        "(7 of the 12 alerts in it are active)",
    ] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    assert_eq!(tickets(&bench)[0]["title"], "Many alerts at Alma Bakery");
}

/// A person, or the service itself, puts something else on the only ticket.
fn edit(bench: &Bench, field: &str, value: &Value) {
    let ticket = tickets(bench)[0]["id"].as_i64().unwrap();
    bench.sandbox.with_world(|world| {
        world.autotask.now = world.now;
        assert!(world.autotask.edit_ticket(ticket, field, value.clone()));
    });
}

const MINE: &str = "Called Mr Alma: the switch is broken.";

#[test]
fn what_a_person_wrote_into_a_summary_stays_there_and_notes_tell_the_rest() {
    for taken_over in [false, true] {
        let (mut bench, raised) = stormy();
        bench.set_now("2026-09-15T09:00:00Z");
        edit(&bench, "description", &json!(MINE));
        if taken_over {
            edit(&bench, "status", &json!(8));
        }
        raised[..6].iter().for_each(|alert| end(&bench, alert));
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets"]).expect(0);
        assert!(bench.writes().is_empty(), "{:?}", bench.writes());

        bench.set_now("2026-09-15T10:00:00Z");
        let more: Vec<String> = (20..=31)
            .map(|n| raise(&bench, "BackupFailed", "error", &format!("PC-{n:02}")))
            .collect();
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(bench.writes().len(), 1, "{:?}", bench.writes());

        bench.set_now("2026-09-15T11:00:00Z");
        for alert in raised[6..].iter().chain(&more) {
            end(&bench, alert);
        }
        bench.run(&["sync-tickets"]).expect(0);
        let all = tickets(&bench);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["description"], MINE);
        assert_eq!(all[0]["status"] == 5, !taken_over);
        let told = notes(&bench, &all[0]);
        let titles: Vec<&Value> = told.iter().map(|note| &note["title"]).collect();
        let expected = ["12 more alerts", "All alerts are gone"];
        assert_eq!(titles, expected[..if taken_over { 1 } else { 2 }]);
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    }
}

#[test]
fn a_summary_whose_line_ends_the_service_changed_is_still_brought_up_to_date() {
    let (mut bench, raised) = stormy();
    let text = description(&bench);
    edit(
        &bench,
        "description",
        &json!(format!("{}\r\n", text.replace('\n', "\r\n"))),
    );
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    end(&bench, &raised[2]);
    bench.run(&["sync-tickets"]).expect(0);
    assert!(description(&bench).contains("Active: 11\n"));
}

#[test]
fn a_summary_whose_last_write_was_lost_is_still_brought_up_to_date() {
    let (mut bench, raised) = stormy();
    bench.configure("[limits]", "[network]\nattempts = 1\n\n[limits]");
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &raised[2]);
    let lost = Fault::new("autotask", "PATCH", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(lost);
    bench.run(&["sync-tickets"]).expect(3);
    assert!(description(&bench).contains("Active: 11\n"));
    bench.set_now("2026-09-15T09:30:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    end(&bench, &raised[3]);
    bench.set_now("2026-09-15T10:00:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    assert!(description(&bench).contains("Active: 10\n"));
}
