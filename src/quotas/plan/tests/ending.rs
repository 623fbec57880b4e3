//! Contracts that end soon.

use super::*;
use crate::plan::RemarkKind;

const SERVERS: &str = "pw_base_servers";

/// What is told of ends, with contracts that hold services 1 (servers) and 2 (workstations).
fn told(contracts: Vec<Contract>, rules: &Rules) -> Vec<String> {
    let products = vec![service(SERVERS, 1), service("pw_base_workstations", 2)];
    let customer = customer(vec![item(SERVERS, Level::hard(5))]);
    let planned = plan(&facts(customer, products, contracts), rules);
    let remarks = planned.remarks.into_iter();
    let ends = remarks.filter(|remark| remark.kind == RemarkKind::ContractEndsSoon);
    ends.map(|remark| {
        assert!(remark.needs_person);
        remark.text
    })
    .collect()
}

fn until(id: i64, services: &[(i64, i64)], end: Date) -> Contract {
    Contract {
        end,
        ..prepaid(id, services)
    }
}

fn from(id: i64, services: &[(i64, i64)], start: Date) -> Contract {
    Contract {
        start,
        ..prepaid(id, services)
    }
}

#[test]
fn a_contract_that_ends_soon_is_told_unless_others_hold_its_services_the_day_after() {
    let end = date(2026, 10, 15);
    let next = date(2026, 10, 16);
    let one = || until(11, &[(1, 5)], end);
    for (name, contracts, count) in [
        ("thirty days ahead", vec![one()], 1),
        ("a day later", vec![until(11, &[(1, 5)], next)], 0),
        ("today", vec![until(11, &[(1, 5)], TODAY)], 1),
        ("ended", vec![until(11, &[(1, 5)], date(2026, 9, 14))], 0),
        ("its successor", vec![one(), from(12, &[(1, 5)], next)], 0),
        (
            "a gap of a day",
            vec![one(), from(12, &[(1, 5)], date(2026, 10, 17))],
            1,
        ),
        (
            "a successor that is not active",
            vec![
                one(),
                Contract {
                    active: false,
                    ..from(12, &[(1, 5)], next)
                },
            ],
            1,
        ),
        (
            "a successor without one of its services",
            vec![until(11, &[(1, 5), (2, 5)], end), from(12, &[(1, 5)], next)],
            1,
        ),
        ("no mapped service", vec![until(11, &[(9, 5)], end)], 0),
    ] {
        assert_eq!(told(contracts, &rules()).len(), count, "{name}");
    }
    let never = Rules {
        warn_days: 0,
        ..rules()
    };
    assert_eq!(told(vec![until(11, &[(1, 5)], TODAY)], &never), [""; 0]);
}

#[test]
fn what_happens_then_is_told_with_its_days() {
    let end = date(2026, 10, 5);
    let one = || until(11, &[(1, 5)], end);
    let off = |disable: Option<u32>, delete: Option<u32>| Rules {
        deprovision: Deprovision {
            disable_after_days: disable,
            delete_after_days: delete,
        },
        ..rules()
    };
    let first = "contract 11 (Backup) ends on 2026-10-05, and no contract follows: from 2026-10-06 \
                 on its quotas become 0 (below usage only after approval), no usage is billed, and ";
    for (rules, tenant) in [
        (
            off(None, None),
            "the tenant stays as it is (provisioning.deprovision is off)",
        ),
        (off(Some(10), None), "the tenant is disabled on 2026-10-15"),
        (
            off(Some(10), Some(30)),
            "the tenant is disabled on 2026-10-15 and may be deleted from 2026-11-04 on \
             (--allow-delete)",
        ),
    ] {
        let texts = told(vec![one()], &rules);
        let expected = format!("{first}{tenant}; renew it in Autotask if the customer stays");
        assert_eq!(texts, [expected]);
    }
    let both = vec![until(11, &[(1, 5), (2, 1)], end), prepaid(12, &[(2, 4)])];
    assert_eq!(
        told(both, &rules()),
        [
            "contract 11 (Backup) ends on 2026-10-05, and no contract holds its services 1 after \
          that: from 2026-10-06 on they count for no quota, and quotas follow the other \
          contracts; renew it in Autotask if the customer stays"
        ]
    );
}
