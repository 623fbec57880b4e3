//! Tables of what is planned from which facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::super::facts::{
    BilledCustomer, CustomerUsage, Facts, InFlightPosting, ItemReading, KnownLine, LineHistory,
    OpenPosting, PastPeriod, RefusedPosting,
};
use super::{BillingFindings, Rules, plan};
use crate::config::{
    self, Billing as Settings, Customers, Effective, LaterChanges, Limits, Posting,
};
use crate::domain::contracts::{
    BillingType, BundleLine, Contract, ContractBook, ServiceLine, UnitRow, UnitRows,
};
use crate::domain::ids::{
    AccountName, ApplicationId, BundleId, CompanyId, ContractBundleId, ContractId,
    ContractServiceId, ItemKey, ServiceId, TenantId,
};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::period::BillingPeriod;
use crate::domain::units::{Measure, Measurement, Unit};
use crate::plan::{Action as _, CompanyRef, Plan};

mod absent;
mod days;
mod page;
mod past;
mod simulation;
mod taking_over;
mod unbilled;
mod unusual;
mod which_period;

const TODAY: Date = date(2026, 9, 15);
const PERIOD: Date = date(2026, 9, 1);
const NEXT: Date = date(2026, 10, 1);

/// One customer with one pay-as-you-go contract and one mapped item.
struct World {
    facts: Facts,
    billing: Settings,
    customers: Customers,
    limits: Limits,
}

fn key(name: &str) -> ItemKey {
    ItemKey {
        name: name.to_owned(),
        infra: None,
        application: ApplicationId::new("app"),
    }
}

fn link(name: &str, service: i64) -> ProductLink {
    ProductLink {
        account: AccountName::new("eu"),
        item: key(name),
        edition: None,
        choice: MappingChoice::Service {
            id: ServiceId(service),
            name: format!("Service {service}"),
        },
        measure: Measure::of_unit(Unit::Count),
    }
}

fn rows(units: i64) -> UnitRows {
    UnitRows::new(
        [(8, 31), (9, 30), (10, 31), (11, 30)]
            .into_iter()
            .map(|(month, last)| UnitRow {
                start: date(2026, month, 1),
                end: date(2026, month, last),
                units,
                posted: None,
                extended: None,
            })
            .collect(),
    )
}

/// Rows of August to October, all whole but September, which is split on a day.
fn split(first: i64, day: Date, then: i64, next: i64) -> UnitRows {
    let row = |start, end, units| UnitRow {
        start,
        end,
        units,
        posted: None,
        extended: None,
    };
    UnitRows::new(vec![
        row(date(2026, 8, 1), date(2026, 8, 31), first),
        row(PERIOD, day, first),
        row(day, date(2026, 9, 30), then),
        row(NEXT, date(2026, 10, 31), next),
    ])
}

fn contract(id: i64, service: i64, units: i64) -> Contract {
    Contract {
        id: ContractId(id),
        company: CompanyId(7),
        name: format!("Contract {id}"),
        active: true,
        start: date(2026, 1, 1),
        end: date(2026, 12, 31),
        period_months: Some(1),
        billing: BillingType::PayAsYouGo,
        services: vec![ServiceLine {
            id: ContractServiceId(id * 10),
            service: ServiceId(service),
            price: None,
            rows: rows(units),
        }],
        bundles: Vec::new(),
    }
}

fn reading(amount: i64) -> ItemReading {
    ItemReading {
        usage_name: None,
        measurement: Some(Measurement::Quantity),
        absolute: Some(Decimal::from(amount)),
        accrued: Some(Decimal::from(amount)),
        since: None,
        at: "2026-09-15T08:00:00Z".parse().unwrap(),
        enabled: Some(true),
        doubled: false,
    }
}

/// The line of [`World::new`], billed by usage since this month.
fn known() -> KnownLine {
    KnownLine {
        party: CompanyRef::new(CompanyId(7), "Alma Bakery"),
        account: AccountName::new("eu"),
        tenant: TenantId::new("t"),
        item: key("servers"),
        service_name: "Service 3".to_owned(),
        since: PERIOD,
        taken_over: Some(PERIOD),
        units: None,
        offset: 0,
    }
}

impl World {
    /// `before` units on the contract, `used` now.
    fn new(before: i64, used: i64) -> Self {
        let customer = BilledCustomer {
            party: CompanyRef::new(CompanyId(7), "Alma Bakery"),
            account: AccountName::new("eu"),
            tenant: TenantId::new("t"),
            trial: false,
            usage: CustomerUsage::Rows(BTreeMap::from([(key("servers"), reading(used))])),
        };
        let config = config::sample();
        Self {
            facts: Facts {
                today: TODAY,
                customers: vec![customer],
                book: ContractBook::new([contract(1, 3, before)]),
                products: vec![link("servers", 3)],
                known: BTreeMap::from([((ContractId(1), ServiceId(3)), known())]),
                accounts: BTreeSet::from([AccountName::new("eu")]),
                linked: BTreeSet::from([TenantId::new("t")]),
                ..Facts::default()
            },
            billing: Settings {
                posting: Posting::EveryRun,
                ..config.billing
            },
            customers: config.customers,
            limits: config.limits,
        }
    }

    /// Makes a day today's, with the line seen first on it.
    fn today(&mut self, day: Date) {
        self.facts.today = day;
        self.known().since = day;
    }

    fn known(&mut self) -> &mut KnownLine {
        let key = (ContractId(1), ServiceId(3));
        self.facts.known.get_mut(&key).unwrap()
    }

    fn contract(&mut self) -> &mut Contract {
        self.facts.book.contracts.get_mut(&ContractId(1)).unwrap()
    }

    fn line(&mut self) -> &mut LineHistory {
        let key = (ContractId(1), ServiceId(3));
        self.facts.lines.entry(key).or_default()
    }

    /// An own change from a day, that bills the reading of a period.
    fn posted(&mut self, day: Date, settles: Date) {
        let line = self.line();
        line.taken.insert(day);
        line.posted.insert(day);
        line.settles.insert(settles);
    }

    /// What runs of a period found of the line: that it was to hold `wanted` units and held five.
    fn past(&mut self, period: BillingPeriod, settled: bool, wanted: i64) -> &mut PastPeriod {
        let key = (ContractId(1), ServiceId(3));
        let periods = self.facts.past.entry(key).or_default();
        periods.push(PastPeriod {
            period,
            settled,
            in_trial: false,
            wanted: Some(wanted),
            units: 5,
            arithmetic: String::new(),
        });
        periods.last_mut().unwrap()
    }

    /// A run settled the current period by finding its five units right.
    fn found_right(&mut self) {
        let current = BillingPeriod {
            start: PERIOD,
            end: date(2026, 9, 30),
        };
        self.past(current, true, 5);
    }

    fn usage(&mut self) -> &mut BTreeMap<ItemKey, ItemReading> {
        match &mut self.facts.customers[0].usage {
            CustomerUsage::Rows(rows) => rows,
            CustomerUsage::Missing | CustomerUsage::Unreadable(_) => panic!("no rows"),
        }
    }

    fn found(&self) -> BillingFindings {
        plan(&self.facts, self.rules())
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            billing: &self.billing,
            customers: &self.customers,
            limits: &self.limits,
        }
    }

    /// Actions as `before→after from`, then `! code` of refusals, then notes' kinds.
    fn said(&self) -> Vec<String> {
        let found = self.found();
        let actions = found.actions.iter().map(|action| {
            let line = action.describe();
            format!(
                "{}→{} {}",
                line.changes[0].before, line.changes[0].after, line.changes[1].after
            )
        });
        let refusals = found
            .refusals
            .iter()
            .map(|refusal| format!("! {}", refusal.code));
        let rising = found.over_use.iter().map(|over| &over.note);
        let notes = found.notes.iter().chain(rising);
        let notes = notes.map(|note| note.kind.as_str().to_owned());
        actions.chain(refusals).chain(notes).collect()
    }
}

#[test]
fn a_level_is_posted_as_a_difference_from_the_period_start_up_and_down() {
    for (before, used, expected) in [
        (5, 7, vec!["5→7 2026-09-01"]),
        (7, 5, vec!["7→5 2026-09-01"]),
        (5, 5, vec![]),
        (0, 0, vec![]),
        (3, 0, vec!["3→0 2026-09-01"]),
        (6, 0, vec!["6→0 2026-09-01", "! usage-zero"]),
        (0, 501, vec!["0→501 2026-09-01", "! units-jump"]),
        (0, 500, vec!["0→500 2026-09-01"]),
        (100, 60, vec!["100→60 2026-09-01", "! usage-dropped"]),
        (100, 70, vec!["100→70 2026-09-01"]),
    ] {
        assert_eq!(World::new(before, used).said(), expected, "{before} {used}");
    }
}

#[test]
fn borders_follow_the_contract_and_not_the_calendar() {
    let split = |rows: &[(Date, Date)]| {
        UnitRows::new(
            rows.iter()
                .map(|(start, end)| UnitRow {
                    start: *start,
                    end: *end,
                    units: 5,
                    posted: None,
                    extended: None,
                })
                .collect(),
        )
    };
    type Case<'a> = (&'a [(Date, Date)], Date, &'a str);
    let table: [Case<'_>; 5] = [
        (
            &[
                (date(2026, 8, 31), date(2026, 9, 29)),
                (date(2026, 9, 30), date(2026, 10, 30)),
            ],
            TODAY,
            "5→7 2026-08-31",
        ),
        (
            &[
                (date(2026, 8, 20), date(2026, 9, 10)),
                (date(2026, 9, 10), date(2026, 9, 19)),
            ],
            TODAY,
            "5→7 2026-08-20",
        ),
        (
            &[(date(2028, 2, 29), date(2028, 3, 28))],
            date(2028, 2, 29),
            "5→7 2028-02-29",
        ),
        (
            &[(date(2026, 7, 1), date(2026, 9, 30))],
            TODAY,
            "not-monthly",
        ),
        (
            &[(date(2026, 1, 1), date(2026, 12, 31))],
            TODAY,
            "not-monthly",
        ),
    ];
    for (rows, today, expected) in table {
        let mut world = World::new(5, 7);
        world.today(today);
        world.contract().end = date(2028, 12, 31);
        world.contract().services[0].rows = split(rows);
        assert_eq!(world.said(), [expected], "{rows:?}");
    }
    let mut world = World::new(5, 7);
    world.contract().period_months = Some(3);
    assert_eq!(world.said(), ["not-monthly"]);
}

#[test]
fn the_same_facts_give_the_same_plan() {
    let digest = || {
        let found = World::new(0, 900).found();
        Plan::new("t", found.actions, found.notes, found.refusals).digest()
    };
    assert_eq!(digest(), digest());
}
