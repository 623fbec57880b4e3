//! What is left alone or held back, in the words of the person who has to act on it.

use std::fmt::Display;

use rust_decimal::Decimal;

use super::super::facts::{CustomerUsage, InFlightPosting, LineHistory};
use super::action::PostUnits;
use super::context::{ContractLine, CountedUsage, CustomerContext, MappedItem, contract_ids};
use super::overuse::OverUse;
use super::{PlanBuilder, Rules, guards, money};
use crate::domain::contracts::Contract;
use crate::domain::period::BillingPeriod;
use crate::domain::units::show_amount;
use crate::plan::{Refusal, RefusalCode, Remark, RemarkKind};

/// A mapped item that is used while no line of the contract bills it.
const LINE_MISSING: RemarkKind = RemarkKind::LineMissing;

fn months_in_words(months: i32) -> String {
    match months {
        1 => "month".to_owned(),
        more => format!("{more} months"),
    }
}

impl CustomerContext<'_> {
    pub(super) fn person_remark(&self, kind: RemarkKind, subject: String, text: String) -> Remark {
        Remark::new(kind, subject, text)
            .of_account(&self.customer.account)
            .of_company(self.customer.party.clone())
            .for_person()
    }

    /// The same, when there is nothing to do for anybody.
    pub(super) fn plain_remark(&self, kind: RemarkKind, subject: String, text: String) -> Remark {
        Remark {
            needs_person: false,
            ..self.person_remark(kind, subject, text)
        }
    }

    /// What is said to a person about an item, again whenever one of the figures changes.
    pub(super) fn item_remark(
        &self,
        one: MappedItem<'_>,
        kind: RemarkKind,
        text: String,
        figures: &[&dyn Display],
    ) -> Box<Remark> {
        let note = self.person_remark(kind, one.link.item.to_string(), text);
        Box::new(note.told_by(figures))
    }

    /// Usage that goes on after the pay-as-you-go contract has ended, and on no other contract.
    pub(super) fn remarks_after_end(&self) -> Vec<Remark> {
        let today = self.facts.today;
        let (in_force, over): (Vec<&Contract>, Vec<&Contract>) = (self.own.iter().copied())
            .filter(|contract| contract.start <= today)
            .partition(|contract| contract.in_force(today));
        let notes = self.mapped.iter().filter_map(|one| {
            let holds = |contract: &&Contract| contract.holds_service(one.service);
            if over.is_empty() || in_force.iter().any(holds) {
                return None;
            }
            let contract = over
                .iter()
                .filter(|contract| contract.is_payg() && holds(contract))
                .max_by_key(|contract| contract.end)?;
            let units = self.used_units(*one);
            (units > 0).then(|| {
                self.person_remark(
                    RemarkKind::ContractEnded,
                    one.link.item.to_string(),
                    self.describe_gap(*one, contract),
                )
            })
        });
        notes.collect()
    }

    /// What is said of usage for which no contract is in force.
    fn describe_gap(&self, one: MappedItem<'_>, contract: &Contract) -> String {
        let today = self.facts.today;
        let mut held = contract.services.iter();
        let line = held.rfind(|line| line.service == one.service);
        let units = line.map_or(0, |line| line.rows.units_on(today));
        let holds = |contract: &&&Contract| contract.holds_service(one.service);
        let successor = self.own.iter().filter(holds);
        let successor = successor
            .filter(|next| next.active && next.is_payg() && next.start > today)
            .min_by_key(|next| next.start);
        let link = self.rules.billing.show_contract_link(contract.id);
        let (item, name) = (&one.link.item, &self.customer.party.name);
        if let Some(next) = successor.filter(|_| !contract.active) {
            return format!(
                "contract {} was made inactive, but contract {} begins only on {}: a renewal gap, \
                 in \
                 which Autotask goes on billing {units} units of {} while usage changes nothing; \
                 settle the days until then by hand{link}",
                contract.id, next.id, next.start, one.name
            );
        }
        let how = if contract.end < today {
            format!("ended on {}", contract.end)
        } else {
            "is no longer active".to_owned()
        };
        format!(
            "contract {} {how}, but {item} is still used by {name}: renew the contract or end the \
             service{link}",
            contract.id
        )
    }

    pub(super) fn remark_unreadable(&self, why: &str) -> Remark {
        let tenant = &self.customer.tenant;
        let text = format!(
            "the usage of tenant {tenant} could not be read, so nothing is billed in this run: \
             {why}"
        );
        self.person_remark(RemarkKind::UsageUnreadable, tenant.to_string(), text)
    }

    pub(super) fn remark_no_line(
        &self,
        one: MappedItem<'_>,
        contracts: &[&Contract],
    ) -> Box<Remark> {
        let units = self.used_units(one);
        let price = self.facts.prices.get(&one.service);
        let amount = price.and_then(|price| price.checked_mul(Decimal::from(units)));
        let amount = amount.map_or_else(String::new, |amount| {
            format!(
                " ({} by the service's own price)",
                money::show_money(amount)
            )
        });
        let text = format!(
            "{} used {units} units of {}{amount}, but pay-as-you-go contract {} has no line for \
             {}: \
             add the service to the contract, or set billing.add_missing_lines{}",
            self.customer.party.name,
            one.link.item,
            contract_ids(contracts),
            one.name,
            self.contract_links(contracts)
        );
        self.item_remark(one, LINE_MISSING, text, &[])
    }

    /// A line that Autotask would refuse: a contract takes no service of another period than its
    /// own.
    pub(super) fn remark_other_period(
        &self,
        one: MappedItem<'_>,
        contract: &Contract,
    ) -> Option<Box<Remark>> {
        let held = *self.facts.service_months.get(&one.service)?;
        let wanted = contract.period_months.filter(|months| *months != held)?;
        let text = format!(
            "{} used {} units of {}, but {} is billed every {}, and pay-as-you-go contract {} every \
             {}, so Autotask takes no line for it: map the item to a service with the contract's \
             period{}",
            self.customer.party.name,
            self.used_units(one),
            one.link.item,
            one.name,
            months_in_words(held),
            contract.id,
            months_in_words(wanted),
            self.contract_links(&[contract])
        );
        let figures: [&dyn Display; 3] = [&contract.id, &held, &wanted];
        Some(self.item_remark(one, RemarkKind::ServicePeriodDiffers, text, &figures))
    }

    /// Says what keeps an item from being billed. Usage that no line bills moves every day: it is
    /// told again when it has doubled.
    pub(super) fn add_remark(&self, draft: &mut PlanBuilder, one: MappedItem<'_>, note: Remark) {
        if note.kind != LINE_MISSING {
            draft.notes.push(note);
            return;
        }
        let units = self.used_units(one);
        draft.over_use.push(OverUse {
            note,
            quota: 0,
            doublings: units.checked_ilog2().unwrap_or(0),
        });
    }

    pub(super) fn remark_too_large(&self, one: MappedItem<'_>, amount: Decimal) -> Remark {
        let text = format!(
            "{} reports {amount}, too large to calculate with",
            one.link.item
        );
        *self.item_remark(one, RemarkKind::UsageTooLarge, text, &[&amount])
    }

    /// An item that is switched off and used all the same: billed as measured, and said.
    pub(super) fn remark_switched_off(
        &self,
        one: MappedItem<'_>,
        counted: Option<&CountedUsage<'_>>,
    ) -> Option<Remark> {
        let counted = counted?;
        let used = counted.amount > Decimal::ZERO;
        let reading = counted.reading?;
        (used && reading.enabled == Some(false)).then(|| {
            let text = format!(
                "{} is switched off for {}, but Acronis reports {} of it; it is billed as measured",
                one.link.item,
                self.customer.party.name,
                show_amount(counted.amount, one.link.measure.unit)
            );
            self.plain_remark(RemarkKind::SwitchedOff, one.link.item.to_string(), text)
        })
    }

    /// Where to look at contracts, if the configuration tells.
    pub(super) fn contract_links(&self, contracts: &[&Contract]) -> String {
        let billing = self.rules.billing;
        contracts
            .iter()
            .map(|contract| billing.show_contract_link(contract.id))
            .collect()
    }

    /// Missing usage is not zero usage: what was billed stays until a person says otherwise.
    pub(super) fn hold_missing(
        &self,
        post: &PostUnits,
        counted: Option<&CountedUsage<'_>>,
    ) -> Option<Refusal> {
        if counted.is_some_and(|counted| counted.reading.is_some()) {
            return None;
        }
        if let Some(older) = counted {
            let text = format!(
                "{}: this run read no usage of {}; by the reading of {:.0} {} units would become \
                 {}; approve this plan to bill by that reading",
                post.line_subject(),
                post.item,
                older.at,
                post.before,
                post.wanted
            );
            let code = RefusalCode::OlderReading;
            return Some(guards::hold_line(post, code, text, None, self.rules));
        }
        let text = match self.customer.usage {
            CustomerUsage::Rows(_) => format!(
                "{}: {} units are billed, but Acronis reports no usage of {}. Missing usage is \
                 not treated as zero, so nothing is changed until this plan is approved",
                post.line_subject(),
                post.before,
                post.item
            ),
            CustomerUsage::Missing | CustomerUsage::Unreadable(_) => format!(
                "{}: {} units are billed, but Acronis reports no usage at all for {} (tenant {}), \
                 so nothing is changed until this plan is approved",
                post.line_subject(),
                post.before,
                post.party.name,
                post.tenant
            ),
        };
        Some(guards::hold_line(
            post,
            RefusalCode::UsageMissing,
            text,
            None,
            self.rules,
        ))
    }

    /// Refuses a line that exists and has no unit row on the day; one that is new has none yet.
    pub(super) fn refuse_rowless(
        &self,
        place: &ContractLine<'_>,
        post: &PostUnits,
    ) -> Option<Refusal> {
        let line = place.line?;
        let none = line.rows.row_on(post.effective).is_none();
        (none && !self.is_frozen()).then(|| guards::refuse_rowless(post, self.rules))
    }

    /// An item that was billed, has no usage row any more, and no units either: a contract was
    /// renewed, or the units were taken away by hand.
    pub(super) fn remark_vanished(
        &self,
        one: MappedItem<'_>,
        counted: Option<&CountedUsage<'_>>,
        units: i64,
    ) -> Option<Remark> {
        let billed = self.facts.billed.get(&self.measured_key(one))?;
        (counted.is_none() && units == 0).then(|| {
            let text = format!(
                "{billed} units of {} were billed before, but Acronis no longer reports usage of \
                 it and the contract has no units: check whether it is still used",
                one.name
            );
            *self.item_remark(one, RemarkKind::UsageMissing, text, &[billed])
        })
    }

    pub(super) fn remark_frozen(&self, post: &PostUnits) -> Remark {
        let text = format!(
            "{} waits: nothing is posted on day {} of a month (billing.freeze)",
            describe_difference(post),
            self.facts.today.day()
        );
        self.plain_remark(RemarkKind::Frozen, post.line_subject(), text)
    }

    pub(super) fn remark_in_flight(&self, post: &PostUnits, young: &InFlightPosting) -> Remark {
        let earlier = &young.posting;
        let text = format!(
            "{} waits until {:.0}: an earlier posting ({} → {} units from {}) may still take \
             effect ({}); the next run after that time continues",
            describe_difference(post),
            young.until,
            earlier.before,
            earlier.wanted,
            earlier.effective,
            earlier.seen
        );
        self.plain_remark(RemarkKind::Settling, post.line_subject(), text)
    }
}

/// A line in one of its periods, as notes name it.
pub(super) fn period_subject(subject: &str, period: BillingPeriod) -> String {
    format!("{subject}, period {}", period.start)
}

pub(super) fn describe_difference(post: &PostUnits) -> String {
    format!(
        "{}: {} → {} units ({:+}{})",
        post.line_subject(),
        post.before,
        post.wanted,
        post.unit_change(),
        post.price_words(post.unit_change())
    )
}

/// What earlier postings to the line say.
pub(super) fn check_earlier_postings(
    post: &PostUnits,
    history: &LineHistory,
    rules: Rules<'_>,
) -> Option<Refusal> {
    if let Some(open) = &history.open {
        let text = format!(
            "{}: an earlier posting ({} → {} units from {}) is not known to have taken effect \
             ({}); look at the contract's units, then approve this plan",
            post.line_subject(),
            open.before,
            open.wanted,
            open.effective,
            open.seen
        );
        return Some(guards::hold_line(
            post,
            RefusalCode::PostingUnsure,
            text,
            None,
            rules,
        ));
    }
    let refused = history.refused.as_ref()?;
    let same = refused.wanted == post.wanted && refused.before == post.before;
    // Other numbers deserve a try of their own; the same answer twice is no matter of numbers.
    let settled = same || refused.times > 1;
    (settled && refused.effective == post.effective).then(|| {
        let text = format!(
            "{} from {}: Autotask refused {} before ({}); correct the cause there, then approve \
             this plan to try again",
            describe_difference(post),
            post.effective,
            if same {
                "exactly this"
            } else {
                "the line's changes"
            },
            refused.answer
        );
        guards::hold_line(post, RefusalCode::RefusedBefore, text, None, rules)
    })
}
