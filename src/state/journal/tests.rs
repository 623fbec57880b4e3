//! Intents, their ends, and what is left of them after a crash.

use jiff::ToSpan;

use super::*;
use crate::state::open::tests::{now, start_run, temporary};

pub(in crate::state) fn intent(run: &RunId, subject: &str, company: i64) -> Intent {
    Intent {
        run: run.clone(),
        command: "provision".to_owned(),
        kind: "create-tenant".to_owned(),
        action: JournalAction::CreateTenant {
            name: subject.to_owned(),
        },
        subject: subject.to_owned(),
        account: Some(AccountName::new("eu")),
        company: Some(CompanyId(company)),
        follow_up: None,
        payload: serde_json::json!({"before": null, "after": {"name": "Alma \"Bakery\""}}),
    }
}

fn subjects(entries: &[Entry]) -> Vec<&str> {
    entries
        .iter()
        .map(|entry| entry.intent.subject.as_str())
        .collect()
}

#[test]
fn an_intent_without_an_outcome_is_uncertain_after_a_crash() {
    let (dir, state) = temporary();
    let run = start_run(&state, "r1");
    let lost = intent(&run, "lost", 1);
    state.intend(&lost, now()).unwrap();
    let done = state.intend(&intent(&run, "done", 2), now()).unwrap();
    let answer = "201".to_owned();
    state
        .settle(done, &Outcome::Done { answer }, now())
        .unwrap();
    drop(state);

    let state = State::open_or_create(&dir.path().join("state.db"), now()).unwrap();
    let found = state.uncertain().unwrap();
    assert_eq!(subjects(&found), ["lost"]);
    assert_eq!(found[0].intent, lost);
    assert_eq!(found[0].outcome, None);
    assert_eq!(found[0].started_by, "root");
    assert_eq!(found[0].at, now());
}

#[test]
fn an_intent_is_on_disk_before_its_request_leaves() {
    let (dir, state) = temporary();
    let run = start_run(&state, "r1");
    state.intend(&intent(&run, "on its way", 1), now()).unwrap();
    // Another handle sees it while ours is still open, as it would after `kill -9`.
    let other = State::open_read_only(&dir.path().join("state.db"));
    let found = other.unwrap().unwrap().uncertain().unwrap();
    assert_eq!(subjects(&found), ["on its way"]);
}

#[test]
fn a_lost_answer_stays_uncertain_until_it_is_resolved() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    let id = state.intend(&intent(&run, "lost", 1), now()).unwrap();
    let error = "timed out after sending".to_owned();
    let outcome = Outcome::Uncertain { error };
    state.settle(id, &outcome, now()).unwrap();
    assert_eq!(state.uncertain().unwrap()[0].outcome, Some(outcome));

    let resolved = Resolved {
        how: Resolution::TookEffect,
        evidence: "tenant 4711 bears our mark".to_owned(),
        at: now() + 1.hour(),
    };
    state.resolve(id, &resolved).unwrap();
    assert!(state.uncertain().unwrap().is_empty());
    let entry = state.journal_entry(id).unwrap().unwrap();
    assert_eq!(entry.resolved.as_ref(), Some(&resolved));
    state.resolve(id, &resolved).unwrap_err();
}

#[test]
fn an_outcome_is_written_once() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    let id = state.intend(&intent(&run, "a", 1), now()).unwrap();
    let error = "409".to_owned();
    let failed = Outcome::Failed { error };
    state.settle(id, &failed, now()).unwrap();
    let answer = "201".to_owned();
    state
        .settle(id, &Outcome::Done { answer }, now())
        .unwrap_err();
    let entry = state.journal_entry(id).unwrap().unwrap();
    assert_eq!(entry.outcome, Some(failed));
    assert_eq!(entry.settled_at, Some(now()));
    let resolved = Resolved {
        how: Resolution::Dismissed,
        evidence: String::new(),
        at: now(),
    };
    state.resolve(id, &resolved).unwrap_err();
}

#[test]
fn an_intent_of_a_run_that_never_started_is_refused() {
    let (_dir, state) = temporary();
    let stray = intent(&RunId::new("none"), "a", 1);
    let error = format!("{:#}", state.intend(&stray, now()).unwrap_err());
    assert!(error.contains("in run none"), "{error}");
}

#[test]
fn history_is_filtered_and_the_newest_comes_first() {
    let (_dir, state) = temporary();
    let (first, second) = (start_run(&state, "r1"), start_run(&state, "r2"));
    for (run, subject, company, hours) in [
        (&first, "a", 1, 0),
        (&first, "b", 2, 1),
        (&second, "c", 1, 2),
    ] {
        let intent = intent(run, subject, company);
        state.intend(&intent, now() + hours.hours()).unwrap();
    }
    let found = |filter: HistoryFilter| {
        let entries = state.history(&filter).unwrap();
        subjects(&entries).concat()
    };
    let any = HistoryFilter::default;
    assert_eq!(found(any()), "cba");
    let run = Some(first.clone());
    assert_eq!(found(HistoryFilter { run, ..any() }), "ba");
    let company = Some(CompanyId(1));
    assert_eq!(found(HistoryFilter { company, ..any() }), "ca");
    let command = Some("sync-tickets".to_owned());
    assert_eq!(found(HistoryFilter { command, ..any() }), "");
    let since = Some(now() + 1.hour());
    assert_eq!(found(HistoryFilter { since, ..any() }), "cb");
    let limit = Some(1);
    assert_eq!(found(HistoryFilter { limit, ..any() }), "c");
    let account = Some(AccountName::new("us"));
    assert_eq!(found(HistoryFilter { account, ..any() }), "");
}

#[test]
fn an_entry_of_a_kind_that_only_a_newer_version_knows_is_listed_like_any_other() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    let id = state.intend(&intent(&run, "Alma", 1), now()).unwrap();
    let newer = r#"{"version":1,"action":{"kind":"merge-tenants","into":"t-2"}}"#;
    let sql = "UPDATE journal SET kind = 'merge-tenants', action = ?2 WHERE id = ?1";
    state
        .write_in_transaction(|tx| Ok(tx.execute(sql, params![id.0, newer])?))
        .unwrap();
    let listed = state.history(&HistoryFilter::default()).unwrap();
    let (kind, action) = (&listed[0].intent.kind, &listed[0].intent.action);
    assert_eq!(
        (kind.as_str(), action),
        ("merge-tenants", &JournalAction::Other)
    );
    assert_eq!(subjects(&state.uncertain().unwrap()), ["Alma"]);
}
