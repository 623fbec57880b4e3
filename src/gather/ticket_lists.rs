//! The words of `[tickets]` as ids of Autotask's live lists, with every mistake at once.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::autotask::{
    Autotask, BillingCode, Entity, Fields, Picklist, Resource, Role, STATUS_COMPLETE,
    find_billing_code,
};
use crate::config::{LabelOrId, TicketFields, Tickets};
use crate::domain::ids::{BillingCodeId, ResourceId};
use crate::domain::labels::{NotOne, find_labelled, several_by_id};
use crate::domain::tickets::{TicketContact, TicketFieldIds, TicketLists};
use crate::exit::UsageError;

/// Reads the lists and finds every word in them.
///
/// # Errors
/// When a list cannot be read; every word that is not in its list, with what is allowed.
pub(crate) fn read_ticket_lists(autotask: &Autotask, tickets: &Tickets) -> Result<TicketLists> {
    let (lists, problems) = examine_ticket_lists(autotask, tickets)?;
    if problems.is_empty() {
        Ok(lists)
    } else {
        Err(UsageError(problems.join("\n")).into())
    }
}

/// The lists, and a sentence for every word that is not in its list.
///
/// # Errors
/// When a list cannot be read.
pub(crate) fn examine_ticket_lists(
    autotask: &Autotask,
    tickets: &Tickets,
) -> Result<(TicketLists, Vec<String>)> {
    let ticket = autotask.read_fields(Entity::Tickets)?;
    let all = all_fields(tickets);
    let named = all.iter().any(|(_, fields)| fields.user_defined.is_some());
    let user_defined = named
        .then(|| autotask.user_defined_fields(Entity::Tickets))
        .transpose()?;
    let note = autotask.read_fields(Entity::TicketNotes)?;
    let people = AssignablePeople::read_people(autotask, tickets)?;
    let mut problems = Vec::new();
    let mut lists = TicketLists::default();
    let mut pick = |key: &str, fields: &Fields, field: &str, wanted: &LabelOrId, parent| {
        let found = fields
            .picklist_of(field)
            .resolve_id(wanted.as_str(), parent);
        found
            .map_err(|unlisted| problems.push(format!("{key}: {unlisted}")))
            .ok()
    };
    let source = (tickets.source.as_ref())
        .and_then(|wanted| pick(Tickets::SOURCE, &ticket, "source", wanted, None));
    let close = &tickets.auto_close;
    // Where nothing is closed, the default status need not exist.
    let wanted = Some(&close.status)
        .filter(|status| close.enabled || status.as_id() != Some(STATUS_COMPLETE));
    lists.close_status = wanted
        .and_then(|status| pick("tickets.auto_close.status", &ticket, "status", status, None))
        .unwrap_or(STATUS_COMPLETE);
    (lists.note_type, lists.note_publish) = resolve_note_lists(tickets, &note, &mut problems);
    let mut inherited = Vec::new();
    for (position, fields) in all {
        // What is ignored needs no fields; should they be asked for, they are the defaults'.
        if position != 0 && fields.create == Some(false) {
            let defaults = lists.by_rule.get(&0).cloned();
            lists.by_rule.insert(position, defaults.unwrap_or_default());
            continue;
        }
        let resolving = FieldResolver {
            ticket: &ticket,
            user_defined: user_defined.as_deref(),
            people: &people,
        };
        let mut found = Vec::new();
        let mut ids = resolving.resolve_fields(&fields, &mut found);
        ids.source = source;
        if close.enabled && ids.status == lists.close_status && fields.create != Some(false) {
            found.push(
                "status: a new ticket would be closed already (tickets.auto_close.status)"
                    .to_owned(),
            );
        }
        // What a rule takes over from the defaults is reported once, for the defaults.
        if position == 0 {
            inherited.clone_from(&found);
        } else {
            found.retain(|problem| !inherited.contains(problem));
        }
        let key = key_of(position);
        problems.extend(found.into_iter().map(|problem| format!("{key}.{problem}")));
        lists.by_rule.insert(position, ids);
    }
    lists.labels = label_ids(&ticket);
    lists.priority_order = priority_order(&ticket);
    problems.sort();
    problems.dedup();
    Ok((lists, problems))
}

/// Fields that every ticket of ours has.
const ALWAYS_SENT: &[&str] = &[
    "id",
    "companyID",
    "title",
    "description",
    "status",
    "priority",
    "dueDateTime",
    "externalID",
];

/// The key that fills a field of a ticket, and whether these fields set it.
fn key_of_field(field: &str, fields: &TicketFields) -> Option<(&'static str, bool)> {
    let resource = fields.resource.is_some();
    Some(match field.to_lowercase().as_str() {
        "queueid" => ("queue", fields.queue.is_some() || resource),
        "assignedresourceid" | "assignedresourceroleid" => ("resource", resource),
        "ticketcategory" => ("category", fields.category.is_some()),
        "tickettype" => ("type", fields.kind.is_some()),
        "issuetype" => ("issue_type", fields.issue_type.is_some()),
        "subissuetype" => ("sub_issue_type", fields.sub_issue_type.is_some()),
        "billingcodeid" => ("work_type", fields.work_type.is_some()),
        "servicelevelagreementid" => ("sla", fields.sla.is_some()),
        "contactid" => (
            "contact",
            !matches!(fields.contact, None | Some(TicketContact::Nobody)),
        ),
        _ => return None,
    })
}

/// A sentence for every field that Autotask requires of new tickets and that some rule leaves empty,
/// with the key that fills it. What queues and categories require besides is not told by Autotask
/// (autotask.md §6).
///
/// # Errors
/// When a list cannot be read.
pub(crate) fn find_unfilled_fields(autotask: &Autotask, tickets: &Tickets) -> Result<Vec<String>> {
    let standard = autotask.read_fields(Entity::Tickets)?;
    let user_defined = autotask.user_defined_fields(Entity::Tickets)?;
    let mut found = Vec::new();
    for (position, fields) in all_fields(tickets) {
        if fields.create == Some(false) {
            continue;
        }
        let rule = key_of(position);
        let required = standard.fields.iter().filter(|field| field.required);
        for field in required {
            let sent = ALWAYS_SENT.iter().any(|one| field.is_called(one))
                || (field.is_called("source") && tickets.source.is_some());
            match key_of_field(&field.name, &fields) {
                _ if sent => {}
                Some((_, true)) => {}
                Some((key, false)) => found.push(format!(
                    "{rule}.{key}: Autotask requires {} on tickets; set `{key}`",
                    field.name
                )),
                None if field.is_called("source") => found.push(
                    "tickets.source: Autotask requires source on tickets; set `source`".to_owned(),
                ),
                None => found.push(format!(
                    "{rule}: Autotask requires {} on tickets, and no key fills it: use a ticket \
                     category that supplies it",
                    field.name
                )),
            }
        }
        let set = fields.user_defined.unwrap_or_default().0;
        let required = user_defined.fields.iter().filter(|field| field.required);
        let unset = required.filter(|field| !set.keys().any(|name| field.is_called(name)));
        found.extend(unset.map(|field| {
            format!(
                "{rule}.user_defined: Autotask requires \"{}\" on tickets; add it to \
                 `user_defined`",
                field.name
            )
        }));
    }
    found.dedup();
    Ok(found)
}

/// The place of each priority in its list; the place says how urgent it is, and neither label nor id
/// does (autotask.md §8.11).
fn priority_order(ticket: &Fields) -> BTreeMap<i64, i64> {
    let priorities = ticket.picklist_of("priority").choices.into_iter();
    let placed = priorities.filter_map(|one| Some((one.value.trim().parse().ok()?, one.order)));
    placed.collect()
}

/// What people call the ids of the lists that plans show.
fn label_ids(ticket: &Fields) -> BTreeMap<(&'static str, i64), String> {
    let mut labels = BTreeMap::new();
    for (name, field) in [
        ("status", "status"),
        ("priority", "priority"),
        ("queue", "queueID"),
    ] {
        let list = ticket.picklist_of(field);
        for choice in &list.choices {
            if let Ok(id) = choice.value.trim().parse() {
                labels.insert((name, id), choice.label.clone());
            }
        }
    }
    labels
}

/// Type and readers of all notes: as configured, or as is plain from the live lists. Where it is not
/// plain, a person has to say: a note that customers can read is not to be taken back.
fn resolve_note_lists(tickets: &Tickets, note: &Fields, problems: &mut Vec<String>) -> (i64, i64) {
    let mut value = |key: &str, field: &str, given: Option<&LabelOrId>, usual: Usual| {
        let list = note.picklist_of(field);
        let found = match given {
            Some(wanted) => list
                .resolve_id(wanted.as_str(), None)
                .map_err(|e| e.to_string()),
            None => usual(&list).ok_or_else(|| {
                let known = list
                    .active_values()
                    .map(|one| format!("{} ({})", one.label, one.value));
                let known: Vec<String> = known.collect();
                format!(
                    "not set, and the picklist {} has no default; allowed: {}",
                    list.name,
                    known.join(", ")
                )
            }),
        };
        found
            .map_err(|problem| problems.push(format!("{key}: {problem}")))
            .unwrap_or_default()
    };
    (
        value(
            Tickets::NOTE_TYPE,
            "noteType",
            tickets.note_type.as_ref(),
            usual_type,
        ),
        value(
            Tickets::NOTE_PUBLISH,
            "publish",
            tickets.note_publish.as_ref(),
            usual_readers,
        ),
    )
}

type Usual = fn(&Picklist) -> Option<i64>;

/// The list's own default; else 1, which samples use everywhere (autotask.md §8.12, C+: no vendor's
/// word, so only if it is on the list).
fn usual_type(list: &Picklist) -> Option<i64> {
    let active = || {
        list.active_values()
            .filter_map(|choice| Some((choice.default, choice.value.trim().parse().ok()?)))
    };
    let default = active().find(|(default, _)| *default);
    default
        .or_else(|| active().find(|(_, id)| *id == 1))
        .map(|(_, id)| id)
}

/// Notes of a machine are for the technicians unless somebody says otherwise: 2 as long as its label
/// says "internal" (autotask.md §8.12, D), or else the only value whose label does. The list's
/// default is no guide, for it may be what the client portal shows.
fn usual_readers(list: &Picklist) -> Option<i64> {
    match list.ids_labelled("internal").as_slice() {
        ids if ids.contains(&2) => Some(2),
        [only] => Some(*only),
        _ => None,
    }
}

/// The defaults under 0, and each rule over the defaults.
fn all_fields(tickets: &Tickets) -> Vec<(usize, TicketFields)> {
    let rules = tickets
        .rules
        .iter()
        .map(|rule| (rule.position, tickets.combine_fields(Some(rule))));
    std::iter::once((0, tickets.combine_fields(None)))
        .chain(rules)
        .collect()
}

fn key_of(position: usize) -> String {
    if position == 0 {
        "tickets.defaults".to_owned()
    } else {
        format!("tickets.rule {position}")
    }
}

/// People and work types; asked for only when some rule names one.
#[derive(Debug, Default)]
struct AssignablePeople {
    resources: Vec<Resource>,
    roles: Vec<Role>,
    fits: Vec<(ResourceId, i64)>,
    work_types: Vec<BillingCode>,
}

impl AssignablePeople {
    fn read_people(autotask: &Autotask, tickets: &Tickets) -> Result<Self> {
        let all = all_fields(tickets);
        let mut people = Self::default();
        if all.iter().any(|(_, fields)| fields.resource.is_some()) {
            // No ticket can be assigned to an API user (autotask.md §1).
            people.resources = autotask.assignable_resources()?;
            people.roles = autotask.read_roles()?;
            people.fits = autotask.service_desk_roles()?;
        }
        if all.iter().any(|(_, fields)| fields.work_type.is_some()) {
            people.work_types = autotask.work_types()?;
        }
        Ok(people)
    }

    fn resolve_assignee(
        &self,
        who: &LabelOrId,
        role: &LabelOrId,
    ) -> Result<(ResourceId, i64), String> {
        let resource = find_labelled(
            &self.resources,
            who.as_str(),
            |one| {
                let named = std::iter::once(one.name.as_str());
                let others = [one.email.as_deref(), one.user_name.as_deref()];
                named.chain(others.into_iter().flatten()).collect()
            },
            |one| one.id.0,
            |_| true,
        );
        let resource = resource.map_err(|why| {
            let shown = |one: &Resource| format!("{} ({})", one.name, one.id);
            let all = self.resources.iter().map(shown);
            refusal_text(
                "resource",
                who,
                "active resources",
                describe_several(&why, shown),
                all,
            )
        })?;
        let fitting: Vec<Role> = (self.roles.iter())
            .filter(|role| self.fits.contains(&(resource.id, role.id)))
            .cloned()
            .collect();
        let found = find_labelled(
            &fitting,
            role.as_str(),
            |one| vec![one.name.as_str()],
            |one| one.id,
            |_| true,
        );
        match found {
            Ok(found) => Ok((resource.id, found.id)),
            Err(why) => {
                let shown = |one: &Role| format!("{} ({})", one.name, one.id);
                let what = format!("active roles of {}", resource.name);
                let all = fitting.iter().map(shown);
                Err(refusal_text(
                    "role",
                    role,
                    &what,
                    describe_several(&why, shown),
                    all,
                ))
            }
        }
    }

    fn work_type(&self, wanted: &LabelOrId) -> Result<BillingCodeId, String> {
        let found = find_billing_code(&self.work_types, wanted.as_str());
        found.map(|code| code.id).map_err(|why| {
            let all = self.work_types.iter().filter(|code| code.active);
            let all = all.map(ToString::to_string);
            let sharing = describe_several(&why, ToString::to_string);
            refusal_text("work_type", wanted, "active work types", sharing, all)
        })
    }
}

/// The entries that share a label, as people read them.
fn describe_several<T>(why: &NotOne<'_, T>, shown: impl Fn(&T) -> String) -> Option<Vec<String>> {
    match why {
        NotOne::Several(those) => Some(those.iter().map(|one| shown(one)).collect()),
        NotOne::Unknown | NotOne::Inactive(_) => None,
    }
}

/// Why a word means none of `what`: it is shared by several, or it is none of all there are.
fn refusal_text(
    key: &str,
    wanted: &LabelOrId,
    what: &str,
    sharing: Option<Vec<String>>,
    all: impl Iterator<Item = String>,
) -> String {
    if let Some(sharing) = sharing {
        let those = several_by_id(sharing);
        return format!("{key}: \"{wanted}\" matches several {what}: {those}");
    }
    let all: Vec<String> = all.collect();
    let all = if all.is_empty() {
        "nothing".to_owned()
    } else {
        all.join(", ")
    };
    format!("{key}: \"{wanted}\" is not one of the {what}; allowed: {all}")
}

/// One set of fields while its words are looked up.
#[derive(Debug)]
struct FieldResolver<'a> {
    ticket: &'a Fields,
    /// Read where some rule sets one.
    user_defined: Option<&'a Fields>,
    people: &'a AssignablePeople,
}

impl FieldResolver<'_> {
    fn resolve_fields(&self, fields: &TicketFields, problems: &mut Vec<String>) -> TicketFieldIds {
        let mut pick = |name: &str, field: &str, wanted: Option<&LabelOrId>, parent| {
            let found = self
                .ticket
                .picklist_of(field)
                .resolve_id(wanted?.as_str(), parent);
            found
                .map_err(|unlisted| problems.push(format!("{name}: {unlisted}")))
                .ok()
        };
        let issue_type = pick("issue_type", "issueType", fields.issue_type.as_ref(), None);
        let sub_issue = fields.sub_issue_type.as_ref();
        let mut ids = TicketFieldIds {
            status: pick("status", "status", fields.status.as_ref(), None).unwrap_or_default(),
            priority: pick("priority", "priority", fields.priority.as_ref(), None)
                .unwrap_or_default(),
            queue: pick("queue", "queueID", fields.queue.as_ref(), None),
            category: pick("category", "ticketCategory", fields.category.as_ref(), None),
            kind: pick("type", "ticketType", fields.kind.as_ref(), None),
            issue_type,
            sub_issue_type: pick("sub_issue_type", "subIssueType", sub_issue, issue_type),
            sla: pick("sla", "serviceLevelAgreementID", fields.sla.as_ref(), None),
            contact: fields.contact.unwrap_or_default(),
            ..TicketFieldIds::default()
        };
        for (name, value) in fields.user_defined.iter().flat_map(|all| &all.0) {
            match self.resolve_user_defined(name, value) {
                Ok(found) => ids.user_defined.push(found),
                Err(problem) => problems.push(format!("user_defined: {problem}")),
            }
        }
        self.resolve_references(fields, &mut ids, problems);
        ids
    }

    /// A user-defined field by its name in Autotask, with the value as the field's list shows it.
    fn resolve_user_defined(&self, name: &str, value: &str) -> Result<(String, String), String> {
        let known = self.user_defined.map_or(&[][..], |fields| &fields.fields);
        let Some(field) = known.iter().find(|field| field.is_called(name)) else {
            let known: Vec<&str> = known.iter().map(|field| field.name.as_str()).collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            return Err(format!(
                "tickets have no user-defined field \"{name}\"; there are: {known}"
            ));
        };
        let Some(list) = &field.picklist else {
            return Ok((field.name.clone(), value.to_owned()));
        };
        // The display text goes out; it must be an item exactly (autotask.md §8.10).
        let mut items = list.active_values().map(|item| &item.label);
        let wanted = value.trim().to_lowercase();
        match items.find(|label| label.trim().to_lowercase() == wanted) {
            Some(label) => Ok((field.name.clone(), label.clone())),
            None => {
                let allowed: Vec<&str> = list
                    .active_values()
                    .map(|item| item.label.as_str())
                    .collect();
                Err(format!(
                    "\"{value}\" is not a value of \"{}\"; allowed: {}",
                    field.name,
                    allowed.join(", ")
                ))
            }
        }
    }

    fn resolve_references(
        &self,
        fields: &TicketFields,
        ids: &mut TicketFieldIds,
        problems: &mut Vec<String>,
    ) {
        if fields.sub_issue_type.is_some() && fields.issue_type.is_none() {
            problems.push("sub_issue_type: also needs `issue_type`".to_owned());
        }
        if let (Some(who), Some(role)) = (&fields.resource, &fields.role) {
            match self.people.resolve_assignee(who, role) {
                Ok(assigned) => ids.assigned = Some(assigned),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some(wanted) = &fields.work_type {
            match self.people.work_type(wanted) {
                Ok(code) => ids.work_type = Some(code),
                Err(problem) => problems.push(problem),
            }
        }
        // A category may supply the queue; whether it does is not to be read (autotask.md §8.11).
        let placed = fields.queue.is_some() || fields.resource.is_some();
        if !placed && fields.category.is_none() && fields.create != Some(false) {
            let queues = self.ticket.picklist_of("queueID");
            let known: Vec<String> = queues
                .active_values()
                .map(|choice| format!("{} ({})", choice.label, choice.value))
                .collect();
            problems.push(format!(
                "queue: a ticket needs a queue, or a resource with its role; there are: {}",
                known.join(", ")
            ));
        }
    }
}
