//! Stories of `explain`: a billed number with everything that led to it.

use jiff::civil::date;
use serde_json::Value;

use crate::support::Bench;

/// A bench on which pay-as-you-go was billed once.
fn billed() -> Bench {
    let bench = Bench::small();
    let every_run = "[billing]\nposting = \"every-run\"\n\n[products]";
    bench.configure("[products]", every_run);
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(|world| world.sign_contracts());
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench.take_over();
    bench.run(&["sync-billing", "--yes"]).expect(0);
    bench
}

fn explain(bench: &Bench, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["explain", "--output", "json"];
    all.extend(arguments);
    let document = bench.run(&all).expect(0).json();
    document.as_array().unwrap().clone()
}

#[test]
fn a_billed_number_is_explained_with_usage_arithmetic_units_and_run() {
    let bench = billed();
    let rows = explain(&bench, &["Alma Bakery", "pw_base_workstations"]);
    let measured = rows.iter().find(|row| row["kind"] == "measured").unwrap();
    assert_eq!(measured["usage"], "7");
    assert_eq!(measured["wanted"], 7);
    let last = explain(&bench, &["alma bakery"]);
    let billed: Vec<&Value> = last.iter().filter(|row| row["kind"] == "billed").collect();
    assert!(!billed.is_empty(), "{last:#?}");
    for row in billed {
        for column in [
            "at",
            "contract",
            "service",
            "usage",
            "arithmetic",
            "effective",
            "run",
        ] {
            assert!(!row[column].is_null(), "{column} of {row:#}");
        }
        let (before, wanted) = (row["before"].as_i64(), row["wanted"].as_i64());
        let change: i64 = row["change"].as_str().unwrap().parse().unwrap();
        assert_eq!(change, wanted.unwrap() - before.unwrap());
        assert_eq!(row["after"], row["wanted"]);
        assert_eq!(row["outcome"], "confirmed");
    }
}

#[test]
fn people_read_one_block_for_each_number() {
    let bench = billed();
    let text = bench.run(&["explain", "Alma Bakery"]).expect(0).stdout;
    assert!(text.contains("What         billed\n"), "{text}");
    assert!(text.contains("\nCalculation  "), "{text}");
}

#[test]
fn a_company_without_a_number_is_sent_to_the_previews() {
    let bench = billed();
    let caro = bench.sandbox.with_world(|world| {
        let autotask = &mut world.autotask;
        autotask.add_company("Caro Design", "Customer", true)
    });
    let text = bench.run(&["explain", "caro design"]).expect(0).stdout;
    assert!(text.contains("is not mapped"), "{text}");
    let link = format!("acrotask map-customer link {caro} TENANT");
    assert!(text.contains(&link), "{text}");
    bench
        .run(&["map-customer", "create", "Caro Design"])
        .expect(0);
    let text = bench.run(&["explain", &caro.to_string()]).expect(0).stdout;
    let preview = format!("provision --company {caro} --dry-run");
    assert!(text.contains(&preview), "{text}");
}

#[test]
fn a_quota_names_the_bundle_through_which_its_units_come() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.run(&["map-customer", "suggest", "--yes"]).expect(0);
    bench.sandbox.with_world(|world| {
        let autotask = &mut world.autotask;
        let alma = autotask
            .named("Companies", "companyName", "Alma Bakery")
            .unwrap();
        let name = "Acronis - Per workload - Servers";
        let servers = autotask.named("Services", "name", name).unwrap();
        let (start, end) = (date(2026, 9, 1), date(2027, 8, 31));
        let contract = autotask.add_contract(alma, "Office", start, end, 2, None);
        autotask.add_contract_service(contract, servers, 3);
        let bundle = autotask.add_bundle("Office pack", &[servers]);
        autotask.add_contract_bundle(contract, bundle, 2);
    });
    let plan = bench.run(&["provision", "-n", "-o", "json"]).json();
    let digest = plan["plan"]["digest"].as_str().unwrap();
    bench
        .run(&["provision", "--yes", "--expect-plan", digest])
        .expect(0);
    let rows = explain(&bench, &["Alma Bakery", "pw_base_servers"]);
    let quota = rows.iter().find(|row| row["kind"] == "quota").unwrap();
    let why = quota["because"].as_str().unwrap();
    assert!(why.contains("5 units, 2 of them through bundle"), "{why}");
    assert!(why.contains("(Office pack)"), "{why}");
}
