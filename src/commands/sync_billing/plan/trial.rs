//! A tenant in trial costs nothing at Acronis (rules: billing).

use super::customer::View;
use super::money::{self, Totals};
use super::{Draft, Post};
use crate::config::Trial;
use crate::domain::contracts::Contract;
use crate::plan::Note;

impl View<'_> {
    /// Whether the lines of this customer are left alone because its tenant is in trial.
    pub(super) fn skips_trial(&self) -> bool {
        self.customer.trial && self.rules.billing.trial == Trial::Skip
    }

    /// What is said of a customer with a paying contract whose tenant is in trial.
    pub(super) fn in_trial(&self, draft: &mut Draft) -> Option<Note> {
        let lines = std::mem::take(&mut draft.trial);
        let paying: Vec<&Contract> = self.payg.iter().chain(&self.prepaid).copied().collect();
        if !self.customer.trial || paying.is_empty() {
            return None;
        }
        let tenant = &self.customer.tenant;
        let contracts = super::places::ids(&paying);
        let becomes = match self.rules.billing.trial {
            Trial::Bill => "it is billed anyway (billing.trial)".to_owned(),
            Trial::Skip if self.payg.is_empty() => {
                "its quotas are what the contract says".to_owned()
            }
            Trial::Skip if lines.is_empty() => "nothing of it is billed by usage".to_owned(),
            Trial::Skip => skipped(&lines),
        };
        let text = format!(
            "tenant {tenant} is in trial, which costs nothing at Acronis, but contract \
             {contracts} is paid: {becomes}; switch the tenant to production mode if the customer \
             pays{}",
            self.links(&paying)
        );
        Some(self.note("trial", tenant.to_string(), text))
    }
}

fn skipped(lines: &[Post]) -> String {
    let units: i64 = lines.iter().map(|post| post.before).sum();
    let named: Vec<String> = lines
        .iter()
        .map(|post| {
            format!(
                "{} {}{}",
                post.before,
                post.service_name,
                post.priced(post.before)
            )
        })
        .collect();
    let total = Totals::of(&lines.iter().map(billed_now).collect::<Vec<_>>());
    format!(
        "its {} lines are not billed by usage and keep their {units} units, total {} ({})",
        lines.len(),
        money::show(total.added),
        named.join("; ")
    )
}

/// A line as if its units were added now: what they cost.
fn billed_now(post: &Post) -> Post {
    Post {
        before: 0,
        wanted: post.before,
        ..post.clone()
    }
}
