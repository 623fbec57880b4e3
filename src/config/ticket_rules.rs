//! `[tickets.defaults]` and `[[tickets.rule]]`: which alerts become tickets, and of which kind.

use super::keys::{Section, default, optional, required};
use super::label::{LabelOrId, label_or_id};
use super::pattern::{self, Pattern};
use super::read::{Node, Table, words};
use super::template::{self, Template};
use crate::domain::ids::CompanyId;

pub(super) const DEFAULTS: Section = Section {
    path: "tickets.defaults",
    keys: &[
        default("create", "true"),
        default("status", "1"),
        default("priority", "\"Medium\""),
        optional("queue"),
        optional("category"),
        optional("type"),
        optional("issue_type"),
        optional("sub_issue_type"),
        optional("work_type"),
        default("due_in_hours", "24"),
        optional("resource"),
        optional("role"),
        optional("title"),
        optional("description"),
    ],
};

pub(super) const RULE: Section = Section {
    path: "tickets.rule",
    keys: &[
        required("match"),
        optional("create"),
        optional("status"),
        optional("priority"),
        optional("queue"),
        optional("category"),
        optional("type"),
        optional("issue_type"),
        optional("sub_issue_type"),
        optional("work_type"),
        optional("due_in_hours"),
        optional("resource"),
        optional("role"),
        optional("title"),
        optional("description"),
    ],
};

pub(super) const MATCH: Section = Section {
    path: "tickets.rule.match",
    keys: &[
        optional("type"),
        optional("category"),
        optional("severity"),
        optional("workload"),
        optional("company"),
    ],
};

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

/// The fields of a ticket, where they are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TicketFields {
    /// Whether an alert becomes a ticket or is ignored.
    pub(crate) create: Option<bool>,
    pub(crate) status: Option<LabelOrId>,
    pub(crate) priority: Option<LabelOrId>,
    pub(crate) queue: Option<LabelOrId>,
    /// Ticket category.
    pub(crate) category: Option<LabelOrId>,
    /// Ticket type.
    pub(crate) kind: Option<LabelOrId>,
    pub(crate) issue_type: Option<LabelOrId>,
    pub(crate) sub_issue_type: Option<LabelOrId>,
    /// Billing code of the work.
    pub(crate) work_type: Option<LabelOrId>,
    /// Hours from creation to the due date.
    pub(crate) due_in_hours: Option<u32>,
    /// Assigned resource; Autotask wants its role beside it.
    pub(crate) resource: Option<LabelOrId>,
    pub(crate) role: Option<LabelOrId>,
    /// None: acrotask's own text.
    pub(crate) title: Option<Template>,
    /// None: acrotask's own text.
    pub(crate) description: Option<Template>,
}

impl TicketFields {
    /// These fields, and those of `base` where these are not set. A role goes with its resource, and
    /// a sub-issue type with its issue type: neither is taken over alone.
    pub(crate) fn over(&self, base: &Self) -> Self {
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
            title: title.or(base.title),
            description: description.or(base.description),
        }
    }
}

/// What an alert must be to fall under a rule: every condition that is set must hold, each by one
/// of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Match {
    /// Ids of alert types, compared without regard to case.
    pub(crate) types: Vec<String>,
    /// Names of categories, compared without regard to case.
    pub(crate) categories: Vec<String>,
    pub(crate) severities: Vec<Severity>,
    pub(crate) workloads: Vec<Pattern>,
    pub(crate) companies: Vec<CompanyId>,
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
    pub(crate) fn holds(&self, alert: AlertTraits<'_>) -> bool {
        let Self {
            types,
            categories,
            severities,
            workloads,
            companies,
        } = self;
        (types.is_empty() || names(types, alert.kind))
            && (categories.is_empty() || names(categories, alert.category))
            && (severities.is_empty() || severities.iter().any(|one| alert.severity == Some(*one)))
            && (workloads.is_empty() || workloads.iter().any(|one| one.matches(alert.workload)))
            && (companies.is_empty() || companies.iter().any(|one| alert.company == Some(*one)))
    }

    /// Rank of a rule: type beats category beats severity. A rule on workload or company alone
    /// stands beside those on type, so that the order of the file decides between them.
    pub(super) fn rank(&self) -> u8 {
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
fn names(wanted: &[String], text: &str) -> bool {
    let text = text.to_lowercase();
    wanted.iter().any(|one| one.to_lowercase() == text)
}

/// One `[[tickets.rule]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Which rule of the file it is, from 1; what `--explain` shows.
    pub(crate) position: usize,
    pub(crate) when: Match,
    /// Only what the rule itself sets; see [`TicketFields::over`].
    pub(crate) fields: TicketFields,
}

/// Reads one rule; its position is set by the list that it stands in.
pub(super) fn read_rule(table: &Table<'_>) -> Option<Rule> {
    let when = table.read("match", read_match);
    let fields = read_fields(table);
    Some(Rule {
        position: 0,
        when: when?,
        fields: fields?,
    })
}

pub(super) fn read_match(node: &Node<'_>) -> Option<Match> {
    let table = node.table(&MATCH)?;
    let many = |name| table.maybe(name, |node| node.one_or_many(Node::text));
    let types = many("type");
    let categories = many("category");
    let severities = table.maybe("severity", |node| node.one_or_many(Node::word));
    let workloads = table.maybe("workload", |node| node.one_or_many(pattern::read));
    let companies = table.maybe("company", |node| node.one_or_many(company));
    let when = Match {
        types: types?.unwrap_or_default(),
        categories: categories?.unwrap_or_default(),
        severities: severities?.unwrap_or_default(),
        workloads: workloads?.unwrap_or_default(),
        companies: companies?.unwrap_or_default(),
    };
    if when == Match::default() {
        return node.refuse(
            "must hold at least one of `type`, `category`, `severity`, `workload`, `company`",
        );
    }
    Some(when)
}

pub(super) fn company(node: &Node<'_>) -> Option<CompanyId> {
    match node.as_whole() {
        Some(id) if id >= 0 => Some(CompanyId(id)),
        Some(_) | None => node.must_be("the id of a company, a number"),
    }
}

pub(super) fn read_fields(table: &Table<'_>) -> Option<TicketFields> {
    let pick = |name| table.maybe(name, label_or_id);
    let create = table.maybe("create", Node::flag);
    let (status, priority, queue) = (pick("status"), pick("priority"), pick("queue"));
    let (category, kind) = (pick("category"), pick("type"));
    let (issue_type, sub_issue_type) = (pick("issue_type"), pick("sub_issue_type"));
    let work_type = pick("work_type");
    let due_in_hours = table.maybe("due_in_hours", |node| node.whole(1..=8760));
    let (resource, role) = (pick("resource"), pick("role"));
    let title = table.maybe("title", template::read);
    let description = table.maybe("description", template::read);
    let fields = TicketFields {
        create: create?,
        status: status?,
        priority: priority?,
        queue: queue?,
        category: category?,
        kind: kind?,
        issue_type: issue_type?,
        sub_issue_type: sub_issue_type?,
        work_type: work_type?,
        due_in_hours: due_in_hours?,
        resource: resource?,
        role: role?,
        title: title?,
        description: description?,
    };
    if fields.resource.is_some() && fields.role.is_none() {
        table.problem(
            "resource",
            "needs `role` beside it: Autotask assigns both or none",
        );
        return None;
    }
    Some(fields)
}
