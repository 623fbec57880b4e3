//! Adjustments: the only way units change, written and never read (autotask.md §8.5, §8.6).

use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};

use super::{
    Database,
    given::Given,
    lines::{Line, LineKind},
    moment,
    money::Money,
    refusal::{Refusal, bad_reference, required},
    schema::{self, Entity},
    units::{self, Terms},
};

/// Who changed the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    Api,
    Person,
}

/// How an adjustment names its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdjustmentForm {
    /// By the line's own id.
    Line,
    /// By contract and product.
    Product,
}

/// An adjustment that took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    pub at: Timestamp,
    pub by: Author,
    pub kind: LineKind,
    pub contract: i64,
    /// Id of the contract service or contract service bundle.
    pub line: i64,
    /// Id of the service or service bundle.
    pub product: i64,
    pub effective: Date,
    /// Signed difference.
    pub change: i64,
    pub unit_price: Option<Money>,
    /// The line did not exist before.
    pub created_line: bool,
    /// The effective date lies in a period that was approved and posted already.
    pub into_posted_period: bool,
}

/// An adjustment somebody asks for.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) by: Author,
    pub(super) kind: LineKind,
    pub(super) contract: i64,
    pub(super) product: i64,
    /// `None`: the line is to be made.
    pub(super) line: Option<i64>,
    pub(super) effective: Date,
    pub(super) change: i64,
    pub(super) price: Option<Money>,
}

impl Database {
    /// `POST` of an adjustment: success is a null id.
    ///
    /// # Errors
    /// The refusals of autotask.md §8.5.
    pub(super) fn adjust_by_api(
        &mut self,
        entity: &Entity,
        given: Given,
    ) -> Result<Value, Refusal> {
        let kind = if entity.name == "ContractServiceAdjustments" {
            LineKind::Service
        } else {
            LineKind::Bundle
        };
        let effective = given
            .value("effectiveDate")
            .and_then(Value::as_str)
            .and_then(moment::read_day)
            .ok_or_else(|| Refusal::invalid(required("effectiveDate")))?;
        let (line, contract, product) = self.addressed(kind, &given)?;
        // "Levels with limited or no contract visibility cannot create, update or query contract
        // service entities" (autotask.md §1).
        let contracts = schema::entity("Contracts");
        if contracts.is_some_and(|contracts| self.is_of_other_line(contracts, contract)) {
            return Err(Refusal::invalid(bad_reference("contractID", "Contract")));
        }
        // "bundle adjustments affect only the quantity, never price" (autotask.md §8.6).
        let price = given
            .value("adjustedUnitPrice")
            .and_then(Money::of)
            .filter(|_| kind == LineKind::Service);
        let wish = Wish {
            by: Author::Api,
            kind,
            contract,
            product,
            line,
            effective,
            change: given.int("unitChange").unwrap_or(0),
            price,
        };
        self.adjust(&wish)?;
        Ok(json!({ "itemId": null }))
    }

    /// Line, contract and product of an adjustment: by the line's id, or by contract and product.
    fn addressed(&self, kind: LineKind, given: &Given) -> Result<(Option<i64>, i64, i64), Refusal> {
        self.check_form(kind, given)?;
        if let Some(id) = given.int(kind.line_field()) {
            let wrong = || {
                let singular = schema::entity(kind.line_entity()).map_or("", |e| e.singular);
                Refusal::invalid(bad_reference(kind.line_field(), singular))
            };
            let line = self.book(kind).lines.get(&id).ok_or_else(wrong)?;
            let other = |field: &str, own: i64| given.int(field).is_some_and(|id| id != own);
            if other("contractID", line.contract) || other(kind.product_field(), line.product) {
                return Err(wrong());
            }
            return Ok((Some(id), line.contract, line.product));
        }
        let contract = given
            .int("contractID")
            .ok_or_else(|| Refusal::invalid(required("contractID")))?;
        let product = given
            .int(kind.product_field())
            .ok_or_else(|| Refusal::invalid(required(kind.product_field())))?;
        let repeat = ["allowRepeatService", "allowRepeatServiceBundle"]
            .iter()
            .any(|name| given.value(name) == Some(&Value::Bool(true)));
        let lines = self.lines_of(kind, contract, product);
        match lines.as_slice() {
            _ if repeat => Ok((None, contract, product)),
            [] => Ok((None, contract, product)),
            [only] => Ok((Some(*only), contract, product)),
            // "contractServiceID is needed when the same service is on the contract twice".
            _ => Err(Refusal::invalid(required(kind.line_field()))),
        }
    }

    /// Refuses a form that this database does not take, as if it did not know it: the texts are
    /// guesses after those of other missing fields.
    fn check_form(&self, kind: LineKind, given: &Given) -> Result<(), Refusal> {
        let (form, misses) = match given.int(kind.line_field()) {
            Some(_) => (AdjustmentForm::Line, kind.product_field()),
            None => (AdjustmentForm::Product, kind.line_field()),
        };
        if self.refused_forms.contains(&form) {
            return Err(Refusal::invalid(required(misses)));
        }
        Ok(())
    }

    pub(super) fn lines_of(&self, kind: LineKind, contract: i64, product: i64) -> Vec<i64> {
        self.book(kind)
            .lines
            .iter()
            .filter(|(_, line)| line.contract == contract && line.product == product)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Carries out an adjustment, by whoever.
    ///
    /// # Errors
    /// Contract inactive or not recurring, product inactive or of another period, date outside the
    /// contract, second one of the line and date, negative (or refused zero) result.
    pub(super) fn adjust(&mut self, wish: &Wish) -> Result<i64, Refusal> {
        let terms = self.check_contract_takes(wish.kind, wish.contract, wish.product)?;
        if wish.effective < terms.start || wish.effective > terms.end {
            return Err(Refusal::invalid(
                "effectiveDate must be between the start date and end date of the Contract.",
            ));
        }
        let now = units::Change {
            date: wish.effective,
            units: wish.change,
            price: wish.price,
            adjustment: true,
        };
        let mut changes = wish
            .line
            .and_then(|id| self.book(wish.kind).lines.get(&id))
            .map_or_else(Vec::new, |line| line.changes.clone());
        let same = |change: &&mut units::Change| change.adjustment && change.date == now.date;
        match changes.iter_mut().find(same) {
            None => changes.push(now),
            Some(first) if self.takes_second_adjustments => {
                first.units += now.units;
                first.price = now.price.or(first.price);
            }
            Some(_) => {
                return Err(Refusal::invalid(
                    "Attempt to insert duplicate data into contract_service_period.",
                ));
            }
        }
        self.check_totals(&changes, wish.effective)?;
        let line = match wish.line {
            Some(line) => line,
            None => self.make_line(wish, now),
        };
        let into_posted_period = self.book(wish.kind).rows_of(line).iter().any(|(_, row)| {
            row.posted.is_some() && row.start <= wish.effective && wish.effective <= row.end
        });
        if let Some(line) = self.book_mut(wish.kind).lines.get_mut(&line) {
            line.changes = changes;
            if let Some(since) = line.since {
                line.since = Some(since.min(wish.effective));
            }
        }
        self.redraw_line(wish.kind, line);
        self.note_change(wish);
        self.adjustments.push(Adjustment {
            at: self.now,
            by: wish.by,
            kind: wish.kind,
            contract: wish.contract,
            line,
            product: wish.product,
            effective: wish.effective,
            change: wish.change,
            unit_price: wish.price,
            created_line: wish.line.is_none(),
            into_posted_period,
        });
        Ok(line)
    }

    /// The totals from the effective date on. That a negative one is invalid is our reading
    /// (autotask.md §8.5 "surely"); the texts are guesses.
    fn check_totals(&self, changes: &[units::Change], from: Date) -> Result<(), Refusal> {
        let dates = changes
            .iter()
            .map(|change| change.date)
            .filter(|date| *date >= from);
        for date in dates {
            let total = units::units_at(changes, date);
            if total < 0 {
                return Err(Refusal::invalid(
                    "The number of units cannot be less than zero.",
                ));
            }
            if total > i64::from(i32::MAX) {
                return Err(Refusal::invalid(
                    "Value was either too large or too small for an Int32.",
                ));
            }
            if total == 0 && self.refuses_zero_units {
                return Err(Refusal::invalid("The number of units cannot be 0."));
            }
        }
        Ok(())
    }

    /// The terms of a contract that may hold this product.
    ///
    /// # Errors
    /// As in autotask.md §3 for references; that inactive contracts and other period types are
    /// refused is a guess (the help says only that inactive services cannot be added).
    pub(super) fn check_contract_takes(
        &self,
        kind: LineKind,
        contract: i64,
        product: i64,
    ) -> Result<Terms, Refusal> {
        let record = self
            .store
            .get("Contracts", contract)
            .filter(|record| record.int("status") == Some(1))
            .ok_or_else(|| Refusal::invalid(bad_reference("contractID", "Contract")))?;
        let recurring = self
            .picklists
            .by_label("Contracts", "contractType", "Recurring Service");
        if record.int("contractType") != recurring {
            return Err(Refusal::invalid(
                "Services can only be added to a Recurring Service contract.",
            ));
        }
        let singular = schema::entity(kind.product_entity()).map_or("", |e| e.singular);
        let sold = self
            .store
            .get(kind.product_entity(), product)
            .filter(|record| !record.inactive())
            .ok_or_else(|| Refusal::invalid(bad_reference(kind.product_field(), singular)))?;
        let period = |record: &super::store::Record, field: &str| record.int(field);
        if period(sold, "periodType") != period(record, "contractPeriodType") {
            return Err(Refusal::invalid(format!(
                "The period type of the {singular} does not match that of the Contract."
            )));
        }
        self.terms(contract)
            .ok_or_else(|| Refusal::invalid(bad_reference("contractID", "Contract")))
    }

    fn make_line(&mut self, wish: &Wish, first: units::Change) -> i64 {
        let id = self.insert_line_record(wish.kind, wish.contract, wish.product);
        let base = first
            .price
            .unwrap_or_else(|| self.list_price(wish.kind, wish.product));
        self.book_mut(wish.kind).lines.insert(
            id,
            Line::new(wish.contract, wish.product, base, Some(first.date)),
        );
        id
    }

    /// "Each change writes an automatic contract note" (autotask.md §8.5).
    fn note_change(&mut self, wish: &Wish) {
        let mut record = super::store::Record::default();
        let now = moment::write(self.now);
        record.set("contractID", wish.contract);
        record.set("title", "Units adjusted");
        record.set(
            "description",
            format!(
                "{} {}: {:+} units from {}",
                wish.kind.product_field(),
                wish.product,
                wish.change,
                wish.effective
            ),
        );
        record.set("createDateTime", now.clone());
        record.set("lastActivityDate", now);
        if let Some(entity) = schema::entity("ContractNotes") {
            self.store.insert(entity, record);
        }
    }
}
