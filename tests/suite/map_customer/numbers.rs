//! How many requests a large world costs, and that its size does not make pairs quadratic.

use std::time::Instant;

use super::world;
use crate::support::Bench;

/// `Company 17`, and its tenant written as another system would.
fn large(companies: usize, tenants: usize) -> Bench {
    let trades = [
        "Bakery",
        "Dental",
        "Logistics",
        "Law",
        "Hotel",
        "Media",
        "Steel",
    ];
    let name = |number: usize| format!("{} {number} Ltd", trades[number % trades.len()]);
    let companies: Vec<String> = (0..companies).map(name).collect();
    let tenants: Vec<String> = (0..tenants)
        .map(|number| match number % 3 {
            0 => name(number),
            1 => name(number).to_uppercase(),
            _ => format!("{} north", name(number)),
        })
        .collect();
    let companies: Vec<&str> = companies.iter().map(String::as_str).collect();
    let tenants: Vec<&str> = tenants.iter().map(String::as_str).collect();
    Bench::on(world(&companies, &tenants))
}

fn requests(bench: &Bench) -> usize {
    bench.sandbox.visits().len()
}

#[test]
fn requests_grow_with_pages_only() {
    let bench = large(1_200, 900);
    let allowed = 1_200_usize.div_ceil(500) + 900_usize.div_ceil(5_000) + 6;
    for verb in [&["list"][..], &["suggest", "-n"]] {
        bench.sandbox.clear_visits();
        let arguments = [&["map-customer"], verb].concat();
        bench.run(&arguments).expect(0);
        let made = requests(&bench);
        assert!(
            made <= allowed,
            "{verb:?}: {made} requests, allowed are {allowed}"
        );
    }
}

/// To be run by hand: `cargo test --release --test suite five_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: minutes in a debug build"]
fn five_thousand_companies_and_tenants_take_less_than_three_seconds() {
    let bench = large(5_000, 5_000);
    // The provider's own company and the partner itself are on the pages too.
    let allowed = 5_001_usize.div_ceil(500) + 5_001_usize.div_ceil(5_000) + 6;
    for verb in [&["list", "--all"][..], &["suggest", "-n"]] {
        bench.sandbox.clear_visits();
        let arguments = [&["map-customer"], verb].concat();
        let begun = Instant::now();
        let run = bench.run(&arguments).expect(0);
        let (took, made) = (begun.elapsed(), requests(&bench));
        eprintln!(
            "{verb:?}: {took:?}, {made} requests, {} bytes",
            run.stdout.len()
        );
        assert!(made <= allowed, "{made} requests, allowed are {allowed}");
        assert!(took.as_secs() < 3, "{took:?}");
    }
}
