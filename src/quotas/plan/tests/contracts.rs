//! What contracts and mapping want.

use super::*;
use crate::plan::RemarkKind;

#[test]
fn units_of_all_contracts_and_bundles_in_force_today_are_one_hard_quota() {
    let rows = UnitRows::new(vec![
        row(date(2026, 8, 1), date(2026, 8, 31), 100),
        row(date(2026, 9, 1), date(2026, 9, 15), 5),
        row(date(2026, 9, 15), date(2026, 9, 30), 7),
        row(date(2026, 10, 1), date(2026, 10, 31), 200),
    ]);
    let first = contract(11, BillingType::Prepaid, vec![holds(1, rows)]);
    let mut second = prepaid(12, &[(1, 3)]);
    second.bundles.push(BundleLine {
        id: ContractBundleId(90),
        bundle: BundleId(9),
        services: BTreeSet::from([ServiceId(1), ServiceId(9)]),
        rows: september(2),
    });
    let mut over = prepaid(13, &[(1, 50)]);
    over.end = date(2026, 9, 14);
    let mut inactive = prepaid(14, &[(1, 50)]);
    inactive.active = false;
    let products = vec![service(WORKSTATIONS, 1)];
    let planned = decided(
        with_storage(vec![item(WORKSTATIONS, Level::Off)]),
        products,
        vec![first, second, over, inactive],
    );
    assert_eq!(lines(&planned), ["pw_base_workstations 12"]);
    let because = planned.actions[0].because.join("; ");
    assert!(because.starts_with("contract 11 (Backup): 7 units; contract 12 (Backup): 5 units"));
    assert!(
        because.contains("5 units, 2 of them through bundle 9"),
        "{because}"
    );
    assert!(planned.refusals.is_empty());
}

#[test]
fn storage_is_sold_in_the_unit_of_its_mapping() {
    let products = vec![service(STORED, 2)];
    let customer = using(
        customer(vec![item(STORED, Level::hard(100 * GIB))]),
        &[(STORED, 1)],
    );
    let planned = decided(customer, products, vec![prepaid(1, &[(2, 250)])]);
    assert_eq!(lines(&planned), ["pw_base_storage@s1 250 GiB"]);
    assert_eq!(planned.actions[0].after, Level::hard(250 * GIB));
}

#[test]
fn each_choice_of_the_mapping_gives_its_level() {
    let choices = [
        (
            "pw_base_workstations",
            Some(service("pw_base_workstations", 1)),
            "unlimited",
        ),
        (
            "pw_base_servers",
            Some(link("pw_base_servers", MappingChoice::Free)),
            "unlimited",
        ),
        (
            "pw_base_vms",
            Some(link("pw_base_vms", MappingChoice::Leave)),
            "-",
        ),
        ("pw_base_nas", Some(service("pw_base_nas", 3)), "0"),
        ("pw_base_mobiles", None, "0"),
    ];
    for (name, link, after) in choices {
        for before in [Level::Off, Level::hard(5)] {
            let products: Vec<ProductLink> = [service("pw_base_websites", 8)]
                .into_iter()
                .chain(link.clone())
                .collect();
            let customer = using(with_storage(vec![item(name, before)]), &[(name, 0)]);
            let planned = decided(customer, products, vec![payg(1, &[1, 8])]);
            let after = match (after, before) {
                ("0", Level::Off) | ("-", _) => vec![],
                (after, _) => vec![format!("{name} {after}")],
            };
            // The service that a contract holds and the tenant cannot be given is another story.
            assert_eq!(lines(&planned), after, "{name} {before:?}");
        }
    }
}

#[test]
fn unmapped_items_are_left_when_so_configured_and_never_switched_off() {
    let customer = || {
        let items = vec![
            item(WORKSTATIONS, Level::UNLIMITED),
            item(SERVERS, Level::hard(3)),
        ];
        using(with_storage(items), &[(SERVERS, 0)])
    };
    let products = vec![service(WORKSTATIONS, 1)];
    let contracts = vec![payg(1, &[1])];
    let facts = facts(customer(), products, contracts);
    let leave = Rules {
        unmapped: Unmapped::Leave,
        ..rules()
    };
    assert!(plan(&facts, &leave).actions.is_empty());
    let zeroed = plan(&facts, &rules());
    assert_eq!(lines(&zeroed), ["pw_base_servers 0"]);
    assert!(
        zeroed
            .actions
            .iter()
            .all(|action| action.after != Level::Off)
    );
}

#[test]
fn prepaid_and_pay_as_you_go_stand_side_by_side_but_not_in_one_item() {
    let items = || {
        with_storage(vec![
            item(WORKSTATIONS, Level::Off),
            item(SERVERS, Level::Off),
        ])
    };
    let products = || vec![service(WORKSTATIONS, 1), service(SERVERS, 2)];
    let apart = decided(
        items(),
        products(),
        vec![prepaid(11, &[(1, 4)]), payg(12, &[2])],
    );
    assert_eq!(
        lines(&apart),
        ["pw_base_servers unlimited", "pw_base_workstations 4"]
    );
    let both = decided(
        items(),
        products(),
        vec![prepaid(11, &[(1, 4)]), payg(12, &[1, 2])],
    );
    assert_eq!(lines(&both), ["pw_base_servers unlimited"]);
    assert_eq!(codes(&both), ["two-billing-types"]);
    let refusal = &both.refusals[0];
    assert!(!refusal.approvable);
    assert!(refusal.text.contains("contract 11") && refusal.text.contains("contract 12"));
}

#[test]
fn a_field_that_says_neither_yes_nor_no_is_prepaid_with_a_note() {
    let mut odd = prepaid(11, &[(1, 4)]);
    odd.billing = BillingType::PrepaidByDefault {
        value: "maybe".to_owned(),
    };
    let items = with_storage(vec![item(WORKSTATIONS, Level::Off)]);
    let planned = decided(items, vec![service(WORKSTATIONS, 1)], vec![odd]);
    assert_eq!(lines(&planned), ["pw_base_workstations 4"]);
    let told = planned
        .remarks
        .iter()
        .find(|note| note.kind == RemarkKind::BillingTypeUnclear);
    assert!(told.unwrap().text.contains("\"maybe\""));
}

#[test]
fn a_company_without_contracts_keeps_what_it_has_until_one_is_known_to_have_ended() {
    let due = |contracts: Vec<Contract>| {
        let customer = using(
            with_storage(vec![item(WORKSTATIONS, Level::hard(5))]),
            &[(WORKSTATIONS, 0), (STORED, 0)],
        );
        let planned = decided(customer, vec![service(WORKSTATIONS, 1)], contracts);
        lines(&planned)
    };
    let dated = |start, end| {
        let mut contract = prepaid(11, &[(1, 4)]);
        (contract.start, contract.end) = (start, end);
        contract
    };
    assert_eq!(due(vec![]), [""; 0]);
    let over = dated(date(2025, 1, 1), date(2026, 9, 14));
    let zeroed = ["pw_base_storage@s1 0 GiB", "pw_base_workstations 0"];
    assert_eq!(due(vec![over.clone()]), zeroed);
    let coming = dated(date(2026, 10, 1), date(2027, 9, 30));
    assert_eq!(due(vec![over, coming]), [""; 0]);
}

#[test]
fn an_item_that_the_tenant_cannot_be_given_is_told_and_a_locked_one_left() {
    let mut locked = item(WORKSTATIONS, Level::Off);
    locked.1.locked = true;
    let products = vec![service(WORKSTATIONS, 1), service(SERVERS, 2)];
    let planned = decided(
        with_storage(vec![locked]),
        products,
        vec![prepaid(11, &[(1, 4), (2, 3)])],
    );
    assert!(planned.actions.is_empty());
    assert_eq!(codes(&planned), ["item-not-offered"]);
    assert!(planned.refusals[0].text.contains("contract 11"));
    assert!(
        planned
            .remarks
            .iter()
            .any(|note| note.kind == RemarkKind::ItemLocked)
    );
}

#[test]
fn an_item_measured_in_the_unknown_is_never_given_a_quota() {
    let mut odd = item(WORKSTATIONS, Level::Off);
    odd.1.measurement = None;
    let planned = decided(
        with_storage(vec![odd.clone()]),
        vec![service(WORKSTATIONS, 1)],
        vec![prepaid(11, &[(1, 4)])],
    );
    assert_eq!(
        (lines(&planned).len(), codes(&planned)),
        (0, vec!["unit-unfit"])
    );
    odd.1.level = Level::hard(5);
    let unmapped = decided(
        with_storage(vec![odd, item(SERVERS, Level::UNLIMITED)]),
        vec![service(SERVERS, 1)],
        vec![payg(11, &[1])],
    );
    assert!(unmapped.actions.is_empty());
}
