//! Templates of ticket titles and descriptions.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior};

use super::keys::Form;
use super::read::{ConfigValue, Node};

/// The variables that a ticket template may use, with a sample each. All are texts; one that does
/// not apply to an alert is the empty text, so that `{% if plan %}` works.
pub(crate) const VARIABLES: &[(&str, &str)] = &[
    ("account", "eu"),
    ("category", "Backup"),
    ("company", "Alma Bakery"),
    ("company_id", "4711"),
    ("console_url", "https://eu2-cloud.acronis.com"),
    ("contract", "Backup 2026"),
    ("customer", "Alma Bakery"),
    ("first_seen", "2026-08-01 06:00 UTC"),
    ("first_step", "Start the backup once by hand."),
    ("last_seen", "2026-08-02 06:00 UTC"),
    ("plan", "Nightly"),
    ("severity", "critical"),
    ("tenant", "5a1c2b3d-0000-4000-8000-000000000001"),
    ("text", "The backup failed: the disk is full."),
    ("times", "3"),
    ("title", "Backup failed"),
    ("type", "BackupFailed"),
    ("workload", "DB-01"),
];

/// A template in Jinja's language, known to compile and to name only variables that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(String);

impl Template {
    /// Compiles a template and fills it with samples.
    fn parse(text: &str) -> Result<Self, String> {
        let environment = make_environment();
        let compiled = environment
            .template_from_str(text)
            .map_err(|error| describe_error(&error))?;
        let known = |name: &String| VARIABLES.iter().any(|(known, _)| known == name);
        let mut strangers: Vec<String> = compiled
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !known(name))
            .collect();
        strangers.sort();
        if let Some(stranger) = strangers.first() {
            let names: Vec<&str> = VARIABLES.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            return Err(format!(
                "the template has no variable `{stranger}`; known are {names}"
            ));
        }
        let template = Self(text.to_owned());
        let samples = VARIABLES
            .iter()
            .map(|(name, sample)| (*name, (*sample).to_owned()))
            .collect();
        template.render_text(&samples)?;
        Ok(template)
    }

    /// Fills the template; a variable that is not given is the empty text.
    ///
    /// # Errors
    ///
    /// What the template language says, in one line.
    pub(crate) fn render_text(
        &self,
        values: &BTreeMap<&'static str, String>,
    ) -> Result<String, String> {
        let text = |name: &&str| values.get(name).cloned().unwrap_or_default();
        let all: BTreeMap<&str, String> = VARIABLES
            .iter()
            .map(|(name, _)| (*name, text(name)))
            .collect();
        make_environment()
            .render_str(&self.0, minijinja::value::Serde(all))
            .map_err(|error| describe_error(&error))
    }
}

/// Strict, and without escaping for HTML: tickets are plain text.
fn make_environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment
}

fn describe_error(error: &minijinja::Error) -> String {
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("the template is wrong in its line {line}: {what}"),
        None => format!("the template is wrong: {what}"),
    }
}

impl ConfigValue for Template {
    const FORM: &'static Form = &Form::Text("[template](#ticket-templates)");

    fn read(node: &Node<'_>) -> Option<Self> {
        let Some(text) = node.as_text() else {
            return node.must_be("a text in quotes");
        };
        if text.trim().is_empty() {
            return node.refuse("must not be empty");
        }
        Self::parse(text)
            .map_err(|what| node.refuse::<()>(what))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_as_plain_text() {
        let template =
            Template::parse("{{ title }}{% if plan %} ({{ plan }}){% endif %} & more").unwrap();
        let values = BTreeMap::from([("title", "<Backup> failed".to_owned())]);
        assert_eq!(
            template.render_text(&values).unwrap(),
            "<Backup> failed & more"
        );
    }

    #[test]
    fn a_template_that_would_fail_on_an_alert_is_refused_at_once() {
        for (text, why) in [
            ("{{ title", "wrong in its line 1"),
            ("{{ titel }}", "no variable `titel`; known are account,"),
            ("{% if plan == 'x' %}{{ nothing }}{% endif %}", "`nothing`"),
            ("{{ title | shout }}", "shout"),
            ("{{ title.first.second }}", "wrong in its line 1"),
        ] {
            let refused = Template::parse(text).unwrap_err();
            assert!(refused.contains(why), "{text}: {refused}");
            assert!(!refused.contains('\n'), "{refused}");
        }
    }
}
