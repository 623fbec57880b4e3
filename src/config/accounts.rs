//! `[[acronis]]` and `[autotask]`: which services, and with which credentials.

use super::address::{ADDRESS, read_base_url};
use super::read::{ConfigValue, Node};
use super::secret_source::SecretSource;
use super::section::section;
use crate::domain::ids::AccountName;

section! {
    /// One `[[acronis]]` block per data centre or partner tenant, at least one.
    ///
    /// Names must differ by more than case, and no API client may be named twice.
    "acronis" struct AcronisAccount {
        /// Name of this account in every command and every line of output: up to 40 of A-Z, a-z,
        /// 0-9, `-` and `_`.
        name: AccountName, eg "eu";
        /// Address of the data centre; https only, except for loopback addresses.
        url: String, by read_base_url as ADDRESS, eg "https://eu2-cloud.acronis.com";
        /// The API client created in the Acronis console.
        client_id: String, eg "00000000-0000-0000-0000-000000000000";
        /// Its secret: `{ env = "NAME" }`, `{ file = "/path" }`, `{ credential = "name" }` from
        /// systemd, `{ command = ["pass", "show", "acronis"] }`, or a text in quotes (then keep
        /// this file at mode 0600).
        client_secret: SecretSource, eg { env = "ACRONIS_CLIENT_SECRET" };
        /// Tenant, by id or name, under which new customers are created. Not set: the client's own
        /// tenant.
        partner: Option<String> = none, eg "Alma Cloud";
    }
}

section! {
    /// The Autotask database and its API user.
    "autotask" struct Autotask {
        /// User name of the API user.
        username: String, eg "api@example.com";
        /// Its secret, given like `client_secret` above.
        secret: SecretSource, eg { env = "AUTOTASK_SECRET" };
        /// The API tracking identifier of the API user, given like `client_secret` above.
        integration_code: SecretSource, eg { env = "AUTOTASK_INTEGRATION_CODE" };
        /// Address of your zone. Not set: looked up at `zone_url`.
        ///
        /// If it is set, the zone is never looked up.
        url: Option<String> = none, by read_optional_base_url as ADDRESS, eg "https://webservices5.autotask.net/ATServicesRest/";
        /// Id of your database (`ci` in the zone response); only with `url`, if no earlier run has
        /// stored it.
        ///
        /// Needed for tags and mappings if the state file does not contain it and the zone cannot
        /// be looked up.
        database_id: Option<i64> = none, in 1..=i64::MAX, eg 123456;
        /// Where the zone of a user is looked up.
        zone_url: String = "https://webservices.autotask.net/ATServicesRest/", by read_base_url as ADDRESS;
    }
}

fn read_optional_base_url(node: &Node<'_>) -> Option<Option<String>> {
    read_base_url(node).map(Some)
}

/// All accounts: at least one, no name twice, no API client twice.
pub(super) fn read_accounts(node: &Node<'_>) -> Option<Vec<AcronisAccount>> {
    let accounts = node.read_list(|item| Some((AcronisAccount::read(item)?, item.clone())))?;
    if accounts.is_empty() {
        return node.refuse("at least one [[acronis]] block is needed");
    }
    let mut sound = true;
    for (at, (account, item)) in accounts.iter().enumerate() {
        for (earlier, place) in accounts.iter().take(at) {
            if let Some(what) = describe_clash(earlier, account, place.line) {
                item.refuse::<()>(what);
                sound = false;
            }
        }
    }
    sound.then(|| accounts.into_iter().map(|(account, _)| account).collect())
}

fn describe_clash(
    earlier: &AcronisAccount,
    later: &AcronisAccount,
    line: Option<usize>,
) -> Option<String> {
    let line = line.unwrap_or_default();
    let (name, other) = (later.name.as_str(), earlier.name.as_str());
    if name.eq_ignore_ascii_case(other) {
        return Some(format!(
            "the account name \"{name}\" is used already at line {line}; names must differ by \
             more than case"
        ));
    }
    let same = earlier.url == later.url && earlier.client_id == later.client_id;
    same.then(|| {
        format!(
            "\"{name}\" is the same API client as \"{other}\" at line {line}; every tenant \
                 would be seen twice"
        )
    })
}
