//! What is odd about the product mapping; the same that `map-products list` shows.

use anyhow::{Error, Result};

use super::findings::Findings;
use crate::exit::Exit;
use crate::gather::products;
use crate::plan::Note;
use crate::session::{Account, Session};

const AREA: &str = "products";

pub(super) fn look(session: &Session, findings: &mut Findings) {
    match lints(session) {
        Ok(lints) => {
            for lint in lints {
                let mend = format!("`acrotask map-products list --search {}`", lint.subject);
                findings.warning(AREA, lint.kind, lint.text, mend);
            }
        }
        // Whatever stands in the way of reading the mapping was found before, or is told here.
        Err(error) if findings.exit() == Exit::Done => findings.failed(AREA, "mapping", &error),
        Err(_) => {}
    }
}

fn lints(session: &Session) -> Result<Vec<Note>> {
    let state = session.state_to_read()?;
    let accounts: Vec<&Account> = session.accounts()?.iter().collect();
    if state.product_links()?.is_empty() {
        return Ok(Vec::new());
    }
    let products = products::read(session, &state, &accounts)?;
    let periods = session.autotask()?.service_periods().map_err(Error::new)?;
    products.lints(session, &periods)
}
