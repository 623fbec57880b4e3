//! Which contract and which configuration item a ticket goes to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;

use super::super::facts::{Details, Item};
use super::*;
use crate::domain::contracts::{BillingType, BundleLine, ServiceLine, UnitRows};
use crate::domain::ids::{
    AlertId, ApplicationId, BundleId, CompanyId, ContractBundleId, ContractServiceId, ItemKey,
};

const EU: &str = "eu";

fn destination() -> Destination {
    Destination {
        company: CompanyId(1),
        tenant: None,
        customer: String::new(),
    }
}

fn alert(kind: &str, category: &str, workload: &str) -> Alert {
    Alert {
        id: AlertId::new("a"),
        kind: kind.to_owned(),
        category: category.to_owned(),
        severity: None,
        severity_word: String::new(),
        created: None,
        updated: jiff::Timestamp::UNIX_EPOCH,
        active: true,
        ignored: false,
        details: Details {
            workload: workload.to_owned(),
            ..Details::default()
        },
    }
}

#[test]
fn what_a_workload_uses_is_told_from_whole_words_of_the_type_or_from_the_category() {
    for (kind, category, first) in [
        ("DrStorageHardQuotaExceeds", "", Some("dr_")),
        ("DR", "", Some("dr_")),
        ("DriveFailureImminent", "Monitoring", None),
        ("DriverUpdateFailed", "", None),
        ("EDRIncidentDetected", "", Some("adv_security")),
        ("M365ApplicationConsentRequired", "", Some("m365_")),
        (
            "MaliciousEmailDetectedGreatHorn",
            "",
            Some("adv_email_security"),
        ),
        ("BackupFailed", "Backup", None),
        ("Whatever", "Disaster recovery", Some("dr_")),
    ] {
        let alert = alert(kind, category, "");
        assert_eq!(used_items(&alert).first().copied(), first, "{kind}");
    }
}

/// Services 1 (servers), 2 (Microsoft 365) and 9 (no product of Acronis).
fn services() -> BTreeMap<(AccountName, ServiceId), ItemKey> {
    let item = |name: &str| ItemKey {
        name: name.to_owned(),
        infra: None,
        application: ApplicationId::new("app"),
    };
    let of = |account: &str, service| (AccountName::new(account), ServiceId(service));
    BTreeMap::from([
        (of(EU, 1), item("pg_base_servers")),
        (of(EU, 2), item("pg_base_m365_seats")),
        // The same service is another item in another account.
        (of("us", 1), item("pg_base_m365_seats")),
    ])
}

fn contract_of(id: i64, start: Date, services: &[i64]) -> Contract {
    let line = |service: &i64| ServiceLine {
        id: ContractServiceId(*service),
        service: ServiceId(*service),
        price: None,
        rows: UnitRows::default(),
    };
    Contract {
        id: ContractId(id),
        company: CompanyId(1),
        name: format!("C{id}"),
        active: true,
        start,
        end: date(2027, 12, 31),
        period_months: Some(1),
        billing: BillingType::Prepaid,
        services: services.iter().map(line).collect(),
        bundles: Vec::new(),
    }
}

fn desk(contracts: &[Contract]) -> Desk {
    let mut desk = Desk {
        services: services(),
        ..Desk::default()
    };
    for contract in contracts {
        let contract = contract.clone();
        desk.contracts.contracts.insert(contract.id, contract);
    }
    desk
}

fn chosen_of(desk: &Desk, alert: Option<&Alert>) -> (Option<i64>, String) {
    let today = date(2026, 9, 15);
    let found = find_associations(desk, &AccountName::new(EU), &destination(), alert, today);
    (found.contract.map(|id| id.0), found.contract_words)
}

#[test]
fn the_contract_is_the_holder_of_the_used_item_else_the_only_one_else_the_oldest() {
    let servers = contract_of(7, date(2025, 1, 1), &[1]);
    let mail = contract_of(5, date(2026, 1, 1), &[2]);
    let foreign = contract_of(3, date(2020, 1, 1), &[9]);
    let mut bundled = contract_of(6, date(2026, 2, 1), &[]);
    bundled.bundles.push(BundleLine {
        id: ContractBundleId(1),
        bundle: BundleId(1),
        services: BTreeSet::from([ServiceId(2)]),
        rows: UnitRows::default(),
    });
    let m365 = alert("M365BackupFailed", "", "Bob");
    let backup = alert("BackupFailed", "Backup", "PC-1");
    let both = [servers.clone(), mail.clone(), foreign.clone()];
    for (contracts, about, id, words) in [
        (&both[..], Some(&m365), Some(5), "it holds the service that"),
        (&both[..], Some(&backup), Some(7), "the oldest active one"),
        (&both[..], None, Some(7), "the oldest active one"),
        (
            &[servers.clone(), bundled][..],
            Some(&m365),
            Some(6),
            "it holds the service that",
        ),
        (
            &[servers, foreign.clone()][..],
            Some(&m365),
            Some(7),
            "the only active one",
        ),
        (
            &[foreign][..],
            Some(&m365),
            None,
            "none; the company has no",
        ),
        (&[][..], Some(&m365), None, "none; the company has no"),
    ] {
        let (found, said) = chosen_of(&desk(contracts), about);
        assert_eq!(found, id, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn contracts_of_the_same_day_are_told_apart_by_their_number() {
    let day = date(2026, 1, 1);
    let two = [contract_of(8, day, &[1]), contract_of(7, day, &[1])];
    assert_eq!(chosen_of(&desk(&two), None).0, Some(7));
}

#[test]
fn a_configuration_item_is_named_when_exactly_one_has_the_workloads_name() {
    let item = |id, names: &[&str]| Item {
        id: ConfigurationItemId(id),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut desk = desk(&[]);
    desk.configuration_items.insert(
        CompanyId(1),
        vec![
            item(1, &["PC-1", "pc-1.example"]),
            item(2, &["SRV"]),
            item(3, &[" srv "]),
        ],
    );
    for (workload, id, words) in [
        ("PC-1", Some(1), "PC-1 (1)"),
        (" pc-1.EXAMPLE ", Some(1), "pc-1.EXAMPLE (1)"),
        ("srv", None, "none; several are called srv"),
        ("PC", None, ""),
        ("", None, ""),
    ] {
        let about = alert("BackupFailed", "", workload);
        let today = date(2026, 9, 15);
        let found = find_associations(
            &desk,
            &AccountName::new(EU),
            &destination(),
            Some(&about),
            today,
        );
        let found = (found.item.map(|id| id.0), found.item_words.as_str());
        assert_eq!(found, (id, words), "{workload}");
    }
}
