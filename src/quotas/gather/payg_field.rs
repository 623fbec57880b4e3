//! The field that tells pay-as-you-go contracts: once seen, nothing is planned without it, for every
//! pay-as-you-go customer would be taken for a prepaid one.

use anyhow::{Context as _, Result};

use crate::autotask::{Entity, Fields};
use crate::domain::contracts::ContractBook;
use crate::exit::RefusedError;
use crate::session::Session;
use crate::state::State;

/// Remembers the field where contracts show it, and refuses the run where they did and do not any
/// more. `whole` says that all contracts were read.
///
/// # Errors
/// The refusal; a failed read of the fields that contracts have.
pub(super) fn require_payg_field(
    session: &Session,
    state: &State,
    book: &ContractBook,
    whole: bool,
) -> Result<()> {
    let field = &session.config.billing.payg_field;
    if book.shows_payg_field {
        return state.mark_payg_field_seen(field);
    }
    let Some(seen) = state
        .payg_field_seen()?
        .filter(|_| !book.contracts.is_empty())
    else {
        // Never seen: who sells no pay-as-you-go needs no such field.
        return Ok(());
    };
    let fields = session
        .connected_autotask()?
        .user_defined_fields(Entity::Contracts)
        .context("reading the field that marks pay-as-you-go contracts (billing.payg_field)")?;
    let sight = FieldSight {
        field,
        seen: &seen,
        defined: field_names(&fields),
        contracts: book.contracts.len(),
        whole,
    };
    sight
        .refusal_text()
        .map_or(Ok(()), |text| Err(RefusedError(text).into()))
}

fn field_names(fields: &Fields) -> Vec<&str> {
    fields
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect()
}

/// What is known about a field that no contract of this run shows, and that was seen before.
#[derive(Clone, Debug)]
struct FieldSight<'a> {
    /// As configured.
    field: &'a str,
    /// As it was called when it was seen.
    seen: &'a str,
    /// The fields that contracts have.
    defined: Vec<&'a str>,
    contracts: usize,
    whole: bool,
}

impl FieldSight<'_> {
    /// Why the run is refused. Whether an empty field is left out of a contract is not said
    /// (autotask.md §8.10): a few contracts without it may be such, as long as it is defined; all of
    /// a database are not.
    fn refusal_text(&self) -> Option<String> {
        let same = |name: &str, other: &str| name.trim().eq_ignore_ascii_case(other.trim());
        let is_defined = self.defined.iter().any(|name| same(name, self.field));
        if is_defined && !self.whole {
            return None;
        }
        let renamed = if same(self.seen, self.field) {
            String::new()
        } else {
            format!(" (it was {:?} when contracts showed it)", self.seen)
        };
        let where_it_is = if is_defined {
            "it is defined, but its values are hidden from the API user".to_owned()
        } else if self.defined.is_empty() {
            "contracts have no user-defined field that the API user can see".to_owned()
        } else {
            format!(
                "contracts have no such field, it was renamed, made inactive or hidden from the \
                 API \
                 user; they have: {}",
                self.defined.join(", ")
            )
        };
        Some(format!(
            "billing.payg_field is {:?}{renamed}, and none of {} contracts shows it any more: \
             {where_it_is}. Nothing is planned, because pay-as-you-go customers would be taken for \
             prepaid ones. Make the field visible to the API user again, or correct \
             billing.payg_field when it has another name now; `acrotask check` shows whether it is \
             found",
            self.field, self.contracts
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_was_seen_is_missed_where_it_is_not_defined_or_no_contract_at_all_shows_it() {
        let told = |defined: &[&'static str], whole| {
            let sight = FieldSight {
                field: "Acronis PAYG",
                seen: "Acronis PAYG",
                defined: defined.to_vec(),
                contracts: 12,
                whole,
            };
            sight.refusal_text()
        };
        for (defined, whole, part) in [
            (&["Pay as you go"][..], true, "they have: Pay as you go"),
            (
                &["Pay as you go"],
                false,
                "renamed, made inactive or hidden",
            ),
            (&[], true, "no user-defined field that the API user can see"),
            (&["acronis payg"], true, "hidden from the API user"),
        ] {
            let text = told(defined, whole).unwrap();
            assert!(text.contains(part), "{text}");
            assert!(text.contains("none of 12 contracts"), "{text}");
        }
        assert_eq!(told(&["acronis payg"], false), None);
    }

    #[test]
    fn a_key_that_was_changed_to_a_field_that_is_nowhere_is_told_with_the_name_before() {
        let sight = FieldSight {
            field: "Acronis Payg?",
            seen: "Acronis PAYG",
            defined: vec!["Acronis PAYG"],
            contracts: 1,
            whole: false,
        };
        let text = sight.refusal_text().unwrap();
        assert!(
            text.contains("\"Acronis Payg?\" (it was \"Acronis PAYG\""),
            "{text}"
        );
    }
}
