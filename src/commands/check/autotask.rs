//! Autotask: zone, login, budget, rights, and the lists that the configuration names values of.

use anyhow::Error;

use super::findings::CheckFindings;
use super::fix_in_config;
use crate::autotask::{
    AccessLevel, Autotask, BillingCode, CompanyScope, Entity, Rights, find_billing_code,
};
use crate::config::{Billing, LabelOrId, Products};
use crate::domain::labels::{NotOne, several_by_id};
use crate::exit::Exit;
use crate::http::FailureKind;
use crate::session::Session;
use crate::state::State;

const AREA: &str = "autotask";
/// From half of the hourly limit on, Autotask answers more slowly (autotask.md §4).
const BUSY_PERCENT: u64 = 50;

/// Looks at everything; without a login nothing else can be asked.
pub(super) fn check_autotask(session: &Session, state: &State, findings: &mut CheckFindings) {
    let autotask = match session.connected_autotask() {
        Ok(autotask) => autotask,
        Err(error) => return findings.add_failed(AREA, "sign-in", &error),
    };
    let base = autotask.base_url();
    let host = base.host_str().unwrap_or_default();
    let port = base.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    let user = &session.config.autotask.username;
    match autotask.database_id() {
        Ok(id) => {
            findings.add_ok(
                AREA,
                "sign-in",
                format!("{user} on {host}{port}, database {id}"),
            );
            check_database(state, id, findings);
        }
        Err(failure) => {
            findings.add_ok(AREA, "sign-in", format!("{user} on {host}{port}"));
            findings.add_failed(AREA, "database", &Error::new(failure));
        }
    }
    check_request_budget(session, autotask, findings);
    if !check_api_user(autotask, findings) {
        return;
    }
    check_rights(session, autotask, findings);
    check_company_types(session, autotask, findings);
    check_product_settings(session, autotask, findings);
    if session.config.billing.enabled {
        check_payg_field(session, autotask, findings);
    }
    if session.config.tickets.enabled {
        super::tickets::check_ticket_lists(session, autotask, findings);
    }
}

/// A state file belongs to one database, whose ids it holds.
fn check_database(state: &State, live: i64, findings: &mut CheckFindings) {
    if let Ok(Some(bound)) = state.autotask_database()
        && bound != live
    {
        findings.add_missing(
            Exit::Usage,
            AREA,
            "database",
            format!("the state file belongs to database {bound}, but the login leads to {live}"),
            "use a separate state file for each database (state.path)",
        );
    }
}

fn check_request_budget(session: &Session, autotask: &Autotask, findings: &mut CheckFindings) {
    match autotask.read_threshold() {
        Ok(threshold) => {
            let found = format!(
                "{} of {} requests used in {} minutes by all integrations; a run may use {} %",
                threshold.used,
                threshold.limit,
                threshold.minutes,
                session.config.limits.autotask_requests_percent
            );
            let busy = threshold.limit.saturating_mul(BUSY_PERCENT) / 100;
            if threshold.used >= busy {
                let mend = "Autotask answers more slowly from half of its limit on; find out \
                            which integration sends so many requests";
                findings.add_warning(AREA, "requests", found, mend);
            } else {
                findings.add_ok(AREA, "requests", found);
            }
        }
        Err(failure) => findings.add_failed(AREA, "requests", &Error::new(failure)),
    }
}

/// Whether the user may use the API at all: not if nothing was allowed yet, and the list of
/// companies, which is needed by every command, is not either. Then all else would fail likewise.
fn check_api_user(autotask: &Autotask, findings: &mut CheckFindings) -> bool {
    if autotask.is_signed_in() {
        return true;
    }
    match autotask.read_rights(Entity::Companies) {
        Err(failure) if failure.kind == FailureKind::Forbidden => {
            findings.add_failed(AREA, "API user", &Error::new(failure));
            false
        }
        Ok(_) | Err(_) => true,
    }
}

/// What is done with the records of an entity.
#[derive(Clone, Copy, Debug)]
struct NeededRights {
    entity: Entity,
    query: bool,
    create: bool,
    update: bool,
}

impl NeededRights {
    const fn to_query(entity: Entity) -> Self {
        Self {
            entity,
            query: true,
            create: false,
            update: false,
        }
    }

    const fn and_create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    const fn and_update(mut self, update: bool) -> Self {
        self.update = update;
        self
    }

    /// The rights that are wanted and not held, as Autotask's security levels call them.
    fn missing_rights(self, rights: &Rights) -> Vec<&'static str> {
        let held = |can: bool, access: AccessLevel| can && access != AccessLevel::None;
        [
            ("view", self.query, held(rights.can_query, rights.query)),
            ("add", self.create, held(rights.can_create, rights.create)),
            ("edit", self.update, held(rights.can_update, rights.update)),
        ]
        .into_iter()
        .filter(|(_, wanted, held)| *wanted && !*held)
        .map(|(word, _, _)| word)
        .collect()
    }
}

/// What the enabled commands do with each entity.
fn list_needed_rights(session: &Session) -> Vec<NeededRights> {
    let config = &session.config;
    let contracts = config.provisioning.enabled || config.billing.enabled;
    let mut needs = vec![
        NeededRights::to_query(Entity::Companies),
        NeededRights::to_query(Entity::Services).and_create(true),
        NeededRights::to_query(Entity::BillingCodes),
    ];
    if contracts || config.tickets.enabled {
        let lines = config.billing.enabled && config.billing.add_missing_lines;
        needs.extend([
            NeededRights::to_query(Entity::Contracts),
            NeededRights::to_query(Entity::ContractServices).and_create(lines),
            NeededRights::to_query(Entity::ContractServiceUnits),
            NeededRights::to_query(Entity::ContractServiceBundles),
            NeededRights::to_query(Entity::ContractServiceBundleUnits),
            NeededRights::to_query(Entity::ServiceBundles),
            NeededRights::to_query(Entity::ServiceBundleServices),
        ]);
    }
    if config.provisioning.automatic {
        needs.push(NeededRights::to_query(Entity::Contacts));
    }
    if config.billing.enabled {
        // Adjustments can only be written (autotask.md §8.5).
        let adjustments = NeededRights {
            query: false,
            ..NeededRights::to_query(Entity::ContractServiceAdjustments)
        };
        needs.push(adjustments.and_create(true));
    }
    if config.tickets.enabled {
        needs.extend([
            NeededRights::to_query(Entity::Tickets)
                .and_create(true)
                .and_update(true),
            NeededRights::to_query(Entity::TicketNotes).and_create(true),
            NeededRights::to_query(Entity::ConfigurationItems),
        ]);
    }
    needs
}

fn check_rights(session: &Session, autotask: &Autotask, findings: &mut CheckFindings) {
    let needs = list_needed_rights(session);
    let mut sound = 0;
    for need in &needs {
        match autotask.read_rights(need.entity) {
            Ok(rights) => match need.missing_rights(&rights).as_slice() {
                [] => sound += 1,
                lacking => findings.add_missing(
                    Exit::Credentials,
                    AREA,
                    "permission",
                    format!(
                        "the API user may not {} {}",
                        lacking.join(", "),
                        need.entity
                    ),
                    "in Autotask: Admin > Resources > Security Levels, the level of the API user",
                ),
            },
            Err(failure) => findings.add_failed(AREA, "permission", &Error::new(failure)),
        }
    }
    if sound == needs.len() {
        findings.add_ok(
            AREA,
            "permission",
            format!("granted for all {sound} record types"),
        );
    }
}

fn check_company_types(session: &Session, autotask: &Autotask, findings: &mut CheckFindings) {
    let types = match autotask.company_types() {
        Ok(types) => types,
        Err(failure) => return findings.add_failed(AREA, "company types", &Error::new(failure)),
    };
    let mut ids = Vec::new();
    for wanted in &session.config.provisioning.company_types {
        match types.resolve_id(wanted.as_str(), None) {
            Ok(id) => ids.push(id),
            Err(unlisted) => findings.add_missing(
                Exit::Usage,
                AREA,
                "provisioning.company_types",
                unlisted.to_string(),
                fix_in_config("provisioning.company_types"),
            ),
        }
    }
    if ids.is_empty() {
        return;
    }
    match autotask.read_companies(&CompanyScope::default().active_only().of_types(ids)) {
        // A level without the right gets an empty list, not an error (autotask.md §1).
        Ok(companies) if companies.is_empty() => findings.add_warning(
            AREA,
            "companies",
            "no active company of the configured types is visible",
            "check the permission to view companies, and provisioning.company_types",
        ),
        Ok(companies) => findings.add_ok(
            AREA,
            "companies",
            format!(
                "{} active companies of the configured types",
                companies.len()
            ),
        ),
        Err(failure) => findings.add_failed(AREA, "companies", &Error::new(failure)),
    }
}

fn check_product_settings(session: &Session, autotask: &Autotask, findings: &mut CheckFindings) {
    let config = &session.config.products;
    match autotask.service_periods() {
        Ok(periods) => match periods.resolve_id(config.period.as_str(), None) {
            Ok(_) => findings.add_ok(AREA, Products::PERIOD, config.period.as_str()),
            Err(unlisted) => findings.add_missing(
                Exit::Usage,
                AREA,
                Products::PERIOD,
                unlisted.to_string(),
                fix_in_config(Products::PERIOD),
            ),
        },
        Err(failure) => findings.add_failed(AREA, Products::PERIOD, &Error::new(failure)),
    }
    match autotask.recurring_billing_codes() {
        Ok(codes) => check_service_code(config.service_code.as_ref(), &codes, findings),
        Err(failure) => findings.add_failed(AREA, Products::SERVICE_CODE, &Error::new(failure)),
    }
}

fn check_service_code(
    wanted: Option<&LabelOrId>,
    codes: &[BillingCode],
    findings: &mut CheckFindings,
) {
    const KEY: &str = Products::SERVICE_CODE;
    let known = || {
        let active = codes.iter().filter(|code| code.active);
        let names: Vec<String> = active.map(ToString::to_string).collect();
        names.join(", ")
    };
    let Some(wanted) = wanted else {
        let found = format!("not set; available: {}", known());
        let mend = "set it, or give --service-code to `map-products create`";
        return findings.add_warning(AREA, KEY, found, mend);
    };
    let found = match find_billing_code(codes, wanted.as_str()) {
        Ok(_) => return findings.add_ok(AREA, KEY, wanted.as_str()),
        Err(NotOne::Several(several)) => format!(
            "\"{wanted}\" matches several billing codes: {}",
            several_by_id(several.iter().map(ToString::to_string))
        ),
        Err(NotOne::Unknown | NotOne::Inactive(_)) => format!(
            "no active recurring billing code \"{wanted}\"; available: {}",
            known()
        ),
    };
    findings.add_missing(Exit::Usage, AREA, KEY, found, fix_in_config(KEY));
}

/// The field that tells pay-as-you-go contracts. Without it every contract counts as prepaid,
/// which is right for who sells no other: a warning.
fn check_payg_field(session: &Session, autotask: &Autotask, findings: &mut CheckFindings) {
    const SUBJECT: &str = Billing::PAYG_FIELD;
    let name = &session.config.billing.payg_field;
    let fields = match autotask.user_defined_fields(Entity::Contracts) {
        Ok(fields) => fields,
        Err(failure) => return findings.add_failed(AREA, SUBJECT, &Error::new(failure)),
    };
    let found = fields.fields.iter().find(|field| {
        let label = field.label.as_deref().unwrap_or_default();
        field.name.eq_ignore_ascii_case(name) || label.eq_ignore_ascii_case(name)
    });
    let make = format!(
        "run `acrotask check --fix` to create it, or create it in Autotask: Admin > \
         Application-wide features > User-defined fields > Contracts: a list {name:?} with the \
         values Yes and No"
    );
    match found {
        None => findings.add_warning(
            AREA,
            SUBJECT,
            format!("contracts have no field {name:?}: every contract counts as prepaid"),
            make,
        ),
        Some(field) => {
            let says_yes = field
                .picklist
                .as_ref()
                .is_none_or(|list| list.active_values().any(|choice| choice.label == "Yes"));
            if says_yes {
                findings.add_ok(AREA, SUBJECT, name);
            } else {
                let found = format!("the field {name:?} has no value Yes");
                findings.add_warning(AREA, SUBJECT, found, make);
            }
        }
    }
}
