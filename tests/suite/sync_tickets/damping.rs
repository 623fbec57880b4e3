//! What damping and quiet windows hold back, and for how long.

use sandbox::{Fault, Kind};

use super::{alerts, end, mapped, tickets};
use crate::support::Bench;

fn re_raise(bench: &Bench, alert: &str) {
    bench
        .sandbox
        .with_world(|world| world.cloud(None).unwrap().re_raise(alert));
}

fn refuse_creations(bench: &Bench) {
    let refusal = Kind::Status {
        code: 500,
        body: Some("{\"errors\": [\"not today\"]}".to_owned()),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
    };
    bench
        .sandbox
        .fault(Fault::new("autotask", "POST", "*/Tickets", refusal).times(9));
}

#[test]
fn an_alert_that_came_often_enough_once_is_not_damped_again_after_a_refusal() {
    let mut bench = mapped();
    bench.configure("[limits]", "[tickets.damping]\noccurrences = 2\n\n[limits]");
    let alert = alerts(&bench)[0].clone();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    end(&bench, &alert);
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T10:00:00Z");
    re_raise(&bench, &alert);
    refuse_creations(&bench);
    bench.run(&["sync-tickets"]);
    bench.run(&["sync-tickets"]);
    assert!(tickets(&bench).is_empty());
    bench.sandbox.clear_faults();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 1);
    let text = tickets(&bench)[0]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(text.contains("Times: 2"), "{text}");
}
