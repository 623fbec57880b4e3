//! The alerts of a summary, one to a line.

// Writing into a String cannot fail.
use std::fmt::Write as _;

use crate::domain::tickets::TicketAlert;

/// Alerts listed by name in a summary; its description holds 8000 characters.
const LISTED_MAX: usize = 90;
/// Characters of one name.
const LABEL_MAX: usize = 70;

/// The first of them by name, and how many more there are.
pub(super) fn listed(alerts: &[TicketAlert]) -> String {
    let mut text = String::new();
    for alert in alerts.iter().take(LISTED_MAX) {
        let label: String = alert.label.chars().take(LABEL_MAX).collect();
        let _ = writeln!(text, "- {label}");
    }
    let more = alerts.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        let _ = writeln!(text, "and {more} more");
    }
    text
}
