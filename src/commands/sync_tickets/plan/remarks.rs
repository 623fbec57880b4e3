//! What the plan says beside its actions: what is left alone, what waits for a person, and the guard
//! against an answer that was cut short.

use std::collections::BTreeSet;

use super::action::{Action, ChangeKind};
use super::facts::{AccountFacts, Alert, Case, Desk, HiddenTenant, Sight, Ticket};
use super::group::Group;
use super::text;
use crate::config::Tickets;
use crate::domain::ids::{AccountName, TicketId};
use crate::domain::tickets::TicketLink;
use crate::plan::{
    Action as _, CompanyRef, Description, Reach, Refusal, RefusalCode, Remark, RemarkKind, Share,
};

/// Kinds of the remarks on companies that take no tickets.
pub(super) const INACTIVE: RemarkKind = RemarkKind::CompanyInactive;
pub(super) const HIDDEN: RemarkKind = RemarkKind::CompanyHidden;
pub(super) const UNRESOLVED: RemarkKind = RemarkKind::UnresolvedTenants;
/// Kind of the remark on a template that cannot be filled.
pub(super) const TEMPLATE: RemarkKind = RemarkKind::Template;

/// Closing more than this share of all live tickets at once, where there are more than the floor,
/// because their alerts vanished without a sign, waits for a person.
const VANISHED_PERCENT: u32 = 50;
const VANISHED_MIN: usize = 4;

/// That a company takes no tickets, if it takes none.
pub(super) fn company_blocked(
    desk: &Desk,
    account: &AccountName,
    group: &Group<'_>,
) -> Option<Remark> {
    let destination = &group.cases.first()?.destination;
    let company = destination.company;
    let (kind, text) = match desk.companies.get(&company) {
        Some(known) if known.active => return None,
        Some(_) => (
            INACTIVE,
            "the company is inactive in Autotask, so its alerts get no tickets, and none is \
             opened again: activate or unlink the company",
        ),
        None => (
            HIDDEN,
            "Autotask does not show the company: it is hidden from the API user, or deleted; its \
             alerts wait, and its tickets and mapping stay as they are",
        ),
    };
    let (subject, company) = (destination.customer.clone(), desk.company_ref(company));
    Some(
        Remark::new(kind, subject, text)
            .of_account(account)
            .of_company(company)
            .for_person()
            .told_by(&[]),
    )
}

/// That a ticket cannot be made, for one of its templates cannot be filled.
pub(super) fn template_unfilled(
    account: &AccountName,
    company: CompanyRef,
    alert: &Alert,
    error: &str,
) -> Box<Remark> {
    let name = text::alert_label(alert);
    let text = format!("no ticket for {name}: {error}");
    Box::new(
        Remark::new(TEMPLATE, name, text)
            .of_account(account)
            .of_company(company)
            .for_person(),
    )
}

/// That a ticket was removed while its alert is active.
pub(super) fn ticket_gone(
    desk: &Desk,
    company: CompanyRef,
    case: &Case,
    link: &TicketLink,
) -> Remark {
    let mut active = link.alerts.iter().filter(|alert| alert.active);
    let label = (case.speaker().map(text::alert_label))
        .or_else(|| active.next().map(|alert| alert.label.clone()));
    let label = label.unwrap_or_default();
    let text = match desk.lost_merges.get(&link.ticket) {
        None => format!(
            "ticket {} was deleted or merged in Autotask; its alert ({label}) is still active and \
             gets a ticket again only if it is raised again",
            link.ticket
        ),
        Some(destination) => format!(
            "ticket {} was merged into {destination}, which Autotask does not show: it is left \
             alone, and so is its alert ({label})",
            desk.tickets
                .get(&link.ticket)
                .map_or_else(|| link.ticket.to_string(), |ticket| ticket.number.clone())
        ),
    };
    let subject = link.ticket.to_string();
    Remark::new(RemarkKind::TicketGone, subject, text)
        .of_account(&link.account)
        .of_company(company)
}

/// That a ticket whose alerts are gone is a person's.
pub(super) fn left_to_person(
    account: &AccountName,
    company: CompanyRef,
    ticket: &Ticket,
) -> Remark {
    let number = ticket.number.clone();
    let text = format!(
        "the alerts of ticket {number} are gone, but somebody changed its status or assignment: it \
         stays open (tickets.auto_close.force)"
    );
    Remark::new(RemarkKind::LeftToPerson, number, text)
        .of_account(account)
        .of_company(company)
}

/// The same of a ticket that the state file does not know.
pub(super) fn orphan_left_to_person(
    account: &AccountName,
    company: CompanyRef,
    ticket: &Ticket,
) -> Remark {
    let number = ticket.number.clone();
    let text = format!(
        "ticket {number} is not in the state file, and no active alert belongs to it; its status \
         or assignment is not what any rule sets, so somebody may be working on it: it stays open \
         (tickets.auto_close.force)"
    );
    Remark::new(RemarkKind::LeftToPerson, number, text)
        .of_account(account)
        .of_company(company)
}

/// That tickets which the state file does not know are of companies that are not mapped.
pub(super) fn unmapped_orphans(account: &AccountName, count: usize) -> Remark {
    let text = format!(
        "{count} open tickets that are not in the state file, and that no active alert belongs \
         to, are of companies that are not mapped; they are checked again once their companies \
         are mapped (map-customer recover, map-customer link)"
    );
    Remark::new(RemarkKind::UnmappedTickets, account.to_string(), text).of_account(account)
}

/// That the description of a storm's ticket is somebody's own by now.
pub(super) fn description_left(
    account: &AccountName,
    company: CompanyRef,
    ticket: &Ticket,
) -> Remark {
    let number = ticket.number.clone();
    let text = format!(
        "somebody changed the description of summary {number}, so it is no longer updated; notes \
         say which alerts join and when it ends"
    );
    Remark::new(RemarkKind::SummaryLeft, number, text)
        .of_account(account)
        .of_company(company)
}

/// That the tickets of a customer stay, because its alerts are out of sight.
fn out_of_sight(desk: &Desk, account: &AccountName, hidden: &HiddenTenant) -> Remark {
    let (kind, why) = if hidden.sight == Sight::Denied {
        (RemarkKind::AccessDenied, "its support access is off")
    } else {
        (RemarkKind::TenantHidden, "Acronis does not show the tenant")
    };
    let tickets = match hidden.tickets.len() {
        1 => "1 ticket stays as it is".to_owned(),
        count => format!("{count} tickets stay as they are"),
    };
    let name = hidden.name.as_ref().unwrap_or(&hidden.tenant);
    let text = format!(
        "{tickets}: the alerts of tenant {name} are out of sight ({why}), which does not mean that \
         they are gone; work on them goes on when they are shown again"
    );
    Remark::new(kind, hidden.tenant.clone(), text)
        .of_account(account)
        .of_company(desk.company_ref(hidden.company))
}

/// That alerts are too old for a ticket, and how they get one.
fn too_old(account: &AccountFacts, days: u32) -> Option<Remark> {
    let count: usize = account.too_old.values().sum();
    let customers: Vec<&str> = account.too_old.keys().map(String::as_str).collect();
    let alerts = match count {
        0 => return None,
        1 => format!("1 active alert older than {days} days was left"),
        _ => format!("{count} active alerts older than {days} days were left"),
    };
    let text = format!(
        "{alerts} without a ticket ({}): raise tickets.first_run_days or run sync-tickets --since \
         DAYS",
        first_few(&customers)
    );
    let name = &account.account;
    Some(Remark::new(RemarkKind::AlertsTooOld, name.to_string(), text).of_account(name))
}

/// What is left alone of an account, and why.
pub(super) fn left_alone(desk: &Desk, account: &AccountFacts, tickets: &Tickets) -> Vec<Remark> {
    let with_tickets = account.hidden.iter().filter(|one| !one.tickets.is_empty());
    let mut remarks: Vec<Remark> = with_tickets
        .map(|one| out_of_sight(desk, &account.account, one))
        .collect();
    if account.reconciled {
        remarks.extend(too_old(account, tickets.first_run_days));
    }
    let name = &account.account;
    let remark = |kind, text| Remark::new(kind, name.to_string(), text).of_account(name);
    let alerts: usize = account.unmapped.values().sum();
    if alerts > 0 {
        let tenants: Vec<&str> = account.unmapped.keys().map(String::as_str).collect();
        let which = if account.reconciled {
            "active alerts"
        } else {
            "recent or changed active alerts"
        };
        remarks.push(remark(
            RemarkKind::UnmappedAlerts,
            format!(
                "{alerts} {which} belong to {} tenants that are not mapped ({}); map them, or set \
                 tickets.catch_all_company",
                tenants.len(),
                first_few(&tenants)
            ),
        ));
    }
    if !account.unresolved.is_empty() {
        let alerts: usize = account.unresolved.values().map(Vec::len).sum();
        let tenants: Vec<&str> = account.unresolved.keys().map(String::as_str).collect();
        remarks.push(
            remark(
                UNRESOLVED,
                format!(
                    "{alerts} alerts wait because their customer is not known: the service did \
                     not translate the numbers of their tenants ({})",
                    first_few(&tenants)
                ),
            )
            .for_person(),
        );
    }
    if !account.new_types.is_empty() {
        // It is told once, so it has to be seen once, also by those who are told only what matters.
        remarks.push(
            remark(
                RemarkKind::NewAlertTypes,
                format!(
                    "new alert types, handled by the existing rules: {}",
                    account.new_types.join(", ")
                ),
            )
            .for_person(),
        );
    }
    remarks
}

fn first_few(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// One side suddenly empty: most tickets would be closed because their alerts are in no list.
pub(super) fn refuse_vanished(account: &AccountFacts, actions: &[Action]) -> Option<Refusal> {
    let orphans = &account.orphans;
    let closing: Vec<(TicketId, Description)> = actions
        .iter()
        .filter(|action| action.about().account == account.account)
        .filter_map(|action| match action {
            Action::Change(change) if change.kind == ChangeKind::Close => Some((action, change)),
            Action::Create(_) | Action::Change(_) | Action::Dismiss(_) | Action::WriteNote(_) => {
                None
            }
        })
        .filter(|(_, change)| {
            let mut alerts = change.about.alerts.iter();
            alerts.any(|dealt| account.vanished.contains(&dealt.alert))
                || orphans
                    .tickets
                    .iter()
                    .any(|one| one.found.ticket.id == change.ticket)
        })
        .map(|(action, change)| (change.ticket, action.describe()))
        .collect();
    let tickets: BTreeSet<TicketId> = closing.iter().map(|(ticket, _)| *ticket).collect();
    let share = Share {
        count: tickets.len(),
        of: account.live.saturating_add(orphans.open),
    };
    share
        .exceeds_percent(VANISHED_PERCENT, VANISHED_MIN)
        .then(|| Refusal {
            code: RefusalCode::AlertsVanished,
            text: format!(
                "the last alerts of {} open tickets of account {} are in no list of the service \
                 any more; that looks like an answer cut short, so these tickets are not closed \
                 (look at them with --all --dry-run)",
                share.in_words(),
                account.account
            ),
            key: None,
            scope: Reach::of_lines(closing.iter().map(|(_, line)| line)),
            approvable: true,
        })
}
