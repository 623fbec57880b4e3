//! Lanes, batches and stop rules, against a real state file.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AccountName, ApplicationId, ItemKey, ServiceId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::units::{Measure, Unit};
use crate::http::{Method, Url};
use crate::plan::{FieldChange, Plan, Value};
use crate::report::{Format, ProgressBars};
use crate::state::runs::RunStart;

/// A step of a lane; steps of one group share a request.
#[derive(Clone, Debug)]
struct Step {
    lane: &'static str,
    stage: u8,
    group: Option<&'static str>,
}

impl Action for Step {
    fn describe(&self) -> Description {
        Description {
            stage: self.stage,
            account: None,
            company: None,
            kind: ActionKind::SetQuota,
            subject: format!("{}{}", self.lane, self.stage),
            changes: vec![FieldChange::added_field("to", Value::Whole(1))],
            because: Vec::new(),
        }
    }

    fn to_journal(&self) -> JournalAction {
        JournalAction::Other
    }

    fn lane(&self) -> String {
        self.lane.to_owned()
    }

    fn batch(&self) -> Option<String> {
        self.group.map(str::to_owned)
    }
}

/// Fails where it is told to, and counts its requests.
struct Script {
    fail: fn(&str) -> Option<Failure>,
    requests: AtomicUsize,
}

impl Executor<Step> for Script {
    fn execute(&self, batch: &[&Step], intents: &[JournalId]) -> BatchEnd {
        assert_eq!(batch.len(), intents.len());
        self.requests.fetch_add(1, Ordering::Relaxed);
        let failure = batch
            .iter()
            .find_map(|step| (self.fail)(&step.describe().subject));
        let result = failure.map_or_else(|| Ok("ok".to_owned()), |failure| Err(failure.into()));
        result.into()
    }
}

fn failure(kind: FailureKind, effect: http::Effect) -> Failure {
    let url = Url::parse("https://host.example/").unwrap();
    Failure::new(kind, "stepping", Method::POST, &url).with_effect(effect)
}

fn outcomes(
    steps: Vec<Step>,
    script: &dyn Executor<Step>,
    interrupted: bool,
) -> (Vec<String>, usize) {
    let dir = tempfile::tempdir().unwrap();
    let now: Timestamp = "2026-09-15T08:00:00Z".parse().unwrap();
    let state = State::open_or_create(&dir.path().join("state.db"), now).unwrap();
    let run = RunId::new("r1");
    let start = RunStart {
        id: run.clone(),
        command: "test".to_owned(),
        started_by: "me".to_owned(),
        dry_run: false,
        started_at: now,
    };
    state.start_run(&start).unwrap();
    let report = Report::new(Format::Table, true, ProgressBars::new(true));
    let context = Context {
        run: &run,
        command: "test",
        now: &|| Timestamp::UNIX_EPOCH,
        state: &state,
        report: &report,
        interrupt: &AtomicBool::new(interrupted),
    };
    let approved = Plan::new("test", steps, [], []).approve(None).unwrap();
    let tally = apply_plan(&approved, &context, script);
    let rows = tally
        .rows
        .iter()
        .map(|row| format!("{} {}", row.description.subject, row.outcome.as_str()));
    (rows.collect(), state.uncertain().unwrap().len())
}

fn step(lane: &'static str, stage: u8) -> Step {
    Step {
        lane,
        stage,
        group: None,
    }
}

#[test]
fn a_failure_stops_its_own_lane_and_no_other() {
    let script = Script {
        fail: |subject| {
            (subject == "a1").then(|| failure(FailureKind::Conflict, http::Effect::None))
        },
        requests: AtomicUsize::new(0),
    };
    let steps = vec![step("a", 1), step("a", 2), step("b", 1), step("b", 2)];
    let (rows, open) = outcomes(steps, &script, false);
    assert_eq!(rows, ["a1 failed", "b1 done", "a2 skipped", "b2 done"]);
    assert_eq!(open, 0);
}

#[test]
fn a_lost_answer_leaves_an_intent_for_the_next_run() {
    let script = Script {
        fail: |_| Some(failure(FailureKind::Timeout, http::Effect::Unknown)),
        requests: AtomicUsize::new(0),
    };
    let (rows, open) = outcomes(vec![step("a", 1)], &script, false);
    assert_eq!((rows, open), (vec!["a1 uncertain".to_owned()], 1));
}

#[test]
fn neighbours_of_one_batch_share_a_request_and_its_outcome() {
    let script = Script {
        fail: |_| None,
        requests: AtomicUsize::new(0),
    };
    let grouped = |stage| Step {
        lane: "a",
        stage,
        group: Some("g"),
    };
    let (rows, _) = outcomes(vec![grouped(1), grouped(2), step("a", 3)], &script, false);
    assert_eq!(rows, ["a1 done", "a2 done", "a3 done"]);
    assert_eq!(script.requests.load(Ordering::Relaxed), 2);
}

#[test]
fn lost_credentials_and_an_interrupt_stop_what_has_not_begun() {
    let script = Script {
        fail: |_| Some(failure(FailureKind::Unauthorized, http::Effect::None)),
        requests: AtomicUsize::new(0),
    };
    let lanes = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let steps = lanes
        .iter()
        .flat_map(|lane| [step(lane, 1), step(lane, 2)])
        .collect();
    let (rows, _) = outcomes(steps, &script, false);
    let failed = rows.iter().filter(|row| row.ends_with("failed")).count();
    assert!(failed <= LANES_MAX, "{rows:?}");
    let (rows, _) = outcomes(vec![step("a", 1)], &script, true);
    assert_eq!(rows, ["a1 skipped"]);
}

/// Does what it is told and wants two items remembered with one service, which the state refuses.
struct Clash;

impl Executor<Step> for Clash {
    fn execute(&self, _: &[&Step], _: &[JournalId]) -> BatchEnd {
        let link = |name: &str| {
            StateChange::SaveProduct(ProductLink {
                account: AccountName::new("eu"),
                item: ItemKey {
                    name: name.to_owned(),
                    infra: None,
                    application: ApplicationId::new("app"),
                },
                edition: None,
                choice: MappingChoice::Service {
                    id: ServiceId(7),
                    name: "Seven".to_owned(),
                },
                measure: Measure::of_unit(Unit::Count),
            })
        };
        BatchEnd::from_answer("made".to_owned(), vec![link("one"), link("other")])
    }
}

#[test]
fn what_cannot_be_kept_is_uncertain_and_not_done() {
    let (rows, open) = outcomes(vec![step("a", 1)], &Clash, false);
    assert_eq!((rows, open), (vec!["a1 uncertain".to_owned()], 1));
}
