//! What `check` found: a line each, and the exit code that they add up to.

use crate::exit::{self, Exit};
use crate::plan::Value;
use crate::report::{Column, List};

const COLUMNS: &[Column] = &[
    Column::shown_column("verdict", "Result"),
    Column::shown_column("area", "Area"),
    Column::shown_column("subject", "Subject"),
    Column::shown_column("found", "Found"),
    Column::shown_column("mend", "Fix"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CheckResult {
    Ok,
    /// Works, and deserves a look.
    Warning,
    /// Something that acrotask needs is not there; the code says of which sort.
    Missing(Exit),
}

impl CheckResult {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Missing(_) => "missing",
        }
    }
}

#[derive(Debug)]
struct CheckFinding {
    verdict: CheckResult,
    area: String,
    subject: String,
    result: String,
    fix: Option<String>,
}

/// All lines in the order in which they were looked at.
#[derive(Debug, Default)]
pub(super) struct CheckFindings(Vec<CheckFinding>);

impl CheckFindings {
    pub(super) fn add_ok(&mut self, area: &str, subject: &str, found: impl Into<String>) {
        self.add_finding(CheckResult::Ok, area, subject, found.into(), None);
    }

    pub(super) fn add_warning(
        &mut self,
        area: &str,
        subject: &str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.add_finding(
            CheckResult::Warning,
            area,
            subject,
            found.into(),
            Some(mend.into()),
        );
    }

    pub(super) fn add_missing(
        &mut self,
        exit: Exit,
        area: &str,
        subject: &str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let verdict = CheckResult::Missing(exit);
        self.add_finding(verdict, area, subject, found.into(), Some(mend.into()));
    }

    /// Something could not even be looked at.
    pub(super) fn add_failed(&mut self, area: &str, subject: &str, error: &anyhow::Error) {
        let (exit, advice) = exit::explain_error(error);
        let mend = advice.map(str::to_owned);
        self.add_finding(
            CheckResult::Missing(exit),
            area,
            subject,
            format!("{error:#}"),
            mend,
        );
    }

    fn add_finding(
        &mut self,
        verdict: CheckResult,
        area: &str,
        subject: &str,
        found: String,
        mend: Option<String>,
    ) {
        self.0.push(CheckFinding {
            verdict,
            area: area.to_owned(),
            subject: subject.to_owned(),
            result: found,
            fix: mend,
        });
    }

    /// Lets go of what is in order, for `--quiet`.
    pub(super) fn retain_problems(&mut self) {
        self.0.retain(|finding| finding.verdict != CheckResult::Ok);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// 5 when a login or a right is missing, else 6 when a service was out of reach, else whatever
    /// the first missing thing says; warnings alone are 0.
    pub(super) fn exit_code(&self) -> Exit {
        let missing: Vec<Exit> = self
            .0
            .iter()
            .filter_map(|finding| match finding.verdict {
                CheckResult::Missing(exit) => Some(exit),
                CheckResult::Ok | CheckResult::Warning => None,
            })
            .collect();
        [Exit::Interrupted, Exit::Credentials, Exit::TryLater]
            .into_iter()
            .find(|grave| missing.contains(grave))
            .or_else(|| missing.first().copied())
            .unwrap_or(Exit::Done)
    }

    pub(super) fn to_list(&self) -> List {
        let rows = self.0.iter().map(|finding| {
            vec![
                Value::from_text(finding.verdict.as_str()),
                Value::from_text(&finding.area),
                Value::from_text(&finding.subject),
                Value::from_text(&finding.result),
                finding
                    .fix
                    .as_deref()
                    .map_or(Value::Absent, Value::from_text),
            ]
        });
        List {
            columns: COLUMNS,
            rows: rows.collect(),
            footer: vec![self.summarize()],
        }
    }

    fn summarize(&self) -> String {
        let count = |word: &str| {
            self.0
                .iter()
                .filter(|finding| finding.verdict.as_str() == word)
                .count()
        };
        let (warnings, missing) = (count("warning"), count("missing"));
        let counted = |count: usize, noun: &str| match count {
            1 => format!("1 {noun}"),
            _ => format!("{count} {noun}s"),
        };
        match (warnings, missing) {
            (0, 0) => "all checks passed".to_owned(),
            (_, 0) => format!("all checks passed, with {}", counted(warnings, "warning")),
            (_, _) => format!(
                "{}, {}",
                counted(missing, "error"),
                counted(warnings, "warning")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_login_outweighs_an_outage_and_an_outage_a_wrong_label() {
        let mut findings = CheckFindings::default();
        findings.add_ok("config", "file", "read");
        findings.add_warning("autotask", "budget", "much is used", "wait");
        assert_eq!(findings.exit_code(), Exit::Done);
        findings.add_missing(
            Exit::Usage,
            "autotask",
            "status",
            "no such label",
            "correct it",
        );
        assert_eq!(findings.exit_code(), Exit::Usage);
        findings.add_missing(Exit::TryLater, "acronis eu", "sign-in", "no answer", "wait");
        assert_eq!(findings.exit_code(), Exit::TryLater);
        findings.add_missing(
            Exit::Credentials,
            "acronis us",
            "sign-in",
            "401",
            "renew it",
        );
        assert_eq!(findings.exit_code(), Exit::Credentials);
        assert_eq!(findings.summarize(), "3 errors, 1 warning");
    }
}
