//! What the system keeps right by itself: lines, their rows and prices, after any change.

use jiff::ToSpan;

use super::{
    Database,
    lines::{Line, LineKind},
    moment,
    money::Money,
    schema,
    store::Record,
    units::{self, Terms},
    write,
};

/// How far ahead of today unit rows exist, where the contract's end does not come first.
const HORIZON_YEARS: i64 = 5;

impl Database {
    /// The billing terms of a contract.
    pub(super) fn terms(&self, contract: i64) -> Option<Terms> {
        let record = self.store.get("Contracts", contract)?;
        Some(Terms {
            start: moment::read_day(record.text("startDate"))?,
            end: moment::read_day(record.text("endDate"))?,
            months: record
                .int("contractPeriodType")
                .and_then(units::months_of)
                .unwrap_or(1),
            horizon: moment::date_of(self.now).saturating_add(HORIZON_YEARS.years()),
        })
    }

    pub(super) fn insert_line_record(
        &mut self,
        kind: LineKind,
        contract: i64,
        product: i64,
    ) -> i64 {
        let mut record = Record::default();
        record.set("contractID", contract);
        record.set(kind.product_field(), product);
        schema::entity(kind.line_entity()).map_or(0, |entity| self.store.insert(entity, record))
    }

    pub(super) fn list_price(&self, kind: LineKind, product: i64) -> Money {
        self.store
            .get(kind.product_entity(), product)
            .and_then(|record| Money::of(record.value("unitPrice")))
            .unwrap_or(Money::ZERO)
    }

    /// A line that `POST /Contracts/{id}/Services` made (zero units), or one whose price a PATCH
    /// changed.
    pub(super) fn open_line(&mut self, kind: LineKind, id: i64, change: &write::Change) {
        let (Some(contract), Some(product)) = (
            change.after.int("contractID"),
            change.after.int(kind.product_field()),
        ) else {
            return;
        };
        let list = self.list_price(kind, product);
        let adjusted = Money::of(change.after.value("adjustedPrice"));
        let lines = &mut self.book_mut(kind).lines;
        match lines.get_mut(&id) {
            None => {
                let line = Line::new(contract, product, adjusted.unwrap_or(list), None);
                lines.insert(id, line);
            }
            Some(line) => {
                if let Some(adjusted) = adjusted.filter(|_| change.alters("adjustedPrice")) {
                    line.base_price = adjusted;
                }
            }
        }
        self.redraw_line(kind, id);
    }

    /// Draws a line's rows anew and keeps its derived prices right.
    pub(super) fn redraw_line(&mut self, kind: LineKind, id: i64) {
        let Some((contract, product)) = self
            .book(kind)
            .lines
            .get(&id)
            .map(|line| (line.contract, line.product))
        else {
            return;
        };
        let Some(terms) = self.terms(contract) else {
            return;
        };
        self.book_mut(kind).rebuild(id, &terms);
        let list = self.list_price(kind, product);
        let sell = self.book(kind).lines.get(&id).map_or(list, |line| {
            line.changes
                .iter()
                .filter(|change| change.price.is_some())
                .max_by_key(|change| change.date)
                .and_then(|change| change.price)
                .unwrap_or(line.base_price)
        });
        if let Some(record) = self.store.get_mut(kind.line_entity(), id) {
            record.set("unitPrice", list.json());
            record.set("internalCurrencyUnitPrice", list.json());
            record.set("internalCurrencyAdjustedPrice", sell.json());
        }
    }

    /// After a new end date: everything behind it is gone (autotask.md §8.2), or rows are added.
    pub(super) fn redraw_contract(&mut self, contract: i64) {
        let Some(terms) = self.terms(contract) else {
            return;
        };
        for kind in [LineKind::Service, LineKind::Bundle] {
            for id in self.book(kind).of_contract(contract) {
                if let Some(line) = self.book_mut(kind).lines.get_mut(&id) {
                    line.changes.retain(|change| change.date <= terms.end);
                }
                self.redraw_line(kind, id);
            }
        }
    }
}
