//! The Autotask side of a seeded world: companies, people, devices, contracts.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;

use super::cast::{Company, Sale};
use super::dice::Dice;
use super::{Client, machine, names};
use crate::autotask::Database;

/// Monthly contracts.
const MONTHLY: i64 = 2;
/// Posting looks at every unit row of the database for each contract; large worlds leave it at that.
const POSTED_MAX: usize = 60;

/// What the provider sells besides backup.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    services: Vec<i64>,
    bundle: i64,
    monitoring: i64,
}

const SERVICES: &[(&str, &str)] = &[
    ("Managed Workstation", "29.50"),
    ("Managed Server", "89.00"),
    ("Firewall Management", "45.00"),
    ("Microsoft 365 Business Standard", "11.70"),
    ("Email Security", "2.90"),
    ("Password Manager", "3.50"),
];

/// Puts the provider's own products on the shelf.
pub(super) fn stock(database: &mut Database) -> Shelf {
    database.define_payg_field("Acronis PAYG");
    let services: Vec<i64> = SERVICES
        .iter()
        .map(|(name, price)| database.add_service(name, MONTHLY, price))
        .collect();
    let yearly = database.add_service("Domain Registration", 5, "19.00");
    database.set("Services", yearly, "isActive", json!(true));
    let members = services.get(..2).unwrap_or_default().to_vec();
    Shelf {
        bundle: database.add_bundle("Workplace Complete", &members),
        monitoring: database.add_service("Backup Monitoring", MONTHLY, "5.00"),
        services,
    }
}

/// Opens a company's file.
pub(super) fn open(
    database: &mut Database,
    company: &Company,
    shelf: &Shelf,
    today: Date,
    dice: &mut Dice,
) -> Client {
    let id = database.add_company(&company.name, company.kind, company.active);
    let slug = names::slug(&company.name);
    for (field, value) in [
        ("city", json!(company.city)),
        (
            "address1",
            json!(format!("{} Main Street", dice.between(1, 250))),
        ),
        (
            "postalCode",
            json!(dice.between(10_000, 99_999).to_string()),
        ),
        ("webAddress", json!(format!("https://www.{slug}.example"))),
        (
            "phone",
            json!(format!("+1 555 {:04}", dice.between(0, 9999))),
        ),
    ] {
        database.set("Companies", id, field, value);
    }
    for (at, (first, last)) in company.contacts.iter().enumerate() {
        let email = format!("{}@{slug}.example", names::slug(first));
        database.add_contact(id, first, last, &email, at == 0);
    }
    let customer = company.kind == "Customer";
    if customer {
        for number in [0, 1, 3, 4] {
            database.add_configuration_item(id, &machine(&company.name, number));
        }
        managed_services(database, id, company, shelf, today, dice);
    }
    let contract = (company.sale != Sale::Nothing)
        .then(|| backup_contract(database, id, company, shelf, today, dice));
    Client {
        company: id,
        name: company.name.clone(),
        sale: company.sale,
        workloads: company.workloads,
        contract,
        home: None,
    }
}

/// The contract that backup will be put on once there are products for it.
fn backup_contract(
    database: &mut Database,
    id: i64,
    company: &Company,
    shelf: &Shelf,
    today: Date,
    dice: &mut Dice,
) -> i64 {
    // A prepaid contract says No, or nothing at all.
    let payg = match company.sale {
        Sale::PayAsYouGo => Some("Yes"),
        Sale::Prepaid => Some("No"),
        Sale::PrepaidBundle | Sale::Nothing => None,
    };
    let (start, end) = term(today, dice);
    let name = fit(&format!("Cloud backup {}", company.name));
    let contract = database.add_contract(id, &name, start, end, MONTHLY, payg);
    database.add_contract_service(contract, shelf.monitoring, 1);
    contract
}

/// What most customers have: workplaces by the month, at times only a framework for hours.
fn managed_services(
    database: &mut Database,
    id: i64,
    company: &Company,
    shelf: &Shelf,
    today: Date,
    dice: &mut Dice,
) {
    let (start, end) = term(today, dice);
    let size = company.workloads.workstations;
    if dice.chance(15) {
        let name = fit(&format!("Hours {}", company.name));
        let contract = database.add_contract(id, &name, start, end, MONTHLY, None);
        let kind = database.pick_value("Contracts", "contractType", "Time and Materials");
        database.set("Contracts", contract, "contractType", json!(kind));
    }
    if dice.chance(70) {
        let name = fit(&format!("Managed services {}", company.name));
        let contract = database.add_contract(id, &name, start, end, MONTHLY, None);
        if dice.chance(40) {
            database.add_contract_bundle(contract, shelf.bundle, size);
        } else {
            let at = dice.index(shelf.services.len());
            database.add_contract_service(contract, shelf.services[at], size);
        }
        if !company.active {
            database.end_contract(contract, start.saturating_add(2.months()));
        }
    }
    if dice.chance(8) {
        let name = fit(&format!("Onboarding {}", company.name));
        let (start, end) = (
            today.saturating_add(40.days()),
            today.saturating_add(1.year()),
        );
        database.add_contract(id, &name, start, end, MONTHLY, None);
    }
}

/// A year that began some months ago, on any day of the month.
fn term(today: Date, dice: &mut Dice) -> (Date, Date) {
    let months = dice.between(1, 10);
    let day = [1, 1, 1, 15, 20, 31][dice.index(6)];
    let month = today.first_of_month().saturating_sub(months.months());
    let start = month.with().day(day.min(month.days_in_month())).build();
    let start = start.unwrap_or(month);
    let end = start.saturating_add(1.year()).saturating_sub(1.day());
    (start, end)
}

/// Names of contracts hold 100 characters (autotask.md §8.2).
fn fit(name: &str) -> String {
    name.chars().take(100).collect()
}

/// Approves and posts what lies behind the current month.
pub(super) fn post_past(database: &mut Database, clients: &[Client], today: Date) {
    let until = today.first_of_month().saturating_sub(1.month());
    for contract in clients
        .iter()
        .filter_map(|client| client.contract)
        .take(POSTED_MAX)
    {
        database.post_periods(contract, until);
    }
}
