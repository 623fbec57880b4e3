//! Posts units: intent and ledger row, read, post, read again, settle. Exactly once.

mod other_form;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Result, anyhow};
use jiff::Timestamp;

use super::plan::{Action, Post};
use super::verdict::{self, After, Answer, Before};
use crate::apply::{End, Executor, Unseen};
use crate::autotask::{Adjustment, Autotask, NewContractService, Writer};
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::ContractServiceId;
use crate::http::{self, Failure, Kind, Sleeper};
use crate::quotas::{self, Setter};
use crate::state::State;
use crate::state::effects::Effect;
use crate::state::journal::{Intent, JournalId};
use crate::state::ledger::{self, PostingEnd};

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
pub(super) struct Poster<'a> {
    pub(super) state: &'a State,
    /// The time that rows are stamped with.
    pub(super) stamp: &'a (dyn Fn() -> Timestamp + Sync),
    pub(super) quotas: Setter<'a>,
    pub(super) autotask: &'a Autotask,
    pub(super) writer: Writer<'a>,
    pub(super) interrupt: &'a AtomicBool,
    pub(super) sleeper: &'a dyn Sleeper,
}

impl fmt::Debug for Poster<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poster").finish_non_exhaustive()
    }
}

impl Executor<Action> for Poster<'_> {
    fn intend(
        &self,
        state: &State,
        action: &Action,
        intent: &Intent,
        now: Timestamp,
    ) -> Result<JournalId> {
        match action {
            Action::Post(post) => {
                let posting = written(post);
                if post.supersedes {
                    return state.supersede_posting(intent, &posting, now);
                }
                state.intend_posting(intent, &posting, now)
            }
            Action::Quota(_) => state.intend(intent, now),
        }
    }

    fn execute(&self, batch: &[&Action], intents: &[JournalId]) -> End {
        if let ([Action::Post(post)], [intent]) = (batch, intents) {
            return self.post(post, *intent);
        }
        let quotas: Vec<&quotas::Action> = batch
            .iter()
            .filter_map(|action| match action {
                Action::Quota(quota) => Some(quota.as_ref()),
                Action::Post(_) => None,
            })
            .collect();
        if quotas.len() == batch.len() {
            return self.quotas.execute(&quotas, intents);
        }
        // Postings have no batch: each goes alone.
        End::from(Err(anyhow!("postings are sent one at a time")))
    }
}

/// The row of the ledger.
fn written(post: &Post) -> ledger::Posting {
    ledger::Posting {
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

impl Poster<'_> {
    /// A posting is begun only when the budget covers reading its units again, so that none is left
    /// uncertain because of it.
    fn post(&self, post: &Post, intent: JournalId) -> End {
        let making = if post.line.is_some() { 0 } else { MAKING_MAX };
        let what = format!("posting units to contract {}", post.contract);
        let _reservation = match self.autotask.reserve_requests(POSTING_MAX + making, &what) {
            Ok(kept) => kept,
            Err(failure) => return failed(failure.into()),
        };
        match self.line(post).and_then(|line| {
            let units = self.units(line, post)?;
            Ok((line, units))
        }) {
            Ok((line, units)) => self.from(post, intent, line, units),
            // Nothing was posted: reading, or making the line, failed.
            Err(failure) => failed(failure.with_effect(http::Effect::None).into()),
        }
    }

    fn from(&self, post: &Post, intent: JournalId, line: ContractServiceId, units: i64) -> End {
        let posting = posting(post);
        match verdict::before(posting, units) {
            Before::Post => self.send(post, intent, line),
            Before::AlreadyThere => {
                let words = format!("nothing was posted: the line already has {units} units");
                let error = words.clone();
                End::done(words, vec![settle(PostingEnd::Failed { error })])
            }
            Before::Moved => failed(anyhow!(
                "nothing was posted: the line now has {units} units, not {} as planned; the next \
                 run makes a new plan",
                post.before
            )),
        }
    }

    /// Sends it in the form that worked last, and once more in the other form when the first is
    /// refused and nothing changed.
    fn send(&self, post: &Post, intent: JournalId, line: ContractServiceId) -> End {
        let form = match self.state.adjustment_form() {
            Ok(form) => form.unwrap_or_default(),
            Err(error) => return failed(error),
        };
        let sent = self.adjust(post, line, form);
        match (self.read_back(post, line, answer(&sent)), sent) {
            (Ok((units, After::Failed)), Err(refusal))
                if units == post.before && is_about_form(&refusal) =>
            {
                self.send_other(post, intent, line, (form, refusal))
            }
            // The other form was not tried: the next run begins anew.
            (Err(reading), Err(refusal)) if is_about_form(&refusal) => failed(
                anyhow::Error::from(reading.with_effect(http::Effect::None))
                    .context(format!("{refusal}, and the units could not be read again")),
            ),
            (Ok((units, after)), sent) => ended(post, sent, units, after),
            (Err(failure), sent) => unread(sent, failure),
        }
    }

    fn adjust(
        &self,
        post: &Post,
        line: ContractServiceId,
        form: AdjustmentForm,
    ) -> Result<(), Failure> {
        self.writer.adjust_units(&Adjustment {
            contract: post.contract,
            line,
            service: post.service,
            form,
            change: post.change(),
            effective: post.effective,
        })
    }

    /// Reads the units until they show what was posted, a few times.
    fn read_back(
        &self,
        post: &Post,
        line: ContractServiceId,
        answer: Answer,
    ) -> Result<(i64, After), Failure> {
        let waits = match answer {
            Answer::Good => SEEN_LATE,
            Answer::Lost | Answer::Refused | Answer::SecondOnDay => LOST,
        };
        let mut waits = waits.iter();
        loop {
            let units = self.units(line, post)?;
            let after = verdict::after(posting(post), answer, units);
            let may_change = matches!(after, After::NotYetSeen | After::Unknown);
            match waits.next() {
                Some(wait) if may_change => self.sleeper.sleep(*wait, self.interrupt),
                Some(_) | None => return Ok((units, after)),
            }
        }
    }

    fn units(&self, line: ContractServiceId, post: &Post) -> Result<i64, Failure> {
        let day = post.effective;
        let rows = self.autotask.units_of_line(line, day, day)?;
        Ok(rows.units_on(day))
    }

    /// The line, made when it is to be: looked for first, since an earlier answer may have been
    /// lost. An adjustment that names contract and service would make it silently.
    fn line(&self, post: &Post) -> Result<ContractServiceId, Failure> {
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

    fn find_line(&self, post: &Post) -> Result<Option<ContractServiceId>, Failure> {
        let lines = self.autotask.services_on(&[post.contract])?;
        let found = lines.into_iter().find(|line| line.service == post.service);
        Ok(found.map(|line| line.id))
    }
}

fn posting(post: &Post) -> verdict::Posting {
    verdict::Posting {
        before: post.before,
        wanted: post.wanted,
    }
}

fn answer(sent: &Result<(), Failure>) -> Answer {
    match sent {
        Ok(()) => Answer::Good,
        Err(failure) if failure.effect == http::Effect::Unknown => Answer::Lost,
        Err(failure) => match &failure.message {
            Some(text) if crate::autotask::is_second_adjustment(text) => Answer::SecondOnDay,
            Some(_) | None => Answer::Refused,
        },
    }
}

/// Whether the service said no to the way the line was named, in words.
fn is_about_form(failure: &Failure) -> bool {
    failure.kind == Kind::Rejected
        && failure.effect == http::Effect::None
        && (failure.message.as_deref()).is_some_and(crate::autotask::is_about_form)
}

fn settle(end: PostingEnd) -> Effect {
    Effect::SettlePosting(end)
}

/// An end that certainly posted no units, whatever was lost before it.
fn failed(error: anyhow::Error) -> End {
    let effect = settle(PostingEnd::Failed {
        error: format!("{error:#}"),
    });
    End {
        result: Err(error.context("no units were posted")),
        effects: vec![effect],
    }
}

fn ended(post: &Post, sent: Result<(), Failure>, units: i64, after: After) -> End {
    let answer = sent
        .as_ref()
        .map_or_else(ToString::to_string, |()| "200".to_owned());
    match (after, sent) {
        (After::Confirmed, _) => End::done(
            format!("{units} units from {} ({answer})", post.effective),
            vec![settle(PostingEnd::Confirmed { units_after: units })],
        ),
        (After::NotOurs, _) => {
            let why = format!(
                "somebody else's change: Autotask refused this one ({answer}), and the line \
                 already has {units} units"
            );
            let effect = settle(PostingEnd::Overtaken { why: why.clone() });
            End::done(format!("nothing was posted: {why}"), vec![effect])
        }
        (After::Failed, Err(failure)) => refused(failure),
        (After::Unknown | After::Disturbed | After::NotYetSeen, Err(failure)) => {
            let text = format!(
                "the line has {units} units; the next run reads it again before it \
                                posts"
            );
            End {
                result: Err(anyhow::Error::from(failure).context(text)),
                effects: vec![settle(PostingEnd::Uncertain { error: answer })],
            }
        }
        (After::Unknown | After::Disturbed | After::NotYetSeen | After::Failed, Ok(())) => {
            let text = format!(
                "Autotask accepted the posting, but the line has {units} units and not {}; the \
                 next run reads it again before it posts",
                post.wanted
            );
            End {
                result: Err(Unseen(text).into()),
                effects: vec![settle(PostingEnd::Posted { answer })],
            }
        }
    }
}

/// Autotask said no. Its own words are kept where there are some: the same again would be refused
/// again, and a person has to mend it. Anything else (a throttle, an outage at the door) is tried
/// again by the next run.
fn refused(failure: Failure) -> End {
    let end = match (&failure.message, failure.kind) {
        (Some(answer), Kind::Rejected | Kind::Conflict) => PostingEnd::Refused {
            answer: answer.clone(),
        },
        (Some(_) | None, _) => PostingEnd::Failed {
            error: failure.to_string(),
        },
    };
    End {
        result: Err(failure.into()),
        effects: vec![settle(end)],
    }
}

/// The units could not be read again: the answer alone is not believed.
fn unread(sent: Result<(), Failure>, reading: Failure) -> End {
    match sent {
        Err(failure) if failure.effect == http::Effect::None => refused(failure),
        Err(failure) => {
            let error = failure.to_string();
            End {
                result: Err(failure.into()),
                effects: vec![settle(PostingEnd::Uncertain { error })],
            }
        }
        Ok(()) => {
            let text = "Autotask accepted the posting, but the units could not be read again";
            let answer = "200".to_owned();
            End {
                result: Err(
                    anyhow::Error::from(reading.with_effect(http::Effect::Unknown)).context(text),
                ),
                effects: vec![settle(PostingEnd::Posted { answer })],
            }
        }
    }
}
