//! Postings, their ends, and the questions asked of them.

use jiff::ToSpan;
use jiff::civil::date;

use super::*;
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{ApplicationId, InfraId};
use crate::domain::journal_action::JournalAction;
use crate::state::journal::{Outcome, Resolution, Resolved};
use crate::state::open::tests::{now, start_run, temporary};
use crate::state::state_changes::StateChange;

fn intent(run: &RunId) -> Intent {
    Intent {
        run: run.clone(),
        command: "sync-billing".to_owned(),
        kind: "post-units".to_owned(),
        action: JournalAction::PostUnits,
        subject: "contract 70".to_owned(),
        account: Some(AccountName::new("eu")),
        company: Some(CompanyId(1)),
        follow_up: None,
        payload: serde_json::json!({"before": 5, "after": 7}),
    }
}

fn posting(company: i64, contract: i64, wanted: i64) -> LedgerPosting {
    LedgerPosting {
        account: AccountName::new("eu"),
        company: CompanyId(company),
        tenant: TenantId::new(&format!("tenant-{company}")),
        item: ItemKey {
            name: "storage".to_owned(),
            infra: Some(InfraId::new("infra")),
            application: ApplicationId::new("app"),
        },
        contract: ContractId(contract),
        contract_service: Some(ContractServiceId(contract * 10)),
        service: ServiceId(3),
        usage: Some("7516192768.50".parse().unwrap()),
        usage_at: Some(now() - 6.hours()),
        arithmetic: "7516192768.50 bytes / 1 GiB = 7.0…, up: 8, minus 1 included".to_owned(),
        price: Some(Decimal::new(1250, 2)),
        wanted,
        units_before: 5,
        effective: date(2026, 8, 1),
        period: Some(date(2026, 8, 1)),
    }
}

fn confirmed(units_after: i64) -> PostingEnd {
    PostingEnd::Confirmed { units_after }
}

fn uncertain() -> PostingEnd {
    let error = "timed out after sending".to_owned();
    PostingEnd::Uncertain { error }
}

/// Posts and confirms.
fn post(state: &State, run: &RunId, posting: &LedgerPosting) -> JournalId {
    let id = state.intend_posting(&intent(run), posting, now()).unwrap();
    let end = confirmed(posting.wanted);
    state.settle_posting(id, &end, now()).unwrap();
    id
}

impl State {
    /// Apart from the journal, which these tests are not about.
    fn settle_posting(&self, id: JournalId, end: &PostingEnd, now: Timestamp) -> Result<()> {
        self.write_in_transaction(|tx| settle_posting(tx, id, end, now))
    }
}

#[test]
fn a_row_tells_the_whole_story_exactly() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    let posting = posting(1, 70, 7);
    let id = state
        .intend_posting(&intent(&run), &posting, now())
        .unwrap();
    let mut expected = LedgerRow {
        journal: id,
        run,
        at: now(),
        posting,
        state: PostingState::Intended,
        units_after: None,
        settled_at: None,
        answer: None,
    };
    assert_eq!(state.open_posting(id).unwrap().as_ref(), Some(&expected));

    let (answer, later) = ("{\"itemId\":null}".to_owned(), now() + 1.second());
    let effect = StateChange::SettlePosting(PostingEnd::Posted {
        answer: answer.clone(),
    });
    let outcome = Outcome::Done {
        answer: answer.clone(),
    };
    state.settle_with(id, &outcome, &[effect], later).unwrap();
    expected.state = PostingState::Posted;
    expected.answer = Some(answer);
    expected.settled_at = Some(later);
    assert_eq!(state.open_posting(id).unwrap().as_ref(), Some(&expected));

    state.settle_posting(id, &confirmed(7), later).unwrap();
    expected.state = PostingState::Confirmed;
    expected.units_after = Some(7);
    let rows = state.read_ledger(&LedgerFilter::default()).unwrap();
    assert_eq!(rows, [expected]);
    assert_eq!(state.open_posting(id).unwrap(), None);
    state.settle_posting(id, &confirmed(8), later).unwrap_err();
}

#[test]
fn a_posting_that_is_sent_again_counts_from_then_and_only_while_it_is_open() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    let first = posting(1, 70, 7);
    let id = state.intend_posting(&intent(&run), &first, now()).unwrap();
    let later = now() + 7.minutes();
    state.send_posting_again(id, "sent again", later).unwrap();
    let open = state.open_posting(id).unwrap().unwrap();
    assert_eq!((open.at, open.state), (later, PostingState::Intended));
    assert_eq!(open.answer.as_deref(), Some("sent again"));

    let done = Outcome::Done {
        answer: "7 units".to_owned(),
    };
    let effects = [
        StateChange::SettlePosting(confirmed(7)),
        StateChange::RememberForm(AdjustmentForm::Service),
    ];
    assert_eq!(state.adjustment_form().unwrap(), None);
    state.settle_with(id, &done, &effects, later).unwrap();
    let form = state.adjustment_form().unwrap();
    assert_eq!(form, Some(AdjustmentForm::Service));
    state.send_posting_again(id, "again", later).unwrap_err();
}

#[test]
fn nothing_more_is_posted_to_a_line_while_an_earlier_posting_is_open() {
    let (dir, state) = temporary();
    let run = start_run(&state, "r1");
    let first = posting(1, 70, 7);
    let id = state.intend_posting(&intent(&run), &first, now()).unwrap();
    drop(state); // killed before the answer came

    let state = State::open_or_create(&dir.path().join("state.db"), now()).unwrap();
    let second = |wanted| state.intend_posting(&intent(&run), &posting(1, 70, wanted), now());
    let refusal = second(7).unwrap_err();
    assert_eq!(
        refusal.downcast_ref::<LineOpen>(),
        Some(&LineOpen {
            contract: ContractId(70),
            service: ServiceId(3)
        })
    );
    assert_eq!(state.uncertain().unwrap().len(), 1, "no stray intent stays");
    state.settle_posting(id, &uncertain(), now()).unwrap();
    second(7).unwrap_err();
    // Another line is free.
    post(&state, &run, &posting(1, 71, 7));

    let resolved = Resolved {
        how: Resolution::TookEffect,
        evidence: "7 units were read".to_owned(),
        at: now(),
    };
    let effect = StateChange::SettlePosting(confirmed(7));
    state.resolve_with(id, &resolved, &[effect]).unwrap();
    second(9).unwrap();
}

#[test]
fn a_line_that_is_still_to_be_created_is_guarded_too() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    let mut new_line = posting(1, 70, 7);
    new_line.contract_service = None;
    let intend = || state.intend_posting(&intent(&run), &new_line, now());
    intend().unwrap();
    assert!(intend().unwrap_err().is::<LineOpen>());
}

#[test]
fn billed_before_is_what_was_last_billed_above_zero() {
    let (_dir, state) = temporary();
    let run = start_run(&state, "r1");
    post(&state, &run, &posting(1, 70, 7));
    post(&state, &run, &posting(2, 71, 7));
    post(&state, &run, &posting(2, 71, 0));
    let companies: Vec<_> = state
        .billed_before(&[])
        .unwrap()
        .iter()
        .map(|row| row.posting.company)
        .collect();
    assert_eq!(companies, [CompanyId(1)]);
}

#[test]
fn rows_are_found_by_run_company_item_and_month() {
    let (_dir, state) = temporary();
    let (first, second) = (start_run(&state, "r1"), start_run(&state, "r2"));
    post(&state, &first, &posting(1, 70, 1));
    post(&state, &first, &posting(2, 71, 2));
    let mut september = posting(1, 70, 3);
    september.effective = date(2026, 9, 1);
    september.item.infra = None;
    post(&state, &second, &september);

    let found = |filter: LedgerFilter| -> Vec<i64> {
        let rows = state.read_ledger(&filter).unwrap();
        rows.iter().map(|row| row.posting.wanted).collect()
    };
    let any = LedgerFilter::default;
    assert_eq!(found(any()), [3, 2, 1]);
    let run = Some(first.clone());
    assert_eq!(found(LedgerFilter { run, ..any() }), [2, 1]);
    let company = Some(CompanyId(1));
    assert_eq!(found(LedgerFilter { company, ..any() }), [3, 1]);
    let item = Some(september.item.clone());
    assert_eq!(found(LedgerFilter { item, ..any() }), [3]);
    let (from, to) = (Some(date(2026, 8, 1)), Some(date(2026, 8, 31)));
    assert_eq!(found(LedgerFilter { from, to, ..any() }), [2, 1]);
    let limit = Some(1);
    assert_eq!(found(LedgerFilter { limit, ..any() }), [3]);
    let account = Some(AccountName::new("us"));
    assert_eq!(found(LedgerFilter { account, ..any() }), [0; 0]);
}
