//! `[tickets]`: how alerts become tickets.

use jiff::tz::TimeZone;

use super::keys::Form;
use super::label::LabelOrId;
use super::quiet::QuietWindow;
use super::read::{ConfigValue, Node};
use super::section::section;
use super::ticket_rules::{AlertTraits, Rule, TicketFields};
use crate::domain::ids::CompanyId;

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

section! {
    /// How alerts become tickets.
    "tickets" struct Tickets: PartialEq, Eq {
        /// Whether `sync-tickets` does anything.
        enabled: bool = true;
        /// Source of all tickets, by label or id.
        source: Option<LabelOrId> = none, eg "Monitoring Alert", called SOURCE;
        /// Type of all ticket notes, by label or id.
        ///
        /// Not set: the default of Autotask's picklist, else its value 1; `check` asks for it where
        /// there is neither.
        note_type: Option<LabelOrId> = none, eg "Task Notes", called NOTE_TYPE;
        /// Who may read the notes, by label or id.
        ///
        /// Not set: the value that is called internal; `check` asks for it where that is not plain.
        note_publish: Option<LabelOrId> = none, eg "Internal Users Only", called NOTE_PUBLISH;
        /// An alert that is raised again after its ticket was closed: `"always"` opens the ticket
        /// again, `"never"` creates a new one; a number of days from 1 to 3650 creates a new one if
        /// the old one has been closed for so long.
        reopen: Reopen = "always";
        /// How many days old an active alert may be to become a ticket on the very first run, or on
        /// the first run after its customer was mapped.
        first_run_days: u32 = 7, in 1..=365;
        /// Company, by id, that gets the tickets of unmapped tenants. Not set: they are only
        /// counted.
        catch_all_company: Option<CompanyId> = none, eg 0;
        /// Whether completing a ticket dismisses its alerts in Acronis. Merging it into another
        /// dismisses nothing.
        dismiss_on_complete: bool = false;
        /// Time zone of the maintenance windows and of the times in tickets. Not set: `time_zone`
        /// at the top.
        zone as "time_zone": Option<TimeZone> = none, eg "UTC";
        /// Tickets whose alerts are gone.
        auto_close: AutoClose = {};
        /// Alerts that come and go.
        damping: Damping = {};
        /// The fields of a ticket, unless a rule sets them.
        defaults: TicketFields = {};
        /// Rules for alerts.
        // In the order in which they are tried; see [`Tickets::rule_for`].
        rules as "rule": Vec<Rule> = none, by read_rules;
        /// Maintenance windows.
        quiet: Vec<QuietWindow> = none;
    }
}

section! {
    /// Tickets whose alerts are gone.
    "tickets.auto_close" struct AutoClose: PartialEq, Eq {
        /// Whether a ticket is closed when its alerts are gone.
        enabled: bool = false;
        /// Status of a closed ticket, by label or id; 5 is "Complete", whatever its label in your
        /// database is.
        status: LabelOrId = 5;
        /// Whether tickets are closed that a person has changed since.
        force: bool = false;
        /// Resolution text of a closed ticket.
        resolution: String = "The alert is no longer active in Acronis Cyber Protect Cloud.";
    }
}

section! {
    /// Delay for alerts that come and go. When both keys are set, either is enough; when none is,
    /// every alert becomes a ticket at once.
    "tickets.damping" struct Damping: Copy, Default, PartialEq, Eq {
        /// Minutes that an alert must have lasted before it becomes a ticket; 0 is off.
        minutes: Option<u32> = 0, in 0..=10_080;
        /// How often it must have occurred before it becomes a ticket; 0 is off.
        occurrences: Option<u32> = 0, in 0..=1_000;
    }
}

impl Tickets {
    /// The zone of the quiet windows and of the times in ticket texts.
    pub(crate) fn time_zone(&self) -> &TimeZone {
        static UTC: TimeZone = TimeZone::UTC;
        self.zone.as_ref().unwrap_or(&UTC)
    }

    /// The rule that an alert falls under: the first that matches, type before category before
    /// severity; none: the defaults alone.
    pub(crate) fn find_rule(&self, alert: AlertTraits<'_>) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|rule| rule.when.matches_alert(alert))
    }

    /// All fields of the ticket that a rule makes.
    pub(crate) fn combine_fields(&self, rule: Option<&Rule>) -> TicketFields {
        match rule {
            Some(rule) => rule.fields.combine_with(&self.defaults),
            None => self.defaults.clone(),
        }
    }
}

impl ConfigValue for Reopen {
    const FORM: &'static Form = &Form::Either(&[
        &Form::Words(|| vec!["always", "never"]),
        &Form::Whole(1..=3650),
    ]);

    fn read(node: &Node<'_>) -> Option<Self> {
        const DAYS_MAX: i64 = 3650;
        match (node.as_text(), node.as_whole()) {
            (Some("always"), _) => Some(Self::Always),
            (Some("never"), _) => Some(Self::Never),
            (None, Some(days)) if (1..=DAYS_MAX).contains(&days) => {
                node.read_whole(1..=DAYS_MAX).map(Self::UntilDays)
            }
            (_, _) => node.must_be(&format!(
                "\"always\", \"never\" or a number of days from 1 to {DAYS_MAX}"
            )),
        }
    }
}

/// Rules in the order in which they are tried: by rank, and within a rank as the file has them.
fn read_rules(node: &Node<'_>) -> Option<Vec<Rule>> {
    let read = node.read_list(Rule::read)?;
    let mut rules: Vec<Rule> = (1..)
        .zip(read)
        .map(|(position, rule)| Rule { position, ..rule })
        .collect();
    rules.sort_by_key(|rule| rule.when.sort_rank());
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
        let position = |alert| tickets.find_rule(alert).map(|rule| rule.position);
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
        let made = tickets.combine_fields(tickets.find_rule(alert("BackupFailed", "", "db")));
        assert_eq!(text(made.priority), "Critical");
        assert_eq!(text(made.queue), "First");
        assert_eq!(
            (text(made.resource), text(made.role)),
            ("11".into(), "12".into())
        );
        assert_eq!(text(made.issue_type), "Disk");
        assert_eq!(made.sub_issue_type, None);
        let plain = tickets.combine_fields(None);
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
