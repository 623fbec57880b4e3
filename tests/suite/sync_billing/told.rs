//! Stories of what `sync-billing` tells: once, all of it, and with a digest that can be used.

use jiff::civil::date;
use serde_json::Value;

use super::{Alma, PERIOD, kinds};

fn codes(run: &Value) -> Vec<&str> {
    let refusals = run["plan"]["gate"]["refusals"].as_array().unwrap().iter();
    refusals.map(|one| one["code"].as_str().unwrap()).collect()
}

fn waiting(alma: &Alma) -> Vec<String> {
    let rows = alma.bench.run(&["status", "-o", "json"]).expect(0).json();
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| row["kind"] == "person")
        .map(|row| row["text"].as_str().unwrap().to_owned())
        .collect()
}

/// A second contract that sells storage by the piece.
fn two_billing_types(alma: &Alma) {
    alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let (start, end) = (date(2026, 8, 1), date(2027, 7, 31));
        let second = database.add_contract(alma.company, "Second", start, end, 2, Some("No"));
        database.add_contract_service(second, alma.storage, 500);
    });
}

#[test]
fn what_a_dry_run_refuses_without_a_line_is_told_once_by_a_plain_run() {
    let alma = Alma::new();
    two_billing_types(&alma);
    let dry = alma
        .bench
        .run(&["sync-billing", "--dry-run", "-o", "json"])
        .expect(4)
        .json();
    assert_eq!(codes(&dry), ["two-billing-types"]);
    let first = alma.bill().expect(4).json();
    assert_eq!(codes(&first), codes(&dry));
    let told = |text: &String| text.contains("is prepaid in contract");
    assert!(waiting(&alma).iter().any(told), "{:?}", waiting(&alma));
    let second = alma.bill().expect(0).json();
    // The document stays true, whatever the exit code.
    assert_eq!(second["plan"]["gate"]["verdict"], "held");
    assert_eq!(kinds(&second["held"]), ["two-billing-types"]);
    assert_eq!(second["held"][0]["reported"], true);
    assert_eq!(second["held"][0]["key"], first["held"][0]["key"]);
    assert!(waiting(&alma).iter().any(told));
}

#[test]
fn the_digest_that_a_refused_run_prints_applies_what_it_held_back() {
    let alma = Alma::new();
    alma.billing("later_changes = \"today\"");
    two_billing_types(&alma);
    alma.used("pw_base_workstations", 2);
    alma.bill().expect(4);
    // By now something was told, and is not shown again beside what is new.
    alma.used("pw_base_workstations", 900);
    let refused = alma.bench.run(&["sync-billing"]).expect(4);
    let after = |mark: &str| refused.stdout.split(mark).nth(1).map(str::to_owned);
    let digest = after("--expect-plan ").unwrap();
    let digest = digest.split_whitespace().next().unwrap();
    let dry = alma
        .bench
        .run(&["sync-billing", "--dry-run", "-o", "json"])
        .expect(4)
        .json();
    assert_eq!(dry["plan"]["digest"], digest);
    assert_eq!(dry["plan"]["gate"]["expect_plan"], digest);
    alma.bench
        .run(&["sync-billing", "--expect-plan", digest])
        .expect(4);
    assert_eq!(alma.units(alma.workstations, date(2026, 9, 15)), 900);
}

#[test]
fn the_digest_still_fits_when_the_run_that_printed_it_posted_the_other_lines() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 900);
    let first = alma.bill().expect(4).json();
    assert_eq!(first["summary"]["done"], 1);
    let digest = first["plan"]["gate"]["expect_plan"].as_str().unwrap();
    assert_ne!(first["plan"]["digest"], digest);
    alma.bench
        .run(&["sync-billing", "--expect-plan", digest])
        .expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 900);
    assert_eq!(alma.adjustments(), 2);
}

/// Gives Alma a prepaid contract and a quota of so many workstations.
fn quota(alma: &Alma, quota: i64) {
    alma.bench.sandbox.with_world(|world| {
        world.autotask.set_payg(alma.contract, "No");
        let cloud = world.cloud(None).unwrap();
        let tenant = &alma.tenant;
        cloud.enable_item(tenant, "pw_base_workstations", None, Some((quota, Some(0))));
    });
}

#[test]
fn over_use_is_told_again_when_it_doubled_or_the_quota_changed() {
    let alma = Alma::new();
    alma.bench
        .configure("[provisioning]", "[provisioning]\nenabled = false");
    let tells = |used: i64| {
        alma.used("pw_base_workstations", used);
        let run = alma.bill().expect(0).json();
        let notes = run["plan"]["notes"].as_array().unwrap();
        let over = notes.iter().find(|note| note["kind"] == "over-use");
        over.unwrap()["reported"] == false
    };
    quota(&alma, 5);
    assert!(tells(9));
    assert!(!tells(9));
    assert!(!tells(10));
    assert!(tells(50), "much more of it");
    assert!(!tells(9), "less of it");
    assert!(!tells(50), "as much as was told");
    quota(&alma, 6);
    assert!(tells(50), "another quota");
    assert!(!tells(50));
}

#[test]
fn a_run_forgets_no_matter_of_a_customer_that_it_did_not_see() {
    let alma = Alma::new();
    alma.used("pw_base_workstations", 900);
    alma.bill().expect(4);
    let told = waiting(&alma);
    assert!(!told.is_empty());
    let brook = alma.bench.sandbox.with_world(|world| {
        let database = &world.autotask;
        database.named("Companies", "companyName", "Brook Dental")
    });
    let brook = brook.unwrap().to_string();
    alma.bench
        .run(&["sync-billing", "--company", &brook, "--yes"])
        .expect(0);
    assert_eq!(waiting(&alma), told);
    // Its usage cannot be read for once.
    let broken = sandbox::Kind::Status {
        code: 500,
        body: None,
        headers: vec![],
    };
    let fault = sandbox::Fault::new("acronis", "", "*/usages*", broken).times(0);
    alma.bench.sandbox.fault(fault);
    alma.bench
        .configure("[products]", "[network]\nattempts = 1\n\n[products]");
    alma.bill();
    for text in &told {
        assert!(waiting(&alma).contains(text), "{text}");
    }
    alma.bench.sandbox.clear_faults();
    alma.bill().expect(0);
    alma.used("pw_base_workstations", 2);
    alma.bill().expect(0);
    assert_eq!(waiting(&alma), Vec::<String>::new());
}

#[test]
fn usage_that_fell_to_nothing_without_a_bill_waits_on_when_its_period_is_over() {
    let mut alma = Alma::shipped();
    let mobiles = alma.bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        cloud.enable_item(&alma.tenant, "pw_base_mobiles", None, None);
        let mobiles = world.autotask.add_service("Backup mobile", 2, "3.00");
        let contract = alma.contract;
        world.autotask.add_contract_service(contract, mobiles, 0);
        mobiles
    });
    alma.map("pw_base_mobiles", mobiles);
    alma.used("pw_base_mobiles", 6);
    alma.bill().expect(0);
    alma.used("pw_base_mobiles", 0);
    let fell = |alma: &Alma| {
        let all = waiting(alma).into_iter();
        all.filter(|text| text.contains("fell to zero"))
            .collect::<Vec<_>>()
    };
    alma.bench.set_now("2026-09-28T08:00:00Z");
    let run = alma.bill();
    let first = fell(&alma);
    assert_eq!(first.len(), 1, "{run:?}");
    for now in [
        "2026-09-29T08:00:00Z",
        "2026-10-02T08:00:00Z",
        "2026-10-03T08:00:00Z",
    ] {
        alma.bench.set_now(now);
        alma.bill();
        assert_eq!(fell(&alma), first, "{now}");
    }
}

#[test]
fn a_line_that_autotask_would_refuse_for_its_period_is_told_and_not_posted() {
    let alma = Alma::new();
    alma.billing("add_missing_lines = true");
    let yearly = [
        "map-products",
        "create",
        "pw_base_servers",
        "--period",
        "yearly",
    ];
    alma.bench.run(&yearly).expect(0);
    alma.bench.sandbox.clear_visits();
    let run = alma.bill().expect(4).json();
    let notes = run["plan"]["notes"].as_array().unwrap();
    let told = notes
        .iter()
        .find(|note| note["kind"] == "service-period-differs");
    let text = told.unwrap()["text"].as_str().unwrap();
    assert!(text.contains("is billed every 12 months"), "{text}");
    assert_eq!(run["summary"]["failed"], 0, "{run}");
}

#[test]
fn parts_that_no_contract_holds_are_not_said_to_be_on_one() {
    let alma = Alma::new();
    alma.bench
        .run(&["map-products", "create", "--all"])
        .expect(0);
    let seats = [
        "pw_base_m365_seats",
        "pw_base_m365_sharepoint_sites",
        "pw_base_m365_teams",
    ];
    alma.bench.sandbox.with_world(|world| {
        let cloud = world.cloud(None).unwrap();
        for item in seats {
            cloud.enable_item(&alma.tenant, item, None, None);
            cloud.set_usage(&alma.tenant, item, None, 9, 9);
        }
        let autotask = &mut world.autotask;
        let name = "Acronis - Per workload - Microsoft 365 seats";
        let service = autotask.named("Services", "name", name).unwrap();
        autotask.add_contract_service(alma.contract, service, 9);
    });
    let run = alma.bench.run(&["sync-billing", "-n", "-o", "json"]).json();
    assert!(!run.to_string().contains("double-charging"), "{run}");
    assert!(!run.to_string().contains("line-missing"), "{run}");
}
