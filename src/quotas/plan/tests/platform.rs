//! What the platform can take: editions, storages, packs and features.

use super::*;
use crate::plan::RefusalCode;
use crate::plan::RemarkKind;

#[test]
fn a_customer_has_one_edition_its_own_or_that_of_its_contracts() {
    let wanted = |items: Vec<(ItemKey, QuotaItem)>, contracts: Vec<Contract>| {
        let products = vec![
            service("pw_base_servers", 1),
            service("pg_base_servers", 2),
            link("pw_base_nas", MappingChoice::Free),
            link("pg_base_nas", MappingChoice::Free),
        ];
        let storages = vec![
            item("pw_base_storage@s1", Level::Off),
            item("pg_base_storage@s1", Level::Off),
        ];
        let free = vec![
            item("pw_base_nas", Level::Off),
            item("pg_base_nas", Level::Off),
        ];
        let items = items.into_iter().chain(storages).chain(free).collect();
        decided(customer(items), products, contracts)
    };
    let off = |name| item(name, Level::Off);
    // A new customer gets the edition that its contracts want, free items and storage too.
    let new = wanted(
        vec![off("pw_base_servers"), off("pg_base_servers")],
        vec![prepaid(11, &[(2, 3)])],
    );
    let expected = [
        "pg_base_nas unlimited",
        "pg_base_servers 3",
        "pg_base_storage@s1 unlimited",
    ];
    assert_eq!(lines(&new), expected);
    assert!(new.refusals.is_empty());
    // One that has an edition is not given another.
    let other = wanted(
        vec![
            item("pw_base_servers", Level::hard(1)),
            off("pg_base_servers"),
        ],
        vec![prepaid(11, &[(1, 3)]), prepaid(12, &[(2, 3)])],
    );
    assert_eq!(codes(&other), ["second-edition"]);
    assert!(
        other.refusals[0].text.contains("contract 12"),
        "{:?}",
        other.refusals
    );
    assert_eq!(held(&other, "second-edition"), 1);
    // Two at once are a matter for a person.
    let two = wanted(
        vec![off("pw_base_servers"), off("pg_base_servers")],
        vec![prepaid(11, &[(1, 3)]), prepaid(12, &[(2, 3)])],
    );
    let refused = two
        .refusals
        .iter()
        .filter(|refusal| refusal.code == RefusalCode::SecondEdition);
    assert_eq!(refused.count(), 2);
}

#[test]
fn the_default_storage_is_the_only_one_or_the_configured_one() {
    let pick = |configured: Option<&str>, storages: &[&str]| {
        let items = storages.iter().map(|name| item(name, Level::Off));
        let customer = customer(items.chain([item(WORKSTATIONS, Level::Off)]).collect());
        let facts = facts(
            customer,
            vec![service(WORKSTATIONS, 1)],
            vec![payg(1, &[1])],
        );
        let configured = configured.map(|name| (eu(), name.to_owned()));
        let rules = Rules {
            default_storage: configured.into_iter().collect(),
            ..rules()
        };
        let planned = plan(&facts, &rules);
        let picked = planned
            .actions
            .iter()
            .find_map(|action| action.item.infra.clone());
        (picked.map(|id| id.to_string()), codes(&planned))
    };
    let (one, two) = ("pw_base_storage@s1", "pw_base_storage@s2");
    let refused = || (None, vec!["no-default-storage"]);
    let picked = |id: &str| (Some(id.to_owned()), vec![]);
    assert_eq!(pick(None, &[one]), picked("s1"));
    assert_eq!(pick(None, &[one, two]), refused());
    assert_eq!(pick(Some("Dublin"), &[one, two]), picked("s2"));
    assert_eq!(pick(Some("s1"), &[one, two]), picked("s1"));
    assert_eq!(pick(Some("Paris"), &[one, two]), refused());
    assert_eq!(pick(Some("Dublin"), &[one]), refused());
    assert_eq!(pick(None, &[]), refused());
}

#[test]
fn a_customer_that_needs_a_storage_waits_while_nobody_knows_which_there_are() {
    let decided = |items: Vec<(ItemKey, QuotaItem)>| {
        let mut facts = facts(
            customer(items),
            vec![service(WORKSTATIONS, 1)],
            vec![payg(1, &[1])],
        );
        facts.storages.clear();
        facts.storages_unread.insert(eu());
        let planned = plan(&facts, &rules());
        (
            lines(&planned).len(),
            planned.undecided.len(),
            codes(&planned).len(),
        )
    };
    let seats = item(WORKSTATIONS, Level::Off);
    let storage = |level| item("pw_base_storage@s1", level);
    assert_eq!(decided(vec![seats.clone(), storage(Level::Off)]), (0, 1, 0));
    // One that has a storage needs none.
    assert_eq!(decided(vec![seats, storage(Level::hard(5))]), (1, 0, 0));
}

#[test]
fn an_enabled_storage_stays_as_it_is_while_no_contract_holds_one() {
    let storage = item(STORED, Level::hard(500 * GIB));
    let products = vec![service(WORKSTATIONS, 1), service(STORED, 2)];
    let items = vec![
        item(WORKSTATIONS, Level::Off),
        storage,
        item("pw_base_storage@s2", Level::Off),
    ];
    let planned = decided(customer(items), products, vec![prepaid(1, &[(1, 4)])]);
    assert_eq!(lines(&planned), ["pw_base_workstations 4"]);
    assert!(
        planned
            .remarks
            .iter()
            .any(|note| note.kind == RemarkKind::StorageKept)
    );
}

#[test]
fn a_second_storage_is_not_switched_on_beside_the_first() {
    let other = "pw_base_storage@s2";
    let products = vec![service(STORED, 2), service(other, 3)];
    let items = vec![item(STORED, Level::hard(GIB)), item(other, Level::Off)];
    let customer = using(customer(items), &[(STORED, 0)]);
    let planned = decided(customer, products, vec![prepaid(1, &[(3, 50)])]);
    assert_eq!(codes(&planned), ["second-storage"]);
    assert_eq!(held(&planned, "second-storage"), 1);
    let text = &planned.refusals[0].text;
    assert!(
        text.contains("Frankfurt (s1)") && text.contains("Dublin (s2)"),
        "{text}"
    );
}

#[test]
fn seats_go_on_with_their_features_and_features_never_go_off() {
    let seats = "pw_base_m365_seats";
    let features = [
        "pw_base_m365_mailboxes",
        "pw_base_m365_onedrive",
        "pw_base_google_mail",
    ];
    let items = || {
        let off = features.iter().map(|name| item(name, Level::Off));
        with_storage(off.chain([item(seats, Level::Off)]).collect())
    };
    let products = vec![service(seats, 1)];
    let planned = decided(items(), products.clone(), vec![prepaid(1, &[(1, 20)])]);
    let expected = [
        "pw_base_m365_mailboxes on",
        "pw_base_m365_onedrive on",
        "pw_base_m365_seats 20",
    ];
    assert_eq!(lines(&planned), expected);
    let left = products
        .into_iter()
        .chain([link(features[0], MappingChoice::Leave)])
        .collect();
    let planned = decided(items(), left, vec![prepaid(1, &[(1, 20)])]);
    assert_eq!(lines(&planned), expected[1..]);
    // No seats any more, and recovery is nobody's business here.
    let on = [features[0], "pw_base_dr_base"].map(|name| item(name, Level::On));
    let customer = using(
        with_storage(
            on.into_iter()
                .chain([item(seats, Level::hard(5))])
                .collect(),
        ),
        &[(seats, 0)],
    );
    let planned = decided(
        customer,
        vec![service(seats, 1)],
        vec![prepaid(1, &[(1, 0)])],
    );
    assert_eq!(lines(&planned), ["pw_base_m365_seats 0"]);
}

#[test]
fn features_are_held_together_with_the_seats_that_they_need() {
    let seats = "pw_base_m365_seats";
    let items = vec![
        item(seats, Level::Off),
        item("pw_base_m365_mailboxes", Level::Off),
    ];
    let customer = using(with_storage(items), &[(seats, 30)]);
    let planned = decided(
        customer,
        vec![service(seats, 1)],
        vec![prepaid(1, &[(1, 20)])],
    );
    assert_eq!(codes(&planned), ["quota-below-usage"]);
    assert_eq!(held(&planned, "quota-below-usage"), 2);
}

#[test]
fn packs_go_on_only_on_top_of_their_base() {
    let pack = "pw_pack_adv_backup_servers";
    let security = "pw_pack_adv_security";
    let judged = |wanted: &[(i64, i64)], base: Level| {
        let items = [
            item(pack, Level::Off),
            item(security, Level::Off),
            item(SERVERS, base),
        ];
        let customer = using(with_storage(items.into()), &[(SERVERS, 0)]);
        let products = vec![service(pack, 1), service(security, 2), service(SERVERS, 3)];
        decided(customer, products, vec![prepaid(11, wanted)])
    };
    assert!(
        judged(&[(1, 2), (2, 2), (3, 2)], Level::Off)
            .refusals
            .is_empty()
    );
    assert!(
        judged(&[(1, 2), (2, 2), (3, 2)], Level::hard(2))
            .refusals
            .is_empty()
    );
    let without = judged(&[(1, 2), (2, 2)], Level::Off);
    assert_eq!(codes(&without), ["pack-without-base"]);
    assert_eq!(held(&without, "pack-without-base"), 2);
    // The base goes to zero in the same plan.
    let emptied = judged(&[(1, 2)], Level::hard(2));
    assert_eq!(codes(&emptied), ["pack-without-base"]);
    // Somebody leaves the base alone: it is on.
    let items = vec![item(pack, Level::Off), item(SERVERS, Level::hard(2))];
    let products = vec![service(pack, 1), link(SERVERS, MappingChoice::Leave)];
    let left = decided(with_storage(items), products, vec![prepaid(11, &[(1, 2)])]);
    assert!(left.refusals.is_empty());
}
