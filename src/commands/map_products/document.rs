//! The mapping as a TOML document: for review in git, and to move it to another machine.

use serde::Deserialize;
use toml::Spanned;

use super::facts::{Facts, MappableItem, Offered};
use super::plan::{ItemWish, MeasureWish};
use crate::domain::ids::{ApplicationId, InfraId, ServiceId};
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::units::Measure;
use crate::gather::mapping_files::{parse_document, with_lines};
use crate::report::{quote_toml, write_tables};

const HEAD: &str = "\
# The mapping of Acronis offering items, written by `acrotask map-products export`.
# `acrotask map-products import FILE` replaces the mapping with this file: items that are not in it
# lose their mapping. Entries are sorted by account, item and storage; one key per line.
";

/// Writes all links, in an order that does not depend on when they were made.
pub(super) fn format_mapping(links: &[ProductLink]) -> String {
    let mut sorted: Vec<&ProductLink> = links.iter().collect();
    sorted.sort_by(|a, b| (&a.account, &a.item).cmp(&(&b.account, &b.item)));
    write_tables(HEAD, "item", sorted.into_iter().map(format_entry))
}

fn format_entry(link: &ProductLink) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("account", quote_toml(link.account.as_str())),
        ("item", quote_toml(&link.item.name)),
    ];
    if let Some(infra) = &link.item.infra {
        lines.push(("storage", quote_toml(infra.as_str())));
    }
    lines.push(("application", quote_toml(link.item.application.as_str())));
    match &link.choice {
        MappingChoice::Service { id, name } => {
            lines.push(("service", id.to_string()));
            lines.push(("service_name", quote_toml(name)));
        }
        MappingChoice::Free => lines.push(("decision", quote_toml("free"))),
        MappingChoice::Leave => lines.push(("decision", quote_toml("leave"))),
    }
    let measure = link.measure;
    lines.push(("unit", quote_toml(measure.unit.as_str())));
    lines.push(("rounding", quote_toml(measure.rounding.as_str())));
    lines.push(("included", measure.included.to_string()));
    lines.push(("minimum", measure.minimum.to_string()));
    lines
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductDocument {
    #[serde(default)]
    item: Vec<Spanned<ProductEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductEntry {
    account: String,
    item: String,
    storage: Option<String>,
    application: Option<String>,
    service: Option<i64>,
    service_name: Option<String>,
    decision: Option<String>,
    unit: Option<String>,
    rounding: Option<String>,
    included: Option<i64>,
    minimum: Option<i64>,
}

/// What a document says, and what of it cannot be done.
#[derive(Debug, Default)]
pub(super) struct ParsedMapping<'f> {
    pub(super) wishes: Vec<ItemWish<'f>>,
    /// A sentence each, with its line.
    pub(super) problems: Vec<String>,
    /// Items of entries that cannot be done: they are in the document, so they are not forgotten.
    pub(super) kept: Vec<&'f MappableItem>,
}

/// Reads a document and finds its items and services.
///
/// # Errors
/// A sentence with its line when it is no such document at all.
pub(super) fn parse_mapping<'f>(text: &str, facts: &'f Facts) -> Result<ParsedMapping<'f>, String> {
    let document: ProductDocument =
        parse_document(text).map_err(|error| format!("line {}: {}", error.line, error.text))?;
    let mut reading = ParsedMapping::default();
    for (line, entry) in with_lines(text, document.item) {
        let item = match find_entry_item(facts, &entry) {
            Ok(item) => item,
            Err(why) => {
                reading.problems.push(format!("line {line}: {why}"));
                continue;
            }
        };
        match parse_wish(facts, item, &entry, line) {
            Ok(wish) => reading.wishes.push(wish),
            Err(why) => {
                reading.problems.push(format!("line {line}: {why}"));
                reading.kept.push(item);
            }
        }
    }
    Ok(reading)
}

fn find_entry_item<'f>(facts: &'f Facts, entry: &ProductEntry) -> Result<&'f MappableItem, String> {
    let infra = entry.storage.as_deref().map(InfraId::new);
    let application = entry.application.as_deref().map(ApplicationId::new);
    let found: Vec<&MappableItem> = facts
        .items
        .iter()
        .filter(|item| item.account.as_str() == entry.account && item.key.name == entry.item)
        .filter(|item| item.key.infra == infra)
        .filter(|item| {
            let same = |wanted: &ApplicationId| item.key.application == *wanted;
            application.as_ref().is_none_or(same)
        })
        .collect();
    let storage = infra.map_or_else(String::new, |infra| format!("@{infra}"));
    let full = format!("{}/{}{storage}", entry.account, entry.item);
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(format!(
            "there is no offering item {full}; `acrotask map-products list` lists those that exist"
        )),
        _ => Err(format!("{full} matches several items; add its application")),
    }
}

fn parse_wish<'f>(
    facts: &Facts,
    item: &'f MappableItem,
    entry: &ProductEntry,
    line: u64,
) -> Result<ItemWish<'f>, String> {
    let asked = parse_measure(entry)?;
    let wish = ItemWish {
        item,
        choice: parse_choice(facts, item, entry)?,
        measure: asked.apply_to(Measure::of_unit(item.default_unit())),
        line,
    };
    let link = facts.link_of(item);
    if link.is_some_and(|link| link.choice == wish.choice && link.measure == wish.measure) {
        return Ok(wish);
    }
    let blocked = match wish.choice {
        MappingChoice::Service { .. } => item.why_unmappable(),
        MappingChoice::Free | MappingChoice::Leave if item.offer == Offered::Yes => None,
        MappingChoice::Free | MappingChoice::Leave => item.why_unmappable(),
    };
    if let Some(why) = blocked {
        return Err(why);
    }
    item.expect_unit(wish.measure.unit)?;
    Ok(wish)
}

fn parse_choice(
    facts: &Facts,
    item: &MappableItem,
    entry: &ProductEntry,
) -> Result<MappingChoice, String> {
    let full = item.full_name();
    match (
        entry.service,
        &entry.service_name,
        entry.decision.as_deref(),
    ) {
        (None, None, Some("free")) => Ok(MappingChoice::Free),
        (None, None, Some("leave")) => Ok(MappingChoice::Leave),
        (None, None, Some(other)) => Err(format!(
            "{full}: decision must be \"free\" or \"leave\", not {other:?}"
        )),
        (None, None, None) => Err(format!("{full} has neither a service nor a decision")),
        (_, _, Some(_)) => Err(format!(
            "{full} has both a service and a decision; only one of them is allowed"
        )),
        (None, Some(name), None) => {
            let named = facts.find_service_by_name(name);
            let service =
                named.ok_or_else(|| format!("there is no service `{name}` in Autotask"))?;
            Ok(MappingChoice::Service {
                id: service.id,
                name: service.name.clone(),
            })
        }
        (Some(id), name, None) => choose_service_by_id(facts, item, ServiceId(id), name.as_deref()),
    }
}

/// A service by its id. The name beside it has to be the one it has, or had when it was linked: on
/// another Autotask the same number is another service.
fn choose_service_by_id(
    facts: &Facts,
    item: &MappableItem,
    id: ServiceId,
    name: Option<&str>,
) -> Result<MappingChoice, String> {
    let service = facts.find_service(id).ok_or_else(|| match name {
        Some(name) => format!("there is no service {id} (`{name}`) in Autotask"),
        None => format!("there is no service {id} in Autotask"),
    })?;
    let name = name.unwrap_or(&service.name);
    let choice = MappingChoice::Service {
        id,
        name: name.to_owned(),
    };
    let held = facts.link_of(item).map(|link| &link.choice);
    if name != service.name && held != Some(&choice) {
        return Err(format!(
            "service {id} is named `{}` in Autotask, not `{name}`; correct the id or the name",
            service.name
        ));
    }
    Ok(choice)
}

fn parse_measure(entry: &ProductEntry) -> Result<MeasureWish, String> {
    for (key, number) in [("included", entry.included), ("minimum", entry.minimum)] {
        if let Some(number) = number.filter(|number| *number < 0) {
            return Err(format!("{key} must not be negative, it is {number}"));
        }
    }
    Ok(MeasureWish {
        included: entry.included,
        minimum: entry.minimum,
        ..MeasureWish::parse_words(entry.unit.as_deref(), entry.rounding.as_deref(), "")?
    })
}
