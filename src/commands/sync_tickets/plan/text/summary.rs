//! What a summary says: its alerts, one to a line.

use std::collections::BTreeMap;
// Writing into a String cannot fail.
use std::fmt::Write as _;

use crate::domain::digest;
use crate::domain::text::{cut_to_length, utf16_length};
use crate::domain::tickets::{AlertSaying, TicketAlert};

/// Alerts listed by name in a summary; its description holds 8000 characters.
const LISTED_MAX: usize = 90;
/// Characters of one name.
const LABEL_MAX: usize = 70;
/// Characters of all lines together, so that what follows them is not cut off.
const LIST_MAX: usize = 6_570;

/// The first of them by name, and how many more there are.
pub(in super::super) fn list_alerts(alerts: &[TicketAlert]) -> String {
    let names: Vec<&str> = alerts.iter().map(|alert| alert.label.as_str()).collect();
    list_lines(&names)
}

/// As [`list_alerts`], each name once.
pub(in super::super) fn list_names(alerts: &[TicketAlert]) -> String {
    let names = count_names(alerts);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    list_lines(&names)
}

/// The alerts that are graver than they were, each with how grave it was and is.
pub(in super::super) fn list_risen(risen: &[(&AlertSaying, &TicketAlert)]) -> String {
    let line = |(was, now): &(&AlertSaying, &TicketAlert)| {
        let label = cut_to_length(&now.label, LABEL_MAX + CUSTOMER_MAX - RISE_MAX);
        let severity = now.says.as_ref().map_or("", |says| &says.severity);
        format!("{label}: {} → {severity}", was.severity)
    };
    let lines: Vec<String> = risen.iter().map(line).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    list_lines(&lines)
}

fn list_lines(names: &[&str]) -> String {
    let mut text = String::new();
    let mut listed = 0;
    for name in names.iter().take(LISTED_MAX) {
        let line = format!("- {}\n", cut_to_length(name, LABEL_MAX + CUSTOMER_MAX));
        if utf16_length(&text) + utf16_length(&line) > LIST_MAX {
            break;
        }
        text.push_str(&line);
        listed += 1;
    }
    let more = names.len().saturating_sub(listed);
    if more > 0 {
        let _ = writeln!(text, "and {more} more");
    }
    text
}

/// Each name once, in the order of the alerts, with how many go by it.
pub(in super::super) fn count_names(alerts: &[TicketAlert]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut names: Vec<&str> = Vec::new();
    for alert in alerts {
        let count = counts.entry(&alert.label).or_default();
        *count += 1;
        if *count == 1 {
            names.push(&alert.label);
        }
    }
    let line = |name: &str| match counts.get(name) {
        Some(count) if *count > 1 => format!("{name} ({count} alerts)"),
        Some(_) | None => name.to_owned(),
    };
    names.into_iter().map(line).collect()
}

/// Characters of `: information → critical`.
const RISE_MAX: usize = 24;
/// What every summary says.
const SAYS: &str = "Many alerts came at once and stand here in one ticket.";
/// Characters of a customer's name behind an alert's: one that is unknown goes by a whole UUID.
const CUSTOMER_MAX: usize = 70;

/// An alert's name with its customer's, as one line of the list: `X-1: Backup failed (Unrelated)`.
pub(in super::super) fn with_customer(label: &str, customer: &str) -> String {
    let customer = cut_to_length(customer.trim(), CUSTOMER_MAX);
    if customer.is_empty() {
        return label.to_owned();
    }
    let room = LABEL_MAX + CUSTOMER_MAX - 3 - utf16_length(&customer);
    let label = cut_to_length(label, LABEL_MAX.min(room));
    format!("{label} ({customer})")
}

/// The description of a summary of these alerts; those of several customers when none is named.
pub(in super::super) fn describe_summary(
    customer: Option<&str>,
    console: &str,
    contract: &str,
    alerts: &[TicketAlert],
) -> String {
    let customer = customer.unwrap_or("several; each line names its own");
    let (active, ended): (Vec<TicketAlert>, Vec<TicketAlert>) =
        alerts.iter().cloned().partition(|alert| alert.active);
    let mut text = format!(
        "Customer: {customer}\n{SAYS}\n\nActive: {}\n{}",
        active.len(),
        list_alerts(&active)
    );
    if !ended.is_empty() {
        let _ = write!(text, "\nEnded: {}\n", ended.len());
    }
    let _ = write!(text, "\nConsole: {console}\n");
    if !contract.is_empty() {
        let _ = writeln!(text, "Contract: {contract}");
    }
    text
}

/// Of the words alone: line ends and blanks may have been normalised.
pub(in super::super) fn description_fingerprint(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    digest::short_digest(&words.join(" "))
}

/// Whether a description is made of nothing but the lines of a summary. It is asked only where it is
/// not known what was written last; what a person wrote there reads differently.
pub(in super::super) fn reads_like_ours(text: &str) -> bool {
    let named = [
        "Customer: ",
        "Active: ",
        "Ended: ",
        "Console: ",
        "Contract: ",
    ];
    let known = |line: &str| {
        line.is_empty()
            || line == SAYS
            || line.starts_with("- ")
            || (line.starts_with("and ") && line.ends_with(" more"))
            || named.iter().any(|name| line.starts_with(name))
    };
    text.lines().any(|line| line.trim() == SAYS) && text.lines().all(|line| known(line.trim()))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::super::changes::has_many_customers;
    use super::*;
    use crate::domain::ids::{AlertId, CompanyId};

    #[test]
    fn long_names_are_cut_at_a_word_and_long_lists_are_counted() {
        let alert = |n: usize, label: &str| TicketAlert {
            id: AlertId::new(&n.to_string()),
            key: n.to_string(),
            label: label.to_owned(),
            fingerprint: String::new(),
            updated_at: Timestamp::UNIX_EPOCH,
            active: true,
            reported: true,
            says: None,
            said: None,
        };
        let long = format!("srv-01: {}", "something went wrong ".repeat(9));
        let text = list_alerts(&[alert(0, "PC-1: Backup failed"), alert(1, &long)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "- PC-1: Backup failed");
        assert!(lines[1].ends_with("wrong […]"), "{}", lines[1]);
        assert!(lines[1].chars().count() <= 2 + LABEL_MAX + CUSTOMER_MAX);
        let many: Vec<TicketAlert> = (0..93).map(|n| alert(n, &"x".repeat(70))).collect();
        let text = list_alerts(&many);
        assert!(text.ends_with("and 3 more\n"), "{text}");
        assert!(text.encode_utf16().count() < 7_000);
    }

    fn named(n: usize, label: &str) -> TicketAlert {
        TicketAlert {
            id: AlertId::new(&n.to_string()),
            key: n.to_string(),
            label: label.to_owned(),
            fingerprint: String::new(),
            updated_at: Timestamp::UNIX_EPOCH,
            active: n < 2,
            reported: true,
            says: None,
            said: None,
        }
    }

    #[test]
    fn a_name_that_several_alerts_go_by_is_listed_once_with_their_number() {
        let alerts = ["B", "A", "B"].map(|label| named(0, label));
        assert_eq!(count_names(&alerts), ["B (2 alerts)", "A"]);
        assert_eq!(list_names(&alerts), "- B (2 alerts)\n- A\n");
        assert_eq!(list_alerts(&alerts), "- B\n- A\n- B\n");
    }

    #[test]
    fn a_customer_stands_behind_the_name_however_long_both_are() {
        assert_eq!(
            with_customer("X-1: Backup failed", "Unrelated"),
            "X-1: Backup failed (Unrelated)"
        );
        assert_eq!(
            with_customer("X-1: Backup failed", " "),
            "X-1: Backup failed"
        );
        let long = with_customer(&"word ".repeat(40), &"name ".repeat(40));
        assert!(
            long.ends_with("name […])") && utf16_length(&long) <= LABEL_MAX + CUSTOMER_MAX,
            "{long}"
        );
        let unknown = "unknown customer (tenant 0b1d2c3e-0000-4000-8000-000000000001)";
        let line = with_customer(&"word ".repeat(40), unknown);
        assert!(line.ends_with(&format!("({unknown})")), "{line}");
    }

    #[test]
    fn a_description_counts_what_is_active_and_what_ended_and_names_the_customer() {
        let alerts: Vec<TicketAlert> = (0..5).map(|n| named(n, &format!("PC-{n}"))).collect();
        let text = |customer| describe_summary(customer, "https://eu.example", "", &alerts);
        let own = text(Some("Alma Bakery"));
        assert_eq!(
            own,
            format!(
                "Customer: Alma Bakery\n{SAYS}\n\nActive: 2\n- PC-0\n- PC-1\n\nEnded: 3\n\n\
                 Console: https://eu.example\n"
            )
        );
        let many = text(None);
        let config = crate::config::sample_with("[tickets]\ncatch_all_company = 1\n");
        for (company, several) in [(1, true), (2, false)] {
            let found = has_many_customers(&config.tickets, CompanyId(company));
            assert_eq!(found, several);
        }
        assert!(
            many.starts_with("Customer: several; each line names its own\n"),
            "{many}"
        );
        for text in [&own, &many] {
            assert!(reads_like_ours(text));
            assert!(reads_like_ours(&text.replace('\n', "\r\n")));
            assert!(!reads_like_ours(&format!("Called.\n{text}")));
        }
        assert!(!reads_like_ours("Console: https://eu.example"));
        assert_eq!(
            description_fingerprint(&own),
            description_fingerprint(&format!("\r\n{}", own.replace('\n', "\r\n")))
        );
        assert_ne!(
            description_fingerprint(&own),
            description_fingerprint(&many)
        );
    }
}
