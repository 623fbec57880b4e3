//! How many requests a large world costs, and that its size does not make pairs quadratic.

use std::time::Duration;

use super::world;
use crate::measure::measure_run;
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

/// Lists and suggests among so many, and asserts the requests. The caller runs the command.
fn requests_grow_with_pages(companies: usize, tenants: usize, run: impl Fn(&Bench, &[&str])) {
    let bench = large(companies, tenants);
    // The provider's own company and the partner itself are on the pages too.
    let allowed = (companies + 1).div_ceil(500) + (tenants + 1).div_ceil(5_000) + 6;
    for verb in [&["list"][..], &["list", "--all"], &["suggest", "-n"]] {
        bench.sandbox.clear_visits();
        run(&bench, &[&["map-customer"], verb].concat());
        let made = requests(&bench);
        assert!(
            made <= allowed,
            "{verb:?}: {made} requests, allowed are {allowed}"
        );
    }
}

#[test]
fn requests_grow_with_pages_only() {
    requests_grow_with_pages(1_200, 900, |bench, arguments| {
        bench.run(arguments).expect(0);
    });
}

/// To be run by hand: `cargo test --release --test suite five_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: minutes in a debug build, and the time needs a quiet machine; the requests \
            are asserted by requests_grow_with_pages_only"]
fn five_thousand_companies_and_tenants_take_less_than_three_seconds() {
    requests_grow_with_pages(5_000, 5_000, |bench, arguments| {
        let figures = measure_run(bench, arguments);
        assert_eq!(figures.code, Some(0));
        figures.assert_within(Duration::from_secs(3));
    });
}
