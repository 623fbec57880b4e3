//! Keys, fingerprints, and what is told by which run.

use super::*;
use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::journal_action::JournalAction;
use crate::plan::{
    CompanyRef, Description, FieldChange, LineKey, Reach, Refusal, RefusalCode, Remark, RemarkKind,
    RisingFigure, Value,
};

/// A change of one item of one company: name, company, units before and after.
#[derive(Clone, Debug)]
struct Turn(&'static str, i64, i64, i64);

impl Action for Turn {
    fn describe(&self) -> Description {
        Description {
            stage: 1,
            account: Some(AccountName::new("eu")),
            company: Some(CompanyRef::new(CompanyId(self.1), "Alma")),
            kind: ActionKind::SetQuota,
            subject: self.0.to_owned(),
            changes: vec![FieldChange::new(
                "quota",
                Value::Whole(self.2),
                Value::Whole(self.3),
            )],
            because: Vec::new(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        JournalAction::Other
    }

    fn lane(&self) -> String {
        self.0.to_owned()
    }
}

fn refusal(code: RefusalCode, scope: Reach, approvable: bool) -> Refusal {
    Refusal {
        code,
        text: format!("{code} says no"),
        key: None,
        scope,
        approvable,
    }
}

fn note(kind: RemarkKind, text: &str, needs_person: bool) -> Remark {
    Remark::new(kind, "tenant", text)
        .of_account(&AccountName::new("eu"))
        .of_company(CompanyRef::new(CompanyId(1), "Alma"))
        .for_person_if(needs_person)
}

/// The lowering of these lines waits for approval, for the companies of the lines.
fn lowering(lines: &[Turn]) -> Plan<Turn> {
    let companies = lines.iter().map(|line| CompanyId(line.1)).collect();
    let guard = refusal(
        RefusalCode::FirstLowering,
        Reach::Companies(companies),
        true,
    );
    Plan::new("provision", lines.to_vec(), [], [guard])
}

fn noted(notes: impl IntoIterator<Item = Remark>) -> Plan<Turn> {
    Plan::new("provision", [], notes, [])
}

/// What a run of cron tells of a plan, with what it keeps for the next one.
struct Told {
    view: PlanView,
    pending: Pending,
}

impl Told {
    fn by(plan: &Plan<Turn>, known: Known, telling: Telling) -> Self {
        let mut view = PlanView::from_plan(plan, true);
        let mut pending = Pending::find(plan, RunScope::default(), known);
        pending.suppress_reported(&mut view, telling);
        Self { view, pending }
    }

    fn known(&self) -> Known {
        let kept = self.pending.kept().into_iter();
        Known {
            reported: kept.map(|item| (item.key, item.fingerprint)).collect(),
            ..Known::default()
        }
    }
}

/// Whether each run of a row of plans is silent under `--quiet`.
fn silent(plans: &[Plan<Turn>]) -> Vec<bool> {
    let mut known = Known::default();
    let mut quiet = Vec::new();
    for plan in plans {
        let told = Told::by(plan, known, Telling::Once);
        quiet.push(told.view.is_quiet());
        known = told.known();
    }
    quiet
}

#[test]
fn what_is_held_back_is_told_once_and_again_when_its_figures_change() {
    let seats = |after| lowering(&[Turn("seats", 1, 9, after)]);
    assert_eq!(
        silent(&[seats(5), seats(5), seats(4), seats(4), seats(5)]),
        [false, true, false, true, false]
    );
    let both = || lowering(&[Turn("seats", 1, 9, 5), Turn("vms", 1, 2, 1)]);
    assert_eq!(
        silent(&[seats(5), both(), both(), seats(5)]),
        [false, false, true, false]
    );
}

#[test]
fn a_second_customer_behind_the_same_guard_is_told_by_itself() {
    let one = || lowering(&[Turn("seats", 1, 9, 5)]);
    let two = || lowering(&[Turn("seats", 1, 9, 5), Turn("seats", 2, 9, 5)]);
    assert_eq!(
        silent(&[one(), two(), two(), one()]),
        [false, false, true, true]
    );
    let told = Told::by(&two(), Known::default(), Telling::Once);
    let held = told.pending.held(Some("d1"));
    let companies: Vec<_> = held.iter().map(|one| one.company).collect();
    assert_eq!(companies, [Some(CompanyId(1)), Some(CompanyId(2))]);
    assert!(held.iter().all(|one| one.digest.as_deref() == Some("d1")));
}

#[test]
fn the_json_goes_on_to_hold_what_people_are_not_told_again() {
    let plan = || lowering(&[Turn("seats", 1, 9, 5)]);
    let first = Told::by(&plan(), Known::default(), Telling::Once);
    let second = Told::by(&plan(), first.known(), Telling::Once);
    let held = second.pending.held(second.view.approving_digest());
    assert_eq!(held.len(), 1);
    assert!(held[0].reported);
    assert_eq!(held[0].digest, Some(plan().digest()));
    assert_eq!(held[0].key, first.pending.held(None)[0].key);
    assert_eq!(second.view.gate_result().as_str(), "held");
    // Whoever looks or approves is shown everything.
    let looked = Told::by(&plan(), first.known(), Telling::InFull);
    assert!(!looked.view.is_quiet() && looked.view.refuses_anew());
}

#[test]
fn a_refusal_of_the_whole_run_is_told_by_every_run() {
    let plan = || {
        let guard = refusal(RefusalCode::UsageDropped, Reach::Run, true);
        Plan::new("provision", [Turn("seats", 1, 9, 5)], [], [guard])
    };
    assert_eq!(silent(&[plan(), plan()]), [false, false]);
}

#[test]
fn a_note_is_told_by_its_words_and_a_remark_only_by_what_it_is_about() {
    let person = |text: &str| noted([note(RemarkKind::LineMissing, text, true)]);
    assert_eq!(
        silent(&[person("5 units"), person("5 units"), person("6 units")]),
        [false, true, false]
    );
    let remark = |text: &str| noted([note(RemarkKind::TenantRenamed, text, false)]);
    assert_eq!(
        silent(&[remark("A to B"), remark("A to C"), noted([]), remark("A")]),
        [false, true, true, false]
    );
    // What passes by itself breaks no silence, an account that cannot be read always does.
    let passing = || noted([note(RemarkKind::NotYet, "later", false)]);
    assert_eq!(silent(&[passing(), passing()]), [true, true]);
    let unreadable = || noted([note(RemarkKind::AccountUnreadable, "no answer", true)]);
    assert_eq!(silent(&[unreadable(), unreadable()]), [false, false]);
}

#[test]
fn a_figure_that_moves_every_day_is_told_when_it_rose_a_step_or_its_base_changed() {
    let over = |quota: &str, step| {
        let note = note(RemarkKind::OverUse, &format!("{step} over {quota}"), true);
        let base = quota.to_owned();
        noted([note.clone()]).with_rising([(note, RisingFigure { base, step })])
    };
    let runs = [
        (over("5", 2), false),
        (over("5", 2), true),
        (over("5", 5), false),
        (over("5", 1), true),
        (over("5", 5), true),
        (over("6", 5), false),
        (over("6", 10), false),
    ];
    let (plans, expected): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
    assert_eq!(silent(&plans), expected);
}

#[test]
fn two_notes_about_the_same_thing_are_told_apart() {
    let both = || {
        let notes = ["one", "two"].map(|text| note(RemarkKind::Uneven, text, true));
        noted(notes)
    };
    let told = Told::by(&both(), Known::default(), Telling::Once);
    assert_eq!(told.known().reported.len(), 2);
    assert_eq!(silent(&[both(), both()]), [false, true]);
}

#[test]
fn by_hand_everything_is_told_and_a_remark_breaks_no_silence() {
    let plan = || lowering(&[Turn("seats", 1, 9, 5)]);
    let known = Told::by(&plan(), Known::default(), Telling::Once).known();
    let by_hand = Told::by(&plan(), known, Telling::ByHand);
    assert!(by_hand.view.refuses_anew());
    let remark = noted([note(RemarkKind::TenantRenamed, "A to B", false)]);
    assert!(
        Told::by(&remark, Known::default(), Telling::ByHand)
            .view
            .is_quiet()
    );
}

#[test]
fn what_was_dismissed_is_left_alone_until_its_figures_change() {
    let plan = |after| lowering(&[Turn("seats", 1, 9, after), Turn("seats", 2, 9, 5)]);
    let settled = |plan: &Plan<Turn>| {
        let found = items::of_plan(plan);
        let first = &found[0].item;
        Known {
            dismissed: BTreeMap::from([(first.key.clone(), first.fingerprint.clone())]),
            ..Known::default()
        }
    };
    let known = settled(&plan(5));
    let rest = without_dismissed(&plan(5), &known).unwrap();
    let left: Vec<LineKey> = rest
        .lines()
        .iter()
        .map(|line| line.description.line_key())
        .collect();
    assert_eq!(left, [Turn("seats", 2, 9, 5).describe().line_key()]);
    assert!(without_dismissed(&plan(4), &known).is_none());

    let person = noted([note(RemarkKind::LineMissing, "5 units", true)]);
    let told = Told::by(&person, settled(&person), Telling::InFull);
    assert!(told.view.is_quiet() && told.pending.kept().is_empty());
    let refused = || {
        let guard = refusal(RefusalCode::UsageDropped, Reach::Run, true);
        Plan::new("provision", [Turn("seats", 1, 9, 5)], [], [guard])
    };
    assert!(without_dismissed(&refused(), &settled(&refused())).is_none());
}

#[test]
fn approval_settles_what_may_be_approved_and_nothing_else() {
    let guard = refusal(
        RefusalCode::FirstLowering,
        Reach::Companies([CompanyId(1)].into()),
        true,
    );
    let conflict = refusal(
        RefusalCode::TwoBillingTypes,
        Reach::Nothing(CompanyId(2)),
        false,
    );
    let plan = Plan::new("provision", [Turn("seats", 1, 9, 5)], [], [guard, conflict]);
    let mut told = Told::by(&plan, Known::default(), Telling::InFull);
    assert_eq!(told.pending.held(Some("d")).len(), 2);
    told.pending.approved = true;
    let held = told.pending.held(Some("d"));
    assert_eq!(held.len(), 1);
    assert_eq!(
        (held[0].company, &held[0].digest),
        (Some(CompanyId(2)), &None)
    );
    assert_eq!(told.pending.kept().len(), 1);
}

fn row(subject: &'static str, outcome: ActionOutcome) -> ResultRow {
    ResultRow {
        action: 0,
        description: Turn(subject, 1, 0, 1).describe(),
        outcome,
        held: false,
    }
}

fn refused(words: &str) -> ActionOutcome {
    ActionOutcome::Failed {
        error: words.to_owned(),
        refused: true,
    }
}

/// A plan with these lines.
fn writing(subjects: &[&'static str]) -> Plan<Turn> {
    let lines = subjects.iter().map(|subject| Turn(subject, 1, 0, 1));
    Plan::new("sync-tickets", lines, [], [])
}

/// What a run finds that has these lines to write.
fn written(known: Known, subjects: &[&'static str]) -> Pending {
    let scope = RunScope::default().holding_refused_writes();
    Pending::find(&writing(subjects), scope, known)
}

fn known_after(pending: &Pending) -> Known {
    let kept = pending.kept();
    let reported = kept.iter().cloned();
    Known {
        reported: reported.map(|item| (item.key, item.fingerprint)).collect(),
        refused: kept,
        ..Known::default()
    }
}

/// Which of these rows are held and not told again.
fn held_rows(known: Known, mut rows: Vec<ResultRow>) -> (Vec<bool>, Known) {
    let mut pending = written(known, &["a", "b", "c"]);
    pending.hold_refused(&mut rows);
    let held = rows.iter().map(|row| row.held).collect();
    (held, known_after(&pending))
}

#[test]
fn a_write_that_is_refused_is_held_as_long_as_the_words_stay() {
    let one = || vec![row("a", refused("queue is required"))];
    let (held, known) = held_rows(Known::default(), one());
    assert_eq!(held, [false]);
    let behind = ActionOutcome::Skipped {
        why: crate::report::BEHIND.to_owned(),
    };
    let (held, known) = held_rows(known, vec![one().remove(0), row("b", behind)]);
    assert_eq!(held, [true, true]);
    // Another write that is refused with them is told, and so are other words.
    let two = vec![one().remove(0), row("c", refused("queue is required"))];
    let (held, known) = held_rows(known, two);
    assert_eq!(held, [true, false]);
    let (held, known) = held_rows(known, one());
    assert_eq!(held, [true]);
    let (held, _) = held_rows(known, vec![row("a", refused("source is required"))]);
    assert_eq!(held, [false]);
    let outage = ActionOutcome::Failed {
        error: "no answer".to_owned(),
        refused: false,
    };
    let (_, known) = held_rows(Known::default(), vec![row("a", outage.clone())]);
    assert_eq!(held_rows(known, vec![row("a", outage)]).0, [false]);
}

#[test]
fn a_refused_write_that_was_not_tried_again_stays_held_and_one_that_is_no_more_planned_does_not() {
    let rows = || vec![row("a", refused("no")), row("b", refused("no"))];
    let (_, known) = held_rows(Known::default(), rows());
    let waits = written(known, &["a", "b"]);
    assert_eq!(waits.kept()[0].fingerprint, "set-quota a\nset-quota b");
    // A preview tells it.
    let mut view = PlanView::from_plan(&writing(&["a", "b"]), false);
    let mut preview = written(known_after(&waits), &["a", "b"]);
    preview.suppress_reported(&mut view, Telling::InFull);
    assert!(preview.tells_refused() && !view.is_quiet());
    assert_eq!(preview.held(None).len(), 1);
    // A run of cron shows neither line before it tried.
    let mut view = PlanView::from_plan(&writing(&["a", "b"]), true);
    let mut run = written(known_after(&waits), &["a", "b"]);
    run.suppress_reported(&mut view, Telling::Once);
    assert!(view.is_quiet());
    // One is tried and refused again, the other one is not reached.
    run.hold_refused(&mut rows()[..1]);
    assert_eq!(run.kept()[0].fingerprint, "set-quota a\nset-quota b");
    let known = known_after(&run);
    assert_eq!(written(known, &["c"]).kept(), []);
}

#[test]
fn the_same_figures_in_other_words_are_not_told_again() {
    let gap = |text: &str, units: i64| {
        noted([note(RemarkKind::UnitsChanged, text, true).told_by(&[&units])])
    };
    assert_eq!(
        silent(&[gap("it has 5", 5), gap("5 units", 5), gap("5 units", 6)]),
        [false, true, false]
    );
}

#[test]
fn what_an_older_version_told_by_its_text_is_known_and_known_by_its_figures_from_then_on() {
    let by_text = |text: &str| noted([note(RemarkKind::UnitsChanged, text, true)]);
    let by_figures =
        |text: &str| noted([note(RemarkKind::UnitsChanged, text, true).told_by(&[&5])]);
    let plans = [
        by_text("it has 5"),
        by_figures("it has 5"),
        by_figures("5 units"),
    ];
    assert_eq!(silent(&plans), [false, true, true]);

    let known = Told::by(&plans[0], Known::default(), Telling::Once).known();
    let settled = Known {
        dismissed: known.reported,
        ..Known::default()
    };
    let told = Told::by(&plans[1], settled, Telling::Once);
    assert!(told.view.is_quiet());
    let renewed = told.pending.renewed();
    assert_eq!((renewed.len(), told.pending.kept().len()), (1, 0));
}
