//! Our ownership mark: what acrotask writes into `internal_tag` of a customer tenant.
//!
//! With the marks a lost state file is rebuilt without asking anybody to map again.

use std::fmt;

use super::ids::CompanyId;

/// `acrotask:<Autotask database id>:<company id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnershipTag {
    /// `ci` of Autotask's zone answer (autotask.md §2).
    pub(crate) database: i64,
    pub(crate) company: CompanyId,
}

/// What stands in a remote field where our mark may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InternalTag {
    Empty,
    Ours(OwnershipTag),
    /// Written by somebody else; never overwritten without being told.
    Foreign(String),
}

impl OwnershipTag {
    const PREFIX: &str = "acrotask:";

    pub(crate) fn parse_internal_tag(field: Option<&str>) -> InternalTag {
        let Some(text) = field.map(str::trim).filter(|text| !text.is_empty()) else {
            return InternalTag::Empty;
        };
        let parsed = text
            .strip_prefix(Self::PREFIX)
            .and_then(|rest| rest.split_once(':'))
            .and_then(|(database, company)| {
                Some(Self {
                    database: database.parse().ok()?,
                    company: CompanyId(company.parse().ok()?),
                })
            });
        match parsed {
            Some(mark) if mark.to_string() == text => InternalTag::Ours(mark),
            Some(_) | None => InternalTag::Foreign(text.to_owned()),
        }
    }
}

impl fmt::Display for OwnershipTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", Self::PREFIX, self.database, self.company)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_as_written() {
        let mark = OwnershipTag {
            database: 314_159,
            company: CompanyId(4711),
        };
        assert_eq!(mark.to_string(), "acrotask:314159:4711");
        assert_eq!(
            OwnershipTag::parse_internal_tag(Some(&mark.to_string())),
            InternalTag::Ours(mark)
        );
    }

    #[test]
    fn anything_else_is_empty_or_foreign() {
        assert_eq!(OwnershipTag::parse_internal_tag(None), InternalTag::Empty);
        assert_eq!(
            OwnershipTag::parse_internal_tag(Some("  ")),
            InternalTag::Empty
        );
        for text in [
            "whmcs:12",
            "acrotask:1",
            "acrotask:x:1",
            "acrotask:+1:1",
            "acrotask:1:02",
        ] {
            assert_eq!(
                OwnershipTag::parse_internal_tag(Some(text)),
                InternalTag::Foreign(text.to_owned())
            );
        }
    }
}
