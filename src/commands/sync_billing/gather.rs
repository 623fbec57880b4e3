//! Reads what the planner of billing needs: links, usages in bulk, contracts with their units, and
//! what the ledger says of both.

mod history;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::facts::{Customer, Facts, Reading, Usage};
use super::recover::Recovered;
use crate::acronis::{self, Measured};
use crate::autotask::ContractScope;
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{AccountName, CompanyId, ItemKey, TenantId};
use crate::gather::customers::{self, Customers};
use crate::plan::{Note, Party};
use crate::session::Companies;
use crate::session::{Account, Session};
use crate::state::State;
use crate::state::measures;

/// Unit rows are read this many days around today: a month, so that the whole current period of a
/// monthly contract and the start of the next are seen.
const AROUND_DAYS: i64 = 31;

/// Which customers a run is about.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) accounts: Vec<&'a Account>,
    pub(super) companies: Companies,
}

/// Reads everything.
pub(super) fn facts(
    session: &Session,
    state: &State,
    scope: &Scope<'_>,
    recovered: Recovered,
) -> Result<Facts> {
    let customers = customers::read(session, state, &scope.accounts)?;
    let mut notes = customers.failure_notes();
    let usable = usable(&customers, scope, &mut notes);
    let book = book(session, scope, &usable)?;
    let customers = measure(session, scope, usable);
    let today = session.today;
    Ok(Facts {
        today,
        book,
        products: state.product_links()?,
        lines: history::lines(state, today, recovered)?,
        measures: history::measures(session, state, &customers)?,
        billed: history::billed(state)?,
        customers,
        notes,
    })
}

/// A link whose tenant may be asked about.
struct Target {
    party: Party,
    account: AccountName,
    tenant: TenantId,
}

fn usable(customers: &Customers, scope: &Scope<'_>, notes: &mut Vec<Note>) -> Vec<Target> {
    let read: BTreeSet<&AccountName> = scope.accounts.iter().map(|one| &one.name).collect();
    let mut targets = Vec::new();
    for linked in customers.linked() {
        let link = linked.link;
        if !read.contains(&link.account) || !scope.companies.holds(link.company) {
            continue;
        }
        match linked.usable() {
            Ok(tenant) => targets.push(Target {
                party: linked.party(),
                account: link.account.clone(),
                tenant: tenant.id.clone(),
            }),
            Err(note) => notes.push(*note),
        }
    }
    targets
}

fn book(session: &Session, scope: &Scope<'_>, targets: &[Target]) -> Result<ContractBook> {
    let today = session.today;
    let contracts = match scope.companies {
        Companies::All => ContractScope::Active,
        Companies::Only(_) => {
            let ids: BTreeSet<CompanyId> = targets.iter().map(|target| target.party.id).collect();
            ContractScope::Of(ids.into_iter().collect())
        }
    };
    let step = session.report.step("reading contracts and their units");
    let book = session.autotask()?.contract_book(
        &contracts,
        &session.config.billing.payg_field,
        shifted(today, -AROUND_DAYS),
        shifted(today, AROUND_DAYS),
    );
    step.tick();
    book
}

fn shifted(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

fn measure(session: &Session, scope: &Scope<'_>, targets: Vec<Target>) -> Vec<Customer> {
    let step = session.report.step("reading usages");
    let mut measured: BTreeMap<(AccountName, TenantId), Measured> = BTreeMap::new();
    for account in &scope.accounts {
        let tenants: Vec<TenantId> = targets
            .iter()
            .filter(|target| target.account == account.name)
            .map(|target| target.tenant.clone())
            .collect();
        let answers = account.acronis.usages(&tenants).into_iter();
        measured.extend(answers.map(|(tenant, found)| ((account.name.clone(), tenant), found)));
        step.tick();
    }
    targets
        .into_iter()
        .map(|target| {
            let key = (target.account.clone(), target.tenant.clone());
            let found = measured.remove(&key).unwrap_or(Measured::Missing);
            Customer {
                party: target.party,
                account: target.account,
                tenant: target.tenant,
                usage: usage(session, found),
            }
        })
        .collect()
}

fn usage(session: &Session, measured: Measured) -> Usage {
    match measured {
        Measured::Missing => Usage::Missing,
        Measured::Failed(failure) => Usage::Unreadable(failure.to_string()),
        Measured::Rows(rows) => {
            let mut readings: BTreeMap<ItemKey, Reading> = BTreeMap::new();
            for row in rows {
                let key = row.key.clone();
                let new = reading(session, row);
                readings
                    .entry(key)
                    .and_modify(|first| first.doubled |= !first.says_the_same(&new))
                    .or_insert(new);
            }
            Usage::Rows(readings)
        }
    }
}

fn reading(session: &Session, row: acronis::Usage) -> Reading {
    Reading {
        measurement: row.measurement(),
        usage_name: row.usage_name,
        absolute: row.absolute,
        accrued: row.value,
        at: session.now,
        enabled: row.item.map(|item| item.enabled),
        doubled: false,
    }
}

/// Keeps the readings of a run: history per tenant, item and day.
pub(super) fn remember(session: &Session, state: &State, facts: &Facts) -> Result<()> {
    let mut all = Vec::new();
    for customer in &facts.customers {
        let Usage::Rows(rows) = &customer.usage else {
            continue;
        };
        let items = rows.iter().filter(|(_, reading)| reading.enabled.is_some());
        all.extend(items.map(|(item, reading)| {
            let key = measures::MeasuredItem {
                account: customer.account.clone(),
                tenant: customer.tenant.clone(),
                item: item.clone(),
            };
            let measured = measures::Measured {
                absolute: reading.absolute,
                accrued: reading.accrued,
                at: reading.at,
            };
            (key, measured)
        }));
    }
    state.save_measures(session.today, &all)
}
