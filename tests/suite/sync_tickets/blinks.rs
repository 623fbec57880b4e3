//! Answers that get lost or are cut short, once: what people did stands, and nothing is forgotten.

use sandbox::{Fault, Kind};
use serde_json::json;

use super::lost::lose_state;
use super::vanishing::cut_short;
use super::{details, end, mapped, notes, raise, tickets};
use crate::support::Bench;

fn storm(bench: &Bench) -> Vec<String> {
    let raised = (1..=11).map(|n| raise(bench, "BackupFailed", "error", &format!("PC-{n:02}")));
    let raised = raised.collect();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(bench).len(), 1);
    raised
}

fn description(bench: &Bench) -> String {
    tickets(bench)[0]["description"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// A list that lacks everything, and an hour later one that has it again.
fn blink(bench: &mut Bench, day: &str) {
    bench.set_now(&format!("{day}T10:00:00Z"));
    cut_short(bench);
    bench.run(&["sync-tickets", "--all"]).expect(0);
    bench.sandbox.clear_faults();
    bench.set_now(&format!("{day}T11:00:00Z"));
    bench.run(&["sync-tickets", "--all"]).expect(0);
}

#[test]
fn a_summary_whose_answer_was_lost_is_kept_up_to_date_afterwards() {
    let mut bench = mapped();
    let raised = storm(&bench);
    bench.set_now("2026-09-15T09:00:00Z");
    raised[..3].iter().for_each(|alert| end(&bench, alert));
    let lost = Fault::new("autotask", "PATCH", "*/Tickets", Kind::CutAfter);
    bench.sandbox.fault(lost.times(9));
    bench.run(&["sync-tickets"]).expect(3);
    bench.sandbox.clear_faults();
    assert!(description(&bench).contains("Active: 9"), "it took effect");
    bench.set_now("2026-09-15T09:15:00Z");
    raised[3..6].iter().for_each(|alert| end(&bench, alert));
    bench.run(&["sync-tickets"]).expect(0);
    assert!(description(&bench).contains("Active: 6"));
}

#[test]
fn a_summary_that_was_found_and_could_not_be_brought_up_to_date_is_not_forgotten() {
    let refused = || Kind::Status {
        code: 500,
        body: Some(json!({"errors": ["Not today."]}).to_string()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    for kind in [refused(), Kind::CutAfter] {
        let mut bench = mapped();
        let raised = storm(&bench);
        lose_state(&bench);
        bench.run(&["map-customer", "recover"]).expect(0);
        bench.set_now("2026-09-15T09:00:00Z");
        raised[4..].iter().for_each(|alert| end(&bench, alert));
        let fault = Fault::new("autotask", "PATCH", "*/Tickets", kind);
        bench.sandbox.fault(fault.times(9));
        bench.run(&["sync-tickets"]);
        bench.sandbox.clear_faults();
        bench.set_now("2026-09-15T09:15:00Z");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), 1);
        assert!(description(&bench).contains("Active: 5"));
        assert!(
            notes(&bench, &tickets(&bench)[0]).is_empty(),
            "nothing is new"
        );
    }
}

#[test]
fn a_ticket_that_a_person_completed_stays_so_though_its_alert_was_in_no_list_for_once() {
    for enabled in [true, false] {
        let mut bench = mapped();
        let on = "auto_close = { enabled = true";
        bench.configure(on, &on.replace("true", &enabled.to_string()));
        bench.run(&["sync-tickets"]).expect(0);
        bench.set_now("2026-09-15T09:00:00Z");
        let id = tickets(&bench)[0]["id"].as_i64().unwrap();
        bench.sandbox.with_world(|world| {
            world.autotask.now = world.now;
            assert!(world.autotask.close_ticket(id));
        });
        bench.run(&["sync-tickets", "--all"]).expect(0);
        blink(&mut bench, "2026-09-15");
        let all = tickets(&bench);
        assert_eq!((all.len(), &all[0]["status"]), (1, &json!(5)));
        assert!(notes(&bench, &all[0]).is_empty());
    }
}

#[test]
fn an_old_alert_whose_ticket_was_closed_for_want_of_it_gets_it_back() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    lose_state(&bench);
    bench.set_now("2026-10-15T08:00:00Z");
    bench.run(&["map-customer", "recover"]).expect(0);
    bench.run(&["sync-tickets"]).expect(0);
    blink(&mut bench, "2026-10-15");
    let all = tickets(&bench);
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!(1)));
}

#[test]
fn of_several_texts_that_waited_none_is_left_out_of_the_note() {
    let mut bench = mapped();
    let (a, b) = (
        raise(&bench, "BackupFailed", "error", "SRV-02"),
        raise(&bench, "BackupFailed", "error", "SRV-02"),
    );
    bench.run(&["sync-tickets"]).expect(0);
    for (hour, alert, reason) in [
        ("09:00", &a, "First news."),
        ("09:30", &b, "Ransomware was found."),
        ("10:30", &a, "The fan is loud."),
    ] {
        bench.set_now(&format!("2026-09-15T{hour}:00Z"));
        let words = details("SRV-02", reason);
        let change =
            |world: &mut sandbox::World| world.cloud(None).unwrap().change_alert(alert, words);
        assert!(bench.sandbox.with_world(change));
        bench.run(&["sync-tickets"]).expect(0);
    }
    bench.set_now("2026-09-15T13:30:00Z");
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T20:30:00Z");
    bench.run(&["sync-tickets", "--all"]).expect(0);
    let all = tickets(&bench);
    let mine = |one: &&serde_json::Value| one["title"].as_str().unwrap().ends_with("SRV-02");
    let told = notes(&bench, all.iter().find(mine).unwrap());
    assert_eq!(told.len(), 2);
    let text = told[1]["description"].as_str().unwrap();
    for part in ["Ransomware was found.", "The fan is loud."] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}
