//! Which contract and which line stand for an item.

use super::Rules;
use super::customer::{Mapped, Place, View};
use crate::domain::contracts::{Contract, ServiceLine};
use crate::plan::Note;

impl View<'_> {
    /// The contract and line where an item is billed by usage; `None` when nothing is.
    pub(super) fn place(&self, one: Mapped<'_>) -> Result<Option<Place<'_>>, Box<Note>> {
        let holding = holders(&self.payg, one);
        let prepaid = holders(&self.prepaid, one);
        if holding.is_empty() {
            return self.place_to_add(one, !prepaid.is_empty());
        }
        if !prepaid.is_empty() {
            let text = format!(
                "{} is pay-as-you-go on contract {} and prepaid on contract {}: nothing is billed \
                 by usage until one of them no longer includes it{}",
                one.name,
                ids(&holding),
                ids(&prepaid),
                self.links(&[&holding[..], &prepaid[..]].concat())
            );
            return Err(self.item_note(one, "mixed-billing", text));
        }
        let contract = self.one_of(one, &holding)?;
        let line = self.line_of(one, contract)?;
        Ok(Some(Place {
            contract,
            line: Some(line),
        }))
    }

    /// Where a line would be added: only when nothing else is said about the item anywhere.
    fn place_to_add(&self, one: Mapped<'_>, prepaid: bool) -> Result<Option<Place<'_>>, Box<Note>> {
        if prepaid {
            return Ok(None);
        }
        let contract = match (self.payg.as_slice(), self.configured(&self.payg)) {
            (_, Some(contract)) => contract,
            ([only], None) => *only,
            (several, None) => {
                return if self.used_units(one) > 0 {
                    Err(self.no_line(one, several))
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

    /// The contract that the configuration names for this company, when it is one of these.
    fn configured<'c>(&self, contracts: &[&'c Contract]) -> Option<&'c Contract> {
        let Rules {
            billing, customers, ..
        } = self.rules;
        let wanted = customers.contract(billing, self.customer.party.id)?;
        contracts
            .iter()
            .copied()
            .find(|contract| contract.id == wanted)
    }

    fn one_of<'c>(
        &self,
        one: Mapped<'_>,
        holding: &[&'c Contract],
    ) -> Result<&'c Contract, Box<Note>> {
        if let [only] = holding {
            return Ok(only);
        }
        self.configured(holding).ok_or_else(|| {
            let text = format!(
                "{} is on several pay-as-you-go contracts ({}): choose the one to bill with \
                 `contract` in the [[customer]] block of company {}{}",
                one.name,
                ids(holding),
                self.customer.party.id,
                self.links(holding)
            );
            self.item_note(one, "several-contracts", text)
        })
    }

    fn line_of<'c>(
        &self,
        one: Mapped<'_>,
        contract: &'c Contract,
    ) -> Result<&'c ServiceLine, Box<Note>> {
        let lines: Vec<&ServiceLine> = contract
            .services
            .iter()
            .filter(|line| line.service == one.service)
            .collect();
        let bundled = contract
            .bundles
            .iter()
            .any(|line| line.services.contains(&one.service));
        match lines.as_slice() {
            [line] if !bundled => Ok(line),
            [_] => Err(self.item_note(
                one,
                "bundle-line",
                format!(
                    "{} is on contract {} both by itself and inside a bundle, so its usage would \
                     be charged twice: remove it from one of them{}",
                    one.name,
                    contract.id,
                    self.links(&[contract])
                ),
            )),
            [] => Err(self.item_note(
                one,
                "bundle-line",
                format!(
                    "{} is only inside a bundle on contract {}, and a service in a bundle cannot \
                     be \
                     billed by usage: put the service itself on the contract, or make the \
                     contract prepaid{}",
                    one.name,
                    contract.id,
                    self.links(&[contract])
                ),
            )),
            several => Err(self.item_note(
                one,
                "several-lines",
                format!(
                    "{} is on contract {} {} times, so it is not clear which line to bill: keep \
                     only one{}",
                    one.name,
                    contract.id,
                    several.len(),
                    self.links(&[contract])
                ),
            )),
        }
    }
}

fn holders<'c>(contracts: &[&'c Contract], one: Mapped<'_>) -> Vec<&'c Contract> {
    contracts
        .iter()
        .copied()
        .filter(|contract| contract.held_services().contains(&one.service))
        .collect()
}

/// `12, 15`.
pub(super) fn ids(contracts: &[&Contract]) -> String {
    let ids: Vec<String> = contracts
        .iter()
        .map(|contract| contract.id.to_string())
        .collect();
    ids.join(", ")
}
