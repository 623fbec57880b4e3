//! Posts units: intent and ledger row, read, post, read again, settle. Exactly once.

mod other_form;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, anyhow};
use jiff::Timestamp;

use super::plan::{Action, PostUnits};
use super::posting_state::{self, PostCheck, PostingAnswer, PreCheck};
use crate::apply::{BatchEnd, Executor, Unseen};
use crate::autotask::{Adjustment, Autotask, AutotaskWriter, NewContractService};
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::ContractServiceId;
use crate::http::{self, Failure, FailureKind, Sleeper};
use crate::quotas::{self, QuotaExecutor};
use crate::state::State;
use crate::state::journal::{Intent, JournalId};
use crate::state::ledger::{self, PostingEnd};
use crate::state::state_changes::StateChange;

/// Waits between reading the units again after a good answer: they may show a posting late
/// (autotask.md §9).
const SEEN_LATE: &[Duration] = &[
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
];

/// After a lost answer one wait is enough: the next run looks again anyway.
const LOST: &[Duration] = &[Duration::from_millis(200)];

/// Requests of one posting: reading the units, posting, and reading them again once more than there
/// are waits. As many for the other form, which begins with reading the line.
const POSTING_MAX: u64 = 6;
/// Requests for a line that is not there yet: looking, making, looking again.
const MAKING_MAX: u64 = 3;

/// Posts adjustments and believes the units, not the answers.
pub(super) struct UnitExecutor<'a> {
    pub(super) state: &'a State,
    /// The time that rows are stamped with.
    pub(super) stamp: &'a (dyn Fn() -> Timestamp + Sync),
    pub(super) quotas: QuotaExecutor<'a>,
    pub(super) autotask: &'a Autotask,
    pub(super) writer: AutotaskWriter<'a>,
    pub(super) interrupt: &'a AtomicBool,
    pub(super) sleeper: &'a dyn Sleeper,
}

impl fmt::Debug for UnitExecutor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poster").finish_non_exhaustive()
    }
}

impl Executor<Action> for UnitExecutor<'_> {
    fn intend(
        &self,
        state: &State,
        action: &Action,
        intent: &Intent,
        now: Timestamp,
    ) -> Result<JournalId> {
        match action {
            Action::PostUnits(post) => {
                let posting = ledger_posting(post);
                if post.supersedes {
                    return state.supersede_posting(intent, &posting, now);
                }
                state.intend_posting(intent, &posting, now)
            }
            Action::Quota(_) => state.intend(intent, now),
        }
    }

    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> BatchEnd {
        if let ([Action::PostUnits(post)], [intent]) = (batch, intents) {
            return self.post_units(post, *intent);
        }
        let quotas: Vec<&quotas::Action> = batch
            .iter()
            .filter_map(|action| match action {
                Action::Quota(quota) => Some(quota.as_ref()),
                Action::PostUnits(_) => None,
            })
            .collect();
        if quotas.len() == batch.len() {
            return self.quotas.execute(&quotas, intents);
        }
        // Postings have no batch: each goes alone.
        BatchEnd::from(Err(anyhow!("postings are sent one at a time")))
    }
}

/// The row of the ledger.
fn ledger_posting(post: &PostUnits) -> ledger::LedgerPosting {
    ledger::LedgerPosting {
        account: post.account.clone(),
        company: post.party.id,
        tenant: post.tenant.clone(),
        item: post.item.clone(),
        contract: post.contract,
        contract_service: post.line,
        service: post.service,
        usage: post.usage,
        usage_at: post.usage_at,
        arithmetic: post.arithmetic.clone(),
        price: post.price,
        wanted: post.wanted,
        units_before: post.before,
        effective: post.effective,
        period: post.period,
    }
}

impl UnitExecutor<'_> {
    /// A posting is begun only when the budget covers reading its units again, so that none is left
    /// uncertain because of it.
    fn post_units(&self, post: &PostUnits, intent: JournalId) -> BatchEnd {
        let making = if post.line.is_some() { 0 } else { MAKING_MAX };
        let what = format!("posting units to contract {}", post.contract);
        let _reservation = match self.autotask.reserve_requests(POSTING_MAX + making, &what) {
            Ok(kept) => kept,
            Err(failure) => return end_unposted(failure.into()),
        };
        match self.find_or_create_line(post).and_then(|line| {
            let units = self.read_units(line, post)?;
            Ok((line, units))
        }) {
            Ok((line, units)) => self.post_if_unchanged(post, intent, line, units),
            // Nothing was posted: reading, or making the line, failed.
            Err(failure) => end_unposted(failure.with_effect(http::Effect::None).into()),
        }
    }

    fn post_if_unchanged(
        &self,
        post: &PostUnits,
        intent: JournalId,
        line: ContractServiceId,
        units: i64,
    ) -> BatchEnd {
        let posting = expected_units(post);
        match posting_state::check_before(posting, units) {
            PreCheck::Post => self.send_adjustment(post, intent, line),
            PreCheck::AlreadyThere => {
                let words = format!("nothing was posted: the line already has {units} units");
                let error = words.clone();
                BatchEnd::from_answer(words, vec![settle_posting(PostingEnd::Failed { error })])
            }
            PreCheck::Moved => end_unposted(anyhow!(
                "nothing was posted: the line now has {units} units, not {} as planned; the next \
                 run makes a new plan",
                post.before
            )),
        }
    }

    /// Sends it in the form that worked last, and once more in the other form when the first is
    /// refused and nothing changed.
    fn send_adjustment(
        &self,
        post: &PostUnits,
        intent: JournalId,
        line: ContractServiceId,
    ) -> BatchEnd {
        let form = match self.state.adjustment_form() {
            Ok(form) => form.unwrap_or_default(),
            Err(error) => return end_unposted(error),
        };
        let sent = self.adjust_in_form(post, line, form);
        match (self.read_back(post, line, classify_answer(&sent)), sent) {
            (Ok((units, PostCheck::Failed)), Err(refusal))
                if units == post.before && is_about_form(&refusal) =>
            {
                self.send_other(post, intent, line, (form, refusal))
            }
            // The other form was not tried: the next run begins anew.
            (Err(reading), Err(refusal)) if is_about_form(&refusal) => end_unposted(
                anyhow::Error::from(reading.with_effect(http::Effect::None))
                    .context(format!("{refusal}, and the units could not be read again")),
            ),
            (Ok((units, after)), sent) => end_after_check(post, sent, units, after),
            (Err(failure), sent) => end_unread(sent, failure),
        }
    }

    fn adjust_in_form(
        &self,
        post: &PostUnits,
        line: ContractServiceId,
        form: AdjustmentForm,
    ) -> Result<(), Failure> {
        self.writer.adjust_units(&Adjustment {
            contract: post.contract,
            line,
            service: post.service,
            form,
            change: post.unit_change(),
            effective: post.effective,
        })
    }

    /// Reads the units until they show what was posted, a few times.
    fn read_back(
        &self,
        post: &PostUnits,
        line: ContractServiceId,
        answer: PostingAnswer,
    ) -> Result<(i64, PostCheck), Failure> {
        let waits = match answer {
            PostingAnswer::Good => SEEN_LATE,
            PostingAnswer::Lost | PostingAnswer::Refused | PostingAnswer::SecondOnDay => LOST,
        };
        let mut waits = waits.iter();
        loop {
            let units = self.read_units(line, post)?;
            let after = posting_state::check_after(expected_units(post), answer, units);
            let may_change = matches!(after, PostCheck::NotYetSeen | PostCheck::Unknown);
            match waits.next() {
                Some(wait) if may_change => self.sleeper.sleep(*wait, self.interrupt),
                Some(_) | None => return Ok((units, after)),
            }
        }
    }

    fn read_units(&self, line: ContractServiceId, post: &PostUnits) -> Result<i64, Failure> {
        let day = post.effective;
        let rows = self.autotask.units_of_line(line, day, day)?;
        Ok(rows.units_on(day))
    }

    /// The line, made when it is to be: looked for first, since an earlier answer may have been
    /// lost. An adjustment that names contract and service would make it silently.
    fn find_or_create_line(&self, post: &PostUnits) -> Result<ContractServiceId, Failure> {
        if let Some(line) = post.line {
            return Ok(line);
        }
        if let Some(line) = self.find_line(post)? {
            return Ok(line);
        }
        let new = NewContractService {
            contract: post.contract,
            service: post.service,
        };
        match self.writer.create_contract_service(&new) {
            Ok(line) => Ok(line),
            Err(failure) if failure.effect == http::Effect::Unknown => {
                self.find_line(post)?.ok_or(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    fn find_line(&self, post: &PostUnits) -> Result<Option<ContractServiceId>, Failure> {
        let lines = self.autotask.services_on(&[post.contract])?;
        let found = lines.into_iter().find(|line| line.service == post.service);
        Ok(found.map(|line| line.id))
    }
}

fn expected_units(post: &PostUnits) -> posting_state::ExpectedUnits {
    posting_state::ExpectedUnits {
        before: post.before,
        wanted: post.wanted,
    }
}

fn classify_answer(sent: &Result<(), Failure>) -> PostingAnswer {
    match sent {
        Ok(()) => PostingAnswer::Good,
        Err(failure) if failure.effect == http::Effect::Unknown => PostingAnswer::Lost,
        Err(failure) => match &failure.message {
            Some(text) if crate::autotask::is_second_adjustment(text) => PostingAnswer::SecondOnDay,
            Some(_) | None => PostingAnswer::Refused,
        },
    }
}

/// Whether the service said no to the way the line was named, in words.
fn is_about_form(failure: &Failure) -> bool {
    failure.kind == FailureKind::Rejected
        && failure.effect == http::Effect::None
        && (failure.message.as_deref()).is_some_and(crate::autotask::is_about_form)
}

fn settle_posting(end: PostingEnd) -> StateChange {
    StateChange::SettlePosting(end)
}

/// An end that certainly posted no units, whatever was lost before it.
fn end_unposted(error: anyhow::Error) -> BatchEnd {
    let effect = settle_posting(PostingEnd::Failed {
        error: format!("{error:#}"),
    });
    BatchEnd {
        result: Err(error.context("no units were posted")),
        effects: vec![effect],
    }
}

fn end_after_check(
    post: &PostUnits,
    sent: Result<(), Failure>,
    units: i64,
    after: PostCheck,
) -> BatchEnd {
    let answer = sent
        .as_ref()
        .map_or_else(ToString::to_string, |()| "200".to_owned());
    match (after, sent) {
        (PostCheck::Confirmed, _) => BatchEnd::from_answer(
            format!("{units} units from {} ({answer})", post.effective),
            vec![settle_posting(PostingEnd::Confirmed { units_after: units })],
        ),
        (PostCheck::NotOurs, _) => {
            let why = format!(
                "somebody else's change: Autotask refused this one ({answer}), and the line \
                 already has {units} units"
            );
            let effect = settle_posting(PostingEnd::Overtaken { why: why.clone() });
            BatchEnd::from_answer(format!("nothing was posted: {why}"), vec![effect])
        }
        (PostCheck::Failed, Err(failure)) => end_refused(failure),
        (
            PostCheck::Unknown | PostCheck::ConcurrentChange | PostCheck::NotYetSeen,
            Err(failure),
        ) => {
            let text = format!(
                "the line has {units} units; the next run reads it again before it \
                                posts"
            );
            BatchEnd {
                result: Err(anyhow::Error::from(failure).context(text)),
                effects: vec![settle_posting(PostingEnd::Uncertain { error: answer })],
            }
        }
        (
            PostCheck::Unknown
            | PostCheck::ConcurrentChange
            | PostCheck::NotYetSeen
            | PostCheck::Failed,
            Ok(()),
        ) => {
            let text = format!(
                "Autotask accepted the posting, but the line has {units} units and not {}; the \
                 next run reads it again before it posts",
                post.wanted
            );
            BatchEnd {
                result: Err(Unseen(text).into()),
                effects: vec![settle_posting(PostingEnd::Posted { answer })],
            }
        }
    }
}

/// Autotask said no. Its own words are kept where there are some: the same again would be refused
/// again, and a person has to mend it. Anything else (a throttle, an outage at the door) is tried
/// again by the next run.
fn end_refused(failure: Failure) -> BatchEnd {
    let end = match (&failure.message, failure.kind) {
        (Some(answer), FailureKind::Rejected | FailureKind::Conflict) => PostingEnd::Refused {
            answer: answer.clone(),
        },
        (Some(_) | None, _) => PostingEnd::Failed {
            error: failure.to_string(),
        },
    };
    BatchEnd {
        result: Err(failure.into()),
        effects: vec![settle_posting(end)],
    }
}

/// The units could not be read again: the answer alone is not believed.
fn end_unread(sent: Result<(), Failure>, reading: Failure) -> BatchEnd {
    match sent {
        Err(failure) if failure.effect == http::Effect::None => end_refused(failure),
        Err(failure) => {
            let error = failure.to_string();
            BatchEnd {
                result: Err(failure.into()),
                effects: vec![settle_posting(PostingEnd::Uncertain { error })],
            }
        }
        Ok(()) => {
            let text = "Autotask accepted the posting, but the units could not be read again";
            let answer = "200".to_owned();
            BatchEnd {
                result: Err(
                    anyhow::Error::from(reading.with_effect(http::Effect::Unknown)).context(text),
                ),
                effects: vec![settle_posting(PostingEnd::Posted { answer })],
            }
        }
    }
}
