//! Which contract and which line stand for an item.

use super::Rules;
use super::context::{ContractLine, CustomerContext, MappedItem, contract_ids};
use crate::domain::contracts::{Contract, ServiceLine};
use crate::plan::Remark;
use crate::plan::RemarkKind;

impl CustomerContext<'_> {
    /// The contract and line where an item is billed by usage; `None` when nothing is.
    pub(super) fn find_line(
        &self,
        one: MappedItem<'_>,
    ) -> Result<Option<ContractLine<'_>>, Box<Remark>> {
        let holding = contracts_holding(&self.payg, one);
        let prepaid = contracts_holding(&self.prepaid, one);
        if holding.is_empty() {
            return self.find_line_to_add(one, !prepaid.is_empty());
        }
        if !prepaid.is_empty() {
            let text = format!(
                "{} is pay-as-you-go on contract {} and prepaid on contract {}: nothing is billed \
                 by usage until one of them no longer includes it{}",
                one.name,
                contract_ids(&holding),
                contract_ids(&prepaid),
                self.contract_links(&[&holding[..], &prepaid[..]].concat())
            );
            return Err(self.item_remark(
                one,
                RemarkKind::MixedBilling,
                text,
                &[&contract_ids(&holding), &contract_ids(&prepaid)],
            ));
        }
        let contract = self.choose_contract(one, &holding)?;
        let line = self.find_line_on(one, contract)?;
        Ok(Some(ContractLine {
            contract,
            line: Some(line),
        }))
    }

    /// Where a line would be added: only when nothing else is said about the item anywhere.
    fn find_line_to_add(
        &self,
        one: MappedItem<'_>,
        prepaid: bool,
    ) -> Result<Option<ContractLine<'_>>, Box<Remark>> {
        if prepaid {
            return Ok(None);
        }
        let contract = match (self.payg.as_slice(), self.configured_contract(&self.payg)) {
            (_, Some(contract)) => contract,
            ([only], None) => *only,
            (several, None) => {
                return if self.used_units(one) > 0 {
                    Err(self.remark_no_line(one, several))
                } else {
                    Ok(None)
                };
            }
        };
        Ok(Some(ContractLine {
            contract,
            line: None,
        }))
    }

    /// The contract that the configuration names for this company, when it is one of these.
    fn configured_contract<'c>(&self, contracts: &[&'c Contract]) -> Option<&'c Contract> {
        let Rules {
            billing, customers, ..
        } = self.rules;
        let wanted = customers.find_contract(billing, self.customer.party.id)?;
        contracts
            .iter()
            .copied()
            .find(|contract| contract.id == wanted)
    }

    fn choose_contract<'c>(
        &self,
        one: MappedItem<'_>,
        holding: &[&'c Contract],
    ) -> Result<&'c Contract, Box<Remark>> {
        if let [only] = holding {
            return Ok(only);
        }
        self.configured_contract(holding).ok_or_else(|| {
            let text = format!(
                "{} is on several pay-as-you-go contracts ({}): choose the one to bill with \
                 `contract` in the [[customer]] block of company {}{}",
                one.name,
                contract_ids(holding),
                self.customer.party.id,
                self.contract_links(holding)
            );
            self.item_remark(
                one,
                RemarkKind::SeveralContracts,
                text,
                &[&contract_ids(holding)],
            )
        })
    }

    fn find_line_on<'c>(
        &self,
        one: MappedItem<'_>,
        contract: &'c Contract,
    ) -> Result<&'c ServiceLine, Box<Remark>> {
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
            [_] => Err(self.item_remark(
                one,
                RemarkKind::BundleLine,
                format!(
                    "{} is on contract {} both by itself and inside a bundle, so its usage would \
                     be charged twice: remove it from one of them{}",
                    one.name,
                    contract.id,
                    self.contract_links(&[contract])
                ),
                &[&contract.id, &"twice"],
            )),
            [] => Err(self.item_remark(
                one,
                RemarkKind::BundleLine,
                format!(
                    "{} is only inside a bundle on contract {}, and a service in a bundle cannot \
                     be \
                     billed by usage: put the service itself on the contract, or make the \
                     contract prepaid{}",
                    one.name,
                    contract.id,
                    self.contract_links(&[contract])
                ),
                &[&contract.id, &"inside"],
            )),
            several => Err(self.item_remark(
                one,
                RemarkKind::SeveralLines,
                format!(
                    "{} is on contract {} {} times, so it is not clear which line to bill: keep \
                     only one{}",
                    one.name,
                    contract.id,
                    several.len(),
                    self.contract_links(&[contract])
                ),
                &[&contract.id, &several.len()],
            )),
        }
    }
}

fn contracts_holding<'c>(contracts: &[&'c Contract], one: MappedItem<'_>) -> Vec<&'c Contract> {
    contracts
        .iter()
        .copied()
        .filter(|contract| contract.holds_service(one.service))
        .collect()
}
