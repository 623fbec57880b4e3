//! Logins that were refused beyond doubt, so that no unattended run tries them until a user is
//! locked out. Of the credentials only a salted fingerprint is kept.

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::params;

use super::State;
use crate::domain::digest;

/// Bytes of the salt; every state file has its own.
const SALT_BYTES: usize = 16;

/// A login that was refused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct RefusedLogin {
    /// See [`State::login_fingerprint`].
    pub(crate) fingerprint: String,
    pub(crate) at: Timestamp,
    /// The service's answer, without a secret.
    pub(crate) answer: String,
}

impl State {
    /// Names these credentials without giving them away; `None` in a file that never kept any.
    pub(crate) fn login_fingerprint(&self, credentials: &[&str]) -> Result<Option<String>> {
        let salt: Option<String> = self.read_meta("login_salt")?;
        Ok(salt.map(|salt| credentials_fingerprint(&salt, credentials)))
    }

    /// The refused login of a service or account, whatever its credentials were.
    pub(crate) fn refused_login(&self, of: &str) -> Result<Option<RefusedLogin>> {
        let text: Option<String> = self.read_meta(&login_key(of))?;
        text.map(|text| serde_json::from_str(&text).context("reading a refused login"))
            .transpose()
    }

    /// Remembers that these credentials were refused, in the place of others.
    pub(crate) fn keep_refused_login(
        &self,
        of: &str,
        credentials: &[&str],
        answer: &str,
        at: Timestamp,
    ) -> Result<()> {
        let fresh = new_salt()?;
        self.write_in_transaction(|tx| {
            let insert = "INSERT OR IGNORE INTO meta (key, value) VALUES ('login_salt', ?1)";
            tx.execute(insert, params![fresh])?;
            let select = "SELECT value FROM meta WHERE key = 'login_salt'";
            let salt: String = tx.query_row(select, [], |row| row.get(0))?;
            let refused = RefusedLogin {
                fingerprint: credentials_fingerprint(&salt, credentials),
                at,
                answer: answer.to_owned(),
            };
            let sql = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)";
            tx.execute(
                sql,
                params![login_key(of), serde_json::to_string(&refused)?],
            )?;
            Ok(())
        })
    }

    /// Forgets a refusal: the login is good.
    pub(crate) fn forget_refused_login(&self, of: &str) -> Result<()> {
        self.write_in_transaction(|tx| {
            tx.execute("DELETE FROM meta WHERE key = ?1", params![login_key(of)])?;
            Ok(())
        })
    }
}

fn login_key(of: &str) -> String {
    format!("refused_login {of}")
}

fn new_salt() -> Result<String> {
    let mut bytes = [0; SALT_BYTES];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| anyhow!("the operating system provides no random numbers"))?;
    Ok(digest::hex_digest(&format!("{bytes:?}"), SALT_BYTES))
}

/// Each part goes in with its length, so that no two lists of parts are one text.
fn credentials_fingerprint(salt: &str, credentials: &[&str]) -> String {
    let mut text = format!("{salt}\n");
    for part in credentials {
        text.push_str(&format!("{}:{part}\n", part.len()));
    }
    digest::hex_digest(&text, 32)
}

#[cfg(test)]
mod tests {
    use crate::state::open::tests::{now, temporary};

    #[test]
    fn a_refused_login_is_known_again_by_exactly_its_credentials() {
        let (dir, state) = temporary();
        assert_eq!(state.login_fingerprint(&["u", "hush"]).unwrap(), None);
        let keep = |secret| state.keep_refused_login("autotask", &["u", secret], "401", now());
        keep("hush").unwrap();
        let kept = state.refused_login("autotask").unwrap().unwrap();
        assert_eq!((kept.at, kept.answer.as_str()), (now(), "401"));
        let same = |parts: &[&str]| {
            let fingerprint = state.login_fingerprint(parts).unwrap();
            fingerprint.as_deref() == Some(kept.fingerprint.as_str())
        };
        assert!(same(&["u", "hush"]));
        for others in [
            &["u", "other"][..],
            &["uh", "ush"],
            &["u", "hush", ""],
            &["u"],
        ] {
            assert!(!same(others), "{others:?}");
        }
        assert_eq!(state.refused_login("acronis eu").unwrap(), None);
        keep("other").unwrap();
        let later = state.refused_login("autotask").unwrap().unwrap();
        assert_ne!(later.fingerprint, kept.fingerprint);
        state.forget_refused_login("autotask").unwrap();
        assert_eq!(state.refused_login("autotask").unwrap(), None);
        drop(state);
        // Neither secret nor bare digest of one is in the file; another file has another salt.
        let bytes = std::fs::read(dir.path().join("state.db")).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("hush"));
        let (_other_dir, other) = temporary();
        other
            .keep_refused_login("autotask", &["u", "hush"], "401", now())
            .unwrap();
        let other = other.refused_login("autotask").unwrap().unwrap();
        assert_ne!(other.fingerprint, kept.fingerprint);
    }
}
