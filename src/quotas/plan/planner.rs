//! One customer while it is decided on.

use std::collections::{BTreeMap, BTreeSet};

use super::contract_status::{self, ContractStatus};
use super::{Action, Planned, Rules, dependencies, desired, edition, guards, storage};
use crate::domain::contracts::{BillingType, Contract};
use crate::domain::ids::{CompanyId, ContractId, ItemKey, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::units::{Measurement, Unit, show_amount};
use crate::plan::{Action as _, Reach, Refusal, RefusalCode, Remark, RemarkKind};
use crate::quotas::facts::{Facts, Level, LiveUsage, QuotaCustomer, QuotaItem};

/// What one item is to be set to.
#[derive(Clone, Debug)]
pub(super) struct DesiredQuota {
    pub(super) level: Level,
    pub(super) because: Vec<String>,
    /// The contracts that ask for it.
    pub(super) contracts: BTreeSet<ContractId>,
    /// An item that must be on for this one to go on.
    pub(super) needs: Option<ItemKey>,
}

/// Why some items stay as they are until a person decides.
#[derive(Clone, Debug)]
pub(super) struct Blocked {
    pub(super) code: RefusalCode,
    pub(super) text: String,
    /// The held lines; none when there is nothing that could be written at all.
    pub(super) items: BTreeSet<ItemKey>,
    pub(super) approvable: bool,
}

/// One customer's items, contracts and decisions.
#[derive(Debug)]
pub(super) struct QuotaPlanner<'f> {
    pub(super) facts: &'f Facts,
    pub(super) rules: &'f Rules,
    pub(super) customer: &'f QuotaCustomer,
    pub(super) contract_status: ContractStatus<'f>,
    pub(super) links: BTreeMap<&'f ItemKey, &'f ProductLink>,
    pub(super) desired: BTreeMap<ItemKey, DesiredQuota>,
    pub(super) blocked: Vec<Blocked>,
    pub(super) remarks: Vec<Remark>,
    /// Refusals that hold back everything about the customer.
    pub(super) refusals: Vec<Refusal>,
    /// An enabled storage was left as it is, since no contract holds one.
    pub(super) keeps_storage: bool,
    /// What a decision needs could not be read: nothing of the customer is changed.
    pub(super) undecided: bool,
}

impl<'f> QuotaPlanner<'f> {
    pub(super) fn new(
        facts: &'f Facts,
        rules: &'f Rules,
        customer: &'f QuotaCustomer,
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
            contract_status: ContractStatus::status_of(contracts, &mapped, facts.today),
            links,
            desired: BTreeMap::new(),
            blocked: Vec::new(),
            remarks: Vec::new(),
            refusals: Vec::new(),
            keeps_storage: false,
            undecided: false,
        }
    }

    /// Whether the contracts say anything about the quotas. A company that never had a relevant
    /// contract, or has one to come, keeps what it has.
    pub(super) fn is_due(&mut self) -> bool {
        let text = match &self.contract_status {
            ContractStatus::Relevant(_) | ContractStatus::Ended { .. } => return true,
            ContractStatus::Coming(next) => format!(
                "no contract is in force today; contract {} starts on {}, and quotas stay as they \
                 are until then",
                next.id, next.start
            ),
            ContractStatus::Never => {
                "no contract includes a mapped service, so quotas stay as they are: add one to \
                 the contract in Autotask, or map an existing service with `map-products use`"
                    .to_owned()
            }
        };
        let note = self.customer_remark(
            RemarkKind::NoContract,
            self.customer.party.name.clone(),
            text,
            false,
        );
        self.remarks.push(note);
        false
    }

    /// Decides, step by step: what contracts want, then what the platform can take.
    pub(super) fn decide_all(&mut self) {
        self.block_unclear_billing();
        desired::fill_desired(self);
        desired::remark_on_unoffered(self);
        edition::hold_second_edition(self);
        storage::choose_storage(self);
        dependencies::hold_packs_without_base(self);
        dependencies::switch_on_features(self);
    }

    /// The contracts in force that hold mapped services.
    pub(super) fn relevant_contracts(&self) -> &[&'f Contract] {
        match &self.contract_status {
            ContractStatus::Relevant(contracts) => contracts,
            ContractStatus::Ended { .. } | ContractStatus::Coming(_) | ContractStatus::Never => &[],
        }
    }

    pub(super) fn find_item(&self, key: &ItemKey) -> Option<&'f QuotaItem> {
        self.customer.items.get(key)
    }

    pub(super) fn find_choice(&self, key: &ItemKey) -> Option<&'f MappingChoice> {
        self.links.get(key).map(|link| &link.choice)
    }

    /// The level after the plan, had nothing been refused.
    pub(super) fn level_after(&self, key: &ItemKey) -> Level {
        let now = || self.find_item(key).map_or(Level::Off, |item| item.level);
        self.desired
            .get(key)
            .map_or_else(now, |target| target.level)
    }

    /// `Alma Bakery (company 4711, account eu)`.
    pub(super) fn customer_in_words(&self) -> String {
        customer_in_words(self.customer)
    }

    pub(super) fn customer_remark(
        &self,
        kind: RemarkKind,
        subject: String,
        text: String,
        needs_person: bool,
    ) -> Remark {
        Remark::new(kind, subject, text)
            .of_account(&self.customer.account)
            .of_company(self.customer.party.clone())
            .for_person_if(needs_person)
    }

    /// The field that says how a contract is billed says neither Yes nor No (rules: words).
    fn block_unclear_billing(&mut self) {
        let notes: Vec<Remark> = self
            .relevant_contracts()
            .iter()
            .filter_map(|contract| match &contract.billing {
                BillingType::PrepaidByDefault { value } => Some(self.customer_remark(
                    RemarkKind::BillingTypeUnclear,
                    format!("contract {}", contract.id),
                    format!(
                        "the pay-as-you-go field of contract {} is {value:?}, neither Yes nor No; \
                         the contract counts as prepaid",
                        contract.id
                    ),
                    true,
                )),
                BillingType::Prepaid | BillingType::PayAsYouGo => None,
            })
            .collect();
        self.remarks.extend(notes);
    }

    /// Nothing is lowered for want of them, but a person should know.
    fn contracts_out_of_sight(&mut self, hidden: &[ContractId]) {
        let note = self.customer_remark(
            RemarkKind::ContractHidden,
            contracts_in_words(hidden),
            guards::refuse_hidden_contracts(hidden),
            true,
        );
        self.remarks.push(note);
    }

    /// Turns the decisions into lines, and judges them.
    pub(super) fn into_plan(mut self, planned: &mut Planned) {
        if self.undecided {
            let customer = (self.customer.account.clone(), self.customer.party.id);
            planned.undecided.push(customer);
            planned.remarks.append(&mut self.remarks);
            return;
        }
        let mut actions = self.build_actions();
        let holds = std::mem::take(&mut self.blocked);
        let company = self.customer.party.id;
        let mut refusals: Vec<Refusal> = holds
            .into_iter()
            .filter_map(|hold| refuse_blocked(hold, company, &actions))
            .collect();
        let out_of_sight = &self.facts.whole_view.out_of_sight.contracts;
        let hidden = out_of_sight.get(&company).map_or(&[][..], Vec::as_slice);
        refusals.extend(guards::guard_customer(self.customer, hidden, &mut actions));
        if !hidden.is_empty()
            && !refusals
                .iter()
                .any(|one| one.code == RefusalCode::ContractHidden)
        {
            self.contracts_out_of_sight(hidden);
        }
        let is_clean = actions.is_empty() && refusals.is_empty() && self.refusals.is_empty();
        let is_relevant = matches!(self.contract_status, ContractStatus::Relevant(_));
        if is_clean && is_relevant && guards::requires_first_approval(self.customer) {
            planned.matches_contract.push(self.customer.party.id);
        }
        planned.actions.append(&mut actions);
        planned.remarks.append(&mut self.remarks);
        planned.refusals.append(&mut refusals);
        planned.refusals.append(&mut self.refusals);
    }

    fn build_actions(&mut self) -> Vec<Action> {
        let targets = std::mem::take(&mut self.desired);
        let mut actions = Vec::new();
        for (key, target) in targets {
            let Some(item) = self
                .find_item(&key)
                .filter(|item| item.level != target.level)
            else {
                continue;
            };
            if item.locked {
                let text = format!("{key} is locked by the platform and stays as it is");
                let note =
                    self.customer_remark(RemarkKind::ItemLocked, key.to_string(), text, true);
                self.remarks.push(note);
                continue;
            }
            actions.push(self.build_action(key, item, target));
        }
        actions
    }

    fn build_action(&self, key: ItemKey, item: &QuotaItem, target: DesiredQuota) -> Action {
        let unit = display_unit(self.facts, self.customer, &key, item);
        let mut because = target.because;
        because.push(self.usage_in_words(&key, item, unit));
        because.push(match &self.customer.tenant {
            Some(id) => format!("tenant {} ({id})", self.customer.tenant_name),
            None => format!("new tenant {}", self.customer.tenant_name),
        });
        let needs = target.needs.filter(|needed| {
            self.find_item(needed)
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
            allows_reductions: false,
            by_approval: false,
        }
    }

    fn usage_in_words(&self, key: &ItemKey, item: &QuotaItem, unit: Unit) -> String {
        if item.is_feature {
            return "a feature, without a quantity".to_owned();
        }
        match (self.customer.known_usage(key), &self.customer.usage) {
            (Some(amount), _) => format!("in use: {}", show_amount(amount, unit)),
            (None, LiveUsage::Unread(why)) => format!("usage not known: {why}"),
            (None, LiveUsage::Read(_) | LiveUsage::New) => {
                "usage not known: Acronis reports no usage of it".to_owned()
            }
        }
    }

    /// How the last contract came to its end, for a company that has none any more.
    pub(super) fn end_in_words(&self) -> Option<String> {
        match &self.contract_status {
            ContractStatus::Ended { last, on } => Some(contract_status::describe_end(last, *on)),
            ContractStatus::Relevant(_) | ContractStatus::Coming(_) | ContractStatus::Never => None,
        }
    }
}

/// What amounts of an item are shown in: the unit of its mapping where that fits.
pub(crate) fn display_unit(
    facts: &Facts,
    customer: &QuotaCustomer,
    key: &ItemKey,
    item: &QuotaItem,
) -> Unit {
    let measurement = item.measurement.unwrap_or(Measurement::Nothing);
    let link = facts.find_product(&customer.account, key);
    link.map(|link| link.measure.unit)
        .filter(|unit| unit.fits_measurement(measurement))
        .unwrap_or_else(|| measurement.default_unit())
}

/// A hold as a refusal; none when it held lines and none of them would change anything.
fn refuse_blocked(hold: Blocked, company: CompanyId, actions: &[Action]) -> Option<Refusal> {
    let held: Vec<_> = actions
        .iter()
        .filter(|action| is_held(action, &hold.items))
        .map(Action::describe)
        .collect();
    let scope = match (held.as_slice(), hold.items.is_empty()) {
        ([], true) => Reach::Nothing(company),
        ([], false) => return None,
        (held, _) => Reach::of_lines(held),
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

pub(super) fn customer_in_words(customer: &QuotaCustomer) -> String {
    format!(
        "{} (company {}, account {})",
        customer.party.name, customer.party.id, customer.account
    )
}

/// The service that counts an item.
pub(super) fn service_of(link: &ProductLink) -> Option<ServiceId> {
    match &link.choice {
        MappingChoice::Service { id, .. } => Some(*id),
        MappingChoice::Free | MappingChoice::Leave => None,
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
