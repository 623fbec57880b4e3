//! What is remembered in the same transaction as an outcome.
//!
//! A tenant that was created and its link, a ticket and its alerts: were they written one after the
//! other, a `kill -9` between them would leave a tenant without its link behind a settled journal.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::Connection;

use super::countdowns::Countdown;
use super::journal::planned::{self, PlannedWrite};
use super::journal::{JournalId, Outcome, Resolved};
use super::ledger::PostingEnd;
use super::pending::{self, Dismissal};
use super::{
    State, adjustments, countdowns, customer_links, journal, ledger, product_links, ticket_links,
};
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{AccountName, AlertId, CompanyId, ItemKey, ResourceId, TenantId};
use crate::domain::links::{CustomerLink, ProductLink};
use crate::domain::tickets::{TicketLink, TicketLinkId};

/// A change of what is remembered.
#[derive(Clone, Debug)]
pub(crate) enum StateChange {
    LinkCustomer(CustomerLink),
    UnlinkCustomer(CompanyId),
    SetLoweringApproved(CompanyId, bool),
    /// What this very journal entry leaves to be written.
    PlanWrite(Box<PlannedWrite>),
    /// There is nothing to be written any more.
    DropPlanned(JournalId),
    SetClock(Box<Countdown>),
    ResetClock(AccountName, TenantId),
    SaveProduct(ProductLink),
    UnsetProduct(AccountName, ItemKey),
    /// What is known of a ticket; a new link when there is no number yet.
    SaveTicket(Option<TicketLinkId>, Box<TicketLink>),
    /// Status, assignment and priority as they were found right after writing.
    SeeTicket(TicketLinkId, Option<i64>, Option<ResourceId>, Option<i64>),
    /// An alert of a ticket has ended: with the last one the ticket is over, since then.
    EndAlert(TicketLinkId, AlertId, Timestamp),
    /// What became of the posting of this very journal entry.
    SettlePosting(PostingEnd),
    /// The form of an adjustment that worked where the other one was refused.
    RememberForm(AdjustmentForm),
    /// An item that a person settled by hand.
    Dismiss(Box<Dismissal>),
}

impl State {
    /// Writes down what became of an intent, once, and the effects, all or none.
    pub(crate) fn settle_with(
        &self,
        id: JournalId,
        outcome: &Outcome,
        effects: &[StateChange],
        now: Timestamp,
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            journal::settle(tx, id, outcome, now)?;
            apply_all_changes(tx, Some(id), effects, now)
        })
    }

    /// [`State::resolve`], and the effects, all or none.
    pub(crate) fn resolve_with(
        &self,
        id: JournalId,
        resolved: &Resolved,
        effects: &[StateChange],
    ) -> Result<()> {
        self.write_in_transaction(|tx| {
            journal::resolve(tx, id, resolved)?;
            apply_all_changes(tx, Some(id), effects, resolved.at)
        })
    }
}

/// Remembers one effect that no write went with, in a transaction of somebody else. What is refused
/// leaves no trace and does not end the transaction; the answer says why.
pub(super) fn apply_change_alone(
    tx: &Connection,
    effect: &StateChange,
    now: Timestamp,
) -> Result<Result<()>> {
    tx.execute_batch("SAVEPOINT alone")?;
    let remembered = apply_state_change(tx, None, effect, now);
    if remembered.is_err() {
        tx.execute_batch("ROLLBACK TO alone")?;
    }
    tx.execute_batch("RELEASE alone")?;
    Ok(remembered)
}

pub(super) fn apply_all_changes(
    tx: &Connection,
    id: Option<JournalId>,
    effects: &[StateChange],
    now: Timestamp,
) -> Result<()> {
    effects
        .iter()
        .try_for_each(|effect| apply_state_change(tx, id, effect, now))
}

/// `id` is the entry of the journal that the effect belongs to.
fn apply_state_change(
    tx: &Connection,
    id: Option<JournalId>,
    effect: &StateChange,
    now: Timestamp,
) -> Result<()> {
    match effect {
        StateChange::LinkCustomer(link) => customer_links::insert_or_refresh_link(tx, link)?,
        StateChange::UnlinkCustomer(company) => {
            customer_links::end_customer_link(tx, *company, now)?;
            planned::drop_steps(tx, *company)?;
        }
        StateChange::SetLoweringApproved(company, approved) => {
            customer_links::set_lowering_approved(tx, *company, *approved)?;
        }
        StateChange::PlanWrite(write) => {
            let id = id.context("a write is planned with an entry of the journal")?;
            planned::plan(tx, id, write, now)?;
        }
        StateChange::DropPlanned(id) => planned::drop_planned(tx, *id)?,
        StateChange::SetClock(clock) => countdowns::upsert_countdown(tx, clock)?,
        StateChange::ResetClock(account, tenant) => {
            countdowns::delete_countdown(tx, account, tenant)?;
        }
        StateChange::SaveProduct(link) => product_links::save_product_link(tx, link, now)?,
        StateChange::UnsetProduct(account, item) => {
            product_links::delete_product_link(tx, account, item)?;
        }
        StateChange::SaveTicket(ticket, link) => {
            ticket_links::save_ticket_link(tx, *ticket, link)?;
        }
        StateChange::SeeTicket(ticket, status, assignee, priority) => {
            ticket_links::save_seen_ticket(tx, *ticket, *status, *assignee, *priority)?;
        }
        StateChange::EndAlert(ticket, alert, at) => {
            ticket_links::end_alert(tx, *ticket, alert, *at)?
        }
        StateChange::SettlePosting(end) => {
            let id = id.context("a posting is settled with its entry of the journal")?;
            ledger::settle_posting(tx, id, end, now)?;
        }
        StateChange::RememberForm(form) => adjustments::save_adjustment_form(tx, *form)?,
        StateChange::Dismiss(dismissal) => {
            let id = id.context("an item is dismissed with its entry of the journal")?;
            pending::dismiss(tx, id, dismissal)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TenantId;
    use crate::domain::links::LinkedBy;
    use crate::state::journal::tests::intent;
    use crate::state::open::tests::{now, start_run, temporary};

    fn link(company: i64, tenant: &str) -> StateChange {
        StateChange::LinkCustomer(CustomerLink {
            company: CompanyId(company),
            account: AccountName::new("eu"),
            tenant: TenantId::new(tenant),
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

    #[test]
    fn an_outcome_and_its_effects_are_written_together_or_not_at_all() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        let done = Outcome::Done {
            answer: "201".to_owned(),
        };
        let id = state.intend(&intent(&run, "a", 1), now()).unwrap();
        let clash = [link(1, "a"), link(2, "a")];
        state.settle_with(id, &done, &clash, now()).unwrap_err();
        assert!(state.customer_links().unwrap().is_empty());
        assert_eq!(state.uncertain().unwrap().len(), 1);

        state.settle_with(id, &done, &clash[..1], now()).unwrap();
        assert_eq!(state.customer_links().unwrap().len(), 1);
        assert!(state.uncertain().unwrap().is_empty());
    }
}
