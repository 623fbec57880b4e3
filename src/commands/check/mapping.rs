//! What is odd about the mappings: items that are gone, renamed ends, amounts charged twice.

use anyhow::Result;

use super::findings::Findings;
use super::in_file;
use crate::exit::Exit;
use crate::gather::lost_state::{self, LostState};
use crate::gather::{company_names, customer_blocks, customers, products};
use crate::session::Session;
use crate::state::State;

/// Looks at the mappings when there are any. Accounts that cannot be read have their own lines.
pub(super) fn look(session: &Session, state: &State, findings: &mut Findings) {
    if let Err(error) = of_products(session, state, findings) {
        findings.failed("mapping", "products", &error);
    }
    if let Err(error) = of_customers(session, state, findings) {
        findings.failed("mapping", "customers", &error);
    }
    if let Err(error) = of_blocks(session, state, findings) {
        findings.failed("config", "customer", &error);
    }
}

fn of_products(session: &Session, state: &State, findings: &mut Findings) -> Result<()> {
    let count = state.product_links()?.len();
    if count == 0 {
        return Ok(());
    }
    let accounts = session.accounts_named(&[])?;
    let products = products::read(session, state, &accounts)?;
    let periods = session.autotask()?.service_periods()?;
    let free = products.without_price();
    if !free.is_empty() {
        let found = format!(
            "{} mapped services have price 0: {}",
            free.len(),
            free.join(", ")
        );
        let mend = "set their prices in Autotask; acrotask never changes a price";
        findings.warning("mapping", "price-zero", found, mend);
    }
    let lints = products.lints(session, &periods)?;
    if lints.is_empty() {
        findings.ok(
            "mapping",
            "products",
            format!("{count} checked, no problems found"),
        );
    }
    for lint in lints {
        let mend = format!("see `acrotask map-products list --search {}`", lint.subject);
        findings.warning("mapping", lint.kind, lint.text, mend);
    }
    Ok(())
}

fn of_customers(session: &Session, state: &State, findings: &mut Findings) -> Result<()> {
    let count = state.customer_links()?.len();
    if count == 0 {
        if let Some(lost) = lost_state::look(session, state)? {
            let (found, mend) = (lost.fact(), LostState::CURE);
            findings.missing(Exit::Refused, "mapping", "state-lost", found, mend);
        }
        return Ok(());
    }
    let accounts = session.accounts_named(&[])?;
    let customers = customers::read(session, state, &accounts)?;
    let notes = customers.link_notes();
    if notes.is_empty() {
        findings.ok(
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
        findings.warning("mapping", note.kind, found, mend);
    }
    Ok(())
}

/// Whether each `[[customer]]` block names a company that there is.
fn of_blocks(session: &Session, state: &State, findings: &mut Findings) -> Result<()> {
    let blocks = &session.config.customers;
    if blocks.iter().next().is_none() {
        return Ok(());
    }
    let names = company_names::read_names(session)?;
    let links = state.customer_links()?;
    let names = names.iter().map(|(id, name)| (*id, name.as_str()));
    let strangers = customer_blocks::unknown(blocks, &links, names);
    if strangers.is_empty() {
        findings.ok("config", "customer", "each block names an existing company");
    }
    for stranger in strangers {
        let mend = in_file("customer.company");
        findings.missing(Exit::Usage, "config", "customer", stranger, mend);
    }
    Ok(())
}
