//! How much a run costs. Slow, so only on demand:
//! `cargo test --release --test suite sync_tickets::scale -- --ignored --nocapture`.

use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use sandbox::World;
use serde_json::json;

use crate::support::{Bench, NOW};

const COMPANIES: usize = 40;
const ACTIVE: usize = 20_000;
/// One in so many alerts is worth a ticket.
const WORTHY: usize = 20;

/// A world of many mapped customers with alerts spread over two days.
fn bench() -> Bench {
    let mut world = World::small(NOW.parse().unwrap());
    let end = world.now;
    let names: Vec<String> = (0..COMPANIES).map(|n| format!("Customer {n:03}")).collect();
    for name in &names {
        world.autotask.add_company(name, "Customer", true);
        let cloud = world.cloud(None).unwrap();
        let root = cloud.root();
        cloud.add_customer(&root, name);
    }
    for n in 0..ACTIVE {
        let ago = i64::try_from((ACTIVE - n) * 8).unwrap();
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

/// Seconds and the peak of memory, in kB, of one run.
fn measured(bench: &Bench) -> (f64, u64) {
    let start = Instant::now();
    let mut child = bench
        .command(&["sync-tickets"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (never, door) = mpsc::channel::<()>();
    let mut peak = 0;
    let status = loop {
        let path = format!("/proc/{}/status", child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kb.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        door.recv_timeout(Duration::from_millis(20)).unwrap_err();
    };
    drop(never);
    assert!(status.success(), "{status}");
    (start.elapsed().as_secs_f64(), peak)
}

fn requests(bench: &Bench, path: &str) -> usize {
    let visits = bench.sandbox.visits();
    visits.iter().filter(|visit| visit.hits(path)).count()
}

#[test]
#[ignore = "a measurement: minutes in a debug build, and the time needs a quiet machine"]
fn a_run_of_many_changes_among_twenty_thousand_alerts_is_quick_and_frugal() {
    let mut bench = bench();
    let (seconds, peak) = measured(&bench);
    println!(
        "first run: {seconds:.1} s, {peak} kB, {} tickets",
        super::tickets(&bench).len()
    );
    let worthy: Vec<String> = bench.sandbox.with_world(|world| {
        let all = world.acronis[0].alerts();
        let worthy = all.iter().filter(|alert| alert["severity"] == "error");
        worthy
            .map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect()
    });
    bench.set_now("2026-09-15T09:00:00Z");
    bench.sandbox.with_world(|world| {
        for n in 0..500 {
            raise(
                world,
                &format!("Customer {:03}", n % COMPANIES),
                ACTIVE + n,
                true,
            );
        }
        for id in worthy.iter().take(300) {
            world.cloud(None).unwrap().end_alert(id);
        }
    });
    bench.sandbox.set_latency_ms(50);
    bench.sandbox.clear_visits();
    let (seconds, peak) = measured(&bench);
    let alerts = requests(&bench, "*/alert_manager/v1/*");
    let lists = requests(&bench, "*/Tickets/query");
    let writes = bench.sandbox.writes().len();
    println!(
        "500 new, 300 ended: {seconds:.1} s, {peak} kB, {alerts} alert requests, {lists} ticket queries, {writes} writes"
    );
    assert!(alerts <= 4 + 5, "{alerts} alert requests");
    assert_eq!(writes, 500 + 2 * 300);
    assert!(seconds < 60.0 && peak < 150_000);
    bench.set_now("2026-09-15T09:30:00Z");
    bench.sandbox.clear_visits();
    let (seconds, peak) = measured(&bench);
    let all = bench.sandbox.visits().len();
    println!("nothing changed: {seconds:.1} s, {peak} kB, {all} requests");
    assert!(all <= 6, "{all} requests");
}

#[test]
#[ignore = "a measurement: its limit of 5 s needs a quiet machine"]
fn thousands_of_alerts_in_one_summary_cost_no_more_than_reading_them() {
    const IN_ONE: usize = 8_000;
    let bench = super::mapped();
    for n in 0..IN_ONE {
        super::raise(&bench, "BackupFailed", "error", &format!("PC-{n:05}"));
    }
    for what in ["first run", "nothing to do"] {
        let start = Instant::now();
        bench.run(&["sync-tickets", "--all"]).expect(0);
        let seconds = start.elapsed().as_secs_f64();
        println!("{what}: {seconds:.1} s");
        assert!(seconds < 5.0, "{what}: {seconds:.1} s");
    }
    assert_eq!(super::tickets(&bench).len(), 1);
}
