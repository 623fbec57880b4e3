//! `[tickets.defaults]` and `[[tickets.rule]]`: which alerts become tickets, and of which kind.

use std::collections::BTreeMap;

use super::keys::Form;
use super::label::LabelOrId;
use super::pattern::Pattern;
use super::read::{ConfigValue, Node, Table};
use super::section::{section, words};
use super::template::Template;
use crate::domain::ids::{CompanyId, ContactId};
use crate::domain::tickets::TicketContact;

words! {
    /// Severity of an alert, least first (acronis.md §8.1). `ok` never makes a ticket.
    Severity {
        Ok = "ok",
        Information = "information",
        Warning = "warning",
        Error = "error",
        Critical = "critical",
    }
}

section! {
    /// The fields of a ticket, unless a rule sets them. Picklist values are given by label or id.
    "tickets.defaults" struct TicketFields: Default, PartialEq, Eq {
        /// Whether an alert becomes a ticket; false ignores it.
        create: Option<bool> = true;
        /// Status of a new ticket; 1 is "New", whatever its label in your database is.
        status: Option<LabelOrId> = 1, eg "New";
        /// Priority of a new ticket.
        priority: Option<LabelOrId> = "Medium", eg "High";
        /// Queue of a new ticket.
        queue: Option<LabelOrId> = none, eg "Level I Support";
        /// Ticket category.
        category: Option<LabelOrId> = none, eg "RMM Alert";
        /// Ticket type.
        kind as "type": Option<LabelOrId> = none, eg "Alert";
        /// Issue type.
        issue_type: Option<LabelOrId> = none, eg "Backup";
        /// Sub-issue type; it belongs to the issue type.
        sub_issue_type: Option<LabelOrId> = none, eg "Failed";
        /// Work type, a billing code.
        work_type: Option<LabelOrId> = none, eg "Remote Support";
        /// Hours until a ticket is due.
        due_in_hours: Option<u32> = 24, in 1..=8760, eg 4;
        /// Assigned resource; it needs `role`.
        resource: Option<LabelOrId> = none, eg "Jane Doe";
        /// Role of the assigned resource; Autotask requires both.
        role: Option<LabelOrId> = none, eg "Technician";
        /// Contact of a ticket: `"primary"` (the company's primary contact, if it has an active
        /// one), `"none"`, or the id of a contact of the company.
        contact: Option<TicketContact> = "none", eg "primary";
        /// Service level agreement.
        sla: Option<LabelOrId> = none, eg "Standard";
        /// User-defined fields of tickets, name to value: `{ "Cause" = "Backup" }`; a value of a
        /// list is given as Autotask shows it. A rule adds to those of the defaults.
        user_defined: Option<UserDefinedFields> = none, eg { "Cause" = "Backup" };
        /// Template of the title. Not set: acrotask's own. docs/configuration.md lists the
        /// variables.
        title: Option<Template> = none, eg "{{ title }}: {{ workload }}";
        /// Template of the description. Not set: acrotask's own.
        description: Option<Template> = none, eg "{{ text }}";
        check require_role: resource, role;
    }
}

section! {
    /// Rules for alerts: the first that matches applies; type takes precedence over category, and
    /// category over severity. A rule can set any key of `[tickets.defaults]` for its alerts.
    ///
    /// Rules on a type, and those on a workload or company alone, are tried before those on a
    /// category, and these before those on a severity. What a rule does not set is taken from
    /// `tickets.defaults`; a role is not taken over when the rule names a resource, nor a sub-issue
    /// type when it names an issue type.
    "tickets.rule" struct Rule: PartialEq, Eq {
        /// Which alerts: any of `type`, `category`, `severity`, `workload` (with `*` and `?`) and
        /// `company` (id); each is one value or a list of them.
        when as "match": Match,
            eg { type = "BackupFailed", category = ["Backup"], severity = "critical", workload = "db*", company = 4711 };
        // Only what the rule itself sets; see [`TicketFields::over`].
        ..fields: TicketFields;
        // Which rule of the file it is, from 1; what `--explain` shows. The list sets it.
        plus position: usize = no_position;
    }
}

section! {
    /// Which alerts: at least one key; every one that is set must hold. Each is one value or a list
    /// of which any may hold. Case does not matter.
    "tickets.rule.match" struct Match: Default, PartialEq, Eq {
        /// Id of an alert type, as `BackupFailed`.
        types as "type": Vec<String> = none, eg "BackupFailed";
        /// Name of a category, as `Backup`.
        categories as "category": Vec<String> = none, eg "Backup";
        /// Severity: `"ok"`, `"information"`, `"warning"`, `"error"` or `"critical"`.
        severities as "severity": Vec<Severity> = none, eg "critical";
        /// Pattern for the name of the workload: `*` is any text, `?` one character.
        workloads as "workload": Vec<Pattern> = none, eg "db*";
        /// Id of a company.
        companies as "company": Vec<CompanyId> = none, eg 4711;
        must Table::must_hold_one;
    }
}

fn no_position(_: &Table<'_>) -> usize {
    0
}

fn require_role(
    table: &Table<'_>,
    resource: &Option<LabelOrId>,
    role: &Option<LabelOrId>,
) -> Option<()> {
    if resource.is_some() && role.is_none() {
        let what = "also needs `role`: Autotask assigns both or none";
        return table.refuse("resource", what);
    }
    Some(())
}

/// Values of user-defined fields of tickets, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserDefinedFields(pub(crate) BTreeMap<String, String>);

impl ConfigValue for UserDefinedFields {
    const FORM: &'static Form = &Form::Pairs(String::FORM);

    fn read(node: &Node<'_>) -> Option<Self> {
        let pairs = node.read_pairs(|name, value| Some((name.to_owned(), value.read_text()?)))?;
        Some(Self(pairs.into_iter().collect()))
    }
}

impl ConfigValue for TicketContact {
    const FORM: &'static Form =
        &Form::Either(&[&Form::Words(|| vec!["primary", "none"]), &Form::Id(1)]);

    fn read(node: &Node<'_>) -> Option<Self> {
        match (node.as_text(), node.as_whole()) {
            (Some("primary"), _) => Some(Self::Primary),
            (Some("none"), _) => Some(Self::Nobody),
            (None, Some(id)) if id > 0 => Some(Self::Fixed(ContactId(id))),
            (_, _) => node.must_be("\"primary\", \"none\" or the id of a contact"),
        }
    }
}

impl TicketFields {
    /// These fields, and those of `base` where these are not set. A role goes with its resource, and
    /// a sub-issue type with its issue type: neither is taken over alone.
    pub(crate) fn combine_with(&self, base: &Self) -> Self {
        let Self {
            create,
            status,
            priority,
            queue,
            category,
            kind,
            issue_type,
            sub_issue_type,
            work_type,
            due_in_hours,
            resource,
            role,
            contact,
            sla,
            user_defined,
            title,
            description,
        } = self.clone();
        let base = base.clone();
        let base_role = base.role.filter(|_| resource.is_none());
        let base_sub_issue = base.sub_issue_type.filter(|_| issue_type.is_none());
        Self {
            create: create.or(base.create),
            status: status.or(base.status),
            priority: priority.or(base.priority),
            queue: queue.or(base.queue),
            category: category.or(base.category),
            kind: kind.or(base.kind),
            issue_type: issue_type.or(base.issue_type),
            sub_issue_type: sub_issue_type.or(base_sub_issue),
            work_type: work_type.or(base.work_type),
            due_in_hours: due_in_hours.or(base.due_in_hours),
            resource: resource.or(base.resource),
            role: role.or(base_role),
            contact: contact.or(base.contact),
            sla: sla.or(base.sla),
            user_defined: match (base.user_defined, user_defined) {
                (Some(base), Some(own)) => {
                    let all = base.0.into_iter().chain(own.0);
                    Some(UserDefinedFields(all.collect()))
                }
                (base, own) => own.or(base),
            },
            title: title.or(base.title),
            description: description.or(base.description),
        }
    }
}

/// The properties of an alert that rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlertTraits<'a> {
    pub(crate) kind: &'a str,
    pub(crate) category: &'a str,
    /// None for a word that is not known; such an alert falls under no condition on severity.
    pub(crate) severity: Option<Severity>,
    pub(crate) workload: &'a str,
    pub(crate) company: Option<CompanyId>,
}

impl Match {
    pub(crate) fn matches_alert(&self, alert: AlertTraits<'_>) -> bool {
        let Self {
            types,
            categories,
            severities,
            workloads,
            companies,
        } = self;
        (types.is_empty() || contains_name(types, alert.kind))
            && (categories.is_empty() || contains_name(categories, alert.category))
            && (severities.is_empty() || severities.iter().any(|one| alert.severity == Some(*one)))
            && (workloads.is_empty()
                || workloads.iter().any(|one| one.matches_name(alert.workload)))
            && (companies.is_empty() || companies.iter().any(|one| alert.company == Some(*one)))
    }

    /// Rank of a rule: type beats category beats severity. A rule on workload or company alone
    /// stands beside those on type, so that the order of the file decides between them.
    pub(super) fn sort_rank(&self) -> u8 {
        let on_kind = !self.types.is_empty();
        match (self.categories.is_empty(), self.severities.is_empty()) {
            (true, true) => 0,
            (_, _) if on_kind => 0,
            (false, _) => 1,
            (true, false) => 2,
        }
    }
}

/// Whether a text is among the wanted ones, without regard to case.
fn contains_name(wanted: &[String], text: &str) -> bool {
    let text = text.to_lowercase();
    wanted.iter().any(|one| one.to_lowercase() == text)
}
