//! Decides on one customer, step by step, and makes lines of what was decided.

use super::contract_status::ContractStatus;
use super::customer::CustomerView;
use super::decision::{CustomerDecision, DesiredQuota};
use super::{Action, Planned, dependencies, desired, edition, ending, guards, storage};
use crate::domain::contracts::{BillingType, Contract};
use crate::domain::ids::ItemKey;
use crate::domain::units::{Unit, show_amount};
use crate::plan::{Refusal, Remark, RemarkKind};
use crate::quotas::facts::{Level, LiveUsage, QuotaItem};

type Step = fn(&CustomerView<'_>, CustomerDecision) -> CustomerDecision;

/// What contracts want, then what the platform can take. The order matters: an edition that is held
/// back wants no storage, and packs and features follow what they need.
const STEPS: [Step; 6] = [
    desired::fill_desired,
    desired::block_unoffered,
    edition::hold_second_edition,
    storage::choose_storage,
    dependencies::hold_packs_without_base,
    dependencies::switch_on_features,
];

/// What is to become of a customer's items. A company whose contracts say nothing about quotas keeps
/// what it has.
pub(super) fn decide_customer(view: &CustomerView<'_>) -> CustomerDecision {
    let mut decision = CustomerDecision {
        remarks: ending::remark_on_ends(view),
        ..CustomerDecision::default()
    };
    if let Some(remark) = remark_without_contract(view) {
        decision.remarks.push(remark);
        return decision;
    }
    decision.remarks.extend(remark_on_unclear_billing(view));
    STEPS
        .iter()
        .fold(decision, |decision, step| step(view, decision))
}

/// The company never had a relevant contract, or has one to come.
fn remark_without_contract(view: &CustomerView<'_>) -> Option<Remark> {
    let text = match &view.contract_status {
        ContractStatus::Relevant(_) | ContractStatus::Ended(_) => return None,
        ContractStatus::Coming(next) => format!(
            "no contract is in force today; contract {} starts on {}, and quotas stay as they are \
             until then",
            next.id, next.start
        ),
        ContractStatus::Never => {
            "no contract includes a mapped service, so quotas stay as they are: add one to the \
             contract in Autotask, or map an existing service with `map-products use`"
                .to_owned()
        }
    };
    Some(view.customer_remark(RemarkKind::NoContract, &view.customer.party.name, text))
}

/// The field that says how a contract is billed says neither Yes nor No (rules: words).
fn remark_on_unclear_billing(view: &CustomerView<'_>) -> Vec<Remark> {
    let unclear = |contract: &&Contract| {
        let BillingType::PrepaidByDefault { value } = &contract.billing else {
            return None;
        };
        let text = format!(
            "the pay-as-you-go field of contract {} is {value:?}, neither Yes nor No; the contract \
             counts as prepaid",
            contract.id
        );
        let subject = format!("contract {}", contract.id);
        let remark = view.customer_remark(RemarkKind::BillingTypeUnclear, subject, text);
        Some(remark.for_person().told_by(&[value]))
    };
    let contracts = view.relevant_contracts().iter();
    contracts.filter_map(unclear).collect()
}

/// Turns a decision into lines, judges them, and adds them to the plan.
pub(super) fn add_to_plan(
    view: &CustomerView<'_>,
    decision: CustomerDecision,
    planned: &mut Planned,
) {
    let company = view.customer.party.id;
    planned.remarks.extend(decision.remarks);
    if decision.undecided {
        let customer = (view.customer.account.clone(), company);
        planned.undecided.push(customer);
        return;
    }
    let mut actions = Vec::new();
    for (key, target) in decision.desired {
        match build_action(view, key, target) {
            Some(Ok(action)) => actions.push(action),
            Some(Err(locked)) => planned.remarks.push(*locked),
            None => {}
        }
    }
    let lowers = actions.iter().any(Action::lowers_quota);
    let hidden = guards::remark_on_hidden_contracts(view, lowers);
    planned.remarks.extend(hidden);
    let guarded = guards::guard_customer(view, &mut actions);
    let held = decision.blocked.into_iter().chain(guarded);
    let held = held.filter_map(|one| one.into_refusal(company, &actions));
    let refusals: Vec<Refusal> = held.chain(decision.refusals).collect();
    let is_clean = actions.is_empty() && refusals.is_empty();
    let is_relevant = matches!(view.contract_status, ContractStatus::Relevant(_));
    if is_clean && is_relevant && guards::requires_first_approval(view.customer) {
        planned.matches_contract.push(company);
    }
    planned.actions.extend(actions);
    planned.refusals.extend(refusals);
}

/// The line that sets an item; none where it is so already.
///
/// # Errors
/// The remark on an item that is locked.
fn build_action(
    view: &CustomerView<'_>,
    key: ItemKey,
    target: DesiredQuota,
) -> Option<Result<Action, Box<Remark>>> {
    let customer = view.customer;
    let item = view
        .find_item(&key)
        .filter(|item| item.level != target.level)?;
    if item.locked {
        let text = format!("{key} is locked by the platform and stays as it is");
        let remark = view.customer_remark(RemarkKind::ItemLocked, key.to_string(), text);
        return Some(Err(Box::new(remark.for_person().told_by(&[]))));
    }
    let unit = view.facts.display_unit(customer, &key, item);
    let mut because = target.because;
    because.push(usage_in_words(view, &key, item, unit));
    because.push(match &customer.tenant {
        Some(id) => format!("tenant {} ({id})", customer.tenant_name),
        None => format!("new tenant {}", customer.tenant_name),
    });
    let is_off = |needed: &ItemKey| {
        let needed = view.find_item(needed);
        needed.is_some_and(|item| item.level == Level::Off)
    };
    Some(Ok(Action {
        account: customer.account.clone(),
        company: customer.party.clone(),
        tenant: customer.tenant.clone(),
        before: item.level,
        after: target.level,
        version: item.version,
        item: key,
        unit,
        because,
        needs: target.needs.filter(is_off),
        allows_reductions: false,
        by_approval: false,
    }))
}

fn usage_in_words(view: &CustomerView<'_>, key: &ItemKey, item: &QuotaItem, unit: Unit) -> String {
    if item.is_feature {
        return "a feature, without a quantity".to_owned();
    }
    match (view.customer.known_usage(key), &view.customer.usage) {
        (Some(amount), _) => format!("in use: {}", show_amount(amount, unit)),
        (None, LiveUsage::Unread(why)) => format!("usage not known: {why}"),
        (None, LiveUsage::Read(_) | LiveUsage::New) => {
            "usage not known: Acronis reports no usage of it".to_owned()
        }
    }
}
