//! Contracts that end soon are told once, and stand until something follows.

use jiff::ToSpan as _;
use sandbox::World;
use serde_json::json;

use crate::support::Bench;

#[test]
fn a_contract_that_ends_soon_is_told_once_and_stands_in_status_and_in_the_billing_report() {
    let bench = Bench::small();
    bench.run(&["map-products", "create", "--all"]).expect(0);
    bench.sandbox.with_world(World::sign_contracts);
    bench
        .run(&["map-customer", "create", "Brook Dental", "--yes"])
        .expect(0);
    let (company, contract, end) = bench.sandbox.with_world(|world| {
        let company = world
            .autotask
            .named("Companies", "companyName", "Brook Dental")
            .unwrap();
        let contracts = world.autotask.all("Contracts").into_iter();
        let mut own = contracts.filter(|row| row["companyID"] == company);
        let contract = own.next().unwrap()["id"].as_i64().unwrap();
        let end = world.today().last_of_month();
        assert!(world.autotask.end_contract(contract, end));
        (company, contract, end)
    });
    let words = format!("ends on {end}, and no contract follows");
    let first = bench.run(&["provision", "--yes", "-q"]);
    assert!(first.stdout.contains(&words), "{first:?}");
    let again = bench.run(&["provision", "--yes", "-q"]);
    assert!(!again.stdout.contains(&words), "{again:?}");
    // The other command does not tell it once more.
    let billing = bench.run(&["sync-billing", "--yes"]);
    assert!(!billing.stdout.contains(&words), "{billing:?}");
    for arguments in [&["status"][..], &["billing-report"]] {
        let run = bench.run(arguments);
        assert!(run.stdout.contains(&words), "{run:?}");
    }
    let company = company.to_string();
    let other = bench.run(&["billing-report", "--company", &company]);
    assert!(other.stdout.contains(&words), "{other:?}");

    // A successor settles it.
    bench.sandbox.with_world(|world| {
        let last = end.saturating_add(1.year());
        let last = json!(format!("{last}T00:00:00Z"));
        assert!(world.autotask.set("Contracts", contract, "endDate", last));
    });
    bench.run(&["provision", "--yes", "-q"]);
    for arguments in [&["status"][..], &["billing-report"]] {
        let run = bench.run(arguments);
        assert!(!run.stdout.contains(&words), "{run:?}");
    }
}
