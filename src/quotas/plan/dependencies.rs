//! Items that need another: packs on top of base items, features with their seats (acronis.md §5.4).

use crate::plan::RefusalCode;
use std::collections::BTreeSet;

use super::planner::{Blocked, DesiredQuota, QuotaPlanner};
use crate::domain::ids::ItemKey;
use crate::domain::links::MappingChoice;
use crate::domain::units::Measurement;
use crate::quotas::facts::Level;

const PACK: &str = "_pack_";
const BASE: &str = "_base_";
const BACKUP_PACK: &str = "adv_backup_";

/// Features go on with the seats they belong to: seats alone protect nothing (acronis.md §5.4).
const FEATURES: &[(&str, &str)] = &[
    ("m365_mailboxes", "m365_seats"),
    ("m365_onedrive", "m365_seats"),
    ("google_mail", "gworkspace_seats"),
    ("google_drive", "gworkspace_seats"),
    ("google_team_drive", "gworkspace_seats"),
];

/// Holds back advanced packs whose standard item is off (rules: product mapping).
pub(super) fn hold_packs_without_base(sheet: &mut QuotaPlanner<'_>) {
    let packs: Vec<ItemKey> = sheet
        .desired
        .iter()
        .filter(|(key, target)| key.name.contains(PACK) && target.level.is_of_use())
        .map(|(key, _)| key.clone())
        .collect();
    let mut held: BTreeSet<ItemKey> = BTreeSet::new();
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for key in packs {
        match base_of(sheet, &key) {
            Ok(base) => {
                if let Some(target) = sheet.desired.get_mut(&key) {
                    target.needs = Some(base);
                }
            }
            Err(_) if sheet.find_choice(&key) == Some(&MappingChoice::Free) => {
                sheet.desired.remove(&key);
            }
            Err(missing) => {
                needed.insert(format!("{key} needs {missing}"));
                held.insert(key);
            }
        }
    }
    if held.is_empty() {
        return;
    }
    let needed: Vec<String> = needed.into_iter().collect();
    let text = format!(
        "{}: {}, which is off and in no contract; advanced packs need a standard item",
        sheet.customer_in_words(),
        needed.join("; ")
    );
    sheet.blocked.push(Blocked {
        code: RefusalCode::PackWithoutBase,
        text,
        items: held,
        approvable: false,
    });
}

/// The base item that a pack sits on, on after this plan; otherwise what is missing, in words.
fn base_of(sheet: &QuotaPlanner<'_>, pack: &ItemKey) -> Result<ItemKey, String> {
    let (prefix, rest) = pack.name.split_once(PACK).unwrap_or(("", &pack.name));
    let is_on = |key: &&ItemKey| sheet.level_after(key).is_of_use();
    let items = sheet.customer.items.iter();
    if let Some(workload) = rest.strip_prefix(BACKUP_PACK) {
        let base = format!("{prefix}{BASE}{workload}");
        let mut named = items.map(|(key, _)| key).filter(|key| key.name == base);
        return named.find(is_on).cloned().ok_or(base);
    }
    let start = format!("{prefix}{BASE}");
    let workloads = items.filter(|(key, item)| {
        key.name.starts_with(&start)
            && !item.is_feature
            && key.infra.is_none()
            && item.measurement == Some(Measurement::Quantity)
    });
    workloads
        .map(|(key, _)| key)
        .find(is_on)
        .cloned()
        .ok_or_else(|| format!("a workload of {start}"))
}

/// Switches on the features of seats that are wanted on. Never switches one off.
pub(super) fn switch_on_features(sheet: &mut QuotaPlanner<'_>) {
    let mut on: Vec<(ItemKey, DesiredQuota)> = Vec::new();
    for (key, item) in &sheet.customer.items {
        let is_open = item.is_feature && item.level == Level::Off && !item.locked;
        if !is_open || sheet.find_choice(key) == Some(&MappingChoice::Leave) {
            continue;
        }
        let Some(seats) = seats_of(key) else {
            continue;
        };
        let wanted = sheet.desired.get(&seats);
        let Some(wanted) = wanted.filter(|target| target.level.is_of_use()) else {
            continue;
        };
        let target = DesiredQuota {
            level: Level::On,
            because: vec![format!("it goes with {seats}")],
            contracts: wanted.contracts.clone(),
            needs: Some(seats),
        };
        on.push((key.clone(), target));
    }
    sheet.desired.extend(on);
}

fn seats_of(feature: &ItemKey) -> Option<ItemKey> {
    FEATURES.iter().find_map(|(own, seats)| {
        let prefix = feature.name.strip_suffix(own)?;
        Some(ItemKey {
            name: format!("{prefix}{seats}"),
            infra: None,
            application: feature.application.clone(),
        })
    })
}
