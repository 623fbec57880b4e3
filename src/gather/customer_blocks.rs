//! `[[customer]]` blocks against the companies that there are.

use std::collections::BTreeMap;

use super::company_names::no_company;
use crate::config::Customers;
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;

/// What to say of each block whose company Autotask does not show and nobody linked: one that is
/// linked and not shown is hidden, not mistyped.
pub(crate) fn describe_unknown_blocks<'n>(
    blocks: &Customers,
    links: &[CustomerLink],
    names: impl IntoIterator<Item = (CompanyId, &'n str)>,
) -> Vec<String> {
    let names: BTreeMap<CompanyId, &str> = names.into_iter().collect();
    let is_known = |company: &CompanyId| {
        names.contains_key(company) || links.iter().any(|link| link.company == *company)
    };
    let strangers = blocks.iter().filter(|(company, _)| !is_known(company));
    let said = strangers.map(|(company, block)| {
        let line = block
            .line
            .map_or_else(String::new, |at| format!(" (line {at})"));
        let all = names.iter().map(|(id, name)| (*id, *name));
        let why = no_company(all, &company.to_string());
        format!("[[customer]] company = {company}{line}: {why}")
    });
    said.collect()
}
