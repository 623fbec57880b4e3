//! Which customers a run is about.

use std::collections::BTreeSet;
use std::io::{BufRead as _, stdin};

use anyhow::{Context as _, Result};

use super::Session;
use crate::cli::ScopeArgs;
use crate::domain::ids::CompanyId;
use crate::exit::Usage;

/// The customers of a run; everything unless narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Only these companies.
    pub(crate) companies: Option<BTreeSet<CompanyId>>,
    /// Only these accounts, by name; none named means all.
    pub(crate) accounts: Vec<String>,
}

impl Scope {
    pub(crate) fn holds(&self, company: CompanyId) -> bool {
        self.companies
            .as_ref()
            .is_none_or(|companies| companies.contains(&company))
    }

    /// Whether the run sees everything there is: only then may it say that something is missing.
    pub(crate) fn is_whole(&self) -> bool {
        self.companies.is_none() && self.accounts.is_empty()
    }
}

impl Session {
    /// The scope of a command line; `-` among the companies reads ids from standard input.
    ///
    /// # Errors
    /// When something is no company id, or standard input cannot be read.
    pub(crate) fn scope(&self, args: &ScopeArgs) -> Result<Scope> {
        let mut words: Vec<String> = Vec::new();
        for word in &args.companies {
            if word == "-" {
                for line in stdin().lock().lines() {
                    words.push(line.context("reading company ids from standard input")?);
                }
            } else {
                words.push(word.clone());
            }
        }
        let companies = (!args.companies.is_empty())
            .then(|| parse(&words))
            .transpose()?;
        Ok(Scope {
            companies,
            accounts: args.accounts.clone(),
        })
    }
}

/// Ids, one a word; blank lines and what follows a `#` are passed over.
fn parse(words: &[String]) -> Result<BTreeSet<CompanyId>, Usage> {
    words
        .iter()
        .map(|word| word.split('#').next().unwrap_or_default().trim())
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.parse().map(CompanyId).map_err(|_| {
                Usage(format!(
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
        let read = parse(&words("7\n\n 12 # Alma\n# none\n")).unwrap();
        assert_eq!(read, BTreeSet::from([CompanyId(7), CompanyId(12)]));
        assert!(parse(&words("Alma")).unwrap_err().0.contains("\"Alma\""));
        assert!(parse(&[]).unwrap().is_empty());
    }

    #[test]
    fn a_narrowed_run_does_not_see_the_whole() {
        let all = Scope::default();
        assert!(all.is_whole() && all.holds(CompanyId(1)));
        let narrow = Scope {
            companies: Some(BTreeSet::from([CompanyId(2)])),
            ..Scope::default()
        };
        assert!(!narrow.is_whole() && !narrow.holds(CompanyId(1)));
    }
}
