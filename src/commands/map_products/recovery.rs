//! Services whose making an earlier run never heard the end of: looked for before anything is made.

use crate::plan::RemarkKind;
use anyhow::Result;

use super::facts::{Facts, MappableItem, Offered, ServiceFacts, item_remark};
use super::plan::MeasureWish;
use crate::domain::journal_action::JournalAction;
use crate::domain::links::{MappingChoice, ProductLink};
use crate::session::WriteRun;
use crate::session::recovery::Observation;
use crate::state::journal::{Entry, Resolution};
use crate::state::state_changes::StateChange;

const COMMAND: &str = "map-products";

/// Settles what earlier runs left open: a service of the intended name that counts nothing yet is
/// the one that was being made, because nobody makes one where the name was found taken. A dry run
/// writes nothing and plans as if it were settled.
pub(super) fn settle_uncertain(writing: &WriteRun<'_>, facts: &mut Facts) -> Result<()> {
    writing.recovery().run(|entry| {
        let ours = entry.intent.command.starts_with(COMMAND);
        if !ours || !was_read(facts, entry) {
            return Ok(None);
        }
        let (how, evidence, link) = find_outcome(facts, entry);
        let mut effects = Vec::new();
        if let Some((item, link)) = link {
            let text = format!("{}: {evidence}", item.full_name());
            facts.remarks.push(item_remark(
                RemarkKind::ServiceRecovered,
                &item,
                text,
                false,
            ));
            let same = |old: &ProductLink| old.account == link.account && old.item == link.item;
            facts.links.retain(|old| !same(old));
            facts.links.push(link.clone());
            effects.push(StateChange::SaveProduct(link));
        }
        Ok(Some(Observation::new(how, evidence).with(effects)))
    })
}

/// Whether the account of an entry was read: without its items nothing can be said of it yet.
fn was_read(facts: &Facts, entry: &Entry) -> bool {
    facts.items.iter().any(|item| {
        item.offer == Offered::Yes && Some(&item.account) == entry.intent.account.as_ref()
    })
}

fn find_outcome(
    facts: &Facts,
    entry: &Entry,
) -> (Resolution, String, Option<(MappableItem, ProductLink)>) {
    let none = |how, evidence: String| (how, evidence, None);
    let JournalAction::CreateService {
        item,
        name,
        unit,
        rounding,
        included,
        minimum,
    } = &entry.intent.action
    else {
        let evidence = "a decision is saved together with its result or not at all".to_owned();
        return none(Resolution::NoEffect, evidence);
    };
    let Some(service) = facts.find_service_by_name(name) else {
        let evidence = format!("Autotask has no service `{name}`");
        return none(Resolution::NoEffect, evidence);
    };
    let id = service.id;
    let item = facts
        .items
        .iter()
        .find(|one| Some(&one.account) == entry.intent.account.as_ref() && item.is(&one.key));
    let is_free = facts.link_to_service(id).is_none()
        && item.is_some_and(|item| match facts.link_of(item).map(|link| &link.choice) {
            Some(MappingChoice::Service { .. }) => false,
            Some(MappingChoice::Free | MappingChoice::Leave) | None => true,
        });
    match item {
        Some(item) if is_free => {
            let evidence = format!(
                "the service `{name}` ({id}) was created by run {}, whose response was lost; it \
                 is mapped now",
                entry.intent.run
            );
            let wish = MeasureWish {
                unit: *unit,
                rounding: *rounding,
                included: *included,
                minimum: *minimum,
            };
            let link = intended_link(facts, item, service, wish);
            (Resolution::TookEffect, evidence, Some((item.clone(), link)))
        }
        Some(_) | None => none(
            Resolution::TookEffect,
            format!("the service `{name}` ({id}) exists, but the item was mapped otherwise since"),
        ),
    }
}

/// The link that the lost run wanted, with the measure that it wrote down.
fn intended_link(
    facts: &Facts,
    item: &MappableItem,
    service: &ServiceFacts,
    wish: MeasureWish,
) -> ProductLink {
    let subject = facts.subject_of(item);
    ProductLink {
        account: subject.account,
        item: subject.key,
        edition: subject.edition,
        choice: MappingChoice::Service {
            id: service.id,
            name: service.name.clone(),
        },
        measure: wish.apply_to(subject.measure),
    }
}
