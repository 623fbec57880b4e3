//! The alerts of a ticket, before and after what was read this time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::facts::{Alert, Case};
use super::group::Group;
use super::text::{self, summary};
use super::transition::AlertDelta;
use crate::domain::ids::AlertId;
use crate::domain::tickets::{AlertSaying, TicketAlert, TicketKind, TicketLink};

/// Members of a ticket with what changed about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MergedAlerts {
    pub(crate) alerts: Vec<TicketAlert>,
    pub(crate) delta: AlertDelta,
    /// How many were raised, or raised again.
    pub(crate) raised: i64,
    /// Those that the ticket did not know, or knew as ended.
    pub(crate) joined: BTreeSet<AlertId>,
}

/// Puts what was read into what is remembered. `fresh` says that the memory itself is new (a ticket
/// that was found by its external id): then no text counts as new, because what was reported is unknown.
pub(crate) fn merge_alert_sets(
    before: &[TicketAlert],
    cases: &[&Case],
    was_ended: bool,
    fresh: bool,
) -> MergedAlerts {
    let mut merging = AlertMerge::new(before, fresh);
    merging.delta.was_ended = was_ended;
    for case in cases {
        for alert in &case.alerts {
            merging.take_read(case, alert);
        }
        for alert in &case.vanished {
            merging.take_vanished(alert);
        }
    }
    merging.into_merged()
}

/// As [`merge_alert_sets`], for a group. A new text of one of the many alerts of a storm is no news for
/// its ticket, whose description names them all; another alert is, and so is a graver one. `customers` puts its customer
/// behind the name of each.
pub(super) fn merge_group(
    before: &TicketLink,
    group: &Group<'_>,
    is_new: bool,
    customers: bool,
) -> MergedAlerts {
    // Whatever became of a storm's ticket, it was not about alerts that it never stood for.
    let was_ended = before.closed_at.is_some() || !group.joining.is_empty();
    let mut merged = merge_alert_sets(&before.alerts, &group.cases, was_ended, is_new);
    if group.kind == TicketKind::Alert {
        return merged;
    }
    let there: BTreeSet<AlertId> = merged.alerts.iter().map(|one| one.id.clone()).collect();
    // What the tickets that it takes over stood for besides, and what was not read this time.
    let besides = group.joining.iter().flat_map(|want| &want.link.alerts);
    let besides = besides.filter(|alert| !there.contains(&alert.id));
    merged.alerts.extend(besides.cloned());
    if customers {
        name_customers(&mut merged.alerts, group);
    }
    mark_reported(&mut merged.alerts);
    // Its description lists them by name, however many they are; of each only how grave it was is kept.
    for alert in &mut merged.alerts {
        alert.says = alert.says.take().map(AlertSaying::keep_severity);
        alert.said = None;
    }
    merged.alerts.sort();
    merged.alerts.dedup_by(|one, other| one.id == other.id);
    merged.delta.active = merged.alerts.iter().any(|alert| alert.active);
    // One that is found may name them already, and its description is brought up to date anyway.
    if group.known.is_none() {
        merged.joined.clear();
        merged.delta.rose = false;
    }
    merged.delta.has_news = merged.delta.rose || !merged.joined.is_empty();
    merged
}

/// Puts its customer behind each alert that was read or taken over; the others have theirs.
fn name_customers(alerts: &mut [TicketAlert], group: &Group<'_>) {
    let mut customers: BTreeMap<&AlertId, &str> = BTreeMap::new();
    for case in &group.cases {
        let name = case.destination.customer.as_str();
        customers.extend(case.alerts.iter().map(|alert| (&alert.id, name)));
    }
    for want in &group.joining {
        let name = want.case.destination.customer.as_str();
        customers.extend(want.link.alerts.iter().map(|alert| (&alert.id, name)));
    }
    for alert in alerts {
        if let Some(customer) = customers.get(&alert.id) {
            alert.label = summary::with_customer(&alert.label, customer);
        }
    }
}

/// Members by id, for one ticket may stand for thousands.
#[derive(Debug)]
struct AlertMerge<'a> {
    before: BTreeMap<&'a AlertId, &'a TicketAlert>,
    /// Of all texts that the ticket tells.
    reported: BTreeSet<&'a str>,
    /// Of those that a version reported which made fingerprints in another way.
    former: BTreeSet<&'a str>,
    fresh: bool,
    after: BTreeMap<AlertId, TicketAlert>,
    delta: AlertDelta,
    raised: i64,
    joined: BTreeSet<AlertId>,
}

impl<'a> AlertMerge<'a> {
    /// As if nothing had been read.
    fn new(before: &'a [TicketAlert], fresh: bool) -> Self {
        let reported = before.iter().filter(|one| one.reported);
        let former = reported.clone().filter(|one| one.says.is_none());
        let after = before.iter().map(|one| (one.id.clone(), one.clone()));
        Self {
            before: before.iter().map(|one| (&one.id, one)).collect(),
            reported: reported.map(|one| one.fingerprint.as_str()).collect(),
            former: former.map(|one| one.fingerprint.as_str()).collect(),
            fresh,
            after: after.collect(),
            delta: AlertDelta::default(),
            raised: 0,
            joined: BTreeSet::new(),
        }
    }

    fn take_read(&mut self, case: &Case, alert: &Alert) {
        let mut after = ticket_alert(case, alert);
        let known = self.before.get(&alert.id).copied();
        let former = alert.details.former_fingerprint.as_str();
        let tells =
            self.reported.contains(after.fingerprint.as_str()) || self.former.contains(former);
        // What is ignored is followed to its end, and is no news.
        after.reported = self.fresh || alert.ignored || tells;
        if alert.active && !alert.ignored {
            self.compare_versions(known, &mut after);
        }
        if after.reported {
            let times = known.and_then(TicketAlert::reported_saying);
            let times = times.map_or(0, |says| says.times);
            after.says.iter_mut().for_each(|says| says.times = times);
        } else {
            after.said = known.and_then(TicketAlert::reported_saying).cloned();
            self.delta.rose |= after.active && self.is_rise(known, &after);
        }
        self.after.insert(after.id.clone(), after);
    }

    /// Whether an alert is graver than the ticket tells of it, or, where it is new, than any that the
    /// ticket tells of. What an older version told is not known.
    fn is_rise(&self, known: Option<&TicketAlert>, after: &TicketAlert) -> bool {
        let told = match (&after.said, known) {
            (Some(said), _) => said.severity_rank(),
            (None, Some(known)) if known.says.is_none() => None,
            (None, _) => self.gravest_reported(),
        };
        let now = after.says.as_ref().and_then(AlertSaying::severity_rank);
        now.zip(told).is_some_and(|(now, told)| now > told)
    }

    fn gravest_reported(&self) -> Option<usize> {
        let active = self.before.values().filter(|one| one.active);
        let told = active.filter(|one| one.reported || one.said.is_some());
        let ranks = told.map(|one| one.reported_saying().and_then(AlertSaying::severity_rank));
        let ranks: Option<Vec<usize>> = ranks.collect();
        ranks?.into_iter().max()
    }

    /// An alert that vanished is over as far as anybody can tell. Whatever else is remembered of it
    /// stays, so that it is no news should it be back.
    fn take_vanished(&mut self, alert: &TicketAlert) {
        let after = TicketAlert {
            active: false,
            ..alert.clone()
        };
        self.after.insert(after.id.clone(), after);
    }

    fn compare_versions(&mut self, known: Option<&TicketAlert>, after: &mut TicketAlert) {
        match known.filter(|known| known.active || is_back(known, after)) {
            // The same version says the same, however we put it.
            Some(known) if after.updated_at <= known.updated_at => after.reported = known.reported,
            Some(_) => {
                self.delta.touched = later_of(self.delta.touched, after.updated_at);
                self.raised += 1;
            }
            None => {
                self.delta.raised = later_of(self.delta.raised, after.updated_at);
                self.raised += 1;
                self.joined.insert(after.id.clone());
            }
        }
        self.delta.has_news |= !after.reported;
    }

    fn into_merged(self) -> MergedAlerts {
        let alerts: Vec<TicketAlert> = self.after.into_values().collect();
        let mut delta = self.delta;
        delta.active = alerts.iter().any(|alert| alert.active);
        MergedAlerts {
            alerts,
            delta,
            raised: self.raised,
            joined: self.joined,
        }
    }
}

/// Whether an alert that seemed to be over is there in the very version that it had: it was in no
/// list for a while, and nobody raised it. An end, or a raise, is another version, unless the service
/// gave no time.
fn is_back(known: &TicketAlert, now: &TicketAlert) -> bool {
    known.updated_at == now.updated_at && now.updated_at != Timestamp::UNIX_EPOCH
}

/// What a ticket that is opened again goes on with: what is active, and of what is over only what
/// tells a text that no other does, so that nothing is told twice and the memory does not grow with
/// every round.
pub(crate) fn begin_new_round(alerts: &[TicketAlert]) -> Vec<TicketAlert> {
    let active = alerts.iter().filter(|one| one.active);
    let mut texts: BTreeSet<&str> = active.map(|one| one.fingerprint.as_str()).collect();
    let mut latest: Vec<&TicketAlert> = alerts.iter().collect();
    latest.sort_by_key(|one| std::cmp::Reverse((one.updated_at, &one.id)));
    let mut kept: Vec<TicketAlert> = Vec::new();
    for one in latest {
        if one.active || texts.insert(&one.fingerprint) {
            kept.push(one.clone());
        }
    }
    kept.sort();
    kept
}

/// The active alerts that are graver than they were, with how grave they were; none that is new.
pub(super) fn risen_alerts<'a>(
    before: &'a [TicketAlert],
    after: &'a [TicketAlert],
) -> Vec<(&'a AlertSaying, &'a TicketAlert)> {
    let before: BTreeMap<&AlertId, &AlertSaying> = (before.iter())
        .filter_map(|one| Some((&one.id, one.reported_saying()?)))
        .collect();
    let risen = |one: &'a TicketAlert| {
        let was = *before.get(&one.id)?;
        let now = one.says.as_ref()?.severity_rank()?;
        (one.active && now > was.severity_rank()?).then_some((was, one))
    };
    after.iter().filter_map(risen).collect()
}

/// Active alerts whose texts are not told yet, and are known.
pub(crate) fn unreported_alerts(alerts: &[TicketAlert]) -> BTreeSet<AlertId> {
    let news = alerts.iter().filter(|one| one.active && !one.reported);
    let known = news.filter(|one| one.says.is_some());
    known.map(|one| one.id.clone()).collect()
}

/// All texts of the alerts are told.
pub(crate) fn mark_reported(alerts: &mut [TicketAlert]) {
    for alert in alerts {
        alert.reported = true;
        alert.said = None;
    }
}

/// A note, or a new ticket, told these of the alerts, which had been raised so many times by then.
pub(crate) fn mark_told(alerts: &mut [TicketAlert], told: &BTreeSet<AlertId>, times: i64) {
    for alert in alerts.iter_mut().filter(|one| told.contains(&one.id)) {
        alert.reported = true;
        alert.said = None;
        alert.says.iter_mut().for_each(|says| says.times = times);
    }
}

/// What a new ticket had no room for waits for its first note.
pub(crate) fn leave_untold(alerts: &mut [TicketAlert], told: &BTreeSet<AlertId>) {
    let texts = alerts.iter().filter(|one| told.contains(&one.id));
    let texts: BTreeSet<String> = texts.map(|one| one.fingerprint.clone()).collect();
    for alert in alerts {
        let is_told = told.contains(&alert.id) || texts.contains(&alert.fingerprint);
        alert.reported = is_told || !alert.active || alert.says.is_none();
    }
}

/// What is remembered of a ticket that has to wait: which of its alerts ended. What is active stays
/// news until it is dealt with.
pub(super) fn ended_only(before: &TicketLink, merged: &MergedAlerts) -> TicketLink {
    let ended = merged.alerts.iter().filter(|now| !now.active);
    let ended: BTreeMap<&AlertId, &TicketAlert> = ended.map(|now| (&now.id, now)).collect();
    let mut after = before.clone();
    for known in &mut after.alerts {
        if let Some(now) = ended.get(&known.id) {
            *known = (*now).clone();
        }
    }
    after
}

/// An alert as it is remembered once it is told.
pub(crate) fn ticket_alert(case: &Case, alert: &Alert) -> TicketAlert {
    TicketAlert {
        id: alert.id.clone(),
        key: case.key.clone(),
        label: text::alert_label(alert),
        fingerprint: text::alert_fingerprint(alert),
        updated_at: alert.updated,
        active: alert.active,
        reported: true,
        says: Some(text::saying_of(alert)),
        said: None,
    }
}

fn later_of(known: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(at, |known| known.max(at)))
}

#[cfg(test)]
mod tests {
    use super::super::facts::{Destination, Details};
    use super::*;
    use crate::domain::ids::CompanyId;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(60 * minute).unwrap()
    }

    fn case(id: &str, minute: i64, active: bool, message: &str) -> Case {
        Case {
            key: "k".to_owned(),
            destination: Destination {
                company: CompanyId(1),
                tenant: None,
                customer: String::new(),
            },
            alerts: vec![Alert {
                id: AlertId::new(id),
                kind: "BackupFailed".to_owned(),
                category: String::new(),
                severity: None,
                severity_word: String::new(),
                created: None,
                updated: at(minute),
                active,
                ignored: false,
                details: Details {
                    message: message.to_owned(),
                    ..Details::default()
                },
            }],
            vanished: Vec::new(),
            known: None,
            summary: None,
            held: BTreeMap::new(),
        }
    }

    /// What the ticket knows: one alert, told with a text.
    fn before(active: bool) -> Vec<TicketAlert> {
        let case = case("a", 10, active, "It broke.");
        vec![ticket_alert(&case, &case.alerts[0])]
    }

    #[test]
    fn a_version_is_news_only_when_it_is_newer_and_reads_differently() {
        for (was, id, minute, message, raised, has_news) in [
            (true, "a", 10, "Another text.", 0, false),
            (true, "a", 11, "It broke.", 1, false),
            (true, "a", 11, "Another text.", 1, true),
            (false, "a", 11, "It broke.", 1, false),
            (false, "a", 11, "Another text.", 1, true),
            (true, "b", 11, "It broke.", 1, false),
            (true, "b", 11, "Another text.", 1, true),
        ] {
            let merged = merge_alert_sets(
                &before(was),
                &[&case(id, minute, true, message)],
                false,
                false,
            );
            let found = (merged.raised, merged.delta.has_news);
            assert_eq!(found, (raised, has_news), "{was} {id} {minute} {message}");
            assert!(merged.delta.active);
        }
        let fresh = merge_alert_sets(&[], &[&case("a", 11, true, "It broke.")], false, true);
        assert!(!fresh.delta.has_news);
        let over = merge_alert_sets(
            &before(true),
            &[&case("a", 11, false, "It broke.")],
            false,
            false,
        );
        assert_eq!((over.delta.active, over.raised), (false, 0));
    }

    /// A case of which nothing was read but that these are in no list any more.
    fn vanished(members: &[TicketAlert]) -> Case {
        Case {
            alerts: Vec::new(),
            vanished: members.to_vec(),
            ..case("a", 10, true, "It broke.")
        }
    }

    #[test]
    fn an_alert_that_vanished_is_only_over_and_is_no_news_when_it_is_back() {
        let known = before(true);
        let gone = merge_alert_sets(&known, &[&vanished(&known)], false, false);
        let over = TicketAlert {
            active: false,
            ..known[0].clone()
        };
        assert_eq!(gone.alerts, [over]);
        assert!(!gone.delta.active);
        assert_eq!((gone.raised, gone.joined.len()), (0, 0));

        let again = |minute, message| {
            let case = case("a", minute, true, message);
            let back = merge_alert_sets(&gone.alerts, &[&case], false, false);
            (back.raised, back.joined.len(), back.delta.has_news)
        };
        assert_eq!(again(10, "It broke."), (0, 0, false));
        assert_eq!(again(11, "It broke."), (1, 1, false));
        assert_eq!(again(11, "Another text."), (1, 1, true));
    }

    #[test]
    fn a_text_is_told_once_under_whatever_id_it_comes() {
        let member = |reported: bool| TicketAlert {
            reported,
            ..before(true).remove(0)
        };
        for (was_told, id, minute, message, fresh, has_news) in [
            (true, "b", 11, "It broke.", false, false),
            (false, "b", 11, "It broke.", false, true),
            // The same version, put into other words by us or not: as it was.
            (false, "a", 10, "Another text.", false, true),
            (true, "a", 10, "Another text.", false, false),
            // Of a ticket that was found nobody knows what it was told.
            (false, "b", 11, "Another text.", true, false),
        ] {
            let case = case(id, minute, true, message);
            let found = merge_alert_sets(&[member(was_told)], &[&case], false, fresh);
            assert_eq!(
                found.delta.has_news, has_news,
                "{was_told} {id} {minute} {message} {fresh}"
            );
        }
    }

    #[test]
    fn without_a_time_of_the_service_whatever_is_active_again_was_raised() {
        let epoch = case("a", 0, true, "It broke.");
        let over = [TicketAlert {
            active: false,
            ..ticket_alert(&epoch, &epoch.alerts[0])
        }];
        assert_eq!(merge_alert_sets(&over, &[&epoch], false, false).raised, 1);
    }

    #[test]
    fn a_new_round_goes_on_with_what_is_active_and_one_alert_for_each_other_text() {
        let one = |id: &str, minute, active, message: &str| {
            let case = case(id, minute, active, message);
            ticket_alert(&case, &case.alerts[0])
        };
        let kept = begin_new_round(&[
            one("a", 1, false, "It broke."),
            one("b", 2, false, "Another text."),
            one("c", 3, false, "Another text."),
            one("d", 4, true, "It broke."),
            one("e", 5, true, "It broke."),
        ]);
        let ids: Vec<&str> = kept.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["c", "d", "e"]);
        // So a text of an earlier round is not told again.
        let again = merge_alert_sets(&kept, &[&case("f", 6, true, "Another text.")], false, false);
        assert!(!again.delta.has_news);
    }
}
