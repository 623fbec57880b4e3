//! What holds for every world.

use super::*;

const NAMES: [&str; 6] = [
    "pw_base_workstations",
    "pw_base_servers",
    "pw_base_vms",
    "pw_base_storage@s1",
    "pw_base_m365_seats",
    "pw_base_m365_mailboxes",
];

fn levels() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::Off),
        Just(Level::UNLIMITED),
        (0..9_i64).prop_map(Level::hard),
        (0..9_i64).prop_map(|value| Level::Quota {
            value: Some(value),
            overage: None
        }),
    ]
}

fn choices() -> impl Strategy<Value = Option<u8>> {
    proptest::option::of(0..6_u8)
}

prop_compose! {
    /// One customer: a level, a choice and a usage for every item, and contracts with units.
    fn world()(
        levels in proptest::collection::vec(levels(), NAMES.len()),
        choices in proptest::collection::vec(choices(), NAMES.len()),
        used in proptest::collection::vec(proptest::option::of(0..9_i64), NAMES.len()),
        sold in proptest::collection::vec((0..3_usize, 0..NAMES.len(), 0..9_i64), 0..8),
        existed_before in any::<bool>(),
    ) -> Facts {
        let items = NAMES.iter().zip(levels).map(|(name, level)| {
            let (key, mut one) = item(name, level);
            if one.is_feature {
                one.level = if level == Level::Off { Level::Off } else { Level::On };
            }
            (key, one)
        });
        let mut one = customer(items.collect());
        one.existed_before = existed_before;
        let rows = NAMES.iter().zip(used).filter_map(|(name, used)| Some((key(name), Decimal::from(used?))));
        one.usage = LiveUsage::Read(rows.collect());
        let products = NAMES.iter().zip(choices).zip(1..).filter_map(|((name, choice), id)| {
            Some(match choice? {
                0 => link(name, MappingChoice::Free),
                1 => link(name, MappingChoice::Leave),
                _ => service(name, id),
            })
        });
        let contracts = (0..3).zip([false, false, true]).map(|(at, is_payg)| {
            let lines = sold.iter().filter(|(contract, ..)| *contract == at);
            let lines = lines.map(|(_, item, units)| {
                holds(i64::try_from(*item).unwrap() + 1, september(*units))
            });
            let billing = if is_payg { BillingType::PayAsYouGo } else { BillingType::Prepaid };
            contract(i64::try_from(at).unwrap() + 10, billing, lines.collect())
        });
        facts(one, products.collect(), contracts.collect())
    }
}

/// The facts after everything in the plan was done.
fn done(facts: &Facts, planned: &Planned) -> Facts {
    let mut after = facts.clone();
    let customer = &mut after.customers[0];
    for action in &planned.actions {
        customer.items.get_mut(&action.item).unwrap().level = action.after;
    }
    after
}

fn whole(planned: Planned) -> Plan<Action> {
    Plan::new(
        "provision",
        planned.actions,
        planned.remarks,
        planned.refusals,
    )
}

proptest! {
    #[test]
    fn the_order_of_facts_does_not_matter(facts in world()) {
        let mut turned = facts.clone();
        turned.products.reverse();
        turned.customers.reverse();
        for contract in turned.book.contracts.values_mut() {
            contract.services.reverse();
        }
        let (one, two) = (whole(plan(&facts, &rules())), whole(plan(&turned, &rules())));
        prop_assert_eq!(one.digest(), two.digest());
        prop_assert_eq!(one.remarks(), two.remarks());
    }

    #[test]
    fn what_was_done_is_not_planned_again(facts in world()) {
        let planned = plan(&facts, &rules());
        let again = plan(&done(&facts, &planned), &rules());
        prop_assert!(again.actions.is_empty(), "{:?} then {:?}", lines(&planned), lines(&again));
    }

    #[test]
    fn no_unapproved_plan_holds_a_quota_below_live_usage(facts in world()) {
        let planned = whole(plan(&facts, &rules()));
        if let Ok(approved) = planned.approve(None) {
            for line in approved.lines() {
                let used = facts.customers[0].known_usage(&line.action.item);
                if let (Some(used), Some(most)) = (used, line.action.after.ceiling()) {
                    prop_assert!(used <= Decimal::from(most), "{:?}", line);
                }
                prop_assert!(used.is_some() || !line.action.lowers_quota(), "{:?}", line);
            }
        }
    }

    #[test]
    fn prepaid_quotas_are_the_sum_of_the_units(facts in world()) {
        for action in plan(&facts, &rules()).actions {
            let Level::Quota { value: Some(value), .. } = action.after else { continue };
            let link = facts.products.iter().find(|link| link.item == action.item);
            let units: i64 = match link.map(|link| &link.choice) {
                Some(MappingChoice::Service { id, .. }) => facts.book.contracts.values()
                    .filter(|contract| !contract.is_payg())
                    .map(|contract| contract.units_of(*id, TODAY))
                    .sum(),
                Some(MappingChoice::Free | MappingChoice::Leave) | None => 0,
            };
            prop_assert_eq!(value, units * action.unit.base_amount());
        }
    }

    #[test]
    fn nothing_is_ever_switched_off(facts in world()) {
        for action in plan(&facts, &rules()).actions {
            prop_assert_ne!(action.after, Level::Off);
        }
    }
}
