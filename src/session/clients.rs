//! The connections of a run, made when first needed.

use anyhow::{Context as _, Result};

use super::Session;
use crate::acronis::{self, Acronis};
use crate::autotask::{self, Autotask};
use crate::config::Secrets;
use crate::domain::ids::AccountName;
use crate::exit::UsageError;
use crate::http::{self, Failure, FailureKind, RetrySchedule, Transport, Url};
use crate::state::State;

/// One Acronis account: a data centre with an API client.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: AccountName,
    pub(crate) acronis: Acronis,
    /// Where new customers go, by id or name; the client's own tenant unless configured.
    pub(crate) partner: Option<String>,
}

/// An account that could not be read; the others go on.
#[derive(Debug)]
pub(crate) struct AccountFailure {
    pub(crate) account: AccountName,
    pub(crate) error: anyhow::Error,
}

impl Session {
    /// Autotask, signed in, with the run's share of the hourly requests set.
    ///
    /// # Errors
    /// When secrets, zone or credentials are wrong, or the budget is spent already.
    pub(crate) fn connected_autotask(&self) -> Result<&Autotask> {
        let autotask = match self.autotask.get() {
            Some(autotask) => autotask,
            None => {
                let autotask = self.connect_autotask()?;
                self.autotask.get_or_init(|| autotask)
            }
        };
        let signed_in = self.autotask_sign_in.get_or_init(|| self.sign_in(autotask));
        signed_in.clone()?;
        Ok(autotask)
    }

    fn connect_autotask(&self) -> Result<Autotask> {
        let secrets = self.read_secrets()?;
        if let Some(refused) = self.autotask_not_tried(secrets)? {
            return Err(refused.into());
        }
        let section = &self.config.autotask;
        let settings = autotask::AutotaskSettings {
            username: section.username.clone(),
            secret: secrets.autotask_secret.clone(),
            integration_code: secrets.autotask_integration_code.clone(),
            url: section.url.clone(),
            zone_url: section.zone_url.clone(),
            database: self.known_database()?,
        };
        Ok(Autotask::connect_to_zone(
            settings,
            self.shared_transport()?,
        )?)
    }

    /// The first signed request, which sets the run's share of the requests. How it ended stands for
    /// the whole run: each further try with a wrong secret is one more failed login.
    fn sign_in(&self, autotask: &Autotask) -> Result<(), Failure> {
        let share = u8::try_from(self.config.limits.autotask_requests_percent).unwrap_or(100);
        match autotask.limit_to(share) {
            Ok(threshold) => {
                tracing::info!(?threshold, "Autotask's request counter");
                Ok(())
            }
            Err(failure) if is_only_a_count(&failure) => {
                autotask.limit_blindly(share);
                self.report.print_progress(&format!(
                    "Autotask's request counter could not be read, so its usual limit is assumed: \
                     {failure}"
                ));
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    /// The id of the Autotask database without looking up the zone: from the configuration, or,
    /// where the address is configured, from the state file that an earlier run tied to it.
    fn known_database(&self) -> Result<Option<i64>> {
        let section = &self.config.autotask;
        if section.database_id.is_some() || section.url.is_none() {
            return Ok(section.database_id);
        }
        match State::open_read_only(&self.state_path)? {
            Some(state) => state.autotask_database(),
            None => Ok(None),
        }
    }

    /// All configured Acronis accounts. Nothing is asked yet: a wrong secret shows at the first
    /// request, and only for its own account.
    ///
    /// # Errors
    /// When a secret cannot be read or an address is wrong.
    pub(crate) fn acronis_accounts(&self) -> Result<&[Account]> {
        if let Some(accounts) = self.accounts.get() {
            return Ok(accounts);
        }
        let secrets = self.read_secrets()?;
        let transport = self.shared_transport()?;
        let accounts = self
            .config
            .acronis
            .iter()
            .map(|section| {
                let secret = secrets.acronis.get(&section.name).with_context(|| {
                    format!("the secret of account {} is missing", section.name)
                })?;
                let settings = acronis::AcronisSettings {
                    account: section.name.clone(),
                    url: parse_address(&section.url)?,
                    client_id: section.client_id.clone(),
                    client_secret: secret.clone(),
                };
                let acronis = Acronis::new(settings, transport.clone());
                if let Some(refused) = self.account_not_tried(section, secrets)? {
                    acronis.never_sign_in(refused);
                }
                Ok(Account {
                    name: section.name.clone(),
                    acronis,
                    partner: section.partner.clone(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(self.accounts.get_or_init(|| accounts))
    }

    /// The accounts of these names; all when none is named.
    ///
    /// # Errors
    /// When a name is not configured.
    pub(crate) fn accounts_named(&self, names: &[String]) -> Result<Vec<&Account>> {
        let accounts = self.acronis_accounts()?;
        if let Some(unknown) = names.iter().find(|name| {
            !accounts
                .iter()
                .any(|account| account.name.as_str() == *name)
        }) {
            let known: Vec<&str> = accounts
                .iter()
                .map(|account| account.name.as_str())
                .collect();
            return Err(UsageError(format!(
                "no Acronis account is named {unknown}; configured accounts: {}",
                known.join(", ")
            ))
            .into());
        }
        Ok(accounts
            .iter()
            .filter(|account| {
                names.is_empty() || names.iter().any(|name| name == account.name.as_str())
            })
            .collect())
    }

    /// All secrets, read when first needed.
    ///
    /// # Errors
    /// Every secret that cannot be read, with file, line and key.
    pub(crate) fn read_secrets(&self) -> Result<&Secrets> {
        if let Some(secrets) = self.secrets.get() {
            return Ok(secrets);
        }
        let secrets = self.config.resolve_secrets(&self.env)?;
        for warning in &secrets.warnings {
            self.report.print_warning(&warning.to_string());
        }
        Ok(self.secrets.get_or_init(|| secrets))
    }

    /// One for all: what a run may wait for services is one allowance.
    fn shared_transport(&self) -> Result<Transport> {
        if let Some(transport) = self.transport.get() {
            return Ok(transport.clone());
        }
        let section = &self.config.network;
        let settings = http::HttpSettings {
            connect_timeout: section.connect_timeout,
            total_timeout: section.timeout,
            ca_file: section.ca_file.clone(),
            ssl_cert_file: self.env.find_path("SSL_CERT_FILE"),
            schedule: RetrySchedule {
                attempts_max: section.attempts,
                ..RetrySchedule::default()
            },
            wait_max: section.wait_max,
        };
        let transport = Transport::new(&settings, self.interrupt.clone())?;
        Ok(self.transport.get_or_init(|| transport).clone())
    }
}

/// The counter only counts: a service that has no answer about it may still have one about the rest.
/// A refused login is refused for all, and no further one is tried.
fn is_only_a_count(failure: &Failure) -> bool {
    !matches!(
        failure.kind,
        FailureKind::Unauthorized
            | FailureKind::Interrupted
            | FailureKind::BadUrl
            | FailureKind::BudgetSpent
    )
}

/// The configuration has checked it; a second mistake would be ours.
fn parse_address(text: &str) -> Result<Url> {
    Url::parse(text).with_context(|| format!("reading the address {text}"))
}
