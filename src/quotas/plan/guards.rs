//! What a plan of quotas may not do without a person (rules: provisioning guards).

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::planner::{contracts_in_words, customer_in_words, is_held};
use super::{Action, Planned, Rules};
use crate::config::Limits;
use crate::domain::ids::{ContractId, ItemKey};
use crate::domain::seen_contracts::NO_LINES_OF_BUSINESS;
use crate::domain::units::show_amount;
use crate::plan::{Action as _, Reach, Refusal, RefusalCode, Share};
use crate::quotas::facts::{Facts, Level, QuotaCustomer};

/// Whether a lowering of this customer needs a person's word first.
pub(super) fn requires_first_approval(customer: &QuotaCustomer) -> bool {
    customer.existed_before && !customer.lowering_approved
}

/// How many quotas a customer has: what is enabled and counted.
pub(super) fn count_quotas(customer: &QuotaCustomer) -> usize {
    let counted = |level: Level| match level {
        Level::Off | Level::On => false,
        Level::Quota { .. } => true,
    };
    customer
        .items
        .values()
        .filter(|item| counted(item.level))
        .count()
}

/// Judges the lines of one customer, and marks those after which lowering is ordinary.
pub(super) fn guard_customer(
    customer: &QuotaCustomer,
    hidden: &[ContractId],
    actions: &mut [Action],
) -> Vec<Refusal> {
    let below = |action: &Action| {
        let used = customer.known_usage(&action.item);
        let ceiling = action.after.ceiling().map(Decimal::from);
        used.zip(ceiling).is_some_and(|(used, most)| used > most)
    };
    let blind =
        |action: &Action| action.lowers_quota() && customer.known_usage(&action.item).is_none();
    let lowers_any = actions.iter().any(Action::lowers_quota);
    let first = requires_first_approval(customer);
    if first {
        for action in actions.iter_mut() {
            action.allows_reductions = action.lowers_quota() || !lowers_any;
        }
    }
    let none = BTreeSet::new;
    let held = HeldItems {
        below: items_where(actions, below),
        blind: items_where(actions, blind),
        unexplained: match hidden {
            [] => none(),
            [_, ..] => items_where(actions, Action::lowers_quota),
        },
        first: match first {
            true => items_where(actions, Action::lowers_quota),
            false => none(),
        },
    };
    for action in actions.iter_mut() {
        action.by_approval = held.contains(&action.item);
    }
    held.into_refusals(customer, hidden, actions)
}

/// The items of a customer that wait for a person, by the reason.
#[derive(Debug)]
struct HeldItems {
    /// The quota would be below what is used.
    below: BTreeSet<ItemKey>,
    /// What is used is not known.
    blind: BTreeSet<ItemKey>,
    /// A contract is hidden, and may be why.
    unexplained: BTreeSet<ItemKey>,
    /// The first plan that lowers anything for this tenant.
    first: BTreeSet<ItemKey>,
}

impl HeldItems {
    fn contains(&self, item: &ItemKey) -> bool {
        let mut all = [&self.below, &self.blind, &self.unexplained, &self.first].into_iter();
        all.any(|held| held.contains(item))
    }

    fn into_refusals(
        self,
        customer: &QuotaCustomer,
        hidden: &[ContractId],
        actions: &[Action],
    ) -> Vec<Refusal> {
        let Self {
            below,
            blind,
            unexplained,
            first,
        } = self;
        let mut refusals = Vec::new();
        if !below.is_empty() {
            let text = refuse_below_usage(customer, actions, &below);
            refusals.push(refuse_lines(
                RefusalCode::QuotaBelowUsage,
                text,
                actions,
                &below,
            ));
        }
        if !blind.is_empty() {
            let text = format!(
                "{}: {} would be lowered, but their current usage is not known: {}; unknown usage is \
             not treated as zero",
                customer_in_words(customer),
                count_in_words(blind.len(), count_quotas(customer)),
                join_items(&blind)
            );
            refusals.push(refuse_lines(
                RefusalCode::UsageUnknown,
                text,
                actions,
                &blind,
            ));
        }
        if !unexplained.is_empty() {
            let text = format!(
                "{}: {}; {} would be lowered because of that: {}; approve the plan if the contract \
             was deleted",
                customer_in_words(customer),
                refuse_hidden_contracts(hidden),
                count_in_words(unexplained.len(), count_quotas(customer)),
                join_items(&unexplained)
            );
            refusals.push(refuse_lines(
                RefusalCode::ContractHidden,
                text,
                actions,
                &unexplained,
            ));
        }
        if !first.is_empty() {
            let text = format!(
                "{}: the tenant existed before it was linked, and this is the first plan that lowers \
             its quotas, so it needs approval: {}: {}",
                customer_in_words(customer),
                count_in_words(first.len(), count_quotas(customer)),
                join_items(&first)
            );
            refusals.push(refuse_lines(
                RefusalCode::FirstLowering,
                text,
                actions,
                &first,
            ));
        }
        refusals
    }
}

/// In words, without an end.
pub(super) fn refuse_hidden_contracts(contracts: &[ContractId]) -> String {
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

fn count_in_words(count: usize, of: usize) -> String {
    format!("{count} of its {of} quotas")
}

fn join_items(items: &BTreeSet<ItemKey>) -> String {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join(", ")
}

fn refuse_below_usage(
    customer: &QuotaCustomer,
    actions: &[Action],
    held: &BTreeSet<ItemKey>,
) -> String {
    let each: Vec<String> = actions
        .iter()
        .filter(|action| held.contains(&action.item))
        .map(|action| {
            let used = customer.known_usage(&action.item).unwrap_or_default();
            format!(
                "{} to {} with {} in use",
                action.item,
                action.after.show_level(action.unit),
                show_amount(used, action.unit)
            )
        })
        .collect();
    format!(
        "{}: {} would be set below current usage: {}",
        customer_in_words(customer),
        count_in_words(held.len(), count_quotas(customer)),
        each.join(", ")
    )
}

fn refuse_lines(
    code: RefusalCode,
    text: String,
    actions: &[Action],
    held: &BTreeSet<ItemKey>,
) -> Refusal {
    let lines: Vec<_> = actions
        .iter()
        .filter(|action| is_held(action, held))
        .map(Action::describe)
        .collect();
    Refusal {
        code,
        text,
        key: None,
        scope: Reach::of_lines(&lines),
        approvable: true,
    }
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
        !planned
            .refusals
            .iter()
            .any(|refusal| refusal.covers_line(&line))
    };
    let lowered = planned
        .actions
        .iter()
        .filter(|action| action.lowers_quota());
    let share = Share {
        count: lowered.filter(is_free).count(),
        of: quotas,
    };
    if share.exceeds_percent(rules.lowered_percent, rules.lowered_min) {
        refusals.push(Refusal {
            code: RefusalCode::TooManyLowered,
            text: format!(
                "{} quotas would be lowered, above the limit of {} % if more than {} exist",
                share.in_words(),
                rules.lowered_percent,
                rules.lowered_min
            ),
            key: Some(Limits::QUOTA_LOWERED_PERCENT),
            scope: Reach::Run,
            approvable: true,
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
    (lowers && lines.len() > 1 && !lines.contains(&true)).then(|| Refusal {
        code: RefusalCode::NoUnits,
        text: format!(
            "none of the {} prepaid contract lines has units in force on {}; check whether the \
             API user lost the permission to see them",
            lines.len(),
            facts.today
        ),
        key: None,
        scope: Reach::Run,
        approvable: true,
    })
}

/// The codes of what [`refuse_emptied`] finds.
pub(super) const EMPTIED: &[RefusalCode] = &[
    RefusalCode::NoTenants,
    RefusalCode::NoItems,
    RefusalCode::NoPayg,
    RefusalCode::NoLines,
    RefusalCode::NoContracts,
];

fn refuse_emptied(facts: &Facts) -> Vec<Refusal> {
    let sides = &facts.whole_view;
    let refusal = |code, text| Refusal {
        code,
        text,
        key: None,
        scope: Reach::Run,
        approvable: true,
    };
    let mut refusals = Vec::new();
    for (account, tenants) in &sides.tenants {
        let links = sides.links.iter();
        let linked = links.filter(|link| link.account == *account).count();
        if *tenants == 0 && linked > 0 {
            let text = format!(
                "account {account} shows no customer tenant at all, but {linked} of its tenants \
                 are linked; check whether its API client lost permissions"
            );
            refusals.push(refusal(RefusalCode::NoTenants, text));
        }
    }
    for (account, tenants) in &sides.itemless {
        let text = format!(
            "account {account} shows no offering item of any of {tenants} linked tenants; check \
             whether its API client lost permissions"
        );
        refusals.push(refusal(RefusalCode::NoItems, text));
    }
    if let Some(count) = sides.out_of_sight.payg {
        let text = format!(
            "{count} contracts that were pay-as-you-go are still in force, but none is marked so \
             any more; check whether the values of the field (billing.payg_field) were lost or \
             renamed: they must be Yes"
        );
        refusals.push(refusal(RefusalCode::NoPayg, text));
    }
    if sides.out_of_sight.lines {
        let text = "contracts of linked companies are shown, but none of them includes a service \
                    or a bundle any more; check whether the API user lost the permission to see \
                    them"
            .to_owned();
        refusals.push(refusal(RefusalCode::NoLines, text));
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
        refusals.push(refusal(RefusalCode::NoContracts, text));
    }
    refusals
}
