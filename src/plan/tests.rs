//! Digests, approval, and what is not shown again.

use super::RefusalCode;
use std::collections::BTreeSet;

use super::*;
use crate::domain::action_kind::ActionKind;
use crate::domain::ids::CompanyId;
use crate::domain::journal_action::JournalAction;

#[derive(Clone, Debug)]
struct Turn(u8, &'static str, i64);

impl Action for Turn {
    fn describe(&self) -> Description {
        Description {
            stage: self.0,
            account: None,
            company: Some(CompanyRef::new(CompanyId(1), "Alma Bakery")),
            kind: ActionKind::SetQuota,
            subject: self.1.to_owned(),
            changes: vec![FieldChange::added_field("to", Value::Whole(self.2))],
            because: vec![format!("seen {} times", self.2)],
        }
    }

    fn to_journal(&self) -> JournalAction {
        JournalAction::Other
    }

    fn lane(&self) -> String {
        self.1.to_owned()
    }
}

fn plan(actions: Vec<Turn>, refusals: Vec<Refusal>) -> Plan<Turn> {
    Plan::new("test", actions, [], refusals)
}

fn refusal(scope: Reach, approvable: bool) -> Refusal {
    Refusal {
        code: RefusalCode::TooManyEnded,
        text: "too much".to_owned(),
        key: None,
        scope,
        approvable,
    }
}

#[test]
fn the_order_of_the_facts_does_not_matter() {
    let one = plan(
        vec![Turn(2, "b", 1), Turn(1, "c", 1), Turn(2, "a", 1)],
        vec![],
    );
    let two = plan(
        vec![Turn(2, "a", 1), Turn(2, "b", 1), Turn(1, "c", 1)],
        vec![],
    );
    let order = |plan: &Plan<Turn>| -> Vec<&str> {
        plan.lines().iter().map(|line| line.action.1).collect()
    };
    assert_eq!(order(&one), ["c", "a", "b"]);
    assert_eq!(order(&one), order(&two));
    assert_eq!(one.digest(), two.digest());
    assert_ne!(one.digest(), plan(vec![Turn(1, "c", 2)], vec![]).digest());
}

#[test]
fn a_refused_line_is_held_and_the_others_go_on() {
    let held = Turn(1, "a", 1).describe();
    let plan = plan(
        vec![Turn(1, "a", 1), Turn(1, "b", 1)],
        vec![refusal(Reach::of_line(&held), true)],
    );
    let approved = plan.approve(None).unwrap();
    assert!(approved.is_refused());
    assert_eq!(approved.lines()[0].action.1, "b");
    assert_eq!(plan.approve(Some(&plan.digest())).unwrap().lines().len(), 2);
}

#[test]
fn a_refusal_of_the_run_is_lifted_only_by_the_digest_of_that_very_plan() {
    let plan = plan(vec![Turn(1, "a", 1)], vec![refusal(Reach::Run, true)]);
    assert!(matches!(
        plan.approve(None),
        Err(ApprovalDenied::Refused { .. })
    ));
    assert!(matches!(
        plan.approve(Some("0")),
        Err(ApprovalDenied::OtherPlan { .. })
    ));
    assert_eq!(plan.approve(Some(&plan.digest())).unwrap().lines().len(), 1);
}

#[test]
fn what_is_held_back_keeps_its_digest_once_the_rest_is_done() {
    let held = Turn(1, "a", 1);
    let guard = || refusal(Reach::of_line(&held.describe()), true);
    let no_line = || Refusal {
        code: RefusalCode::NoUnits,
        ..refusal(Reach::Nothing(CompanyId(1)), false)
    };
    let whole = plan(
        vec![held.clone(), Turn(1, "b", 1)],
        vec![guard(), no_line()],
    );
    let next = || plan(vec![held.clone()], vec![guard(), no_line()]);
    assert_eq!(whole.digest_of_held(), next().digest());
    assert_ne!(whole.digest_of_held(), whole.digest());
}

#[test]
fn what_a_person_settled_by_hand_is_no_part_of_the_plan_and_not_approved_with_the_rest() {
    let (held, other) = (Turn(1, "a", 1), Turn(1, "b", 1));
    let guard = refusal(Reach::of_lines([&held.describe(), &other.describe()]), true);
    let no_line = refusal(Reach::Nothing(CompanyId(1)), false);
    let whole = plan(vec![held.clone(), other.clone()], vec![guard, no_line]);
    let settled = BTreeSet::from([held.describe().line_key()]);
    let rest = whole.without_dismissed(&settled, &BTreeSet::new());
    assert_ne!(rest.digest(), whole.digest());
    assert_eq!((rest.lines().len(), rest.refusals().len()), (1, 2));
    let approved = rest.approve(Some(&rest.digest())).unwrap();
    assert_eq!(approved.lines()[0].action.1, "b");
    assert_eq!(approved.lines()[0].position, 0);

    let both = BTreeSet::from([held.describe().line_key(), other.describe().line_key()]);
    let places: BTreeSet<usize> = (0..2)
        .filter(|at| whole.refusals()[*at].scope == Reach::Nothing(CompanyId(1)))
        .collect();
    let nothing = whole.without_dismissed(&both, &places);
    assert!(nothing.lines().is_empty() && nothing.refusals().is_empty());
    let stopped = plan(vec![held.clone()], vec![refusal(Reach::Run, true)]);
    let stopped = stopped.without_dismissed(&settled, &BTreeSet::new());
    assert!(matches!(
        stopped.approve(None),
        Err(ApprovalDenied::Refused { .. })
    ));
}

#[test]
fn what_no_person_may_approve_stays_refused() {
    let scope = Reach::Companies(BTreeSet::from([CompanyId(1)]));
    let plan = plan(vec![Turn(1, "a", 1)], vec![refusal(scope, false)]);
    let approved = plan.approve(Some(&plan.digest())).unwrap();
    assert_eq!((approved.lines().len(), approved.is_refused()), (0, true));
}
