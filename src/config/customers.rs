//! `[[customer]]`: what differs for one company.

use std::collections::{BTreeMap, BTreeSet};

use super::billing::{Billing, Effective, LaterChanges, NOT_TODAY, PeriodMeasure, Posting};
use super::keys::Form;
use super::read::{ConfigValue, Node, Table};
use super::section::section;
use crate::domain::ids::{CompanyId, ContractId};

section! {
    /// One customer that differs from the others: what is written here replaces the keys of
    /// `[billing]` for that company, or switches commands off for it.
    ///
    /// What is switched off is neither done nor reported for that company; what it has stays as it
    /// is: mapping, tenant, quotas, units and tickets.
    ///
    /// Each company has one block at most. A company id that Autotask does not know is refused
    /// (exit code 2) by `sync-billing` and reported by `check`.
    "customer" struct Customer: PartialEq, Eq {
        /// The company, by its id in Autotask.
        company: CompanyId, eg 4711;
        /// `true` leaves the company out of everything, and out of lists of unmapped companies.
        exclude: Option<bool> = none, eg true;
        /// `false` creates no tenant for it, changes no quota, and counts no days without a contract.
        provisioning: Option<bool> = none, eg false;
        /// `false` posts no usage to its contracts and reports none of it.
        billing: Option<bool> = none, eg false;
        /// `false` makes no ticket of its alerts and leaves its tickets as they are.
        tickets: Option<bool> = none, eg false;
        /// `"period-end"` or `"every-run"`.
        posting: Option<Posting> = none, eg "every-run";
        /// `"last"` or `"highest"`.
        measure: Option<PeriodMeasure> = none, eg "highest";
        /// `"hold"`, `"today"` or `"raise"`.
        later_changes: Option<LaterChanges> = none, eg "raise";
        /// The contract that gets the units if several of the company include the same service.
        ///
        /// It is one of several relevant pay-as-you-go contracts; as an entry of
        /// `billing.contracts`.
        contract: Option<ContractId> = none, eg 2042;
        plus line: Option<usize> = Table::line_number;
        must Table::must_hold_one;
    }
}

/// What may be switched off for one company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CustomerTask {
    Provisioning,
    Billing,
    Tickets,
}

impl CustomerTask {
    const ALL: [Self; 3] = [Self::Provisioning, Self::Billing, Self::Tickets];

    /// The key that switches it off.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Billing => "billing",
            Self::Tickets => "tickets",
        }
    }
}

impl Customer {
    fn is_excluded(&self) -> bool {
        self.exclude == Some(true)
    }

    fn has_off(&self, task: CustomerTask) -> bool {
        let own = match task {
            CustomerTask::Provisioning => self.provisioning,
            CustomerTask::Billing => self.billing,
            CustomerTask::Tickets => self.tickets,
        };
        self.is_excluded() || own == Some(false)
    }
}

/// The companies that differ from the rest of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Customers(BTreeMap<CompanyId, Customer>);

/// How the lines of one company are posted: the rule for everybody with what its block changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) effective: Effective,
    pub(crate) later_changes: LaterChanges,
    pub(crate) posting: Posting,
    pub(crate) measure: PeriodMeasure,
    /// With [`Posting::PeriodEnd`]: how many last days of a period are its end.
    pub(crate) period_end_days: u32,
}

impl Customers {
    /// What is said of a company that is left out of everything.
    pub(crate) const EXCLUDED: &str = "excluded";

    pub(crate) fn get(&self, company: CompanyId) -> Option<&Customer> {
        self.0.get(&company)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (CompanyId, &Customer)> {
        self.0
            .iter()
            .map(|(company, customer)| (*company, customer))
    }

    /// Whether a company is left out of everything.
    pub(crate) fn is_excluded(&self, company: CompanyId) -> bool {
        self.get(company).is_some_and(Customer::is_excluded)
    }

    /// Whether a company's block switches this off for it.
    pub(crate) fn has_off(&self, company: CompanyId, task: CustomerTask) -> bool {
        self.get(company).is_some_and(|own| own.has_off(task))
    }

    /// The companies for which this is switched off.
    pub(crate) fn list_off(&self, task: CustomerTask) -> BTreeSet<CompanyId> {
        let off = self.iter().filter(|(_, own)| own.has_off(task));
        off.map(|(company, _)| company).collect()
    }

    /// What is switched off for a company, in the words of the keys: `excluded`, `billing, tickets`.
    pub(crate) fn describe_off(&self, company: CompanyId) -> Option<String> {
        let own = self.get(company)?;
        if own.is_excluded() {
            return Some(Self::EXCLUDED.to_owned());
        }
        let off = CustomerTask::ALL
            .into_iter()
            .filter(|task| own.has_off(*task));
        let off: Vec<&str> = off.map(CustomerTask::as_str).collect();
        (!off.is_empty()).then(|| off.join(", "))
    }

    /// How the lines of a company are posted.
    pub(crate) fn find_terms(&self, billing: &Billing, company: CompanyId) -> Terms {
        let own = self.get(company);
        Terms {
            effective: billing.effective,
            later_changes: own
                .and_then(|own| own.later_changes)
                .unwrap_or(billing.later_changes),
            posting: own.and_then(|own| own.posting).unwrap_or(billing.posting),
            measure: own.and_then(|own| own.measure).unwrap_or(billing.measure),
            period_end_days: billing.period_end_days,
        }
    }

    /// The contract that is billed when several of a company hold the same service.
    pub(crate) fn find_contract(
        &self,
        billing: &Billing,
        company: CompanyId,
    ) -> Option<ContractId> {
        let own = self.get(company).and_then(|own| own.contract);
        own.or_else(|| billing.contracts.get(&company).copied())
    }
}

/// All blocks, no company twice.
impl ConfigValue for Customers {
    const FORM: &'static Form = &Form::List(Customer::FORM);

    fn read(node: &Node<'_>) -> Option<Self> {
        let blocks = node.read_list(|item| Some((Customer::read(item)?, item.clone())))?;
        let mut customers = BTreeMap::new();
        let mut sound = true;
        for (customer, place) in blocks {
            let (company, line) = (customer.company, customer.line);
            if let Some(earlier) = customers.insert(company, customer) {
                let earlier: Customer = earlier;
                let line = earlier.line.or(line).unwrap_or_default();
                place.refuse::<()>(format!(
                    "company {company} already has a block at line {line}; put all its keys in one"
                ));
                sound = false;
            }
        }
        sound.then_some(Self(customers))
    }

    fn when_absent() -> Option<Self> {
        Some(Self::default())
    }
}

/// Whether the blocks fit the rest of the file.
pub(super) fn compare_with_billing(
    table: &Table<'_>,
    customers: &Customers,
    billing: &Billing,
) -> Option<()> {
    let mut sound = Some(());
    for (company, customer) in customers.iter() {
        let at_end = customer.posting == Some(Posting::PeriodEnd);
        if at_end && billing.effective == Effective::Today {
            let what = format!("company {company}: {NOT_TODAY}");
            sound = table.refuse_at(customer.line, "customer.posting", what);
        }
        let both = (customer.contract, billing.contracts.get(&company));
        if let (Some(own), Some(other)) = both
            && own != *other
        {
            let what = format!(
                "company {company} has contract {own} here and {other} in `billing.contracts`: \
                 keep this one"
            );
            sound = table.refuse_at(customer.line, "customer.contract", what);
        }
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::super::sample_with;
    use super::*;

    #[test]
    fn a_block_switches_off_what_it_says_and_exclude_everything() {
        use CustomerTask::{Billing, Provisioning, Tickets};
        let config = sample_with(
            "[[customer]]\ncompany = 7\nbilling = false\ntickets = false\n\
             [[customer]]\ncompany = 8\nexclude = true\nbilling = true\n\
             [[customer]]\ncompany = 9\nexclude = false\n",
        );
        let customers = &config.customers;
        let off = |task| {
            let ids = customers.list_off(task).into_iter();
            ids.map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(off(Provisioning), [8]);
        assert_eq!(off(Billing), [7, 8]);
        assert_eq!(off(Tickets), [7, 8]);
        let described = [7, 8, 9, 10].map(|id| customers.describe_off(CompanyId(id)));
        let expected = [Some("billing, tickets"), Some("excluded"), None, None];
        assert_eq!(described.each_ref().map(|text| text.as_deref()), expected);
        assert!(customers.is_excluded(CompanyId(8)) && !customers.is_excluded(CompanyId(7)));
    }

    #[test]
    fn a_block_changes_what_it_says_and_nothing_else() {
        let config = sample_with(
            "[billing]\nlater_changes = \"raise\"\ncontracts = { 8 = 80, 9 = 90 }\n\
             [[customer]]\ncompany = 7\nposting = \"every-run\"\ncontract = 70\n\
             [[customer]]\ncompany = 8\nmeasure = \"highest\"\nlater_changes = \"today\"",
        );
        let terms = |company: i64| {
            config
                .customers
                .find_terms(&config.billing, CompanyId(company))
        };
        let contract = |id: i64| {
            config
                .customers
                .find_contract(&config.billing, CompanyId(id))
        };
        let rest = Terms {
            effective: Effective::PeriodStart,
            later_changes: LaterChanges::Raise,
            posting: Posting::PeriodEnd,
            measure: PeriodMeasure::Last,
            period_end_days: 3,
        };
        assert_eq!(terms(9), rest);
        assert_eq!(
            terms(7),
            Terms {
                posting: Posting::EveryRun,
                ..rest
            }
        );
        assert_eq!(
            terms(8),
            Terms {
                measure: PeriodMeasure::Highest,
                later_changes: LaterChanges::Today,
                ..rest
            }
        );
        let contracts = [7, 8, 9, 10].map(|company| contract(company).map(|id| id.0));
        assert_eq!(contracts, [Some(70), Some(80), Some(90), None]);
    }
}
