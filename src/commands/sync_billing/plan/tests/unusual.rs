//! What is not billed, or not yet, or not without a word: each with its reason.

use super::*;

#[test]
fn what_cannot_be_billed_is_a_note_with_its_reason() {
    type Change = fn(&mut World);
    let table: [(Change, &str); 9] = [
        (
            |world| world.facts.customers[0].usage = CustomerUsage::Unreadable("403".to_owned()),
            "usage-unreadable",
        ),
        (
            |world| {
                let second = contract(2, 3, 0);
                world.facts.book.contracts.insert(second.id, second);
            },
            "several-contracts",
        ),
        (
            |world| {
                let mut second = contract(2, 3, 4);
                second.billing = BillingType::Prepaid;
                world.facts.book.contracts.insert(second.id, second);
            },
            "mixed-billing",
        ),
        (
            |world| {
                let line = world.contract().services[0].clone();
                world.contract().services.push(line);
            },
            "several-lines",
        ),
        (
            |world| {
                let contract = world.contract();
                let line = contract.services.remove(0);
                contract.bundles.push(BundleLine {
                    id: ContractBundleId(90),
                    bundle: BundleId(9),
                    services: BTreeSet::from([line.service]),
                    rows: line.rows,
                });
            },
            "bundle-line",
        ),
        (
            |world| world.usage().get_mut(&key("servers")).unwrap().enabled = None,
            "no-item",
        ),
        (
            |world| world.usage().get_mut(&key("servers")).unwrap().doubled = true,
            "usage-doubled",
        ),
        (
            |world| {
                let row = world.usage().get_mut(&key("servers")).unwrap();
                row.measurement = Some(Measurement::Bytes);
            },
            "unit-of-measure",
        ),
        (
            |world| {
                world.billing.freeze.insert(15);
            },
            "frozen",
        ),
    ];
    for (change, expected) in table {
        let mut world = World::new(5, 7);
        change(&mut world);
        assert_eq!(world.said(), [expected]);
    }
}

#[test]
fn the_configured_contract_is_billed_when_several_hold_the_service() {
    let mut world = World::new(5, 7);
    let second = contract(2, 3, 6);
    world.facts.book.contracts.insert(second.id, second);
    let line = (ContractId(2), ServiceId(3));
    world.facts.known.insert(line, known());
    world.billing.contracts.insert(CompanyId(7), ContractId(2));
    assert_eq!(world.said(), ["6→7 2026-09-01"]);
}

#[test]
fn a_switched_off_item_with_usage_is_billed_and_said() {
    let mut world = World::new(5, 7);
    world.usage().get_mut(&key("servers")).unwrap().enabled = Some(false);
    assert_eq!(world.said(), ["5→7 2026-09-01", "switched-off"]);
}

#[test]
fn earlier_postings_hold_the_line_back() {
    let mut world = World::new(5, 7);
    let posting = OpenPosting {
        wanted: 7,
        before: 5,
        effective: PERIOD,
        seen: "the line holds 5 units".to_owned(),
    };
    world.line().open = Some(posting.clone());
    assert_eq!(world.said(), ["5→7 2026-09-01", "! posting-unsure"]);
    let mut world = World::new(5, 7);
    let until = "2026-09-15T08:05:00Z".parse().unwrap();
    world.line().in_flight = Some(InFlightPosting { posting, until });
    assert_eq!(world.said(), ["settling"]);
    let text = world.found().notes[0].text.clone();
    assert!(text.contains("waits until 2026-09-15T08:05:00Z"), "{text}");
    let mut world = World::new(5, 7);
    world.line().refused = Some(RefusedPosting {
        wanted: 7,
        before: 5,
        effective: PERIOD,
        answer: "no".to_owned(),
        times: 1,
    });
    assert_eq!(world.said(), ["5→7 2026-09-01", "! refused-before"]);
    world.usage().insert(key("servers"), reading(8));
    assert_eq!(world.said(), ["5→8 2026-09-01"]);
    // The same answer to other numbers is no matter of numbers.
    world.line().refused.as_mut().unwrap().times = 2;
    assert_eq!(world.said(), ["5→8 2026-09-01", "! refused-before"]);
    world.billing.effective = Effective::NextPeriod;
    assert_eq!(world.said(), ["5→8 2026-10-01"]);
}

#[test]
fn a_missing_line_is_made_only_where_that_is_configured() {
    let mut world = World::new(5, 5);
    world.facts.products.push(link("vms", 4));
    world.usage().insert(key("vms"), reading(2));
    assert_eq!(world.said(), ["line-missing"]);
    world.billing.add_missing_lines = true;
    assert_eq!(world.said(), ["0→2 2026-09-01"]);
    world.usage().insert(key("vms"), reading(0));
    assert_eq!(world.said(), Vec::<String>::new());
}
