//! One customer: which line stands for which item, and what it should say.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::super::facts::{Customer, Facts, LineHistory, Reading, Usage};
use super::arithmetic;
use super::effective::{self, Line, When};
use super::{Draft, Post, Rules, action, guards, items};
use crate::domain::contracts::{Billing, Contract, ServiceLine};
use crate::domain::ids::{ItemKey, ServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::plan::{Note, Refusal};

/// A mapped item of a customer's account.
#[derive(Clone, Copy)]
struct Mapped<'a> {
    link: &'a ProductLink,
    service: ServiceId,
    name: &'a str,
}

/// Where an item is billed.
struct Place<'a> {
    contract: &'a Contract,
    line: Option<&'a ServiceLine>,
}

/// Everything about one customer of the run.
struct View<'a> {
    facts: &'a Facts,
    rules: Rules<'a>,
    customer: &'a Customer,
    mapped: Vec<Mapped<'a>>,
    /// Relevant pay-as-you-go contracts.
    payg: Vec<&'a Contract>,
    /// Relevant contracts that are not.
    prepaid: Vec<&'a Contract>,
}

/// Plans all lines of one customer.
pub(super) fn customer(draft: &mut Draft, facts: &Facts, rules: Rules<'_>, customer: &Customer) {
    let mapped = mapped(&facts.products, customer);
    let services: BTreeSet<ServiceId> = mapped.iter().map(|one| one.service).collect();
    let relevant = facts
        .book
        .relevant(customer.party.id, facts.today, &services);
    let (payg, prepaid): (Vec<&Contract>, Vec<&Contract>) = relevant
        .into_iter()
        .partition(|contract| contract.is_payg());
    let view = View {
        facts,
        rules,
        customer,
        mapped,
        payg,
        prepaid,
    };
    view.doubtful_types(draft);
    if view.payg.is_empty() {
        return;
    }
    if let Usage::Unreadable(why) = &customer.usage {
        draft.notes.push(view.note(
            "usage-unreadable",
            customer.tenant.to_string(),
            format!("the usage of tenant {} could not be read, nothing is billed to it this time: {why}", customer.tenant),
        ));
        return;
    }
    for one in &view.mapped {
        view.item(draft, *one);
    }
}

fn mapped<'a>(products: &'a [ProductLink], customer: &Customer) -> Vec<Mapped<'a>> {
    products
        .iter()
        .filter(|link| link.account == customer.account)
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
    fn note(&self, kind: &'static str, subject: String, text: String) -> Note {
        Note {
            kind,
            account: Some(self.customer.account.clone()),
            company: Some(self.customer.party.clone()),
            subject,
            text,
            needs_person: true,
        }
    }

    fn item_note(&self, one: Mapped<'_>, kind: &'static str, text: String) -> Note {
        self.note(kind, one.link.item.to_string(), text)
    }

    /// Contracts whose field says neither Yes nor No are prepaid, with a note (rules: words).
    fn doubtful_types(&self, draft: &mut Draft) {
        for contract in &self.prepaid {
            if let Billing::PrepaidByDefault { value } = &contract.billing {
                let field = &self.rules.billing.payg_field;
                draft.notes.push(self.note(
                    "billing-type",
                    format!("contract {}", contract.id),
                    format!(
                        "contract {} ({}) says {value:?} in the field {field:?}, neither Yes nor \
                         No: it is taken for prepaid; choose one of the two",
                        contract.id, contract.name
                    ),
                ));
            }
        }
    }

    fn item(&self, draft: &mut Draft, one: Mapped<'_>) {
        let place = match self.place(one) {
            Ok(Some(place)) => place,
            Ok(None) => return,
            Err(note) => {
                draft.notes.push(note);
                return;
            }
        };
        let reading = match self.reading(one) {
            Ok(reading) => reading,
            Err(note) => {
                draft.notes.push(note);
                return;
            }
        };
        if place.line.is_none() && !self.may_add(draft, one, &place, reading) {
            return;
        }
        self.level(draft, one, &place, reading);
    }

    /// The contract and line where an item is billed by usage; `None` when nothing is.
    fn place(&self, one: Mapped<'_>) -> Result<Option<Place<'_>>, Note> {
        let holding: Vec<&Contract> = self
            .payg
            .iter()
            .copied()
            .filter(|contract| contract.held_services().contains(&one.service))
            .collect();
        let prepaid: Vec<&Contract> = self
            .prepaid
            .iter()
            .copied()
            .filter(|contract| contract.held_services().contains(&one.service))
            .collect();
        if holding.is_empty() {
            return self.place_to_add(one, !prepaid.is_empty());
        }
        if !prepaid.is_empty() {
            return Err(self.item_note(
                one,
                "mixed-billing",
                format!(
                    "{} is pay-as-you-go on contract {} and prepaid on contract {}: nothing is \
                     billed by usage until one of them no longer holds it",
                    one.name,
                    ids(&holding),
                    ids(&prepaid)
                ),
            ));
        }
        let contract = self.one_of(one, &holding)?;
        self.line_of(one, contract).map(|line| {
            Some(Place {
                contract,
                line: Some(line),
            })
        })
    }

    /// Where a line would be added: only when nothing else is said about the item anywhere.
    fn place_to_add(&self, one: Mapped<'_>, prepaid: bool) -> Result<Option<Place<'_>>, Note> {
        if prepaid {
            return Ok(None);
        }
        let configured = self.configured();
        let contract = match (self.payg.as_slice(), configured) {
            (_, Some(contract)) => contract,
            ([only], None) => only,
            (_, None) => {
                let used = self.used_units(one) > 0;
                return if used {
                    Err(self.no_line(one, &ids(&self.payg)))
                } else {
                    Ok(None)
                };
            }
        };
        Ok(Some(Place {
            contract,
            line: None,
        }))
    }

    fn configured(&self) -> Option<&Contract> {
        let wanted = self.rules.billing.contracts.get(&self.customer.party.id)?;
        self.payg
            .iter()
            .copied()
            .find(|contract| contract.id == *wanted)
    }

    fn one_of<'c>(&self, one: Mapped<'_>, holding: &[&'c Contract]) -> Result<&'c Contract, Note> {
        if let [only] = holding {
            return Ok(only);
        }
        let wanted = self.rules.billing.contracts.get(&self.customer.party.id);
        let found = holding
            .iter()
            .copied()
            .find(|contract| Some(&contract.id) == wanted);
        found.ok_or_else(|| {
            self.item_note(
                one,
                "several-contracts",
                format!(
                    "{} is on several pay-as-you-go contracts ({}): name the one to bill with \
                     billing.contracts = {{ {} = CONTRACT }}",
                    one.name,
                    ids(holding),
                    self.customer.party.id
                ),
            )
        })
    }

    fn line_of<'c>(
        &self,
        one: Mapped<'_>,
        contract: &'c Contract,
    ) -> Result<&'c ServiceLine, Note> {
        let lines: Vec<&ServiceLine> = contract
            .services
            .iter()
            .filter(|line| line.service == one.service)
            .collect();
        match lines.as_slice() {
            [line] => Ok(line),
            [] => Err(self.item_note(
                one,
                "bundle-line",
                format!(
                    "{} is only inside a bundle on contract {}, and what is in a bundle cannot be \
                     billed by usage: put the service itself on the contract, or change the \
                     contract to prepaid",
                    one.name, contract.id
                ),
            )),
            several => Err(self.item_note(
                one,
                "several-lines",
                format!(
                    "{} is on contract {} {} times: end all lines but one",
                    one.name,
                    contract.id,
                    several.len()
                ),
            )),
        }
    }

    /// The usage row of an item; `None` when there is none although the tenant was asked.
    fn reading(&self, one: Mapped<'_>) -> Result<Option<&Reading>, Note> {
        if let Some(whole) = self.billed_whole(one) {
            return Err(self.item_note(
                one,
                "double-charging",
                format!(
                    "{} is a part of {whole}, and both are mapped and on the contract: only the \
                     whole is billed; unset one of the two (`acrotask map-products unset`)",
                    one.link.item
                ),
            ));
        }
        let Usage::Rows(rows) = &self.customer.usage else {
            return Ok(None);
        };
        let Some(reading) = rows.get(&one.link.item) else {
            return Ok(None);
        };
        if reading.enabled.is_none() {
            return Err(self.item_note(
                one,
                "no-item",
                format!(
                    "{} is reported as a figure without an offering item, which is never billed",
                    one.link.item
                ),
            ));
        }
        let unit = one.link.measure.unit;
        if !reading
            .measurement
            .is_some_and(|measured| unit.fits(measured))
        {
            return Err(self.item_note(
                one,
                "unit-of-measure",
                format!(
                    "{} is not measured in anything that can be counted in {unit}; map it again \
                     with a fitting unit",
                    one.link.item
                ),
            ));
        }
        // A row without its figure says as little as no row.
        Ok(amount(one, reading).map(|_| reading))
    }

    /// The item that this one is a part of, when that one is billed too.
    fn billed_whole(&self, one: Mapped<'_>) -> Option<&ItemKey> {
        let whole = items::whole_of(&one.link.item.name)?;
        let mapped = self
            .mapped
            .iter()
            .find(|other| other.link.item.name == whole)?;
        self.payg
            .iter()
            .any(|contract| contract.held_services().contains(&mapped.service))
            .then_some(&mapped.link.item)
    }

    fn used_units(&self, one: Mapped<'_>) -> i64 {
        let reading = self.reading(one).ok().flatten();
        let amount = reading.and_then(|reading| amount(one, reading));
        amount
            .and_then(|amount| one.link.measure.billable(amount))
            .unwrap_or(0)
    }

    fn no_line(&self, one: Mapped<'_>, contracts: &str) -> Note {
        self.item_note(
            one,
            "line-missing",
            format!(
                "{} used {}, but no pay-as-you-go contract ({contracts}) has a line for {}: add \
                 the service to the contract, or set billing.add_missing_lines",
                self.customer.party.name, one.link.item, one.name
            ),
        )
    }

    /// Whether a line may be made; without usage there is nothing to say.
    fn may_add(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        place: &Place<'_>,
        reading: Option<&Reading>,
    ) -> bool {
        if reading.is_none() || self.used_units(one) == 0 {
            return false;
        }
        if !self.rules.billing.add_missing_lines {
            draft
                .notes
                .push(self.no_line(one, &place.contract.id.to_string()));
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
        reading: Option<&Reading>,
    ) {
        let key = (place.contract.id, one.service);
        let none = LineHistory::default();
        let history = self.facts.lines.get(&key).unwrap_or(&none);
        let line = Line {
            contract: place.contract,
            rows: place.line.map(|line| &line.rows),
            taken: &history.taken,
        };
        let amount = reading
            .and_then(|reading| amount(one, reading))
            .unwrap_or(Decimal::ZERO);
        let Some(computed) = arithmetic::compute(one.link.measure, amount) else {
            draft.notes.push(self.item_note(
                one,
                "usage-too-large",
                format!(
                    "{} reports {amount}, which is past all counting",
                    one.link.item
                ),
            ));
            return;
        };
        let when = effective::when(&line, self.facts.today, self.rules.billing);
        let on = match when {
            When::On(day) => day,
            When::Held(_) | When::NotYet(_) | When::EndsBefore(_) => self.facts.today,
            When::NotMonthly(_) | When::NoPeriod => {
                draft.notes.push(self.no_period(one, place, when));
                return;
            }
        };
        let before = place.line.map_or(0, |line| line.rows.units_on(on));
        draft.levels.add(before, computed.units);
        if before == computed.units {
            self.unsaid(draft, one, reading, before);
            return;
        }
        let post = Post {
            account: self.customer.account.clone(),
            party: self.customer.party.clone(),
            tenant: self.customer.tenant.clone(),
            item: one.link.item.clone(),
            contract: place.contract.id,
            line: place.line.map(|line| line.id),
            service: one.service,
            service_name: one.name.to_owned(),
            usage: amount,
            usage_at: reading.map(|reading| reading.at),
            arithmetic: computed.words,
            price: None,
            wanted: computed.units,
            before,
            effective: on,
            supersedes: history.open.is_some(),
        };
        match when {
            When::On(_) => self.post(draft, one, post, reading, history),
            When::Held(_)
            | When::NotYet(_)
            | When::EndsBefore(_)
            | When::NotMonthly(_)
            | When::NoPeriod => {
                draft.notes.extend(self.later(&post, when));
            }
        }
    }

    fn post(
        &self,
        draft: &mut Draft,
        one: Mapped<'_>,
        post: Post,
        reading: Option<&Reading>,
        history: &LineHistory,
    ) {
        if self.frozen() {
            draft.notes.push(self.frozen_note(&post));
            return;
        }
        if history.young.is_some_and(|day| day != post.effective) {
            draft.notes.push(self.young_note(&post));
            return;
        }
        let accrues = accrues(one, reading);
        let mut refusals = guards::line(&post, accrues, self.rules);
        refusals.extend(self.missing(&post, reading));
        refusals.extend(history_holds(&post, history));
        draft.refusals.extend(refusals);
        draft.posts.push(post);
    }

    /// Missing usage is not zero usage: what was billed stays until a person says otherwise.
    fn missing(&self, post: &Post, reading: Option<&Reading>) -> Option<Refusal> {
        if reading.is_some() || post.before == 0 {
            return None;
        }
        let text = match self.customer.usage {
            Usage::Rows(_) => format!(
                "{}: {} units are billed, but Acronis reports no usage of {} any more; missing is \
                 not zero, so nothing is changed until this plan is approved",
                post.subject(),
                post.before,
                post.item
            ),
            Usage::Missing | Usage::Unreadable(_) => format!(
                "{}: {} units are billed, but Acronis gave no usage at all for {} (tenant {}); \
                 nothing is changed until this plan is approved",
                post.subject(),
                post.before,
                post.party.name,
                post.tenant
            ),
        };
        Some(guards::held(post, "usage-missing", text, None))
    }

    /// An item that was billed, has no usage row any more, and no units either: a contract was
    /// renewed, or the units were taken away by hand.
    fn unsaid(&self, draft: &mut Draft, one: Mapped<'_>, reading: Option<&Reading>, units: i64) {
        let key = (
            self.customer.account.clone(),
            self.customer.tenant.clone(),
            one.link.item.clone(),
        );
        let billed = self.facts.billed.get(&key);
        if let (None, 0, Some(billed)) = (reading, units, billed) {
            draft.notes.push(self.item_note(
                one,
                "usage-missing",
                format!(
                    "{billed} units of {} were billed before, but Acronis reports no usage of it \
                     any more and the contract holds no units: is it still used?",
                    one.name
                ),
            ));
        }
    }

    fn frozen(&self) -> bool {
        self.rules.billing.freeze.contains(&self.facts.today.day())
    }

    fn frozen_note(&self, post: &Post) -> Note {
        let mut note = self.note(
            "frozen",
            post.subject(),
            format!(
                "{}: {} → {} units waits, nothing is posted on day {} of a month (billing.freeze)",
                post.subject(),
                post.before,
                post.wanted,
                self.facts.today.day()
            ),
        );
        note.needs_person = false;
        note
    }

    fn young_note(&self, post: &Post) -> Note {
        let mut note = self.note(
            "settling",
            post.subject(),
            format!(
                "{}: {} → {} units waits some minutes: an earlier posting may still be on its way",
                post.subject(),
                post.before,
                post.wanted
            ),
        );
        note.needs_person = false;
        note
    }

    fn no_period(&self, one: Mapped<'_>, place: &Place<'_>, when: When) -> Note {
        let subject = action::subject(place.contract.id, one.service, one.name);
        let (kind, text) = match when {
            When::NotMonthly(period) => (
                "not-monthly",
                format!(
                    "{subject}: its billing period {} to {} is not a month, and usage is billed by \
                     the month: make a monthly contract for it",
                    period.start, period.end
                ),
            ),
            When::On(_)
            | When::Held(_)
            | When::NotYet(_)
            | When::EndsBefore(_)
            | When::NoPeriod => (
                "no-period",
                format!(
                    "{subject}: neither its unit rows nor its dates say which billing period today is in; check the contract's dates"
                ),
            ),
        };
        self.note(kind, subject, text)
    }

    /// What becomes of a difference that cannot be posted now.
    fn later(&self, post: &Post, when: When) -> Option<Note> {
        let what = format!(
            "{}: {} → {} units",
            post.subject(),
            post.before,
            post.wanted
        );
        let (kind, text, needs_person) = match when {
            When::Held(day) => (
                "held",
                format!(
                    "{what} is held until {day}: this period's change of the line was posted \
                     already (billing.later_changes)"
                ),
                false,
            ),
            When::NotYet(day) => (
                "not-yet",
                format!("{what} is measured; posting begins on {day} (billing.posting)"),
                false,
            ),
            When::EndsBefore(end) => (
                "contract-ends",
                format!(
                    "{what} cannot be posted: the contract ends on {end}, before the next period; \
                     bill it by hand or extend the contract"
                ),
                true,
            ),
            When::On(_) | When::NotMonthly(_) | When::NoPeriod => return None,
        };
        let mut note = self.note(kind, post.subject(), text);
        note.needs_person = needs_person;
        Some(note)
    }
}

/// What earlier postings to the line say.
fn history_holds(post: &Post, history: &LineHistory) -> Option<Refusal> {
    if let Some(open) = &history.open {
        let text = format!(
            "{}: an earlier posting ({} → {} units from {}) is not known to have taken effect ({}); \
             look at the contract's units, then approve this plan",
            post.subject(),
            open.before,
            open.wanted,
            open.effective,
            open.seen
        );
        return Some(guards::held(post, "posting-unsure", text, None));
    }
    let refused = history.refused.as_ref()?;
    let same = refused.wanted == post.wanted
        && refused.before == post.before
        && refused.effective == post.effective;
    same.then(|| {
        let text = format!(
            "{}: Autotask refused {} → {} units from {} before ({}); mend it there, then approve \
             this plan to try again",
            post.subject(),
            post.before,
            post.wanted,
            post.effective,
            refused.answer
        );
        guards::held(post, "refused-before", text, None)
    })
}

fn accrues(one: Mapped<'_>, reading: Option<&Reading>) -> bool {
    let usage_name = reading.and_then(|reading| reading.usage_name.as_deref());
    items::accrues(&one.link.item.name, usage_name)
}

/// The figure of a reading that is billed.
fn amount(one: Mapped<'_>, reading: &Reading) -> Option<Decimal> {
    if accrues(one, Some(reading)) {
        reading.accrued
    } else {
        reading.absolute
    }
}

fn ids(contracts: &[&Contract]) -> String {
    let ids: Vec<String> = contracts
        .iter()
        .map(|contract| contract.id.to_string())
        .collect();
    ids.join(", ")
}
