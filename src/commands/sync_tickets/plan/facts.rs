//! What the planner of tickets needs to know, in its own words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::Hold;
use crate::config::{AlertTraits, Severity};
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{
    AccountName, AlertId, CompanyId, ConfigurationItemId, ItemKey, ResourceId, ServiceId, TenantId,
    TicketId,
};
use crate::domain::tickets::{
    OwedNote, OwedNoteId, TicketAlert, TicketFieldIds, TicketLink, TicketLinkId,
};

/// Everything one run decides on.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
    pub(crate) accounts: Vec<AccountFacts>,
    pub(crate) desk: Desk,
}

/// One Acronis account.
#[derive(Debug)]
pub(crate) struct AccountFacts {
    pub(crate) account: AccountName,
    /// Address of its console.
    pub(crate) console: String,
    pub(crate) cases: Vec<Case>,
    /// Active alerts of tenants that are not mapped, by tenant as the alert names it.
    pub(crate) unmapped: BTreeMap<String, usize>,
    /// Alerts whose tenant could not be told this time, by tenant as the alert names it.
    pub(crate) unresolved: BTreeMap<String, Vec<Hold>>,
    /// Alerts that were looked at and are in no case.
    pub(crate) passed: Vec<AlertId>,
    /// Types that were never seen before.
    pub(crate) new_types: Vec<String>,
    /// Live summaries, whether or not any of their alerts changed.
    pub(crate) summaries: Vec<Known>,
    /// Companies with a summary of which it is not known whether it was made, or one that is open and
    /// that the state file does not know.
    pub(crate) lost_summaries: BTreeSet<CompanyId>,
    /// Live tickets that people have completed lately; only with `dismiss_on_complete`.
    pub(crate) completed: Vec<Known>,
    /// Notes that earlier runs may not have written.
    pub(crate) owed_notes: Vec<(OwedNoteId, OwedNote)>,
    /// Keys with active alerts under each live ticket.
    pub(crate) active_by_ticket: BTreeMap<TicketId, BTreeSet<String>>,
    /// All alerts were read and compared, not only what changed.
    pub(crate) reconciled: bool,
    /// Alerts with a live ticket that are gone without any sign of their end.
    pub(crate) vanished: BTreeSet<AlertId>,
    /// How many live tickets there are.
    pub(crate) live: usize,
    /// Open tickets that are not remembered; none unless all alerts were compared.
    pub(crate) strays: Strays,
}

/// Open tickets of ours that are not remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strays {
    /// Those that stand for no active alert, of companies that are mapped.
    pub(crate) strays: Vec<Stray>,
    /// How many stand for none, but their companies are not mapped.
    pub(crate) unmapped: usize,
    /// How many there are, those that stand for active alerts included.
    pub(crate) open: usize,
}

/// An open ticket that is not remembered and stands for no active alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stray {
    pub(crate) ticket: TicketId,
    pub(crate) external_id: String,
    pub(crate) title: String,
    pub(crate) tenant: Option<TenantId>,
}

/// What Autotask says: tickets, companies and lists.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// The tickets that were asked for and are there.
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    /// Tickets found by external id, the oldest first.
    pub(crate) by_external_id: BTreeMap<String, Vec<TicketId>>,
    /// Tickets of runs that got no answer, which nobody has had the time to change since.
    pub(crate) as_made: BTreeSet<TicketId>,
    /// The notes on tickets of which it is not known whether a write took effect: when they were
    /// written, and what they say.
    pub(crate) unsure: BTreeMap<TicketId, Vec<(Option<Timestamp>, String)>>,
    /// What the descriptions of summaries say now.
    pub(crate) descriptions: BTreeMap<TicketId, String>,
    pub(crate) companies: BTreeMap<CompanyId, Company>,
    pub(crate) contracts: ContractBook,
    /// Services that offering items of each account are mapped to.
    pub(crate) services: BTreeMap<(AccountName, ServiceId), ItemKey>,
    pub(crate) configuration_items: BTreeMap<CompanyId, Vec<Item>>,
    pub(crate) lists: Lists,
}

/// The live lists behind the words of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// Fields by position of the rule; 0 is the defaults alone.
    pub(crate) by_rule: BTreeMap<usize, TicketFieldIds>,
    pub(crate) close_status: i64,
    /// What people call the ids, by list.
    pub(crate) labels: BTreeMap<(&'static str, i64), String>,
}

/// A ticket as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    /// What people call it.
    pub(crate) number: String,
    pub(crate) company: CompanyId,
    pub(crate) status: i64,
    pub(crate) complete: bool,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) assignee: Option<ResourceId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) active: bool,
}

/// A configuration item with every name it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: ConfigurationItemId,
    pub(crate) names: Vec<String>,
}

/// A ticket that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: TicketLinkId,
    pub(crate) link: TicketLink,
}

/// The alerts of one key, with the ticket that stands for them.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) key: String,
    pub(crate) place: Place,
    /// What was read this time: new, changed, ended, or held since earlier. Empty only where alerts
    /// vanished, or where the run compared everything.
    pub(crate) alerts: Vec<Alert>,
    /// Alerts of the ticket, as it remembers them, that are in no list any more. Nobody said that
    /// they ended: they may be back unchanged.
    pub(crate) vanished: Vec<TicketAlert>,
    /// The live ticket of the key, or else the one closed last.
    pub(crate) known: Option<Known>,
    /// The alerts of this case that stand in a live summary instead.
    pub(crate) summary: Option<TicketLinkId>,
    /// Alerts of the key that are held since earlier runs.
    pub(crate) held: BTreeMap<AlertId, Held>,
}

/// An alert that waits since an earlier run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) occurrences: i64,
    pub(crate) updated: Timestamp,
    /// Since when it is active; none when it had ended.
    pub(crate) since: Option<Timestamp>,
    /// Damping has let it pass already; it waits because a write was refused.
    pub(crate) refused: bool,
    /// Its completed ticket cannot be opened again.
    pub(crate) locked: bool,
}

/// Whose alert it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) company: CompanyId,
    /// The customer tenant; none for the catch-all company.
    pub(crate) tenant: Option<TenantId>,
    /// The tenant's name, or its id where there is no mapping.
    pub(crate) customer: String,
}

/// One alert as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) id: AlertId,
    pub(crate) kind: String,
    pub(crate) category: String,
    /// None for a word that is not known.
    pub(crate) severity: Option<Severity>,
    pub(crate) severity_word: String,
    /// By the clock of the source; the one to show.
    pub(crate) created: Option<Timestamp>,
    /// By the clock of the service; 1970 when it gave no time.
    pub(crate) updated: Timestamp,
    pub(crate) active: bool,
    /// No ticket is made or opened again for it: its rule says so, or its severity is `ok`. It is here
    /// because a ticket stands for it already.
    pub(crate) ignored: bool,
    pub(crate) details: Details,
}

/// What an alert says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// A title of its own, as alerts of apps have.
    pub(crate) title: Option<String>,
    pub(crate) workload: String,
    pub(crate) plan: String,
    /// What happened, in the source's words.
    pub(crate) message: String,
    /// Everything else that is not an id, by name.
    pub(crate) other: BTreeMap<String, String>,
}

impl Alert {
    /// When it last changed, where the service says so.
    pub(crate) fn changed(&self) -> Option<Timestamp> {
        (self.updated != Timestamp::UNIX_EPOCH).then_some(self.updated)
    }

    pub(crate) fn traits(&self, company: CompanyId) -> AlertTraits<'_> {
        AlertTraits {
            kind: &self.kind,
            category: &self.category,
            severity: self.severity,
            workload: &self.details.workload,
            company: Some(company),
        }
    }
}

impl Case {
    /// Whether Autotask refused to open the case's ticket again, and it is still wanted.
    pub(crate) fn locked(&self) -> bool {
        self.gravest().is_some() && self.held.values().any(|held| held.locked)
    }

    /// The alert that speaks for the case: an active one before an ended one, one that is not ignored
    /// before one that is, then the latest.
    pub(crate) fn speaker(&self) -> Option<&Alert> {
        let rank = |alert: &&Alert| {
            (
                alert.active,
                !alert.ignored,
                alert.updated,
                alert.id.clone(),
            )
        };
        self.alerts.iter().max_by_key(rank)
    }

    /// The gravest of the active alerts that are not ignored; its rule decides how there is a ticket.
    /// Without one there is none to be made or to be opened again.
    pub(crate) fn gravest(&self) -> Option<&Alert> {
        self.alerts
            .iter()
            .filter(|alert| alert.active && !alert.ignored)
            .max_by_key(|alert| (alert.severity, alert.updated, &alert.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_active_alert_decides_and_the_latest_active_one_speaks() {
        let alert = |id: &str, severity, minute: i64, active| Alert {
            id: AlertId::new(id),
            kind: String::new(),
            category: String::new(),
            severity,
            severity_word: String::new(),
            created: None,
            updated: Timestamp::from_second(60 * minute).unwrap(),
            active,
            ignored: false,
            details: Details::default(),
        };
        let (warning, critical) = (Some(Severity::Warning), Some(Severity::Critical));
        for (alerts, gravest, speaker) in [
            (
                vec![alert("a", critical, 1, true), alert("b", warning, 2, true)],
                Some("a"),
                Some("b"),
            ),
            (
                vec![alert("a", critical, 9, false), alert("b", warning, 2, true)],
                Some("b"),
                Some("b"),
            ),
            (
                vec![alert("a", warning, 1, true), alert("b", warning, 2, true)],
                Some("b"),
                Some("b"),
            ),
            // A word that nobody knows is not grave.
            (
                vec![alert("a", None, 2, true), alert("b", warning, 1, true)],
                Some("b"),
                Some("a"),
            ),
            (vec![alert("a", critical, 1, false)], None, Some("a")),
            (vec![], None, None),
        ] {
            let case = Case {
                key: "k".to_owned(),
                place: Place {
                    company: CompanyId(1),
                    tenant: None,
                    customer: String::new(),
                },
                alerts,
                vanished: Vec::new(),
                known: None,
                summary: None,
                held: BTreeMap::new(),
            };
            let name = |one: Option<&Alert>| one.map(|one| one.id.as_str().to_owned());
            assert_eq!(name(case.gravest()).as_deref(), gravest, "{case:?}");
            assert_eq!(name(case.speaker()).as_deref(), speaker, "{case:?}");
        }
    }
}
