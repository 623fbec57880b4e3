//! A tenant in trial costs nothing at Acronis (rules: billing).

use super::context::{self, CustomerContext};
use super::money::{self, ChangeTotals};
use super::{PlanBuilder, PostUnits};
use crate::config::Trial;
use crate::domain::contracts::Contract;
use crate::plan::Remark;
use crate::plan::RemarkKind;

impl CustomerContext<'_> {
    /// Whether the lines of this customer are left alone because its tenant is in trial.
    pub(super) fn skips_trial(&self) -> bool {
        self.customer.trial && self.rules.billing.trial == Trial::Skip
    }

    /// What is said of a customer with a paying contract whose tenant is in trial.
    pub(super) fn remark_trial(&self, draft: &mut PlanBuilder) -> Option<Remark> {
        let lines = std::mem::take(&mut draft.trial);
        let paying: Vec<&Contract> = self.payg.iter().chain(&self.prepaid).copied().collect();
        if !self.customer.trial || paying.is_empty() {
            return None;
        }
        let tenant = &self.customer.tenant;
        let contracts = context::contract_ids(&paying);
        let becomes = match self.rules.billing.trial {
            Trial::Bill => "it is billed anyway (billing.trial)".to_owned(),
            Trial::Skip if self.payg.is_empty() => {
                "its quotas are what the contract says".to_owned()
            }
            Trial::Skip if lines.is_empty() => "nothing of it is billed by usage".to_owned(),
            Trial::Skip => describe_skipped(&lines),
        };
        let text = format!(
            "tenant {tenant} is in trial, which costs nothing at Acronis, but contract \
             {contracts} is paid: {becomes}; switch the tenant to production mode if the customer \
             pays{}",
            self.contract_links(&paying)
        );
        Some(self.person_remark(RemarkKind::Trial, tenant.to_string(), text))
    }
}

fn describe_skipped(lines: &[PostUnits]) -> String {
    let units: i64 = lines.iter().map(|post| post.before).sum();
    let named: Vec<String> = lines
        .iter()
        .map(|post| {
            format!(
                "{} {}{}",
                post.before,
                post.service_name,
                post.price_words(post.before)
            )
        })
        .collect();
    let total = ChangeTotals::of_posts(&lines.iter().map(billed_now).collect::<Vec<_>>());
    format!(
        "its {} lines are not billed by usage and keep their {units} units, total {} ({})",
        lines.len(),
        money::show_money(total.added),
        named.join("; ")
    )
}

/// A line as if its units were added now: what they cost.
fn billed_now(post: &PostUnits) -> PostUnits {
    PostUnits {
        before: 0,
        wanted: post.before,
        ..post.clone()
    }
}
