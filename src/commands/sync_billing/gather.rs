//! Reads what the planner of billing needs: links, usages in bulk, contracts with their units, and
//! what the ledger says of both.

pub(super) mod history;
pub(super) mod lines;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::facts::{Customer, Facts, Reading, Usage};
use super::plan::{self, LookAround, Rules, Standing};
use super::recover::Recovered;
use crate::acronis::{self, Measured, PricingMode};
use crate::domain::ids::{CompanyId, ItemKey};
use crate::plan::Note;
use crate::quotas;
use crate::session::Session;
use crate::state::State;
use crate::state::levels::Level;
use crate::state::measures;

/// Unit rows are read this many days back, where those of today do not tell enough: two months, so
/// that the period before the current one of a monthly contract is seen whole.
const BACK_DAYS: i64 = 62;

/// And as many ahead: three months, since periods that are posted in advance are passed over.
const AHEAD_DAYS: i64 = 93;

/// The facts about lines. What became of links and accounts is told by the quotas' part.
pub(super) fn facts(
    session: &Session,
    state: &State,
    reading: &mut quotas::Reading<'_>,
    recovered: &Recovered,
) -> Result<Facts> {
    let customers = customers(session, reading);
    Ok(Facts {
        today: session.today,
        // Large, and nobody else needs it from here on.
        book: std::mem::take(&mut reading.book),
        products: state.product_links()?,
        lines: history::lines(state, session.today, recovered)?,
        measures: BTreeMap::new(),
        peaks: BTreeMap::new(),
        around: BTreeMap::new(),
        known: lines::known(state)?,
        past: lines::past(state, session.today)?,
        prices: BTreeMap::new(),
        kept: lines::kept(state)?,
        prepaid: state.prepaid_contracts()?.into_iter().collect(),
        accounts: reading
            .accounts
            .iter()
            .map(|one| one.name.clone())
            .collect(),
        linked: reading
            .customers
            .links
            .iter()
            .map(|link| link.tenant.clone())
            .collect(),
        billed: history::billed(state, recovered)?,
        customers,
        notes: Vec::<Note>::new(),
    })
}

/// The first and the last day of which unit rows matter.
pub(super) fn around(today: Date) -> (Date, Date) {
    (
        today.saturating_sub(BACK_DAYS.days()),
        today.saturating_add(AHEAD_DAYS.days()),
    )
}

/// Reads what else the planner turns out to need: unit rows around today, readings of earlier days.
pub(super) fn deepen(
    session: &Session,
    state: &State,
    facts: &mut Facts,
    rules: Rules<'_>,
) -> Result<()> {
    let LookAround {
        contracts,
        lines,
        since,
    } = plan::to_look_around(facts, rules);
    if !contracts.is_empty() || !lines.is_empty() {
        let step = session.report.step("reading periods");
        let (autotask, today) = (session.autotask()?, facts.today);
        let (from, to) = around(today);
        let days = (since.map_or(from, |since| since.min(from)), to);
        let rows = autotask.units_around(&facts.book, (&contracts, &lines), today, days)?;
        autotask.add_rows(&mut facts.book, rows)?;
        step.tick();
    }
    if plan::needs_prices(facts, rules) {
        let services = session.autotask()?.services()?.into_iter();
        let priced = services.filter_map(|service| Some((service.id, service.unit_price?)));
        facts.prices = priced.collect();
    }
    let wanted = plan::to_measure(facts, rules);
    facts.measures = history::measures(state, facts, &wanted)?;
    facts.peaks = history::peaks(state, facts, &wanted)?;
    facts.around = lines::around(state, facts, &wanted)?;
    Ok(())
}

/// The linked customers in scope whose tenants can be worked on, with what they used.
fn customers(session: &Session, reading: &mut quotas::Reading<'_>) -> Vec<Customer> {
    let mut measured = std::mem::take(&mut reading.usages);
    let mut found = Vec::new();
    for linked in reading.customers.linked() {
        let link = linked.link;
        let Some(usages) = measured.get_mut(&link.account) else {
            continue;
        };
        if !reading.scope.holds(link.company) {
            continue;
        }
        let Ok(tenant) = linked.usable() else {
            continue;
        };
        let usages = usages.remove(&link.tenant).unwrap_or(Measured::Missing);
        found.push(Customer {
            party: linked.party(),
            account: link.account.clone(),
            tenant: link.tenant.clone(),
            trial: tenant.pricing_mode == Some(PricingMode::Trial),
            usage: usage(session, usages),
        });
    }
    found
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
        since: row.range_start.map(|at| at.to_zoned(TimeZone::UTC).date()),
        at: session.now,
        enabled: row.item.map(|item| item.enabled),
        doubled: false,
    }
}

/// The linked companies in scope about which this run can say nothing, or not all: what waits there
/// for a person waits on.
pub(super) fn unseen(reading: &quotas::Reading<'_>, facts: &Facts) -> BTreeSet<CompanyId> {
    let links = reading.customers.links.iter().map(|link| link.company);
    let mut unseen: BTreeSet<CompanyId> = links.filter(|id| reading.scope.holds(*id)).collect();
    for customer in &facts.customers {
        if !matches!(customer.usage, Usage::Unreadable(_)) {
            unseen.remove(&customer.party.id);
        }
    }
    unseen
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
                peak: reading.absolute,
                accrued: reading.accrued,
                since: reading.since,
                at: reading.at,
            };
            (key, measured)
        }));
    }
    state.save_measures(session.today, &all)
}

/// Keeps what every billed line stands at, for the accountant and for questions.
pub(super) fn remember_levels(
    session: &Session,
    state: &State,
    standing: Vec<Standing>,
) -> Result<()> {
    let levels = standing.into_iter().map(|standing| {
        let line = standing.line;
        Level {
            period: standing.period,
            account: line.account,
            company: line.party.id,
            company_name: line.party.name,
            tenant: line.tenant,
            item: line.item,
            contract: line.contract,
            service: line.service,
            service_name: line.service_name,
            usage: line.usage,
            usage_at: line.usage_at,
            arithmetic: line.arithmetic,
            wanted: standing.wanted,
            units: standing.units,
            price: line.price,
            extended: standing.extended,
            settled: standing.settled.then_some(session.today),
            open_units: standing.wanted.map(|_| standing.open),
            next: standing.next,
            at: session.now,
            run: session.run.clone(),
        }
    });
    state.save_levels(levels)
}
