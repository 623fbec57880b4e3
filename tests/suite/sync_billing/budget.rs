//! A budget of requests that is spent in the middle of billing.

use sandbox::autotask::AdjustmentForm;

use super::{Alma, PERIOD};

/// Postings of which it is not known how they ended.
fn open_postings(alma: &Alma) -> i64 {
    let state = rusqlite::Connection::open(alma.bench.state()).unwrap();
    let sql = "SELECT count(*) FROM ledger WHERE state IN ('intended', 'posted', 'uncertain')";
    state.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_spent_budget_ends_with_6_and_leaves_no_posting_uncertain() {
    spends_ever_more(Alma::new());
}

#[test]
fn a_budget_spent_around_the_other_form_of_an_adjustment_leaves_none_uncertain_either() {
    let alma = Alma::new();
    alma.bench.sandbox.with_world(|world| {
        world.autotask.refused_forms = [AdjustmentForm::Line].into();
    });
    spends_ever_more(alma);
}

fn spends_ever_more(mut alma: Alma) {
    alma.used("pw_base_workstations", 5);
    let mut stopped_while_posting = 0;
    for requests in (16..60).step_by(2) {
        // The counter of the last hour is empty again, and half of it may be spent.
        let hour = (requests - 16) / 2;
        let (day, hour) = (15 + hour / 20, 2 + hour % 20);
        alma.bench
            .set_now(&format!("2026-09-{day}T{hour:02}:00:00Z"));
        alma.bench
            .sandbox
            .with_world(|world| world.autotask.request_threshold = 2 * requests);
        let run = alma.bill();
        let told = format!("{requests} requests: {}{}", run.stdout, run.stderr);
        assert_eq!(open_postings(&alma), 0, "{told}");
        if run.code == 0 {
            assert!(stopped_while_posting > 0, "{told}");
            assert_eq!(alma.units(alma.workstations, PERIOD), 5);
            return;
        }
        assert_eq!(run.code, 6, "{told}");
        let document = run.json();
        assert_eq!(document["success"], false, "{told}");
        stopped_while_posting += usize::from(!document["plan"].is_null());
    }
    panic!("60 requests were not enough");
}
