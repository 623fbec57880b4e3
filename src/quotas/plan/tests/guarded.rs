//! What waits for a person.

use super::*;
use crate::domain::ids::TenantId;
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::plan::RefusalCode;
use crate::plan::RemarkKind;
use crate::quotas::facts::OutOfSight;

fn sold(units: i64) -> (Vec<ProductLink>, Vec<Contract>) {
    (
        vec![service(WORKSTATIONS, 1)],
        vec![prepaid(11, &[(1, units)])],
    )
}

fn judged(customer: QuotaCustomer, units: i64) -> Planned {
    let (products, contracts) = sold(units);
    decided(customer, products, contracts)
}

fn has(level: Level) -> QuotaCustomer {
    using(
        with_storage(vec![item(WORKSTATIONS, level)]),
        &[(WORKSTATIONS, 7)],
    )
}

#[test]
fn no_quota_goes_below_live_usage_unasked() {
    for (before, units, refused) in [
        (Level::hard(10), 7, false),
        (Level::hard(10), 6, true),
        (Level::UNLIMITED, 6, true),
        (Level::Off, 6, true),
        (Level::hard(3), 6, true),
        (Level::hard(3), 8, false),
    ] {
        let planned = judged(has(before), units);
        let expected: &[&str] = if refused { &["quota-below-usage"] } else { &[] };
        assert_eq!(codes(&planned), expected, "{before:?} to {units}");
        assert!(planned.refusals.iter().all(|refusal| refusal.approvable));
    }
    let text = judged(has(Level::hard(10)), 6).refusals[0].text.clone();
    assert!(
        text.contains("pw_base_workstations to 6 with 7 in use"),
        "{text}"
    );
    assert!(text.contains("1 of its 2 quotas"), "{text}");
}

#[test]
fn an_unknown_usage_holds_back_what_lowers_and_nothing_else() {
    let blind = |usage: LiveUsage, before| QuotaCustomer {
        usage,
        ..has(before)
    };
    for usage in [
        LiveUsage::Unread("403".to_owned()),
        LiveUsage::Read(BTreeMap::new()),
    ] {
        let lowered = judged(blind(usage.clone(), Level::hard(10)), 8);
        assert_eq!(codes(&lowered), ["usage-unknown"]);
        let raised = judged(blind(usage.clone(), Level::hard(5)), 8);
        assert!(raised.refusals.is_empty());
        assert!(judged(blind(usage, Level::Off), 8).refusals.is_empty());
    }
}

#[test]
fn the_first_lowering_of_a_tenant_that_was_there_before_is_asked_for() {
    let before = |lowering_approved| QuotaCustomer {
        existed_before: true,
        lowering_approved,
        ..has(Level::hard(10))
    };
    let first = judged(before(false), 8);
    assert_eq!(codes(&first), ["first-lowering"]);
    assert!(first.actions[0].allows_reductions);
    assert!(judged(before(true), 8).refusals.is_empty());
    assert!(!judged(before(true), 8).actions[0].allows_reductions);
    // Nothing is lowered: from then on it is an ordinary customer.
    let raised = judged(before(false), 12);
    assert!(raised.refusals.is_empty() && raised.actions[0].allows_reductions);
    let same = judged(before(false), 10);
    assert_eq!(same.matches_contract, [CompanyId(1)]);
    assert!(judged(has(Level::hard(10)), 10).matches_contract.is_empty());
}

/// Twelve customers of one quota each, the first `lowered` of which bought less.
fn many(lowered: i64) -> Facts {
    let mut all = facts(has(Level::hard(10)), vec![service(WORKSTATIONS, 1)], vec![]);
    all.customers.clear();
    for id in 1..=12 {
        let mut one = has(Level::hard(10));
        one.party = CompanyRef::new(CompanyId(id), "Alma");
        one.items.retain(|key, _| key.infra.is_none());
        all.customers.push(one);
        let mut contract = prepaid(id, &[(1, if id <= lowered { 8 } else { 10 })]);
        contract.company = CompanyId(id);
        all.book.contracts.insert(contract.id, contract);
    }
    // Storage is not the matter here.
    all.products.push(service("pw_base_storage@s1", 2));
    for contract in all.book.contracts.values_mut() {
        contract.services.push(holds(2, UnitRows::default()));
    }
    all
}

#[test]
fn lowering_too_many_quotas_at_once_stops_the_run() {
    let run = |lowered| {
        let planned = plan(&many(lowered), &rules());
        let found = planned.refusals.into_iter();
        found
            .filter(|refusal| refusal.scope == Reach::Run)
            .collect::<Vec<_>>()
    };
    assert!(run(2).is_empty());
    let refused = run(3);
    assert_eq!(refused[0].code, RefusalCode::TooManyLowered);
    assert_eq!(refused[0].key, Some("limits.quota_lowered_percent"));
    assert!(
        refused[0].text.contains("3 of 12 (25 %)"),
        "{}",
        refused[0].text
    );
    let few = Rules {
        lowered_min: 12,
        ..rules()
    };
    let planned = plan(&many(3), &few);
    assert!(!codes(&planned).contains(&"too-many-lowered"));
}

#[test]
fn a_side_that_is_suddenly_empty_stops_the_run() {
    let link = CustomerLink {
        company: CompanyId(1),
        account: eu(),
        tenant: TenantId::new("t"),
        company_name: "Alma".to_owned(),
        tenant_name: "Alma".to_owned(),
        partner: TenantId::new("p"),
        partner_name: "MSP".to_owned(),
        linked_at: jiff::Timestamp::UNIX_EPOCH,
        how: LinkedBy::Hand,
        existed_before: true,
        lowering_approved: false,
    };
    let judged = |contracts: Vec<Contract>, tenants: usize, whole: bool| {
        let mut facts = facts(
            has(Level::hard(10)),
            vec![service(WORKSTATIONS, 1)],
            contracts,
        );
        facts.whole_view = WholeView {
            links: vec![link.clone()],
            whole,
            tenants: BTreeMap::from([(eu(), tenants)]),
            out_of_sight: OutOfSight::default(),
            itemless: BTreeMap::new(),
        };
        codes(&plan(&facts, &rules()))
    };
    let bought = || vec![prepaid(11, &[(1, 10)])];
    assert!(judged(bought(), 1, true).is_empty());
    assert_eq!(judged(bought(), 0, true), ["no-tenants"]);
    assert_eq!(judged(vec![], 1, true), ["no-contracts"]);
    assert!(judged(vec![], 1, false).is_empty());
}

#[test]
fn tenants_without_any_item_are_not_tenants_without_quotas() {
    let (products, contracts) = sold(10);
    let mut facts = facts(has(Level::hard(10)), products, contracts);
    facts.whole_view.itemless = BTreeMap::from([(eu(), 2)]);
    assert_eq!(codes(&plan(&facts, &rules())), ["no-items"]);
}

#[test]
fn what_contracts_showed_before_and_do_not_show_now_is_not_gone() {
    let judged = |before: i64, out_of_sight: OutOfSight| {
        let mut facts = facts(
            has(Level::hard(before)),
            vec![service(WORKSTATIONS, 1)],
            vec![prepaid(11, &[(1, 10)])],
        );
        facts.whole_view.out_of_sight = out_of_sight;
        let planned = plan(&facts, &rules());
        let notes = planned.remarks.iter().map(|note| note.kind);
        let notes: Vec<_> = notes
            .filter(|kind| *kind == RemarkKind::ContractHidden)
            .collect();
        (codes(&planned), notes.len())
    };
    let company = facts(has(Level::hard(10)), Vec::new(), Vec::new()).customers[0]
        .party
        .id;
    let hidden = || OutOfSight {
        contracts: BTreeMap::from([(company, vec![ContractId(12)])]),
        ..OutOfSight::default()
    };
    assert_eq!(judged(30, hidden()), (vec!["contract-hidden"], 0));
    assert_eq!(judged(10, hidden()), (vec![], 1));
    assert_eq!(judged(5, hidden()), (vec![], 1));
    let payg = OutOfSight {
        payg: Some(2),
        ..OutOfSight::default()
    };
    assert_eq!(judged(10, payg), (vec!["no-payg"], 0));
    let lines = OutOfSight {
        lines: true,
        ..OutOfSight::default()
    };
    assert_eq!(judged(10, lines), (vec!["no-lines"], 0));
}

#[test]
fn units_that_are_out_of_sight_are_not_zero_units() {
    let judged = |rows: [UnitRows; 2]| {
        let [one, two] = rows;
        let lines = vec![holds(1, one), holds(2, two)];
        let products = vec![service(WORKSTATIONS, 1), service(SERVERS, 2)];
        let customer = using(
            with_storage(vec![item(WORKSTATIONS, Level::hard(5))]),
            &[(WORKSTATIONS, 0)],
        );
        codes(&decided(
            customer,
            products,
            vec![contract(11, BillingType::Prepaid, lines)],
        ))
    };
    let none = UnitRows::default;
    assert_eq!(judged([none(), none()]), ["no-units"]);
    assert!(judged([none(), september(0)]).is_empty());
}
