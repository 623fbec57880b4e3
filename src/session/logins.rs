//! Logins that were refused beyond doubt: not tried again until something changes, since failed
//! logins lock users out.

use anyhow::{Error, Result};
use jiff::Timestamp;

use super::Session;
use crate::config::{AcronisAccount, Secrets};
use crate::domain::ids::AccountName;
use crate::http::{Failure, FailureKind, Method, Url};
use crate::state::State;
use crate::state::logins::RefusedLogin;

/// What Autotask is called among the logins; accounts of Acronis are called by their name.
const AUTOTASK: &str = "autotask";

/// How a login of this run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LoginOutcome {
    Accepted,
    /// Beyond doubt, with the service's answer.
    Refused(String),
}

impl LoginOutcome {
    /// `None` where nothing is known.
    fn from_answer(refused: Option<String>, is_signed_in: bool) -> Option<Self> {
        match refused {
            Some(answer) => Some(Self::Refused(answer)),
            None => is_signed_in.then_some(Self::Accepted),
        }
    }
}

impl Session {
    /// From now on logins are tried although they were refused before: a person asks for it.
    pub(crate) fn try_refused_logins(&self) {
        let _ = self.retry_logins.set(());
    }

    /// Why Autotask is not asked at all, if its credentials were refused before.
    pub(super) fn autotask_not_tried(&self, secrets: &Secrets) -> Result<Option<Failure>> {
        let refused = self.refused_before(AUTOTASK, &self.autotask_login(secrets))?;
        let url = Url::parse(&self.config.autotask.zone_url)?;
        Ok(refused.map(|refused| not_tried("signing in to Autotask", &url, &refused)))
    }

    /// The same for an account of Acronis.
    pub(super) fn account_not_tried(
        &self,
        account: &AcronisAccount,
        secrets: &Secrets,
    ) -> Result<Option<Failure>> {
        let login = account_login(account, secrets);
        let refused = self.refused_before(&account_key(&account.name), &login)?;
        let what = format!("logging in ({})", account.name);
        let url = Url::parse(&account.url)?;
        Ok(refused.map(|refused| not_tried(&what, &url, &refused)))
    }

    /// Keeps what this run learned of its logins: refused ones, and that others are good again.
    ///
    /// # Errors
    /// When the state file cannot be read or written.
    pub(super) fn remember_logins(&self, state: &State) -> Result<()> {
        for (key, login, end) in self.ended_logins() {
            if !is_news(state, &key, &login, &end)? {
                continue;
            }
            let login: Vec<&str> = login.iter().map(String::as_str).collect();
            match end {
                LoginOutcome::Accepted => state.forget_refused_login(&key)?,
                LoginOutcome::Refused(answer) => {
                    state.keep_refused_login(&key, &login, &answer, self.now)?;
                }
            }
        }
        Ok(())
    }

    /// The same for `check`, which writes nothing else: only into the file, where there is one, and only
    /// what is new.
    ///
    /// # Errors
    /// When it cannot be kept, for example because another run holds the lock.
    pub(crate) fn remember_checked_logins(&self, file: Option<State>) -> Result<()> {
        let Some(state) = file else {
            return Ok(());
        };
        let mut news = false;
        for (key, login, end) in self.ended_logins() {
            news |= is_news(&state, &key, &login, &end)?;
        }
        drop(state);
        if !news {
            return Ok(());
        }
        let _lock = self.take_lock()?;
        self.remember_logins(&State::open_or_create(&self.state_path, self.now)?)
    }

    fn refused_before(&self, key: &str, login: &[String]) -> Result<Option<RefusedLogin>> {
        if self.retry_logins.get().is_some() {
            return Ok(None);
        }
        let Some(state) = State::open_read_only(&self.state_path)? else {
            return Ok(None);
        };
        let refused = state.refused_login(key)?;
        let login: Vec<&str> = login.iter().map(String::as_str).collect();
        let fingerprint = state.login_fingerprint(&login)?;
        Ok(refused.filter(|refused| fingerprint.as_ref() == Some(&refused.fingerprint)))
    }

    /// The logins that this run tried and saw the end of: key, credentials, end.
    fn ended_logins(&self) -> Vec<(String, Vec<String>, LoginOutcome)> {
        let Some(secrets) = self.secrets.get() else {
            return Vec::new();
        };
        let mut ended = Vec::new();
        if let Some(autotask) = self.autotask.get() {
            let end = LoginOutcome::from_answer(autotask.refused_login(), autotask.is_signed_in());
            ended.extend(end.map(|end| (AUTOTASK.to_owned(), self.autotask_login(secrets), end)));
        }
        for (section, account) in self
            .config
            .acronis
            .iter()
            .zip(self.accounts.get().into_iter().flatten())
        {
            let acronis = &account.acronis;
            let end = LoginOutcome::from_answer(acronis.refused_login(), acronis.is_signed_in());
            let key = account_key(&section.name);
            ended.extend(end.map(|end| (key, account_login(section, secrets), end)));
        }
        ended
    }

    /// Everything that a person may change to make the login another one.
    fn autotask_login(&self, secrets: &Secrets) -> Vec<String> {
        let section = &self.config.autotask;
        vec![
            section.username.clone(),
            secrets.autotask_secret.expose().to_owned(),
            secrets.autotask_integration_code.expose().to_owned(),
            section.url.clone().unwrap_or_default(),
            section.zone_url.clone(),
        ]
    }
}

fn account_key(name: &AccountName) -> String {
    format!("acronis {name}")
}

fn account_login(account: &AcronisAccount, secrets: &Secrets) -> Vec<String> {
    let secret = secrets.acronis.get(&account.name);
    vec![
        account.client_id.clone(),
        secret.map_or_else(String::new, |secret| secret.expose().to_owned()),
        account.url.clone(),
    ]
}

/// Whether the end of a login is anything that the state does not know.
fn is_news(state: &State, key: &str, login: &[String], end: &LoginOutcome) -> Result<bool> {
    let known = state.refused_login(key)?;
    Ok(match (end, known) {
        (LoginOutcome::Accepted, known) => known.is_some(),
        (LoginOutcome::Refused(_), None) => true,
        (LoginOutcome::Refused(_), Some(known)) => {
            let login: Vec<&str> = login.iter().map(String::as_str).collect();
            state.login_fingerprint(&login)?.as_ref() != Some(&known.fingerprint)
        }
    })
}

fn not_tried(what: &str, url: &Url, refused: &RefusedLogin) -> Failure {
    let RefusedLogin { at, answer, .. } = refused;
    let at: Timestamp = *at;
    let cause = format!(
        "these credentials were refused on {at:.0} ({answer}). To keep the user from being locked \
         out, no login was tried now: change the secret, or run `acrotask check`, to try again"
    );
    Failure::new(FailureKind::Unauthorized, what, Method::GET, url).with_cause(cause)
}

impl Session {
    /// Tells of logins that could not be kept; the check itself stands.
    pub(crate) fn warn_of_logins(&self, error: &Error) {
        let text = format!("the result of the logins could not be saved: {error:#}");
        self.report.print_warning(&text);
    }
}
