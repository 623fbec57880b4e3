//! What is odd about the mappings: items that are gone, renamed ends, amounts charged twice.

use anyhow::Result;

use super::findings::CheckFindings;
use super::fix_in_config;
use crate::exit::Exit;
use crate::gather::lost_state::{self, LostState};
use crate::gather::products::LintedContracts;
use crate::gather::{company_names, customer_blocks, customers, products};
use crate::session::Session;
use crate::state::State;

/// Looks at the mappings when there are any. Accounts that cannot be read have their own lines.
pub(super) fn check_mapping(session: &Session, state: &State, findings: &mut CheckFindings) {
    if let Err(error) = check_products(session, state, findings) {
        findings.add_failed("mapping", "products", &error);
    }
    if let Err(error) = check_customers(session, state, findings) {
        findings.add_failed("mapping", "customers", &error);
    }
    if let Err(error) = check_customer_blocks(session, state, findings) {
        findings.add_failed("config", "customer", &error);
    }
}

fn check_products(session: &Session, state: &State, findings: &mut CheckFindings) -> Result<()> {
    let count = state.product_links()?.len();
    if count == 0 {
        return Ok(());
    }
    let accounts = session.accounts_named(&[])?;
    let products = products::read_products(session, state, &accounts)?;
    let periods = session.connected_autotask()?.service_periods()?;
    let free = products.without_price();
    if !free.is_empty() {
        let found = format!(
            "{} mapped services have price 0: {}",
            free.len(),
            free.join(", ")
        );
        let mend = "set their prices in Autotask; acrotask never changes a price";
        findings.add_warning("mapping", "price-zero", found, mend);
    }
    let lints = products.find_lints(session, &periods, LintedContracts::OfAllServices)?;
    if lints.is_empty() {
        findings.add_ok(
            "mapping",
            "products",
            format!("{count} checked, no problems found"),
        );
    }
    for lint in lints {
        let mend = format!("see `acrotask map-products list --search {}`", lint.subject);
        findings.add_warning("mapping", lint.kind.as_str(), lint.text, mend);
    }
    Ok(())
}

fn check_customers(session: &Session, state: &State, findings: &mut CheckFindings) -> Result<()> {
    let count = state.customer_links()?.len();
    if count == 0 {
        if let Some(lost) = lost_state::read_lost_state(session, state)? {
            let (found, mend) = (lost.describe_finding(), LostState::CURE);
            findings.add_missing(Exit::Refused, "mapping", "state-lost", found, mend);
        }
        return Ok(());
    }
    let accounts = session.accounts_named(&[])?;
    let customers = customers::read_customers(session, state, &accounts)?;
    let notes = customers.link_remarks();
    if notes.is_empty() {
        findings.add_ok(
            "mapping",
            "customers",
            format!("{count} checked, no problems found"),
        );
    }
    for note in notes {
        let found = match &note.company {
            Some(party) => format!("{} (company {}): {}", party.name, party.id, note.text),
            None => note.text.clone(),
        };
        let mend = "see `acrotask map-customer list --mapped`";
        findings.add_warning("mapping", note.kind.as_str(), found, mend);
    }
    Ok(())
}

/// Whether each `[[customer]]` block names a company that there is.
fn check_customer_blocks(
    session: &Session,
    state: &State,
    findings: &mut CheckFindings,
) -> Result<()> {
    let blocks = &session.config.customers;
    if blocks.iter().next().is_none() {
        return Ok(());
    }
    let names = company_names::read_names(session)?;
    let links = state.customer_links()?;
    let names = names.iter().map(|(id, name)| (*id, name.as_str()));
    let strangers = customer_blocks::describe_unknown_blocks(blocks, &links, names);
    if strangers.is_empty() {
        findings.add_ok("config", "customer", "each block names an existing company");
    }
    for stranger in strangers {
        let mend = fix_in_config("customer.company");
        findings.add_missing(Exit::Usage, "config", "customer", stranger, mend);
    }
    Ok(())
}
