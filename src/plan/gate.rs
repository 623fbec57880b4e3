//! Guards speak: what, how many, of how many, the limit, and the key that changes it.

use super::RefusalCode;
use std::collections::BTreeSet;

use super::action::{Description, LineKey};
use crate::domain::ids::CompanyId;

/// A guard's refusal, computed in previews too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Stable word, as in the JSON report.
    pub(crate) code: RefusalCode,
    /// One sentence with the numbers.
    pub(crate) text: String,
    /// The configuration key that moves the limit, if one does.
    pub(crate) key: Option<&'static str>,
    pub(crate) scope: Reach,
    /// Whether a person may lift it for one run by approving the plan's digest.
    pub(crate) approvable: bool,
}

/// What a refusal holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Nothing at all is written.
    Run,
    /// These lines are held back, the others are safe.
    Lines(BTreeSet<LineKey>),
    /// Everything that would be done for these companies.
    Companies(BTreeSet<CompanyId>),
    /// There is no line that could be held back for this company: it is only said.
    Nothing(CompanyId),
}

impl Reach {
    pub(crate) fn of_line(description: &Description) -> Self {
        Self::of_lines([description])
    }

    pub(crate) fn of_lines<'a>(descriptions: impl IntoIterator<Item = &'a Description>) -> Self {
        Self::Lines(
            descriptions
                .into_iter()
                .map(Description::line_key)
                .collect(),
        )
    }
}

impl Reach {
    /// Exact text of what is held back, for the digest; as the first release wrote it, see
    /// [`Description::digest_text`].
    fn digest_text(&self) -> String {
        let company = |id: &CompanyId| format!("CompanyId({id})");
        match self {
            Self::Run => "Run".to_owned(),
            Self::Lines(keys) => {
                let keys: Vec<String> = keys.iter().map(LineKey::digest_text).collect();
                format!("Lines({{{}}})", keys.join(", "))
            }
            Self::Companies(ids) => {
                let ids: Vec<String> = ids.iter().map(company).collect();
                format!("Companies({{{}}})", ids.join(", "))
            }
            Self::Nothing(id) => format!("Nothing({})", company(id)),
        }
    }
}

impl Refusal {
    pub(crate) fn covers_line(&self, line: &Description) -> bool {
        match &self.scope {
            Reach::Run => true,
            Reach::Nothing(_) => false,
            Reach::Lines(keys) => keys.contains(&line.line_key()),
            Reach::Companies(ids) => line
                .company
                .as_ref()
                .is_some_and(|company| ids.contains(&company.id)),
        }
    }

    /// Whether it holds back this line, and not the run as a whole.
    pub(crate) fn holds_line(&self, line: &Description) -> bool {
        self.scope != Reach::Run && self.covers_line(line)
    }

    /// The code and what it holds back, without the numbers that move by themselves.
    pub(super) fn digest_text(&self) -> String {
        format!("{} {}", self.code, self.scope.digest_text())
    }
}

/// A part of a whole, judged against a limit in percent with a floor below which shares say
/// nothing: 1 of 2 is not "50 %".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) count: usize,
    pub(crate) of: usize,
}

impl Share {
    /// Whether the share is over `percent` once the whole is larger than `floor`.
    pub(crate) fn exceeds_percent(self, percent: u32, floor: usize) -> bool {
        let percent = usize::try_from(percent).unwrap_or(usize::MAX);
        self.of > floor && self.count.saturating_mul(100) > self.of.saturating_mul(percent)
    }

    /// `14 of 52 (26 %)`.
    pub(crate) fn in_words(self) -> String {
        let percent = self
            .count
            .saturating_mul(100)
            .checked_div(self.of)
            .unwrap_or(0);
        format!("{} of {} ({percent} %)", self.count, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action_kind::ActionKind;
    use crate::domain::ids::AccountName;
    use crate::plan::CompanyRef;

    #[test]
    fn shares_are_judged_only_above_the_floor_and_only_past_the_limit() {
        let share = |count, of| Share { count, of };
        assert!(!share(1, 2).exceeds_percent(20, 10));
        assert!(!share(2, 11).exceeds_percent(20, 10));
        assert!(share(3, 11).exceeds_percent(20, 10));
        assert!(!share(20, 100).exceeds_percent(20, 10));
        assert_eq!(share(14, 52).in_words(), "14 of 52 (26 %)");
        assert_eq!(share(0, 0).in_words(), "0 of 0 (0 %)");
    }

    #[test]
    fn what_is_held_back_stands_in_digests_as_in_the_first_release() {
        let account = Some(AccountName::new("eu"));
        let line = |account, company: Option<CompanyRef>| Description {
            stage: 1,
            account,
            company,
            kind: ActionKind::SetQuota,
            subject: "a \"b\"".to_owned(),
            changes: Vec::new(),
            because: Vec::new(),
        };
        let whole = line(account, Some(CompanyRef::new(CompanyId(7), "Alma")));
        let text = |scope: Reach| scope.digest_text();
        assert_eq!(text(Reach::Run), "Run");
        assert_eq!(text(Reach::Nothing(CompanyId(7))), "Nothing(CompanyId(7))");
        assert_eq!(
            text(Reach::Companies([CompanyId(9), CompanyId(7)].into())),
            "Companies({CompanyId(7), CompanyId(9)})"
        );
        assert_eq!(
            text(Reach::of_lines([&whole, &line(None, None)])),
            r#"Lines({LineKey { kind: "set-quota", account: None, company: None, subject: "a \"b\"" }, LineKey { kind: "set-quota", account: Some(AccountName("eu")), company: Some(CompanyId(7)), subject: "a \"b\"" }})"#
        );
    }
}
