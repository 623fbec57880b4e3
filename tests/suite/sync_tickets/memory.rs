//! What is remembered after a run: answers that were lost, and what came between two runs.

use sandbox::{Fault, Kind};

use super::{alerts, end, mapped, raise, tickets};

#[test]
fn a_ticket_whose_answer_was_lost_and_whose_alert_has_ended_since_is_remembered_as_over() {
    for closes in [true, false] {
        let mut bench = mapped();
        if !closes {
            bench.configure("enabled = true, status", "enabled = false, status");
        }
        let fault = Fault::new("autotask", "POST", "*/Tickets", Kind::CutAfter);
        bench.sandbox.fault(fault);
        bench.run(&["sync-tickets"]).expect(3);
        bench.set_now("2026-09-15T09:00:00Z");
        end(&bench, &alerts(&bench)[0]);
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench)[0]["status"] == 5, closes);
        // Another alert within the overlap leads to the first being read once more.
        bench.set_now("2026-09-15T09:05:00Z");
        raise(&bench, "BackupFailed", "error", "SRV-02");
        bench.run(&["sync-tickets"]).expect(0);
        assert_eq!(tickets(&bench).len(), 2);
        bench.sandbox.clear_visits();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        assert!(bench.writes().is_empty(), "{:?}", bench.writes());
    }
}
