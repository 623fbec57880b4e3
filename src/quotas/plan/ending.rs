//! Contracts that end soon and that no other one follows.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::customer::CustomerView;
use crate::config::Deprovision;
use crate::domain::contracts::Contract;
use crate::domain::ids::ServiceId;
use crate::plan::{Remark, RemarkKind};

/// A remark for each contract in force whose mapped services no contract holds on the day after it.
/// It names days and no number of days, so that it is told once.
pub(super) fn remark_on_ends(view: &CustomerView<'_>) -> Vec<Remark> {
    let (today, warn_days) = (view.facts.today, view.rules.warn_days);
    let (own, mapped) = (&view.contracts, &view.mapped);
    let horizon = today.saturating_add(i64::from(warn_days).days());
    let ending = own
        .iter()
        .filter(|contract| warn_days > 0 && contract.in_force(today))
        .filter(|contract| contract.end <= horizon);
    let remarks = ending.filter_map(|contract| {
        let after = contract.end.tomorrow().ok()?;
        let held: BTreeSet<ServiceId> = contract.held_services();
        let mut lost: BTreeSet<ServiceId> = held.intersection(mapped).copied().collect();
        let others: Vec<&&Contract> = own.iter().filter(|other| other.in_force(after)).collect();
        for other in &others {
            let held = other.held_services();
            lost.retain(|service| !held.contains(service));
        }
        if lost.is_empty() {
            return None;
        }
        let stays = others
            .iter()
            .any(|other| !other.held_services().is_disjoint(mapped));
        let text = describe_end(contract, after, &lost, stays, view.rules.deprovision);
        let subject = format!("contract {}", contract.id);
        let remark = view.customer_remark(RemarkKind::ContractEndsSoon, subject, text);
        Some(remark.for_person())
    });
    remarks.collect()
}

/// What ends, and what happens then.
fn describe_end(
    contract: &Contract,
    after: Date,
    lost: &BTreeSet<ServiceId>,
    stays: bool,
    deprovision: Deprovision,
) -> String {
    let end = contract.end;
    let quotas = if stays {
        let services: Vec<String> = lost.iter().map(ToString::to_string).collect();
        format!(
            "no contract holds its services {} after that: from {after} on they count for no \
             quota, and quotas follow the other contracts",
            services.join(", ")
        )
    } else {
        format!(
            "no contract follows: from {after} on its quotas become 0 (below usage only after \
             approval), no usage is billed, and {}",
            describe_tenant(end, deprovision)
        )
    };
    format!(
        "contract {} ({}) ends on {end}, and {quotas}; renew it in Autotask if the customer stays",
        contract.id, contract.name
    )
}

/// What becomes of the tenant after its last contract; days are counted from that one's last day.
fn describe_tenant(end: Date, deprovision: Deprovision) -> String {
    let day = |days: u32| end.saturating_add(i64::from(days).days());
    let disabled = deprovision.disable_after_days.filter(|days| *days > 0);
    let deleted = deprovision.delete_after_days.filter(|days| *days > 0);
    match (disabled, deleted) {
        (None, None) => "the tenant stays as it is (provisioning.deprovision is off)".to_owned(),
        (Some(off), None) => format!("the tenant is disabled on {}", day(off)),
        (None, Some(gone)) => {
            format!(
                "the tenant may be deleted from {} on (--allow-delete)",
                day(gone)
            )
        }
        (Some(off), Some(gone)) => format!(
            "the tenant is disabled on {} and may be deleted from {} on (--allow-delete)",
            day(off),
            day(gone)
        ),
    }
}
