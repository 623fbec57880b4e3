//! What `check` found: a line each, and the exit code that they add up to.

use crate::exit::{self, Exit};
use crate::plan::Value;
use crate::report::{Column, List};

const COLUMNS: &[Column] = &[
    Column::shown("verdict", "Result"),
    Column::shown("area", "Area"),
    Column::shown("subject", "Subject"),
    Column::shown("found", "Found"),
    Column::shown("mend", "Fix"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    /// Works, and deserves a look.
    Warning,
    /// Something that acrotask needs is not there; the code says of which sort.
    Missing(Exit),
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Missing(_) => "missing",
        }
    }
}

#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    area: String,
    subject: String,
    found: String,
    mend: Option<String>,
}

/// All lines in the order in which they were looked at.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, area: &str, subject: &str, found: impl Into<String>) {
        self.add(Verdict::Ok, area, subject, found.into(), None);
    }

    pub(super) fn warning(
        &mut self,
        area: &str,
        subject: &str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.add(
            Verdict::Warning,
            area,
            subject,
            found.into(),
            Some(mend.into()),
        );
    }

    pub(super) fn missing(
        &mut self,
        exit: Exit,
        area: &str,
        subject: &str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let verdict = Verdict::Missing(exit);
        self.add(verdict, area, subject, found.into(), Some(mend.into()));
    }

    /// Something could not even be looked at.
    pub(super) fn failed(&mut self, area: &str, subject: &str, error: &anyhow::Error) {
        let (exit, advice) = exit::explain(error);
        let mend = advice.map(str::to_owned);
        self.add(
            Verdict::Missing(exit),
            area,
            subject,
            format!("{error:#}"),
            mend,
        );
    }

    fn add(
        &mut self,
        verdict: Verdict,
        area: &str,
        subject: &str,
        found: String,
        mend: Option<String>,
    ) {
        self.0.push(Finding {
            verdict,
            area: area.to_owned(),
            subject: subject.to_owned(),
            found,
            mend,
        });
    }

    /// Lets go of what is in order, for `--quiet`.
    pub(super) fn only_trouble(&mut self) {
        self.0.retain(|finding| finding.verdict != Verdict::Ok);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// 5 when a login or a right is missing, else 6 when a service was out of reach, else whatever
    /// the first missing thing says; warnings alone are 0.
    pub(super) fn exit(&self) -> Exit {
        let missing: Vec<Exit> = self
            .0
            .iter()
            .filter_map(|finding| match finding.verdict {
                Verdict::Missing(exit) => Some(exit),
                Verdict::Ok | Verdict::Warning => None,
            })
            .collect();
        [Exit::Interrupted, Exit::Credentials, Exit::TryLater]
            .into_iter()
            .find(|grave| missing.contains(grave))
            .or_else(|| missing.first().copied())
            .unwrap_or(Exit::Done)
    }

    pub(super) fn list(&self) -> List {
        let rows = self.0.iter().map(|finding| {
            vec![
                Value::text(finding.verdict.as_str()),
                Value::text(&finding.area),
                Value::text(&finding.subject),
                Value::text(&finding.found),
                finding.mend.as_deref().map_or(Value::Absent, Value::text),
            ]
        });
        List {
            columns: COLUMNS,
            rows: rows.collect(),
            footer: vec![self.summary()],
        }
    }

    fn summary(&self) -> String {
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
        let mut findings = Findings::default();
        findings.ok("config", "file", "read");
        findings.warning("autotask", "budget", "much is used", "wait");
        assert_eq!(findings.exit(), Exit::Done);
        findings.missing(
            Exit::Usage,
            "autotask",
            "status",
            "no such label",
            "correct it",
        );
        assert_eq!(findings.exit(), Exit::Usage);
        findings.missing(Exit::TryLater, "acronis eu", "sign-in", "no answer", "wait");
        assert_eq!(findings.exit(), Exit::TryLater);
        findings.missing(
            Exit::Credentials,
            "acronis us",
            "sign-in",
            "401",
            "renew it",
        );
        assert_eq!(findings.exit(), Exit::Credentials);
        assert_eq!(findings.summary(), "3 errors, 1 warning");
    }
}
