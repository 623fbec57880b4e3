//! Items that need another: packs on top of base items, features with their seats (acronis.md §5.4).

use std::collections::{BTreeMap, BTreeSet};

use super::customer::CustomerView;
use super::decision::{Blocked, CustomerDecision, DesiredQuota};
use crate::domain::ids::ItemKey;
use crate::domain::links::MappingChoice;
use crate::domain::units::Measurement;
use crate::plan::RefusalCode;
use crate::quotas::facts::{Level, QuotaItem};

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
pub(super) fn hold_packs_without_base(
    view: &CustomerView<'_>,
    mut decision: CustomerDecision,
) -> CustomerDecision {
    let packs: Vec<ItemKey> = decision
        .desired
        .iter()
        .filter(|(key, target)| key.name.contains(PACK) && target.level.is_of_use())
        .map(|(key, _)| key.clone())
        .collect();
    let mut held: BTreeSet<ItemKey> = BTreeSet::new();
    let mut needed: BTreeSet<String> = BTreeSet::new();
    for key in packs {
        match find_base(view, &decision, &key) {
            Ok(base) => {
                if let Some(target) = decision.desired.get_mut(&key) {
                    target.needs = Some(base);
                }
            }
            Err(_) if view.find_choice(&key) == Some(&MappingChoice::Free) => {
                decision.desired.remove(&key);
            }
            Err(missing) => {
                needed.insert(format!("{key} needs {missing}"));
                held.insert(key);
            }
        }
    }
    if !held.is_empty() {
        let needed: Vec<String> = needed.into_iter().collect();
        let why = format!(
            "{}, which is off and in no contract; advanced packs need a standard item",
            needed.join("; ")
        );
        let code = RefusalCode::PackWithoutBase;
        let blocked = Blocked::until_changed(view, code, held, &why);
        decision.blocked.push(blocked);
    }
    decision
}

/// The base item that a pack sits on, on after this plan; otherwise what is missing, in words.
fn find_base(
    view: &CustomerView<'_>,
    decision: &CustomerDecision,
    pack: &ItemKey,
) -> Result<ItemKey, String> {
    let (prefix, rest) = pack.name.split_once(PACK).unwrap_or(("", &pack.name));
    let is_on = |key: &&ItemKey| decision.level_after(view, key).is_of_use();
    let items = view.customer.items.iter();
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
pub(super) fn switch_on_features(
    view: &CustomerView<'_>,
    mut decision: CustomerDecision,
) -> CustomerDecision {
    let is_open = |key: &ItemKey, item: &QuotaItem| {
        let is_left = view.find_choice(key) == Some(&MappingChoice::Leave);
        item.is_feature && item.level == Level::Off && !item.locked && !is_left
    };
    let items = view.customer.items.iter();
    let features = items.filter(|(key, item)| is_open(key, item));
    let on = features.filter_map(|(key, _)| {
        let seats = seats_of(key)?;
        let wanted = decision.desired.get(&seats)?;
        let target = DesiredQuota {
            contracts: wanted.contracts.clone(),
            needs: Some(seats.clone()),
            ..DesiredQuota::without_contract(Level::On, format!("it goes with {seats}"))
        };
        wanted.level.is_of_use().then(|| (key.clone(), target))
    });
    let on: BTreeMap<ItemKey, DesiredQuota> = on.collect();
    decision.desired.extend(on);
    decision
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
