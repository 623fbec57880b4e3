//! What runs saw of Autotask, so that a later run notices what is suddenly out of sight.

use anyhow::{Context as _, Result};
use jiff::civil::Date;
use rusqlite::params;

use super::{AccessMode, State};
use crate::domain::ids::{CompanyId, ContractId};
use crate::domain::seen_contracts::{SeenContract, SeenContracts};

const PAYG_FIELD: &str = "seen_payg_field";
const CONTRACTS: &str = "seen_contracts";

/// Contracts as they stand in the file: id, company, last day, pay-as-you-go.
type Row = (i64, i64, Date, bool);

impl State {
    /// The name of the field that said how contracts are billed when it was last seen on one.
    pub(crate) fn payg_field_seen(&self) -> Result<Option<String>> {
        self.read_meta(PAYG_FIELD)
    }

    /// Remembers that contracts show the field. A dry run remembers nothing.
    pub(crate) fn mark_payg_field_seen(&self, name: &str) -> Result<()> {
        self.set_meta(PAYG_FIELD, name)
    }

    /// The contracts of linked companies that the last run saw; nothing before the first.
    pub(crate) fn contracts_seen(&self) -> Result<SeenContracts> {
        let Some(text) = self.read_meta::<String>(CONTRACTS)? else {
            return Ok(SeenContracts::default());
        };
        let (rows, lines): (Vec<Row>, bool) =
            serde_json::from_str(&text).context("reading the contracts that were seen")?;
        let seen = rows.into_iter().map(|(id, company, end, is_payg)| {
            let company = CompanyId(company);
            let seen = SeenContract {
                company,
                end,
                is_payg,
            };
            (ContractId(id), seen)
        });
        Ok(SeenContracts {
            in_force: seen.collect(),
            lines,
        })
    }

    /// Remembers them. A dry run remembers nothing.
    pub(crate) fn mark_contracts_seen(&self, seen: &SeenContracts) -> Result<()> {
        let SeenContracts { in_force, lines } = seen;
        let rows: Vec<Row> = in_force
            .iter()
            .map(|(id, seen)| (id.0, seen.company.0, seen.end, seen.is_payg))
            .collect();
        self.set_meta(CONTRACTS, &serde_json::to_string(&(rows, lines))?)
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        if self.access == AccessMode::ReadOnly
            || self.read_meta::<String>(key)?.as_deref() == Some(value)
        {
            return Ok(());
        }
        self.write_in_transaction(|tx| {
            tx.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![key, value],
            )?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::state::open::tests::temporary;

    #[test]
    fn contracts_come_back_as_they_were_seen() {
        let (_dir, state) = temporary();
        assert_eq!(state.contracts_seen().unwrap(), SeenContracts::default());
        let contract = SeenContract {
            company: CompanyId(4711),
            end: date(2026, 12, 31),
            is_payg: true,
        };
        let seen = SeenContracts {
            in_force: [(ContractId(29), contract)].into(),
            lines: true,
        };
        state.mark_contracts_seen(&seen).unwrap();
        assert_eq!(state.contracts_seen().unwrap(), seen);
    }

    #[test]
    fn the_field_is_remembered_by_its_last_name_and_not_by_a_dry_run() {
        let (_dir, state) = temporary();
        assert_eq!(state.payg_field_seen().unwrap(), None);
        for name in ["Acronis PAYG", "Pay as you go"] {
            state.mark_payg_field_seen(name).unwrap();
            assert_eq!(state.payg_field_seen().unwrap().as_deref(), Some(name));
        }
        let dry = State::empty_in_memory().unwrap();
        dry.mark_payg_field_seen("Acronis PAYG").unwrap();
        assert_eq!(dry.payg_field_seen().unwrap(), None);
    }
}
