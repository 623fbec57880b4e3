//! Which customers a run is about.

use std::collections::BTreeSet;
use std::io::{self, Read as _};

use anyhow::{Context as _, Result};

use crate::domain::ids::CompanyId;
use crate::exit::Usage;

/// Companies that a run was narrowed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Companies {
    All,
    Only(BTreeSet<CompanyId>),
}

impl Companies {
    /// Reads `--company` arguments; `-` stands for ids on standard input, one per line.
    ///
    /// # Errors
    /// When something is no id of a company, or standard input cannot be read.
    pub(crate) fn read(typed: &[String]) -> Result<Self> {
        if typed.is_empty() {
            return Ok(Self::All);
        }
        let mut ids = BTreeSet::new();
        for word in typed {
            if word == "-" {
                let mut text = String::new();
                io::stdin()
                    .read_to_string(&mut text)
                    .context("reading company ids from standard input")?;
                ids.extend(lines(&text)?);
            } else {
                ids.insert(id(word)?);
            }
        }
        Ok(Self::Only(ids))
    }

    pub(crate) fn holds(&self, company: CompanyId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&company),
        }
    }
}

fn lines(text: &str) -> Result<Vec<CompanyId>> {
    let words = text.lines().map(str::trim);
    words.filter(|word| !word.is_empty()).map(id).collect()
}

fn id(word: &str) -> Result<CompanyId> {
    let number = word.parse().ok().filter(|id| *id >= 0);
    let usage = || Usage(format!("--company takes ids of companies, not {word:?}")).into();
    number.map(CompanyId).ok_or_else(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_one_per_line_and_anything_else_is_refused() {
        let ids = lines("12\n\n 7 \n").unwrap();
        assert_eq!(ids, [CompanyId(12), CompanyId(7)]);
        assert!(lines("Alma").is_err());
        assert!(id("-3").is_err());
    }

    #[test]
    fn no_argument_is_every_company() {
        let all = Companies::read(&[]).unwrap();
        assert!(all.holds(CompanyId(5)));
        let one = Companies::read(&["7".to_owned()]).unwrap();
        assert!(one.holds(CompanyId(7)) && !one.holds(CompanyId(5)));
    }
}
