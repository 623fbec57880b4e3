//! Items that need attention, told once, for every command alike.
//!
//! An item has a key (what it is about) and a fingerprint (its figures). The run that finds it tells
//! it in full and ends with 4 where something is held back; while the fingerprint stays, later runs
//! only keep it in `status` and in the JSON. A refusal of the whole run is told by every run.

mod items;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::{RunScope, WriteRun};
use crate::plan::{Action, Plan, RemarkKind};
use crate::report::{ActionOutcome, HeldItem, PlanView, RemarkNovelty, ResultRow};
use crate::state::pending::{PendingClass, PendingItem, RenewedFingerprint};
use items::{Found, Source};

/// Remarks about what passes by itself: they tell how far something has come.
const PASSING: &[RemarkKind] = &[
    RemarkKind::Frozen,
    RemarkKind::Held,
    RemarkKind::NotYet,
    RemarkKind::Settling,
    RemarkKind::TenantBusy,
    RemarkKind::TenantUnknown,
];

/// What earlier runs told and people settled, of one command.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Key → fingerprint under which it was told.
    reported: BTreeMap<String, String>,
    /// Key → fingerprint with which it was settled.
    dismissed: BTreeMap<String, String>,
    /// What the other side refused to take.
    refused: Vec<PendingItem>,
}

/// What a run tells: kept at its end, once it was printed.
#[derive(Debug)]
pub(super) struct Pending {
    command: &'static str,
    scope: RunScope,
    items: Vec<Found>,
    known: Known,
    /// The lines of the plan, as the fingerprints of refused writes name them.
    planned: BTreeSet<String>,
    /// A person approved the plan, and so settled what could be approved.
    pub(super) approved: bool,
}

/// How a plan is judged against what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// A command that somebody types: everything is told.
    ByHand,
    /// Everything that is held back is told: a preview, or a plan that is approved.
    InFull,
    /// Only what was not told before.
    Once,
}

impl WriteRun<'_> {
    /// Says what this run looks at. From then on what its plan tells is told once, and what it looks
    /// at and no longer sees is forgotten.
    pub(crate) fn track_pending(&mut self, scope: RunScope) {
        self.run_scope = Some(scope);
    }

    pub(super) fn known(&self, command: &str) -> Result<Known> {
        let reported = self.state.reported_items(Some(command))?;
        let refused = reported.iter().map(|one| &one.item);
        let refused = refused.filter(|item| item.is_refused_write());
        let refused = refused.cloned().collect();
        let dismissed = self.state.dismissals(Some(command))?.into_iter();
        Ok(Known {
            reported: reported
                .into_iter()
                .map(|one| (one.item.key, one.item.fingerprint))
                .collect(),
            dismissed: dismissed
                .map(|one| (one.item.key, one.item.fingerprint))
                .collect(),
            refused,
        })
    }

    /// Remembers what was told. To be called once it was printed: what nobody saw is told again.
    pub(super) fn keep_pending(&self) -> Result<()> {
        let Some(pending) = &self.pending else {
            return Ok(());
        };
        if self.session.report.lost_output() {
            return Ok(());
        }
        let seen = pending.kept();
        let covered = |held: &PendingItem| pending.scope.covers(held);
        let now = self.session.now;
        self.state
            .keep_pending(pending.command, &seen, &pending.renewed(), covered, now)
    }
}

/// The plan without what people settled by hand; `None` when that is nothing.
pub(super) fn without_dismissed<A: Action>(plan: &Plan<A>, known: &Known) -> Option<Plan<A>> {
    let mut lines = BTreeSet::new();
    let mut refusals = BTreeSet::new();
    for found in items::of_plan(plan) {
        if let Source::Refusal(at, held) = &found.source
            && !found.always
            && known.has_dismissed(&found)
        {
            if held.is_empty() {
                refusals.insert(*at);
            }
            lines.extend(held.iter().cloned());
        }
    }
    (!lines.is_empty() || !refusals.is_empty()).then(|| plan.without_dismissed(&lines, &refusals))
}

impl Known {
    fn has_dismissed(&self, found: &Found) -> bool {
        let settled = self.dismissed.get(&found.item.key);
        settled.is_some_and(|settled| found.is_known_as(settled))
    }

    fn judge(&self, found: &Found, telling: Telling) -> RemarkNovelty {
        let item = &found.item;
        if found.always {
            return RemarkNovelty::New;
        }
        if self.has_dismissed(found) {
            return RemarkNovelty::Dismissed;
        }
        let told = self.reported.get(&item.key);
        let known = told.is_some_and(|told| found.is_known_as(told));
        match (item.class, telling) {
            (PendingClass::Remark, Telling::ByHand) => RemarkNovelty::Passing,
            (PendingClass::Remark, Telling::InFull | Telling::Once) if known => {
                RemarkNovelty::Reported
            }
            (PendingClass::Held | PendingClass::Attention, Telling::Once) if known => {
                RemarkNovelty::Reported
            }
            (_, Telling::ByHand | Telling::InFull | Telling::Once) => RemarkNovelty::New,
        }
    }
}

impl Pending {
    /// Finds the items of a plan.
    pub(super) fn find<A: Action>(plan: &Plan<A>, scope: RunScope, known: Known) -> Self {
        let lines = plan.lines().iter();
        let planned: BTreeSet<String> = lines
            .map(|line| items::written(&line.description))
            .collect();
        let mut all = items::of_plan(plan);
        if scope.holds_refused() {
            // Tried again below; what is not tried stays held.
            let again =
                |item: &&PendingItem| item.fingerprint.lines().any(|one| planned.contains(one));
            let again = known.refused.iter().filter(again).cloned();
            all.extend(again.map(Found::of_write));
        }
        Self {
            command: plan.command_name(),
            scope: scope.reading(plan.remarks()),
            items: all,
            known,
            planned,
            approved: false,
        }
    }

    /// Marks in a view what was told before and what was settled; remarks on the way are none.
    pub(super) fn suppress_reported(&mut self, view: &mut PlanView, telling: Telling) {
        for note in &mut view.notes {
            note.reporting = RemarkNovelty::Passing;
        }
        let mut of_refusals: BTreeMap<usize, RemarkNovelty> = BTreeMap::new();
        for found in &mut self.items {
            found.reporting = self.known.judge(found, telling);
            match found.source {
                Source::Note(at) => {
                    if let Some(note) = view.notes.get_mut(at) {
                        note.reporting = found.reporting;
                    }
                }
                Source::Refusal(at, _) => {
                    let one = of_refusals.entry(at).or_insert(found.reporting);
                    if found.reporting == RemarkNovelty::New {
                        *one = RemarkNovelty::New;
                    }
                }
                Source::Write => {}
            }
        }
        for (at, reporting) in of_refusals {
            if let Some(refusal) = view.refusals.get_mut(at) {
                refusal.reporting = reporting;
            }
        }
        view.hide_reported();
        if telling == Telling::Once {
            let writes = self.items.iter().filter(|one| one.source == Source::Write);
            let refused: Vec<&str> = writes
                .flat_map(|one| one.item.fingerprint.lines())
                .collect();
            for line in &mut view.lines {
                let subject = items::written(&line.description);
                line.retried = refused.contains(&subject.as_str());
            }
        }
    }

    /// Takes over what the other side refused. What it refused before with the same words is held
    /// and not told again.
    pub(super) fn hold_refused(&mut self, rows: &mut [ResultRow]) {
        if !self.scope.holds_refused() {
            return;
        }
        let tried = rows.iter().filter(|row| row.outcome.was_tried());
        let tried: BTreeSet<String> = tried.map(|row| items::written(&row.description)).collect();
        let waits = |subject: &str| self.planned.contains(subject) && !tried.contains(subject);
        let mut found = items::of_refused_writes(self.command, rows);
        for item in &self.known.refused {
            let untried = item.fingerprint.lines().filter(|one| waits(one));
            items::add_untried(&mut found, item, untried.collect());
        }
        self.items.retain(|one| one.source != Source::Write);
        for mut found in found {
            let told = subjects(self.known.reported.get(&found.item.key));
            let settled = subjects(self.known.dismissed.get(&found.item.key));
            let now = subjects(Some(&found.item.fingerprint));
            for row in rows.iter_mut() {
                let subject = items::written(&row.description);
                let known = told.contains(&subject) || settled.contains(&subject);
                row.held |= known && items::is_refused_as(row, &found.item);
            }
            found.reporting = if now.is_subset(&settled) {
                RemarkNovelty::Dismissed
            } else if now.is_subset(&told) {
                RemarkNovelty::Reported
            } else {
                RemarkNovelty::New
            };
            self.items.push(found);
        }
        let failed = |row: &ResultRow| matches!(row.outcome, ActionOutcome::Failed { .. });
        let all_held = rows.iter().filter(|row| failed(row)).all(|row| row.held);
        for row in rows {
            row.held |= all_held && row.outcome.is_behind();
        }
    }

    /// Whether the other side refused something that was not told before.
    pub(super) fn tells_refused(&self) -> bool {
        let mut items = self.items.iter();
        items.any(|found| found.source == Source::Write && found.reporting == RemarkNovelty::New)
    }

    /// What stays held back.
    pub(super) fn held(&self, approval: Option<&str>) -> Vec<HeldItem> {
        let standing = self.standing();
        let held = standing.filter(|found| found.item.class == PendingClass::Held);
        held.map(|found| HeldItem {
            key: found.item.short_key(),
            kind: found.item.kind.clone(),
            account: found.item.account.clone(),
            company: found.item.company,
            text: found.item.text.clone(),
            digest: approval.filter(|_| found.approvable).map(ToOwned::to_owned),
            reported: self.known.reported.contains_key(&found.item.key)
                && found.reporting != RemarkNovelty::New,
        })
        .collect()
    }

    /// Everything that is neither settled nor approved.
    fn standing(&self) -> impl Iterator<Item = &Found> {
        let stands = |found: &&Found| {
            found.reporting != RemarkNovelty::Dismissed && !(self.approved && found.approvable)
        };
        self.items.iter().filter(stands)
    }

    /// What is remembered. What was told already keeps the fingerprint under which it was.
    fn kept(&self) -> Vec<PendingItem> {
        let kept = self.standing().map(|found| {
            let mut item = found.item.clone();
            let told = self.known.reported.get(&item.key);
            let told = told.filter(|_| found.source != Source::Write);
            let same = |told: &&String| found.is_known_as(told) && !found.is_former(told);
            if let Some(told) = told.filter(same) {
                item.fingerprint.clone_from(told);
            }
            item
        });
        kept.collect()
    }
}

impl Pending {
    /// What was told or settled under the fingerprint that an older version gave it.
    fn renewed(&self) -> Vec<RenewedFingerprint> {
        let renewed = self.items.iter().filter_map(|found| {
            Some(RenewedFingerprint {
                key: found.item.key.clone(),
                former: found.former.clone()?,
                now: found.item.fingerprint.clone(),
            })
        });
        renewed.collect()
    }
}

/// The lines that a fingerprint of refused writes names.
fn subjects(fingerprint: Option<&String>) -> BTreeSet<String> {
    let lines = fingerprint.map(|text| text.lines().map(str::to_owned).collect());
    lines.unwrap_or_default()
}

#[cfg(test)]
mod tests;
