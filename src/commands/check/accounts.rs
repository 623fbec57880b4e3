//! Each Acronis account: login, partner, what it can hand out, storages, alerts.

use std::collections::BTreeSet;

use anyhow::Error;

use super::findings::CheckFindings;
use super::fix_in_config;
use crate::acronis::TenantKind;
use crate::config::Provisioning;
use crate::domain::labels::several_by_id;
use crate::domain::storages::StorageInfo;
use crate::exit::Exit;
use crate::gather::offers;
use crate::gather::tenant_tree::{self, TenantTree};
use crate::session::{Account, Session};

/// Names of alert types and categories, in lower case, as the services know them.
#[derive(Debug, Default)]
pub(super) struct AlertWords {
    pub(super) types: BTreeSet<String>,
    pub(super) categories: BTreeSet<String>,
}

/// Looks at every account; one that fails does not stop the others. Gives the alert types of all
/// when every account named its own.
pub(super) fn check_accounts(
    session: &Session,
    findings: &mut CheckFindings,
) -> Option<AlertWords> {
    let accounts = match session.acronis_accounts() {
        Ok(accounts) => accounts,
        Err(error) => {
            findings.add_failed("acronis", "accounts", &error);
            return None;
        }
    };
    let mut words = Some(AlertWords::default());
    for account in accounts {
        let area = format!("acronis {}", account.name);
        if !check_sign_in(account, &area, findings) {
            words = None;
            continue;
        }
        check_tenants(account, &area, findings);
        check_offering_items(session, account, &area, findings);
        if session.config.tickets.enabled {
            words = words.and_then(|words| read_alert_types(account, &area, words, findings));
        }
    }
    words
}

fn check_sign_in(account: &Account, area: &str, findings: &mut CheckFindings) -> bool {
    match account.acronis.own_tenant() {
        Ok(tenant) => {
            let found = format!("API client of {}, a {}", tenant.name, tenant.kind);
            findings.add_ok(area, "sign-in", found);
            true
        }
        Err(failure) => {
            findings.add_failed(area, "sign-in", &Error::new(failure));
            false
        }
    }
}

fn check_tenants(account: &Account, area: &str, findings: &mut CheckFindings) {
    let tree = match tenant_tree::read_tenant_tree(account) {
        Ok(tree) => tree,
        Err(error) => return findings.add_failed(area, "tenants", &error),
    };
    let customers = || {
        tree.tenants
            .iter()
            .filter(|tenant| tenant.kind == TenantKind::Customer && tenant.deleted_at.is_none())
    };
    findings.add_ok(
        area,
        "tenants",
        format!("{} customers", customers().count()),
    );
    let closed: Vec<&str> = customers()
        .filter(|tenant| tenant.self_service)
        .map(|tenant| tenant.name.as_str())
        .collect();
    if !closed.is_empty() {
        findings.add_warning(
            area,
            "tenants",
            format!("these tenants deny support access: {}", closed.join(", ")),
            "their quotas and usages cannot be read until the customer allows support access",
        );
    }
    check_partner(account, &tree, area, findings);
}

fn check_partner(account: &Account, tree: &TenantTree, area: &str, findings: &mut CheckFindings) {
    match tree.find_partner(account.partner.as_deref()) {
        Ok(tenant) => {
            let found = format!("new customers are created in {}", tenant.name);
            findings.add_ok(area, "partner", found);
        }
        Err(error) => findings.add_missing(
            Exit::Usage,
            area,
            "partner",
            error.to_string(),
            fix_in_config("acronis.partner"),
        ),
    }
}

fn check_offering_items(
    session: &Session,
    account: &Account,
    area: &str,
    findings: &mut CheckFindings,
) {
    let offers = match offers::read_offers(account) {
        Ok(offers) => offers,
        Err(error) => return findings.add_failed(area, "offering items", &error),
    };
    if offers.is_empty() {
        let found = "nothing can be offered to customers";
        let mend = "in the Acronis console: enable offering items for this partner";
        findings.add_warning(area, "offering items", found, mend);
    } else {
        findings.add_ok(
            area,
            "offering items",
            format!("{} can be offered to customers", offers.len()),
        );
    }
    let mut storages: Vec<StorageInfo> = offers
        .into_iter()
        .filter_map(|offer| offer.storage)
        .collect();
    storages.retain(|storage| storage.holds_backups);
    storages.sort_by(|a, b| a.id.cmp(&b.id));
    storages.dedup_by(|a, b| a.id == b.id);
    let wanted = session
        .config
        .provisioning
        .default_storage
        .get(&account.name);
    check_default_storage(wanted.map(String::as_str), &storages, area, findings);
}

fn check_default_storage(
    wanted: Option<&str>,
    storages: &[StorageInfo],
    area: &str,
    findings: &mut CheckFindings,
) {
    const KEY: &str = Provisioning::DEFAULT_STORAGE;
    let names: Vec<&str> = storages
        .iter()
        .map(|storage| storage.name.as_str())
        .collect();
    let known = names.join(", ");
    let fitting = |wanted: &str| -> Vec<String> {
        storages
            .iter()
            .filter(|storage| {
                storage.name == wanted || storage.id.as_str().eq_ignore_ascii_case(wanted)
            })
            .map(|storage| format!("{} ({})", storage.name, storage.id))
            .collect()
    };
    match (wanted, storages) {
        (Some(wanted), _) => match fitting(wanted).as_slice() {
            [_] => findings.add_ok(area, "storage", format!("{wanted} for new customers")),
            [] => {
                let found = format!("no storage is named {wanted:?}; available: {known}");
                findings.add_missing(Exit::Usage, area, "storage", found, fix_in_config(KEY));
            }
            several => {
                let found = format!(
                    "{wanted:?} matches several storages: {}",
                    several_by_id(several.iter().cloned())
                );
                let mend = format!("set its id in {KEY}");
                findings.add_missing(Exit::Usage, area, "storage", found, mend);
            }
        },
        (None, []) => {
            let mend = "new customers get no storage until it has one";
            findings.add_warning(area, "storage", "the partner has none", mend);
        }
        (None, [one]) => findings.add_ok(area, "storage", format!("{}, the only one", one.name)),
        (None, _) => findings.add_warning(
            area,
            "storage",
            format!("several: {known}"),
            format!("set one of them in {KEY}; new customers wait until then"),
        ),
    }
}

fn read_alert_types(
    account: &Account,
    area: &str,
    mut words: AlertWords,
    findings: &mut CheckFindings,
) -> Option<AlertWords> {
    match account.acronis.alert_types() {
        Ok(types) => {
            findings.add_ok(area, "alerts", format!("{} types", types.len()));
            for one in types {
                words.types.insert(one.id.to_lowercase());
                words
                    .categories
                    .extend(one.category.map(|category| category.to_lowercase()));
            }
            Some(words)
        }
        Err(failure) => {
            findings.add_failed(area, "alerts", &Error::new(failure));
            None
        }
    }
}
