//! Whose alert it is: numeric ids, units and personal tenants led back to their customer.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::super::plan::facts::{Destination, Unplaced};
use crate::acronis::{AlertRecord, AlertTenant, TenantUsage};
use crate::domain::ids::{TenantId, TenantNumber};
use crate::domain::links::CustomerLink;
use crate::http::FailureKind;
use crate::session::Account;

/// The mapped customers of one account, by id and by number.
#[derive(Debug)]
pub(super) struct AlertTenants<'a> {
    by_id: BTreeMap<&'a TenantId, &'a CustomerLink>,
    numbers: BTreeMap<TenantNumber, TenantId>,
    /// Numbers that may be those of mapped customers: nobody could say.
    unsure: BTreeSet<TenantNumber>,
}

impl<'a> AlertTenants<'a> {
    /// Learns the numbers of all tenants that are named by number only.
    pub(super) fn read(
        account: &Account,
        links: &'a [CustomerLink],
        alerts: &[AlertRecord],
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
        };
        let unknown: BTreeSet<TenantNumber> = alerts
            .iter()
            .filter(|alert| tenants.mapped_directly(&alert.tenant).is_none())
            .flat_map(|alert| numbers_of(&alert.tenant))
            .copied()
            .collect();
        if unknown.is_empty() || tenants.by_id.is_empty() {
            return Ok(tenants);
        }
        let list: Vec<TenantNumber> = unknown.iter().copied().collect();
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
        let by_number = || self.numbers.get(tenant.number.as_ref()?);
        let id = tenant.id.as_ref().or_else(by_number);
        id.map_or_else(|| in_words(tenant), ToString::to_string)
    }

    /// The customer that a ticket about the alert is for.
    pub(super) fn find_customer(&self, tenant: &AlertTenant) -> Result<Destination, Unplaced> {
        match self.customer_of(tenant) {
            Some(link) => Ok(Destination {
                company: link.company,
                tenant: Some(link.tenant.clone()),
                customer: link.tenant_name.clone(),
            }),
            None if self.is_unsure(tenant) => Err(Unplaced::Unresolved(self.in_words(tenant))),
            None => Err(Unplaced::Unmapped(self.in_words(tenant))),
        }
    }
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
