//! Everything in one JSON document, for people and tests that look at the world from outside.

use serde_json::{Value, json};

use super::{
    Adjustment, Author, Database,
    lines::{LineKind, UnitRow},
};

impl Database {
    /// Companies, services, bundles, contracts with lines and unit rows, adjustments, tickets with
    /// notes. Records are as the API shows them; dates of rows and adjustments are plain dates.
    #[must_use]
    pub fn dump(&self) -> Value {
        let contracts: Vec<Value> = self
            .all("Contracts")
            .into_iter()
            .map(|mut contract| {
                let id = contract["id"].as_i64().unwrap_or(0);
                contract["services"] = self.lines_dump(LineKind::Service, id);
                contract["bundles"] = self.lines_dump(LineKind::Bundle, id);
                contract["noteCount"] = json!(self.contract_notes(id));
                contract
            })
            .collect();
        let bundles: Vec<Value> = self
            .all("ServiceBundles")
            .into_iter()
            .map(|mut bundle| {
                let id = bundle["id"].as_i64().unwrap_or(0);
                bundle["services"] = json!(self.members(id));
                bundle
            })
            .collect();
        json!({
            "ci": self.ci,
            "companies": self.all("Companies"),
            "contacts": self.all("Contacts"),
            "configurationItems": self.all("ConfigurationItems"),
            "services": self.all("Services"),
            "serviceBundles": bundles,
            "contracts": contracts,
            "adjustments": self.adjustments.iter().map(adjustment).collect::<Vec<_>>(),
            "userDefinedFields": self.all("UserDefinedFieldDefinitions"),
            "userDefinedFieldListItems": self.all("UserDefinedFieldListItems"),
            "tickets": self.tickets(),
            "requestsInLastHour": self.budget.used(),
            "failedLogins": self.failed_logins,
        })
    }

    fn lines_dump(&self, kind: LineKind, contract: i64) -> Value {
        let book = self.book(kind);
        book.of_contract(contract)
            .into_iter()
            .map(|id| {
                let product = book.lines.get(&id).map(|line| line.product);
                let mut rows = book.rows_of(id);
                rows.sort_by_key(|(id, row)| (row.start, *id));
                json!({
                    "id": id,
                    kind.product_field(): product,
                    "units": rows.into_iter().map(|(id, row)| unit_row(id, row)).collect::<Vec<_>>(),
                })
            })
            .collect()
    }
}

fn unit_row(id: i64, row: &UnitRow) -> Value {
    json!({
        "id": id,
        "startDate": row.start.to_string(),
        "endDate": row.end.to_string(),
        "units": row.units,
        "price": row.price.json(),
        "posted": row.posted.is_some(),
    })
}

fn adjustment(done: &Adjustment) -> Value {
    json!({
        "at": done.at.to_string(),
        "by": match done.by {
            Author::Api => "api",
            Author::Person => "person",
        },
        "contractID": done.contract,
        done.kind.line_field(): done.line,
        done.kind.product_field(): done.product,
        "effectiveDate": done.effective.to_string(),
        "unitChange": done.change,
        "unitPrice": done.unit_price.map(super::Money::json),
        "createdLine": done.created_line,
        "intoPostedPeriod": done.into_posted_period,
    })
}
