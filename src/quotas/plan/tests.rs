//! One table or sentence for each rule of quotas.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::config::{Deprovision, Unmapped};
use crate::domain::contracts::{
    BillingType, BundleLine, Contract, ContractBook, ServiceLine, UnitRow, UnitRows,
};
use crate::domain::ids::{
    AccountName, ApplicationId, BundleId, CompanyId, ContractBundleId, ContractId,
    ContractServiceId, InfraId, ItemKey, ServiceId, TenantId,
};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::storages::StorageInfo;
use crate::domain::units::{Measure, Measurement, Unit};
use crate::plan::{CompanyRef, Plan, Reach};
use crate::quotas::facts::{Level, LiveUsage, QuotaItem, WholeView};

const TODAY: Date = date(2026, 9, 15);
const GIB: i64 = 1 << 30;

fn key(name: &str) -> ItemKey {
    let (name, infra) = match name.split_once('@') {
        Some((name, infra)) => (name, Some(InfraId::new(infra))),
        None => (name, None),
    };
    ItemKey {
        name: name.to_owned(),
        infra,
        application: ApplicationId::new("backup"),
    }
}

fn eu() -> AccountName {
    AccountName::new("eu")
}

/// An item as its name says: edition by prefix, storages by their infra, features by their kind.
fn item(name: &str, level: Level) -> (ItemKey, QuotaItem) {
    let key = key(name);
    let is_storage = key.infra.is_some();
    let is_feature = ["m365_mailboxes", "m365_onedrive", "google_mail", "dr_base"]
        .iter()
        .any(|feature| key.name.ends_with(feature));
    let edition = ["pw", "pg"]
        .iter()
        .find(|prefix| key.name.starts_with(*prefix));
    let item = QuotaItem {
        edition: edition.map(|prefix| format!("edition_{prefix}")),
        usage_name: Some(if is_storage { "storage" } else { &key.name }.to_owned()),
        is_feature,
        locked: false,
        measurement: Some(match (is_storage, is_feature) {
            (true, _) => Measurement::Bytes,
            (_, true) => Measurement::Nothing,
            (false, false) => Measurement::Quantity,
        }),
        level,
        version: 1,
    };
    (key, item)
}

fn link(name: &str, choice: MappingChoice) -> ProductLink {
    let key = key(name);
    let unit = if key.infra.is_some() {
        Unit::GiB
    } else {
        Unit::Count
    };
    ProductLink {
        account: eu(),
        edition: None,
        item: key,
        choice,
        measure: Measure::of_unit(unit),
    }
}

fn service(name: &str, id: i64) -> ProductLink {
    let choice = MappingChoice::Service {
        id: ServiceId(id),
        name: format!("Service {id}"),
    };
    link(name, choice)
}

fn row(from: Date, to: Date, units: i64) -> UnitRow {
    UnitRow {
        start: from,
        end: to,
        units,
        posted: None,
        extended: None,
    }
}

fn september(units: i64) -> UnitRows {
    UnitRows::new(vec![row(date(2026, 9, 1), date(2026, 9, 30), units)])
}

fn holds(id: i64, rows: UnitRows) -> ServiceLine {
    ServiceLine {
        id: ContractServiceId(id),
        service: ServiceId(id),
        price: None,
        rows,
    }
}

fn contract(id: i64, billing: BillingType, services: Vec<ServiceLine>) -> Contract {
    Contract {
        id: ContractId(id),
        company: CompanyId(1),
        name: "Backup".to_owned(),
        active: true,
        start: date(2026, 1, 1),
        end: date(2026, 12, 31),
        period_months: Some(1),
        billing,
        services,
        bundles: Vec::new(),
    }
}

fn prepaid(id: i64, lines: &[(i64, i64)]) -> Contract {
    let lines = lines
        .iter()
        .map(|(service, units)| holds(*service, september(*units)));
    contract(id, BillingType::Prepaid, lines.collect())
}

fn payg(id: i64, services: &[i64]) -> Contract {
    let lines = services
        .iter()
        .map(|service| holds(*service, UnitRows::default()));
    contract(id, BillingType::PayAsYouGo, lines.collect())
}

fn customer(items: Vec<(ItemKey, QuotaItem)>) -> QuotaCustomer {
    QuotaCustomer {
        party: CompanyRef::new(CompanyId(1), "Alma"),
        account: eu(),
        tenant: Some(TenantId::new("t")),
        tenant_name: "Alma".to_owned(),
        existed_before: false,
        lowering_approved: false,
        items: items.into_iter().collect(),
        usage: LiveUsage::Read(BTreeMap::new()),
    }
}

fn using(mut customer: QuotaCustomer, used: &[(&str, i64)]) -> QuotaCustomer {
    let rows = used
        .iter()
        .map(|(name, amount)| (key(name), Decimal::from(*amount)));
    customer.usage = LiveUsage::Read(rows.collect());
    customer
}

fn facts(customer: QuotaCustomer, products: Vec<ProductLink>, contracts: Vec<Contract>) -> Facts {
    let storage = |id: &str, name: &str| StorageInfo {
        id: InfraId::new(id),
        backend: None,
        name: name.to_owned(),
        location: None,
        holds_backups: true,
    };
    Facts {
        today: TODAY,
        book: ContractBook::new(contracts),
        products,
        customers: vec![customer],
        storages_unread: BTreeSet::new(),
        storages: [("s1", "Frankfurt"), ("s2", "Dublin")]
            .map(|(id, name)| (InfraId::new(id), storage(id, name)))
            .into(),
        remarks: Vec::new(),
        whole_view: WholeView::default(),
    }
}

fn rules() -> Rules {
    Rules {
        unmapped: Unmapped::Zero,
        default_storage: BTreeMap::new(),
        lowered_percent: 20,
        lowered_min: 10,
        warn_days: 30,
        deprovision: Deprovision::default(),
    }
}

/// Every line as `item after`, in order.
fn lines(planned: &Planned) -> Vec<String> {
    let mut lines: Vec<String> = planned
        .actions
        .iter()
        .map(|action| format!("{} {}", action.item, action.after.show_level(action.unit)))
        .collect();
    lines.sort();
    lines
}

fn codes(planned: &Planned) -> Vec<&'static str> {
    planned
        .refusals
        .iter()
        .map(|refusal| refusal.code.as_str())
        .collect()
}

/// How many lines a refusal holds.
fn held(planned: &Planned, code: &str) -> usize {
    let refusal = planned
        .refusals
        .iter()
        .find(|refusal| refusal.code.as_str() == code);
    match &refusal.expect(code).scope {
        Reach::Lines(lines) => lines.len(),
        Reach::Run => usize::MAX,
        Reach::Companies(_) => planned.actions.len(),
        Reach::Nothing(_) => 0,
    }
}

const WORKSTATIONS: &str = "pw_base_workstations";
const SERVERS: &str = "pw_base_servers";
const STORED: &str = "pw_base_storage@s1";

fn decided(
    customer: QuotaCustomer,
    products: Vec<ProductLink>,
    contracts: Vec<Contract>,
) -> Planned {
    plan(&facts(customer, products, contracts), &rules())
}

/// A customer with a storage already, so that none is assigned.
fn with_storage(items: Vec<(ItemKey, QuotaItem)>) -> QuotaCustomer {
    let storage = item(STORED, Level::UNLIMITED);
    customer(items.into_iter().chain([storage]).collect())
}

mod contracts;
mod ending;
mod guarded;
mod platform;
mod properties;
