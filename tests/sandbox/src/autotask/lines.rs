//! The lines of contracts (services and bundles), and their unit rows with stable ids.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use super::{
    money::Money,
    units::{self, Change, Slice, Terms},
};

/// Services and bundles on a contract follow the same pattern (autotask.md §8.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    Service,
    Bundle,
}

impl LineKind {
    pub(super) fn line_entity(self) -> &'static str {
        match self {
            Self::Service => "ContractServices",
            Self::Bundle => "ContractServiceBundles",
        }
    }

    pub(super) fn units_entity(self) -> &'static str {
        match self {
            Self::Service => "ContractServiceUnits",
            Self::Bundle => "ContractServiceBundleUnits",
        }
    }

    pub(super) fn product_entity(self) -> &'static str {
        match self {
            Self::Service => "Services",
            Self::Bundle => "ServiceBundles",
        }
    }

    pub(super) fn product_field(self) -> &'static str {
        match self {
            Self::Service => "serviceID",
            Self::Bundle => "serviceBundleID",
        }
    }

    pub(super) fn line_field(self) -> &'static str {
        match self {
            Self::Service => "contractServiceID",
            Self::Bundle => "contractServiceBundleID",
        }
    }

    pub(super) fn of_units(entity: &str) -> Option<Self> {
        [Self::Service, Self::Bundle]
            .into_iter()
            .find(|kind| kind.units_entity() == entity)
    }

    pub(super) fn of_lines(entity: &str) -> Option<Self> {
        [Self::Service, Self::Bundle]
            .into_iter()
            .find(|kind| kind.line_entity() == entity)
    }
}

/// A service or bundle on a contract. There is no quantity: it follows from the changes.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) contract: i64,
    pub(super) product: i64,
    pub(super) base_price: Money,
    /// See [`units::slices`].
    pub(super) since: Option<Date>,
    pub(super) changes: Vec<Change>,
    rows: Vec<i64>,
}

impl Line {
    pub(super) fn new(contract: i64, product: i64, base_price: Money, since: Option<Date>) -> Self {
        Self {
            contract,
            product,
            base_price,
            since,
            changes: Vec::new(),
            rows: Vec::new(),
        }
    }
}

/// One row of ContractServiceUnits or ContractServiceBundleUnits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnitRow {
    pub(super) contract: i64,
    pub(super) line: i64,
    pub(super) product: i64,
    pub(super) start: Date,
    pub(super) end: Date,
    pub(super) units: i64,
    pub(super) unit_price: Money,
    /// Extended.
    pub(super) price: Money,
    /// When a person approved and posted it; such a row never changes again.
    pub(super) posted: Option<Timestamp>,
}

/// Lines and rows of one kind.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) lines: BTreeMap<i64, Line>,
    pub(super) rows: BTreeMap<i64, UnitRow>,
    last_row: i64,
}

impl Book {
    pub(super) fn new(first_row: i64) -> Self {
        Self {
            lines: BTreeMap::new(),
            rows: BTreeMap::new(),
            last_row: first_row,
        }
    }

    pub(super) fn of_contract(&self, contract: i64) -> Vec<i64> {
        self.lines
            .iter()
            .filter(|(_, line)| line.contract == contract)
            .map(|(id, _)| *id)
            .collect()
    }

    pub(super) fn rows_of(&self, line: i64) -> Vec<(i64, &UnitRow)> {
        self.lines.get(&line).map_or_else(Vec::new, |line| {
            line.rows
                .iter()
                .filter_map(|id| self.rows.get(id).map(|row| (*id, row)))
                .collect()
        })
    }

    /// Draws the rows of a line anew. A row that starts on the same day keeps its id; posted rows
    /// are never touched: what differs from them becomes a row of its own that bills only the
    /// difference. That last point is a guess, autotask.md §8.5 calls it "unknown" and names it as
    /// what systems of this kind do.
    pub(super) fn rebuild(&mut self, id: i64, terms: &Terms) {
        let Some(line) = self.lines.get(&id) else {
            return;
        };
        let slices = units::slices(terms, line.since, line.base_price, &line.changes);
        let (contract, product) = (line.contract, line.product);
        let mut kept: Vec<i64> = Vec::new();
        let mut free: BTreeMap<Date, i64> = BTreeMap::new();
        for row_id in &line.rows {
            match self.rows.get(row_id) {
                Some(row) if row.posted.is_some() => kept.push(*row_id),
                Some(row) => {
                    free.insert(row.start, *row_id);
                }
                None => {}
            }
        }
        let posted: Vec<UnitRow> = kept
            .iter()
            .filter_map(|row_id| self.rows.get(row_id).cloned())
            .collect();
        for slice in slices {
            let Some(price) = price_beside(&posted, &slice) else {
                continue;
            };
            let row_id = free.remove(&slice.start).unwrap_or_else(|| {
                self.last_row += 1;
                self.last_row
            });
            kept.push(row_id);
            self.rows.insert(
                row_id,
                UnitRow {
                    contract,
                    line: id,
                    product,
                    start: slice.start,
                    end: slice.end,
                    units: slice.units,
                    unit_price: slice.unit_price,
                    price,
                    posted: None,
                },
            );
        }
        for row_id in free.into_values() {
            self.rows.remove(&row_id);
        }
        if let Some(line) = self.lines.get_mut(&id) {
            line.rows = kept;
        }
    }
}

/// What a slice bills beside the posted rows; `None` when a posted row already says it.
fn price_beside(posted: &[UnitRow], slice: &Slice) -> Option<Money> {
    let covering = posted
        .iter()
        .filter(|row| row.start <= slice.start && slice.start <= row.end)
        .max_by_key(|row| row.start);
    let Some(row) = covering else {
        return Some(slice.price());
    };
    if row.start == slice.start && row.units == slice.units && row.unit_price == slice.unit_price {
        return None;
    }
    let already = row
        .unit_price
        .extended(row.units, slice.days, slice.all_days);
    Some(slice.price().minus(already))
}
