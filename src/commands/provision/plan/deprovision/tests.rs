use crate::plan::RefusalCode;
use crate::plan::RemarkKind;
use jiff::civil::date;

use super::*;
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::plan::CompanyRef;

const TODAY: Date = date(2026, 9, 15);

fn whom(id: i64) -> CustomerRef {
    CustomerRef {
        account: AccountName::new("eu"),
        company: CompanyRef::new(CompanyId(id), "Alma"),
        tenant: Some(TenantId::new(&id.to_string())),
        tenant_name: "Alma".to_owned(),
    }
}

/// A customer whose contract ended on the 4th: disabled after ten days is the 14th.
fn ended(clock: Option<CountdownState>) -> ContractHistory {
    ContractHistory {
        customer: whom(1),
        end: ContractEnd::Over {
            since: Some(date(2026, 9, 5)),
            reason: "contract 7 ended on 2026-09-04".to_owned(),
        },
        countdown: clock,
        enabled: true,
        recovery: DisasterRecoveryUse::Unused,
    }
}

fn held(id: i64) -> ContractHistory {
    ContractHistory {
        customer: whom(id),
        end: ContractEnd::Held { coming: false },
        ..ended(None)
    }
}

fn told(on: Date) -> Option<CountdownState> {
    Some(CountdownState {
        since: date(2026, 9, 5),
        confirmed: on,
        reason: "contract 7 ended on 2026-09-04".to_owned(),
        disabled_at: None,
    })
}

fn disabled_by_us(on: Date) -> Option<CountdownState> {
    told(on).map(|clock| CountdownState {
        disabled_at: Some(Timestamp::UNIX_EPOCH),
        ..clock
    })
}

fn terms(disable: u32, delete: u32) -> OffboardingRules {
    let on = |days: u32| Some(days).filter(|days| *days > 0);
    OffboardingRules {
        after: Deprovision {
            disable_after_days: on(disable),
            delete_after_days: on(delete),
        },
        allow_delete: true,
        today: TODAY,
        covers_everything: true,
        percent: 20,
        floor: 10,
    }
}

/// Kinds of what is done and of what is told.
fn outcome(
    histories: Vec<ContractHistory>,
    terms: &OffboardingRules,
) -> (Vec<&'static str>, Vec<&'static str>) {
    let ends = plan_offboarding(&histories, terms);
    let done = ends
        .actions
        .iter()
        .map(|action| action.describe().kind.as_str());
    let told = ends.remarks.iter().map(|note| note.kind.as_str());
    (done.collect(), told.collect())
}

#[test]
fn a_tenant_is_disabled_so_many_days_after_the_end_and_not_on_the_day_it_is_first_reported() {
    let yesterday = date(2026, 9, 14);
    for (clock, days, done) in [
        (told(yesterday), 10, &["disable-tenant"][..]),
        (told(yesterday), 11, &["disable-tenant"]),
        (told(yesterday), 12, &[]),
        (told(TODAY), 10, &[]),
        (None, 10, &[]),
        (told(yesterday), 0, &[]),
    ] {
        let (actions, _) = outcome(vec![ended(clock), held(2)], &terms(days, 0));
        assert_eq!(actions, done, "after {days}");
    }
}

#[test]
fn a_clock_starts_goes_on_and_stops_when_a_contract_returns() {
    let ends_of = |history: ContractHistory| {
        plan_offboarding(&[history, held(2)], &terms(20, 0)).countdown_changes
    };
    let clock = told(TODAY).unwrap();
    assert_eq!(
        ends_of(ended(None)),
        [CountdownChange::Set(whom(1), clock.clone())]
    );
    let earlier = ended(told(date(2026, 9, 10)));
    assert_eq!(ends_of(earlier), [CountdownChange::Set(whom(1), clock)]);
    assert_eq!(ends_of(ended(told(TODAY))), []);
    let back = ContractHistory {
        countdown: told(date(2026, 9, 10)),
        ..held(1)
    };
    assert_eq!(ends_of(back), [CountdownChange::Reset(whom(1))]);
}

#[test]
fn a_clock_neither_starts_nor_goes_on_where_contracts_are_out_of_sight() {
    let unseen = ContractHistory {
        end: ContractEnd::Unseen,
        ..ended(told(date(2026, 9, 10)))
    };
    assert!(
        plan_offboarding(&[unseen, held(2)], &terms(10, 0))
            .countdown_changes
            .is_empty()
    );
    let narrow = OffboardingRules {
        covers_everything: false,
        ..terms(10, 0)
    };
    let due = ended(told(date(2026, 9, 10)));
    let narrowed = plan_offboarding(&[due.clone(), held(2)], &narrow);
    assert!(narrowed.countdown_changes.is_empty() && narrowed.actions.is_empty());
    let mut other = due.clone();
    other.customer = whom(2);
    let vanished = plan_offboarding(&[due, other], &terms(10, 0));
    assert!(vanished.countdown_changes.is_empty() && vanished.actions.is_empty());
    assert_eq!(vanished.remarks[0].kind, RemarkKind::ClocksHeld);
}

#[test]
fn the_days_ahead_are_shown() {
    let found = plan_offboarding(&[ended(told(TODAY)), held(2)], &terms(20, 40));
    let text = &found.remarks[0].text;
    assert!(text.contains("since 2026-09-05"), "{text}");
    assert!(text.contains("disabled on 2026-09-24"), "{text}");
    assert!(text.contains("deleted on 2026-10-14"), "{text}");
}

#[test]
fn deleting_takes_a_disabled_tenant_a_second_key_and_the_flag() {
    let yesterday = date(2026, 9, 14);
    let off = ContractHistory {
        enabled: false,
        ..ended(disabled_by_us(yesterday))
    };
    let with = |history: &ContractHistory, terms: OffboardingRules| {
        outcome(vec![history.clone(), held(2)], &terms)
    };
    assert_eq!(with(&off, terms(5, 10)), (vec!["delete-tenant"], vec![]));
    let without_flag = OffboardingRules {
        allow_delete: false,
        ..terms(5, 10)
    };
    assert_eq!(with(&off, without_flag), (vec![], vec!["delete-due"]));
    assert_eq!(with(&off, terms(5, 0)), (vec![], vec!["deprovision-clock"]));
    let on = ended(told(yesterday));
    assert_eq!(with(&on, terms(5, 10)), (vec!["disable-tenant"], vec![]));
    assert_eq!(with(&on, terms(0, 10)), (vec!["delete-tenant"], vec![]));
}

#[test]
fn disaster_recovery_in_use_and_a_persons_hand_are_left_to_a_person() {
    let yesterday = date(2026, 9, 14);
    let used = DisasterRecoveryUse::Used(vec!["pw_base_adv_dr_storage".to_owned()]);
    let unknown = DisasterRecoveryUse::Unknown("no answer".to_owned());
    for recovery in [used, unknown] {
        let history = ContractHistory {
            recovery,
            ..ended(told(yesterday))
        };
        let found = outcome(vec![history, held(2)], &terms(10, 0));
        assert_eq!(found, (vec![], vec!["left-to-a-person"]));
    }
    let enabled_again = ended(disabled_by_us(yesterday));
    let found = outcome(vec![enabled_again, held(2)], &terms(10, 10));
    assert_eq!(found, (vec![], vec!["left-to-a-person"]));
}

#[test]
fn ending_too_many_at_once_is_refused() {
    let due = |id| ContractHistory {
        customer: whom(id),
        ..ended(told(date(2026, 9, 14)))
    };
    let histories: Vec<ContractHistory> = (1..=3).map(due).chain((4..=11).map(held)).collect();
    let found = plan_offboarding(&histories, &terms(10, 0));
    assert_eq!(found.refusals[0].code, RefusalCode::TooManyEnded);
    assert!(found.refusals[0].text.contains("3 of 11 (27 %)"));
    let histories: Vec<ContractHistory> = (1..=2).map(due).chain((4..=12).map(held)).collect();
    assert!(
        plan_offboarding(&histories, &terms(10, 0))
            .refusals
            .is_empty()
    );
}
