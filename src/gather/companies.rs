//! Companies that are suddenly all out of sight. A security level without the right to see them gets
//! an empty list, not an error (autotask.md §1).

use anyhow::Result;

use crate::autotask::{Autotask, CompanyScope};
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;
use crate::domain::seen_contracts::NO_LINES_OF_BUSINESS;
use crate::exit::RefusedError;

/// Of one company alone that is out of sight nothing can be said; of several at once, it can.
const SEVERAL: usize = 2;

/// What to say where none of the linked companies is shown: all of several, or no company at all.
/// `shown` counts the linked ones that are shown, `any` says whether any company is.
pub(crate) fn sudden_emptiness(linked: usize, shown: usize, any: bool) -> Option<String> {
    if shown > 0 || linked == 0 || (any && linked < SEVERAL) {
        return None;
    }
    let what = if any {
        format!("Autotask shows none of the {linked} companies that are mapped")
    } else {
        format!("Autotask shows no company at all, but {linked} are mapped")
    };
    Some(format!(
        "{what}: the API user probably lost a permission (its security level, or lines of business \
         were assigned to it), so nothing is done: {NO_LINES_OF_BUSINESS}, and run `acrotask \
         check`. The mapping, tenants, billing and tickets stay as they are"
    ))
}

/// Refuses a run that asked for some companies and got none, by a look at all that are linked and, if
/// need be, at all there are.
///
/// # Errors
/// The refusal; a failed request.
pub(crate) fn refuse_if_none_is_shown(autotask: &Autotask, links: &[CustomerLink]) -> Result<()> {
    let ids: Vec<CompanyId> = links.iter().map(|link| link.company).collect();
    let shown = autotask.companies_by_id(&ids)?.len();
    let any = shown > 0
        || !autotask
            .read_companies(&CompanyScope::default())?
            .is_empty();
    match sudden_emptiness(links.len(), shown, any) {
        Some(text) => Err(RefusedError(text).into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_out_of_sight_is_hidden_and_all_of_several_are_a_missing_right() {
        for (linked, shown, any, refused) in [
            (0, 0, false, false),
            (1, 1, true, false),
            (1, 0, true, false),
            (1, 0, false, true),
            (2, 1, true, false),
            (2, 0, true, true),
            (9, 0, false, true),
        ] {
            let told = sudden_emptiness(linked, shown, any);
            assert_eq!(told.is_some(), refused, "{linked} {shown} {any}");
        }
    }
}
