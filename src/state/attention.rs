//! What needs a person, remembered so that cron tells it once and not daily.

use anyhow::Result;
use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params, params};

use super::State;
use super::columns::At;
use crate::domain::ids::{AccountName, CompanyId};

/// Something that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attention {
    pub(crate) command: String,
    /// What it is about, unique within the command.
    pub(crate) key: String,
    pub(crate) account: Option<AccountName>,
    pub(crate) company: Option<CompanyId>,
    /// What to do, in a sentence.
    pub(crate) text: String,
    /// Fingerprint of the cause: when it changes, the matter is new again.
    pub(crate) fingerprint: String,
}

/// A remembered matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) attention: Attention,
    /// Since when it stands with this fingerprint.
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
}

impl State {
    /// What waits for a person, of one command or of all.
    pub(crate) fn attention(&self, command: Option<&str>) -> Result<Vec<Remembered>> {
        self.read(|tx| waiting(tx, command))
    }

    /// Takes over what a run found: what it saw is remembered, and what it looked at (`covered`) but
    /// did not see any more is forgotten. A run that was narrowed to some companies, or that lost an
    /// account, covers only the rest.
    pub(crate) fn keep_attention(
        &self,
        command: &str,
        seen: &[Attention],
        covered: impl Fn(&Attention) -> bool,
        now: Timestamp,
    ) -> Result<()> {
        self.write(|tx| {
            for held in waiting(tx, Some(command))? {
                let still_there = seen.iter().any(|one| one.key == held.attention.key);
                if !still_there && covered(&held.attention) {
                    forget(tx, command, &held.attention.key)?;
                }
            }
            seen.iter().try_for_each(|one| raise(tx, one, now))
        })
    }
}

fn raise(tx: &Connection, attention: &Attention, now: Timestamp) -> Result<()> {
    let Attention {
        command,
        key,
        account,
        company,
        text,
        fingerprint,
    } = attention;
    let mut statement = tx.prepare_cached(
        "INSERT INTO attention (command, key, account, company, text, fingerprint, first_seen,
           last_seen)
         VALUES (:command, :key, :account, :company, :text, :fingerprint, :now, :now)
         ON CONFLICT (command, key) DO UPDATE SET
           first_seen = iif(fingerprint = excluded.fingerprint, first_seen, excluded.first_seen),
           account = excluded.account, company = excluded.company, text = excluded.text,
           fingerprint = excluded.fingerprint, last_seen = excluded.last_seen",
    )?;
    statement.execute(named_params! {
        ":command": command,
        ":key": key,
        ":account": account,
        ":company": company,
        ":text": text,
        ":fingerprint": fingerprint,
        ":now": At(now),
    })?;
    Ok(())
}

fn forget(tx: &Connection, command: &str, key: &str) -> Result<()> {
    let sql = "DELETE FROM attention WHERE command = ?1 AND key = ?2";
    tx.prepare_cached(sql)?.execute(params![command, key])?;
    Ok(())
}

fn waiting(tx: &Connection, command: Option<&str>) -> Result<Vec<Remembered>> {
    let mut statement = tx.prepare_cached(
        "SELECT * FROM attention WHERE ?1 IS NULL OR command = ?1 ORDER BY command, key",
    )?;
    let rows = statement.query_map(params![command], read_remembered)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_remembered(row: &Row<'_>) -> rusqlite::Result<Remembered> {
    Ok(Remembered {
        attention: Attention {
            command: row.get("command")?,
            key: row.get("key")?,
            account: row.get("account")?,
            company: row.get("company")?,
            text: row.get("text")?,
            fingerprint: row.get("fingerprint")?,
        },
        first_seen: row.get::<_, At>("first_seen")?.0,
        last_seen: row.get::<_, At>("last_seen")?.0,
    })
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::state::open::tests::{now, temporary};

    fn matter(key: &str, company: i64, fingerprint: &str) -> Attention {
        Attention {
            command: "sync-billing".to_owned(),
            key: key.to_owned(),
            account: None,
            company: Some(CompanyId(company)),
            text: format!("look at {key}"),
            fingerprint: fingerprint.to_owned(),
        }
    }

    fn keep(state: &State, seen: &[Attention], days: i64) {
        let at = now() + (24 * days).hours();
        state
            .keep_attention("sync-billing", seen, |_| true, at)
            .unwrap();
    }

    #[test]
    fn a_matter_stands_since_its_cause_changed() {
        let (_dir, state) = temporary();
        keep(&state, &[matter("a", 1, "5 devices")], 0);
        keep(&state, &[matter("a", 1, "5 devices")], 1);
        let held = state.attention(None).unwrap();
        assert_eq!(held[0].first_seen, now());
        assert_eq!(held[0].last_seen, now() + 24.hours());

        keep(&state, &[matter("a", 1, "6 devices")], 2);
        let held = state.attention(None).unwrap();
        assert_eq!(held[0].first_seen, now() + 48.hours());
    }

    #[test]
    fn a_matter_that_is_gone_is_forgotten_and_would_be_new_again() {
        let (_dir, state) = temporary();
        keep(&state, &[matter("a", 1, "x"), matter("b", 2, "x")], 0);
        keep(&state, &[matter("b", 2, "x")], 1);
        let held = state.attention(Some("sync-billing")).unwrap();
        let keys: Vec<&str> = held
            .iter()
            .map(|held| held.attention.key.as_str())
            .collect();
        assert_eq!(keys, ["b"]);
    }

    #[test]
    fn a_run_forgets_only_what_it_looked_at() {
        let (_dir, state) = temporary();
        keep(&state, &[matter("a", 1, "x"), matter("b", 2, "x")], 0);
        let first_only = |matter: &Attention| matter.company == Some(CompanyId(1));
        state
            .keep_attention("sync-billing", &[], first_only, now())
            .unwrap();
        let held = state.attention(Some("sync-billing")).unwrap();
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].attention.key, "b");
        assert!(state.attention(Some("provision")).unwrap().is_empty());
    }
}
