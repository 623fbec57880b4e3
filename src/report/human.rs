//! Text for people: aligned, without colour, and safe to show whatever a name holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::Table;

use super::list::List;
use super::run::{Gate, Outcome, PlanView, Reporting, RunReport, ShownLine, ShownNote};
use crate::domain::ids::AccountName;
use crate::plan::{Description, Note};

/// A text from outside on one line, with everything that could steer a terminal made visible.
pub(crate) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_bidi_control(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for our own text of several lines.
pub(super) fn safe_lines(text: &str) -> String {
    text.lines().map(safe).collect::<Vec<_>>().join("\n")
}

/// Characters that reorder what follows on the screen.
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A plan as a person judges it: by customer, with before and after, then notes, then the gate.
/// `quiet` leaves out what was told before; with `several` accounts, what is about one names it.
pub(super) fn plan(plan: &PlanView, quiet: bool, several: bool) -> String {
    let mut out = String::new();
    line(&mut out, &headline(plan, quiet));
    for (heading, lines) in by_customer(plan, quiet) {
        line(&mut out, "");
        line(&mut out, &heading);
        actions(&mut out, &lines);
    }
    notes(&mut out, plan, quiet, several);
    gate(&mut out, plan, quiet, several);
    out
}

fn headline(plan: &PlanView, quiet: bool) -> String {
    match plan.shown_lines(quiet).count() {
        0 => format!("{}: nothing to do", plan.command),
        shown => {
            let changes = counted(shown, "change");
            format!("{}: {changes}, plan {}", plan.command, plan.digest)
        }
    }
}

type Lines<'a> = Vec<&'a ShownLine>;

fn by_customer(plan: &PlanView, quiet: bool) -> BTreeMap<String, Lines<'_>> {
    let mut groups: BTreeMap<String, Lines<'_>> = BTreeMap::new();
    for entry in plan.shown_lines(quiet) {
        let heading = heading(&entry.description);
        groups.entry(heading).or_default().push(entry);
    }
    groups
}

fn heading(description: &Description) -> String {
    let company = description
        .company
        .as_ref()
        .map(|party| format!("{} (company {})", safe(&party.name), party.id));
    match (&description.account, company) {
        (Some(account), Some(company)) => format!("{account} / {company}"),
        (None, Some(company)) => company,
        (Some(account), None) => account.to_string(),
        (None, None) => "everywhere".to_owned(),
    }
}

/// The lines of one customer. What is a reason of every line is said once, above them.
fn actions(out: &mut String, lines: &Lines<'_>) {
    let verbs = width(lines.iter().map(|line| line.description.verb()));
    let subjects = width(lines.iter().map(|line| safe(&line.description.subject))).min(60);
    let common = common_reasons(lines);
    for reason in &common {
        line(out, &format!("  · {}", safe(reason)));
    }
    for shown in lines {
        let description = &shown.description;
        let mark = if shown.refused { "!" } else { " " };
        let text = format!(
            "{mark} {:verbs$}  {:subjects$}  {}",
            description.verb(),
            safe(&description.subject),
            changes(description, &common)
        );
        line(out, text.trim_end());
    }
}

fn common_reasons<'a>(lines: &Lines<'a>) -> Vec<&'a String> {
    match lines.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => {
            let reasons = first.description.because.iter();
            let common = |reason: &&String| {
                let mut rest = rest.iter();
                rest.all(|other| other.description.because.contains(reason))
            };
            reasons.filter(common).collect()
        }
        _ => Vec::new(),
    }
}

fn width(texts: impl Iterator<Item = String>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

fn changes(description: &Description, said: &[&String]) -> String {
    let mut parts: Vec<String> = description
        .changes
        .iter()
        .map(|change| {
            let field = change.field.replace('_', " ");
            let after = safe(&change.after.to_string());
            // What stays as it is only says what the line is about.
            if change.before == crate::plan::Value::Absent || change.before == change.after {
                format!("{field} {after}")
            } else {
                format!("{field} {} → {after}", safe(&change.before.to_string()))
            }
        })
        .collect();
    let reasons: Vec<&str> = description
        .because
        .iter()
        .filter(|reason| !said.contains(reason))
        .map(String::as_str)
        .collect();
    if !reasons.is_empty() {
        parts.push(format!("({})", safe(&reasons.join("; "))));
    }
    parts.join("  ")
}

/// Notes, and what is held back as it was reported before.
fn notes(out: &mut String, plan: &PlanView, quiet: bool, several: bool) {
    let mut lines: Vec<String> = Vec::new();
    let is_told = |reporting: Reporting| !quiet || reporting == Reporting::New;
    for shown in plan.notes.iter().filter(|one| is_told(one.reporting)) {
        lines.push(marked(shown, several));
    }
    for shown in &plan.refusals {
        if !quiet && shown.reporting == Reporting::Reported {
            let text = safe(&shown.refusal.text);
            let account = whose(plan.account_of(&shown.refusal), several);
            lines.push(format!("- {account}{text} (reported before, still held)"));
        }
    }
    if lines.is_empty() {
        return;
    }
    line(out, "");
    line(out, "notes");
    for text in lines {
        line(out, &text);
    }
}

/// One note with whom it is about.
pub(super) fn note(note: &Note, several: bool) -> String {
    let company = note
        .company
        .as_ref()
        .map(|party| format!("{} (company {}): ", safe(&party.name), party.id))
        .unwrap_or_default();
    let account = whose(note.account.as_ref(), several);
    format!("{account}{company}{}", safe(&note.text))
}

/// `us / `, where there are several accounts.
fn whose(account: Option<&AccountName>, several: bool) -> String {
    let account = account.filter(|_| several);
    account.map_or_else(String::new, |account| format!("{account} / "))
}

fn marked(shown: &ShownNote, several: bool) -> String {
    let ShownNote { note, reporting } = shown;
    let (mark, told) = match reporting {
        Reporting::New if note.needs_person => ("?", ""),
        Reporting::New | Reporting::Passing => ("-", ""),
        Reporting::Reported => ("-", " (reported before)"),
        Reporting::Dismissed => ("-", " (dismissed)"),
    };
    format!("{mark} {}{told}", self::note(note, several))
}

fn gate(out: &mut String, plan: &PlanView, quiet: bool, several: bool) {
    let is_told = plan.refuses_anew();
    if plan.gate() == Gate::Pass || (quiet && !is_told) {
        return;
    }
    line(out, "");
    match plan.gate() {
        Gate::Refused => line(out, "a safety limit holds back this plan"),
        Gate::Pass | Gate::Held if is_told => {
            line(out, "a safety limit holds back the lines marked with !");
        }
        Gate::Pass | Gate::Held => {}
    }
    for shown in &plan.refusals {
        if shown.reporting == Reporting::New {
            let refusal = &shown.refusal;
            let key = refusal
                .key
                .map(|key| format!(" (limit: {key})"))
                .unwrap_or_default();
            let account = whose(plan.account_of(refusal), several);
            line(out, &format!("! {account}{}{key}", safe(&refusal.text)));
        }
    }
    if let Some(digest) = plan.approval() {
        let what = if plan.digest == digest && is_told {
            "exactly this plan"
        } else {
            "what is held back"
        };
        let text = format!("to apply {what} anyway: --expect-plan {digest}");
        line(out, &text);
    }
}

/// What became of a plan.
pub(super) fn results(run: &RunReport, quiet: bool) -> String {
    let mut out = String::new();
    let Some(plan) = &run.plan else {
        return out;
    };
    for row in &run.results {
        let told = is_done(&row.outcome) || (quiet && row.held);
        if let (Some(error), false) = (row.outcome.error(), told) {
            let what = format!(
                "{}: {} {}: {}",
                row.outcome.as_str(),
                row.description.verb(),
                safe(&row.description.subject),
                safe(error)
            );
            line(&mut out, &format!("{} · {what}", heading(&row.description)));
        }
    }
    line(&mut out, &summary(run, plan));
    out
}

fn is_done(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Done { .. } => true,
        Outcome::Failed { .. } | Outcome::Uncertain { .. } | Outcome::Skipped { .. } => false,
    }
}

fn summary(run: &RunReport, plan: &PlanView) -> String {
    let requests = format!(
        "{} to Acronis and {} to Autotask",
        counted_u64(run.requests.acronis, "request"),
        run.requests.autotask
    );
    if run.dry_run {
        return format!("dry run: nothing was written; {requests}");
    }
    let shown = plan.shown_lines(false).count();
    if shown == 0 {
        return format!("done: nothing was written; {requests}");
    }
    if run.error.is_some() && run.results.is_empty() {
        return format!("nothing was written; {requests}");
    }
    let mut text = format!(
        "done: {} of {}",
        run.count("done"),
        counted(shown, "change")
    );
    for word in ["failed", "uncertain", "skipped"] {
        let count = run.count(word);
        if count > 0 {
            let _ = write!(text, ", {count} {word}");
        }
    }
    let held = shown.saturating_sub(run.results.len());
    if held > 0 {
        let _ = write!(text, ", {held} held back");
    }
    format!("{text}; {requests}")
}

/// A listing as a borderless table with its footer.
pub(super) fn list(list: &List) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let shown: Vec<bool> = list.columns.iter().map(|column| column.shown).collect();
    let keep = |cells: Vec<String>| -> Vec<String> {
        cells
            .into_iter()
            .zip(&shown)
            .filter_map(|(cell, shown)| shown.then_some(cell))
            .collect()
    };
    table.set_header(keep(
        list.columns
            .iter()
            .map(|column| column.title.to_owned())
            .collect(),
    ));
    for row in &list.rows {
        table.add_row(keep(
            row.iter()
                .map(|value| match value {
                    crate::plan::Value::Absent => String::new(),
                    crate::plan::Value::Flag(_)
                    | crate::plan::Value::Whole(_)
                    | crate::plan::Value::Text(_)
                    | crate::plan::Value::Amount { .. } => safe(&value.to_string()),
                })
                .collect(),
        ));
    }
    let mut out = String::new();
    for row in table.lines() {
        line(&mut out, row.trim_end());
    }
    for sentence in &list.footer {
        line(&mut out, &safe(sentence));
    }
    out
}

/// A listing with one block for each row and one line for each cell that holds something.
pub(super) fn cards(list: &List) -> String {
    let titles = width(list.columns.iter().map(|column| column.title.to_owned()));
    let mut out = String::new();
    for row in &list.rows {
        let cells = list.columns.iter().zip(row);
        for (column, value) in cells.filter(|(column, _)| column.shown) {
            if *value != crate::plan::Value::Absent {
                let text = format!("{:titles$}  {}", column.title, safe(&value.to_string()));
                line(&mut out, &text);
            }
        }
        line(&mut out, "");
    }
    for sentence in &list.footer {
        line(&mut out, &safe(sentence));
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

fn counted_u64(count: u64, noun: &str) -> String {
    usize::try_from(count).map_or_else(|_| format!("{count} {noun}s"), |count| counted(count, noun))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(
            safe("Alma\u{1b}[2J \u{202e}Bakery\n"),
            "Alma\\u{1b}[2J \\u{202e}Bakery\\n"
        );
        assert_eq!(safe("Çödé Ltd 株式会社"), "Çödé Ltd 株式会社");
    }
}
