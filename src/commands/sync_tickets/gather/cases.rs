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
        ignored: false,
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
    /// What each ticket knows of each alert; one may stand for thousands.
    members: BTreeMap<(TicketLinkId, &'a AlertId), &'a TicketAlert>,
}

impl<'a> Index<'a> {
    fn new(sources: &Sources<'a>) -> Self {
        let all = || sources.live.iter().chain(sources.closed);
        let member = |known: &'a Known| {
            let alerts = known.link.alerts.iter();
            alerts.map(move |alert| ((known.id, &alert.id), alert))
        };
        let mut index = Self {
            members: all().flat_map(member).collect(),
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

    /// Whether the ticket stands for the alert, which has not ended as far as the ticket knows.
    fn stands_for(&self, known: &Known, alert: &AlertId) -> bool {
        let member = self.members.get(&(known.id, alert));
        member.is_some_and(|one| one.active)
    }

    /// Whether the ticket knows this very version of the alert, and tells it.
    fn is_known(&self, known: &Known, alert: &Alert) -> bool {
        self.members.get(&(known.id, &alert.id)).is_some_and(|one| {
            one.updated_at == alert.updated
                && one.active == alert.active
                && (one.told || !one.active)
        })
    }
}

pub(super) fn sort(sources: &Sources<'_>) -> Sorted {
    let index = Index::new(sources);
    let mut sorted = Sorted::default();
    let mut cases = Cases::new();
    for alert in sources.alerts {
        let keyed = keyed(alert, sources.contexts, sources.places);
        match placed(sources, &index, &keyed) {
            Ok(placed) => {
                let mut alert = keyed.alert;
                let why = left::ignored(sources.tickets, &alert, placed.place.company);
                alert.ignored = why.is_some();
                placed.case_in(&mut cases).alerts.push(alert);
            }
            // It waits no more.
            Err(Left::Nothing(_)) if index.held.contains_key(&keyed.alert.id) => {
                sorted.passed.push(keyed.alert.id);
            }
            Err(Left::Nowhere(nowhere)) => {
                let held = index.held.get(&keyed.alert.id).copied();
                sorted.nowhere(held, nowhere, keyed);
            }
            Err(_) => {}
        }
    }
    let vanished: BTreeSet<&AlertId> = sources.vanished.iter().collect();
    for known in sources.live {
        add_silent(sources, &vanished, known, &mut cases);
    }
    let mut held: BTreeMap<&str, Vec<&HeldAlert>> = BTreeMap::new();
    for one in sources.held {
        held.entry(&one.key).or_default().push(one);
    }
    for case in cases.values_mut() {
        let held = held.get(case.key.as_str()).into_iter().flatten();
        case.held = held.map(|one| (one.alert.clone(), waiting(one))).collect();
    }
    sorted.cases = cases.into_values().collect();
    sorted
}

fn waiting(held: &HeldAlert) -> Held {
    Held {
        occurrences: held.occurrences,
        updated: held.updated_at,
        since: held.active_since,
        refused: matches!(
            held.why,
            HeldFor::Refused | HeldFor::Blocked | HeldFor::Locked
        ),
        locked: held.why == HeldFor::Locked,
    }
}

/// All cases, by the summary that they stand in and by key.
type Cases = BTreeMap<(Option<TicketLinkId>, String), Case>;

/// The case that an alert belongs to.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    key: String,
    place: Place,
    known: Option<&'a Known>,
    summary: Option<TicketLinkId>,
}

impl Placed<'_> {
    fn case_in(self, cases: &mut Cases) -> &mut Case {
        let whose = (self.summary, self.key.clone());
        cases.entry(whose).or_insert_with(|| Case {
            key: self.key,
            place: self.place,
            alerts: Vec::new(),
            vanished: Vec::new(),
            known: self.known.cloned(),
            summary: self.summary,
            held: BTreeMap::new(),
        })
    }
}

/// The case of an alert, or why there is none.
fn placed<'a>(
    sources: &Sources<'a>,
    index: &Index<'a>,
    keyed: &Keyed,
) -> Result<Placed<'a>, Left<'a>> {
    let Keyed { key, alert, place } = keyed;
    let live = index.live(&alert.id, key);
    let closed = (index.closed.get(key.as_str()))
        .or_else(|| index.closed_alerts.get(&alert.id))
        .copied();
    let held = index.held.contains_key(&alert.id);
    if let Some(known) = live
        .or(closed)
        .filter(|known| index.is_known(known, alert) && !held)
        // One that is not there any more is looked at, however quiet its alert is.
        .filter(|known| {
            known.link.closed_at.is_some() || !sources.unknown.is_away(known.link.ticket)
        })
    {
        return Err(Left::Known(known));
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
    let stands = || live.is_some_and(|known| index.stands_for(known, &alert.id));
    let nothing = left::ignored(sources.tickets, alert, place.company)
        .filter(|_| !stands())
        .or_else(|| {
            // One that has had a ticket is not old, whatever its age.
            let new = live.is_none() && closed.is_none() && !held;
            new.then(|| left::stale(sources, key, alert, place.company))?
        });
    if let Some(nothing) = nothing {
        return Err(Left::Nothing(nothing));
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
    Ok(Placed {
        key: key.clone(),
        place,
        known,
        summary,
    })
}

/// Why one alert is in no case.
pub(super) fn left<'a>(sources: &Sources<'a>, keyed: &Keyed) -> Option<Left<'a>> {
    placed(sources, &Index::new(sources), keyed).err()
}

/// Where a ticket is, whatever became of the mapping; without a customer's name where the tenant is
/// not mapped any more: then the company's stands for it.
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
    vanished: &BTreeSet<&AlertId>,
    known: &Known,
    cases: &mut Cases,
) {
    let link = &known.link;
    if !sources.scope.companies.holds(link.company) {
        return;
    }
    let summary = (link.kind == TicketKind::Summary).then_some(known.id);
    let mut gone: BTreeMap<&str, Vec<TicketAlert>> = BTreeMap::new();
    for alert in &link.alerts {
        if alert.active && vanished.contains(&alert.id) {
            let key = summary.map_or(&link.alert_key, |_| &alert.key);
            gone.entry(key).or_default().push(alert.clone());
        }
    }
    let over = link.alerts.iter().all(|alert| !alert.active);
    if sources.reconciled && over && summary.is_none() {
        gone.entry(&link.alert_key).or_default();
    }
    for (key, alerts) in gone {
        let placed = Placed {
            key: key.to_owned(),
            place: of_ticket(known, None),
            known: summary.is_none().then_some(known),
            summary,
        };
        placed.case_in(cases).vanished.extend(alerts);
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
