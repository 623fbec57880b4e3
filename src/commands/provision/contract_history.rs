//! Reads and remembers what deprovisioning needs: contracts' ends, clocks, and disaster recovery.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::gather::{customer_of_link, services_by_account};
use super::offboarding::require_tenant_id;
use super::plan::{
    ContractEnd, ContractHistory, CountdownChange, CountdownState, DisasterRecoveryUse,
};
use crate::acronis::{ItemClass, TenantUsage, UsageRow};
use crate::config::Deprovision;
use crate::domain::ids::{ServiceId, TenantId};
use crate::onboarding::CustomerRef;
use crate::quotas::{ContractStatus, QuotaReading};
use crate::session::{Account, Session};
use crate::state::State;
use crate::state::countdowns::Countdown;

/// Every linked customer of the run whose both ends could be read.
pub(super) fn read_contract_histories(
    session: &Session,
    state: &State,
    reading: &QuotaReading<'_>,
) -> Result<Vec<ContractHistory>> {
    let clocks: BTreeMap<_, _> = state
        .read_countdowns()?
        .into_iter()
        .map(|clock| ((clock.account.clone(), clock.tenant.clone()), clock))
        .collect();
    // A contract for services of any account keeps a customer.
    let services: BTreeSet<ServiceId> = services_by_account(&state.product_links()?)
        .into_values()
        .flatten()
        .collect();
    let contracts = reading.book.by_company();
    let mut histories = Vec::new();
    for linked in reading.customers.linked_pairs() {
        if !reading.is_provisioned(linked.link.company) {
            continue;
        }
        let Ok(tenant) = linked.usable_tenant() else {
            continue;
        };
        let own = contracts
            .get(&linked.link.company)
            .map_or(&[][..], Vec::as_slice);
        let key = (linked.link.account.clone(), tenant.id.clone());
        histories.push(ContractHistory {
            customer: customer_of_link(&linked, tenant),
            end: if reading
                .sight
                .hidden_contracts()
                .contains_key(&linked.link.company)
            {
                // It did not end: it is out of sight.
                ContractEnd::Unseen
            } else {
                contract_end(&ContractStatus::status_of(own, &services, session.today))
            },
            countdown: clocks.get(&key).map(countdown_of),
            enabled: tenant.enabled,
            recovery: DisasterRecoveryUse::Unused,
        });
    }
    if session.config.provisioning.deprovision != Deprovision::default() {
        read_disaster_recovery(reading, &mut histories);
    }
    Ok(histories)
}

fn countdown_of(clock: &Countdown) -> CountdownState {
    CountdownState {
        since: clock.since,
        confirmed: clock.confirmed,
        reason: clock.reason.clone(),
        disabled_at: clock.disabled_at,
    }
}

fn contract_end(standing: &ContractStatus<'_>) -> ContractEnd {
    match standing {
        ContractStatus::Relevant(_) => ContractEnd::Held { coming: false },
        ContractStatus::Coming(_) => ContractEnd::Held { coming: true },
        ContractStatus::Never => ContractEnd::Unseen,
        ContractStatus::Ended(end) => ContractEnd::Over {
            since: end.on.and_then(|day| day.tomorrow().ok()),
            reason: end.end_in_words(),
        },
    }
}

/// Looks at the usage of those whose contracts are over.
fn read_disaster_recovery(reading: &QuotaReading<'_>, histories: &mut [ContractHistory]) {
    for account in &reading.accounts {
        let is_over = |history: &&mut ContractHistory| {
            history.customer.account == account.name
                && matches!(history.end, ContractEnd::Over { .. })
        };
        let mut over: Vec<&mut ContractHistory> = histories.iter_mut().filter(is_over).collect();
        let ids: Vec<TenantId> = over
            .iter()
            .filter_map(|history| history.customer.tenant.clone())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let mut usages = account.acronis.read_usages(&ids);
        for history in &mut over {
            if let Some(id) = &history.customer.tenant {
                let measured = usages.remove(id).unwrap_or(TenantUsage::Missing);
                history.recovery = disaster_recovery_use(account, id, measured);
            }
        }
    }
}

/// Usage tells; where no row does, the items: what is switched on may be in use, whatever is not
/// reported about it.
fn disaster_recovery_use(
    account: &Account,
    tenant: &TenantId,
    measured: TenantUsage,
) -> DisasterRecoveryUse {
    let rows = match measured {
        TenantUsage::Missing => {
            return DisasterRecoveryUse::Unknown("its usage could not be read".to_owned());
        }
        TenantUsage::Failed(failure) => return DisasterRecoveryUse::Unknown(failure.to_string()),
        TenantUsage::Rows(rows) => rows,
    };
    let rows: Vec<&UsageRow> = rows
        .iter()
        .filter(|row| is_recovery(&row.key.name, row.usage_name.as_deref()))
        .collect();
    let used: Vec<String> = rows
        .iter()
        .filter(|row| is_used(row))
        .map(|row| row.key.to_string())
        .collect();
    if !used.is_empty() {
        return DisasterRecoveryUse::Used(used);
    }
    match account.acronis.offering_items(tenant) {
        Ok(items) if items.is_empty() => {
            DisasterRecoveryUse::Unknown("its items are hidden".to_owned())
        }
        Ok(items) => {
            let silent = items.iter().find(|item| {
                item.enabled
                    && item.class != ItemClass::Feature
                    && is_recovery(&item.key.name, item.usage_name.as_deref())
                    && !rows.iter().any(|row| row.key == item.key)
            });
            silent.map_or(DisasterRecoveryUse::Unused, |item| {
                DisasterRecoveryUse::Unknown(format!(
                    "{} is on, but no usage of it is reported",
                    item.key
                ))
            })
        }
        Err(failure) => DisasterRecoveryUse::Unknown(failure.to_string()),
    }
}

/// By name and by usage name; names differ between editions (acronis.md §5.6).
fn is_recovery(name: &str, usage_name: Option<&str>) -> bool {
    let usage_name = usage_name.unwrap_or_default();
    name.contains("_dr_")
        || usage_name.starts_with("dr_")
        || matches!(usage_name, "compute_points" | "public_ips")
}

fn is_used(row: &UsageRow) -> bool {
    let positive = |amount: Option<Decimal>| amount.is_none_or(|amount| amount > Decimal::ZERO);
    // A row that says neither figure says nothing: it counts as used.
    match (row.absolute, row.value) {
        (None, None) => true,
        (Some(_), None) => positive(row.absolute),
        (None, Some(_)) => positive(row.value),
        (Some(_), Some(_)) => positive(row.absolute) || positive(row.value),
    }
}

/// A clock as the state keeps it.
pub(super) fn stored_countdown(
    whom: &CustomerRef,
    running: &CountdownState,
    disabled_at: Option<Timestamp>,
) -> Result<Countdown> {
    Ok(Countdown {
        account: whom.account.clone(),
        tenant: require_tenant_id(whom)?.clone(),
        company: whom.company.id,
        since: running.since,
        confirmed: running.confirmed,
        reason: running.reason.clone(),
        disabled_at,
    })
}

/// Writes down how the clocks stand.
pub(super) fn save_countdowns(state: &State, ticks: Vec<CountdownChange>) -> Result<()> {
    for tick in ticks {
        match tick {
            CountdownChange::Set(whom, running) => {
                state.set_countdown(&stored_countdown(&whom, &running, running.disabled_at)?)?;
            }
            CountdownChange::Reset(whom) => {
                state.reset_countdown(&whom.account, require_tenant_id(&whom)?)?;
            }
        }
    }
    Ok(())
}
