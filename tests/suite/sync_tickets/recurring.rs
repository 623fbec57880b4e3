//! Troubles that come back for many at once.

use super::{end, mapped, raise, tickets};
use crate::support::Bench;

fn open(bench: &Bench) -> Vec<String> {
    let all = tickets(bench).into_iter();
    all.filter(|ticket| ticket["status"] != 5)
        .map(|ticket| ticket["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_outage_that_comes_back_is_one_summary_and_not_a_flood_of_reopened_tickets() {
    let mut bench = mapped();
    let mut raised = Vec::new();
    for hour in [8, 9] {
        bench.set_now(&format!("2026-09-15T{hour:02}:00:00Z"));
        raised.extend(
            (1..=6).map(|n| raise(&bench, "BackupFailed", "error", &format!("H{hour}-{n}"))),
        );
        bench.run(&["sync-tickets"]).expect(0);
    }
    bench.set_now("2026-09-15T10:00:00Z");
    for alert in &raised {
        end(&bench, alert);
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(open(&bench), ["Backup failed: ALMA-SRV01"]);

    bench.set_now("2026-09-15T11:00:00Z");
    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for alert in &raised {
            assert!(cloud.re_raise(alert));
        }
    });
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(bench.writes(), ["POST /ATServicesRest/V1.0/Tickets"]);
    let left = open(&bench);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[1].contains("Many alerts at Alma Bakery"), "{left:?}");

    // A second run finds them in the summary, and the summary ends with them.
    bench.sandbox.clear_visits();
    bench.run(&["sync-tickets", "--all"]).expect(0);
    assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    bench.set_now("2026-09-15T12:00:00Z");
    for alert in &raised {
        end(&bench, alert);
    }
    bench.run(&["sync-tickets"]).expect(0);
    assert_eq!(open(&bench), ["Backup failed: ALMA-SRV01"]);
}
