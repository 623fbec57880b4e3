//! What tickets and notes say: plain text that a technician can act on. What a source may make as
//! long as it likes has room of its own, so that what stands behind it is never cut.

pub(super) mod notes;
pub(super) mod summary;
mod titles;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::fingerprint::{self, Saying};
use super::associations::TicketAssociations;
use super::facts::{Alert, Destination};
use crate::config::TicketFields;
use crate::domain::ids::AlertId;
use crate::domain::text::{clean_line, cut_to_length, utf16_length};
use crate::domain::tickets::{AlertSaying, TicketAlert};

/// Room for what happened, for all other details, and for any one line; with the words around them
/// they stay below the 8000 characters of a description (autotask.md §8.11).
const MESSAGE_MAX: usize = 3_200;
const DETAILS_MAX: usize = 1_600;
const LINE_MAX: usize = 200;
/// The same of a description that tells several alerts: the others have room besides.
const MESSAGE_MAX_OF_SEVERAL: usize = 1_600;
const DETAILS_MAX_OF_SEVERAL: usize = 800;
/// Characters of a description, some left for line ends.
const DESCRIPTION_ROOM: usize = 7_800;
/// Characters of what happened, and details, that are remembered of an alert.
const SAYING_MAX: usize = 2_000;
const DETAILS_KEPT: usize = 40;

/// Everything that a text may name.
#[derive(Clone, Debug)]
pub(crate) struct AlertText<'a> {
    pub(crate) account: &'a str,
    pub(crate) company: String,
    pub(crate) destination: &'a Destination,
    pub(crate) alert: &'a Alert,
    pub(crate) console: &'a str,
    pub(crate) first_seen: Option<Timestamp>,
    pub(crate) times: i64,
    pub(crate) associations: TicketAssociations,
    pub(crate) external_id: &'a str,
    pub(crate) zone: &'a TimeZone,
    /// The other active alerts of the ticket.
    pub(crate) others: Vec<&'a TicketAlert>,
}

/// `Backup failed`.
fn alert_name(alert: &Alert) -> String {
    let own = alert.details.title.as_deref();
    own.map_or_else(|| titles::title_of_type(&alert.kind), str::to_owned)
}

/// `srv-01: Backup failed`, as lists show an alert.
pub(crate) fn alert_label(alert: &Alert) -> String {
    let name = alert_name(alert);
    if alert.details.workload.is_empty() {
        name
    } else {
        format!("{}: {name}", alert.details.workload)
    }
}

/// What an alert says, as it is remembered and compared.
pub(crate) fn saying_of(alert: &Alert) -> AlertSaying {
    let details = &alert.details;
    let short = |(name, value): (&String, &String)| (name.clone(), cut_to_length(value, LINE_MAX));
    AlertSaying {
        problem: cut_to_length(&alert_name(alert), LINE_MAX),
        severity: alert.severity_word.clone(),
        workload: cut_to_length(&details.workload, LINE_MAX),
        plan: cut_to_length(&details.plan, LINE_MAX),
        message: cut_to_length(&details.message, SAYING_MAX),
        details: details.other.iter().take(DETAILS_KEPT).map(short).collect(),
        since: alert.created,
        times: 0,
    }
}

/// Of everything that the alert itself says.
pub(crate) fn alert_fingerprint(alert: &Alert) -> String {
    let details = &alert.details;
    fingerprint::of_saying(Saying {
        kind: &alert.kind,
        title: details.title.as_deref().unwrap_or_default(),
        severity: &alert.severity_word,
        workload: &details.workload,
        plan: &details.plan,
        message: &details.message,
        other: &details.other,
    })
}

impl AlertText<'_> {
    /// The title: the configured template, or `Backup failed: srv-01`.
    ///
    /// # Errors
    /// What the template language says.
    pub(crate) fn render_title(&self, fields: &TicketFields) -> Result<String, String> {
        if let Some(template) = &fields.title {
            let title = template.render_text(&self.template_values())?;
            return Ok(clean_line(&title));
        }
        let name = alert_name(self.alert);
        let about = if self.alert.details.workload.is_empty() {
            self.customer_name()
        } else {
            &self.alert.details.workload
        };
        // A ticket of the catch-all company may be anybody's.
        if self.is_unmapped() && about != self.customer_name() {
            return Ok(format!("{name}: {about} ({})", self.customer_name()));
        }
        Ok(format!("{name}: {about}"))
    }

    /// The description, and which alerts it tells: the configured template, or acrotask's own text.
    ///
    /// # Errors
    /// What the template language says.
    pub(crate) fn render_description(
        &self,
        fields: &TicketFields,
    ) -> Result<(String, BTreeSet<AlertId>), String> {
        let (text, mut told) = self.full_text();
        let text = match &fields.description {
            Some(template) => {
                let rendered = template.render_text(&self.template_values())?;
                if !rendered.contains(text.trim()) {
                    told.clear();
                }
                rendered
            }
            None => text,
        };
        told.insert(self.alert.id.clone());
        Ok((text, told))
    }

    /// The customer's name; the company's where the tenant is not mapped any more.
    fn customer_name(&self) -> &str {
        if self.destination.customer.is_empty() {
            &self.company
        } else {
            &self.destination.customer
        }
    }

    fn is_unmapped(&self) -> bool {
        self.destination.tenant.is_none() && !self.destination.customer.is_empty()
    }

    /// All facts, the ones to act on first, and which of the other alerts they tell.
    pub(crate) fn full_text(&self) -> (String, BTreeSet<AlertId>) {
        let text = self.lead_text();
        let end = self.end_text();
        let used = utf16_length(&text) + utf16_length(&end) + LINE_MAX;
        let lead = saying_of(self.alert);
        let room = DESCRIPTION_ROOM.saturating_sub(used);
        let told = notes::tell_others(&lead, &self.others, room, self.zone);
        let mut lines = TextLines(text);
        lines.add_part(&self.name_others(&told.alerts), &told.text);
        lines.add_blank();
        lines.0.push_str(&end);
        (lines.0, told.alerts)
    }

    /// How many other alerts there are, and how many of them a note tells.
    fn name_others(&self, told: &BTreeSet<AlertId>) -> String {
        let (all, left) = (self.others.len(), self.others.len() - told.len());
        let alerts = if all == 1 { "alert is" } else { "alerts are" };
        match left {
            0 => format!("{all} more {alerts} active under this ticket"),
            left => format!(
                "{all} more {alerts} active under this ticket, {left} of them in the next note"
            ),
        }
    }

    /// The alert that the ticket is made for.
    fn lead_text(&self) -> String {
        let alert = self.alert;
        let details = &alert.details;
        let mut text = TextLines::default();
        text.add_line("Customer", self.customer_name());
        text.add_line("Workload", &details.workload);
        text.add_line("Plan", &details.plan);
        text.add_line("Problem", &alert_name(alert));
        text.add_line("Severity", &alert.severity_word);
        text.add_line(
            "First seen",
            &self.show_time(self.first_seen.or(alert.created)),
        );
        text.add_line("Last seen", &self.show_time(alert.changed_at()));
        text.add_line("Times", &self.times.to_string());
        text.add_part("What happened", &self.cut_message());
        text.add_part(
            "First step",
            titles::first_step(&alert.kind, &alert.category).unwrap_or_default(),
        );
        text.add_part("Details", &self.list_details());
        text.0
    }

    /// Where to go on, and what the ticket was made by.
    fn end_text(&self) -> String {
        let alert = self.alert;
        let mut text = TextLines::default();
        text.add_line(
            "Console",
            &where_to_click(self.console, self.customer_name()),
        );
        text.add_line("Contract", &self.associations.contract_words);
        text.add_line("Configuration item", &self.associations.item_words);
        text.add_line("Alert", &format!("{} ({})", alert.kind, alert.category));
        text.add_line(
            "acrotask",
            &format!("{} {}", self.account, self.external_id),
        );
        text.0
    }

    fn cut_message(&self) -> String {
        let max = if self.others.is_empty() {
            MESSAGE_MAX
        } else {
            MESSAGE_MAX_OF_SEVERAL
        };
        cut_to_length(self.alert.details.message.trim(), max)
    }

    fn list_details(&self) -> String {
        let other = self.alert.details.other.iter();
        let lines: Vec<String> = other
            .map(|(name, value)| cut_to_length(&format!("{name}: {value}"), LINE_MAX))
            .collect();
        let max = if self.others.is_empty() {
            DETAILS_MAX
        } else {
            DETAILS_MAX_OF_SEVERAL
        };
        cut_to_length(&lines.join("\n"), max)
    }

    fn template_values(&self) -> BTreeMap<&'static str, String> {
        let alert = self.alert;
        let details = &alert.details;
        let tenant = self.destination.tenant.as_ref();
        BTreeMap::from([
            ("account", self.account.to_owned()),
            ("category", alert.category.clone()),
            ("company", self.company.clone()),
            ("company_id", self.destination.company.to_string()),
            ("console_url", self.console.to_owned()),
            ("contract", self.associations.contract_name.clone()),
            ("customer", self.customer_name().to_owned()),
            (
                "first_seen",
                self.show_time(self.first_seen.or(alert.created)),
            ),
            (
                "first_step",
                titles::first_step(&alert.kind, &alert.category)
                    .unwrap_or_default()
                    .to_owned(),
            ),
            ("last_seen", self.show_time(alert.changed_at())),
            ("plan", details.plan.clone()),
            ("severity", alert.severity_word.clone()),
            (
                "tenant",
                tenant.map(ToString::to_string).unwrap_or_default(),
            ),
            ("text", self.full_text().0),
            ("times", self.times.to_string()),
            ("title", alert_name(alert)),
            ("type", alert.kind.clone()),
            ("workload", details.workload.clone()),
        ])
    }

    fn show_time(&self, at: Option<Timestamp>) -> String {
        at.map(|at| format_time(at, self.zone)).unwrap_or_default()
    }
}

/// The console's address, and the way from there to the alerts of a customer: no address of a single
/// customer or alert is documented (acronis.md §8).
pub(super) fn where_to_click(console: &str, customer: &str) -> String {
    if customer.is_empty() {
        return console.to_owned();
    }
    let customer = cut_to_length(customer, LINE_MAX / 3);
    format!("{console} > Clients > {customer} > Manage service > Alerts")
}

/// `2026-08-20 06:11 CEST`.
pub(crate) fn format_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M %Z")
        .to_string()
}

/// Whether two note texts are the same; line ends and outer blanks may have been normalised.
pub(super) fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

#[derive(Debug, Default)]
pub(super) struct TextLines(pub(super) String);

impl TextLines {
    /// `name: value`; nothing where there is no value.
    pub(super) fn add_line(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            // Writing into a String cannot fail.
            let _ = writeln!(self.0, "{name}: {}", cut_to_length(value.trim(), LINE_MAX));
        }
    }

    /// A heading with a text below, set off by a blank line.
    fn add_part(&mut self, name: &str, text: &str) {
        if !text.trim().is_empty() {
            let _ = writeln!(self.0, "\n{name}:\n{}", text.trim());
        }
    }

    pub(super) fn add_text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            let _ = writeln!(self.0, "{}", text.trim());
        }
    }

    pub(super) fn add_blank(&mut self) {
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::Details;
    use super::*;

    fn alert(message: &str, other: &[(&str, &str)]) -> Alert {
        let other = other.iter();
        Alert {
            id: AlertId::new("a"),
            kind: "BackupFailed".to_owned(),
            category: "Backup".to_owned(),
            severity: None,
            severity_word: "error".to_owned(),
            created: None,
            updated: Timestamp::UNIX_EPOCH,
            active: true,
            ignored: false,
            details: Details {
                message: message.to_owned(),
                other: other
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                ..Details::default()
            },
        }
    }

    #[test]
    fn only_what_an_alert_says_anew_changes_its_fingerprint() {
        let base = alert("Disk 1 of 2 is full, code 0x45.", &[("lastRun", "11:00")]);
        let print = |message, name, value| alert_fingerprint(&alert(message, &[(name, value)]));
        let same = "Disk 1 of 2 is full, code 0x45.";
        for (message, name, value, anew) in [
            (same, "lastRun", "12:00", false),
            (same, "lastRun", "2026-09-15T12:00:00.5Z", false),
            (same, "lastRun", "never", true),
            (same, "nextRun", "11:00", true),
            ("Disk 2 of 2 is full, code 0x45.", "lastRun", "11:00", true),
            ("Disk 1 of 2 is full, code 0x46.", "lastRun", "11:00", true),
        ] {
            let changed = print(message, name, value) != alert_fingerprint(&base);
            assert_eq!(changed, anew, "{message} {name}={value}");
        }
        let at = |time: &str| alert_fingerprint(&alert(&format!("It failed at {time}."), &[]));
        assert_eq!(at("2026-09-15 11:00:02"), at("2026-09-16 12:30:01"));
        let one = |name, value| alert_fingerprint(&alert("", &[(name, value)]));
        assert_eq!(one("daysPassed", "3"), one("daysPassed", "4"));
        assert_ne!(one("incidentId", "3"), one("incidentId", "4"));
    }
}
