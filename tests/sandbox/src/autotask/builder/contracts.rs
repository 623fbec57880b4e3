//! Services, bundles, contracts and their units.

use jiff::civil::Date;

use crate::autotask::{
    Author, Database,
    adjustments::Wish,
    lines::{Line, LineKind},
    moment,
    money::Money,
    store::Record,
    udf,
    units::{self, Change},
};

impl Database {
    fn product(&self, name: &str, period_type: i64) -> Record {
        let mut record = Record::default();
        let now = moment::write(self.now);
        record.set("name", name);
        record.set("periodType", period_type);
        record.set(
            "billingCodeID",
            self.named("BillingCodes", "name", "Cloud Backup"),
        );
        record.set("isActive", true);
        record.set("createDate", now.clone());
        record.set("lastModifiedDate", now);
        record
    }

    /// A service; `period_type` is 2 monthly, 3 quarterly, 4 semi-annual or 5 yearly; `price` is
    /// decimal text per unit.
    pub fn add_service(&mut self, name: &str, period_type: i64, price: &str) -> i64 {
        let mut record = self.product(name, period_type);
        record.set(
            "unitPrice",
            Money::parse(price).unwrap_or(Money::ZERO).json(),
        );
        self.add("Services", record)
    }

    /// A bundle of services, monthly unless its first service says otherwise.
    pub fn add_bundle(&mut self, name: &str, services: &[i64]) -> i64 {
        let first = services
            .first()
            .and_then(|service| self.store.get("Services", *service));
        let period = first.and_then(|service| service.int("periodType"));
        let mut record = self.product(name, period.unwrap_or(2));
        record.set("unitPrice", 0.0);
        let bundle = self.add("ServiceBundles", record);
        for service in services {
            let mut member = Record::default();
            member.set("serviceBundleID", bundle);
            member.set("serviceID", *service);
            self.add("ServiceBundleServices", member);
        }
        bundle
    }

    /// An active recurring-service contract. `payg` is the text of the pay-as-you-go field (defined
    /// as "Acronis PAYG" where nobody defined one); a text that is no list item becomes one.
    pub fn add_contract(
        &mut self,
        company: i64,
        name: &str,
        start: Date,
        end: Date,
        period_type: i64,
        payg: Option<&str>,
    ) -> i64 {
        let mut record = Record::default();
        record.set("companyID", company);
        record.set("contractName", name);
        record.set(
            "contractType",
            self.pick_value("Contracts", "contractType", "Recurring Service"),
        );
        record.set("status", 1);
        record.set("startDate", moment::write_day(start));
        record.set("endDate", moment::write_day(end));
        record.set("contractPeriodType", period_type);
        record.set("timeReportingRequiresStartAndStopTimes", 0);
        let id = self.add("Contracts", record);
        if let Some(text) = payg {
            self.set_payg(id, text);
        }
        id
    }

    /// Sets the pay-as-you-go field of a contract as a person would.
    pub fn set_payg(&mut self, contract: i64, text: &str) {
        let definition = match self.payg_field {
            Some(definition) => definition,
            None => self.define_payg_field("Acronis PAYG"),
        };
        if !self
            .list_items(definition)
            .iter()
            .any(|(_, item)| item == text)
        {
            self.add_list_item(definition, text);
        }
        if let Some(record) = self.store.get_mut("Contracts", contract) {
            record.udfs.insert(definition, text.to_owned());
        }
    }

    /// Renames the pay-as-you-go field; its values stay.
    pub fn rename_payg_field(&mut self, name: &str) {
        if let Some(id) = self.payg_field {
            self.set(udf::DEFINITIONS, id, "name", name.into());
        }
    }

    /// Removes the pay-as-you-go field from sight: deactivates its definition.
    pub fn deactivate_payg_field(&mut self) {
        if let Some(id) = self.payg_field.take() {
            self.set(udf::DEFINITIONS, id, "isActive", false.into());
        }
    }

    /// A service on a contract with units from the contract's start. Returns the contract service.
    pub fn add_contract_service(&mut self, contract: i64, service: i64, units: i64) -> i64 {
        self.add_line(LineKind::Service, contract, service, units)
    }

    /// A service on a contract that has no unit rows at all. Returns the contract service.
    pub fn add_empty_contract_service(&mut self, contract: i64, service: i64) -> i64 {
        let kind = LineKind::Service;
        let id = self.insert_line_record(kind, contract, service);
        let price = self.list_price(kind, service);
        let line = Line::new(contract, service, price, Some(Date::MAX));
        self.book_mut(kind).lines.insert(id, line);
        id
    }

    /// A bundle on a contract with units from the contract's start. Returns the contract bundle.
    pub fn add_contract_bundle(&mut self, contract: i64, bundle: i64, units: i64) -> i64 {
        self.add_line(LineKind::Bundle, contract, bundle, units)
    }

    fn add_line(&mut self, kind: LineKind, contract: i64, product: i64, units: i64) -> i64 {
        let id = self.insert_line_record(kind, contract, product);
        let mut line = Line::new(contract, product, self.list_price(kind, product), None);
        if let Some(terms) = self.terms(contract) {
            line.changes.push(Change {
                date: terms.start,
                units,
                price: None,
                adjustment: false,
            });
        }
        self.book_mut(kind).lines.insert(id, line);
        self.redraw_line(kind, id);
        id
    }

    /// A person adjusts the units of a contract service in Autotask's screens.
    ///
    /// # Errors
    /// What the API refuses is refused here too, in the same words.
    pub fn adjust_as_person(
        &mut self,
        contract_service: i64,
        date: Date,
        change: i64,
    ) -> Result<(), String> {
        self.adjust_line_as_person(LineKind::Service, contract_service, date, change)
    }

    /// The same for a contract service bundle.
    ///
    /// # Errors
    /// As [`Self::adjust_as_person`].
    pub fn adjust_bundle_as_person(
        &mut self,
        contract_bundle: i64,
        date: Date,
        change: i64,
    ) -> Result<(), String> {
        self.adjust_line_as_person(LineKind::Bundle, contract_bundle, date, change)
    }

    fn adjust_line_as_person(
        &mut self,
        kind: LineKind,
        id: i64,
        effective: Date,
        change: i64,
    ) -> Result<(), String> {
        let line = self
            .book(kind)
            .lines
            .get(&id)
            .ok_or_else(|| format!("there is no {} {id}", kind.line_entity()))?;
        let wish = Wish {
            by: Author::Person,
            kind,
            contract: line.contract,
            product: line.product,
            line: Some(id),
            effective,
            change,
            price: None,
        };
        self.adjust(&wish)
            .map(drop)
            .map_err(|refusal| refusal.text())
    }

    /// A person approves and posts every row of a contract that starts by `until`. Returns how many
    /// rows that were.
    pub fn post_periods(&mut self, contract: i64, until: Date) -> usize {
        let now = self.now;
        let mut posted = 0;
        for kind in [LineKind::Service, LineKind::Bundle] {
            for row in self.book_mut(kind).rows.values_mut() {
                if row.contract == contract && row.start <= until && row.posted.is_none() {
                    row.posted = Some(now);
                    posted += 1;
                }
            }
        }
        posted
    }

    /// A person sets the contract's end date; rows and changes behind it are gone. Posted rows stay.
    pub fn end_contract(&mut self, contract: i64, date: Date) -> bool {
        self.set(
            "Contracts",
            contract,
            "endDate",
            moment::write_day(date).into(),
        )
    }

    /// Units of a service on a contract that are in force on a date, over all its lines: what the
    /// database would bill, worked out from the changes and not from the rows.
    #[must_use]
    pub fn units_on(&self, contract: i64, service: i64, date: Date) -> i64 {
        self.line_units_on(LineKind::Service, contract, service, date)
    }

    /// The same for a bundle.
    #[must_use]
    pub fn bundle_units_on(&self, contract: i64, bundle: i64, date: Date) -> i64 {
        self.line_units_on(LineKind::Bundle, contract, bundle, date)
    }

    fn line_units_on(&self, kind: LineKind, contract: i64, product: i64, date: Date) -> i64 {
        let inside = self
            .terms(contract)
            .is_some_and(|terms| terms.start <= date && date <= terms.end);
        if !inside {
            return 0;
        }
        self.lines_of(kind, contract, product)
            .iter()
            .filter_map(|id| self.book(kind).lines.get(id))
            .map(|line| units::units_at(&line.changes, date))
            .sum()
    }

    /// The contract services of a contract that hold this service.
    #[must_use]
    pub fn contract_services(&self, contract: i64, service: i64) -> Vec<i64> {
        self.lines_of(LineKind::Service, contract, service)
    }

    /// How many automatic notes a contract has got.
    #[must_use]
    pub fn contract_notes(&self, contract: i64) -> usize {
        self.store
            .table("ContractNotes")
            .filter(|(_, note)| note.int("contractID") == Some(contract))
            .count()
    }
}
