//! Billing by usage: when each line's rows are approved and posted, and whether `effective` and the
//! days of posting fit.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::ToSpan as _;

use super::findings::CheckFindings;
use super::fix_in_config;
use crate::autotask::ContractScope;
use crate::config::Effective;
use crate::domain::contracts::{Contract, PostingTiming, ServiceLine};
use crate::domain::ids::{CompanyId, ServiceId};
use crate::gather::billing_windows;
use crate::session::Session;
use crate::state::State;

const AREA: &str = "billing";
/// Rows of so many days back and ahead tell when lines are posted.
const AROUND_DAYS: i64 = 93;

pub(super) fn check_billing(session: &Session, state: &State, findings: &mut CheckFindings) {
    if session.config.billing.enabled
        && let Err(error) = check_lines(session, state, findings)
    {
        findings.add_failed(AREA, "lines", &error);
    }
}

fn check_lines(session: &Session, state: &State, findings: &mut CheckFindings) -> Result<()> {
    if let Some(gap) = billing_windows::warn_of_gap(session, state)? {
        let mend = "see docs/cron.md, or set a larger billing.period_end_days";
        findings.add_warning(AREA, "runs", gap, mend);
    }
    let links = state.customer_links()?.into_iter();
    let companies: Vec<CompanyId> = links.map(|link| link.company).collect();
    let products = state.product_links()?.into_iter();
    let mapped: BTreeSet<ServiceId> = products
        .filter_map(|link| link.choice.service_id())
        .collect();
    let mut payg: Vec<Contract> = Vec::new();
    if !companies.is_empty() && !mapped.is_empty() {
        let today = session.today;
        let from = today.saturating_sub(AROUND_DAYS.days());
        let to = today.saturating_add(AROUND_DAYS.days());
        let field = &session.config.billing.payg_field;
        let scope = ContractScope::Of(companies);
        let book = session
            .connected_autotask()?
            .contract_book(&scope, field, from, to)?;
        let contracts = book.contracts.into_values();
        payg.extend(contracts.filter(|one| one.is_payg() && one.in_force(today)));
    }
    let starts: Vec<_> = payg.iter().map(|contract| contract.start).collect();
    if let Some(frozen) = billing_windows::warn_of_freeze(&session.config, &starts, session.today) {
        findings.add_warning(
            AREA,
            "billing.freeze",
            frozen,
            fix_in_config("billing.freeze"),
        );
    }
    for contract in &payg {
        let lines = contract.services.iter();
        for line in lines.filter(|line| mapped.contains(&line.service)) {
            check_line(session, contract, line, findings);
        }
    }
    Ok(())
}

/// Says of one line when it is posted.
fn check_line(
    session: &Session,
    contract: &Contract,
    line: &ServiceLine,
    findings: &mut CheckFindings,
) {
    let subject = format!("service {} on contract {}", line.service, contract.id);
    let Some((row, posted)) = line.rows.last_posted() else {
        findings.add_ok(AREA, &subject, "none of its periods is posted yet");
        return;
    };
    let (word, fits) = match posted {
        PostingTiming::InAdvance => ("in advance", Effective::NextPeriod),
        PostingTiming::InArrears => ("in arrears", Effective::PeriodStart),
    };
    let on = row.posted.unwrap_or(row.end);
    let found = format!(
        "billed {word}: its period {} to {} was posted on {on}",
        row.start, row.end
    );
    let effective = session.config.billing.effective;
    if effective == fits || (posted, effective) == (PostingTiming::InArrears, Effective::Today) {
        findings.add_ok(AREA, &subject, found);
        return;
    }
    let found = format!(
        "{found}, but billing.effective is \"{}\"",
        effective.as_str()
    );
    let mend = format!("set billing.effective = \"{}\"", fits.as_str());
    findings.add_warning(AREA, &subject, found, mend);
}
