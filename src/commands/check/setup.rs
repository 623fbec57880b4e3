//! What has to be there before anything is synchronised: commands that are on, mappings, contracts
//! that the API user sees.

use std::collections::BTreeSet;

use anyhow::Result;

use super::findings::CheckFindings;
use crate::autotask::ContractScope;
use crate::domain::contracts::ContractBook;
use crate::domain::ids::CompanyId;
use crate::domain::links::CustomerLink;
use crate::domain::seen_contracts::NO_LINES_OF_BUSINESS;
use crate::gather::setup_gaps;
use crate::session::Session;
use crate::state::State;

const AREA: &str = "setup";
/// So many companies are named, the rest is counted.
const NAMED_MAX: usize = 5;

/// The reasons for which nothing is synchronised. Before the first run nothing can be mapped yet, and
/// the next step is no warning.
pub(super) fn check_setup(session: &Session, file: Option<&State>, findings: &mut CheckFindings) {
    let off = setup_gaps::list_switched_off(&session.config);
    if !off.is_empty() {
        let keys = off.join(", ");
        let found = format!("switched off: {keys}");
        findings.add_warning(AREA, "enabled", found, "set it to true, if it is to run");
    }
    let Some(state) = file else {
        let next = "nothing is mapped yet: begin with `acrotask map-products suggest` and \
                    `acrotask map-customer suggest`";
        return findings.add_ok(AREA, "mapping", next);
    };
    if let Err(error) = check_mappings(state, findings) {
        findings.add_failed(AREA, "mapping", &error);
    }
}

fn check_mappings(state: &State, findings: &mut CheckFindings) -> Result<()> {
    let links = state.customer_links()?;
    let products = state.product_links()?;
    let gaps = setup_gaps::find_unmapped(&links, Some(&products));
    if gaps.is_empty() {
        let found = format!(
            "{} companies and {} products are mapped",
            links.len(),
            products.len()
        );
        findings.add_ok(AREA, "mapping", found);
    }
    for gap in gaps {
        findings.add_warning(AREA, gap.subject, gap.text, gap.fix);
    }
    Ok(())
}

/// Whether the API user sees the contracts that it should: one that has lines of business sees only
/// theirs, without an error (autotask.md §1).
pub(super) fn check_contracts(session: &Session, state: &State, findings: &mut CheckFindings) {
    if let Err(error) = compare_contracts(session, state, findings) {
        findings.add_failed(AREA, "contracts", &error);
    }
}

fn compare_contracts(session: &Session, state: &State, findings: &mut CheckFindings) -> Result<()> {
    let links = state.customer_links()?;
    if links.is_empty() {
        return Ok(());
    }
    let companies: BTreeSet<CompanyId> = links.iter().map(|link| link.company).collect();
    let scope = ContractScope::Of(companies.iter().copied().collect());
    let payg = &session.config.billing.payg_field;
    let today = session.today;
    let book = session
        .connected_autotask()?
        .contract_book(&scope, payg, today, today)?;
    let known = state.contracts_seen()?;
    let hidden = known.hidden_from(&book, &companies, today).in_force.len();
    let without = list_without_contract(&links, &book);
    if hidden > 0 {
        let found = format!(
            "{hidden} contracts that were in force when last seen are not shown any more, before \
             their end"
        );
        findings.add_warning(AREA, "contracts", found, NO_LINES_OF_BUSINESS);
    }
    if !without.is_empty() {
        let found = format!(
            "{} of {} mapped companies have no recurring-service contract that the API user can \
             see: {}",
            without.len(),
            links.len(),
            name_some(&without)
        );
        let fix = format!("if they have contracts in Autotask: {NO_LINES_OF_BUSINESS}");
        findings.add_warning(AREA, "contracts", found, fix);
    }
    if hidden == 0 && without.is_empty() {
        let found = "every mapped company has a contract that the API user can see";
        findings.add_ok(AREA, "contracts", found);
    }
    Ok(())
}

fn list_without_contract(links: &[CustomerLink], book: &ContractBook) -> Vec<String> {
    let contracts = book.contracts.values();
    let have: BTreeSet<CompanyId> = contracts.map(|contract| contract.company).collect();
    let without = links.iter().filter(|link| !have.contains(&link.company));
    without
        .map(|link| format!("{} ({})", link.company_name, link.company))
        .collect()
}

fn name_some(names: &[String]) -> String {
    let named = names.get(..NAMED_MAX).unwrap_or(names).join(", ");
    match names.len().checked_sub(NAMED_MAX) {
        Some(more) if more > 0 => format!("{named} and {more} more"),
        _ => named,
    }
}
