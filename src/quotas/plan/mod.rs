//! From contracts to quotas. Pure: facts and rules in; actions, notes and refusals out.

mod action;
mod contract_status;
mod customer;
mod decision;
mod dependencies;
mod desired;
mod edition;
mod ending;
mod guards;
mod planned;
mod planner;
mod rules;
mod storage;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use action::{Action, customer_lane};
pub(crate) use contract_status::ContractStatus;
pub(crate) use guards::is_emptied;
pub(crate) use planned::Planned;
pub(crate) use rules::Rules;

use super::facts::{Facts, QuotaCustomer};
use customer::CustomerView;

/// Decides for every customer of the facts.
pub(crate) fn plan(facts: &Facts, rules: &Rules) -> Planned {
    let mut planned = Planned {
        remarks: facts.remarks.clone(),
        ..Planned::default()
    };
    let contracts = facts.book.by_company();
    let mut customers: Vec<&QuotaCustomer> = facts.customers.iter().collect();
    customers.sort_by(|a, b| (&a.account, a.party.id).cmp(&(&b.account, b.party.id)));
    let mut quotas = 0;
    let mut storages_kept = BTreeMap::new();
    for customer in customers {
        let own = contracts.get(&customer.party.id).map_or(&[][..], |own| own);
        let view = CustomerView::new(facts, rules, customer, own);
        let decision = planner::decide_customer(&view);
        let kept = storages_kept.entry(customer.account.clone()).or_insert(0);
        *kept += usize::from(decision.keeps_storage);
        quotas += guards::count_quotas(customer);
        planner::add_to_plan(&view, decision, &mut planned);
    }
    planned
        .remarks
        .extend(storage::remark_on_kept_storages(&storages_kept));
    let run = guards::guard_run(facts, rules, &planned, quotas);
    planned.refusals.extend(run);
    planned
}
