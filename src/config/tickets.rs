//! `[tickets]`: how alerts become tickets.

use jiff::tz::TimeZone;

use super::keys::{Section, default, optional, table};
use super::label::{LabelOrId, label_or_id};
use super::quiet::{self, QUIET, QuietWindow};
use super::read::{Node, Table};
use super::ticket_rules::{
    AlertTraits, DEFAULTS, RULE, Rule, TicketFields, company, read_fields, read_rule,
};
use crate::domain::ids::CompanyId;

pub(super) const TICKETS: Section = Section {
    path: "tickets",
    keys: &[
        default("enabled", "true"),
        optional("source"),
        optional("note_type"),
        optional("note_publish"),
        default("reopen", "\"always\""),
        default("first_run_days", "7"),
        optional("catch_all_company"),
        default("dismiss_on_complete", "false"),
        optional("time_zone"),
        table("auto_close"),
        table("damping"),
        table("defaults"),
        table("rule"),
        table("quiet"),
    ],
};

pub(super) const AUTO_CLOSE: Section = Section {
    path: "tickets.auto_close",
    keys: &[
        default("enabled", "false"),
        default("status", "5"),
        default("force", "false"),
        default(
            "resolution",
            "\"The alert is no longer active in Acronis Cyber Protect Cloud.\"",
        ),
    ],
};

pub(super) const DAMPING: Section = Section {
    path: "tickets.damping",
    keys: &[default("minutes", "0"), default("occurrences", "0")],
};

/// What happens when an alert is raised again after its ticket was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reopen {
    /// The ticket is opened again.
    Always,
    /// There is a new ticket.
    Never,
    /// A new ticket once the old one has been closed for at least so many days, else the old one.
    UntilDays(u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AutoClose {
    pub(crate) enabled: bool,
    /// Status that a closed ticket gets.
    pub(crate) status: LabelOrId,
    /// Close also what a person changed since our last write.
    pub(crate) force: bool,
    /// Resolution text.
    pub(crate) resolution: String,
}

/// How long or how often an alert must have been there before it is worth a ticket. When both are
/// set either is enough; when none is, every alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Damping {
    pub(crate) minutes: Option<u32>,
    pub(crate) occurrences: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tickets {
    pub(crate) enabled: bool,
    /// Ticket source.
    pub(crate) source: Option<LabelOrId>,
    pub(crate) note_type: Option<LabelOrId>,
    pub(crate) note_publish: Option<LabelOrId>,
    pub(crate) reopen: Reopen,
    /// How old, in days, an active alert may be to become a ticket on the very first run.
    pub(crate) first_run_days: u32,
    /// Company that gets the tickets of tenants without a mapping.
    pub(crate) catch_all_company: Option<CompanyId>,
    /// Whether completing a ticket dismisses its alerts in Acronis.
    pub(crate) dismiss_on_complete: bool,
    /// Zone of the quiet windows and of the times in ticket texts, where it is another than that of
    /// the file itself; a run fills it in. Read it by [`Tickets::zone`].
    pub(crate) zone: Option<TimeZone>,
    pub(crate) auto_close: AutoClose,
    pub(crate) damping: Damping,
    pub(crate) defaults: TicketFields,
    /// In the order in which they are tried; see [`Tickets::rule_for`].
    pub(crate) rules: Vec<Rule>,
    pub(crate) quiet: Vec<QuietWindow>,
}

impl Tickets {
    /// The zone of the quiet windows and of the times in ticket texts.
    pub(crate) fn zone(&self) -> &TimeZone {
        static UTC: TimeZone = TimeZone::UTC;
        self.zone.as_ref().unwrap_or(&UTC)
    }

    /// The rule that an alert falls under: the first that matches, type before category before
    /// severity; none: the defaults alone.
    pub(crate) fn rule_for(&self, alert: AlertTraits<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.when.holds(alert))
    }

    /// All fields of the ticket that a rule makes.
    pub(crate) fn fields_of(&self, rule: Option<&Rule>) -> TicketFields {
        match rule {
            Some(rule) => rule.fields.over(&self.defaults),
            None => self.defaults.clone(),
        }
    }
}

pub(super) fn read(table: &Table<'_>) -> Option<Tickets> {
    let enabled = table.read("enabled", Node::flag);
    let source = table.maybe("source", label_or_id);
    let note_type = table.maybe("note_type", label_or_id);
    let note_publish = table.maybe("note_publish", label_or_id);
    let reopen = table.read("reopen", reopen);
    let first_run_days = table.read("first_run_days", |node| node.whole(1..=365));
    let catch_all_company = table.maybe("catch_all_company", company);
    let dismiss_on_complete = table.read("dismiss_on_complete", Node::flag);
    let zone = table.maybe("time_zone", Node::time_zone);
    let auto_close = table.table("auto_close", &AUTO_CLOSE);
    let auto_close = auto_close.and_then(|table| read_auto_close(&table));
    let damping = table.table("damping", &DAMPING);
    let damping = damping.and_then(|table| read_damping(&table));
    let defaults = table.table("defaults", &DEFAULTS);
    let defaults = defaults.and_then(|table| read_fields(&table));
    let rules = table.maybe("rule", rules);
    let quiet = table.maybe("quiet", |node| {
        node.list(|item| quiet::read(&item.table(&QUIET)?))
    });
    Some(Tickets {
        enabled: enabled?,
        source: source?,
        note_type: note_type?,
        note_publish: note_publish?,
        reopen: reopen?,
        first_run_days: first_run_days?,
        catch_all_company: catch_all_company?,
        dismiss_on_complete: dismiss_on_complete?,
        zone: zone?,
        auto_close: auto_close?,
        damping: damping?,
        defaults: defaults?,
        rules: rules?.unwrap_or_default(),
        quiet: quiet?.unwrap_or_default(),
    })
}

fn reopen(node: &Node<'_>) -> Option<Reopen> {
    const DAYS_MAX: i64 = 3650;
    match (node.as_text(), node.as_whole()) {
        (Some("always"), _) => Some(Reopen::Always),
        (Some("never"), _) => Some(Reopen::Never),
        (None, Some(days)) if (1..=DAYS_MAX).contains(&days) => {
            node.whole(1..=DAYS_MAX).map(Reopen::UntilDays)
        }
        (_, _) => node.must_be(&format!(
            "\"always\", \"never\" or a number of days from 1 to {DAYS_MAX}"
        )),
    }
}

fn read_auto_close(table: &Table<'_>) -> Option<AutoClose> {
    let enabled = table.read("enabled", Node::flag);
    let status = table.read("status", label_or_id);
    let force = table.read("force", Node::flag);
    let resolution = table.read("resolution", Node::text);
    Some(AutoClose {
        enabled: enabled?,
        status: status?,
        force: force?,
        resolution: resolution?,
    })
}

fn read_damping(table: &Table<'_>) -> Option<Damping> {
    let minutes: Option<u32> = table.read("minutes", |node| node.whole(0..=10_080));
    let occurrences: Option<u32> = table.read("occurrences", |node| node.whole(0..=1_000));
    Some(Damping {
        minutes: Some(minutes?).filter(|minutes| *minutes > 0),
        occurrences: Some(occurrences?).filter(|times| *times > 0),
    })
}

/// Rules in the order in which they are tried: by rank, and within a rank as the file has them.
fn rules(node: &Node<'_>) -> Option<Vec<Rule>> {
    let read = node.list(|item| read_rule(&item.table(&RULE)?))?;
    let mut rules: Vec<Rule> = (1..)
        .zip(read)
        .map(|(position, rule)| Rule { position, ..rule })
        .collect();
    rules.sort_by_key(|rule| rule.when.rank());
    Some(rules)
}

#[cfg(test)]
mod tests {
    use super::super::ticket_rules::Severity;
    use super::super::{from_text, load::SAMPLE};
    use super::*;

    fn tickets(more: &str) -> Tickets {
        from_text(&format!("{SAMPLE}{more}")).unwrap().tickets
    }

    const RULES: &str = r#"
[tickets.defaults]
queue = "First"
resource = "Jane"
role = "Technician"
issue_type = "Backup"
sub_issue_type = "Failed"
[[tickets.rule]]
match = { severity = ["error", "critical"] }
priority = "High"
[[tickets.rule]]
match = { category = "backup" }
queue = 8
[[tickets.rule]]
match = { workload = "test-*" }
create = false
[[tickets.rule]]
match = { type = "BackupFailed", company = [7, 8] }
priority = "Critical"
resource = 11
role = 12
issue_type = "Disk"
"#;

    fn alert<'a>(kind: &'a str, category: &'a str, workload: &'a str) -> AlertTraits<'a> {
        AlertTraits {
            kind,
            category,
            severity: Some(Severity::Critical),
            workload,
            company: Some(CompanyId(7)),
        }
    }

    #[test]
    fn type_beats_category_beats_severity_and_the_file_decides_among_equals() {
        let tickets = tickets(RULES);
        let position = |alert| tickets.rule_for(alert).map(|rule| rule.position);
        assert_eq!(position(alert("BackupFailed", "Backup", "db")), Some(4));
        assert_eq!(position(alert("backupfailed", "Backup", "Test-1")), Some(3));
        assert_eq!(position(alert("BackupCanceled", "Backup", "db")), Some(2));
        assert_eq!(position(alert("DiskFull", "System", "db")), Some(1));
        let other = AlertTraits {
            company: None,
            severity: None,
            ..alert("BackupFailed", "", "db")
        };
        assert_eq!(position(other), None);
    }

    #[test]
    fn a_rule_overrides_the_defaults_and_a_role_never_goes_to_another_resource() {
        let tickets = tickets(RULES);
        let text = |field: Option<LabelOrId>| field.map_or_else(String::new, |one| one.to_string());
        let made = tickets.fields_of(tickets.rule_for(alert("BackupFailed", "", "db")));
        assert_eq!(text(made.priority), "Critical");
        assert_eq!(text(made.queue), "First");
        assert_eq!(
            (text(made.resource), text(made.role)),
            ("11".into(), "12".into())
        );
        assert_eq!(text(made.issue_type), "Disk");
        assert_eq!(made.sub_issue_type, None);
        let plain = tickets.fields_of(None);
        assert_eq!(text(plain.priority), "Medium");
        assert_eq!(text(plain.sub_issue_type), "Failed");
        assert_eq!(plain.due_in_hours, Some(24));
    }

    #[test]
    fn reopening_and_damping_are_words_or_numbers() {
        let told = tickets("[tickets]\nreopen = 14\n[tickets.damping]\nminutes = 30\n");
        assert_eq!(told.reopen, Reopen::UntilDays(14));
        assert_eq!(told.damping.minutes, Some(30));
        assert_eq!(told.damping.occurrences, None);
        assert_eq!(
            tickets("[tickets]\nreopen = 'never'\n").reopen,
            Reopen::Never
        );
    }
}
