//! Contracts and what may be put on them (autotask.md §8.2, §8.3, §8.6).

use super::only;
use crate::autotask::{
    Database,
    lines::LineKind,
    moment,
    refusal::{Refusal, read_only, required},
    schema::Entity,
    write::Change,
};

impl Database {
    pub(in crate::autotask) fn check_contract(&self, change: &mut Change) -> Result<(), Refusal> {
        let start = moment::read_day(change.after.text("startDate"));
        let end = moment::read_day(change.after.text("endDate"));
        if start > end {
            return Err(Refusal::invalid(
                "The end date must be on or after the start date.",
            ));
        }
        let recurring = self
            .picklists
            .by_label("Contracts", "contractType", "Recurring Service");
        // Needed for the billing periods; that the API insists on it is a guess.
        if change.after.int("contractType") == recurring
            && change.after.value("contractPeriodType").is_null()
        {
            return Err(Refusal::invalid(required("contractPeriodType")));
        }
        if let Some(id) = change.id {
            self.check_contract_dates(id, change)?;
        }
        if self.newest_fields {
            change
                .after
                .set("lastModifiedDateTime", moment::write(self.now));
        }
        Ok(())
    }

    /// The start is fixed once services exist; the end may not come back over posted periods.
    fn check_contract_dates(&self, id: i64, change: &Change) -> Result<(), Refusal> {
        let kinds = [LineKind::Service, LineKind::Bundle];
        let holds_lines = kinds
            .iter()
            .any(|kind| !self.book(*kind).of_contract(id).is_empty());
        if change.alters("startDate") && holds_lines {
            return Err(Refusal::invalid(read_only("startDate")));
        }
        if let Some(end) = moment::read_day(change.after.text("endDate"))
            && change.alters("endDate")
        {
            let over_posted = kinds.iter().any(|kind| {
                self.book(*kind)
                    .rows
                    .values()
                    .any(|row| row.contract == id && row.posted.is_some() && row.end > end)
            });
            if over_posted {
                return Err(Refusal::invalid(
                    "The end date cannot be changed: there is an already approved and posted contract period after it.",
                ));
            }
        }
        Ok(())
    }

    pub(in crate::autotask) fn check_line(
        &self,
        entity: &Entity,
        change: &Change,
    ) -> Result<(), Refusal> {
        let Some(kind) = LineKind::of_lines(entity.name) else {
            return Ok(());
        };
        if change.id.is_some() {
            // "On update only adjustedPrice and invoiceDescription can change."
            return only(change, &["adjustedPrice", "invoiceDescription"]);
        }
        let (Some(contract), Some(product)) = (
            change.after.int("contractID"),
            change.after.int(kind.product_field()),
        ) else {
            return Ok(());
        };
        self.check_contract_takes(kind, contract, product)?;
        if !self.lines_of(kind, contract, product).is_empty() {
            // Only an adjustment with allowRepeatService adds a service twice; the text is a guess.
            return Err(Refusal::invalid(format!(
                "{} {product} is already on the contract.",
                kind.product_field()
            )));
        }
        if kind == LineKind::Bundle && self.members(product).is_empty() {
            return Err(Refusal::invalid(
                "A service bundle without services cannot be added to a contract.",
            ));
        }
        Ok(())
    }
}
