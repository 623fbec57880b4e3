//! What is told of one run of a writing command, whatever the form.

use crate::domain::ids::AccountName;
use crate::plan::{Action, Description, Note, Party, Plan, Refusal, Scope};

/// A plan without its actions' types: all that is shown of it.
#[derive(Clone, Debug)]
pub(crate) struct PlanView {
    pub(crate) command: &'static str,
    pub(crate) digest: String,
    /// What the next run takes to do what is held back now.
    next_digest: String,
    /// Each line with whether a guard refuses it.
    pub(crate) lines: Vec<(Description, bool)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) refusals: Vec<Refusal>,
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
    /// approve.
    pub(crate) fn of<A: Action>(plan: &Plan<A>, does_the_rest: bool) -> Self {
        Self {
            command: plan.command(),
            digest: plan.digest(),
            next_digest: if does_the_rest {
                plan.digest_of_held()
            } else {
                plan.digest()
            },
            lines: plan
                .lines()
                .iter()
                .map(|line| (line.description.clone(), plan.is_refused(line)))
                .collect(),
            notes: plan.notes().to_vec(),
            refusals: plan.refusals().to_vec(),
        }
    }

    /// The account that a refusal is about, where it is about one: that of the lines it holds back,
    /// else of what else is said of its company.
    pub(crate) fn account_of(&self, refusal: &Refusal) -> Option<&AccountName> {
        let company = match &refusal.scope {
            Scope::Run => return None,
            Scope::Nothing(company) => Some(*company),
            Scope::Companies(ids) if ids.len() == 1 => ids.first().copied(),
            Scope::Companies(_) | Scope::Lines(_) => None,
        };
        let is_it = |party: &Option<Party>| {
            company.is_some() && party.as_ref().map(|party| party.id) == company
        };
        let lines = self.lines.iter().map(|(line, _)| line);
        let lines = lines.filter(|line| refusal.covers(line) || is_it(&line.company));
        let notes = self.notes.iter().filter(|note| is_it(&note.company));
        let mut accounts = lines
            .filter_map(|line| line.account.as_ref())
            .chain(notes.filter_map(|note| note.account.as_ref()));
        let first = accounts.next()?;
        accounts.all(|other| other == first).then_some(first)
    }

    pub(crate) fn gate(&self) -> Gate {
        if self.refusals.is_empty() {
            Gate::Pass
        } else if self
            .refusals
            .iter()
            .any(|refusal| refusal.scope == Scope::Run)
        {
            Gate::Refused
        } else {
            Gate::Held
        }
    }

    /// What `--expect-plan` takes to do what is held back, where a person may approve any of it.
    pub(crate) fn approval(&self) -> Option<&str> {
        let mut refusals = self.refusals.iter();
        refusals
            .any(|refusal| refusal.approvable)
            .then_some(self.next_digest.as_str())
    }

    /// Nothing to do and nothing that a person has to settle.
    pub(crate) fn is_quiet(&self) -> bool {
        self.lines.is_empty()
            && self.refusals.is_empty()
            && !self.notes.iter().any(|note| note.needs_person)
    }
}

/// How one action ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done {
        answer: String,
    },
    Failed {
        error: String,
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

impl Outcome {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Uncertain { .. } => "uncertain",
            Self::Skipped { .. } => "skipped",
        }
    }

    pub(crate) fn error(&self) -> Option<&str> {
        match self {
            Self::Done { .. } => None,
            Self::Failed { error } | Self::Uncertain { error } => Some(error),
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
    pub(crate) outcome: Outcome,
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
    /// The JSON document of the run, as `--output json` prints it.
    pub(crate) fn to_json(&self) -> String {
        super::json::run(self)
    }

    /// The word for what may go of the plan. A plan that nothing refuses passes only when everything
    /// could be read.
    pub(crate) fn verdict(&self, plan: &PlanView) -> &'static str {
        match plan.gate() {
            Gate::Pass if self.incomplete => "incomplete",
            Gate::Pass | Gate::Held | Gate::Refused => plan.gate().as_str(),
        }
    }

    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.results
            .iter()
            .filter(|row| row.outcome.as_str() == outcome)
            .count()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.results.is_empty() && self.plan.as_ref().is_none_or(PlanView::is_quiet)
    }
}
