//! What tenants that were made just now still have to get.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::State;
use super::columns::At;
use crate::domain::ids::CompanyId;
use crate::domain::links::Step;

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
