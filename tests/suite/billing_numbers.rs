//! The numbers of `sync-billing` on 2,000 tenants with 12 billed items each: requests, time and
//! memory. Slow, so only on demand:
//! `cargo test --release --test suite billing_numbers -- --ignored --nocapture`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::civil::date;
use sandbox::World;

use crate::support::{Bench, NOW};

const TENANTS: usize = 2_000;
const ITEMS: [&str; 12] = [
    "pw_base_workstations",
    "pw_base_servers",
    "pw_base_vms",
    "pw_base_web_hosting_servers",
    "pw_base_m365_seats",
    "pw_base_gworkspace_seats",
    "pw_base_mobiles",
    "pw_base_websites",
    "pw_base_nas",
    "pw_pack_adv_management",
    "pw_pack_adv_security",
    "pw_pack_adv_email_security",
];

fn big() -> Bench {
    let mut world = World::small(NOW.parse().unwrap());
    let mut pairs = Vec::new();
    let cloud = &mut world.acronis[0];
    let root = cloud.root();
    let able = ["backup"];
    let storage = cloud.add_infra("Big", "Frankfurt", Some("acronis"), true, &able);
    let tenants: Vec<String> = (0..TENANTS)
        .map(|number| {
            let tenant = cloud.add_customer(&root, &format!("Customer {number}"));
            for item in ITEMS {
                cloud.enable_item(&tenant, item, None, None);
                cloud.set_usage(&tenant, item, None, 5, 5);
            }
            cloud.enable_item(&tenant, "pw_base_storage", Some(&storage), None);
            tenant
        })
        .collect();
    let database = &mut world.autotask;
    let services: Vec<i64> = ITEMS
        .iter()
        .map(|item| database.add_service(item, 2, "1.00"))
        .collect();
    for (number, tenant) in tenants.into_iter().enumerate() {
        let name = format!("Customer {number}");
        let company = database.add_company(&name, "Customer", true);
        let (start, end) = (date(2026, 8, 1), date(2027, 7, 31));
        let contract = database.add_contract(company, &name, start, end, 2, Some("Yes"));
        for service in &services {
            database.add_contract_service(contract, *service, 5);
        }
        pairs.push((company, tenant));
    }
    let bench = Bench::on(world);
    bench.configure(
        "[products]",
        "[billing]\nposting = \"every-run\"\n\n[products]\nunmapped = \"leave\"",
    );
    for (item, service) in ITEMS.iter().zip(&services) {
        let service = service.to_string();
        bench
            .run(&["map-products", "use", item, &service, "--yes"])
            .expect(0);
    }
    let mut state = rusqlite::Connection::open(bench.state()).unwrap();
    let link = state.transaction().unwrap();
    for (number, (company, tenant)) in pairs.iter().enumerate() {
        let name = format!("Customer {number}");
        link.execute(
            "INSERT INTO customer_links (company, account, tenant, company_name, tenant_name,
               partner, partner_name, linked_at, how, existed_before, lowering_approved)
             VALUES (?1, 'eu', ?2, ?3, ?3, ?4, 'Small MSP', '2026-09-01T00:00:00.000000000Z',
               'hand', 1, 1)",
            rusqlite::params![company, tenant, name, root],
        )
        .unwrap();
    }
    link.commit().unwrap();
    bench.take_over();
    bench.sandbox.clear_visits();
    bench
}

/// Runs billing once: how long it took and the most memory it held, in KiB.
fn measured(bench: &Bench) -> (Duration, u64) {
    let begun = Instant::now();
    let mut child = bench
        .command(&["sync-billing", "--yes", "--quiet"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM"));
        let held = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        peak = peak.max(held.unwrap_or(0));
        // Watching must not take a core from what is watched.
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    (begun.elapsed(), peak)
}

fn count(bench: &Bench, part: &str) -> usize {
    let visits = bench.sandbox.visits();
    visits
        .iter()
        .filter(|visit| visit.path.contains(part))
        .count()
}

#[test]
#[ignore = "a measurement: minutes in a debug build, and the time needs a quiet machine"]
fn two_thousand_tenants_stay_within_the_requests_the_time_and_the_memory() {
    let bench = big();
    // The first run brings the quotas in line; the second has nothing to do.
    measured(&bench);
    bench.sandbox.clear_visits();
    let (took, peak) = measured(&bench);
    println!("nothing to post: {took:?}, peak {peak} KiB");
    for part in [
        "tenants/usages",
        "offering_items",
        "Companies/query",
        "Contracts/query",
        "ContractServices/query",
        "ContractServiceUnits/query",
    ] {
        println!("  {part}: {} requests", count(&bench, part));
    }
    assert_eq!(bench.writes().len(), 0);
    assert!(count(&bench, "tenants/usages") <= TENANTS / 100);
    assert!(peak < 150 * 1024, "{peak} KiB");
    // A debug build says nothing about the time.
    if !cfg!(debug_assertions) {
        assert!(took.as_secs() < 3, "{took:?}");
    }

    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for number in 0..300 {
            let tenant = cloud.tenant_by_name(&format!("Customer {number}")).unwrap();
            cloud.set_usage(&tenant, ITEMS[0], None, 6, 6);
        }
    });
    bench.sandbox.clear_visits();
    let (took, peak) = measured(&bench);
    // Nothing is read for the plan any more once a line's own rows are: three lines at a time.
    let visits = bench.sandbox.visits();
    let mut all = visits.iter();
    let first = all.position(|visit| visit.path.contains("ServiceAdjustments"));
    let extra = visits.len() - first.unwrap() + 3;
    println!("300 changed lines: {took:?}, peak {peak} KiB, {extra} requests beyond the gather");
    println!(
        "  of all {}, {}",
        visits.len(),
        count(&bench, "ContractServiceUnits/query")
    );
    assert_eq!(count(&bench, "ServiceAdjustments"), 300);
    assert!(extra <= 3 * 300 + 3, "{extra}");
    assert!(peak < 150 * 1024, "{peak} KiB");
}
