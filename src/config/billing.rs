//! `[billing]`: how usage becomes contract units.

use std::collections::{BTreeMap, BTreeSet};

use super::address::ADDRESS;
use super::keys::Form;
use super::read::{ConfigValue, Node, Table};
use super::section::{section, words};
use crate::domain::ids::{CompanyId, ContractId};

words! {
    /// From which day a change of units counts.
    Effective {
        /// The start of the period in which it was read: for providers who post in arrears.
        PeriodStart = "period-start",
        /// Today: Autotask prorates.
        Today = "today",
        /// The start of the first later period that is open: for those who post in advance.
        NextPeriod = "next-period",
    }
}

words! {
    /// What happens to a second change of a line within one period.
    LaterChanges {
        /// Remembered, reported, posted at the start of the next period.
        Hold = "hold",
        /// Posted today, prorated.
        Today = "today",
        /// Increases are posted today, prorated; decreases are held.
        Raise = "raise",
    }
}

words! {
    /// When units are posted.
    Posting {
        EveryRun = "every-run",
        /// Read at every run, posted once in the last days of a period.
        PeriodEnd = "period-end",
    }
}

words! {
    /// Which usage reading of a period is billed when posting at its end.
    PeriodMeasure {
        Last = "last",
        Highest = "highest",
    }
}

words! {
    /// Whether a tenant in trial mode is billed: it costs nothing at Acronis.
    Trial {
        /// Its units stay as they are, and are named.
        Skip = "skip",
        Bill = "bill",
    }
}

section! {
    /// How usage becomes contract units.
    "billing" struct Billing: PartialEq, Eq {
        /// Whether `sync-billing` does anything.
        enabled: bool = true;
        /// User-defined field of contracts that is Yes for pay-as-you-go.
        payg_field: String = "Acronis PAYG", called PAYG_FIELD;
        /// Which period a reading bills: `"period-start"`, the one in which it was taken (you
        /// approve and post in arrears); `"next-period"`, the first later one that is open (you
        /// post in advance); `"today"`, prorated, with `posting = "every-run"` only.
        effective: Effective = "period-start";
        /// With `"every-run"`, a later change in the same period: `"hold"` it until the next one,
        /// post it `"today"` (prorated), or `"raise"`: increases today (prorated), decreases held.
        later_changes: LaterChanges = "hold";
        /// When units are posted: `"period-end"`, once in the last days of a period; or
        /// `"every-run"`, the first reading of a period at once.
        posting: Posting = "period-end";
        /// With `"period-end"`: the number of days at the end of a period in which it is posted.
        period_end_days: u32 = 3, in 1..=27;
        /// With `"period-end"`: bill the `"last"` or the `"highest"` usage reading of the period.
        measure: PeriodMeasure = "last";
        /// A tenant in trial mode: `"skip"` (its units stay as they are) or `"bill"` it.
        trial: Trial = "skip";
        /// Whether a missing contract line may be added.
        add_missing_lines: bool = false;
        /// Days of the month, 1 to 31, on which nothing is posted.
        freeze: BTreeSet<i8> = [], by read_freeze;
        /// The contract to bill if several of a company include the same service, company id to
        /// contract id: `{ 4711 = 2042 }`.
        contracts: BTreeMap<CompanyId, ContractId> = {};
        /// Address of a contract in the browser, with `{contract}` for its id; messages that need
        /// a person end with it. Empty: no link.
        contract_link: String = "", by read_contract_link as ADDRESS;
        check compare_posting: posting, effective;
    }
}

/// Why the two do not go together: a change that counts from today is for each run.
pub(super) const NOT_TODAY: &str = "\"period-end\" posts a whole period from its start, which \
    `effective = \"today\"` does not: set `posting = \"every-run\"` beside it, or another \
    `effective`";

/// Stands for the id in [`Billing::contract_link`].
const CONTRACT: &str = "{contract}";

impl Billing {
    /// The address of a contract in brackets, to end a sentence with; empty when none is known.
    pub(crate) fn show_contract_link(&self, contract: ContractId) -> String {
        if self.contract_link.is_empty() {
            return String::new();
        }
        let link = self.contract_link.replace(CONTRACT, &contract.to_string());
        format!(" ({link})")
    }
}

fn compare_posting(table: &Table<'_>, posting: &Posting, effective: &Effective) -> Option<()> {
    if (*posting, *effective) == (Posting::PeriodEnd, Effective::Today) {
        return table.refuse("effective", NOT_TODAY);
    }
    Some(())
}

fn read_freeze(node: &Node<'_>) -> Option<BTreeSet<i8>> {
    let days = BTreeSet::read(node)?;
    if days.len() == 31 {
        return node.refuse("names every day of the month; set `enabled = false` instead");
    }
    Some(days)
}

fn read_contract_link(node: &Node<'_>) -> Option<String> {
    match node.as_text() {
        Some("") => Some(String::new()),
        Some(link) if link.starts_with("https://") && link.contains(CONTRACT) => {
            Some(link.to_owned())
        }
        Some(_) | None => node.must_be(
            "an address that begins with https:// and has {contract} where the id goes, or empty",
        ),
    }
}

impl ConfigValue for BTreeMap<CompanyId, ContractId> {
    const FORM: &'static Form = &Form::Pairs(ContractId::FORM);

    fn read(node: &Node<'_>) -> Option<Self> {
        let pairs = node.read_pairs(|company, contract| {
            let id = ContractId::read(contract);
            Some((read_company_key(company, contract)?, id?, contract.clone()))
        })?;
        let mut contracts = Self::new();
        let mut sound = true;
        for (company, contract, place) in pairs {
            if contracts.insert(company, contract).is_some() {
                place.refuse::<()>(format!("company {company} already has a contract here"));
                sound = false;
            }
        }
        sound.then_some(contracts)
    }
}

fn read_company_key(key: &str, node: &Node<'_>) -> Option<CompanyId> {
    match key.parse() {
        Ok(id) if id >= 0 => Some(CompanyId(id)),
        Ok(_) | Err(_) => node.refuse(format!("the key {key:?} must be the id of a company")),
    }
}
