//! Reads what the planner of billing needs: links, usages in bulk, contracts with their units, and
//! what the ledger says of both.

pub(super) mod history;
pub(super) mod lines;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::facts::{
    BilledCustomer, CustomerUsage, Facts, FiguresToRead, ItemReading, KnownLine, RowsToRead,
};
use super::plan::BilledLevel;
use super::recover::RecoveredPostings;
use crate::acronis::{self, PricingMode, TenantUsage};
use crate::autotask::{MoreUnits, period_months};
use crate::config::CustomerTask;
use crate::domain::ids::{CompanyId, ItemKey};
use crate::plan::Remark;
use crate::quotas;
use crate::session::Session;
use crate::state::State;
use crate::state::levels::PeriodLevel;
use crate::state::measures;

/// Unit rows are read this many days back, where those of today do not tell enough: two months, so
/// that the period before the current one of a monthly contract is seen whole.
const BACK_DAYS: i64 = 62;

/// And as many ahead: three months, since periods that are posted in advance are passed over.
const AHEAD_DAYS: i64 = 93;

/// The facts about lines. What became of links and accounts is told by the quotas' part.
pub(super) fn read_facts(
    session: &Session,
    state: &State,
    reading: &mut quotas::QuotaReading<'_>,
    recovered: &RecoveredPostings,
) -> Result<Facts> {
    let off = session.config.customers.list_off(CustomerTask::Billing);
    let customers = collect_customers(session, reading, &off);
    let mut known = lines::read_known_lines(state)?;
    let mut past = lines::read_past_periods(state, session.today)?;
    let is_off = |known: &KnownLine| off.contains(&known.party.id);
    past.retain(|key, _| !known.get(key).is_some_and(is_off));
    known.retain(|_, known| !is_off(known));
    Ok(Facts {
        today: session.today,
        // Large, and nobody else needs it from here on.
        book: std::mem::take(&mut reading.book),
        products: state.product_links()?,
        lines: history::read_line_histories(state, session.today, recovered)?,
        measures: BTreeMap::new(),
        peaks: BTreeMap::new(),
        around: BTreeMap::new(),
        known,
        past,
        prices: BTreeMap::new(),
        service_months: BTreeMap::new(),
        kept: lines::read_kept_units(state)?,
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
        billed: history::read_billed_levels(state, recovered)?,
        customers,
        notes: Vec::<Remark>::new(),
    })
}

/// The first and the last day of which unit rows matter.
pub(super) fn days_around(today: Date) -> (Date, Date) {
    (
        today.saturating_sub(BACK_DAYS.days()),
        today.saturating_add(AHEAD_DAYS.days()),
    )
}

/// Reads unit rows around today, and further back where an ended period asks for it.
pub(super) fn read_rows_around(
    session: &Session,
    facts: &mut Facts,
    wanted: &RowsToRead,
) -> Result<()> {
    let RowsToRead {
        contracts,
        lines,
        since,
    } = wanted;
    if contracts.is_empty() && lines.is_empty() {
        return Ok(());
    }
    let step = session.report.start_step("reading periods");
    let (autotask, today) = (session.connected_autotask()?, facts.today);
    let (from, to) = days_around(today);
    let more = MoreUnits {
        contracts,
        lines,
        known: today,
        from: since.map_or(from, |since| since.min(from)),
        to,
    };
    let rows = autotask.units_around(&facts.book, &more)?;
    autotask.add_rows(&mut facts.book, rows)?;
    step.advance_step();
    Ok(())
}

/// Reads prices and periods of services, and what was measured on earlier days.
pub(super) fn read_figures(
    session: &Session,
    state: &State,
    facts: &mut Facts,
    wanted: &FiguresToRead,
) -> Result<()> {
    if wanted.prices {
        for service in session.connected_autotask()?.read_services()? {
            facts
                .prices
                .extend(service.unit_price.map(|price| (service.id, price)));
            let months = service.period_type.and_then(period_months);
            facts
                .service_months
                .extend(months.map(|months| (service.id, months)));
        }
    }
    facts.measures = history::measure_periods(state, facts, &wanted.periods)?;
    facts.peaks = history::measure_peaks(state, facts, &wanted.periods)?;
    facts.around = lines::readings_around(state, facts, &wanted.periods)?;
    Ok(())
}

/// The linked customers in scope whose tenants can be worked on, with what they used.
fn collect_customers(
    session: &Session,
    reading: &mut quotas::QuotaReading<'_>,
    off: &BTreeSet<CompanyId>,
) -> Vec<BilledCustomer> {
    let mut measured = std::mem::take(&mut reading.usages);
    let mut found = Vec::new();
    for linked in reading.customers.linked_pairs() {
        let link = linked.link;
        let Some(usages) = measured.get_mut(&link.account) else {
            continue;
        };
        if !reading.scope.contains_company(link.company) || off.contains(&link.company) {
            continue;
        }
        let Ok(tenant) = linked.usable_tenant() else {
            continue;
        };
        let usages = usages.remove(&link.tenant).unwrap_or(TenantUsage::Missing);
        found.push(BilledCustomer {
            party: linked.company_ref(),
            account: link.account.clone(),
            tenant: link.tenant.clone(),
            trial: tenant.pricing_mode == Some(PricingMode::Trial),
            usage: convert_usage(session, usages),
        });
    }
    found
}

fn convert_usage(session: &Session, measured: TenantUsage) -> CustomerUsage {
    match measured {
        TenantUsage::Missing => CustomerUsage::Missing,
        TenantUsage::Failed(failure) => CustomerUsage::Unreadable(failure.to_string()),
        TenantUsage::Rows(rows) => {
            let mut readings: BTreeMap<ItemKey, ItemReading> = BTreeMap::new();
            for row in rows {
                let key = row.key.clone();
                let new = convert_reading(session, row);
                readings
                    .entry(key)
                    .and_modify(|first| first.doubled |= !first.says_the_same(&new))
                    .or_insert(new);
            }
            CustomerUsage::Rows(readings)
        }
    }
}

fn convert_reading(session: &Session, row: acronis::UsageRow) -> ItemReading {
    ItemReading {
        measurement: row.parse_measurement(),
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
pub(super) fn unseen_companies(
    session: &Session,
    reading: &quotas::QuotaReading<'_>,
    facts: &Facts,
) -> BTreeSet<CompanyId> {
    let blocks = &session.config.customers;
    let links = reading.customers.links.iter().map(|link| link.company);
    let mut unseen: BTreeSet<CompanyId> = links
        .filter(|id| reading.scope.contains_company(*id))
        .filter(|id| !blocks.has_off(*id, CustomerTask::Billing))
        .collect();
    for customer in &facts.customers {
        if !matches!(customer.usage, CustomerUsage::Unreadable(_)) {
            unseen.remove(&customer.party.id);
        }
    }
    unseen
}

/// Keeps the readings of a run: history per tenant, item and day.
pub(super) fn save_readings(session: &Session, state: &State, facts: &Facts) -> Result<()> {
    let mut all = Vec::new();
    for customer in &facts.customers {
        let CustomerUsage::Rows(rows) = &customer.usage else {
            continue;
        };
        let items = rows.iter().filter(|(_, reading)| reading.enabled.is_some());
        all.extend(items.map(|(item, reading)| {
            let key = measures::MeasuredItemKey {
                account: customer.account.clone(),
                tenant: customer.tenant.clone(),
                item: item.clone(),
            };
            let measured = measures::UsageReading {
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
pub(super) fn save_billed_levels(
    session: &Session,
    state: &State,
    standing: Vec<BilledLevel>,
) -> Result<()> {
    let levels = standing.into_iter().map(|standing| {
        let line = standing.line;
        PeriodLevel {
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
