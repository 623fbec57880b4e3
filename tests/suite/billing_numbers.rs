//! The numbers of `sync-billing` on tenants with 12 billed items each: requests, and on 2,000 of them
//! also time and memory.

use std::time::Duration;

use jiff::civil::date;
use sandbox::World;

use crate::measure::measure_run;
use crate::support::{Bench, NOW};

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

fn linked(tenants: usize) -> Bench {
    let mut world = World::small(NOW.parse().unwrap());
    let mut pairs = Vec::new();
    let cloud = &mut world.acronis[0];
    let root = cloud.root();
    let able = ["backup"];
    let storage = cloud.add_infra("Big", "Frankfurt", Some("acronis"), true, &able);
    let tenants: Vec<String> = (0..tenants)
        .map(|number| {
            let tenant = cloud.add_customer(&root, &format!("Customer {number}"));
            // A tenant in trial, as it is made, is not billed.
            cloud.set_tenant(&tenant, "pricing_mode", "production".into());
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
        "[billing]\nposting = \"every-run\"\nlater_changes = \"today\"\n\n[products]\n\
         unmapped = \"leave\"",
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

fn count(bench: &Bench, part: &str) -> usize {
    let visits = bench.sandbox.visits();
    visits
        .iter()
        .filter(|visit| visit.path.contains(part))
        .count()
}

const BILL: [&str; 3] = ["sync-billing", "--yes", "--quiet"];

/// What a run costs in requests when there is nothing to post, and when one line of some customers
/// changed. The caller runs the command.
#[allow(clippy::print_stdout, reason = "the figures are what it is run for")]
fn requests_stay_few(tenants: usize, changed: usize, run: impl Fn(&Bench, &str)) {
    let bench = linked(tenants);
    // The first run brings the quotas in line; the second has nothing to do.
    run(&bench, "first");
    bench.sandbox.clear_visits();
    run(&bench, "nothing to post");
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
    let usages = count(&bench, "tenants/usages");
    assert!((1..=tenants / 100).contains(&usages), "{usages}");

    bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for number in 0..changed {
            let tenant = cloud.tenant_by_name(&format!("Customer {number}")).unwrap();
            cloud.set_usage(&tenant, ITEMS[0], None, 6, 6);
        }
    });
    bench.sandbox.clear_visits();
    run(&bench, "changed lines");
    // Nothing is read for the plan any more once a line's own rows are: three lines at a time.
    let visits = bench.sandbox.visits();
    let mut all = visits.iter();
    let first = all.position(|visit| visit.path.contains("ServiceAdjustments"));
    let extra = visits.len() - first.unwrap() + 3;
    println!(
        "{changed} changed lines: {extra} requests beyond the gather, of all {}, {}",
        visits.len(),
        count(&bench, "ContractServiceUnits/query")
    );
    assert_eq!(count(&bench, "ServiceAdjustments"), changed);
    assert!(extra <= 3 * changed + 3, "{extra}");
}

#[test]
fn requests_grow_with_pages_of_tenants_and_with_changed_lines_only() {
    requests_stay_few(200, 30, |bench, _| {
        bench.run(&BILL).expect(0);
    });
}

/// `cargo test --release --test suite two_thousand -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: minutes in a debug build, and time and memory need a quiet machine; the \
            requests are asserted by requests_grow_with_pages_of_tenants_and_with_changed_lines_only"]
fn two_thousand_tenants_stay_within_the_time_and_the_memory() {
    requests_stay_few(2_000, 300, |bench, what| {
        let figures = measure_run(bench, &BILL);
        assert_eq!(figures.code, Some(0), "{what}");
        if what != "first" {
            figures.assert_below_mib(150);
        }
        if what == "nothing to post" {
            figures.assert_within(Duration::from_secs(3));
        }
    });
}
