//! From a file to a [`Config`], or to everything that is wrong with it.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use toml::de::DeTable;

use super::accounts::{AcronisAccount, Autotask, read_accounts};
use super::billing::Billing;
use super::contracts::Contracts;
use super::customers::{CustomerTask, Customers, compare_with_billing};
use super::limits::Limits;
use super::network::{Hooks, Network, StateSettings};
use super::problem::{Findings, Problem, Problems};
use super::products::Products;
use super::provisioning::Provisioning;
use super::read::Table;
use super::secret_source::warn_of_plain_secrets;
use super::section::section;
use super::tickets::Tickets;
use crate::domain::ids::{AccountName, CompanyId};

section! {
    /// Configuration of acrotask. Every key stands here with its default. A key that has no default is
    /// commented out and shows an example. `acrotask check` reads this file first and reports what is wrong
    /// in it with file, line and key.
    "" struct Config {
        /// The calendar of your business, an IANA name: which day is today, when a billing period begins.
        /// Not set: the zone of the machine, kept in the state file by the first run that writes; a machine
        /// whose zone has other rules is then refused until this is set.
        ///
        /// Everything that plans is refused there (exit code 2). `acrotask check` prints the zone, where it
        /// comes from, and today's date.
        time_zone: Option<TimeZone> = none, eg "Europe/Berlin";
        /// The accounts, at least one; their names are unique.
        acronis: Vec<AcronisAccount>, by read_accounts;
        /// The Autotask database.
        autotask: Autotask;
        /// How requests are made.
        network: Network = {};
        /// Where the state file is.
        state: StateSettings = {};
        /// Defaults for mapping offering items.
        products: Products = {};
        /// Which contracts are reported before they end.
        contracts: Contracts = {};
        /// How contracts become tenants and quotas.
        provisioning: Provisioning = {};
        /// How usage becomes contract units.
        billing: Billing = {};
        /// Customers that differ from the others.
        customers as "customer": Customers = none;
        /// How alerts become tickets.
        tickets: Tickets = {};
        /// Safety limits.
        limits: Limits = {};
        /// Who is notified of a run.
        hooks: Hooks = {};
        // The file it was read from.
        plus file: PathBuf = Table::file_path;
        check find_storages: acronis, provisioning;
        check compare_with_billing: customers, billing;
    }
}

impl Config {
    /// Whether contracts of a company are used for anything but its tickets: only then do tickets name
    /// them (guide §5.6, second condition).
    pub(crate) fn uses_contracts(&self, company: CompanyId) -> bool {
        let on = |all, task| all && !self.customers.has_off(company, task);
        on(self.provisioning.enabled, CustomerTask::Provisioning)
            || on(self.billing.enabled, CustomerTask::Billing)
    }
}

/// A configuration, and what is risky about it.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// To be shown, never to stop on.
    pub(crate) warnings: Vec<Problem>,
}

/// Reads and checks a configuration file. Secrets are not read.
///
/// # Errors
///
/// Every problem of the file, each with line and key; one problem when it is not TOML or not readable.
pub(crate) fn load_file(path: &Path) -> Result<Loaded, Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let findings = Findings::new(path, "", &Config::SECTION);
        findings.add_problem(None, "", format!("cannot be read: {error}"));
        findings.into_problems()
    })?;
    parse(path, &text)
}

/// Checks the text of a configuration file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Loaded, Problems> {
    let findings = Findings::new(path, text, &Config::SECTION);
    let config = match DeTable::parse(text) {
        Ok(tree) => {
            let tree = tree.into_inner();
            let file = Table::open(&findings, "", None, tree, &Config::SECTION);
            Config::read_table(&file)
        }
        Err(error) => {
            let line = error.span().map(|span| findings.line_of(span.start));
            let what = error.message().lines().collect::<Vec<&str>>().join("; ");
            findings.add_problem(line, "", format!("not valid TOML: {what}"));
            None
        }
    };
    let Some(config) = config else {
        return Err(findings.into_problems());
    };
    let accounts = config.acronis.iter().map(|account| &account.client_secret);
    let autotask = [&config.autotask.secret, &config.autotask.integration_code];
    warn_of_plain_secrets(path, accounts.chain(autotask), &findings);
    let warnings = findings.into_result()?;
    Ok(Loaded { config, warnings })
}

/// Whether each default storage belongs to an account that there is.
fn find_storages(
    table: &Table<'_>,
    accounts: &[AcronisAccount],
    provisioning: &Provisioning,
) -> Option<()> {
    let known = |name: &AccountName| accounts.iter().any(|account| account.name == *name);
    let mut sound = Some(());
    for name in provisioning
        .default_storage
        .keys()
        .filter(|name| !known(name))
    {
        let names: Vec<&str> = accounts
            .iter()
            .map(|account| account.name.as_str())
            .collect();
        let names = names.join(", ");
        let what = format!("no [[acronis]] block has the name \"{name}\"; there is: {names}");
        sound = table.refuse(Provisioning::DEFAULT_STORAGE, what);
    }
    sound
}

/// The configuration of a text, for tests.
#[cfg(test)]
pub(crate) fn from_text(text: &str) -> Result<Config, Problems> {
    parse(Path::new("/etc/acrotask/config.toml"), text).map(|loaded| loaded.config)
}

/// A configuration with one account "eu" and the default of everything else, for tests.
#[cfg(test)]
pub(crate) fn sample() -> Config {
    from_text(SAMPLE).unwrap()
}

/// The same with these lines more.
#[cfg(test)]
pub(crate) fn sample_with(more: &str) -> Config {
    from_text(&format!("{SAMPLE}\n{more}")).unwrap()
}

#[cfg(test)]
pub(super) const SAMPLE: &str = r#"
[[acronis]]
name = "eu"
url = "https://eu2-cloud.acronis.com"
client_id = "c"
client_secret = { env = "ACRONIS_CLIENT_SECRET" }

[autotask]
username = "u"
secret = { env = "AUTOTASK_SECRET" }
integration_code = { env = "AUTOTASK_INTEGRATION_CODE" }
"#;
