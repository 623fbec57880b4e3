//! Alerts of live tickets that no list holds any more: which of them are gone, and which are only
//! out of sight, because their customer hides them (acronis.md §3.7) or an answer was cut. Nothing is
//! asked where nothing vanished.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::super::plan::facts::{HiddenTenant, Sight};
use super::alerts::AlertReading;
use crate::domain::ids::{AlertId, CompanyId, TenantId, TenantNumber};
use crate::domain::links::CustomerLink;
use crate::domain::tickets::{KnownTicket, TicketAlert, TicketLink};
use crate::session::Account;

/// How many alerts are asked for one by one where a list was shorter than the service's own counter
/// says: an answer for one alert is not cut.
const ASKED_ALONE: usize = 20;

/// Keeps of the vanished alerts those that are gone for sure, adds to the reading what is there
/// after all, and answers which tenants are out of sight. `others` are asked for as well.
pub(super) fn keep_gone(
    account: &Account,
    links: &[CustomerLink],
    live: &[KnownTicket],
    others: BTreeSet<TenantId>,
    reading: &mut AlertReading,
) -> Result<Vec<HiddenTenant>> {
    if reading.vanished.is_empty() && others.is_empty() {
        return Ok(Vec::new());
    }
    let vanished: BTreeSet<AlertId> = reading.vanished.drain(..).collect();
    let owners = OwnersOfAlerts::read(account, live, &vanished);
    let mut asked = others;
    asked.extend(owners.tenants().cloned());
    let sights = read_sights(account, &asked);
    let mut hidden: BTreeMap<String, HiddenTenant> = BTreeMap::new();
    for tenant in &asked {
        note_hidden(&mut hidden, links, tenant, &sights);
    }
    let mut readable = Vec::new();
    for (link, alert) in alerts_of(live, &vanished) {
        let owner = owners.owner_of(link, alert);
        match owner.as_ref().map(|tenant| sights.get(tenant)) {
            Ok(Some(Sight::Deleted)) => reading.vanished.push(alert.id.clone()),
            Ok(Some(Sight::Readable)) => readable.push(alert.id.clone()),
            Ok(Some(Sight::Denied | Sight::Hidden) | None) | Err(_) => {
                let name = owner.map_or_else(|words| words, |tenant| tenant.to_string());
                let one = hidden
                    .entry(name.clone())
                    .or_insert_with(|| HiddenTenant::new(name, link.company, Sight::Hidden));
                one.company = link.company;
                one.tickets.insert(link.ticket);
            }
        }
    }
    ask_alone(account, readable, reading)?;
    Ok(hidden.into_values().collect())
}

/// The vanished alerts, each with a live ticket that stands for it.
fn alerts_of<'a>(
    live: &'a [KnownTicket],
    vanished: &'a BTreeSet<AlertId>,
) -> impl Iterator<Item = (&'a TicketLink, &'a TicketAlert)> {
    live.iter().flat_map(|known| {
        let alerts = known.link.alerts.iter();
        let gone = alerts.filter(|alert| alert.active && vanished.contains(&alert.id));
        gone.map(|alert| (&known.link, alert))
    })
}

/// Whose the vanished alerts are.
struct OwnersOfAlerts {
    /// Tenants of links that name none, by the words in the keys of their alerts.
    by_words: BTreeMap<String, TenantId>,
    of_links: BTreeSet<TenantId>,
}

impl OwnersOfAlerts {
    /// The tenant of each ticket is remembered, unless it is none that is mapped: then its number
    /// stands in the alert's key.
    fn read(account: &Account, live: &[KnownTicket], vanished: &BTreeSet<AlertId>) -> Self {
        let mut owners = Self {
            by_words: BTreeMap::new(),
            of_links: BTreeSet::new(),
        };
        let mut numbers: Vec<TenantNumber> = Vec::new();
        for (link, alert) in alerts_of(live, vanished) {
            let words = tenant_in_key(&alert.key);
            match (&link.tenant, words.parse()) {
                (Some(tenant), _) => {
                    owners.of_links.insert(tenant.clone());
                }
                (None, Ok(number)) => numbers.push(TenantNumber(number)),
                (None, Err(_)) => {
                    let tenant = TenantId::new(words);
                    owners.by_words.insert(words.to_owned(), tenant);
                }
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        if !numbers.is_empty() {
            // Without an answer nobody knows whose they are, and nothing is taken for gone.
            let resolved = account.acronis.resolve_ids(&numbers).unwrap_or_default();
            let pairs = resolved.tenants.into_iter();
            let pairs = pairs.map(|(number, tenant)| (number.to_string(), tenant));
            owners.by_words.extend(pairs);
        }
        owners
    }

    fn tenants(&self) -> impl Iterator<Item = &TenantId> {
        self.of_links.iter().chain(self.by_words.values())
    }

    /// The tenant of an alert; its words where they name none that is shown.
    fn owner_of(&self, link: &TicketLink, alert: &TicketAlert) -> Result<TenantId, String> {
        let words = tenant_in_key(&alert.key);
        let known = link.tenant.as_ref().or_else(|| self.by_words.get(words));
        known.cloned().ok_or_else(|| words.to_owned())
    }
}

/// A key begins with the tenant.
fn tenant_in_key(key: &str) -> &str {
    key.split('|').next().unwrap_or_default()
}

/// How each tenant is seen; what the service does not answer is hidden.
fn read_sights(account: &Account, asked: &BTreeSet<TenantId>) -> BTreeMap<TenantId, Sight> {
    let ids: Vec<TenantId> = asked.iter().cloned().collect();
    let shown = account.acronis.tenants_by_id(&ids).into_iter();
    shown
        .map(|tenant| {
            let sight = if tenant.deleted_at.is_some() {
                Sight::Deleted
            } else if tenant.self_service {
                Sight::Denied
            } else if tenant.operation.is_some() {
                // While it is deleted or recovered, its lists may be short.
                Sight::Hidden
            } else {
                Sight::Readable
            };
            (tenant.id, sight)
        })
        .collect()
}

fn note_hidden(
    hidden: &mut BTreeMap<String, HiddenTenant>,
    links: &[CustomerLink],
    tenant: &TenantId,
    sights: &BTreeMap<TenantId, Sight>,
) {
    let sight = sights.get(tenant).copied().unwrap_or(Sight::Hidden);
    if matches!(sight, Sight::Readable | Sight::Deleted) {
        return;
    }
    let mut mapped = links.iter().filter(|link| link.tenant == *tenant);
    let link = mapped.next();
    let company = link.map_or(CompanyId(0), |link| link.company);
    let mut one = HiddenTenant::new(tenant.to_string(), company, sight);
    one.name = link.map(|link| link.tenant_name.clone());
    hidden.insert(tenant.to_string(), one);
}

/// What a list that was cut does not hold is asked for alone, a few of it. Where any of those is
/// there after all, the list says nothing about the others.
fn ask_alone(account: &Account, readable: Vec<AlertId>, reading: &mut AlertReading) -> Result<()> {
    if !reading.is_short {
        reading.vanished.extend(readable);
        return Ok(());
    }
    let (few, others) = readable.split_at(readable.len().min(ASKED_ALONE));
    let mut gone = Vec::new();
    for id in few {
        let alert = account.acronis.read_alert(id);
        match alert.context("looking for an alert that is in no list")? {
            Some(alert) => reading.alerts.push(alert),
            None => gone.push(id.clone()),
        }
    }
    if gone.len() == few.len() {
        gone.extend(others.iter().cloned());
    }
    reading.vanished.extend(gone);
    Ok(())
}
