//! One customer: which line stands for which item, and what it should say.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::super::facts::{
    Customer, Facts, KnownLine, LineHistory, LineKey, Measure, MeasuredKey, Reading, Usage,
};
use super::arithmetic::{self, Computed};
use super::change::Now;
use super::effective::{self, Line, When};
use super::reading::Counted;
use super::{Draft, Post, Rules, Standing, guards, said};
use crate::config::Terms;
use crate::domain::contracts::{Contract, ServiceLine};
use crate::domain::ids::{CompanyId, ServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::plan::Refusal;

/// A mapped item of a customer's account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapped<'a> {
    pub(super) link: &'a ProductLink,
    pub(super) service: ServiceId,
    pub(super) name: &'a str,
}

/// Where an item is billed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) contract: &'a Contract,
    /// None when the contract has no line for it yet.
    pub(super) line: Option<&'a ServiceLine>,
}

/// The contracts of each company.
pub(super) type Contracts<'a> = BTreeMap<CompanyId, Vec<&'a Contract>>;

/// Everything about one customer of the run.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts,
    pub(super) rules: Rules<'a>,
    /// How this customer's lines are posted.
    pub(super) terms: Terms,
    pub(super) customer: &'a Customer,
    pub(super) mapped: Vec<Mapped<'a>>,
    /// All contracts of the company.
    pub(super) own: Vec<&'a Contract>,
    /// Relevant pay-as-you-go contracts.
    pub(super) payg: Vec<&'a Contract>,
    /// Relevant contracts that are not.
    pub(super) prepaid: Vec<&'a Contract>,
}

impl<'a> View<'a> {
    pub(super) fn of(
        facts: &'a Facts,
        rules: Rules<'a>,
        customer: &'a Customer,
        contracts: &Contracts<'a>,
    ) -> Self {
        let mapped = mapped(&facts.products, customer);
        let services: BTreeSet<ServiceId> = mapped.iter().map(|one| one.service).collect();
        let own = contracts.get(&customer.party.id);
        let own = own.cloned().unwrap_or_default();
        let relevant = own.iter().copied();
        let (mut payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = relevant
            .filter(|contract| contract.is_relevant(facts.today, &services))
            .partition(|contract| contract.is_payg());
        if payg.is_empty() {
            payg = bare(facts, &own);
        }
        Self {
            facts,
            rules,
            terms: rules.customers.terms(rules.billing, customer.party.id),
            customer,
            mapped,
            own,
            payg,
            prepaid,
        }
    }
}

/// Plans all lines of one customer, and says what is to be said of it as a whole.
pub(super) fn plan(draft: &mut Draft, view: &View<'_>) {
    draft.notes.extend(view.after_the_end());
    let prepaid = view.prepaid.iter().map(|contract| contract.id);
    draft.prepaid.extend(prepaid);
    lines(draft, view);
    view.say_unbilled(draft);
    let trial = view.in_trial(draft);
    draft.notes.extend(trial);
}

fn lines(draft: &mut Draft, view: &View<'_>) {
    let customer = view.customer;
    if view.payg.is_empty() {
        return;
    }
    if let Usage::Unreadable(why) = &customer.usage {
        let note = view.unreadable(why);
        for one in &view.mapped {
            draft.standing.extend(view.unbilled(*one, &note.text));
        }
        draft.notes.push(note);
        return;
    }
    for one in &view.mapped {
        view.item(draft, *one);
    }
}

/// Contracts that say pay-as-you-go and hold no mapped service yet: where lines are missing.
fn bare<'a>(facts: &Facts, own: &[&'a Contract]) -> Vec<&'a Contract> {
    let contracts = own.iter().copied();
    contracts
        .filter(|contract| contract.is_payg() && contract.in_force(facts.today))
        .collect()
}

fn mapped<'a>(products: &'a [ProductLink], customer: &Customer) -> Vec<Mapped<'a>> {
    let of_account = products
        .iter()
        .filter(|link| link.account == customer.account);
    of_account
        .filter_map(|link| match &link.choice {
            Choice::Service { id, name } => Some(Mapped {
                link,
                service: *id,
                name,
            }),
            Choice::Free | Choice::Leave => None,
        })
        .collect()
}

impl View<'_> {
    fn item(&self, draft: &mut Draft, one: Mapped<'_>) {
        let place = match self.place(one) {
            Ok(Some(place)) => place,
            Ok(None) => return,
            Err(note) => {
                draft.standing.extend(self.unbilled(one, &note.text));
                self.say(draft, one, *note);
                return;
            }
        };
        let counted = match self.counted(one) {
            Ok(counted) => counted,
            Err(note) => {
                draft.standing.extend(self.unbilled(one, &note.text));
                draft.notes.push(*note);
                return;
            }
        };
        let counted = counted.as_ref();
        if place.line.is_none() && !self.may_add(draft, one, &place, counted) {
            return;
        }
        draft.notes.extend(self.switched_off(one, counted));
        self.level(draft, one, &place, counted);
    }

    /// Whether a line may be made; without usage there is nothing to say.
    fn may_add(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        place: &Place<'_>,
        counted: Option<&Counted<'_>>,
    ) -> bool {
        let used = counted.filter(|counted| counted.amount > Decimal::ZERO);
        let units = used.and_then(|counted| one.link.measure.billable(counted.amount));
        if units.unwrap_or(0) == 0 {
            return false;
        }
        if !self.rules.billing.add_missing_lines {
            let note = self.no_line(one, &[place.contract]);
            self.say(draft, one, *note);
            return false;
        }
        true
    }

    /// Compares the wanted level with the units in force, and posts or holds the difference.
    fn level(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        place: &Place<'_>,
        counted: Option<&Counted<'_>>,
    ) {
        let amount = counted.map_or(Decimal::ZERO, |counted| counted.amount);
        let Some(computed) = arithmetic::compute(one.link.measure, amount) else {
            draft.notes.push(self.too_large(one, amount));
            return;
        };
        let none = LineHistory::default();
        let key = (place.contract.id, one.service);
        let history = self.facts.lines.get(&key).unwrap_or(&none);
        let computed = computed.with_offset(self.kept_by_hand(one, place));
        let asked = counted.and_then(|counted| counted.reading.map(|_| computed.units));
        let line = self.line(one, place, history);
        let when = effective::when(&line, computed.units, self.facts.today, self.terms);
        let on = effective::compared_on(&line, when, self.facts.today, self.terms);
        let before = place.line.map_or(0, |line| line.rows.units_on(on));
        let known = self.know(one, place, (before, asked), history);
        self.keep(draft, key, &known);
        let period = effective::period_on(place.contract, self.facts.today);
        let post = Post {
            effective: on,
            period: period.map(|period| period.start),
            supersedes: history.open.is_some(),
            ..self.difference(one, place, counted, computed, before)
        };
        let due = matches!(when, When::On(_));
        let right = before == post.wanted && asked.is_some();
        let fallen = (due && right)
            .then(|| self.fallen_unbilled(&post, (one, place), counted))
            .flatten();
        // What waits for a person settles nothing.
        let settles = right && fallen.is_none() || self.skips_trial();
        let settled = due && !self.is_frozen() && settles;
        let standing = self.standing(place, &post, counted);
        draft.standing.extend(standing.map(|standing| Standing {
            settled,
            next: Some(self.next_posting(when)),
            ..standing
        }));
        if let When::NotMonthly(_) | When::NoPeriod = when {
            draft.notes.push(self.no_period(one, place, when));
            return;
        }
        draft.rows.add(place.line, self.facts.today);
        if self.skips_trial() {
            draft.trial.extend(place.line.map(|_| post));
            return;
        }
        let now = Now {
            by_hand: asked.and_then(|_| self.by_hand(place, &known, &post, history)),
            takes_over: self.is_taking_over(place, &known, history),
            post,
            line,
            history,
            when,
            fallen,
        };
        self.change(draft, one, place, counted, now);
    }

    /// What the day depends on from which a change of the line counts.
    fn line<'a>(
        &'a self,
        one: Mapped<'_>,
        place: &Place<'a>,
        history: &'a LineHistory,
    ) -> Line<'a> {
        Line {
            contract: place.contract,
            rows: place.line.map(|line| &line.rows),
            taken: &history.taken,
            posted: &history.posted,
            settles: &history.settles,
            past: self.facts.past_of((place.contract.id, one.service)),
            accrues: self.accrues(one),
        }
    }

    /// Has a line remembered, where that says anything new.
    fn keep(&self, draft: &mut Draft, key: LineKey, known: &KnownLine) {
        if self.facts.known.get(&key) != Some(known) {
            draft.lines.insert(key, known.clone());
        }
    }

    pub(super) fn units_today(&self, place: &Place<'_>) -> i64 {
        let rows = place.line.map(|line| &line.rows);
        rows.map_or(0, |rows| rows.units_on(self.facts.today))
    }

    pub(super) fn difference(
        &self,
        one: Mapped<'_>,
        place: &Place<'_>,
        counted: Option<&Counted<'_>>,
        computed: Computed,
        before: i64,
    ) -> Post {
        let measure = counted.map(|counted| Measure {
            amount: counted.amount,
            at: counted.at,
        });
        let key = (place.contract.id, one.service);
        Post {
            line: place.line.map(|line| line.id),
            price: match place.line {
                Some(line) => line.price,
                None => self.facts.prices.get(&one.service).copied(),
            },
            before,
            ..Post::of_line(
                self.seen_first(one),
                key,
                measure,
                computed,
                self.facts.today,
            )
        }
    }

    pub(super) fn post(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        post: Post,
        counted: Option<&Counted<'_>>,
        history: &LineHistory,
    ) {
        if self.is_frozen() {
            draft.notes.push(self.frozen(&post));
            return;
        }
        if let Some(young) = &history.young {
            draft.notes.push(self.settling(&post, young));
            return;
        }
        let mut refusals = guards::line(&post, self.accrues(one), self.rules);
        refusals.extend(self.missing(&post, counted));
        let zero = refusals
            .iter()
            .any(|refusal| refusal.code == guards::USAGE_ZERO);
        refusals.extend(self.fallen(&post, one, counted).filter(|_| !zero));
        refusals.extend(said::earlier(&post, history, self.rules));
        draft.refusals.extend(refusals);
        draft.posts.push(post);
    }

    /// Refuses a line that exists and has no unit row on the day; one that is new has none yet.
    pub(super) fn rowless(&self, place: &Place<'_>, post: &Post) -> Option<Refusal> {
        let line = place.line?;
        let none = line.rows.on(post.effective).is_none();
        (none && !self.is_frozen()).then(|| guards::rowless(post, self.rules))
    }

    pub(super) fn is_frozen(&self) -> bool {
        let today = self.facts.today;
        self.rules.billing.freeze.contains(&today.day())
    }

    /// What the ledger and the measures call an item of this customer.
    pub(super) fn measured_key(&self, one: Mapped<'_>) -> MeasuredKey {
        (
            self.customer.account.clone(),
            self.customer.tenant.clone(),
            one.link.item.clone(),
        )
    }

    /// The usage row of an item, if the tenant's answer has one.
    pub(super) fn row(&self, one: Mapped<'_>) -> Option<&Reading> {
        match &self.customer.usage {
            Usage::Rows(rows) => rows.get(&one.link.item),
            Usage::Missing | Usage::Unreadable(_) => None,
        }
    }
}
