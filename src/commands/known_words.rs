//! Words of filters that name nothing: a typing mistake is not an empty answer.

use crate::domain::lookup_candidates::{LookupCandidate, did_you_mean};
use crate::exit::UsageError;

/// A word of a filter, if there is one, is among those that are known.
///
/// # Errors
/// When it is not, with what was probably meant.
pub(super) fn expect_word(
    what: &str,
    typed: Option<&str>,
    known: Vec<String>,
) -> Result<(), UsageError> {
    let Some(typed) = typed.filter(|typed| known.iter().all(|word| word != typed)) else {
        return Ok(());
    };
    let candidates: Vec<LookupCandidate> = known
        .into_iter()
        .map(|word| LookupCandidate {
            id: word.clone(),
            name: word.clone(),
            shown: word,
        })
        .collect();
    Err(UsageError(format!(
        "--{what}: no {what} {typed:?} is known{}",
        did_you_mean(&candidates, typed)
    )))
}
