//! What has become of mapped customers: renamed, disabled, moved or deleted ends.

use anyhow::Result;

use super::findings::Findings;
use crate::exit::Exit;
use crate::gather::customers;
use crate::session::Session;

const AREA: &str = "customers";

pub(super) fn look(session: &Session, findings: &mut Findings) {
    if let Err(error) = links(session, findings)
        // Whatever stands in the way of reading was found before, or is told here.
        && findings.exit() == Exit::Done
    {
        findings.failed(AREA, "mapping", &error);
    }
}

fn links(session: &Session, findings: &mut Findings) -> Result<()> {
    let state = session.state_to_read()?;
    let count = state.customer_links()?.len();
    if count == 0 {
        return Ok(());
    }
    let accounts = session.accounts_named(&[])?;
    let customers = customers::read(session, &state, &accounts)?;
    let notes = customers.link_notes();
    if notes.is_empty() {
        findings.ok(AREA, "mapping", format!("{count} mapped, all as they were"));
    }
    for note in notes {
        let found = match &note.company {
            Some(party) => format!("{} (company {}): {}", party.name, party.id, note.text),
            None => note.text.clone(),
        };
        let mend = "acrotask map-customer list --mapped";
        findings.warning(AREA, note.kind, found, mend);
    }
    Ok(())
}
