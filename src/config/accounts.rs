//! `[[acronis]]` and `[autotask]`: whom to talk to, and as whom.

use super::address::base_url;
use super::keys::{Section, default, optional, required};
use super::read::{Node, Table};
use super::secrets::SecretSource;
use crate::domain::ids::AccountName;

pub(super) const ACRONIS: Section = Section {
    path: "acronis",
    keys: &[
        required("name"),
        required("url"),
        required("client_id"),
        required("client_secret"),
        optional("partner"),
    ],
};

pub(super) const AUTOTASK: Section = Section {
    path: "autotask",
    keys: &[
        required("username"),
        required("secret"),
        required("integration_code"),
        optional("url"),
        optional("database_id"),
        default(
            "zone_url",
            "\"https://webservices.autotask.net/ATServicesRest/\"",
        ),
    ],
};

/// One Acronis data centre and the API client used there.
#[derive(Clone, Debug)]
pub(crate) struct AcronisAccount {
    /// How this account is called in every line of output and every row of state.
    pub(crate) name: AccountName,
    /// Base address without a slash at the end.
    pub(crate) url: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretSource,
    /// Tenant, by id or name, under which new customers go; none: the client's own tenant.
    pub(crate) partner: Option<String>,
}

/// The Autotask database and the API user.
#[derive(Clone, Debug)]
pub(crate) struct Autotask {
    pub(crate) username: String,
    pub(crate) secret: SecretSource,
    pub(crate) integration_code: SecretSource,
    /// Base address of the zone without a slash at the end; none: asked from `zone_url`.
    pub(crate) url: Option<String>,
    /// Id of the database (`ci` of the zone answer), where no zone is asked.
    pub(crate) database_id: Option<i64>,
    /// Where the zone of a user is asked for, without a slash at the end (autotask.md §2).
    pub(crate) zone_url: String,
}

/// All accounts: at least one, no name twice, no API client twice.
pub(super) fn read_accounts(node: &Node<'_>) -> Option<Vec<AcronisAccount>> {
    let accounts = node.list(|item| {
        let table = item.table(&ACRONIS)?;
        Some((read_account(&table)?, item.clone()))
    })?;
    if accounts.is_empty() {
        return node.refuse("at least one [[acronis]] block is needed");
    }
    let mut sound = true;
    for (at, (account, item)) in accounts.iter().enumerate() {
        for (earlier, place) in accounts.iter().take(at) {
            if let Some(what) = clash(earlier, account, place.line) {
                item.refuse::<()>(what);
                sound = false;
            }
        }
    }
    sound.then(|| accounts.into_iter().map(|(account, _)| account).collect())
}

fn clash(earlier: &AcronisAccount, later: &AcronisAccount, line: Option<usize>) -> Option<String> {
    let line = line.unwrap_or_default();
    let (name, other) = (later.name.as_str(), earlier.name.as_str());
    if name.eq_ignore_ascii_case(other) {
        return Some(format!(
            "the account name \"{name}\" is used already at line {line}; names must differ by more than case"
        ));
    }
    let same = earlier.url == later.url && earlier.client_id == later.client_id;
    same.then(|| {
        format!("\"{name}\" is the same API client as \"{other}\" at line {line}; every tenant would be seen twice")
    })
}

fn read_account(table: &Table<'_>) -> Option<AcronisAccount> {
    let name = table.read("name", account_name);
    let url = table.read("url", base_url);
    let client_id = table.read("client_id", Node::text);
    let client_secret = table.read("client_secret", SecretSource::read);
    let partner = table.maybe("partner", Node::text);
    Some(AcronisAccount {
        name: name?,
        url: url?,
        client_id: client_id?,
        client_secret: client_secret?,
        partner: partner?,
    })
}

/// A name that can stand in `account/item` on a command line without quotes.
pub(super) fn account_name(node: &Node<'_>) -> Option<AccountName> {
    const CHARS_MAX: usize = 40;
    let text = node.text()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.chars().all(fits) && text.len() <= CHARS_MAX {
        return Some(AccountName::new(&text));
    }
    node.must_be(&format!(
        "at most {CHARS_MAX} of the characters A-Z, a-z, 0-9, `-` and `_`"
    ))
}

pub(super) fn read_autotask(table: &Table<'_>) -> Option<Autotask> {
    let username = table.read("username", Node::text);
    let secret = table.read("secret", SecretSource::read);
    let integration_code = table.read("integration_code", SecretSource::read);
    let url = table.maybe("url", base_url);
    let database_id = table.maybe("database_id", |node| node.whole(1..=i64::MAX));
    let zone_url = table.read("zone_url", base_url);
    Some(Autotask {
        username: username?,
        secret: secret?,
        integration_code: integration_code?,
        url: url?,
        database_id: database_id?,
        zone_url: zone_url?,
    })
}
