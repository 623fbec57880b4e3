//! Lines that had units before acrotask saw them as pay-as-you-go: their first change waits for a
//! person, once for all of them (rules: billing).

use std::collections::BTreeSet;

use super::super::facts::{BilledLineKey, KnownLine, LineHistory};
use super::context::{ContractLine, CustomerContext, MappedItem};
use super::money::ChangeTotals;
use super::{PlanBuilder, PostUnits, action, effective};
use crate::domain::ids::CompanyId;
use crate::plan::{Description, Reach, Refusal, RefusalCode};

impl CustomerContext<'_> {
    /// What is known of a line once this run has seen it. `wanted` is what a reading asks for.
    pub(super) fn update_known_line(
        &self,
        one: MappedItem<'_>,
        place: &ContractLine<'_>,
        before: i64,
        wanted: Option<i64>,
        history: &LineHistory,
    ) -> KnownLine {
        let today = self.facts.today;
        let key = (place.contract.id, one.service);
        let known = self.facts.known.get(&key);
        let mut line = known.cloned().unwrap_or_else(|| self.new_known_line(one));
        let is_right = wanted == Some(before);
        // A line without any row is held back for that.
        let had_none = known.is_none() && self.units_today(place) == 0;
        if line.taken_over.is_none()
            && (is_right || had_none || !history.taken.is_empty() || self.follows_taken_over(key))
        {
            line.taken_over = Some(today);
        }
        if is_right {
            line.units = Some(before);
        }
        let kept = self.kept_by_hand(one, place);
        if kept != line.offset {
            line.offset = kept;
            line.units = Some(self.units_today(place));
        }
        line
    }

    /// A line of which nothing is known but this run.
    pub(super) fn new_known_line(&self, one: MappedItem<'_>) -> KnownLine {
        KnownLine {
            party: self.customer.party.clone(),
            account: self.customer.account.clone(),
            tenant: self.customer.tenant.clone(),
            item: one.link.item.clone(),
            service_name: one.name.to_owned(),
            since: self.facts.today,
            taken_over: None,
            units: None,
            offset: 0,
        }
    }

    /// The units that people keep on the line beside what is used: those of before, and a change of
    /// theirs that somebody dismissed.
    pub(super) fn kept_by_hand(&self, one: MappedItem<'_>, place: &ContractLine<'_>) -> i64 {
        let Some(known) = self.facts.known.get(&(place.contract.id, one.service)) else {
            return 0;
        };
        let units = self.units_today(place);
        let subject = action::line_subject(place.contract.id, one.service, one.name);
        let dismissed = self.facts.kept.get(&subject) == Some(&units);
        match known.units {
            Some(left) if dismissed && left != units => {
                let difference = units.saturating_sub(left);
                known.offset.saturating_add(difference)
            }
            Some(_) | None => known.offset,
        }
    }

    /// Whether the line goes on where one of the same company and service left off that was taken
    /// over: a contract was renewed.
    fn follows_taken_over(&self, line: BilledLineKey) -> bool {
        let (contract, service) = line;
        let in_force = |id| {
            let contract = self.facts.book.contracts.get(&id);
            contract.is_some_and(|contract| contract.in_force(self.facts.today))
        };
        self.facts.known.iter().any(|(key, known)| {
            key.1 == service
                && key.0 != contract
                && known.party.id == self.customer.party.id
                && known.taken_over.is_some()
                && !in_force(key.0)
        })
    }

    /// Whether a change of the line waits for a person because of what stood there before.
    pub(super) fn is_taking_over(
        &self,
        place: &ContractLine<'_>,
        known: &KnownLine,
        history: &LineHistory,
    ) -> bool {
        known.taken_over.is_none() || self.was_prepaid(place, history)
    }

    /// Whether the contract was prepaid earlier in its current period, and the line had no change
    /// since.
    fn was_prepaid(&self, place: &ContractLine<'_>, history: &LineHistory) -> bool {
        let contract = place.contract;
        let Some(period) = effective::period_on(contract, self.facts.today) else {
            return false;
        };
        let prepaid = self.facts.prepaid.get(&contract.id);
        let seen = prepaid.is_some_and(|last| period.contains_day(*last));
        seen && !history.taken.iter().any(|day| *day >= period.start)
    }
}

/// One refusal for all lines that are taken over.
pub(super) fn refuse_takeovers(draft: &PlanBuilder) -> Option<Refusal> {
    let is_taken_over =
        |post: &&PostUnits| draft.takeovers.contains(&(post.contract, post.service));
    let posts: Vec<&PostUnits> = draft.posts.iter().filter(is_taken_over).collect();
    let companies: BTreeSet<CompanyId> = posts.iter().map(|post| post.party.id).collect();
    let lines: Vec<Description> = posts.iter().map(|post| post.describe_change()).collect();
    (!posts.is_empty()).then(|| Refusal {
        code: RefusalCode::TakingOver,
        text: format!(
            "{} lines of {} companies have units that acrotask did not post, or were prepaid \
             earlier in this period: {}; compare the plan with what is billed by hand today, then \
             approve it, once for all these lines",
            posts.len(),
            companies.len(),
            ChangeTotals::of_posts(posts.iter().copied()).in_words()
        ),
        key: None,
        scope: Reach::of_lines(&lines),
        approvable: true,
    })
}
