//! What the planner of tickets needs to know, in its own words.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::action::ListChange;
use crate::config::{AlertTraits, Severity};
use crate::domain::contracts::ContractBook;
use crate::domain::ids::{
    AccountName, AlertId, CompanyId, ConfigurationItemId, ContactId, ItemKey, ResourceId,
    ServiceId, TenantId, TicketId,
};
use crate::domain::tickets::{
    AlertHold, FirstRun, HoldReason, KnownTicket, PendingNote, TicketAlert, TicketContact,
    TicketFieldIds, TicketLinkId, TicketLists,
};
use crate::plan::CompanyRef;

/// What was read of one account, before anything is decided about it.
#[derive(Clone, Debug)]
pub(crate) struct ReadAccount {
    pub(crate) account: AccountName,
    /// Address of its console.
    pub(crate) console: String,
    /// The companies that the run was narrowed to; none: all of them.
    pub(crate) companies: Option<BTreeSet<CompanyId>>,
    /// Companies for which tickets are switched off.
    pub(crate) off: BTreeSet<CompanyId>,
    /// The tenants of its mapped companies.
    pub(crate) tenants: BTreeMap<CompanyId, TenantId>,
    /// Since when each mapped tenant is mapped.
    pub(crate) mapped_at: BTreeMap<TenantId, Timestamp>,
    /// Tenants whose alerts are out of sight.
    pub(crate) hidden: Vec<HiddenTenant>,
    /// What changed, or everything active.
    pub(crate) alerts: Vec<ReadAlert>,
    /// Alerts of live tickets that are gone, because the service shows their tenant and not them.
    pub(crate) vanished: Vec<AlertId>,
    /// All alerts were read and compared, not only what changed.
    pub(crate) reconciled: bool,
    pub(crate) first_run: Option<FirstRun>,
    /// Alerts that were raised since then are not too old, as a person wants it.
    pub(crate) since: Option<Timestamp>,
    /// All live tickets of the account.
    pub(crate) live: Vec<KnownTicket>,
    /// Closed ones of keys and alerts that were read.
    pub(crate) closed: Vec<KnownTicket>,
    /// Alerts that wait since earlier runs.
    pub(crate) held: Vec<AlertHold>,
    /// All open tickets of the account in Autotask; none when they were not asked for.
    pub(crate) open: Option<BTreeSet<TicketId>>,
    /// Those of them that are not remembered.
    pub(crate) untracked: Vec<UntrackedTicket>,
    /// Companies whose summary was about to be made by a run that got no answer, or was killed.
    pub(crate) unanswered_summaries: BTreeSet<CompanyId>,
    /// Types that were never seen before.
    pub(crate) new_types: Vec<String>,
    /// Notes that earlier runs may not have written.
    pub(crate) pending_notes: Vec<PendingNote>,
}

impl ReadAccount {
    pub(crate) fn in_scope(&self, company: CompanyId) -> bool {
        let only = self.companies.as_ref();
        only.is_none_or(|ids| ids.contains(&company)) && !self.off.contains(&company)
    }

    /// Whether a remembered ticket is certainly not among the open ones: closed, deleted or merged.
    pub(crate) fn is_away(&self, ticket: TicketId) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| !open.contains(&ticket))
    }
}

/// How a tenant is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    Readable,
    Deleted,
    /// It is listed, and what is inside it is not: support access is switched off.
    Denied,
    /// It is in no list.
    Hidden,
}

/// A tenant whose alerts are out of sight, so that nobody can say whether they are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HiddenTenant {
    /// Its id, or what else is known of it.
    pub(crate) tenant: String,
    /// As it was named when it was mapped.
    pub(crate) name: Option<String>,
    pub(crate) company: CompanyId,
    pub(crate) sight: Sight,
    /// Tickets that stand for alerts of it.
    pub(crate) tickets: BTreeSet<TicketId>,
}

impl HiddenTenant {
    pub(crate) fn new(tenant: String, company: CompanyId, sight: Sight) -> Self {
        Self {
            tenant,
            name: None,
            company,
            sight,
            tickets: BTreeSet::new(),
        }
    }
}

/// An alert as it was read, with its key and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct ReadAlert {
    pub(crate) key: String,
    pub(crate) alert: Alert,
    pub(crate) customer: Result<Destination, Unplaced>,
}

impl ReadAlert {
    /// Where a ticket about the alert goes. A tenant's number that nobody could translate never counts
    /// as not mapped: its alert may be a customer's, and would go to the wrong company.
    pub(crate) fn find_destination(
        &self,
        catch_all: Option<CompanyId>,
    ) -> Result<Destination, Unplaced> {
        match (&self.customer, catch_all) {
            (Err(Unplaced::Unmapped(unmapped)), Some(company)) => Ok(Destination {
                company,
                tenant: None,
                customer: unmapped.customer.clone(),
            }),
            (found, _) => found.clone(),
        }
    }
}

/// A tenant that is not mapped, with an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnmappedTenant {
    /// Its id, by which `map-customer` knows it.
    pub(crate) id: String,
    /// The customer's name, with its partner's if that is not the account's own; read only where such
    /// alerts get tickets.
    pub(crate) customer: String,
}

/// Why an alert has no destination; the tenant in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unplaced {
    Unmapped(UnmappedTenant),
    /// Its tenant's number could not be translated this time.
    Unresolved(String),
}

/// An open ticket of ours that the state file does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UntrackedTicket {
    pub(crate) ticket: Ticket,
    pub(crate) external_id: String,
    /// The external id of the first ticket of its key.
    pub(crate) first: String,
    pub(crate) title: String,
}

/// Everything one run decides on.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
    pub(crate) accounts: Vec<AccountFacts>,
    pub(crate) desk: Desk,
}

/// One Acronis account, its alerts sorted.
#[derive(Clone, Debug)]
pub(crate) struct AccountFacts {
    pub(crate) account: AccountName,
    /// Address of its console.
    pub(crate) console: String,
    pub(crate) cases: Vec<Case>,
    /// Active alerts of tenants that are not mapped, by tenant as the alert names it.
    pub(crate) unmapped: BTreeMap<String, usize>,
    /// Alerts whose tenant could not be told this time, by tenant as the alert names it.
    pub(crate) unresolved: BTreeMap<String, Vec<AlertHold>>,
    /// Active alerts that are too old for a ticket, by customer.
    pub(crate) too_old: BTreeMap<String, usize>,
    /// Tenants whose alerts are out of sight, of companies that the run looks at.
    pub(crate) hidden: Vec<HiddenTenant>,
    /// Alerts that were looked at and are in no case.
    pub(crate) skipped: Vec<AlertId>,
    /// Types that were never seen before.
    pub(crate) new_types: Vec<String>,
    /// Live summaries, whether or not any of their alerts changed.
    pub(crate) summaries: Vec<KnownTicket>,
    /// Companies with a summary of which it is not known whether it was made, or one that is open and
    /// that the state file does not know.
    pub(crate) lost_summaries: BTreeSet<CompanyId>,
    /// Live tickets that people have completed lately; only with `dismiss_on_complete`.
    pub(crate) completed: Vec<KnownTicket>,
    /// Other live tickets with active alerts at companies where a ticket may be closed now: one of
    /// them may have been merged into it.
    pub(crate) others: Vec<KnownTicket>,
    /// Tickets that turned out to be merged.
    pub(crate) followed: Vec<FollowedTicket>,
    /// Notes that earlier runs may not have written.
    pub(crate) pending_notes: Vec<PendingNote>,
    /// Keys with active alerts under each live ticket.
    pub(crate) active_by_ticket: BTreeMap<TicketId, BTreeSet<String>>,
    /// All alerts were read and compared, not only what changed.
    pub(crate) reconciled: bool,
    /// Alerts with a live ticket that are gone without any sign of their end.
    pub(crate) vanished: BTreeSet<AlertId>,
    /// How many live tickets there are.
    pub(crate) live: usize,
    /// Open tickets that are not remembered; none unless all alerts were compared.
    pub(crate) orphans: Orphans,
}

/// Open tickets of ours that are not remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orphans {
    /// Those that stand for no active alert, of companies that are mapped.
    pub(crate) tickets: Vec<Orphan>,
    /// How many stand for none, but their companies are not mapped.
    pub(crate) unmapped: usize,
    /// How many there are, those that stand for active alerts included.
    pub(crate) open: usize,
}

/// An open ticket that is not remembered and stands for no active alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) found: UntrackedTicket,
    pub(crate) tenant: Option<TenantId>,
}

/// A link whose ticket was merged, as it is remembered from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FollowedTicket {
    pub(crate) known: KnownTicket,
    /// The ticket that was merged.
    pub(crate) from: TicketId,
}

/// What Autotask says: tickets, companies and lists.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// The tickets that were asked for and are there.
    pub(crate) tickets: BTreeMap<TicketId, Ticket>,
    /// Those of them that we did not make.
    pub(crate) foreign: BTreeSet<TicketId>,
    /// Merged tickets, and where their work goes on.
    pub(crate) merged: BTreeMap<TicketId, TicketId>,
    /// Merged tickets whose destination is not shown, and its number.
    pub(crate) lost_merges: BTreeMap<TicketId, String>,
    /// Tickets found by external id, the oldest first.
    pub(crate) by_external_id: BTreeMap<String, Vec<TicketId>>,
    /// Tickets of runs that got no answer, which nobody has had the time to change since.
    pub(crate) unmodified_since_create: BTreeSet<TicketId>,
    /// The notes on tickets of which it is not known whether a write took effect: when they were
    /// written, and what they say.
    pub(crate) unconfirmed_writes: BTreeMap<TicketId, Vec<(Option<Timestamp>, String)>>,
    /// What the descriptions of summaries say now.
    pub(crate) descriptions: BTreeMap<TicketId, String>,
    pub(crate) companies: BTreeMap<CompanyId, Company>,
    pub(crate) contracts: ContractBook,
    /// Companies for which neither provisioning nor billing is on: their tickets name no contract.
    pub(crate) without_contract: BTreeSet<CompanyId>,
    /// Services that offering items of each account are mapped to.
    pub(crate) services: BTreeMap<(AccountName, ServiceId), ItemKey>,
    pub(crate) configuration_items: BTreeMap<CompanyId, Vec<Item>>,
    /// Primary contacts, where some ticket is to name them.
    pub(crate) primary_contacts: BTreeMap<CompanyId, ContactId>,
    /// The live lists behind the words of the configuration.
    pub(crate) lists: TicketLists,
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
    pub(crate) priority: Option<i64>,
}

impl Desk {
    /// A company as plans name it; without a name when Autotask does not show it.
    pub(crate) fn company_ref(&self, company: CompanyId) -> CompanyRef {
        let known = self.companies.get(&company);
        CompanyRef::new(company, known.map_or("", |company| company.name.as_str()))
    }

    /// The contact of a new ticket.
    pub(crate) fn contact_of(
        &self,
        contact: TicketContact,
        company: CompanyId,
    ) -> Option<ContactId> {
        match contact {
            TicketContact::Nobody => None,
            TicketContact::Primary => self.primary_contacts.get(&company).copied(),
            TicketContact::Fixed(id) => Some(id),
        }
    }

    /// What people call an id of a list.
    pub(crate) fn list_label(&self, list: &'static str, id: i64) -> String {
        let label = self.lists.labels.get(&(list, id));
        label.cloned().unwrap_or_else(|| id.to_string())
    }

    /// A change of a ticket's status, with what people call both.
    pub(crate) fn status_change(&self, ticket: &Ticket, after: i64) -> ListChange {
        self.list_change("status", ticket.status, after)
    }

    pub(crate) fn list_change(&self, list: &'static str, before: i64, after: i64) -> ListChange {
        let named = |id| (id, self.list_label(list, id));
        ListChange {
            before: named(before),
            after: named(after),
        }
    }

    /// Whether one priority is more urgent than another; never when the list does not say so.
    pub(crate) fn is_more_urgent(&self, one: i64, other: i64) -> bool {
        let place = |id| self.lists.priority_order.get(&id);
        place(one)
            .zip(place(other))
            .is_some_and(|(one, other)| one < other)
    }

    /// The fields of a rule's tickets, by its position; those of the defaults when it has none.
    pub(crate) fn rule_ids(&self, rule: usize) -> TicketFieldIds {
        let rules = &self.lists.by_rule;
        let ids = rules.get(&rule).or_else(|| rules.get(&0));
        ids.cloned().unwrap_or_default()
    }
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

/// The alerts of one key, with the ticket that stands for them.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) key: String,
    pub(crate) destination: Destination,
    /// What was read this time: new, changed, ended, or held since earlier. Empty only where alerts
    /// vanished, or where the run compared everything.
    pub(crate) alerts: Vec<Alert>,
    /// Alerts of the ticket, as it remembers them, that are in no list any more. Nobody said that
    /// they ended: they may be back unchanged.
    pub(crate) vanished: Vec<TicketAlert>,
    /// The live ticket of the key, or else the one closed last.
    pub(crate) known: Option<KnownTicket>,
    /// The alerts of this case that stand in a live summary instead.
    pub(crate) summary: Option<TicketLinkId>,
    /// Alerts of the key that are held since earlier runs.
    pub(crate) held: BTreeMap<AlertId, AlertHold>,
}

/// Whose alert it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) company: CompanyId,
    /// The customer tenant; none for the catch-all company.
    pub(crate) tenant: Option<TenantId>,
    /// The tenant's name, whether or not it is mapped.
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

/// ChangeKind an alert says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// A title of its own, as alerts of apps have.
    pub(crate) title: Option<String>,
    pub(crate) workload: String,
    pub(crate) plan: String,
    /// What happened, in the source's words.
    pub(crate) message: String,
    /// Everything else that means something to people, by name.
    pub(crate) other: BTreeMap<String, String>,
    /// Its fingerprint as versions made it that told no ids; a ticket of theirs goes by it.
    pub(crate) former_fingerprint: String,
}

impl Alert {
    /// When it last changed, where the service says so.
    pub(crate) fn changed_at(&self) -> Option<Timestamp> {
        (self.updated != Timestamp::UNIX_EPOCH).then_some(self.updated)
    }

    pub(crate) fn rule_traits(&self, company: CompanyId) -> AlertTraits<'_> {
        AlertTraits {
            kind: &self.kind,
            category: &self.category,
            severity: self.severity,
            workload: &self.details.workload,
            company: Some(company),
        }
    }
}

impl AccountFacts {
    pub(crate) fn new(account: AccountName, console: String) -> Self {
        Self {
            account,
            console,
            cases: Vec::new(),
            unmapped: BTreeMap::new(),
            unresolved: BTreeMap::new(),
            too_old: BTreeMap::new(),
            hidden: Vec::new(),
            skipped: Vec::new(),
            new_types: Vec::new(),
            summaries: Vec::new(),
            lost_summaries: BTreeSet::new(),
            completed: Vec::new(),
            others: Vec::new(),
            followed: Vec::new(),
            pending_notes: Vec::new(),
            active_by_ticket: BTreeMap::new(),
            reconciled: false,
            vanished: BTreeSet::new(),
            live: 0,
            orphans: Orphans::default(),
        }
    }
}

impl Case {
    pub(crate) fn new(key: String, destination: Destination) -> Self {
        Self {
            key,
            destination,
            alerts: Vec::new(),
            vanished: Vec::new(),
            known: None,
            summary: None,
            held: BTreeMap::new(),
        }
    }

    /// Whether Autotask refused to open the case's ticket again, and it is still wanted.
    pub(crate) fn is_locked(&self) -> bool {
        self.gravest().is_some() && (self.held.values()).any(|held| held.why == HoldReason::Locked)
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
            let destination = Destination {
                company: CompanyId(1),
                tenant: None,
                customer: String::new(),
            };
            let case = Case {
                alerts,
                ..Case::new("k".to_owned(), destination)
            };
            let name = |one: Option<&Alert>| one.map(|one| one.id.as_str().to_owned());
            assert_eq!(name(case.gravest()).as_deref(), gravest, "{case:?}");
            assert_eq!(name(case.speaker()).as_deref(), speaker, "{case:?}");
        }
    }
}
