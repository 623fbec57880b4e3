//! How an adjustment names the line whose units it changes.

/// One of the two ways that Autotask's documents allow. Which one a database takes is found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AdjustmentForm {
    /// Contract and line: nothing is ever added to the contract silently.
    #[default]
    Line,
    /// Contract and service, as live clients do: it makes a line where there is none, and needs the
    /// service to be on the contract once.
    Service,
}

impl AdjustmentForm {
    const ALL: [Self; 2] = [Self::Line, Self::Service];

    /// The word in the state file.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Service => "service",
        }
    }

    /// The form of a word in the state file.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == word)
    }

    /// The field that stands beside `contractID`.
    pub(crate) fn line_field(self) -> &'static str {
        match self {
            Self::Line => "contractServiceID",
            Self::Service => "serviceID",
        }
    }

    /// What is tried when this one is refused.
    pub(crate) fn other_form(self) -> Self {
        match self {
            Self::Line => Self::Service,
            Self::Service => Self::Line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_back_by_its_word_and_has_one_other() {
        for form in AdjustmentForm::ALL {
            assert_eq!(AdjustmentForm::parse(form.as_str()), Some(form));
            assert_ne!(form.other_form(), form);
            assert_eq!(form.other_form().other_form(), form);
        }
        assert_eq!(AdjustmentForm::parse("bundle"), None);
    }
}
