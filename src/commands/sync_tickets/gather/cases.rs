//! Alerts put together by key, each with the ticket that stands for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::super::plan::Hold;
use super::super::plan::facts::{Alert, Case, Held, Known, Place};
use super::super::plan::key;
use super::details;
use super::left::{self, Left};
use super::places::{self, Nowhere, Places};
use super::strays::Unknown;
use crate::acronis;
use crate::config::{Severity, Tickets};
use crate::domain::ids::{AccountName, AlertId, TicketId};
use crate::domain::tickets::{TicketAlert, TicketKind, TicketLinkId};
use crate::session::Scope;
use crate::state::cursors::{FirstRun, HeldAlert, HeldFor};

/// What the cases of an account are made from.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub(super) alerts: &'a [acronis::Alert],
    /// Names of the details that are an alert's context, by type.
    pub(super) contexts: &'a BTreeMap<String, Vec<String>>,
    pub(super) places: &'a Places<'a>,
    /// All live tickets of the account.
    pub(super) live: &'a [Known],
    /// Closed ones of keys and alerts that were read.
    pub(super) closed: &'a [Known],
    /// Open tickets that are not remembered.
    pub(super) unknown: &'a Unknown,
    pub(super) account: &'a AccountName,
    pub(super) held: &'a [HeldAlert],
    pub(super) vanished: &'a [AlertId],
    pub(super) tickets: &'a Tickets,
    pub(super) scope: &'a Scope,
    pub(super) first_run: Option<FirstRun>,
    pub(super) reconciled: bool,
}

/// Cases, and what became of no case.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) cases: Vec<Case>,
    pub(super) unmapped: BTreeMap<String, usize>,
    /// Alerts of tenants that could not be told, by tenant as the alert names it.
    pub(super) unresolved: BTreeMap<String, Vec<Hold>>,
    /// Held alerts that became no case after all.
    pub(super) passed: Vec<AlertId>,
}

/// An alert in the planner's words, with its key.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) key: String,
    pub(super) alert: Alert,
    pub(super) place: Result<Place, Nowhere>,
}

pub(super) fn keyed(
    alert: &acronis::Alert,
    contexts: &BTreeMap<String, Vec<String>>,
    places: &Places<'_>,
) -> Keyed {
    let names = contexts.get(&alert.kind).map_or(&[][..], Vec::as_slice);
    let context = details::context(&alert.details, names);
    let context: Vec<(&str, &str)> = context.iter().map(|(n, v)| (*n, v.as_str())).collect();
    Keyed {
        key: key::alert_key(&places::in_words(&alert.tenant), &alert.kind, &context),
        place: places.of(&alert.tenant),
        alert: in_our_words(alert),
    }
}

fn in_our_words(alert: &acronis::Alert) -> Alert {
    let severity = match &alert.severity {
        acronis::Severity::Ok => Some(Severity::Ok),
        acronis::Severity::Information => Some(Severity::Information),
        acronis::Severity::Warning => Some(Severity::Warning),
        acronis::Severity::Error => Some(Severity::Error),
        acronis::Severity::Critical => Some(Severity::Critical),
        acronis::Severity::Other(_) => None,
    };
    Alert {
        id: alert.id.clone(),
        kind: alert.kind.clone(),
        category: alert.category.clone().unwrap_or_default(),
        severity,
        severity_word: alert.severity.to_string(),
        created: alert.created_at.or(alert.received_at),
        updated: alert.updated_at.unwrap_or(Timestamp::UNIX_EPOCH),
        active: alert.deleted_at.is_none(),
        details: details::read(&alert.details),
    }
}

/// Finds tickets by alert, by key, and by the keys of a summary's alerts.
#[derive(Debug)]
struct Index<'a> {
    by_alert: BTreeMap<&'a AlertId, &'a Known>,
    by_key: BTreeMap<&'a str, &'a Known>,
    in_summary: BTreeMap<&'a str, &'a Known>,
    closed: BTreeMap<&'a str, &'a Known>,
    /// For alerts whose key changed since.
    closed_alerts: BTreeMap<&'a AlertId, &'a Known>,
    held: BTreeMap<&'a AlertId, &'a HeldAlert>,
}

impl<'a> Index<'a> {
    fn new(sources: &Sources<'a>) -> Self {
        let mut index = Self {
            by_alert: BTreeMap::new(),
            by_key: BTreeMap::new(),
            in_summary: BTreeMap::new(),
            closed: BTreeMap::new(),
            closed_alerts: BTreeMap::new(),
            held: sources
                .held
                .iter()
                .map(|held| (&held.alert, held))
                .collect(),
        };
        for known in sources.live {
            for alert in &known.link.alerts {
                index.by_alert.insert(&alert.id, known);
            }
            match known.link.kind {
                TicketKind::Alert => {
                    index.by_key.insert(&known.link.alert_key, known);
                }
                TicketKind::Summary => {
                    let keys = known.link.alerts.iter().map(|alert| alert.key.as_str());
                    index.in_summary.extend(keys.map(|key| (key, known)));
                }
            }
        }
        let mut closed: Vec<&Known> = (sources.closed.iter())
            .filter(|one| one.link.kind == TicketKind::Alert)
            .collect();
        // The one that was closed last has the last word.
        closed.sort_by_key(|known| (known.link.closed_at, known.id));
        for known in closed {
            index.closed.insert(&known.link.alert_key, known);
            let ids = known.link.alerts.iter().map(|alert| &alert.id);
            index.closed_alerts.extend(ids.map(|id| (id, known)));
        }
        index
    }

    /// The live ticket of an alert: of its id, or of its key.
    fn live(&self, alert: &AlertId, key: &str) -> Option<&'a Known> {
        self.by_alert
            .get(alert)
            .or_else(|| self.by_key.get(key))
            .or_else(|| self.in_summary.get(key))
            .copied()
    }
}

pub(super) fn sort(sources: &Sources<'_>) -> Sorted {
    let index = Index::new(sources);
    let mut sorted = Sorted::default();
    let mut cases: BTreeMap<(Option<TicketLinkId>, String), Case> = BTreeMap::new();
    for alert in sources.alerts {
        let keyed = keyed(alert, sources.contexts, sources.places);
        match placed(sources, &index, &keyed) {
            Ok((whose, case)) => cases.entry(whose).or_insert(case).alerts.push(keyed.alert),
            Err(Left::Nowhere(nowhere)) => {
                let held = index.held.get(&keyed.alert.id).copied();
                sorted.nowhere(held, nowhere, keyed);
            }
            Err(_) => {}
        }
    }
    for known in sources.live {
        add_silent(sources, known, &mut cases);
    }
    for held in sources.held {
        for case in cases.values_mut().filter(|case| case.key == held.key) {
            let entry = Held {
                occurrences: held.occurrences,
                updated: held.updated_at,
                since: held.active_since,
                refused: matches!(
                    held.why,
                    HeldFor::Refused | HeldFor::Blocked | HeldFor::Locked
                ),
                locked: held.why == HeldFor::Locked,
            };
            case.held.insert(held.alert.clone(), entry);
        }
    }
    sorted.cases = cases.into_values().collect();
    sorted
}

/// What an alert goes under, and its case should it be the first there.
type Placed = ((Option<TicketLinkId>, String), Case);

/// The case of an alert, or why there is none.
fn placed(sources: &Sources<'_>, index: &Index<'_>, keyed: &Keyed) -> Result<Placed, Left> {
    let Keyed { key, alert, place } = keyed;
    let live = index.live(&alert.id, key);
    let closed = (index.closed.get(key.as_str()))
        .or_else(|| index.closed_alerts.get(&alert.id))
        .copied();
    let held = index.held.contains_key(&alert.id);
    if let Some(known) = live
        .or(closed)
        .filter(|known| is_known(known, alert) && !held)
        // One that is not there any more is looked at, however quiet its alert is.
        .filter(|known| {
            known.link.closed_at.is_some() || !sources.unknown.is_away(known.link.ticket)
        })
    {
        return Err(Left::Known(Box::new(known.clone())));
    }
    let place = match (live, place) {
        // The ticket is where it is, whatever became of the mapping.
        (Some(known), place) => of_ticket(known, place.clone().ok()),
        (None, Ok(place)) => place.clone(),
        (None, Err(nowhere)) => return Err(Left::Nowhere(nowhere.clone())),
    };
    if !sources.scope.companies.holds(place.company) {
        return Err(Left::OutOfScope);
    }
    if live.is_none()
        && !held
        && let Some(left) = left::nothing(sources, key, alert, &place)
    {
        return Err(left);
    }
    let summary = live
        .filter(|known| known.link.kind == TicketKind::Summary)
        .map(|known| known.id);
    let own = live.filter(|known| known.link.kind == TicketKind::Alert);
    let known = if summary.is_some() {
        None
    } else {
        own.or(closed)
    };
    // An alert whose key changed (its type's context did) stays with its ticket.
    let key = (known.as_ref()).map_or(key, |known| &known.link.alert_key);
    let case = Case {
        key: key.clone(),
        place,
        alerts: Vec::new(),
        vanished: Vec::new(),
        known: known.cloned(),
        summary,
        held: BTreeMap::new(),
    };
    Ok(((summary, key.clone()), case))
}

/// Why one alert is in no case.
pub(super) fn left(sources: &Sources<'_>, keyed: &Keyed) -> Option<Left> {
    placed(sources, &Index::new(sources), keyed).err()
}

/// Whether the ticket knows this very version of the alert, and tells it.
fn is_known(known: &Known, alert: &Alert) -> bool {
    known.link.alerts.iter().any(|one| {
        one.id == alert.id
            && one.updated_at == alert.updated
            && one.active == alert.active
            && (one.told || !one.active)
    })
}

pub(super) fn of_ticket(known: &Known, place: Option<Place>) -> Place {
    let link = &known.link;
    let customer = place.map(|place| place.customer).unwrap_or_default();
    Place {
        company: link.company,
        tenant: link.tenant.clone(),
        customer,
    }
}

/// Tickets whose alerts were not read: those of vanished alerts, and, when everything is compared,
/// those that only wait to be closed.
fn add_silent(
    sources: &Sources<'_>,
    known: &Known,
    cases: &mut BTreeMap<(Option<TicketLinkId>, String), Case>,
) {
    let link = &known.link;
    if !sources.scope.companies.holds(link.company) {
        return;
    }
    let gone: Vec<&TicketAlert> = link
        .alerts
        .iter()
        .filter(|alert| alert.active && sources.vanished.contains(&alert.id))
        .collect();
    let over = link.alerts.iter().all(|alert| !alert.active);
    let waits = sources.reconciled && over && link.kind == TicketKind::Alert;
    if gone.is_empty() && !waits {
        return;
    }
    let summary = (link.kind == TicketKind::Summary).then_some(known.id);
    let keys: BTreeSet<&str> = match summary {
        None => BTreeSet::from([link.alert_key.as_str()]),
        Some(_) => gone.iter().map(|alert| alert.key.as_str()).collect(),
    };
    for key in keys {
        let case = cases
            .entry((summary, key.to_owned()))
            .or_insert_with(|| Case {
                key: key.to_owned(),
                place: of_ticket(known, None),
                alerts: Vec::new(),
                vanished: Vec::new(),
                known: summary.is_none().then(|| known.clone()),
                summary,
                held: BTreeMap::new(),
            });
        let mine = gone
            .iter()
            .filter(|alert| summary.is_none() || alert.key == key);
        case.vanished.extend(mine.copied().cloned());
    }
}

/// Keys with active alerts under each ticket.
pub(super) fn active_by_ticket(
    live: &[Known],
    cases: &[Case],
) -> BTreeMap<TicketId, BTreeSet<String>> {
    let mut ended: BTreeSet<&AlertId> = BTreeSet::new();
    for case in cases {
        let over = case.alerts.iter().filter(|alert| !alert.active);
        ended.extend(over.map(|alert| &alert.id));
        ended.extend(case.vanished.iter().map(|alert| &alert.id));
    }
    let mut keys: BTreeMap<TicketId, BTreeSet<String>> = BTreeMap::new();
    for known in live {
        let alive = |alert: &TicketAlert| alert.active && !ended.contains(&alert.id);
        if known.link.alerts.iter().any(alive) {
            let key = known.link.alert_key.clone();
            keys.entry(known.link.ticket).or_default().insert(key);
        }
    }
    keys
}
