//! The second sending of an adjustment, naming its line the other way (autotask.md §8.5).

use super::super::plan::Post;
use super::{POSTING_MAX, Poster, answer, ended, failed, refused, unread};
use crate::apply::End;
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::ContractServiceId;
use crate::http::{self, Failure};
use crate::state::effects::Effect;
use crate::state::journal::JournalId;
use crate::state::ledger::PostingEnd;

impl Poster<'_> {
    /// Sends the other form, once, after `first` was refused and the units were seen unchanged. With
    /// contract and service Autotask would make a line that is not there, and cannot tell two of one
    /// service apart: so the line is read again first.
    pub(super) fn send_other(
        &self,
        post: &Post,
        intent: JournalId,
        line: ContractServiceId,
        first: (AdjustmentForm, Failure),
    ) -> End {
        let what = format!(
            "posting units to contract {} in the other form",
            post.contract
        );
        let _reservation = match self.autotask.reserve_requests(POSTING_MAX, &what) {
            Ok(kept) => kept,
            Err(failure) => return failed(failure.into()),
        };
        match self.is_only_line(post, line) {
            Ok(true) => {}
            Ok(false) => return refused(first.1),
            Err(reading) => return failed(reading.with_effect(http::Effect::None).into()),
        }
        let form = first.0.other();
        let first = said(&first.1, first.0);
        let why = format!("{first}; sent again with {}", form.field());
        if let Err(error) = (self.state).send_posting_again(intent, &why, (self.stamp)()) {
            return failed(error);
        }
        let sent = self.adjust(post, line, form);
        let second = sent.as_ref().err().map(|failure| said(failure, form));
        let end = match self.read_back(post, line, answer(&sent)) {
            Ok((units, after)) => ended(post, sent, units, after),
            Err(failure) => unread(sent, failure),
        };
        told_of_both(end, form, &first, second)
    }

    /// Whether the line is the one of its service on the contract.
    fn is_only_line(&self, post: &Post, line: ContractServiceId) -> Result<bool, Failure> {
        let lines = self.autotask.services_on(&[post.contract])?;
        let mut same = lines.iter().filter(|other| other.service == post.service);
        Ok(same.next().is_some_and(|only| only.id == line) && same.next().is_none())
    }
}

/// What worked is remembered; where nothing did, both answers are told.
fn told_of_both(mut end: End, form: AdjustmentForm, first: &str, second: Option<String>) -> End {
    if end.result.is_ok() && end.effects.iter().any(is_confirmed) {
        end.effects.push(Effect::RememberForm(form));
    }
    for effect in &mut end.effects {
        if let (Effect::SettlePosting(PostingEnd::Refused { answer }), Some(second)) =
            (effect, &second)
        {
            *answer = format!("{first}; {second}");
        }
    }
    end.result = end.result.map_err(|error| error.context(first.to_owned()));
    end
}

fn is_confirmed(effect: &Effect) -> bool {
    matches!(effect, Effect::SettlePosting(PostingEnd::Confirmed { .. }))
}

/// The service's words about one form.
fn said(failure: &Failure, form: AdjustmentForm) -> String {
    let words = failure.message.as_deref().unwrap_or("no answer");
    format!("refused with {}: {words}", form.field())
}
