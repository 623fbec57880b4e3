//! Which customers a run is about.

use std::collections::BTreeSet;
use std::io::{BufRead as _, stdin};

use anyhow::{Context as _, Result};

use crate::cli::ScopeArgs;
use crate::domain::ids::CompanyId;
use crate::exit::UsageError;

/// The customers of a run; everything unless narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) companies: CompanyFilter,
    /// Only these accounts, by name; none named means all.
    pub(crate) accounts: Vec<String>,
}

/// Companies that a run was narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum CompanyFilter {
    #[default]
    All,
    Only(BTreeSet<CompanyId>),
}

impl Scope {
    /// Reads `--company` and `--account`.
    ///
    /// # Errors
    /// When something is no company id, or standard input cannot be read.
    pub(crate) fn from_args(args: &ScopeArgs) -> Result<Self> {
        Ok(Self {
            companies: CompanyFilter::from_args(&args.companies)?,
            accounts: args.accounts.clone(),
        })
    }

    pub(crate) fn contains_company(&self, company: CompanyId) -> bool {
        self.companies.contains_company(company)
    }

    /// Whether the run sees everything there is: only then may it say that something is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.companies == CompanyFilter::All && self.accounts.is_empty()
    }
}

impl CompanyFilter {
    /// Reads `--company` arguments; `-` stands for ids on standard input, one per line.
    ///
    /// # Errors
    /// When something is no company id, or standard input cannot be read.
    pub(crate) fn from_args(typed: &[String]) -> Result<Self> {
        if typed.is_empty() {
            return Ok(Self::All);
        }
        let mut words: Vec<String> = Vec::new();
        for word in typed {
            if word == "-" {
                for line in stdin().lock().lines() {
                    words.push(line.context("reading company ids from standard input")?);
                }
            } else {
                words.push(word.clone());
            }
        }
        Ok(Self::Only(parse_company_ids(&words)?))
    }

    pub(crate) fn contains_company(&self, company: CompanyId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&company),
        }
    }
}

/// Ids, one a word; blank lines and what follows a `#` are passed over.
fn parse_company_ids(words: &[String]) -> Result<BTreeSet<CompanyId>, UsageError> {
    words
        .iter()
        .map(|word| word.split('#').next().unwrap_or_default().trim())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let id = word.parse().ok().filter(|id| *id >= 0);
            id.map(CompanyId).ok_or_else(|| {
                UsageError(format!(
                    "--company takes ids of Autotask companies, not {word:?}"
                ))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_with_blank_lines_and_remarks_and_names_are_refused() {
        let words = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        let read = parse_company_ids(&words("7\n\n 12 # Alma\n# none\n")).unwrap();
        assert_eq!(read, BTreeSet::from([CompanyId(7), CompanyId(12)]));
        assert!(
            parse_company_ids(&words("Alma"))
                .unwrap_err()
                .0
                .contains("\"Alma\"")
        );
        assert!(parse_company_ids(&words("-3")).is_err());
        assert!(parse_company_ids(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_narrowed_run_does_not_see_the_whole() {
        let all = Scope::default();
        assert!(all.is_whole() && all.companies.contains_company(CompanyId(1)));
        let narrow = Scope {
            companies: CompanyFilter::Only(BTreeSet::from([CompanyId(2)])),
            ..Scope::default()
        };
        assert!(!narrow.is_whole() && !narrow.companies.contains_company(CompanyId(1)));
    }
}
