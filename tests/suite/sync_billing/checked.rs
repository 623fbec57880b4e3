//! What `check` and `status` say of billing.

use jiff::civil::date;

use super::{Alma, PERIOD};

#[test]
fn check_says_of_each_line_whether_it_is_billed_in_advance_or_in_arrears() {
    let alma = Alma::shipped();
    let fresh = alma.bench.run(&["check"]).expect(0).stdout;
    assert!(
        fresh.contains("none of its periods is posted yet"),
        "{fresh}"
    );
    // August is posted in the middle of September.
    alma.bench.sandbox.with_world(|world| {
        world.autotask.post_periods(alma.contract, date(2026, 8, 1));
    });
    let arrears = alma.bench.run(&["check"]).expect(0).stdout;
    assert!(arrears.contains("billed in arrears"), "{arrears}");
    assert!(!arrears.contains("but billing.effective"), "{arrears}");
    // September is posted before it is over.
    alma.bench.sandbox.with_world(|world| {
        world.autotask.post_periods(alma.contract, PERIOD);
    });
    let advance = alma.bench.run(&["check"]).expect(0).stdout;
    assert!(advance.contains("billed in advance"), "{advance}");
    assert!(
        advance.contains("set billing.effective = \"next-period\""),
        "{advance}"
    );
    alma.billing("effective = \"next-period\"\nfreeze = [28, 29, 30]");
    let fits = alma.bench.run(&["check"]).expect(0).stdout;
    assert!(!fits.contains("but billing.effective"), "{fits}");
    assert!(fits.contains("billing.freeze covers every day"), "{fits}");
}

#[test]
fn runs_that_lie_further_apart_than_the_last_days_of_a_period_are_told() {
    let mut alma = Alma::shipped();
    for day in [1, 8] {
        alma.bench.set_now(&format!("2026-09-{day:02}T06:00:00Z"));
        alma.bill().expect(0);
    }
    for command in ["status", "check"] {
        let told = alma.bench.run(&[command]).expect(0).stdout;
        assert!(told.contains("there were up to 7 days"), "{told}");
        assert!(told.contains("(after 2026-09-01)"), "{told}");
    }
    alma.billing("period_end_days = 7");
    let told = alma.bench.run(&["status"]).expect(0).stdout;
    assert!(!told.contains("there were up to"), "{told}");
}
