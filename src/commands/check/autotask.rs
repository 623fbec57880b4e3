//! Autotask: zone, login, budget, rights, and the lists that the configuration names values of.

use anyhow::Error;

use super::findings::Findings;
use super::in_file;
use crate::autotask::{
    Access, Autotask, BillingCode, CompanyScope, Entity, Rights, find_billing_code,
};
use crate::config::LabelOrId;
use crate::domain::labels::{NotOne, several_by_id};
use crate::exit::Exit;
use crate::session::Session;
use crate::state::State;

const AREA: &str = "autotask";
/// From half of the hourly limit on, Autotask answers more slowly (autotask.md §4).
const BUSY_PERCENT: u64 = 50;

/// Looks at everything; without a login nothing else can be asked.
pub(super) fn look(session: &Session, state: &State, findings: &mut Findings) {
    let autotask = match session.autotask() {
        Ok(autotask) => autotask,
        Err(error) => return findings.failed(AREA, "sign-in", &error),
    };
    let base = autotask.base();
    let host = base.host_str().unwrap_or_default();
    let port = base.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    let user = &session.config.autotask.username;
    match autotask.database() {
        Ok(id) => {
            findings.ok(
                AREA,
                "sign-in",
                format!("{user} on {host}{port}, database {id}"),
            );
            database(state, id, findings);
        }
        Err(failure) => {
            findings.ok(AREA, "sign-in", format!("{user} on {host}{port}"));
            findings.failed(AREA, "database", &Error::new(failure));
        }
    }
    budget(session, autotask, findings);
    rights(session, autotask, findings);
    companies(session, autotask, findings);
    products(session, autotask, findings);
    if session.config.billing.enabled {
        payg_field(session, autotask, findings);
    }
    if session.config.tickets.enabled {
        super::tickets::lists(session, autotask, findings);
    }
}

/// A state file belongs to one database, whose ids it holds.
fn database(state: &State, live: i64, findings: &mut Findings) {
    if let Ok(Some(bound)) = state.autotask_database()
        && bound != live
    {
        findings.missing(
            Exit::Usage,
            AREA,
            "database",
            format!("the state file belongs to database {bound}, but the login leads to {live}"),
            "use a separate state file for each database (state.path)",
        );
    }
}

fn budget(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    match autotask.threshold() {
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
                findings.warning(AREA, "requests", found, mend);
            } else {
                findings.ok(AREA, "requests", found);
            }
        }
        Err(failure) => findings.failed(AREA, "requests", &Error::new(failure)),
    }
}

/// What is done with the records of an entity.
#[derive(Clone, Copy, Debug)]
struct Need {
    entity: Entity,
    query: bool,
    create: bool,
    update: bool,
}

impl Need {
    const fn read(entity: Entity) -> Self {
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
    fn lacking(self, rights: &Rights) -> Vec<&'static str> {
        let held = |can: bool, access: Access| can && access != Access::None;
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
fn needs(session: &Session) -> Vec<Need> {
    let config = &session.config;
    let contracts = config.provisioning.enabled || config.billing.enabled;
    let mut needs = vec![
        Need::read(Entity::Companies),
        Need::read(Entity::Services).and_create(true),
        Need::read(Entity::BillingCodes),
    ];
    if contracts || config.tickets.enabled {
        let lines = config.billing.enabled && config.billing.add_missing_lines;
        needs.extend([
            Need::read(Entity::Contracts),
            Need::read(Entity::ContractServices).and_create(lines),
            Need::read(Entity::ContractServiceUnits),
            Need::read(Entity::ContractServiceBundles),
            Need::read(Entity::ContractServiceBundleUnits),
            Need::read(Entity::ServiceBundles),
            Need::read(Entity::ServiceBundleServices),
        ]);
    }
    if config.provisioning.automatic {
        needs.push(Need::read(Entity::Contacts));
    }
    if config.billing.enabled {
        // Adjustments can only be written (autotask.md §8.5).
        let adjustments = Need {
            query: false,
            ..Need::read(Entity::ContractServiceAdjustments)
        };
        needs.push(adjustments.and_create(true));
    }
    if config.tickets.enabled {
        needs.extend([
            Need::read(Entity::Tickets)
                .and_create(true)
                .and_update(true),
            Need::read(Entity::TicketNotes).and_create(true),
            Need::read(Entity::ConfigurationItems),
        ]);
    }
    needs
}

fn rights(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    let needs = needs(session);
    let mut sound = 0;
    for need in &needs {
        match autotask.rights(need.entity) {
            Ok(rights) => match need.lacking(&rights).as_slice() {
                [] => sound += 1,
                lacking => findings.missing(
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
            Err(failure) => findings.failed(AREA, "permission", &Error::new(failure)),
        }
    }
    if sound == needs.len() {
        findings.ok(
            AREA,
            "permission",
            format!("granted for all {sound} record types"),
        );
    }
}

fn companies(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    let types = match autotask.company_types() {
        Ok(types) => types,
        Err(failure) => return findings.failed(AREA, "company types", &Error::new(failure)),
    };
    let mut ids = Vec::new();
    for wanted in &session.config.provisioning.company_types {
        match types.resolve(wanted.as_str(), None) {
            Ok(id) => ids.push(id),
            Err(unlisted) => findings.missing(
                Exit::Usage,
                AREA,
                "provisioning.company_types",
                unlisted.to_string(),
                in_file("provisioning.company_types"),
            ),
        }
    }
    if ids.is_empty() {
        return;
    }
    match autotask.companies(&CompanyScope::default().active().of_types(ids)) {
        // A level without the right gets an empty list, not an error (autotask.md §1).
        Ok(companies) if companies.is_empty() => findings.warning(
            AREA,
            "companies",
            "no active company of the configured types is visible",
            "check the permission to view companies, and provisioning.company_types",
        ),
        Ok(companies) => findings.ok(
            AREA,
            "companies",
            format!(
                "{} active companies of the configured types",
                companies.len()
            ),
        ),
        Err(failure) => findings.failed(AREA, "companies", &Error::new(failure)),
    }
}

fn products(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    let config = &session.config.products;
    match autotask.service_periods() {
        Ok(periods) => match periods.resolve(config.period.as_str(), None) {
            Ok(_) => findings.ok(AREA, "products.period", config.period.as_str()),
            Err(unlisted) => findings.missing(
                Exit::Usage,
                AREA,
                "products.period",
                unlisted.to_string(),
                in_file("products.period"),
            ),
        },
        Err(failure) => findings.failed(AREA, "products.period", &Error::new(failure)),
    }
    match autotask.recurring_billing_codes() {
        Ok(codes) => service_code(config.service_code.as_ref(), &codes, findings),
        Err(failure) => findings.failed(AREA, "products.service_code", &Error::new(failure)),
    }
}

fn service_code(wanted: Option<&LabelOrId>, codes: &[BillingCode], findings: &mut Findings) {
    const KEY: &str = "products.service_code";
    let known = || {
        let active = codes.iter().filter(|code| code.active);
        let names: Vec<String> = active.map(ToString::to_string).collect();
        names.join(", ")
    };
    let Some(wanted) = wanted else {
        let found = format!("not set; available: {}", known());
        let mend = "set it, or give --service-code to `map-products create`";
        return findings.warning(AREA, KEY, found, mend);
    };
    let found = match find_billing_code(codes, wanted.as_str()) {
        Ok(_) => return findings.ok(AREA, KEY, wanted.as_str()),
        Err(NotOne::Several(several)) => format!(
            "\"{wanted}\" matches several billing codes: {}",
            several_by_id(several.iter().map(ToString::to_string))
        ),
        Err(NotOne::Unknown | NotOne::Inactive(_)) => format!(
            "no active recurring billing code \"{wanted}\"; available: {}",
            known()
        ),
    };
    findings.missing(Exit::Usage, AREA, KEY, found, in_file(KEY));
}

/// The field that tells pay-as-you-go contracts. Without it every contract counts as prepaid,
/// which is right for who sells no other: a warning.
fn payg_field(session: &Session, autotask: &Autotask, findings: &mut Findings) {
    const SUBJECT: &str = "billing.payg_field";
    let name = &session.config.billing.payg_field;
    let fields = match autotask.user_defined_fields(Entity::Contracts) {
        Ok(fields) => fields,
        Err(failure) => return findings.failed(AREA, SUBJECT, &Error::new(failure)),
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
        None => findings.warning(
            AREA,
            SUBJECT,
            format!("contracts have no field {name:?}: every contract counts as prepaid"),
            make,
        ),
        Some(field) => {
            let says_yes = field
                .picklist
                .as_ref()
                .is_none_or(|list| list.active().any(|choice| choice.label == "Yes"));
            if says_yes {
                findings.ok(AREA, SUBJECT, name);
            } else {
                let found = format!("the field {name:?} has no value Yes");
                findings.warning(AREA, SUBJECT, found, make);
            }
        }
    }
}
