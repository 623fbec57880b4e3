//! `[billing]`: how usage becomes contract units.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::{Section, default};
use super::read::{Node, Table, words};
use crate::domain::ids::{CompanyId, ContractId};

pub(super) const BILLING: Section = Section {
    path: "billing",
    keys: &[
        default("enabled", "true"),
        default("payg_field", "\"Acronis PAYG\""),
        default("effective", "\"period-start\""),
        default("later_changes", "\"hold\""),
        default("posting", "\"period-end\""),
        default("period_end_days", "3"),
        default("measure", "\"last\""),
        default("trial", "\"skip\""),
        default("add_missing_lines", "false"),
        default("freeze", "[]"),
        default("contracts", "{}"),
        default("contract_link", "\"\""),
    ],
};

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
    /// How often units are posted.
    Posting {
        EveryRun = "every-run",
        /// Measured at every run, posted once in the last days of a period.
        PeriodEnd = "period-end",
    }
}

words! {
    /// Which measure of a period is billed when posting at its end.
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Billing {
    pub(crate) enabled: bool,
    /// Name of the contracts' user-defined field that says Yes for pay-as-you-go.
    pub(crate) payg_field: String,
    pub(crate) effective: Effective,
    pub(crate) later_changes: LaterChanges,
    pub(crate) posting: Posting,
    /// With [`Posting::PeriodEnd`]: how many last days of a period are its end.
    pub(crate) period_end_days: u32,
    /// With [`Posting::PeriodEnd`]: which measure counts.
    pub(crate) measure: PeriodMeasure,
    pub(crate) trial: Trial,
    /// Whether a contract line that does not exist may be created.
    pub(crate) add_missing_lines: bool,
    /// Days of the month, 1 to 31, on which nothing is posted.
    pub(crate) freeze: BTreeSet<i8>,
    /// Which contract is billed when several of a company hold the same service.
    pub(crate) contracts: BTreeMap<CompanyId, ContractId>,
    /// Where a person looks at a contract, with [`CONTRACT`] for its id; empty for nowhere. No
    /// document tells the format of such an address, so that nothing is built without it.
    pub(crate) contract_link: String,
}

/// Why the two do not go together: a change that counts from today is for each run.
pub(super) const NOT_TODAY: &str = "\"period-end\" posts a whole period from its start, which \
    `effective = \"today\"` does not: set `posting = \"every-run\"` beside it, or another `effective`";

/// Stands for the id in [`Billing::contract_link`].
const CONTRACT: &str = "{contract}";

impl Billing {
    /// The address of a contract in brackets, to end a sentence with; empty when none is known.
    pub(crate) fn link(&self, contract: ContractId) -> String {
        if self.contract_link.is_empty() {
            return String::new();
        }
        let link = self.contract_link.replace(CONTRACT, &contract.to_string());
        format!(" ({link})")
    }
}

pub(super) fn read(table: &Table<'_>) -> Option<Billing> {
    let enabled = table.read("enabled", Node::flag);
    let payg_field = table.read("payg_field", Node::text);
    let effective = table.read("effective", Node::word);
    let later_changes = table.read("later_changes", Node::word);
    let posting = table.read("posting", Node::word);
    let period_end_days = table.read("period_end_days", |node| node.whole(1..=27));
    let measure = table.read("measure", Node::word);
    let trial = table.read("trial", Node::word);
    let add_missing_lines = table.read("add_missing_lines", Node::flag);
    let freeze = table.read("freeze", freeze);
    let contracts = table.read("contracts", contracts);
    let contract_link = table.read("contract_link", contract_link);
    if (posting, effective) == (Some(Posting::PeriodEnd), Some(Effective::Today)) {
        // Told where one of the two is written.
        table.problem("effective", NOT_TODAY);
        return None;
    }
    Some(Billing {
        enabled: enabled?,
        payg_field: payg_field?,
        effective: effective?,
        later_changes: later_changes?,
        posting: posting?,
        period_end_days: period_end_days?,
        measure: measure?,
        trial: trial?,
        add_missing_lines: add_missing_lines?,
        freeze: freeze?,
        contracts: contracts?,
        contract_link: contract_link?,
    })
}

fn freeze(node: &Node<'_>) -> Option<BTreeSet<i8>> {
    let days = node.set(|item| item.whole(1..=31))?;
    if days.len() == 31 {
        return node.refuse("names every day of the month; set `enabled = false` instead");
    }
    Some(days)
}

fn contract_link(node: &Node<'_>) -> Option<String> {
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

fn contracts(node: &Node<'_>) -> Option<BTreeMap<CompanyId, ContractId>> {
    let pairs = node.pairs(|company, contract| {
        let id = contract.whole(1..=i64::MAX).map(ContractId);
        Some((company_key(company, contract)?, id?, contract.clone()))
    })?;
    let mut contracts = BTreeMap::new();
    let mut sound = true;
    for (company, contract, place) in pairs {
        if contracts.insert(company, contract).is_some() {
            place.refuse::<()>(format!("company {company} has a contract here already"));
            sound = false;
        }
    }
    sound.then_some(contracts)
}

fn company_key(key: &str, node: &Node<'_>) -> Option<CompanyId> {
    match key.parse() {
        Ok(id) if id >= 0 => Some(CompanyId(id)),
        Ok(_) | Err(_) => node.refuse(format!("the key {key:?} must be the id of a company")),
    }
}
