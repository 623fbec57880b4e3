//! Clocks that are wrong, and times that are missing.

use super::{mapped, raise, tickets};

#[test]
fn one_alert_from_the_future_does_not_hide_the_ones_after_it() {
    let mut bench = mapped();
    let strange = raise(&bench, "BackupFailed", "error", "PC-01");
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        assert!(cloud.misdate_alert(&strange, "2038-01-19T03:14:08Z".parse().unwrap()));
        assert!(cloud.untime_alert(&strange));
    });
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    bench.set_now("2026-09-15T09:00:00Z");
    raise(&bench, "BackupFailed", "error", "PC-02");
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(tickets(&bench).len(), 3);
}

#[test]
fn an_alert_without_any_time_is_no_older_than_the_first_run_looks_back() {
    let mut bench = mapped();
    bench.run(&["sync-tickets"]).expect(0);
    bench.set_now("2026-09-15T09:00:00Z");
    let untimed = raise(&bench, "BackupFailed", "error", "PC-01");
    bench
        .sandbox
        .with_world(|world| assert!(world.cloud(None).unwrap().untime_alert(&untimed)));
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert_eq!(tickets(&bench).len(), 2);
    let text = tickets(&bench)[1]["description"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(!text.contains("1970"), "{text}");
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty());
}
