//! What is owed: to tenants that were made just now, and for tickets, by a run that could not finish.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::State;
use super::columns::At;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::Step;
use crate::domain::tickets::TicketLinkId;

impl State {
    /// The open steps of each company, in their order.
    pub(crate) fn owed_steps(&self) -> Result<BTreeMap<CompanyId, Vec<Step>>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached("SELECT company, step FROM owed_steps")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut owed: BTreeMap<CompanyId, Vec<Step>> = BTreeMap::new();
            for row in rows {
                let (company, step) = row?;
                owed.entry(company).or_default().push(step);
            }
            for steps in owed.values_mut() {
                steps.sort();
            }
            Ok(owed)
        })
    }
}

impl State {
    /// Live tickets that were completed and whose alerts could not all be dismissed yet.
    pub(crate) fn owed_dismissals(&self, account: &AccountName) -> Result<BTreeSet<TicketLinkId>> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT link FROM owed_dismissals JOIN ticket_links ON ticket_links.id = link
                 WHERE account = ?1",
            )?;
            let rows = statement.query_map(params![account], |row| row.get(0).map(TicketLinkId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

pub(super) fn owe_dismissal(tx: &Connection, link: TicketLinkId, now: Timestamp) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO owed_dismissals (link, owed_at) VALUES (?1, ?2)";
    tx.prepare_cached(sql)?.execute(params![link.0, At(now)])?;
    Ok(())
}

pub(super) fn pay_dismissal(tx: &Connection, link: TicketLinkId) -> Result<()> {
    let sql = "DELETE FROM owed_dismissals WHERE link = ?1";
    tx.prepare_cached(sql)?.execute(params![link.0])?;
    Ok(())
}

pub(super) fn owe(tx: &Connection, company: CompanyId, step: Step, now: Timestamp) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO owed_steps (company, step, owed_at) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?
        .execute(params![company, step, At(now)])?;
    Ok(())
}

pub(super) fn pay(tx: &Connection, company: CompanyId, step: Step) -> Result<()> {
    let sql = "DELETE FROM owed_steps WHERE company = ?1 AND step = ?2";
    tx.prepare_cached(sql)?.execute(params![company, step])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::effects::Effect;
    use crate::state::journal::{Outcome, tests::intent};
    use crate::state::open::tests::{now, start_run, temporary};

    #[test]
    fn what_is_owed_is_kept_in_order_until_it_is_done() {
        let (_dir, state) = temporary();
        let run = start_run(&state, "r1");
        let done = Outcome::Done {
            answer: "201".to_owned(),
        };
        let settle = |effects: &[Effect]| {
            let id = state.intend(&intent(&run, "a", 1), now()).unwrap();
            state.settle_with(id, &done, effects, now()).unwrap();
        };
        let alma = CompanyId(1);
        settle(&[
            Effect::OweStep(alma, Step::Administrator),
            Effect::OweStep(alma, Step::TwoFactor),
            Effect::OweStep(alma, Step::TwoFactor),
        ]);
        let owed = state.owed_steps().unwrap();
        assert_eq!(owed[&alma], [Step::TwoFactor, Step::Administrator]);
        settle(&[Effect::PayStep(alma, Step::TwoFactor)]);
        assert_eq!(state.owed_steps().unwrap()[&alma], [Step::Administrator]);
        settle(&[Effect::PayStep(alma, Step::Administrator)]);
        assert!(state.owed_steps().unwrap().is_empty());
    }
}
