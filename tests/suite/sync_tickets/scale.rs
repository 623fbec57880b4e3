//! How much a run costs: requests and writes, and among very many alerts also time and memory:
//! `cargo test --release --test suite sync_tickets::scale -- --ignored --nocapture`.

use std::time::Duration;

use sandbox::World;
use serde_json::json;

use crate::measure::measure_run;
use crate::support::{Bench, NOW};

const COMPANIES: usize = 40;
/// One in so many alerts is worth a ticket.
const WORTHY: usize = 20;

/// A world of many mapped customers with alerts spread over two days.
fn bench(active: usize) -> Bench {
    let mut world = World::small(NOW.parse().unwrap());
    let end = world.now;
    let names: Vec<String> = (0..COMPANIES).map(|n| format!("Customer {n:03}")).collect();
    for name in &names {
        world.autotask.add_company(name, "Customer", true);
        let cloud = world.cloud(None).unwrap();
        let root = cloud.root();
        cloud.add_customer(&root, name);
    }
    for n in 0..active {
        let ago = i64::try_from((active - n) * 172_800 / active).unwrap();
        world.now = end - jiff::SignedDuration::from_secs(ago);
        raise(
            &mut world,
            &names[n % COMPANIES],
            n,
            n.is_multiple_of(WORTHY),
        );
    }
    world.now = end;
    let bench = Bench::on(world);
    bench.configure(
        "[[tickets.rule]]",
        "[[tickets.rule]]\nmatch = { severity = \"information\" }\ncreate = false\n\n[[tickets.rule]]",
    );
    bench.configure(
        "tickets_per_run = 500",
        "tickets_per_run = 5000\ntickets_per_company = 5000",
    );
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench
}

fn raise(world: &mut World, customer: &str, number: usize, worthy: bool) -> String {
    let severity = if worthy { "error" } else { "information" };
    let details = json!({"resourceName": format!("PC-{number}"),
        "resourceId": format!("R-{number}"), "errorMessage": {"reason": "It broke."}});
    let cloud = world.cloud(None).unwrap();
    let tenant = cloud.tenant_by_name(customer).unwrap();
    cloud.raise_alert(&tenant, "BackupFailed", "Backup", severity, details)
}

fn requests(bench: &Bench, path: &str) -> usize {
    let visits = bench.sandbox.visits();
    visits.iter().filter(|visit| visit.hits(path)).count()
}

/// A first run, one of so many new and ended alerts, and one of no change. The caller runs the command.
#[allow(clippy::print_stdout, reason = "the figures are what it is run for")]
fn a_run_of_changes_is_frugal(active: usize, new: usize, ended: usize, run: impl Fn(&Bench, &str)) {
    let mut bench = bench(active);
    run(&bench, "first run");
    let before = super::tickets(&bench).len();
    assert!(before >= active / WORTHY, "{before} tickets");
    let worthy: Vec<String> = bench.sandbox.with_world(|world| {
        let all = world.acronis[0].alerts();
        let worthy = all.iter().filter(|alert| alert["severity"] == "error");
        worthy
            .map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect()
    });
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.with_world(|world| {
        for n in 0..new {
            let customer = format!("Customer {:03}", n % COMPANIES);
            raise(world, &customer, active + n, true);
        }
        for id in worthy.iter().take(ended) {
            world.cloud(None).unwrap().end_alert(id);
        }
    });
    bench.sandbox.clear_visits();
    run(&bench, "new and ended");
    let alerts = requests(&bench, "*/alert_manager/v1/*");
    let lists = requests(&bench, "*/Tickets/query");
    println!("{new} new, {ended} ended: {alerts} alert requests, {lists} ticket queries");
    assert!(alerts <= 4 + 5, "{alerts} alert requests");
    assert_eq!(bench.sandbox.writes().len(), new + 2 * ended);
    assert_eq!(super::tickets(&bench).len(), before + new);
    bench.set_now("2026-09-15T09:30:00Z");
    bench.sandbox.clear_visits();
    run(&bench, "nothing changed");
    let all = bench.sandbox.visits().len();
    assert!(all <= 6, "{all} requests");
}

#[test]
fn a_run_of_changes_among_hundreds_of_alerts_asks_little() {
    a_run_of_changes_is_frugal(400, 15, 9, |bench, _| {
        bench.run(&["sync-tickets"]).expect(0);
    });
}

#[test]
#[ignore = "a measurement: minutes in a debug build, and time and memory need a quiet machine; \
            requests and writes are asserted by a_run_of_changes_among_hundreds_of_alerts_asks_little"]
fn a_run_of_many_changes_among_twenty_thousand_alerts_is_quick_and_frugal() {
    a_run_of_changes_is_frugal(20_000, 500, 300, |bench, what| {
        if what != "first run" {
            bench.sandbox.set_latency_ms(50);
        }
        let figures = measure_run(bench, &["sync-tickets"]);
        assert_eq!(figures.code, Some(0), "{what}");
        if what == "new and ended" {
            figures.assert_within(Duration::from_secs(60));
            assert!(figures.peak_kib < 150_000, "{figures:?}");
        }
    });
}

/// So many alerts of one customer end in one ticket. The caller runs the command.
fn all_in_one_summary(alerts: usize, run: impl Fn(&Bench)) {
    let bench = super::mapped();
    for n in 0..alerts {
        super::raise(&bench, "BackupFailed", "error", &format!("PC-{n:05}"));
    }
    run(&bench);
    bench.sandbox.clear_visits();
    run(&bench);
    assert_eq!(bench.sandbox.writes().len(), 0);
    assert_eq!(super::tickets(&bench).len(), 1);
}

#[test]
fn hundreds_of_alerts_end_in_one_summary() {
    all_in_one_summary(300, |bench| {
        bench.run(&["sync-tickets", "--all"]).expect(0);
    });
}

#[test]
#[ignore = "a measurement: its limit of 5 s needs a quiet machine; that one ticket is made, and no more \
            on the next run, is asserted by hundreds_of_alerts_end_in_one_summary"]
fn thousands_of_alerts_in_one_summary_cost_no_more_than_reading_them() {
    all_in_one_summary(8_000, |bench| {
        let figures = measure_run(bench, &["sync-tickets", "--all"]);
        assert_eq!(figures.code, Some(0));
        assert!(figures.took < Duration::from_secs(5), "{figures:?}");
    });
}
