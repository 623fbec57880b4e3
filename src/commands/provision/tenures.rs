//! Reads and remembers what deprovisioning needs: contracts' ends, clocks, and disaster recovery.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::gather::mapped;
use super::plan::{End, Recovery, Running, Tenure, Tick};
use crate::acronis::{ItemClass, Measured, Usage};
use crate::config::Deprovision;
use crate::domain::ids::{ServiceId, TenantId};
use crate::gather::links::Linked;
use crate::onboarding::Whom;
use crate::quotas::{Reading, Standing};
use crate::session::{Account, Session};
use crate::state::State;
use crate::state::clocks::Clock;

/// Every linked customer of the run whose both ends could be read.
pub(super) fn read(session: &Session, state: &State, reading: &Reading<'_>) -> Result<Vec<Tenure>> {
    let clocks: BTreeMap<_, _> = state
        .clocks()?
        .into_iter()
        .map(|clock| ((clock.account.clone(), clock.tenant.clone()), clock))
        .collect();
    // A contract for services of any account keeps a customer.
    let services: BTreeSet<ServiceId> = mapped(&state.product_links()?)
        .into_values()
        .flatten()
        .collect();
    let contracts = reading.book.by_company();
    let mut tenures = Vec::new();
    for linked in reading.customers.linked() {
        if !reading.scope.holds(linked.link.company) {
            continue;
        }
        let Ok(tenant) = linked.usable() else {
            continue;
        };
        let own = contracts
            .get(&linked.link.company)
            .map_or(&[][..], Vec::as_slice);
        let key = (linked.link.account.clone(), tenant.id.clone());
        tenures.push(Tenure {
            whom: whom(&linked, &tenant.id, &tenant.name),
            end: if reading.sight.hidden().contains_key(&linked.link.company) {
                // It did not end: it is out of sight.
                End::Unseen
            } else {
                end(&Standing::of(own, &services, session.today))
            },
            clock: clocks.get(&key).map(running),
            enabled: tenant.enabled,
            recovery: Recovery::Unused,
        });
    }
    if session.config.provisioning.deprovision != Deprovision::default() {
        recoveries(reading, &mut tenures);
    }
    Ok(tenures)
}

fn whom(linked: &Linked<'_>, id: &TenantId, name: &str) -> Whom {
    Whom {
        account: linked.link.account.clone(),
        company: linked.party(),
        tenant: Some(id.clone()),
        tenant_name: name.to_owned(),
    }
}

fn running(clock: &Clock) -> Running {
    Running {
        since: clock.since,
        confirmed: clock.confirmed,
        reason: clock.reason.clone(),
        disabled_at: clock.disabled_at,
    }
}

fn end(standing: &Standing<'_>) -> End {
    match standing {
        Standing::Relevant(_) => End::Held { coming: false },
        Standing::Coming(_) => End::Held { coming: true },
        Standing::Never => End::Unseen,
        Standing::Ended {
            last,
            on: Some(day),
        } => End::Over {
            since: day.tomorrow().ok(),
            reason: format!("contract {} ended on {day}", last.id),
        },
        Standing::Ended { last, on: None } => End::Over {
            since: None,
            reason: format!("contract {} is no longer active", last.id),
        },
    }
}

/// Looks at the usage of those whose contracts are over.
fn recoveries(reading: &Reading<'_>, tenures: &mut [Tenure]) {
    for account in &reading.accounts {
        let is_over = |tenure: &&mut Tenure| {
            tenure.whom.account == account.name && matches!(tenure.end, End::Over { .. })
        };
        let mut over: Vec<&mut Tenure> = tenures.iter_mut().filter(is_over).collect();
        let ids: Vec<TenantId> = over
            .iter()
            .filter_map(|tenure| tenure.whom.tenant.clone())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let mut usages = account.acronis.usages(&ids);
        for tenure in &mut over {
            if let Some(id) = &tenure.whom.tenant {
                let measured = usages.remove(id).unwrap_or(Measured::Missing);
                tenure.recovery = recovery(account, id, measured);
            }
        }
    }
}

/// Usage tells; where no row does, the items: what is switched on may be in use, whatever is not
/// reported about it.
fn recovery(account: &Account, tenant: &TenantId, measured: Measured) -> Recovery {
    let rows = match measured {
        Measured::Missing => return Recovery::Unknown("its usage could not be read".to_owned()),
        Measured::Failed(failure) => return Recovery::Unknown(failure.to_string()),
        Measured::Rows(rows) => rows,
    };
    let rows: Vec<&Usage> = rows
        .iter()
        .filter(|row| is_recovery(&row.key.name, row.usage_name.as_deref()))
        .collect();
    let used: Vec<String> = rows
        .iter()
        .filter(|row| is_used(row))
        .map(|row| row.key.to_string())
        .collect();
    if !used.is_empty() {
        return Recovery::Used(used);
    }
    match account.acronis.offering_items(tenant) {
        Ok(items) if items.is_empty() => Recovery::Unknown("its items are hidden".to_owned()),
        Ok(items) => {
            let silent = items.iter().find(|item| {
                item.enabled
                    && item.class != ItemClass::Feature
                    && is_recovery(&item.key.name, item.usage_name.as_deref())
                    && !rows.iter().any(|row| row.key == item.key)
            });
            silent.map_or(Recovery::Unused, |item| {
                Recovery::Unknown(format!(
                    "{} is on, but no usage of it is reported",
                    item.key
                ))
            })
        }
        Err(failure) => Recovery::Unknown(failure.to_string()),
    }
}

/// By name and by usage name; names differ between editions (acronis.md §5.6).
fn is_recovery(name: &str, usage_name: Option<&str>) -> bool {
    let usage_name = usage_name.unwrap_or_default();
    name.contains("_dr_")
        || usage_name.starts_with("dr_")
        || matches!(usage_name, "compute_points" | "public_ips")
}

fn is_used(row: &Usage) -> bool {
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
pub(super) fn clock(
    whom: &Whom,
    running: &Running,
    disabled_at: Option<Timestamp>,
) -> Result<Clock> {
    Ok(Clock {
        account: whom.account.clone(),
        tenant: known(whom)?,
        company: whom.company.id,
        since: running.since,
        confirmed: running.confirmed,
        reason: running.reason.clone(),
        disabled_at,
    })
}

fn known(whom: &Whom) -> Result<TenantId> {
    whom.tenant
        .clone()
        .with_context(|| format!("the tenant of {} is not known", whom.company.name))
}

/// Writes down how the clocks stand.
pub(super) fn remember(state: &State, ticks: Vec<Tick>) -> Result<()> {
    for tick in ticks {
        match tick {
            Tick::Set(whom, running) => {
                state.set_clock(&clock(&whom, &running, running.disabled_at)?)?;
            }
            Tick::Reset(whom) => {
                state.reset_clock(&whom.account, &known(&whom)?)?;
            }
        }
    }
    Ok(())
}
