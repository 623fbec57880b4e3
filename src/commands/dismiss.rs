//! `status dismiss`: a person settles an item by hand.

use anyhow::Result;
use serde_json::json;

use crate::cli::DismissArgs;
use crate::domain::action_kind::{ActionKind, spoken_kind};
use crate::domain::ids::RunId;
use crate::domain::journal_action::JournalAction;
use crate::exit::{Exit, UsageError};
use crate::session::Session;
use crate::state::State;
use crate::state::journal::{Entry, Intent, Outcome, Resolution, Resolved};
use crate::state::pending::{Dismissal, PendingItem};
use crate::state::state_changes::StateChange;

const COMMAND: &str = "status dismiss";
/// How many items a wrong key is answered with.
const CANDIDATES_MAX: usize = 5;

/// Something that has a key.
enum DismissableItem {
    Item(PendingItem),
    Uncertain(Box<Entry>),
}

impl DismissableItem {
    fn short_key(&self) -> String {
        match self {
            Self::Item(item) => item.short_key(),
            Self::Uncertain(entry) => entry.id.short_key(),
        }
    }

    fn describe_item(&self) -> String {
        match self {
            Self::Item(item) => format!("{}: {}", item.command, item.text),
            Self::Uncertain(entry) => {
                let intent = &entry.intent;
                let verb = spoken_kind(&intent.kind);
                format!("{}: {verb} {}", intent.command, intent.subject)
            }
        }
    }
}

pub(super) fn run(session: &Session, args: &DismissArgs) -> Result<Exit> {
    let reason = args.reason.trim();
    if reason.is_empty() {
        return Err(UsageError(
            "--reason must not be empty: it is recorded in the \
                          history"
                .to_owned(),
        )
        .into());
    }
    // A wrong key makes no state file.
    find_item(&session.state_to_read()?, &args.key)?;
    session.record_change(COMMAND, |state| {
        let found = find_item(state, &args.key)?;
        dismiss_item(session, state, &found, reason)?;
        session.report.print_progress(&format!(
            "dismissed {}; it returns when its figures change",
            found.describe_item()
        ));
        Ok(Exit::Done)
    })
}

/// Whether a person may say what became of a write: postings are settled by the units themselves.
pub(super) fn may_dismiss(intent: &Intent) -> bool {
    intent.action != JournalAction::PostUnits
}

fn find_item(state: &State, key: &str) -> Result<DismissableItem> {
    let items = state.pending_items(None)?.into_iter();
    let uncertain = state.uncertain()?.into_iter();
    let uncertain = uncertain.filter(|entry| may_dismiss(&entry.intent));
    let mut all: Vec<DismissableItem> = items
        .map(|one| DismissableItem::Item(one.item))
        .chain(uncertain.map(|entry| DismissableItem::Uncertain(Box::new(entry))))
        .collect();
    if let Some(place) = all.iter().position(|one| one.short_key() == key) {
        return Ok(all.swap_remove(place));
    }
    Err(UsageError(unknown_key(key, &all)).into())
}

/// The items whose keys begin most like the one that was typed.
fn unknown_key(key: &str, all: &[DismissableItem]) -> String {
    if all.is_empty() {
        return format!("there is no item {key}: nothing needs attention");
    }
    let mut near: Vec<(usize, String)> = all
        .iter()
        .map(|one| {
            let own = one.short_key();
            let same = own.chars().zip(key.chars()).take_while(|(a, b)| a == b);
            (same.count(), format!("  {own}  {}", one.describe_item()))
        })
        .collect();
    near.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.cmp(other)));
    near.truncate(CANDIDATES_MAX);
    let near: Vec<String> = near.into_iter().map(|(_, text)| text).collect();
    format!(
        "there is no item {key}; `acrotask status` shows all keys, for example\n{}",
        near.join("\n")
    )
}

fn dismiss_item(
    session: &Session,
    state: &State,
    found: &DismissableItem,
    reason: &str,
) -> Result<()> {
    let at = session.now;
    let done = Outcome::Done {
        answer: reason.to_owned(),
    };
    let entry = state.intend(&dismissal_intent(&session.run, found, reason), at)?;
    match found {
        DismissableItem::Item(item) => {
            let dismissal = Dismissal {
                item: item.clone(),
                reason: reason.to_owned(),
                at,
            };
            state.settle_with(
                entry,
                &done,
                &[StateChange::Dismiss(Box::new(dismissal))],
                at,
            )
        }
        DismissableItem::Uncertain(open) => {
            let resolved = Resolved {
                how: Resolution::Dismissed,
                evidence: format!("dismissed by a person: {reason}"),
                at,
            };
            state.resolve(open.id, &resolved)?;
            state.settle_with(entry, &done, &[], at)
        }
    }
}

fn dismissal_intent(run: &RunId, found: &DismissableItem, reason: &str) -> Intent {
    let (account, company) = match found {
        DismissableItem::Item(item) => (item.account.clone(), item.company),
        DismissableItem::Uncertain(entry) => (entry.intent.account.clone(), entry.intent.company),
    };
    Intent {
        run: run.clone(),
        command: COMMAND.to_owned(),
        action: JournalAction::Other,
        kind: ActionKind::DismissItem.to_string(),
        subject: format!("{} {}", found.short_key(), found.describe_item()),
        account,
        company,
        follow_up: None,
        payload: json!({
            "before": {"state": "pending"},
            "after": {"state": "dismissed"},
            "because": [reason],
        }),
    }
}
