//! `[[customer]]` blocks against the companies that there are.

use std::collections::BTreeMap;

use crate::autotask::Company;
use crate::config::Customers;
use crate::domain::ids::CompanyId;

/// What to say of each block whose company Autotask does not show.
pub(crate) fn unknown(blocks: &Customers, companies: &BTreeMap<CompanyId, Company>) -> Vec<String> {
    let blocks = blocks.iter();
    let strangers = blocks.filter(|(company, _)| !companies.contains_key(company));
    let said = strangers.map(|(company, block)| {
        let line = block
            .line
            .map_or_else(String::new, |at| format!(" (line {at})"));
        let names = companies
            .values()
            .map(|known| (known.id, known.name.as_str()));
        let near = nearest(company, names).map_or_else(
            || "`acrotask map-customer list` names them all".to_owned(),
            |(id, name)| format!("did you mean {id}, {name}?"),
        );
        format!(
            "[[customer]] company = {company}{line}: Autotask shows no company with this id; {near}"
        )
    });
    said.collect()
}

/// The only company whose id differs by one mistyped or exchanged digit.
fn nearest<'c>(
    wanted: CompanyId,
    companies: impl Iterator<Item = (CompanyId, &'c str)>,
) -> Option<(CompanyId, &'c str)> {
    let text = wanted.to_string();
    let is_near = |id: CompanyId| strsim::damerau_levenshtein(&text, &id.to_string()) == 1;
    let mut near = companies.filter(|(id, _)| is_near(*id));
    let found = near.next()?;
    near.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_company_is_named_where_only_one_can_be_meant() {
        let companies = [(4711, "Alma"), (4811, "Beta"), (99, "Gamma")];
        for (wanted, expected) in [
            (4771, Some("Alma")),
            (4117, None),
            (4710, Some("Alma")),
            (7411, Some("Alma")),
            (9, Some("Gamma")),
            (12345, None),
            // One digit from both.
            (4911, None),
        ] {
            let known = companies.iter().map(|(id, name)| (CompanyId(*id), *name));
            let found = nearest(CompanyId(wanted), known).map(|(_, name)| name);
            assert_eq!(found, expected, "{wanted}");
        }
    }
}
