//! Text for people: aligned, without colour, and safe to show whatever a name holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::Table;

use super::controls::escape_controls;
use super::list::List;
use super::run::{ActionOutcome, Gate, PlanView, RemarkNovelty, RunReport, ShownLine, ShownRemark};
use crate::domain::ids::AccountName;
use crate::plan::{CompanyRef, Description, Remark};

/// A plan as a person judges it: by customer, with before and after, then notes, then the gate.
/// `quiet` leaves out what was reported before; with `several` accounts, what is about one names it.
pub(super) fn plan(plan: &PlanView, quiet: bool, several: bool) -> String {
    let mut out = String::new();
    push_line(&mut out, &plan_headline(plan, quiet));
    for (heading, lines) in by_customer(plan, quiet) {
        push_line(&mut out, "");
        push_line(&mut out, &heading);
        write_actions(&mut out, &lines);
    }
    write_remarks(&mut out, plan, quiet, several);
    write_gate(&mut out, plan, quiet, several);
    out
}

fn plan_headline(plan: &PlanView, quiet: bool) -> String {
    match plan.shown_lines(quiet).count() {
        0 => format!("{}: nothing to do", plan.command),
        shown => {
            let changes = count_noun(shown, "change");
            format!("{}: {changes}, plan {}", plan.command, plan.digest)
        }
    }
}

type Lines<'a> = Vec<&'a ShownLine>;

fn by_customer(plan: &PlanView, quiet: bool) -> BTreeMap<String, Lines<'_>> {
    let mut groups: BTreeMap<String, Lines<'_>> = BTreeMap::new();
    for entry in plan.shown_lines(quiet) {
        let heading = customer_heading(&entry.description);
        groups.entry(heading).or_default().push(entry);
    }
    groups
}

fn customer_heading(description: &Description) -> String {
    let company = description.company.as_ref().map(describe_company);
    match (&description.account, company) {
        (Some(account), Some(company)) => format!("{account} / {company}"),
        (None, Some(company)) => company,
        (Some(account), None) => account.to_string(),
        (None, None) => "everywhere".to_owned(),
    }
}

/// The lines of one customer. What is a reason of every line is said once, above them.
fn write_actions(out: &mut String, lines: &Lines<'_>) {
    let verbs = widest_text(lines.iter().map(|line| line.description.kind_words()));
    let subjects = widest_text(
        lines
            .iter()
            .map(|line| escape_controls(&line.description.subject)),
    )
    .min(60);
    let common = common_reasons(lines);
    for reason in &common {
        push_line(out, &format!("  · {}", escape_controls(reason)));
    }
    for shown in lines {
        let description = &shown.description;
        let mark = if shown.refused { "!" } else { " " };
        let text = format!(
            "{mark} {:verbs$}  {:subjects$}  {}",
            description.kind_words(),
            escape_controls(&description.subject),
            describe_changes(description, &common)
        );
        push_line(out, text.trim_end());
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

fn widest_text(texts: impl Iterator<Item = String>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or(0)
}

fn describe_changes(description: &Description, said: &[&String]) -> String {
    let mut parts: Vec<String> = description
        .changes
        .iter()
        .map(|change| {
            let field = change.field.replace('_', " ");
            let after = escape_controls(&change.after.to_string());
            // What stays as it is only says what the line is about.
            if change.before == crate::plan::Value::Absent || change.before == change.after {
                format!("{field} {after}")
            } else {
                format!(
                    "{field} {} → {after}",
                    escape_controls(&change.before.to_string())
                )
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
        parts.push(format!("({})", escape_controls(&reasons.join("; "))));
    }
    parts.join("  ")
}

/// Remarks, and what is held back as it was reported before.
fn write_remarks(out: &mut String, plan: &PlanView, quiet: bool, several: bool) {
    let is_told = |reporting: RemarkNovelty| !quiet || reporting == RemarkNovelty::New;
    let told = plan.notes.iter().filter(|one| is_told(one.reporting));
    let mut lines = describe_remarks(&told.collect::<Vec<_>>(), several);
    for shown in &plan.refusals {
        if !quiet && shown.reporting == RemarkNovelty::Reported {
            let text = escape_controls(&shown.refusal.text);
            let account = account_prefix(plan.account_of(&shown.refusal), several);
            lines.push(format!("- {account}{text} (reported before, still held)"));
        }
    }
    if lines.is_empty() {
        return;
    }
    push_line(out, "");
    push_line(out, "notes");
    for text in lines {
        push_line(out, &text);
    }
}

/// From how many companies on a sentence about each of them is said once, above their names.
const SAME_MIN: usize = 3;

/// Remarks in their order; those that differ in nothing but their company stand together.
fn describe_remarks(told: &[&ShownRemark], several: bool) -> Vec<String> {
    let shared = |shown: &ShownRemark| {
        let company = shown.note.company.as_ref()?;
        let text = replace_id(&shown.note.text, &company.id.to_string());
        let (mark, suffix) = mark_and_suffix(shown);
        let account = account_prefix(shown.note.account.as_ref(), several);
        Some((mark, format!("{account}{}{suffix}", escape_controls(&text))))
    };
    let mut groups: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for shown in told {
        if let (Some(key), Some(company)) = (shared(shown), &shown.note.company) {
            groups
                .entry(key)
                .or_default()
                .push(describe_company(company));
        }
    }
    let mut lines = Vec::new();
    for shown in told {
        let key = shared(shown);
        match key.as_ref().and_then(|key| groups.get_mut(key)) {
            Some(companies) if companies.is_empty() => {}
            Some(companies) if companies.len() >= SAME_MIN => {
                let (mark, text) = key.unwrap_or_default();
                lines.push(format!("{mark} {} companies: {text}", companies.len()));
                lines.extend(companies.drain(..).map(|name| format!("    {name}")));
            }
            Some(_) | None => lines.push(describe_shown_remark(shown, several)),
        }
    }
    lines
}

/// A text with a word for the id of its company, in commands that people type.
fn replace_id(text: &str, id: &str) -> String {
    let words = text.split(' ').map(|word| match word.strip_prefix(id) {
        Some(rest) if !rest.starts_with(char::is_alphanumeric) => format!("COMPANY{rest}"),
        Some(_) | None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// One note with whom it is about.
pub(super) fn describe_remark(note: &Remark, several: bool) -> String {
    let company = note
        .company
        .as_ref()
        .map(|company| format!("{}: ", describe_company(company)))
        .unwrap_or_default();
    let account = account_prefix(note.account.as_ref(), several);
    format!("{account}{company}{}", escape_controls(&note.text))
}

fn describe_company(company: &CompanyRef) -> String {
    format!(
        "{} (company {})",
        escape_controls(&company.name),
        company.id
    )
}

/// `us / `, where there are several accounts.
fn account_prefix(account: Option<&AccountName>, several: bool) -> String {
    let account = account.filter(|_| several);
    account.map_or_else(String::new, |account| format!("{account} / "))
}

fn describe_shown_remark(shown: &ShownRemark, several: bool) -> String {
    let (mark, suffix) = mark_and_suffix(shown);
    format!("{mark} {}{suffix}", describe_remark(&shown.note, several))
}

/// What stands before and behind a remark.
fn mark_and_suffix(shown: &ShownRemark) -> (&'static str, &'static str) {
    match shown.reporting {
        RemarkNovelty::New if shown.note.needs_person => ("?", ""),
        RemarkNovelty::New | RemarkNovelty::Passing => ("-", ""),
        RemarkNovelty::Reported => ("-", " (reported before)"),
        RemarkNovelty::Dismissed => ("-", " (dismissed)"),
    }
}

fn write_gate(out: &mut String, plan: &PlanView, quiet: bool, several: bool) {
    let is_told = plan.refuses_anew();
    if plan.gate_result() == Gate::Pass || (quiet && !is_told) {
        return;
    }
    push_line(out, "");
    match plan.gate_result() {
        Gate::Refused => push_line(out, "a safety limit holds back this plan"),
        Gate::Pass | Gate::Held if is_told => {
            push_line(out, "a safety limit holds back the lines marked with !");
        }
        Gate::Pass | Gate::Held => {}
    }
    for shown in &plan.refusals {
        if shown.reporting == RemarkNovelty::New {
            let refusal = &shown.refusal;
            let key = refusal
                .key
                .map(|key| format!(" (limit: {key})"))
                .unwrap_or_default();
            let account = account_prefix(plan.account_of(refusal), several);
            push_line(
                out,
                &format!("! {account}{}{key}", escape_controls(&refusal.text)),
            );
        }
    }
    if let Some(digest) = plan.approving_digest() {
        let what = if plan.digest == digest && is_told {
            "exactly this plan"
        } else {
            "what is held back"
        };
        let text = format!("to apply {what} anyway: --expect-plan {digest}");
        push_line(out, &text);
    }
}

/// What became of a plan.
pub(super) fn write_results(run: &RunReport, quiet: bool) -> String {
    let mut out = String::new();
    let Some(plan) = &run.plan else {
        return out;
    };
    for row in &run.results {
        let told = is_done(&row.outcome) || (quiet && row.held);
        if let (Some(error), false) = (row.outcome.error_text(), told) {
            let what = format!(
                "{}: {} {}: {}",
                row.outcome.as_str(),
                row.description.kind_words(),
                escape_controls(&row.description.subject),
                escape_controls(error)
            );
            push_line(
                &mut out,
                &format!("{} · {what}", customer_heading(&row.description)),
            );
        }
    }
    push_line(&mut out, &run_summary(run, plan));
    out
}

fn is_done(outcome: &ActionOutcome) -> bool {
    match outcome {
        ActionOutcome::Done { .. } => true,
        ActionOutcome::Failed { .. }
        | ActionOutcome::Uncertain { .. }
        | ActionOutcome::Skipped { .. } => false,
    }
}

fn run_summary(run: &RunReport, plan: &PlanView) -> String {
    let requests = format!(
        "{} to Acronis and {} to Autotask",
        count_noun_u64(run.requests.acronis, "request"),
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
        run.count_outcome("done"),
        count_noun(shown, "change")
    );
    for word in ["failed", "uncertain", "skipped"] {
        let count = run.count_outcome(word);
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
pub(super) fn list_as_table(list: &List) -> String {
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
                    | crate::plan::Value::Amount { .. } => escape_controls(&value.to_string()),
                })
                .collect(),
        ));
    }
    let mut out = String::new();
    for row in table.lines() {
        push_line(&mut out, row.trim_end());
    }
    for sentence in &list.footer {
        push_line(&mut out, &escape_controls(sentence));
    }
    out
}

/// A listing with one block for each row and one line for each cell that holds something.
pub(super) fn list_as_cards(list: &List) -> String {
    let titles = widest_text(list.columns.iter().map(|column| column.title.to_owned()));
    let mut out = String::new();
    for row in &list.rows {
        let cells = list.columns.iter().zip(row);
        for (column, value) in cells.filter(|(column, _)| column.shown) {
            if *value != crate::plan::Value::Absent {
                let text = format!(
                    "{:titles$}  {}",
                    column.title,
                    escape_controls(&value.to_string())
                );
                push_line(&mut out, &text);
            }
        }
        push_line(&mut out, "");
    }
    for sentence in &list.footer {
        push_line(&mut out, &escape_controls(sentence));
    }
    out
}

fn push_line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn count_noun(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

fn count_noun_u64(count: u64, noun: &str) -> String {
    usize::try_from(count).map_or_else(
        |_| format!("{count} {noun}s"),
        |count| count_noun(count, noun),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::CompanyId;

    #[test]
    fn a_sentence_about_many_companies_is_said_once() {
        let remark = |company: i64, text: String| ShownRemark {
            note: Remark::new(crate::plan::RemarkKind::NotMapped, "", text)
                .of_company(CompanyRef::new(
                    CompanyId(company),
                    &format!("Customer {company}"),
                ))
                .for_person(),
            reporting: RemarkNovelty::New,
        };
        let mut remarks: Vec<ShownRemark> = [71, 72, 73]
            .map(|id| remark(id, format!("no tenant: create {id}, or link {id} T")))
            .into();
        remarks.insert(1, remark(9, "is inactive".to_owned()));
        let told = |all: &[ShownRemark]| describe_remarks(&all.iter().collect::<Vec<_>>(), false);
        assert_eq!(
            told(&remarks),
            [
                "? 3 companies: no tenant: create COMPANY, or link COMPANY T",
                "    Customer 71 (company 71)",
                "    Customer 72 (company 72)",
                "    Customer 73 (company 73)",
                "? Customer 9 (company 9): is inactive",
            ]
        );
        assert_eq!(
            told(&remarks[..3])[0],
            "? Customer 71 (company 71): no tenant: create 71, or link 71 T"
        );
    }
}
