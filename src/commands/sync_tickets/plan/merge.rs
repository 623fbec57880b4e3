//! The alerts of a ticket, before and after what was read this time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::content;
use super::facts::{Alert, Case};
use super::life::Change;
use crate::domain::ids::AlertId;
use crate::domain::tickets::TicketAlert;

/// Members of a ticket with what changed about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) alerts: Vec<TicketAlert>,
    pub(crate) change: Change,
    /// How many were raised, or raised again.
    pub(crate) raised: i64,
    /// Those that the ticket did not know, or knew as ended.
    pub(crate) joined: BTreeSet<AlertId>,
}

/// Puts what was read into what is remembered. `fresh` says that the memory itself is new (a ticket
/// that was found by its external id): then no text is news, for nobody knows what was told.
pub(crate) fn merge(
    before: &[TicketAlert],
    cases: &[&Case],
    was_ended: bool,
    fresh: bool,
) -> Merged {
    let mut merging = Merging::new(before, fresh);
    merging.change.was_ended = was_ended;
    for case in cases {
        for alert in &case.alerts {
            merging.take(case, alert);
        }
        for alert in &case.vanished {
            merging.lose(alert);
        }
    }
    merging.merged()
}

/// Members by id, for one ticket may stand for thousands.
#[derive(Debug)]
struct Merging<'a> {
    before: BTreeMap<&'a AlertId, &'a TicketAlert>,
    /// Of all texts that the ticket tells.
    told: BTreeSet<&'a str>,
    fresh: bool,
    after: BTreeMap<AlertId, TicketAlert>,
    change: Change,
    raised: i64,
    joined: BTreeSet<AlertId>,
}

impl<'a> Merging<'a> {
    /// As if nothing had been read.
    fn new(before: &'a [TicketAlert], fresh: bool) -> Self {
        let told = before.iter().filter(|one| one.told);
        let after = before.iter().map(|one| (one.id.clone(), one.clone()));
        Self {
            before: before.iter().map(|one| (&one.id, one)).collect(),
            told: told.map(|one| one.fingerprint.as_str()).collect(),
            fresh,
            after: after.collect(),
            change: Change {
                active: false,
                raised: None,
                touched: None,
                retold: false,
                was_ended: false,
            },
            raised: 0,
            joined: BTreeSet::new(),
        }
    }

    fn take(&mut self, case: &Case, alert: &Alert) {
        let mut after = member(case, alert);
        let known = self.before.get(&alert.id).copied();
        let tells = self.told.contains(after.fingerprint.as_str());
        // What is ignored is followed to its end, and is no news.
        after.told = self.fresh || alert.ignored || tells;
        if alert.active && !alert.ignored {
            self.compare(known, &mut after);
        }
        self.after.insert(after.id.clone(), after);
    }

    /// An alert that vanished is over as far as anybody can tell. Whatever else is remembered of it
    /// stays, so that it is no news should it be back.
    fn lose(&mut self, alert: &TicketAlert) {
        let after = TicketAlert {
            active: false,
            ..alert.clone()
        };
        self.after.insert(after.id.clone(), after);
    }

    fn compare(&mut self, known: Option<&TicketAlert>, after: &mut TicketAlert) {
        match known.filter(|known| known.active || is_back(known, after)) {
            // The same version says the same, however we put it.
            Some(known) if after.updated_at <= known.updated_at => after.told = known.told,
            Some(_) => {
                self.change.touched = latest(self.change.touched, after.updated_at);
                self.raised += 1;
            }
            None => {
                self.change.raised = latest(self.change.raised, after.updated_at);
                self.raised += 1;
                self.joined.insert(after.id.clone());
            }
        }
        self.change.retold |= !after.told;
    }

    fn merged(self) -> Merged {
        let alerts: Vec<TicketAlert> = self.after.into_values().collect();
        let mut change = self.change;
        change.active = alerts.iter().any(|alert| alert.active);
        Merged {
            alerts,
            change,
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
pub(crate) fn of_new_round(alerts: &[TicketAlert]) -> Vec<TicketAlert> {
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

/// Active alerts whose texts are not told yet.
pub(crate) fn untold(alerts: &[TicketAlert]) -> BTreeSet<AlertId> {
    let untold = alerts.iter().filter(|one| one.active && !one.told);
    untold.map(|one| one.id.clone()).collect()
}

/// All texts of the alerts are told.
pub(crate) fn tell(alerts: &mut [TicketAlert]) {
    for alert in alerts {
        alert.told = true;
    }
}

/// An alert as it is remembered once it is told.
pub(crate) fn member(case: &Case, alert: &Alert) -> TicketAlert {
    TicketAlert {
        id: alert.id.clone(),
        key: case.key.clone(),
        label: content::label(alert),
        fingerprint: content::fingerprint(alert),
        updated_at: alert.updated,
        active: alert.active,
        told: true,
    }
}

fn latest(known: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
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
        vec![member(&case, &case.alerts[0])]
    }

    #[test]
    fn a_version_is_news_only_when_it_is_newer_and_reads_differently() {
        for (was, id, minute, message, raised, retold) in [
            (true, "a", 10, "Another text.", 0, false),
            (true, "a", 11, "It broke.", 1, false),
            (true, "a", 11, "Another text.", 1, true),
            (false, "a", 11, "It broke.", 1, false),
            (false, "a", 11, "Another text.", 1, true),
            (true, "b", 11, "It broke.", 1, false),
            (true, "b", 11, "Another text.", 1, true),
        ] {
            let merged = merge(
                &before(was),
                &[&case(id, minute, true, message)],
                false,
                false,
            );
            let found = (merged.raised, merged.change.retold);
            assert_eq!(found, (raised, retold), "{was} {id} {minute} {message}");
            assert!(merged.change.active);
        }
        let fresh = merge(&[], &[&case("a", 11, true, "It broke.")], false, true);
        assert!(!fresh.change.retold);
        let over = merge(
            &before(true),
            &[&case("a", 11, false, "It broke.")],
            false,
            false,
        );
        assert_eq!((over.change.active, over.raised), (false, 0));
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
        let gone = merge(&known, &[&vanished(&known)], false, false);
        let over = TicketAlert {
            active: false,
            ..known[0].clone()
        };
        assert_eq!(gone.alerts, [over]);
        assert!(!gone.change.active);
        assert_eq!((gone.raised, gone.joined.len()), (0, 0));

        let again = |minute, message| {
            let case = case("a", minute, true, message);
            let back = merge(&gone.alerts, &[&case], false, false);
            (back.raised, back.joined.len(), back.change.retold)
        };
        assert_eq!(again(10, "It broke."), (0, 0, false));
        assert_eq!(again(11, "It broke."), (1, 1, false));
        assert_eq!(again(11, "Another text."), (1, 1, true));
    }

    #[test]
    fn a_text_is_told_once_under_whatever_id_it_comes() {
        let told = |told: bool| TicketAlert {
            told,
            ..before(true).remove(0)
        };
        for (was_told, id, minute, message, fresh, retold) in [
            (true, "b", 11, "It broke.", false, false),
            (false, "b", 11, "It broke.", false, true),
            // The same version, put into other words by us or not: as it was.
            (false, "a", 10, "Another text.", false, true),
            (true, "a", 10, "Another text.", false, false),
            // Of a ticket that was found nobody knows what it was told.
            (false, "b", 11, "Another text.", true, false),
        ] {
            let case = case(id, minute, true, message);
            let found = merge(&[told(was_told)], &[&case], false, fresh);
            assert_eq!(
                found.change.retold, retold,
                "{was_told} {id} {minute} {message} {fresh}"
            );
        }
    }

    #[test]
    fn without_a_time_of_the_service_whatever_is_active_again_was_raised() {
        let epoch = case("a", 0, true, "It broke.");
        let over = [TicketAlert {
            active: false,
            ..member(&epoch, &epoch.alerts[0])
        }];
        assert_eq!(merge(&over, &[&epoch], false, false).raised, 1);
    }

    #[test]
    fn a_new_round_goes_on_with_what_is_active_and_one_alert_for_each_other_text() {
        let one = |id: &str, minute, active, message: &str| {
            let case = case(id, minute, active, message);
            member(&case, &case.alerts[0])
        };
        let kept = of_new_round(&[
            one("a", 1, false, "It broke."),
            one("b", 2, false, "Another text."),
            one("c", 3, false, "Another text."),
            one("d", 4, true, "It broke."),
            one("e", 5, true, "It broke."),
        ]);
        let ids: Vec<&str> = kept.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["c", "d", "e"]);
        // So a text of an earlier round is not told again.
        let again = merge(&kept, &[&case("f", 6, true, "Another text.")], false, false);
        assert!(!again.change.retold);
    }
}
