//! The end of a run: tickets as they are after it, what waits, and where the next run goes on.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::apply::AppliedActions;
use super::gather::{AccountEnd, Gathered, PendingDismissal};
use super::plan::Settled;
use super::plan::action::Action;
use super::read_back::read_back_tickets;
use crate::domain::ids::{AccountName, AlertId};
use crate::domain::tickets::{AlertHold, HoldReason};
use crate::plan::{Action as _, Plan, PlanLine};
use crate::session::Session;
use crate::state::State;
use crate::state::state_changes::StateChange;

/// What the end of a run needs to know of it.
#[derive(Debug)]
pub(super) struct FinishedRun<'a> {
    pub(super) session: &'a Session,
    pub(super) state: &'a State,
    pub(super) plan: &'a Plan<Action>,
    pub(super) applied: &'a AppliedActions,
    /// Whether all companies were looked at.
    pub(super) whole: bool,
}

/// What of an account was planned and not tried.
#[derive(Debug, Default)]
pub(super) struct UntriedActions {
    /// Alerts whose action stands behind one that failed.
    behind: Vec<AlertHold>,
    /// A change that no alert leads back to stands there, too.
    uncompared: bool,
    /// Something was refused, or the run was stopped: the cursor stays.
    pub(super) cursor_stays: bool,
}

impl FinishedRun<'_> {
    /// Remembers everything that the run found out without writing to a service.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub(super) fn remember_run(
        &self,
        gathered: &mut Gathered,
        settled: Vec<Settled>,
    ) -> Result<()> {
        let mut read_back = read_back_tickets(self.session, self.state, gathered, self.applied)?;
        let mut untried = self.find_untried();
        let ends = std::mem::take(&mut gathered.ends);
        for (end, settled) in ends.into_iter().zip(settled) {
            let account = settled.account.clone();
            let read_back = read_back.remove(&account).unwrap_or_default();
            let untried = untried.remove(&account).unwrap_or_default();
            self.remember_account(&account, end, settled, read_back, &untried)?;
        }
        Ok(())
    }

    fn remember_account(
        &self,
        account: &AccountName,
        end: AccountEnd,
        settled: Settled,
        read_back: Vec<StateChange>,
        untried: &UntriedActions,
    ) -> Result<()> {
        let Self { session, state, .. } = self;
        let move_on = self.whole && !untried.cursor_stays;
        let tickets = settled.remember.into_iter();
        let mut effects: Vec<StateChange> = tickets
            .map(|(id, link)| StateChange::SaveTicket(id, Box::new(link)))
            .collect();
        effects.extend(read_back);
        effects.extend(self.end_dismissals(account, &end.dismissals));
        let needless = settled.needless_notes.into_iter();
        effects.extend(needless.map(|id| StateChange::DropPlanned(id.into())));
        let mut hold: Vec<AlertHold> = settled.hold;
        hold.extend(self.hold_failed(account, &untried.behind));
        let kept: BTreeSet<&AlertId> = hold.iter().map(|one| &one.alert).collect();
        let released: Vec<AlertId> = if move_on {
            let done = settled.looked_at.iter().chain(&end.forgotten);
            done.filter(|id| !kept.contains(id)).cloned().collect()
        } else {
            end.forgotten
        };
        let before = state.alert_cursor(account)?;
        let mut cursor = if move_on { end.cursor } else { before.clone() };
        // What failed without an alert to hold is looked for again, where this run found it.
        if untried.uncompared || self.applied.uncompared.contains(account) {
            cursor.reconciled_at = None;
        }
        state.mark_alert_types_seen(account, &end.types, session.now)?;
        if cursor == before && hold.is_empty() && released.is_empty() && effects.is_empty() {
            return Ok(());
        }
        let now = session.now;
        for lost in state.advance_alert_cursor(account, &cursor, &hold, &released, &effects, now)? {
            session
                .report
                .print_warning(&format!("the next run tries again: {lost}"));
        }
        Ok(())
    }

    /// What was planned and not tried; what a guard holds back is compared again with everything
    /// else, not at every run, but a ticket that nobody remembers is found only where this run
    /// found it. A lane goes in order, and a failure stops it: what stands
    /// behind one that fails at every run must not keep the cursor for ever, so it is held.
    pub(super) fn find_untried(&self) -> BTreeMap<AccountName, UntriedActions> {
        let mut lanes: BTreeMap<String, Vec<&Action>> = BTreeMap::new();
        let refused = |line: &PlanLine<Action>| {
            self.plan.is_refused(line) && !line.action.about().alerts.is_empty()
        };
        for line in self.plan.lines().iter().filter(|line| !refused(line)) {
            let lane = lanes.entry(line.action.lane()).or_default();
            lane.push(&line.action);
        }
        let mut untried: BTreeMap<AccountName, UntriedActions> = BTreeMap::new();
        for (lane, actions) in lanes {
            let tried = self.applied.tried.get(&lane).copied().unwrap_or_default();
            for action in actions.into_iter().skip(tried) {
                let about = action.about();
                let account = untried.entry(about.account.clone()).or_default();
                if self.applied.broken.contains(&lane) {
                    account.uncompared |= about.alerts.is_empty();
                    account.behind.extend(about.alerts.iter().cloned());
                } else {
                    account.cursor_stays = true;
                }
            }
        }
        untried
    }

    /// Alerts whose action failed, or stands behind one that did.
    fn hold_failed(&self, account: &AccountName, behind: &[AlertHold]) -> Vec<AlertHold> {
        let hold = |one: &AlertHold, why: HoldReason, detail: &str| AlertHold {
            why,
            detail: detail.to_owned(),
            ..one.clone()
        };
        let failed = self.applied.failed.iter();
        let failed = failed
            .filter(|failed| failed.account == *account)
            .flat_map(|failed| {
                let alerts = failed.alerts.iter();
                alerts.map(|one| hold(one, failed.why, &failed.detail))
            });
        let before = "an earlier step was not done";
        let behind = behind
            .iter()
            .map(|one| hold(one, HoldReason::Refused, before));
        failed.chain(behind).collect()
    }

    /// Dismissals once more, for what the run remembers of the same tickets is from before them;
    /// and those that are not planned any more: the ticket was opened again, is gone, or its alerts
    /// came anew.
    fn end_dismissals(
        &self,
        account: &AccountName,
        pending: &[PendingDismissal],
    ) -> impl Iterator<Item = StateChange> {
        let planned = |alert: &AlertId| {
            let mut actions = self.plan.lines().iter().map(|line| &line.action);
            actions.any(|action| matches!(action, Action::Dismiss(one) if one.alert == *alert))
        };
        let needless = pending.iter().filter(move |one| !planned(&one.alert));
        let done = self.applied.dismissed.iter();
        done.filter(move |(of, _)| of == account)
            .map(|(_, effect)| effect.clone())
            .chain(needless.map(|one| StateChange::DropPlanned(one.id)))
    }
}
