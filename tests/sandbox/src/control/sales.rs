//! What people do in Autotask: account managers with companies and contracts, technicians with
//! tickets, the finance department with periods.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::Outcome;
use super::ask::{Ask, Refusal};
use crate::World;
use crate::autotask::{AdjustmentForm, Database, Login};

/// `POST /companies`
pub(super) fn companies(world: &mut World, body: &Value) -> Outcome {
    let ask = Ask::new(body, &["company", "rename", "active", "set", "add", "type"])?;
    let database = &mut world.autotask;
    if let Some(name) = ask.maybe_text("add")? {
        let kind = ask.maybe_text("type")?;
        let kind = kind.as_deref().unwrap_or("Customer");
        if database
            .pick_value("Companies", "companyType", kind)
            .is_none()
        {
            return Err(Refusal::bad(format!("there is no company type '{kind}'")));
        }
        let active = ask.maybe_flag("active")?.unwrap_or(true);
        return Ok(json!({"id": database.add_company(&name, kind, active)}));
    }
    let id = company(database, &ask.text("company")?)?;
    let mut fields = ask.object("set")?.cloned().unwrap_or_default();
    if let Some(name) = ask.maybe_text("rename")? {
        fields.insert("companyName".to_owned(), json!(name));
    }
    if let Some(active) = ask.maybe_flag("active")? {
        fields.insert("isActive".to_owned(), json!(active));
    }
    let stamp = json!(world.now.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string());
    fields.insert("lastTrackedModifiedDateTime".to_owned(), stamp);
    set(&mut world.autotask, "Companies", id, &fields)?;
    Ok(json!({"id": id}))
}

/// `POST /autotask`: what sources leave open about the service itself.
pub(super) fn service(world: &mut World, body: &Value) -> Outcome {
    let ask = Ask::new(
        body,
        &[
            "refuse_forms",
            "refuse_zero_units",
            "take_second_adjustments",
            "take_texts",
            "answer_texts",
            "login",
            "refuse_merged",
            "require_on_tickets",
            "lines_of_business",
        ],
    )?;
    let database = &mut world.autotask;
    if ask.has("refuse_forms") {
        let forms = ask.list("refuse_forms")?.iter();
        database.refused_forms = forms.map(form).collect::<Result<_, _>>()?;
    }
    if let Some(word) = ask.maybe_text("login")? {
        database.login = login(&word)?;
    }
    for field in ask.list("require_on_tickets")? {
        let name = field
            .as_str()
            .ok_or_else(|| Refusal::bad("a field is a name"))?;
        database.require_on_tickets(name);
    }
    if ask.has("lines_of_business") {
        let lines = ask.list("lines_of_business")?.iter();
        let lines: Option<Vec<i64>> = lines.map(Value::as_i64).collect();
        let lines = lines.ok_or_else(|| Refusal::bad("a line of business is an id"))?;
        database.assign_lines_of_business(&lines);
    }
    for (key, switch) in [
        ("refuse_merged", &mut database.refuses_merged),
        ("refuse_zero_units", &mut database.refuses_zero_units),
        (
            "take_second_adjustments",
            &mut database.takes_second_adjustments,
        ),
        ("take_texts", &mut database.takes_texts),
        ("answer_texts", &mut database.answers_texts),
    ] {
        *switch = ask.maybe_flag(key)?.unwrap_or(*switch);
    }
    Ok(json!({}))
}

fn login(word: &str) -> Result<Login, Refusal> {
    Ok(match word {
        "works" => Login::Works,
        "locked" => Login::Locked,
        "inactive" => Login::Inactive,
        "expired" => Login::Expired,
        "ordinary" => Login::Ordinary,
        "ordinary_told" => Login::OrdinaryTold,
        _ => {
            return Err(Refusal::bad(
                "a login is works, locked, inactive, expired, ordinary or ordinary_told",
            ));
        }
    })
}

fn form(value: &Value) -> Result<AdjustmentForm, Refusal> {
    match value.as_str() {
        Some("line") => Ok(AdjustmentForm::Line),
        Some("product") => Ok(AdjustmentForm::Product),
        Some(_) | None => Err(Refusal::bad("a form is \"line\" or \"product\"")),
    }
}

/// `POST /contracts`
pub(super) fn contracts(world: &mut World, body: &Value) -> Outcome {
    let ask = Ask::new(
        body,
        &[
            "contract", "company", "add", "start", "end", "payg", "services", "bundles", "service",
            "bundle", "change", "units", "date", "set", "sign_all",
        ],
    )?;
    if ask.flag("sign_all")? {
        return sign_all(world, &ask);
    }
    if ask.has("add") {
        return sign_one(world, &ask);
    }
    let today = world.today();
    let database = &mut world.autotask;
    let id = ask.int("contract")?;
    known(database, "Contracts", id)?;
    if ask.has("service") || ask.has("bundle") {
        change_units(database, &ask, id, today)?;
    }
    if let Some(end) = ask.maybe_date("end")? {
        database.end_contract(id, end);
    }
    if ask.has("payg") {
        match ask.maybe_text("payg")? {
            Some(text) => database.set_payg(id, &text),
            None => drop(database.set_udf("Contracts", id, "Acronis PAYG", None)),
        }
    }
    set(
        database,
        "Contracts",
        id,
        &ask.object("set")?.cloned().unwrap_or_default(),
    )?;
    Ok(json!({"id": id}))
}

fn sign_all(world: &mut World, ask: &Ask<'_>) -> Outcome {
    let mut chosen = BTreeMap::new();
    for (item, service) in ask.object("services")?.into_iter().flatten() {
        let service = service
            .as_i64()
            .ok_or_else(|| Refusal::bad(format!("services.{item} must be a service's id")))?;
        known(&world.autotask, "Services", service)?;
        chosen.insert(item.clone(), service);
    }
    let signed = world.sign_contracts_for(&chosen);
    Ok(json!({"contracts": signed.contracts, "lines": signed.lines, "missing": signed.missing}))
}

fn sign_one(world: &mut World, ask: &Ask<'_>) -> Outcome {
    let today = world.today();
    let database = &mut world.autotask;
    let owner = company(database, &ask.text("company")?)?;
    let name = ask.text("add")?;
    let start = ask
        .maybe_date("start")?
        .unwrap_or_else(|| today.first_of_month());
    let end = ask
        .maybe_date("end")?
        .or_else(|| {
            start
                .checked_add(jiff::Span::new().years(1))
                .ok()?
                .yesterday()
                .ok()
        })
        .unwrap_or(start);
    let payg = ask.maybe_text("payg")?;
    let services = products(database, ask, "services", "Services")?;
    let bundles = products(database, ask, "bundles", "ServiceBundles")?;
    let id = database.add_contract(owner, &name, start, end, 2, payg.as_deref());
    for (service, units) in services {
        database.add_contract_service(id, service, units);
    }
    for (bundle, units) in bundles {
        database.add_contract_bundle(id, bundle, units);
    }
    Ok(json!({"id": id}))
}

/// Products by id or name, with units.
fn products(
    database: &Database,
    ask: &Ask<'_>,
    key: &str,
    entity: &str,
) -> Result<Vec<(i64, i64)>, Refusal> {
    ask.object(key)?
        .into_iter()
        .flatten()
        .map(|(name, units)| {
            let units = units
                .as_i64()
                .ok_or_else(|| Refusal::bad(format!("{key}.{name} must be a whole number")))?;
            Ok((find(database, entity, "name", name)?, units))
        })
        .collect()
}

/// A person changes units in the contract's screen; a line that is not there is added.
fn change_units(
    database: &mut Database,
    ask: &Ask<'_>,
    contract: i64,
    today: Date,
) -> Result<(), Refusal> {
    let date = ask.maybe_date("date")?.unwrap_or(today);
    let (change, units) = (ask.maybe_int("change")?, ask.maybe_int("units")?);
    let service = ask.maybe_text("service")?;
    let done = if let Some(service) = service {
        let service = find(database, "Services", "name", &service)?;
        let line = match database.contract_services(contract, service).first() {
            Some(line) => *line,
            None => database.add_contract_service(contract, service, 0),
        };
        let before = database.units_on(contract, service, date);
        database.adjust_as_person(line, date, difference(change, units, before)?)
    } else {
        let bundle = find(database, "ServiceBundles", "name", &ask.text("bundle")?)?;
        let line = database
            .all("ContractServiceBundles")
            .iter()
            .find(|line| line["contractID"] == contract && line["serviceBundleID"] == bundle)
            .and_then(|line| line["id"].as_i64());
        let line = line.unwrap_or_else(|| database.add_contract_bundle(contract, bundle, 0));
        let before = database.bundle_units_on(contract, bundle, date);
        database.adjust_bundle_as_person(line, date, difference(change, units, before)?)
    };
    done.map_err(Refusal::bad)
}

fn difference(change: Option<i64>, units: Option<i64>, before: i64) -> Result<i64, Refusal> {
    match (change, units) {
        (Some(change), None) => Ok(change),
        (None, Some(units)) => Ok(units - before),
        (None, None) | (Some(_), Some(_)) => Err(Refusal::bad("say either change or units")),
    }
}

/// `POST /tickets`
pub(super) fn tickets(world: &mut World, body: &Value) -> Outcome {
    let ask = Ask::new(
        body,
        &[
            "ticket",
            "close",
            "delete",
            "set",
            "note",
            "merge_into",
            "answers_next",
        ],
    )?;
    let now = world.now;
    let database = &mut world.autotask;
    database.now = now;
    let id = ask.int("ticket")?;
    known(database, "Tickets", id)?;
    for (field, value) in ask.object("set")?.into_iter().flatten() {
        if !database.edit_ticket(id, field, value.clone()) {
            return Err(Refusal::bad(format!("tickets have no field '{field}'")));
        }
    }
    if let Some(note) = ask.maybe_text("note")? {
        database.add_note(id, "Note", &note);
    }
    if ask.flag("close")? {
        database.close_ticket(id);
    }
    if let Some(into) = ask.maybe_int("merge_into")? {
        known(database, "Tickets", into)?;
        if !database.merge_tickets(id, into) {
            return Err(Refusal::bad(
                "only different tickets of one company can be merged, and no problems or change requests",
            ));
        }
    }
    if ask.flag("answers_next")? {
        database.answer_next_create_with(id);
    }
    if ask.flag("delete")? {
        database.delete_ticket(id);
    }
    Ok(json!({"id": id}))
}

/// `POST /post-period`
pub(super) fn post_period(world: &mut World, body: &Value) -> Outcome {
    let ask = Ask::new(body, &["contract", "until"])?;
    let now = world.now;
    let until = ask.maybe_date("until")?.unwrap_or_else(|| world.today());
    let database = &mut world.autotask;
    database.now = now;
    let contracts = match ask.maybe_int("contract")? {
        Some(id) => {
            known(database, "Contracts", id)?;
            vec![id]
        }
        None => ids(&database.all("Contracts")),
    };
    let posted: usize = contracts
        .into_iter()
        .map(|id| database.post_periods(id, until))
        .sum();
    Ok(json!({"posted": posted}))
}

fn ids(records: &[Value]) -> Vec<i64> {
    records
        .iter()
        .filter_map(|row| row["id"].as_i64())
        .collect()
}

fn company(database: &Database, wanted: &str) -> Result<i64, Refusal> {
    find(database, "Companies", "companyName", wanted)
}

/// A record by its id, else by its exact name.
fn find(database: &Database, entity: &str, field: &str, wanted: &str) -> Result<i64, Refusal> {
    let by_id = wanted
        .parse()
        .ok()
        .filter(|id| database.get(entity, *id).is_some());
    by_id
        .or_else(|| database.named(entity, field, wanted))
        .ok_or_else(|| Refusal::missing(format!("there is no '{wanted}' among {entity}")))
}

fn known(database: &Database, entity: &str, id: i64) -> Result<(), Refusal> {
    match database.get(entity, id) {
        Some(_) => Ok(()),
        None => Err(Refusal::missing(format!("there is no {id} among {entity}"))),
    }
}

fn set(
    database: &mut Database,
    entity: &str,
    id: i64,
    fields: &Map<String, Value>,
) -> Result<(), Refusal> {
    known(database, entity, id)?;
    for (field, value) in fields {
        if !database.set(entity, id, field, value.clone()) {
            return Err(Refusal::bad(format!("{entity} have no field '{field}'")));
        }
    }
    Ok(())
}
