//! `[[customer]]` blocks: one company apart.

use jiff::civil::date;

use super::{Alma, PERIOD, kinds};

impl Alma {
    /// A block for the company itself.
    fn apart(&self, keys: &str) {
        let block = format!(
            "[[customer]]\ncompany = {}\n{keys}\n\n[products]",
            self.company
        );
        self.bench.configure("[products]", &block);
    }
}

#[test]
fn a_customer_can_be_billed_at_every_run_while_the_others_wait_for_the_periods_end() {
    let alma = Alma::shipped();
    let waits = alma.bill().expect(0).json();
    assert_eq!(kinds(&waits["plan"]["notes"]), ["not-yet", "not-yet"]);
    assert_eq!(alma.adjustments(), 0);
    alma.apart("posting = \"every-run\"");
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 7);
}

#[test]
fn the_contract_of_a_block_gets_the_units_where_several_hold_the_service() {
    let alma = Alma::new();
    let second = alma.bench.sandbox.with_world(|world| {
        let database = &mut world.autotask;
        let (start, end) = (date(2026, 8, 1), date(2027, 7, 31));
        let second = database.add_contract(alma.company, "Second", start, end, 2, Some("Yes"));
        database.add_contract_service(second, alma.workstations, 0);
        second
    });
    let told = alma.bill().expect(0).json();
    assert!(kinds(&told["plan"]["notes"]).contains(&"several-contracts"));
    alma.apart(&format!("contract = {second}"));
    alma.bill().expect(0);
    assert_eq!(alma.units(alma.workstations, PERIOD), 2);
    let on_second = alma
        .bench
        .sandbox
        .with_world(|world| world.autotask.units_on(second, alma.workstations, PERIOD));
    assert_eq!(on_second, 7);
}

#[test]
fn a_block_for_a_company_that_is_not_there_is_a_mistake_of_the_configuration() {
    let alma = Alma::new();
    alma.bench.configure(
        "[products]",
        "[[customer]]\ncompany = 987654321\nposting = \"every-run\"\n\n[products]",
    );
    let run = alma.bench.run(&["sync-billing"]).expect(2);
    assert!(
        run.stderr.contains("no company with the id"),
        "{}",
        run.stderr
    );
    assert_eq!(alma.adjustments(), 0);
    let check = alma.bench.run(&["check"]).expect(2);
    assert!(check.stdout.contains("987654321"), "{}", check.stdout);
}

#[test]
fn a_block_for_a_company_that_is_only_hidden_stops_nobody() {
    let alma = Alma::new();
    alma.apart("posting = \"every-run\"");
    alma.bench
        .sandbox
        .with_world(|world| world.autotask.hide("Companies", alma.company));
    let run = alma.bench.run(&["sync-billing"]).expect(0);
    assert!(run.stdout.contains("does not show"), "{}", run.stdout);
    assert_eq!(alma.adjustments(), 0);
    let check = alma.bench.run(&["check"]);
    let strangers = format!("company = {}", alma.company);
    assert!(!check.stdout.contains(&strangers), "{}", check.stdout);
}
