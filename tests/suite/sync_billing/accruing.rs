//! What accrues, where the days of the runs and of the vendor do not meet; and readings that meet an
//! earlier period's change.

use jiff::civil::date;

use super::{Alma, PERIOD, kinds};

const ITEM: &str = "notarizations";

/// Notarizations accrue: Alma's contract has a line for them, with no units.
fn notarizing() -> (Alma, i64) {
    let alma = Alma::shipped();
    let service = alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let service = database.add_service("Notarizations", 2, "1.00");
        database.add_contract_service(alma.contract, service, 0);
        let cloud = world.cloud(None).unwrap();
        cloud.enable_item(&alma.tenant, ITEM, None, None);
        service
    });
    alma.map(ITEM, service);
    (alma, service)
}

impl Alma {
    /// Runs with another figure at another time.
    fn bill_at(&mut self, moment: &str, used: i64) -> serde_json::Value {
        self.used(ITEM, used);
        self.bench.set_now(moment);
        self.bill().json()
    }
}

#[test]
fn a_month_is_not_billed_by_the_next_ones_figure_when_the_vendors_range_has_turned() {
    let (mut alma, service) = notarizing();
    let file = std::fs::read_to_string(&alma.bench.config).unwrap();
    let file = format!("time_zone = \"America/New_York\"\n{file}");
    std::fs::write(&alma.bench.config, file).unwrap();
    alma.bill_at("2026-09-30T02:00:00Z", 100);
    assert_eq!(alma.units(service, PERIOD), 0, "the 29th in New York");
    // The last of September in New York, while the vendor counts October already.
    alma.bill_at("2026-10-01T02:00:00Z", 3);
    assert_eq!(alma.units(service, PERIOD), 100);
    alma.bill_at("2026-10-31T02:00:00Z", 40);
    alma.bill_at("2026-11-01T02:00:00Z", 1);
    assert_eq!(alma.units(service, date(2026, 9, 30)), 100);
    assert_eq!(alma.units(service, date(2026, 10, 1)), 40);
}

#[test]
fn what_accrued_is_not_lost_when_the_last_days_run_is_missing() {
    let (mut alma, service) = notarizing();
    alma.bill_at("2026-09-29T06:00:00Z", 100);
    assert_eq!(alma.units(service, PERIOD), 0);
    alma.bill_at("2026-10-02T06:00:00Z", 3);
    assert_eq!(alma.units(service, PERIOD), 100, "by the first run after");
    let posted = alma.adjustments();
    alma.bill_at("2026-10-03T06:00:00Z", 5);
    assert_eq!(alma.adjustments(), posted, "October is known at its end");
}

#[test]
fn what_accrued_is_named_when_its_row_is_posted_before_the_run_that_bills_it() {
    let (mut alma, service) = notarizing();
    alma.bill_at("2026-09-29T06:00:00Z", 100);
    alma.bench.sandbox.with_world(|world| {
        world.autotask.post_periods(alma.contract, PERIOD);
    });
    let run = alma.bill_at("2026-10-02T06:00:00Z", 3);
    let notes = run["plan"]["notes"].as_array().unwrap();
    let named = notes.iter().any(|note| {
        let text = note["text"].as_str().unwrap();
        note["kind"] == "period-missed"
            && text.contains("100 were used (100 = 100): +100 units, 100.00")
    });
    assert!(named, "{run:#}");
    assert_eq!(alma.units(service, date(2026, 10, 1)), 0);
}

#[test]
fn the_first_reading_is_named_where_the_periods_start_bills_an_earlier_period() {
    let mut alma = Alma::shipped();
    alma.billing("effective = \"next-period\"");
    alma.bench.set_now("2026-09-29T08:00:00Z");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 1)), 7);
    // From now on every reading is to bill its own period, at once.
    alma.bench
        .configure("effective = \"next-period\"", "posting = \"every-run\"");
    alma.bench.set_now("2026-10-15T08:00:00Z");
    alma.used("pw_base_workstations", 9);
    let run = alma.bill().expect(0).json();
    assert!(
        kinds(&run["plan"]["notes"]).contains(&"period-carried"),
        "{run:#}"
    );
    let text = run["plan"]["notes"].to_string();
    assert!(text.contains("7 → 9 units (+2, 10.00)"), "{text}");
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 31)), 7);
    alma.bench.set_now("2026-11-02T08:00:00Z");
    alma.bill();
    assert_eq!(alma.units(alma.workstations, date(2026, 10, 31)), 7);
    assert_eq!(alma.units(alma.workstations, date(2026, 11, 1)), 9);
}
