//! From a file to a [`Config`], or to everything that is wrong with it.

use std::path::Path;

use toml::de::DeTable;

use super::keys::{Section, optional, required, table};
use super::problem::{Findings, Problem, Problems};
use super::read::{Node, Table};
use super::{
    AcronisAccount, Config, Provisioning, accounts, billing, customers, limits, network, products,
    provisioning, secrets, tickets,
};
use crate::domain::ids::AccountName;

/// The tables of the file itself.
pub(super) const FILE: Section = Section {
    path: "",
    keys: &[
        optional("time_zone"),
        required("acronis"),
        required("autotask"),
        table("network"),
        table("state"),
        table("products"),
        table("provisioning"),
        table("billing"),
        table("customer"),
        table("tickets"),
        table("limits"),
        table("hooks"),
    ],
};

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
pub(crate) fn load(path: &Path) -> Result<Loaded, Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let findings = Findings::new(path, "");
        findings.problem(None, "", format!("cannot be read: {error}"));
        findings.into_problems()
    })?;
    parse(path, &text)
}

/// Checks the text of a configuration file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Loaded, Problems> {
    let findings = Findings::new(path, text);
    let config = match DeTable::parse(text) {
        Ok(tree) => read(&findings, tree.into_inner()),
        Err(error) => {
            let line = error.span().map(|span| findings.line_of(span.start));
            let what = error.message().lines().collect::<Vec<&str>>().join("; ");
            findings.problem(line, "", format!("not valid TOML: {what}"));
            None
        }
    };
    let Some(config) = config else {
        return Err(findings.into_problems());
    };
    let warnings = findings.into_result()?;
    Ok(Loaded { config, warnings })
}

fn read(findings: &Findings, tree: DeTable<'_>) -> Option<Config> {
    let file = Table::open(findings, "", None, tree, &FILE);
    let time_zone = file.maybe("time_zone", Node::time_zone);
    let acronis = file.read("acronis", accounts::read_accounts);
    let autotask = file.read("autotask", |node| {
        accounts::read_autotask(&node.table(&accounts::AUTOTASK)?)
    });
    let network = file.table("network", &network::NETWORK);
    let network = network.and_then(|table| network::read_network(&table));
    let state = file.table("state", &network::STATE);
    let state = state.and_then(|table| network::read_state(&table));
    let products = file.table("products", &products::PRODUCTS);
    let products = products.and_then(|table| products::read(&table));
    let provisioning = file.table("provisioning", &provisioning::PROVISIONING);
    let provisioning = provisioning.and_then(|table| {
        let read = provisioning::read(&table)?;
        storages_of_accounts(acronis.as_deref()?, &read, &table).then_some(read)
    });
    let billing = file.table("billing", &billing::BILLING);
    let billing = billing.and_then(|table| billing::read(&table));
    let customers = file.maybe("customer", customers::read_customers);
    let customers = customers.map(Option::unwrap_or_default).and_then(|read| {
        let fits = customers::fit(&read, billing.as_ref()?, &file);
        fits.then_some(read)
    });
    let tickets = file.table("tickets", &tickets::TICKETS);
    let tickets = tickets.and_then(|table| tickets::read(&table));
    let limits = file.table("limits", &limits::LIMITS);
    let limits = limits.and_then(|table| limits::read(&table));
    let hooks = file.table("hooks", &network::HOOKS);
    let hooks = hooks.and_then(|table| network::read_hooks(&table));
    let config = Config {
        file: findings.file().to_owned(),
        time_zone: time_zone?,
        acronis: acronis?,
        autotask: autotask?,
        network: network?,
        state: state?,
        products: products?,
        provisioning: provisioning?,
        billing: billing?,
        customers: customers?,
        tickets: tickets?,
        limits: limits?,
        hooks: hooks?,
    };
    warn_of_plain_secrets(&config, findings);
    Some(config)
}

/// Whether each default storage belongs to an account that there is.
fn storages_of_accounts(
    accounts: &[AcronisAccount],
    provisioning: &Provisioning,
    table: &Table<'_>,
) -> bool {
    let known = |name: &AccountName| accounts.iter().any(|account| account.name == *name);
    let strangers: Vec<&AccountName> = provisioning
        .default_storage
        .keys()
        .filter(|name| !known(name))
        .collect();
    for name in &strangers {
        let names: Vec<&str> = accounts
            .iter()
            .map(|account| account.name.as_str())
            .collect();
        let names = names.join(", ");
        let what = format!("no [[acronis]] block has the name \"{name}\"; there is: {names}");
        table.problem("default_storage", what);
    }
    strangers.is_empty()
}

fn warn_of_plain_secrets(config: &Config, findings: &Findings) {
    let accounts = config.acronis.iter().map(|account| &account.client_secret);
    let autotask = [&config.autotask.secret, &config.autotask.integration_code];
    secrets::warn_of_plain(&config.file, accounts.chain(autotask), findings);
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
