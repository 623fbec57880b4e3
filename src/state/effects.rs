//! What is remembered by the same stroke as an outcome.
//!
//! A tenant that was created and its link, a ticket and its alerts: were they written one after the
//! other, a `kill -9` between them would leave a tenant without its link behind a settled journal.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rusqlite::Connection;

use super::clocks::Clock;
use super::journal::{JournalId, Outcome, Resolved};
use super::ledger::PostingEnd;
use super::pending::{self, Dismissal};
use super::{
    State, adjustments, clocks, customer_links, journal, ledger, owed, product_links, ticket_links,
};
use crate::domain::adjustment_form::AdjustmentForm;
use crate::domain::ids::{AccountName, AlertId, CompanyId, ItemKey, ResourceId, TenantId};
use crate::domain::links::{CustomerLink, ProductLink, Step};
use crate::domain::tickets::{OwedNote, OwedNoteId, TicketLink, TicketLinkId};

/// A change of what is remembered.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    LinkCustomer(CustomerLink),
    UnlinkCustomer(CompanyId),
    SetLoweringApproved(CompanyId, bool),
    /// What a tenant that was made just now still has to get.
    OweStep(CompanyId, Step),
    PayStep(CompanyId, Step),
    SetClock(Box<Clock>),
    ResetClock(AccountName, TenantId),
    SaveProduct(ProductLink),
    UnsetProduct(AccountName, ItemKey),
    OpenTicket(Box<TicketLink>),
    UpdateTicket(TicketLinkId, Box<TicketLink>),
    /// Status and assignment as they were found right after writing.
    SeeTicket(TicketLinkId, Option<i64>, Option<ResourceId>),
    /// An alert of a ticket has ended: with the last one the ticket is over, since then.
    EndAlert(TicketLinkId, AlertId, Timestamp),
    /// The alerts of a completed ticket could not all be dismissed.
    OweDismissal(TicketLinkId),
    PayDismissal(TicketLinkId),
    /// A note beside the change that this very journal entry is about.
    OweNote(Box<OwedNote>),
    /// Its change took effect.
    NoteIsDue(OwedNoteId),
    /// It is written, or there is nothing to be told.
    PayNote(OwedNoteId),
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
        effects: &[Effect],
        now: Timestamp,
    ) -> Result<()> {
        self.write(|tx| {
            journal::settle(tx, id, outcome, now)?;
            remember_all(tx, Some(id), effects, now)
        })
    }

    /// [`State::resolve`], and the effects, all or none.
    pub(crate) fn resolve_with(
        &self,
        id: JournalId,
        resolved: &Resolved,
        effects: &[Effect],
    ) -> Result<()> {
        self.write(|tx| {
            journal::resolve(tx, id, resolved)?;
            remember_all(tx, Some(id), effects, resolved.at)
        })
    }
}

/// Remembers one effect that no write went with, in a transaction of somebody else. What is refused
/// leaves no trace and does not end the transaction; the answer says why.
pub(super) fn remember_alone(
    tx: &Connection,
    effect: &Effect,
    now: Timestamp,
) -> Result<Result<()>> {
    tx.execute_batch("SAVEPOINT alone")?;
    let remembered = remember(tx, None, effect, now);
    if remembered.is_err() {
        tx.execute_batch("ROLLBACK TO alone")?;
    }
    tx.execute_batch("RELEASE alone")?;
    Ok(remembered)
}

pub(super) fn remember_all(
    tx: &Connection,
    id: Option<JournalId>,
    effects: &[Effect],
    now: Timestamp,
) -> Result<()> {
    effects
        .iter()
        .try_for_each(|effect| remember(tx, id, effect, now))
}

/// `id` is the entry of the journal that the effect belongs to.
fn remember(tx: &Connection, id: Option<JournalId>, effect: &Effect, now: Timestamp) -> Result<()> {
    match effect {
        Effect::LinkCustomer(link) => customer_links::link(tx, link)?,
        Effect::UnlinkCustomer(company) => {
            customer_links::unlink(tx, *company, now)?;
            owed::forget(tx, *company)?;
        }
        Effect::SetLoweringApproved(company, approved) => {
            customer_links::set_lowering_approved(tx, *company, *approved)?;
        }
        Effect::OweStep(company, step) => owed::owe(tx, *company, *step, now)?,
        Effect::PayStep(company, step) => owed::pay(tx, *company, *step)?,
        Effect::SetClock(clock) => clocks::set(tx, clock)?,
        Effect::ResetClock(account, tenant) => {
            clocks::reset(tx, account, tenant)?;
        }
        Effect::SaveProduct(link) => product_links::save(tx, link, now)?,
        Effect::UnsetProduct(account, item) => {
            product_links::unset(tx, account, item)?;
        }
        Effect::OpenTicket(link) => {
            ticket_links::open(tx, link)?;
        }
        Effect::UpdateTicket(ticket, link) => ticket_links::update(tx, *ticket, link)?,
        Effect::SeeTicket(ticket, status, assignee) => {
            ticket_links::see(tx, *ticket, *status, *assignee)?;
        }
        Effect::EndAlert(ticket, alert, at) => ticket_links::end_alert(tx, *ticket, alert, *at)?,
        Effect::OweDismissal(ticket) => owed::owe_dismissal(tx, *ticket, now)?,
        Effect::PayDismissal(ticket) => owed::pay_dismissal(tx, *ticket)?,
        Effect::OweNote(note) => {
            let id = id.context("a note is owed with its entry of the journal")?;
            owed::owe_note(tx, id.into(), note)?;
        }
        Effect::NoteIsDue(note) => owed::note_is_due(tx, *note)?,
        Effect::PayNote(note) => owed::pay_note(tx, *note)?,
        Effect::SettlePosting(end) => {
            let id = id.context("a posting is settled with its entry of the journal")?;
            ledger::settle(tx, id, end, now)?;
        }
        Effect::RememberForm(form) => adjustments::remember(tx, *form)?,
        Effect::Dismiss(dismissal) => {
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

    fn link(company: i64, tenant: &str) -> Effect {
        Effect::LinkCustomer(CustomerLink {
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
