//! What a plan of quotas may not do without a person (rules: provisioning guards).

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::customer::{CustomerView, contracts_in_words};
use super::decision::Blocked;
use super::{Action, Planned, Rules};
use crate::config::Limits;
use crate::domain::ids::{ContractId, ItemKey};
use crate::domain::seen_contracts::NO_LINES_OF_BUSINESS;
use crate::domain::units::show_amount;
use crate::plan::{Action as _, Reach, Refusal, RefusalCode, Remark, RemarkKind, Share};
use crate::quotas::facts::{Facts, Level, QuotaCustomer};

/// Whether a lowering of this customer needs a person's word first.
pub(super) fn requires_first_approval(customer: &QuotaCustomer) -> bool {
    customer.existed_before && !customer.lowering_approved
}

/// How many quotas a customer has: what is enabled and counted.
pub(super) fn count_quotas(customer: &QuotaCustomer) -> usize {
    let items = customer.items.values();
    items
        .filter(|item| matches!(item.level, Level::Quota { .. }))
        .count()
}

/// Judges the lines of one customer, and marks those that wait for a person and those after which
/// lowering is ordinary.
pub(super) fn guard_customer(view: &CustomerView<'_>, actions: &mut [Action]) -> Vec<Blocked> {
    let lowered = items_where(actions, Action::lowers_quota);
    let is_first = requires_first_approval(view.customer);
    let held: Vec<Blocked> = [
        block_below_usage(view, actions),
        block_unknown_usage(view, actions),
        block_hidden_contracts(view, &lowered),
        block_first_lowering(view, &lowered).filter(|_| is_first),
    ]
    .into_iter()
    .flatten()
    .collect();
    for action in actions {
        action.allows_reductions = is_first && (action.lowers_quota() || lowered.is_empty());
        action.by_approval = held.iter().any(|one| one.contains(&action.item));
    }
    held
}

/// The quota would be below what is used.
fn block_below_usage(view: &CustomerView<'_>, actions: &[Action]) -> Option<Blocked> {
    let below: Vec<(&Action, Decimal)> = actions
        .iter()
        .filter_map(|action| {
            let used = view.customer.known_usage(&action.item)?;
            let most = Decimal::from(action.after.ceiling()?);
            (used > most).then_some((action, used))
        })
        .collect();
    let each = below.iter().map(|(action, used)| {
        let after = action.after.show_level(action.unit);
        let used = show_amount(*used, action.unit);
        format!("{} to {after} with {used} in use", action.item)
    });
    let each: Vec<String> = each.collect();
    let items = below.iter().map(|(action, _)| action.item.clone());
    let items: BTreeSet<ItemKey> = items.collect();
    let why = format!(
        "{} would be set below current usage: {}",
        share_in_words(view, &items),
        each.join(", ")
    );
    block_any(view, RefusalCode::QuotaBelowUsage, items, &why)
}

/// What is used is not known.
fn block_unknown_usage(view: &CustomerView<'_>, actions: &[Action]) -> Option<Blocked> {
    let items = items_where(actions, |action| {
        action.lowers_quota() && view.customer.known_usage(&action.item).is_none()
    });
    let why = format!(
        "{} would be lowered, but their current usage is not known: {}; unknown usage is not \
         treated as zero",
        share_in_words(view, &items),
        join_items(&items)
    );
    block_any(view, RefusalCode::UsageUnknown, items, &why)
}

/// A contract is hidden, and may be why.
fn block_hidden_contracts(view: &CustomerView<'_>, lowered: &BTreeSet<ItemKey>) -> Option<Blocked> {
    let why = format!(
        "{}; {} would be lowered because of that: {}; approve the plan if the contract was deleted",
        hidden_in_words(view.hidden_contracts()),
        share_in_words(view, lowered),
        join_items(lowered)
    );
    let blocked = block_any(view, RefusalCode::ContractHidden, lowered.clone(), &why);
    blocked.filter(|_| !view.hidden_contracts().is_empty())
}

/// The first plan that lowers anything for this tenant.
fn block_first_lowering(view: &CustomerView<'_>, lowered: &BTreeSet<ItemKey>) -> Option<Blocked> {
    let why = format!(
        "the tenant existed before it was linked, and this is the first plan that lowers its \
         quotas, so it needs approval: {}: {}",
        share_in_words(view, lowered),
        join_items(lowered)
    );
    block_any(view, RefusalCode::FirstLowering, lowered.clone(), &why)
}

fn block_any(
    view: &CustomerView<'_>,
    code: RefusalCode,
    items: BTreeSet<ItemKey>,
    why: &str,
) -> Option<Blocked> {
    (!items.is_empty()).then(|| Blocked::until_approved(view, code, items, why))
}

/// Where nothing is lowered for want of them: a person should know all the same.
pub(super) fn remark_on_hidden_contracts(view: &CustomerView<'_>, lowers: bool) -> Option<Remark> {
    let hidden = view.hidden_contracts();
    let (subject, text) = (contracts_in_words(hidden), hidden_in_words(hidden));
    let remark = view.customer_remark(RemarkKind::ContractHidden, subject, text);
    (!hidden.is_empty() && !lowers).then(|| remark.for_person().told_by(&[]))
}

/// In words, without an end.
fn hidden_in_words(contracts: &[ContractId]) -> String {
    format!(
        "Autotask no longer shows {}, in force when last seen: hidden from the API user, or \
         deleted; if they are there, {NO_LINES_OF_BUSINESS}",
        contracts_in_words(contracts)
    )
}

fn items_where(actions: &[Action], is: impl Fn(&Action) -> bool) -> BTreeSet<ItemKey> {
    let found = actions.iter().filter(|action| is(action));
    found.map(|action| action.item.clone()).collect()
}

/// `3 of its 12 quotas`.
fn share_in_words(view: &CustomerView<'_>, items: &BTreeSet<ItemKey>) -> String {
    let all = count_quotas(view.customer);
    format!("{} of its {all} quotas", items.len())
}

fn join_items(items: &BTreeSet<ItemKey>) -> String {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What stops the whole run: too much lowered at once, or one side suddenly empty.
pub(super) fn guard_run(
    facts: &Facts,
    rules: &Rules,
    planned: &Planned,
    quotas: usize,
) -> Vec<Refusal> {
    let mut refusals = refuse_emptied(facts);
    refusals.extend(refuse_without_units(facts, planned));
    let is_free = |action: &&Action| {
        let line = action.describe();
        let mut refusals = planned.refusals.iter();
        !refusals.any(|refusal| refusal.covers_line(&line))
    };
    let actions = planned.actions.iter();
    let lowered = actions.filter(|action| action.lowers_quota());
    let share = Share {
        count: lowered.filter(is_free).count(),
        of: quotas,
    };
    if share.exceeds_percent(rules.lowered_percent, rules.lowered_min) {
        let text = format!(
            "{} quotas would be lowered, above the limit of {} % if more than {} exist",
            share.in_words(),
            rules.lowered_percent,
            rules.lowered_min
        );
        refusals.push(Refusal {
            key: Some(Limits::QUOTA_LOWERED_PERCENT),
            ..refuse_run(RefusalCode::TooManyLowered, text)
        });
    }
    refusals
}

/// Rows of units that are out of sight look like zero units: where no prepaid line has any at all,
/// nothing is lowered for it.
fn refuse_without_units(facts: &Facts, planned: &Planned) -> Option<Refusal> {
    let contracts = facts.book.contracts.values();
    let prepaid =
        contracts.filter(|contract| contract.in_force(facts.today) && !contract.is_payg());
    let lines: Vec<bool> = prepaid
        .flat_map(|contract| {
            let services = contract.services.iter().map(|line| &line.rows);
            let bundles = contract.bundles.iter().map(|line| &line.rows);
            services.chain(bundles)
        })
        .map(|rows| rows.row_on(facts.today).is_some())
        .collect();
    let lowers = planned.actions.iter().any(Action::lowers_quota);
    (lowers && lines.len() > 1 && !lines.contains(&true)).then(|| {
        let text = format!(
            "none of the {} prepaid contract lines has units in force on {}; check whether the \
             API user lost the permission to see them",
            lines.len(),
            facts.today
        );
        refuse_run(RefusalCode::NoUnits, text)
    })
}

fn refuse_run(code: RefusalCode, text: String) -> Refusal {
    Refusal {
        code,
        text,
        key: None,
        scope: Reach::Run,
        approvable: true,
    }
}

/// Whether a refusal says that a side is suddenly empty: it holds whatever is planned.
pub(crate) fn is_emptied(refusal: &Refusal) -> bool {
    EMPTIED.contains(&refusal.code)
}

/// The codes of what [`refuse_emptied`] finds.
const EMPTIED: &[RefusalCode] = &[
    RefusalCode::NoTenants,
    RefusalCode::NoItems,
    RefusalCode::NoPayg,
    RefusalCode::NoLines,
    RefusalCode::NoContracts,
];

fn refuse_emptied(facts: &Facts) -> Vec<Refusal> {
    let sides = &facts.whole_view;
    let mut refusals = Vec::new();
    for (account, tenants) in &sides.tenants {
        let links = sides.links.iter();
        let linked = links.filter(|link| link.account == *account).count();
        if *tenants == 0 && linked > 0 {
            let text = format!(
                "account {account} shows no customer tenant at all, but {linked} of its tenants \
                 are linked; check whether its API client lost permissions"
            );
            refusals.push(refuse_run(RefusalCode::NoTenants, text));
        }
    }
    for (account, tenants) in &sides.itemless {
        let text = format!(
            "account {account} shows no offering item of any of {tenants} linked tenants; check \
             whether its API client lost permissions"
        );
        refusals.push(refuse_run(RefusalCode::NoItems, text));
    }
    if let Some(count) = sides.out_of_sight.payg {
        let text = format!(
            "{count} contracts that were pay-as-you-go are still in force, but none is marked so \
             any more; check whether the values of the field (billing.payg_field) were lost or \
             renamed: they must be Yes"
        );
        refusals.push(refuse_run(RefusalCode::NoPayg, text));
    }
    if sides.out_of_sight.lines {
        let text = "contracts of linked companies are shown, but none of them includes a service \
                    or a bundle any more; check whether the API user lost the permission to see \
                    them"
            .to_owned();
        refusals.push(refuse_run(RefusalCode::NoLines, text));
    }
    let linked = sides.links.len();
    if !sides.whole || linked == 0 {
        return refusals;
    }
    let is_known = sides.links.iter().any(|link| {
        let mut contracts = facts.book.contracts.values();
        contracts.any(|contract| contract.company == link.company)
    });
    if !is_known {
        let text = format!(
            "Autotask shows no recurring-service contract, not even an ended one, of any of the \
             {linked} linked companies; check whether the API user lost permissions, and \
             {NO_LINES_OF_BUSINESS}"
        );
        refusals.push(refuse_run(RefusalCode::NoContracts, text));
    }
    refusals
}
