//! Whose alert it is: numeric ids, units and personal tenants led back to their customer.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::super::plan::facts::{Destination, UnmappedTenant, Unplaced};
use crate::acronis::{AlertRecord, AlertTenant, Tenant, TenantKind, TenantUsage};
use crate::domain::ids::{TenantId, TenantNumber};
use crate::domain::links::CustomerLink;
use crate::domain::text::clean_line;
use crate::http::FailureKind;
use crate::session::Account;

/// Levels from a tenant up to the partner that it belongs to; folders and partners nest.
const LEVELS_MAX: usize = 8;

/// The mapped customers of one account, by id and by number, and the names of others with alerts.
#[derive(Debug)]
pub(super) struct AlertTenants<'a> {
    by_id: BTreeMap<&'a TenantId, &'a CustomerLink>,
    numbers: BTreeMap<TenantNumber, TenantId>,
    /// Numbers that may be those of mapped customers: nobody could say.
    unsure: BTreeSet<TenantNumber>,
    /// What customers that are not mapped are called, by the tenant that alerts name.
    names: BTreeMap<TenantId, String>,
}

impl<'a> AlertTenants<'a> {
    /// Learns the numbers of all tenants that are named by number only, and, where those are `named`,
    /// what customers are called that are not mapped.
    pub(super) fn read(
        account: &Account,
        links: &'a [CustomerLink],
        alerts: &[AlertRecord],
        named: bool,
    ) -> Result<Self> {
        let mut tenants = Self::read_numbers(account, links, alerts, named)?;
        if named {
            tenants.read_names(account, alerts);
        }
        Ok(tenants)
    }

    fn read_numbers(
        account: &Account,
        links: &'a [CustomerLink],
        alerts: &[AlertRecord],
        named: bool,
    ) -> Result<Self> {
        let by_id = links
            .iter()
            .filter(|link| link.account == account.name)
            .map(|link| (&link.tenant, link))
            .collect();
        let mut tenants = Self {
            by_id,
            numbers: BTreeMap::new(),
            unsure: BTreeSet::new(),
            names: BTreeMap::new(),
        };
        let unknown: BTreeSet<TenantNumber> = alerts
            .iter()
            .filter(|alert| tenants.mapped_directly(&alert.tenant).is_none())
            .flat_map(|alert| numbers_of(&alert.tenant))
            .copied()
            .collect();
        if unknown.is_empty() || (tenants.by_id.is_empty() && !named) {
            return Ok(tenants);
        }
        let list: Vec<TenantNumber> = unknown.iter().copied().collect();
        if tenants.by_id.is_empty() {
            // Nobody is mapped, so the numbers are only for the names, without which a ticket is made, too.
            let resolved = account.acronis.resolve_ids(&list);
            tenants.numbers = resolved.map(|all| all.tenants).unwrap_or_default();
            return Ok(tenants);
        }
        match account.acronis.resolve_ids(&list) {
            Ok(resolved) => {
                tenants.numbers = resolved.tenants;
                tenants.unsure = resolved.refused;
            }
            // The call is not in the specification (acronis.md §3.3).
            Err(failure) if failure.kind == FailureKind::NotFound => tenants.unsure = unknown,
            Err(failure) => return Err(failure.into()),
        }
        if alerts.iter().any(|alert| tenants.is_unsure(&alert.tenant)) {
            tenants.ask_usages(account);
        }
        Ok(tenants)
    }

    /// Names of the customers that are not mapped. One that cannot be read is called unknown: its
    /// ticket does not wait for that.
    fn read_names(&mut self, account: &Account, alerts: &[AlertRecord]) {
        let whose = alerts.iter().map(|alert| &alert.tenant);
        let unmapped = whose.filter(|tenant| self.customer_of(tenant).is_none());
        let wanted: BTreeSet<TenantId> = unmapped
            .filter_map(|tenant| self.id_of(tenant))
            .cloned()
            .collect();
        let own = (!wanted.is_empty()).then(|| account.acronis.own_tenant_id());
        let Some(Ok(own)) = own else {
            return;
        };
        let mut read: BTreeMap<TenantId, Tenant> = BTreeMap::new();
        let mut missing = wanted.clone();
        for _ in 0..LEVELS_MAX {
            let ids: Vec<TenantId> = std::mem::take(&mut missing).into_iter().collect();
            if ids.is_empty() {
                break;
            }
            let found = account.acronis.tenants_by_id(&ids);
            read.extend(found.into_iter().map(|tenant| (tenant.id.clone(), tenant)));
            let above = ids.iter().filter_map(|id| {
                let tenant = read.get(id)?;
                tenant
                    .parent
                    .clone()
                    .filter(|_| tenant.kind != TenantKind::Partner)
            });
            missing = above
                .filter(|id| *id != own && !read.contains_key(id))
                .collect();
        }
        let named = wanted.into_iter().filter_map(|id| {
            let name = name_customer(&read, &own, &id)?;
            Some((id, name))
        });
        self.names = named.collect();
    }

    /// Each usage row has the numeric id beside the other (acronis.md §3.3). When all mapped
    /// customers are known by number, any other number is none of theirs.
    fn ask_usages(&mut self, account: &Account) {
        let tenants: Vec<TenantId> = self.by_id.keys().map(|id| (*id).clone()).collect();
        let number = |(tenant, measured)| match measured {
            TenantUsage::Rows(rows) => {
                let number = rows.iter().find_map(|row| row.tenant_number)?;
                Some((number, tenant))
            }
            TenantUsage::Missing | TenantUsage::Failed(_) => None,
        };
        let usages = account.acronis.read_usages(&tenants).into_iter();
        let found: BTreeMap<TenantNumber, TenantId> = usages.filter_map(number).collect();
        if found.len() == tenants.len() {
            self.unsure.clear();
        }
        self.numbers.extend(found);
    }

    /// Whether the alert has no customer as far as is known, and one of its numbers is not.
    fn is_unsure(&self, tenant: &AlertTenant) -> bool {
        self.customer_of(tenant).is_none()
            && numbers_of(tenant).any(|one| self.unsure.contains(one))
    }

    fn mapped_directly(&self, tenant: &AlertTenant) -> Option<&'a CustomerLink> {
        self.by_id.get(tenant.id.as_ref()?).copied()
    }

    /// The customer of an alert: itself, or the nearest above that is mapped.
    fn customer_of(&self, tenant: &AlertTenant) -> Option<&'a CustomerLink> {
        let by_number = |number: &TenantNumber| {
            let id = self.numbers.get(number)?;
            self.by_id.get(id).copied()
        };
        self.mapped_directly(tenant)
            .or_else(|| tenant.number.as_ref().and_then(by_number))
            .or_else(|| tenant.locator.iter().rev().find_map(by_number))
    }

    /// The tenant as people find it in the console and in `map-customer`: by its id, if it is known.
    fn in_words(&self, tenant: &AlertTenant) -> String {
        let id = self.id_of(tenant);
        id.map_or_else(|| in_words(tenant), ToString::to_string)
    }

    fn id_of<'t>(&'t self, tenant: &'t AlertTenant) -> Option<&'t TenantId> {
        let by_number = || self.numbers.get(tenant.number.as_ref()?);
        tenant.id.as_ref().or_else(by_number)
    }

    fn unmapped(&self, tenant: &AlertTenant) -> UnmappedTenant {
        let id = self.in_words(tenant);
        let name = self.id_of(tenant).and_then(|id| self.names.get(id));
        UnmappedTenant {
            customer: name
                .cloned()
                .unwrap_or_else(|| format!("unknown customer (tenant {id})")),
            id,
        }
    }

    /// The customer that a ticket about the alert is for.
    pub(super) fn find_customer(&self, tenant: &AlertTenant) -> Result<Destination, Unplaced> {
        match self.customer_of(tenant) {
            Some(link) => Ok(Destination {
                company: link.company,
                tenant: Some(link.tenant.clone()),
                customer: clean_line(&link.tenant_name),
            }),
            None if self.is_unsure(tenant) => Err(Unplaced::Unresolved(self.in_words(tenant))),
            None => Err(Unplaced::Unmapped(self.unmapped(tenant))),
        }
    }
}

/// `Alma Bakery`, of a unit or a user's tenant as well; `Alma Bakery (partner Northwind)` below a partner
/// that is not the account's own.
fn name_customer(
    read: &BTreeMap<TenantId, Tenant>,
    own: &TenantId,
    id: &TenantId,
) -> Option<String> {
    let up = |tenant: &&Tenant| tenant.parent.as_ref().and_then(|parent| read.get(parent));
    let first = read.get(id)?;
    let line: Vec<&Tenant> = std::iter::successors(Some(first), up)
        .take(LEVELS_MAX)
        .collect();
    let of_kind = |kind: TenantKind| line.iter().find(|tenant| tenant.kind == kind);
    let customer = of_kind(TenantKind::Customer).copied().unwrap_or(first);
    let name = clean_line(&customer.name);
    Some(match of_kind(TenantKind::Partner) {
        Some(partner) if partner.id != *own && partner.id != customer.id => {
            format!("{name} (partner {})", clean_line(&partner.name))
        }
        Some(_) | None => name,
    })
}

fn numbers_of(tenant: &AlertTenant) -> impl Iterator<Item = &TenantNumber> {
    tenant.locator.iter().chain(&tenant.number)
}

/// The tenant as its key knows it: by number, which every alert has.
pub(super) fn in_words(tenant: &AlertTenant) -> String {
    match (tenant.number, &tenant.id) {
        (Some(number), _) => number.to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => "unknown".to_owned(),
    }
}
