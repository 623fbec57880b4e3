//! `[products]`: how offering items become services.

use std::fmt;

use super::keys::Form;
use super::label::LabelOrId;
use super::read::{ConfigValue, Node};
use super::section::{section, words};

words! {
    /// What happens to an offering item without a mapping.
    Unmapped {
        /// Its target quota is zero.
        Zero = "zero",
        /// It is not touched.
        Leave = "leave",
    }
}

section! {
    /// Defaults for mapping offering items to services.
    "products" struct Products: PartialEq, Eq {
        /// Name of a new service, made of `{edition}`, `{item}` (needed), `{account}` and `{storage}`.
        ///
        /// A part between ` - ` that comes out empty is left out.
        name_template: NameTemplate = "Acronis - {edition} - {item}";
        /// Period type of new services: picklist label or id.
        period: LabelOrId = "monthly", called PERIOD;
        /// Billing code of new services, by name or id. Not set: it must be given on the command line.
        service_code: Option<LabelOrId> = none, eg "Managed backup", called SERVICE_CODE;
        /// What an unmapped offering item gets: `"zero"` quota, or `"leave"` it as it is.
        unmapped: Unmapped = "zero";
    }
}

/// The name of a new service, with places for what it is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameTemplate {
    text: String,
    parts: Vec<NamePart>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NamePart {
    Text(String),
    Place(NamePlace),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamePlace {
    Edition,
    Item,
    Account,
    Storage,
}

impl NamePlace {
    const ALL: [(&'static str, Self); 4] = [
        ("edition", Self::Edition),
        ("item", Self::Item),
        ("account", Self::Account),
        ("storage", Self::Storage),
    ];
}

/// What a service's name is made of; an empty text for what does not apply.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NameParts<'n> {
    pub(crate) edition: &'n str,
    pub(crate) item: &'n str,
    pub(crate) account: &'n str,
    pub(crate) storage: &'n str,
}

impl NameTemplate {
    /// Reads `Acronis - {edition} - {item}` and the like.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else {
                return Err("has a `{` without its `}`".to_owned());
            };
            let Some((_, place)) = NamePlace::ALL.iter().find(|(known, _)| *known == name) else {
                return Err(format!(
                    "has {{{name}}}; known are {{edition}}, {{item}}, {{account}} and {{storage}}"
                ));
            };
            parts.extend([NamePart::Text(before.to_owned()), NamePart::Place(*place)]);
            rest = behind;
        }
        parts.push(NamePart::Text(rest.to_owned()));
        let stray = |part: &NamePart| matches!(part, NamePart::Text(text) if text.contains('}'));
        if parts.iter().any(stray) {
            return Err("has a `}` without its `{`".to_owned());
        }
        if !parts.contains(&NamePart::Place(NamePlace::Item)) {
            return Err("must contain {item}, or all services would have the same name".to_owned());
        }
        let text = text.to_owned();
        Ok(Self { text, parts })
    }

    /// The name for one item. A part between ` - ` that comes out empty is left out.
    pub(crate) fn render_name(&self, parts: NameParts<'_>) -> String {
        let filled: String = self
            .parts
            .iter()
            .map(|part| match part {
                NamePart::Text(text) => text.as_str(),
                NamePart::Place(NamePlace::Edition) => parts.edition,
                NamePart::Place(NamePlace::Item) => parts.item,
                NamePart::Place(NamePlace::Account) => parts.account,
                NamePart::Place(NamePlace::Storage) => parts.storage,
            })
            .collect();
        let kept: Vec<&str> = filled
            .split(" - ")
            .map(str::trim)
            .filter(|segment| !segment.is_empty())
            .collect();
        kept.join(" - ")
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl ConfigValue for NameTemplate {
    const FORM: &'static Form = &Form::Text("text");

    fn read(node: &Node<'_>) -> Option<Self> {
        Self::parse(&node.read_text()?)
            .map_err(|what| node.refuse::<()>(what))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_filled_in_and_empty_parts_are_left_out() {
        let template = NameTemplate::parse("Acronis - {edition} - {item} ({account})").unwrap();
        let mut parts = NameParts {
            edition: "Per workload",
            item: "Workstations",
            account: "eu",
            storage: "",
        };
        assert_eq!(
            template.render_name(parts),
            "Acronis - Per workload - Workstations (eu)"
        );
        parts.edition = "";
        assert_eq!(template.render_name(parts), "Acronis - Workstations (eu)");
    }

    #[test]
    fn a_template_that_cannot_name_services_is_refused() {
        for (text, why) in [
            ("Acronis - {edition}", "must contain {item}"),
            ("{item} {price}", "has {price}"),
            ("{item} {", "`{` without"),
            ("{item}}", "`}` without"),
        ] {
            let refused = NameTemplate::parse(text).unwrap_err();
            assert!(
                refused.starts_with(why) || refused.contains(why),
                "{refused}"
            );
        }
    }
}
