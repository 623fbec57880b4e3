//! What is reported of one run of a writing command, whatever the form.

use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{Action, CompanyRef, Description, Plan, Reach, Refusal, Remark};

/// Whether a remark or a refusal is reported: see `session/pending.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RemarkNovelty {
    /// Told now.
    #[default]
    New,
    /// An earlier run reported it, with these figures; not reported again under `--quiet`.
    Reported,
    /// A person settled it by hand.
    Dismissed,
    /// It needs nobody; never reported under `--quiet`.
    Passing,
}

impl RemarkNovelty {
    fn is_new(self) -> bool {
        self == Self::New
    }
}

/// A line of a plan as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct ShownLine {
    pub(crate) description: Description,
    /// Whether a guard holds it back.
    pub(crate) refused: bool,
    /// Held back by nothing but what was reported before: not shown to people again.
    pub(crate) hidden: bool,
    /// Refused by the other side at an earlier run and tried again: not shown under `--quiet`.
    pub(crate) retried: bool,
}

/// A note of a plan as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct ShownRemark {
    pub(crate) note: Remark,
    pub(crate) reporting: RemarkNovelty,
}

/// A refusal of a plan as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct ShownRefusal {
    pub(crate) refusal: Refusal,
    pub(crate) reporting: RemarkNovelty,
}

/// A plan without its actions' types: all that is shown of it.
#[derive(Clone, Debug)]
pub(crate) struct PlanView {
    pub(crate) command: &'static str,
    pub(crate) digest: String,
    /// What the next run takes to do what is held back now.
    next_digest: String,
    pub(crate) lines: Vec<ShownLine>,
    pub(crate) notes: Vec<ShownRemark>,
    pub(crate) refusals: Vec<ShownRefusal>,
}

/// Something that is held back and waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldItem {
    /// As `status dismiss` takes it.
    pub(crate) key: String,
    /// The code of the refusal.
    pub(crate) kind: String,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyId>,
    pub(crate) text: String,
    /// What `--expect-plan` takes to do it, where a person may approve it.
    pub(crate) digest: Option<String>,
    /// Whether an earlier run reported it.
    pub(crate) reported: bool,
}

/// The gate's verdict on a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Pass,
    /// Some lines are held back, the others may go.
    Held,
    /// Nothing may go.
    Refused,
}

impl Gate {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Held => "held",
            Self::Refused => "refused",
        }
    }
}

impl PlanView {
    /// `does_the_rest`: this run does what is not held back, so that only the rest is left to
    /// approve. Everything is new until somebody says otherwise.
    pub(crate) fn from_plan<A: Action>(plan: &Plan<A>, does_the_rest: bool) -> Self {
        let reporting = RemarkNovelty::New;
        let notes = plan.remarks().iter().cloned();
        let refusals = plan.refusals().iter().cloned();
        Self {
            command: plan.command_name(),
            digest: plan.digest(),
            next_digest: if does_the_rest {
                plan.digest_of_held()
            } else {
                plan.digest()
            },
            lines: plan
                .lines()
                .iter()
                .map(|line| ShownLine {
                    description: line.description.clone(),
                    refused: plan.is_refused(line),
                    hidden: false,
                    retried: false,
                })
                .collect(),
            notes: notes.map(|note| ShownRemark { note, reporting }).collect(),
            refusals: refusals
                .map(|refusal| ShownRefusal { refusal, reporting })
                .collect(),
        }
    }

    /// Hides the lines that only refusals hold back which were reported before.
    pub(crate) fn hide_reported(&mut self) {
        for line in &mut self.lines {
            let text = &line.description;
            let mut holding = self
                .refusals
                .iter()
                .filter(|one| one.refusal.covers_line(text));
            line.hidden = line.refused && holding.all(|one| !one.reporting.is_new());
        }
    }

    /// The account that a refusal is about, where it is about one: that of the lines it holds back,
    /// else of what else is said of its company.
    pub(crate) fn account_of(&self, refusal: &Refusal) -> Option<&AccountName> {
        let company = match &refusal.scope {
            Reach::Run => return None,
            Reach::Nothing(company) => Some(*company),
            Reach::Companies(ids) if ids.len() == 1 => ids.first().copied(),
            Reach::Companies(_) | Reach::Lines(_) => None,
        };
        let is_it = |party: &Option<CompanyRef>| {
            company.is_some() && party.as_ref().map(|party| party.id) == company
        };
        let lines = self.lines.iter().map(|line| &line.description);
        let lines = lines.filter(|line| refusal.covers_line(line) || is_it(&line.company));
        let notes = self.notes.iter().map(|shown| &shown.note);
        let notes = notes.filter(|note| is_it(&note.company));
        let mut accounts = lines
            .filter_map(|line| line.account.as_ref())
            .chain(notes.filter_map(|note| note.account.as_ref()));
        let first = accounts.next()?;
        accounts.all(|other| other == first).then_some(first)
    }

    pub(crate) fn gate_result(&self) -> Gate {
        if self.refusals.is_empty() {
            Gate::Pass
        } else if self
            .refusals
            .iter()
            .any(|one| one.refusal.scope == Reach::Run)
        {
            Gate::Refused
        } else {
            Gate::Held
        }
    }

    /// What `--expect-plan` takes to do what is held back, where a person may approve any of it.
    pub(crate) fn approving_digest(&self) -> Option<&str> {
        let mut refusals = self.refusals.iter();
        refusals
            .any(|one| one.refusal.approvable)
            .then_some(self.next_digest.as_str())
    }

    /// The lines that people are shown.
    pub(crate) fn shown_lines(&self, quiet: bool) -> impl Iterator<Item = &ShownLine> {
        let is_shown = move |line: &&ShownLine| !(line.hidden || quiet && line.retried);
        self.lines.iter().filter(is_shown)
    }

    /// Whether any refusal was not reported before.
    pub(crate) fn refuses_anew(&self) -> bool {
        self.refusals.iter().any(|one| one.reporting.is_new())
    }

    /// Nothing to do, and nothing that was not reported before.
    pub(crate) fn is_quiet(&self) -> bool {
        self.shown_lines(true).next().is_none()
            && !self.refuses_anew()
            && !self.notes.iter().any(|one| one.reporting.is_new())
    }
}

/// Why a line is skipped whose lane was broken by a failure.
pub(crate) const BEHIND: &str = "an earlier step was not done";

/// How one action ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ActionOutcome {
    Done {
        answer: String,
    },
    Failed {
        error: String,
        /// The service understood it and refused it: sent again, it is refused again.
        refused: bool,
    },
    /// The answer was lost: it may or may not have taken effect; the next run finds out.
    Uncertain {
        error: String,
    },
    /// Not tried, because of what went before.
    Skipped {
        why: String,
    },
}

impl ActionOutcome {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Uncertain { .. } => "uncertain",
            Self::Skipped { .. } => "skipped",
        }
    }

    pub(crate) fn was_tried(&self) -> bool {
        !matches!(self, Self::Skipped { .. })
    }

    /// Whether it was not tried because what goes before it failed.
    pub(crate) fn is_behind(&self) -> bool {
        matches!(self, Self::Skipped { why } if why == BEHIND)
    }

    pub(crate) fn error_text(&self) -> Option<&str> {
        match self {
            Self::Done { .. } => None,
            Self::Failed { error, .. } | Self::Uncertain { error } => Some(error),
            Self::Skipped { why } => Some(why),
        }
    }
}

/// One line of the plan with how it ended.
#[derive(Clone, Debug)]
pub(crate) struct ResultRow {
    /// Position in the plan, from 0.
    pub(crate) action: usize,
    pub(crate) description: Description,
    pub(crate) outcome: ActionOutcome,
    /// Refused with the same words as before, and so held: not reported again.
    pub(crate) held: bool,
}

/// Requests made to each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestCounts {
    pub(crate) acronis: u64,
    pub(crate) autotask: u64,
}

/// One Acronis account of a run, with what could not be read of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRead {
    pub(crate) account: AccountName,
    pub(crate) error: Option<String>,
}

/// One run of a writing command, from its plan to its end.
#[derive(Clone, Debug)]
pub(crate) struct RunReport {
    pub(crate) run: String,
    pub(crate) command: &'static str,
    pub(crate) dry_run: bool,
    /// Missing when the run failed before there was a plan.
    pub(crate) plan: Option<PlanView>,
    pub(crate) results: Vec<ResultRow>,
    /// What is held back now, whether it was reported before or not.
    pub(crate) held: Vec<HeldItem>,
    pub(crate) requests: RequestCounts,
    /// Every account that the run was to read.
    pub(crate) accounts: Vec<AccountRead>,
    /// Something could not be read, so that the plan is not the whole of it.
    pub(crate) incomplete: bool,
    pub(crate) exit_code: u8,
    /// Whether it counts as a success: all was done but what is held for a person.
    pub(crate) success: bool,
    /// Why the run failed, or what of it did.
    pub(crate) error: Option<String>,
}

impl RunReport {
    /// The word for what may go of the plan. A plan that nothing refuses passes only when everything
    /// could be read, and while the other side refuses nothing.
    pub(crate) fn gate_word(&self, plan: &PlanView) -> &'static str {
        match plan.gate_result() {
            Gate::Pass if !self.held.is_empty() => Gate::Held.as_str(),
            Gate::Pass if self.incomplete => "incomplete",
            Gate::Pass | Gate::Held | Gate::Refused => plan.gate_result().as_str(),
        }
    }

    pub(crate) fn count_outcome(&self, outcome: &str) -> usize {
        self.results
            .iter()
            .filter(|row| row.outcome.as_str() == outcome)
            .count()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.results.iter().all(|row| row.held) && self.plan.as_ref().is_none_or(PlanView::is_quiet)
    }
}
