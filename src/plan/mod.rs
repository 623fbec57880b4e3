//! What any plan is: sorted actions, notes on what is left alone, and the gate's refusals. Pure.
//!
//! Approval is a key, not a flag: only [`Plan::approve`] makes an [`Approved`], only an `Approved`
//! holds a [`Consent`], and without one no client hands out a writer.

mod action;
mod gate;
mod words;

pub(crate) use action::{Action, CompanyRef, Description, FieldChange, LineKey, Value};
pub(crate) use gate::{Reach, Refusal, Share};
pub(crate) use words::{RefusalCode, RemarkKind};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use crate::domain::digest;
use crate::domain::ids::AccountName;

/// Something that was found and is deliberately not done; shown and counted, never applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Remark {
    /// Stable word, as in the JSON report.
    pub(crate) kind: RemarkKind,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyRef>,
    pub(crate) subject: String,
    /// One sentence that says what was found and, where something can be done, what.
    pub(crate) text: String,
    /// True when only a person can settle it.
    pub(crate) needs_person: bool,
    /// See [`Remark::told_by`].
    pub(crate) figures: Option<String>,
}

impl Remark {
    /// A remark that a person need not settle, about no account or company in particular.
    pub(crate) fn new(
        kind: RemarkKind,
        subject: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            account: None,
            company: None,
            subject: subject.into(),
            text: text.into(),
            needs_person: false,
            figures: None,
        }
    }

    pub(crate) fn of_account(mut self, account: &AccountName) -> Self {
        self.account = Some(account.clone());
        self
    }

    pub(crate) fn of_company(mut self, company: CompanyRef) -> Self {
        self.company = Some(company);
        self
    }

    /// Only a person can settle it.
    pub(crate) fn for_person(self) -> Self {
        self.for_person_if(true)
    }

    /// What makes it news besides what it is about: it is told again when one of these changes, in
    /// whatever words. Without figures it is told again when its text changes.
    pub(crate) fn told_by(mut self, figures: &[&dyn Display]) -> Self {
        let figures: Vec<String> = figures.iter().map(ToString::to_string).collect();
        self.figures = Some(figures.join("\n"));
        self
    }

    pub(crate) fn for_person_if(mut self, needs_person: bool) -> Self {
        self.needs_person = needs_person;
        self
    }
}

/// How far the figure of a note has risen. What moves every day is told again only when it has risen
/// a step above what was told, or when its base is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RisingFigure {
    pub(crate) base: String,
    pub(crate) step: u32,
}

/// An action with the description that every report of it is drawn from.
#[derive(Clone, Debug)]
pub(crate) struct PlanLine<A> {
    /// Place in the plan, from 0.
    pub(crate) position: usize,
    pub(crate) action: A,
    pub(crate) description: Description,
}

/// Everything one run would do, in the order in which it would be done.
#[derive(Debug)]
pub(crate) struct Plan<A> {
    command: &'static str,
    lines: Vec<PlanLine<A>>,
    notes: Vec<Remark>,
    refusals: Vec<Refusal>,
    rising: BTreeMap<Remark, RisingFigure>,
}

impl<A: Action> Plan<A> {
    /// Sorts by stage, then key: the same facts give the same bytes.
    pub(crate) fn new(
        command: &'static str,
        actions: impl IntoIterator<Item = A>,
        notes: impl IntoIterator<Item = Remark>,
        refusals: impl IntoIterator<Item = Refusal>,
    ) -> Self {
        let mut lines: Vec<PlanLine<A>> = actions
            .into_iter()
            .map(|action| PlanLine {
                position: 0,
                description: action.describe(),
                action,
            })
            .collect();
        lines.sort_by(|a, b| a.description.cmp(&b.description));
        number_lines(&mut lines);
        let mut notes: Vec<Remark> = notes.into_iter().collect();
        notes.sort();
        notes.dedup();
        let mut refusals: Vec<Refusal> = refusals.into_iter().collect();
        refusals.sort_by(|a, b| (a.code, &a.text).cmp(&(b.code, &b.text)));
        Self {
            command,
            lines,
            notes,
            refusals,
            rising: BTreeMap::new(),
        }
    }

    /// The plan without what a person settled by hand: these lines are left alone, and so are their
    /// refusals, unless they hold something else. `refusals` are places of refusals that hold no line.
    pub(crate) fn without_dismissed(
        &self,
        lines: &BTreeSet<LineKey>,
        refusals: &BTreeSet<usize>,
    ) -> Self {
        let stays = |line: &&PlanLine<A>| !lines.contains(&line.description.line_key());
        let mut kept: Vec<PlanLine<A>> = self.lines.iter().filter(stays).cloned().collect();
        number_lines(&mut kept);
        let holds = |lines: &[PlanLine<A>], refusal: &Refusal| {
            lines
                .iter()
                .any(|line| refusal.holds_line(&line.description))
        };
        let stands = |(at, refusal): &(usize, &Refusal)| {
            !refusals.contains(at) && (!holds(&self.lines, refusal) || holds(&kept, refusal))
        };
        let refusals = self.refusals.iter().enumerate().filter(stands);
        Self {
            command: self.command,
            refusals: refusals.map(|(_, refusal)| refusal.clone()).collect(),
            lines: kept,
            notes: self.notes.clone(),
            rising: self.rising.clone(),
        }
    }

    /// Says of notes how far their figures have risen: see [`RisingFigure`].
    pub(crate) fn with_rising(
        mut self,
        notes: impl IntoIterator<Item = (Remark, RisingFigure)>,
    ) -> Self {
        self.rising.extend(notes);
        self
    }

    /// How far the figure of a note has risen, where that is how its news are told.
    pub(crate) fn rising_figure(&self, note: &Remark) -> Option<&RisingFigure> {
        self.rising.get(note)
    }

    pub(crate) fn command_name(&self) -> &'static str {
        self.command
    }

    pub(crate) fn lines(&self) -> &[PlanLine<A>] {
        &self.lines
    }

    pub(crate) fn remarks(&self) -> &[Remark] {
        &self.notes
    }

    pub(crate) fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether any refusal holds this line back.
    pub(crate) fn is_refused(&self, line: &PlanLine<A>) -> bool {
        self.refusals
            .iter()
            .any(|refusal| refusal.covers_line(&line.description))
    }

    /// Names exactly this plan: its command, its actions with before and after, and what refused
    /// which of them. Evidence that moves by itself (usage, counts) is left out, so that a digest
    /// still fits when somebody approves it an hour later and nothing to be written has changed.
    pub(crate) fn digest(&self) -> String {
        self.digest_of(|_| true)
    }

    /// The digest of what remains once everything that nothing refuses is done: the plan that the
    /// next run makes when all of that went well.
    pub(crate) fn digest_of_held(&self) -> String {
        self.digest_of(|line| self.is_refused(line))
    }

    fn digest_of(&self, counts: impl Fn(&PlanLine<A>) -> bool) -> String {
        let counted = self.lines.iter().filter(|line| counts(line));
        let lines = counted.map(|line| &line.description);
        let mut refusals: Vec<String> = self.refusals.iter().map(Refusal::digest_text).collect();
        refusals.sort();
        let mut text = format!("{}\n", self.command);
        for identity in lines.map(Description::digest_text).chain(refusals) {
            text.push_str(&identity);
            text.push('\n');
        }
        digest::short_digest(&text)
    }

    /// The key to writing: everything that nothing refused, or, when the plan's own digest is
    /// given, also what a person may approve.
    ///
    /// # Errors
    /// When the digest names another plan, or a refusal is about the whole run.
    pub(crate) fn approve(&self, expected: Option<&str>) -> Result<Approved<A>, ApprovalDenied> {
        let digest = self.digest();
        if let Some(expected) = expected
            && expected != digest
        {
            return Err(ApprovalDenied::OtherPlan {
                expected: expected.to_owned(),
                actual: digest,
            });
        }
        let standing: Vec<&Refusal> = self
            .refusals
            .iter()
            .filter(|refusal| expected.is_none() || !refusal.approvable)
            .collect();
        if standing.iter().any(|refusal| refusal.scope == Reach::Run) {
            return Err(ApprovalDenied::Refused { digest });
        }
        let lines: Vec<PlanLine<A>> = self
            .lines
            .iter()
            .filter(|line| {
                !standing
                    .iter()
                    .any(|refusal| refusal.covers_line(&line.description))
            })
            .cloned()
            .collect();
        Ok(Approved {
            lines,
            is_refused: !standing.is_empty(),
            consent: Consent(()),
        })
    }
}

fn number_lines<A>(lines: &mut [PlanLine<A>]) {
    for (position, line) in lines.iter_mut().enumerate() {
        line.position = position;
    }
}

/// Why a plan was not approved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApprovalDenied {
    #[error(
        "the plan has changed since it was reviewed: its digest is now {actual}, not {expected}; \
         review it again with --dry-run"
    )]
    OtherPlan { expected: String, actual: String },
    #[error(
        "a safety limit held back this plan; to apply it anyway, review it and run again with \
         --expect-plan {digest}"
    )]
    Refused { digest: String },
}

/// The lines that may be carried out, and the key to do so.
#[derive(Debug)]
pub(crate) struct Approved<A> {
    lines: Vec<PlanLine<A>>,
    is_refused: bool,
    consent: Consent,
}

impl<A> Approved<A> {
    pub(crate) fn lines(&self) -> &[PlanLine<A>] {
        &self.lines
    }

    /// Whether any refusal stands, also one that there is no line to hold back for.
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused
    }

    pub(crate) fn consent(&self) -> &Consent {
        &self.consent
    }
}

/// Proof that a plan was approved; the clients hand out writers for nothing else.
#[derive(Debug)]
pub(crate) struct Consent(());

impl Consent {
    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests;
