//! One customer while it is decided on.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{self, Standing};
use super::{Action, Planned, Rules, dependencies, edition, guards, storage, wanted};
use crate::domain::contracts::{Billing, Contract};
use crate::domain::ids::{CompanyId, ContractId, ItemKey, ServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::domain::units::{Measurement, Unit, show_amount};
use crate::plan::{Action as _, Note, Refusal, Scope};
use crate::quotas::facts::{Customer, Facts, Item, Level, Usage};

/// What one item is to be set to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) level: Level,
    pub(super) because: Vec<String>,
    /// The contracts that ask for it.
    pub(super) contracts: BTreeSet<ContractId>,
    /// An item that must be on for this one to go on.
    pub(super) needs: Option<ItemKey>,
}

/// Why some items stay as they are until a person decides.
#[derive(Clone, Debug)]
pub(super) struct Hold {
    pub(super) code: &'static str,
    pub(super) text: String,
    /// The held lines; none when there is nothing that could be written at all.
    pub(super) items: BTreeSet<ItemKey>,
    pub(super) approvable: bool,
}

/// One customer's items, contracts and decisions.
#[derive(Debug)]
pub(super) struct Sheet<'f> {
    pub(super) facts: &'f Facts,
    pub(super) rules: &'f Rules,
    pub(super) customer: &'f Customer,
    pub(super) standing: Standing<'f>,
    pub(super) links: BTreeMap<&'f ItemKey, &'f ProductLink>,
    pub(super) targets: BTreeMap<ItemKey, Target>,
    pub(super) holds: Vec<Hold>,
    pub(super) notes: Vec<Note>,
    /// Refusals that hold back everything about the customer.
    pub(super) refusals: Vec<Refusal>,
    /// An enabled storage was left as it is, since no contract holds one.
    pub(super) keeps_storage: bool,
    /// What a decision needs could not be read: nothing of the customer is changed.
    pub(super) undecided: bool,
}

impl<'f> Sheet<'f> {
    pub(super) fn new(
        facts: &'f Facts,
        rules: &'f Rules,
        customer: &'f Customer,
        contracts: &[&'f Contract],
    ) -> Self {
        let links: BTreeMap<&ItemKey, &ProductLink> = facts
            .products_of(&customer.account)
            .map(|link| (&link.item, link))
            .collect();
        let mapped: BTreeSet<ServiceId> =
            links.values().filter_map(|link| service_of(link)).collect();
        Self {
            facts,
            rules,
            customer,
            standing: Standing::of(contracts, &mapped, facts.today),
            links,
            targets: BTreeMap::new(),
            holds: Vec::new(),
            notes: Vec::new(),
            refusals: Vec::new(),
            keeps_storage: false,
            undecided: false,
        }
    }

    /// Whether the contracts say anything about the quotas. A company that never had a relevant
    /// contract, or has one to come, keeps what it has.
    pub(super) fn is_due(&mut self) -> bool {
        let text = match &self.standing {
            Standing::Relevant(_) | Standing::Ended { .. } => return true,
            Standing::Coming(next) => format!(
                "no contract is in force today; contract {} starts on {}, and quotas stay as they \
                 are until then",
                next.id, next.start
            ),
            Standing::Never => {
                "no contract includes a mapped service, so quotas stay as they are: add one to \
                 the contract in Autotask, or map an existing service with `map-products use`"
                    .to_owned()
            }
        };
        let note = self.note("no-contract", self.customer.party.name.clone(), text, false);
        self.notes.push(note);
        false
    }

    /// Decides, step by step: what contracts want, then what the platform can take.
    pub(super) fn fill(&mut self) {
        self.unclear_billing();
        wanted::targets(self);
        wanted::not_offered(self);
        edition::one(self);
        storage::one_or_default(self);
        dependencies::packs(self);
        dependencies::features(self);
    }

    /// The contracts in force that hold mapped services.
    pub(super) fn relevant(&self) -> &[&'f Contract] {
        match &self.standing {
            Standing::Relevant(contracts) => contracts,
            Standing::Ended { .. } | Standing::Coming(_) | Standing::Never => &[],
        }
    }

    pub(super) fn item(&self, key: &ItemKey) -> Option<&'f Item> {
        self.customer.items.get(key)
    }

    pub(super) fn choice(&self, key: &ItemKey) -> Option<&'f Choice> {
        self.links.get(key).map(|link| &link.choice)
    }

    /// The level after the plan, had nothing been refused.
    pub(super) fn level_after(&self, key: &ItemKey) -> Level {
        let now = || self.item(key).map_or(Level::Off, |item| item.level);
        self.targets
            .get(key)
            .map_or_else(now, |target| target.level)
    }

    /// `Alma Bakery (company 4711, account eu)`.
    pub(super) fn whom(&self) -> String {
        whom(self.customer)
    }

    pub(super) fn note(
        &self,
        kind: &'static str,
        subject: String,
        text: String,
        needs_person: bool,
    ) -> Note {
        Note {
            kind,
            account: Some(self.customer.account.clone()),
            company: Some(self.customer.party.clone()),
            subject,
            text,
            needs_person,
        }
    }

    /// The field that says how a contract is billed says neither Yes nor No (rules: words).
    fn unclear_billing(&mut self) {
        let notes: Vec<Note> = self
            .relevant()
            .iter()
            .filter_map(|contract| match &contract.billing {
                Billing::PrepaidByDefault { value } => Some(self.note(
                    "billing-type-unclear",
                    format!("contract {}", contract.id),
                    format!(
                        "the pay-as-you-go field of contract {} is {value:?}, neither Yes nor No; \
                         the contract counts as prepaid",
                        contract.id
                    ),
                    true,
                )),
                Billing::Prepaid | Billing::PayAsYouGo => None,
            })
            .collect();
        self.notes.extend(notes);
    }

    /// Nothing is lowered for want of them, but a person should know.
    fn contracts_out_of_sight(&mut self, hidden: &[ContractId]) {
        let note = self.note(
            guards::HIDDEN,
            contracts_in_words(hidden),
            guards::out_of_sight(hidden),
            true,
        );
        self.notes.push(note);
    }

    /// Turns the decisions into lines, and judges them.
    pub(super) fn into_plan(mut self, planned: &mut Planned) {
        if self.undecided {
            let customer = (self.customer.account.clone(), self.customer.party.id);
            planned.undecided.push(customer);
            planned.notes.append(&mut self.notes);
            return;
        }
        let mut actions = self.actions();
        let holds = std::mem::take(&mut self.holds);
        let company = self.customer.party.id;
        let mut refusals: Vec<Refusal> = holds
            .into_iter()
            .filter_map(|hold| refusal(hold, company, &actions))
            .collect();
        let out_of_sight = &self.facts.sides.out_of_sight.contracts;
        let hidden = out_of_sight.get(&company).map_or(&[][..], Vec::as_slice);
        refusals.extend(guards::of_customer(self.customer, hidden, &mut actions));
        if !hidden.is_empty() && !refusals.iter().any(|one| one.code == guards::HIDDEN) {
            self.contracts_out_of_sight(hidden);
        }
        let is_clean = actions.is_empty() && refusals.is_empty() && self.refusals.is_empty();
        let is_relevant = matches!(self.standing, Standing::Relevant(_));
        if is_clean && is_relevant && guards::asks_first(self.customer) {
            planned.in_line.push(self.customer.party.id);
        }
        planned.actions.append(&mut actions);
        planned.notes.append(&mut self.notes);
        planned.refusals.append(&mut refusals);
        planned.refusals.append(&mut self.refusals);
    }

    fn actions(&mut self) -> Vec<Action> {
        let targets = std::mem::take(&mut self.targets);
        let mut actions = Vec::new();
        for (key, target) in targets {
            let Some(item) = self.item(&key).filter(|item| item.level != target.level) else {
                continue;
            };
            if item.locked {
                let text = format!("{key} is locked by the platform and stays as it is");
                let note = self.note("item-locked", key.to_string(), text, true);
                self.notes.push(note);
                continue;
            }
            actions.push(self.action(key, item, target));
        }
        actions
    }

    fn action(&self, key: ItemKey, item: &Item, target: Target) -> Action {
        let unit = unit(self.facts, self.customer, &key, item);
        let mut because = target.because;
        because.push(self.usage_in_words(&key, item, unit));
        because.push(match &self.customer.tenant {
            Some(id) => format!("tenant {} ({id})", self.customer.tenant_name),
            None => format!("new tenant {}", self.customer.tenant_name),
        });
        let needs = target.needs.filter(|needed| {
            self.item(needed)
                .is_some_and(|item| item.level == Level::Off)
        });
        Action {
            account: self.customer.account.clone(),
            company: self.customer.party.clone(),
            tenant: self.customer.tenant.clone(),
            before: item.level,
            after: target.level,
            version: item.version,
            item: key,
            unit,
            because,
            needs,
            frees_lowering: false,
            by_approval: false,
        }
    }

    fn usage_in_words(&self, key: &ItemKey, item: &Item, unit: Unit) -> String {
        if item.is_feature {
            return "a feature, without a quantity".to_owned();
        }
        match (self.customer.used(key), &self.customer.usage) {
            (Some(amount), _) => format!("in use: {}", show_amount(amount, unit)),
            (None, Usage::Unread(why)) => format!("usage not known: {why}"),
            (None, Usage::Read(_) | Usage::New) => {
                "usage not known: Acronis reports no usage of it".to_owned()
            }
        }
    }

    /// How the last contract came to its end, for a company that has none any more.
    pub(super) fn end_in_words(&self) -> Option<String> {
        match &self.standing {
            Standing::Ended { last, on } => Some(standing::ended(last, *on)),
            Standing::Relevant(_) | Standing::Coming(_) | Standing::Never => None,
        }
    }
}

/// What amounts of an item are shown in: the unit of its mapping where that fits.
pub(crate) fn unit(facts: &Facts, customer: &Customer, key: &ItemKey, item: &Item) -> Unit {
    let measurement = item.measurement.unwrap_or(Measurement::Nothing);
    let link = facts.product(&customer.account, key);
    link.map(|link| link.measure.unit)
        .filter(|unit| unit.fits(measurement))
        .unwrap_or_else(|| measurement.default_unit())
}

/// A hold as a refusal; none when it held lines and none of them would change anything.
fn refusal(hold: Hold, company: CompanyId, actions: &[Action]) -> Option<Refusal> {
    let held: Vec<_> = actions
        .iter()
        .filter(|action| is_held(action, &hold.items))
        .map(Action::describe)
        .collect();
    let scope = match (held.as_slice(), hold.items.is_empty()) {
        ([], true) => Scope::Nothing(company),
        ([], false) => return None,
        (held, _) => Scope::lines(held),
    };
    Some(Refusal {
        code: hold.code,
        text: hold.text,
        key: None,
        scope,
        approvable: hold.approvable,
    })
}

/// Held itself, or in need of an item that is off now and held.
pub(super) fn is_held(action: &Action, items: &BTreeSet<ItemKey>) -> bool {
    items.contains(&action.item)
        || action
            .needs
            .as_ref()
            .is_some_and(|needed| items.contains(needed))
}

pub(super) fn whom(customer: &Customer) -> String {
    format!(
        "{} (company {}, account {})",
        customer.party.name, customer.party.id, customer.account
    )
}

/// The service that counts an item.
pub(super) fn service_of(link: &ProductLink) -> Option<ServiceId> {
    match &link.choice {
        Choice::Service { id, .. } => Some(*id),
        Choice::Free | Choice::Leave => None,
    }
}

/// `contract 5001`, `contracts 5001 and 5002`.
pub(super) fn contracts_in_words<'c>(ids: impl IntoIterator<Item = &'c ContractId>) -> String {
    let mut words: Vec<String> = ids.into_iter().map(ToString::to_string).collect();
    match (words.pop(), words.is_empty()) {
        (None, _) => "no contract".to_owned(),
        (Some(one), true) => format!("contract {one}"),
        (Some(last), false) => format!("contracts {} and {last}", words.join(", ")),
    }
}
