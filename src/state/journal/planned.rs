//! What is still to be written: planned by the entry that it belongs to, and an entry of its own
//! once a run sends it. A write that must come about is planned again whenever it failed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};

use super::{Entry, Intent, JournalId, Resolution, Resolved, insert, read_entry, resolve, stored};
use crate::domain::action_kind::ActionKind;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::{CustomerLink, PendingStep};
use crate::domain::tickets::PendingNoteId;
use crate::state::State;
use crate::state::columns::Cell;
use crate::state::rows::{Cells, read_rows};

/// A write that an entry of the journal leaves to be done.
#[derive(Clone, Debug)]
pub(crate) struct PlannedWrite {
    pub(crate) action: JournalAction,
    /// As people read it: see [`Intent`].
    pub(crate) kind: ActionKind,
    pub(crate) subject: String,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyId>,
}

/// A write that no run is known to have done.
#[derive(Clone, Debug)]
pub(crate) struct PendingWrite {
    pub(crate) entry: Entry,
    /// The change that it follows is known to have taken effect, or it follows none.
    pub(crate) is_certain: bool,
}

/// The columns of an entry with its run.
const ENTRIES: &str = "SELECT journal.*, runs.started_by,
   follows IS NULL OR EXISTS (SELECT 1 FROM journal AS change WHERE change.id = journal.follows
     AND (change.outcome = 'done' OR change.resolution = 'took-effect')) AS is_certain
 FROM journal JOIN runs ON runs.id = journal.run";

/// Planned, or sent by a run that heard no answer. What versions without actions left to be done was
/// planned when the file was brought to this schema.
const PENDING: &str = "planned = 1 OR (resolution IS NULL
   AND (outcome IS NULL OR outcome = 'uncertain') AND action IS NOT NULL)";

impl From<JournalId> for PendingNoteId {
    fn from(entry: JournalId) -> Self {
        Self(entry.0)
    }
}

impl From<PendingNoteId> for JournalId {
    fn from(note: PendingNoteId) -> Self {
        Self(note.0)
    }
}

impl State {
    /// The steps that tenants still have to get, of linked companies, in their order. A step that was
    /// sent before the link is another tenant's.
    pub(crate) fn pending_steps(&self) -> Result<BTreeMap<CompanyId, Vec<PendingStep>>> {
        let links = self.customer_links()?;
        let mut pending: BTreeMap<CompanyId, BTreeSet<PendingStep>> = BTreeMap::new();
        for PendingWrite { entry, .. } in self.pending_writes()? {
            let JournalAction::CompleteStep { step } = entry.intent.action else {
                continue;
            };
            let is_own = |link: &&CustomerLink| {
                Some(link.company) == entry.intent.company
                    && Some(&link.account) == entry.intent.account.as_ref()
                    && (entry.is_planned || link.linked_at <= entry.at)
            };
            if let Some(link) = links.iter().find(is_own) {
                pending.entry(link.company).or_default().insert(step);
            }
        }
        let in_order =
            |(company, steps): (_, BTreeSet<PendingStep>)| (company, Vec::from_iter(steps));
        Ok(pending.into_iter().map(in_order).collect())
    }

    /// Everything that is still to be written, the oldest first: what is planned, and what was sent
    /// and has to come about, while nobody knows whether it did.
    pub(crate) fn pending_writes(&self) -> Result<Vec<PendingWrite>> {
        self.read_in_transaction(load)
    }
}

fn load(tx: &Connection) -> Result<Vec<PendingWrite>> {
    let sql = format!("{ENTRIES} WHERE {PENDING} ORDER BY journal.id");
    let mut pending = read_rows(tx, &sql, [], |row| {
        Ok(PendingWrite {
            entry: read_entry(row)?,
            is_certain: row.get("is_certain")?,
        })
    })?;
    pending.retain(|one| one.entry.intent.action.must_come_about());
    Ok(pending)
}

/// Makes the very write that was planned the entry that is sent now. One that an earlier run sent
/// without an answer is over then: whoever writes it again has looked.
pub(super) fn take_up(
    tx: &Connection,
    intent: &Intent,
    now: Timestamp,
) -> Result<Option<JournalId>> {
    if !intent.action.must_come_about() {
        return Ok(None);
    }
    let mut same = load(tx)?;
    same.retain(|one| is_same(&one.entry.intent, intent));
    let (planned, sent): (Vec<_>, Vec<_>) = same.into_iter().partition(|one| one.entry.is_planned);
    for one in sent.iter().filter(|one| one.entry.intent.run != intent.run) {
        let resolved = Resolved {
            how: Resolution::NoEffect,
            evidence: "it was missing, and is written again".to_owned(),
            at: now,
        };
        resolve(tx, one.entry.id, &resolved)?;
    }
    let Some(planned) = planned.last() else {
        return Ok(None);
    };
    let id = planned.entry.id;
    let cells = Cells::default()
        .with("planned", &false)
        .with("run", &intent.run)
        .with("at", &now)
        .with("command", &intent.command)
        .with("kind", &intent.kind)
        .with("subject", &intent.subject)
        .with("company", &intent.company)
        .with("payload", &intent.payload);
    cells.update(tx, "journal", "id = ?", &id)?;
    Ok(Some(id))
}

/// A ticket may be at another company by now, a tenant is its company's.
fn is_same(one: &Intent, other: &Intent) -> bool {
    let is_of_ticket = one.action.ticket().is_some();
    one.action == other.action
        && one.account == other.account
        && (is_of_ticket || one.company == other.company)
}

/// Plans what follows a change, in the same transaction as its intent.
pub(super) fn plan_after(
    tx: &Connection,
    change: JournalId,
    intent: &Intent,
    now: Timestamp,
) -> Result<()> {
    let id = insert(tx, intent, now)?;
    let sql = "UPDATE journal SET planned = 1, follows = ?2 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![id, change])?;
    Ok(())
}

/// Plans what an entry leaves to be done, in its own run, unless it is planned already.
pub(in crate::state) fn plan(
    tx: &Connection,
    entry: JournalId,
    write: &PlannedWrite,
    now: Timestamp,
) -> Result<()> {
    let PlannedWrite {
        action,
        kind,
        subject,
        account,
        company,
    } = write;
    let same = |one: &PendingWrite| {
        let intent = &one.entry.intent;
        one.entry.is_planned
            && (&intent.action, &intent.account, intent.company) == (action, account, *company)
    };
    if load(tx)?.iter().any(same) {
        return Ok(());
    }
    let mut statement = tx.prepare_cached(
        "INSERT INTO journal (run, at, command, action, kind, subject, account, company, payload,
           planned)
         SELECT run, :at, command, :action, :kind, :subject, :account, :company, '{}', 1
         FROM journal WHERE id = :entry",
    )?;
    statement.execute(named_params! {
        ":entry": entry,
        ":at": Cell(&now),
        ":action": stored::to_text(action)?,
        ":kind": kind.as_str(),
        ":subject": subject,
        ":account": account,
        ":company": company,
    })?;
    Ok(())
}

/// After a failure: what must come about is planned again, and what tells of the change that failed
/// is planned no more.
pub(super) fn replan_failed(tx: &Connection, id: JournalId) -> Result<()> {
    let sql = "DELETE FROM journal WHERE follows = ?1 AND planned = 1";
    tx.prepare_cached(sql)?.execute(params![id])?;
    let sql = format!("{ENTRIES} WHERE journal.id = ?1");
    let entry = tx
        .prepare_cached(&sql)?
        .query_row(params![id], read_entry)?;
    if entry.intent.action.must_come_about() {
        let sql = "INSERT INTO journal (run, at, command, action, kind, subject, account, company,
               payload, planned, follows)
             SELECT run, at, command, action, kind, subject, account, company, payload, 1, follows
             FROM journal WHERE id = ?1";
        tx.prepare_cached(sql)?.execute(params![id])?;
    }
    Ok(())
}

/// There is nothing to be written any more; nothing was sent either, so that no entry stays.
pub(in crate::state) fn drop_planned(tx: &Connection, id: JournalId) -> Result<()> {
    let sql = "DELETE FROM journal WHERE id = ?1 AND planned = 1";
    tx.prepare_cached(sql)?.execute(params![id])?;
    Ok(())
}

/// What the tenant of a company was still to get ends with its link.
pub(in crate::state) fn drop_steps(tx: &Connection, company: CompanyId) -> Result<()> {
    for one in load(tx)? {
        let intent = &one.entry.intent;
        let is_step = matches!(intent.action, JournalAction::CompleteStep { .. });
        if is_step && intent.company == Some(company) {
            drop_planned(tx, one.entry.id)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{TenantId, TicketId};
    use crate::domain::links::LinkedBy;
    use crate::state::journal::Outcome;
    use crate::state::journal::tests::intent;
    use crate::state::open::tests::{now, start_run, temporary};
    use crate::state::state_changes::StateChange;

    const ALMA: CompanyId = CompanyId(1);

    fn done() -> Outcome {
        Outcome::Done {
            answer: "201".to_owned(),
        }
    }

    fn failed() -> Outcome {
        Outcome::Failed {
            error: "500".to_owned(),
        }
    }

    fn lost() -> Outcome {
        Outcome::Uncertain {
            error: "cut".to_owned(),
        }
    }

    fn link() -> StateChange {
        StateChange::LinkCustomer(CustomerLink {
            company: ALMA,
            account: AccountName::new("eu"),
            tenant: TenantId::new("t"),
            company_name: "Alma".to_owned(),
            tenant_name: "Alma".to_owned(),
            partner: TenantId::new("p"),
            partner_name: "North".to_owned(),
            linked_at: now(),
            how: LinkedBy::Created,
            existed_before: false,
            lowering_approved: false,
        })
    }

    fn step(step: PendingStep) -> StateChange {
        StateChange::PlanWrite(Box::new(PlannedWrite {
            action: JournalAction::CompleteStep { step },
            kind: step.kind(),
            subject: "Alma".to_owned(),
            account: Some(AccountName::new("eu")),
            company: Some(ALMA),
        }))
    }

    fn of(run: &str, action: JournalAction) -> Intent {
        Intent {
            action,
            ..intent(&crate::domain::ids::RunId::new(run), "Alma", ALMA.0)
        }
    }

    fn note() -> JournalAction {
        JournalAction::WriteNote {
            ticket: TicketId(7),
            title: "The alert is gone".to_owned(),
            text: "It is gone.".to_owned(),
            status: Some(5),
            assignee: None,
            since: now(),
        }
    }

    /// A change of a ticket, and the note that tells of it.
    fn change(run: &str) -> Intent {
        let ticket = TicketId(7);
        Intent {
            follow_up: Some(Box::new(of(run, note()))),
            ..of(run, JournalAction::ChangeTicket { ticket })
        }
    }

    /// The notes that are still to be written, and whether their change is known to be there.
    fn notes(state: &State) -> Vec<(JournalId, bool)> {
        let pending = state.pending_writes().unwrap().into_iter();
        pending.map(|one| (one.entry.id, one.is_certain)).collect()
    }

    #[test]
    fn steps_stay_planned_in_their_order_until_they_are_done_or_their_link_ends() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        start_run(&state, "r2");
        let made = state.intend(&intent(&run, "a", 1), now()).unwrap();
        let effects = [
            link(),
            step(PendingStep::Administrator),
            step(PendingStep::TwoFactor),
            step(PendingStep::TwoFactor),
        ];
        state.settle_with(made, &done(), &effects, now()).unwrap();
        let all = [PendingStep::TwoFactor, PendingStep::Administrator];
        assert_eq!(state.pending_steps().unwrap()[&ALMA], all);
        assert!(state.uncertain().unwrap().is_empty());
        let shown = state.history(&crate::state::journal::HistoryFilter::default());
        assert_eq!(shown.unwrap().len(), 1);

        let second = JournalAction::CompleteStep {
            step: PendingStep::TwoFactor,
        };
        for (outcome, left) in [(failed(), &all[..]), (lost(), &all), (done(), &all[1..])] {
            let id = state.intend(&of("r1", second.clone()), now()).unwrap();
            assert_eq!(state.pending_steps().unwrap()[&ALMA], all);
            state.settle(id, &outcome, now()).unwrap();
            assert_eq!(state.pending_steps().unwrap()[&ALMA], left, "{outcome:?}");
            for entry in state.uncertain().unwrap() {
                let sent = of("r2", second.clone());
                let id = state.intend(&sent, now()).unwrap();
                assert!(
                    id > entry.id,
                    "one that was sent is not sent again as itself"
                );
                state.settle(id, &failed(), now()).unwrap();
            }
        }
        let id = state.intend(&intent(&run, "b", 1), now()).unwrap();
        let unlinked = [StateChange::UnlinkCustomer(ALMA)];
        state.settle_with(id, &done(), &unlinked, now()).unwrap();
        assert!(state.pending_writes().unwrap().is_empty());
    }

    #[test]
    fn a_note_is_planned_from_the_intent_of_its_change_until_it_is_written() {
        let (_dir, state) = temporary();
        start_run(&state, "r1");
        let changed = state.intend(&change("r1"), now()).unwrap();
        let planned = notes(&state);
        assert!(matches!(planned.as_slice(), [(_, false)]), "{planned:?}");
        state.settle(changed, &done(), now()).unwrap();
        assert_eq!(notes(&state), [(planned[0].0, true)]);
        // The run is killed while the note is on its way: it is as pending as before.
        let sent = state.intend(&of("r1", note()), now()).unwrap();
        assert_eq!(notes(&state), [(sent, true)]);
        start_run(&state, "r2");
        let again = state.intend(&of("r2", note()), now()).unwrap();
        assert_eq!(notes(&state), [(again, true)]);
        state.settle(again, &failed(), now()).unwrap();
        assert_eq!(notes(&state).len(), 1);
        let last = state.intend(&of("r2", note()), now()).unwrap();
        state.settle(last, &done(), now()).unwrap();
        assert_eq!(notes(&state), []);
        assert!(state.uncertain().unwrap().is_empty());
    }

    #[test]
    fn a_note_about_a_change_that_was_refused_is_not_written() {
        let (_dir, state) = temporary();
        start_run(&state, "r1");
        for (outcome, left) in [(failed(), 0), (lost(), 1)] {
            let changed = state.intend(&change("r1"), now()).unwrap();
            state.settle(changed, &outcome, now()).unwrap();
            assert_eq!(notes(&state).len(), left, "{outcome:?}");
        }
        let (id, is_certain) = notes(&state)[0];
        assert!(!is_certain);
        state
            .write_in_transaction(|tx| drop_planned(tx, id))
            .unwrap();
        assert_eq!(notes(&state), []);
    }
}
