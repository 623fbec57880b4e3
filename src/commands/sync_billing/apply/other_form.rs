//! The second sending of an adjustment, naming its line the other way (autotask.md §8.5).

use super::super::plan::PostUnits;
use super::{
    POSTING_MAX, UnitExecutor, classify_answer, end_after_check, end_refused, end_unposted,
    end_unread,
};
use crate::apply::BatchEnd;
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::ContractServiceId;
use crate::http::{self, Failure};
use crate::state::journal::JournalId;
use crate::state::ledger::PostingEnd;
use crate::state::state_changes::StateChange;

impl UnitExecutor<'_> {
    /// Sends the other form, once, after `first` was refused and the units were seen unchanged. With
    /// contract and service Autotask would make a line that is not there, and cannot tell two of one
    /// service apart: so the line is read again first.
    pub(super) fn send_other(
        &self,
        post: &PostUnits,
        intent: JournalId,
        line: ContractServiceId,
        first: (AdjustmentForm, Failure),
    ) -> BatchEnd {
        let what = format!(
            "posting units to contract {} in the other form",
            post.contract
        );
        let _reservation = match self.autotask.reserve_requests(POSTING_MAX, &what) {
            Ok(kept) => kept,
            Err(failure) => return end_unposted(failure.into()),
        };
        match self.is_only_line(post, line) {
            Ok(true) => {}
            Ok(false) => return end_refused(first.1),
            Err(reading) => return end_unposted(reading.with_effect(http::Effect::None).into()),
        }
        let form = first.0.other_form();
        let first = describe_answer(&first.1, first.0);
        let why = format!("{first}; sent again with {}", form.line_field());
        if let Err(error) = (self.state).send_posting_again(intent, &why, (self.stamp)()) {
            return end_unposted(error);
        }
        let sent = self.adjust_in_form(post, line, form);
        let second = sent
            .as_ref()
            .err()
            .map(|failure| describe_answer(failure, form));
        let end = match self.read_back(post, line, classify_answer(&sent)) {
            Ok((units, after)) => end_after_check(post, sent, units, after),
            Err(failure) => end_unread(sent, failure),
        };
        with_both_answers(end, form, &first, second)
    }

    /// Whether the line is the one of its service on the contract.
    fn is_only_line(&self, post: &PostUnits, line: ContractServiceId) -> Result<bool, Failure> {
        let lines = self.autotask.services_on(&[post.contract])?;
        let mut same = lines.iter().filter(|other| other.service == post.service);
        Ok(same.next().is_some_and(|only| only.id == line) && same.next().is_none())
    }
}

/// What worked is remembered; where nothing did, both answers are told.
fn with_both_answers(
    mut end: BatchEnd,
    form: AdjustmentForm,
    first: &str,
    second: Option<String>,
) -> BatchEnd {
    if end.result.is_ok() && end.effects.iter().any(is_confirmed) {
        end.effects.push(StateChange::RememberForm(form));
    }
    for effect in &mut end.effects {
        if let (StateChange::SettlePosting(PostingEnd::Refused { answer }), Some(second)) =
            (effect, &second)
        {
            *answer = format!("{first}; {second}");
        }
    }
    end.result = end.result.map_err(|error| error.context(first.to_owned()));
    end
}

fn is_confirmed(effect: &StateChange) -> bool {
    matches!(
        effect,
        StateChange::SettlePosting(PostingEnd::Confirmed { .. })
    )
}

/// The service's words about one form.
fn describe_answer(failure: &Failure, form: AdjustmentForm) -> String {
    let words = failure.message.as_deref().unwrap_or("no answer");
    format!("refused with {}: {words}", form.line_field())
}
