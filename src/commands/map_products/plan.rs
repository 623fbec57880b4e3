//! Which items get which services. Pure: facts and wishes in, a plan or a sentence of refusal out.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::NameTemplate;
use crate::domain::ids::{AccountName, BillingCodeId, ItemKey, ServiceId};
use crate::domain::links::{Choice, ProductLink};
use crate::domain::units::{Measure, Measurement};
use crate::plan::{self, Change, Description, Note, Plan, Value};

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// What the accounts' partners can hand to customers.
    pub(super) items: Vec<Item>,
    pub(super) links: Vec<ProductLink>,
    /// All services of Autotask, inactive ones too: they hold their names.
    pub(super) services: Vec<Service>,
}

/// One offering item, with all that tells it from others.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) account: AccountName,
    pub(super) key: ItemKey,
    pub(super) edition: Option<String>,
    pub(super) measurement: Option<Measurement>,
    /// Switched on or off only; nothing is counted, so nothing can be billed.
    pub(super) is_feature: bool,
    pub(super) label: String,
    pub(super) edition_label: String,
    /// Name, location and backend of the storage, for items that exist once per storage.
    pub(super) storage: Option<Storage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) name: String,
    pub(super) location: Option<String>,
    pub(super) backend: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) id: ServiceId,
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) period: Option<i64>,
    pub(super) code: Option<BillingCodeId>,
}

/// What new services are made with.
#[derive(Clone, Debug)]
pub(super) struct Making<'a> {
    pub(super) template: &'a NameTemplate,
    /// Instead of the template, for one item.
    pub(super) name: Option<&'a str>,
    /// Id and label of the period type.
    pub(super) period: (i64, String),
    /// Id and name of the billing code.
    pub(super) code: (BillingCodeId, String),
    pub(super) adopt: bool,
}

/// One change of the product mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Make a service and map the item to it.
    Create {
        item: Subject,
        name: String,
        period: (i64, String),
        code: (BillingCodeId, String),
    },
    /// Map the item to a service that exists.
    Use {
        item: Subject,
        service: (ServiceId, String),
        before: Value,
    },
    /// Decide without a service.
    Choose {
        item: Subject,
        choice: Choice,
        before: Value,
    },
    /// Forget what was decided.
    Unset { item: Subject, before: Value },
}

/// The item of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) account: AccountName,
    pub(super) key: ItemKey,
    pub(super) edition: Option<String>,
    pub(super) measure: Measure,
}

impl Action {
    pub(super) fn item(&self) -> &Subject {
        match self {
            Self::Create { item, .. }
            | Self::Use { item, .. }
            | Self::Choose { item, .. }
            | Self::Unset { item, .. } => item,
        }
    }
}

impl plan::Action for Action {
    fn describe(&self) -> Description {
        let (kind, changes) = match self {
            Self::Create {
                name, period, code, ..
            } => (
                "create-service",
                vec![
                    Change::set("service", Value::text(name)),
                    Change::set("period", Value::text(&period.1)),
                    Change::set("service_code", Value::text(&code.1)),
                ],
            ),
            Self::Use {
                service, before, ..
            } => (
                "use-service",
                vec![Change::new(
                    "service",
                    before.clone(),
                    Value::Text(format!("{} (service {})", service.1, service.0)),
                )],
            ),
            Self::Choose { choice, before, .. } => (
                "choose",
                vec![Change::new("state", before.clone(), shown(Some(choice)))],
            ),
            Self::Unset { before, .. } => (
                "unset",
                vec![Change::new("state", before.clone(), shown(None))],
            ),
        };
        let item = self.item();
        Description {
            stage: 1,
            account: Some(item.account.clone()),
            company: None,
            kind,
            subject: item.key.to_string(),
            changes,
            because: Vec::new(),
        }
    }

    fn lane(&self) -> String {
        let item = self.item();
        format!("{}/{}", item.account, item.key)
    }
}

/// A choice as plans and listings show it.
pub(super) fn shown(choice: Option<&Choice>) -> Value {
    match choice {
        None => Value::text("unmapped"),
        Some(Choice::Free) => Value::text("free"),
        Some(Choice::Leave) => Value::text("leave"),
        Some(Choice::Service { id, name }) => Value::Text(format!("{name} (service {id})")),
    }
}

impl Facts {
    pub(super) fn link(&self, account: &AccountName, key: &ItemKey) -> Option<&ProductLink> {
        self.links
            .iter()
            .find(|link| link.account == *account && link.item == *key)
    }

    fn subject(&self, item: &Item) -> Subject {
        let kept = self.link(&item.account, &item.key).map(|link| link.measure);
        let unit = item
            .measurement
            .unwrap_or(Measurement::Nothing)
            .default_unit();
        Subject {
            account: item.account.clone(),
            key: item.key.clone(),
            edition: item.edition.clone(),
            measure: kept.unwrap_or_else(|| Measure::plain(unit)),
        }
    }

    fn before(&self, item: &Item) -> Value {
        let link = self.link(&item.account, &item.key);
        shown(link.map(|link| &link.choice))
    }

    /// The item mapped to a service, if one is.
    fn holder(&self, service: ServiceId) -> Option<&ProductLink> {
        self.links.iter().find(|link| match &link.choice {
            Choice::Service { id, .. } => *id == service,
            Choice::Free | Choice::Leave => false,
        })
    }
}

/// Services for items. What cannot be done becomes a note, the others go on.
pub(super) fn create(facts: &Facts, items: &[&Item], making: &Making<'_>) -> Plan<Action> {
    let by_name: BTreeMap<String, &Service> = facts
        .services
        .iter()
        .map(|service| (service.name.to_lowercase(), service))
        .collect();
    let names = names(items, making);
    let mut actions = Vec::new();
    let mut notes = Vec::new();
    for (item, name) in items.iter().zip(names) {
        match creation(
            facts,
            item,
            &name,
            by_name.get(&name.to_lowercase()),
            making,
        ) {
            Ok(Some(action)) => actions.push(action),
            Ok(None) => {}
            Err(note) => notes.push(*note),
        }
    }
    Plan::new("map-products create", actions, notes, [])
}

/// A name each. Items that the template does not tell apart get their storage's name added, then
/// their own raw name: Autotask refuses a second service of one name (autotask.md §8.7).
fn names(items: &[&Item], making: &Making<'_>) -> Vec<String> {
    let plain: Vec<String> = items.iter().map(|item| name_of(item, making)).collect();
    let doubled = |names: &[String]| -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let lower = names.iter().map(|name| name.to_lowercase());
        lower.filter(|name| !seen.insert(name.clone())).collect()
    };
    let told_apart = |names: Vec<String>, by: fn(&Item) -> Option<String>| -> Vec<String> {
        let doubled = doubled(&names);
        names
            .into_iter()
            .zip(items)
            .map(|(name, item)| match by(item) {
                Some(more) if doubled.contains(&name.to_lowercase()) => format!("{name} - {more}"),
                Some(_) | None => name,
            })
            .collect()
    };
    let by_storage = told_apart(plain, |item| {
        item.storage.as_ref().map(|storage| storage.name.clone())
    });
    told_apart(by_storage, |item| Some(item.key.to_string()))
}

fn name_of(item: &Item, making: &Making<'_>) -> String {
    if let Some(name) = making.name {
        return name.to_owned();
    }
    making.template.render(crate::config::NameParts {
        edition: &item.edition_label,
        item: &item.label,
        account: item.account.as_str(),
        storage: item.storage.as_ref().map_or("", |storage| &storage.name),
    })
}

fn creation(
    facts: &Facts,
    item: &Item,
    name: &str,
    existing: Option<&&Service>,
    making: &Making<'_>,
) -> Result<Option<Action>, Box<Note>> {
    let note = |kind, text: String| {
        Box::new(Note {
            kind,
            account: Some(item.account.clone()),
            company: None,
            subject: item.key.to_string(),
            text,
            needs_person: true,
        })
    };
    let subject = facts.subject(item);
    let Some(service) = existing else {
        return Ok(Some(Action::Create {
            item: subject,
            name: name.to_owned(),
            period: making.period.clone(),
            code: making.code.clone(),
        }));
    };
    if let Some(holder) = facts.holder(service.id) {
        let same = holder.account == item.account && holder.item == item.key;
        return if same {
            Ok(None)
        } else {
            let text = format!(
                "{} was not mapped: the service `{name}` ({}) counts {}/{} already; give another --name",
                item.key, service.id, holder.account, holder.item
            );
            Err(note("service-taken", text))
        };
    }
    if !making.adopt {
        let text = format!(
            "{} was not mapped: Autotask has a service `{name}` ({}{}) already; take it over with --adopt or give another --name",
            item.key,
            service.id,
            if service.active { "" } else { ", inactive" }
        );
        return Err(note("service-exists", text));
    }
    Ok(Some(Action::Use {
        item: subject,
        service: (service.id, service.name.clone()),
        before: facts.before(item),
    }))
}

/// Maps one item to one service that exists.
///
/// # Errors
/// A sentence naming both offenders when the service counts another item already.
pub(super) fn use_service(
    facts: &Facts,
    item: &Item,
    service: &Service,
) -> Result<Plan<Action>, String> {
    if let Some(holder) = facts.holder(service.id)
        && (holder.account != item.account || holder.item != item.key)
    {
        return Err(format!(
            "the service `{}` ({}) counts {}/{} already, so it cannot count {}/{} too; unset the other first",
            service.name, service.id, holder.account, holder.item, item.account, item.key
        ));
    }
    let wanted = Choice::Service {
        id: service.id,
        name: service.name.clone(),
    };
    let link = facts.link(&item.account, &item.key);
    let action = (link.map(|link| &link.choice) != Some(&wanted)).then(|| Action::Use {
        item: facts.subject(item),
        service: (service.id, service.name.clone()),
        before: facts.before(item),
    });
    Ok(Plan::new("map-products use", action, [], []))
}

/// Decides for items without a service; `None` forgets what was decided.
pub(super) fn choose(
    facts: &Facts,
    items: &[&Item],
    choice: Option<&Choice>,
    command: &'static str,
) -> Plan<Action> {
    let actions = items.iter().filter_map(|item| {
        let link = facts.link(&item.account, &item.key);
        if link.map(|link| &link.choice) == choice {
            return None;
        }
        let (subject, before) = (facts.subject(item), facts.before(item));
        Some(match choice {
            Some(choice) => Action::Choose {
                item: subject,
                choice: choice.clone(),
                before,
            },
            None => Action::Unset {
                item: subject,
                before,
            },
        })
    });
    Plan::new(command, actions, [], [])
}

/// Every item that nothing was decided for and that can be counted.
pub(super) fn undecided(facts: &Facts) -> Vec<&Item> {
    facts
        .items
        .iter()
        .filter(|item| !item.is_feature && facts.link(&item.account, &item.key).is_none())
        .collect()
}
