//! What a run came to, in a form in which two binaries can be compared: lists without their order,
//! digests as classes, and of a text its figures unless texts are compared, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use sandbox::Visit;
use serde_json::{Map, Value, json};

use super::names::Names;
use crate::support::Run;

/// Keys of JSON that hold sentences.
const TEXTS: &[&str] = &[
    "text",
    "because",
    "error",
    "why",
    "answer",
    "title",
    "description",
    "resolution",
];

/// Keys that count what was done before, in whatever order it was done.
const COUNTERS: &[&str] = &[
    "version",
    "ticketNumber",
    "numeric_id",
    "requestsInLastHour",
];

/// Keys that say whether and when an item was told before: it is told again when its text changes.
const TOLD: &[&str] = &[
    "reported",
    "dismissed",
    "since",
    "age",
    "age_seconds",
    "exit_code",
    "success",
];

/// What of two outcomes is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Every text, not its figures only.
    pub(super) texts: bool,
    /// What was told before, and so whether what is held back ends a run with 4.
    pub(super) told: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) code: i32,
    /// Standard output, when it is one JSON document.
    pub(super) report: Value,
    digest: String,
    requests: Vec<Request>,
    stderr: String,
    /// What both services hold afterwards, if it was looked at.
    world: Value,
}

#[derive(Clone, Debug)]
struct Request {
    line: String,
    body: Value,
}

impl Outcome {
    pub(super) fn new(run: &Run, visits: &[Visit], names: &Names) -> Self {
        let report = serde_json::from_str(&run.stdout).unwrap_or(json!(run.stdout));
        let digest = report["plan"]["digest"].as_str().unwrap_or("").to_owned();
        Self {
            code: run.code,
            report: names.in_value(&report),
            digest,
            requests: visits.iter().map(|visit| request(visit, names)).collect(),
            stderr: names.in_text(&run.stderr),
            world: Value::Null,
        }
    }

    pub(super) fn with_world(self, world: Value) -> Self {
        Self { world, ..self }
    }

    fn comparable(&self, how: How) -> Value {
        let mut report = self.report.clone();
        if let Some(fields) = report.as_object_mut() {
            fields.remove("run");
        } else if !how.texts && report.is_string() {
            report = figures(&report);
        }
        let requests = self.requests.iter().map(|request| {
            let body = plain(&request.body, "", how);
            format!("{} {body}", request.line)
        });
        let mut all = json!({
            "exit code": if !how.told && self.code == 4 { 0 } else { self.code },
            "report": plain(&report, &self.digest, how),
            "requests": requests.collect::<Vec<_>>(),
            "world": plain(&self.world, "", how),
        });
        if how.texts {
            let mut lines: Vec<&str> = self.stderr.lines().collect();
            lines.sort_unstable();
            all["standard error"] = json!(lines);
        }
        all
    }

    /// How it differs from what another binary made of the same; digests are not looked at where
    /// plans name things by ids that may be others.
    pub(super) fn differences(
        &self,
        other: &Self,
        digests: Option<&Digests>,
        how: How,
    ) -> Vec<String> {
        let mut found = Vec::new();
        let pair = digests.and_then(|digests| digests.pair(&self.digest, &other.digest));
        found.extend(pair);
        compare(
            "",
            &self.comparable(how),
            &other.comparable(how),
            &mut found,
        );
        found
    }
}

fn request(visit: &Visit, names: &Names) -> Request {
    let query = match visit.query.as_str() {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let line = format!("{} {}{query}", visit.method, visit.path);
    Request {
        line: names.in_text(&line),
        body: names.in_value(&visit.body),
    }
}

/// A document in which only what is to be compared is left.
fn plain(value: &Value, digest: &str, how: How) -> Value {
    match value {
        Value::Array(list) => {
            let list = list.iter().map(|one| plain(one, digest, how));
            let mut list: Vec<Value> = list.collect();
            list.sort_by_cached_key(Value::to_string);
            Value::Array(list)
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.filter(|(key, _)| {
                !COUNTERS.contains(&key.as_str()) && (how.told || !TOLD.contains(&key.as_str()))
            });
            let fields = fields.map(|(key, value)| {
                let value = match (key.as_str(), value) {
                    (key, value) if TEXTS.contains(&key) && !how.texts => figures(value),
                    ("digest" | "expect_plan", Value::String(text)) if text == digest => {
                        json!("of this plan")
                    }
                    ("digest" | "expect_plan", Value::String(_)) => json!("of another plan"),
                    // It is made of the text where there is nothing else to name an item by.
                    ("key", Value::String(text)) if !how.told && is_short_key(text) => {
                        json!("a key")
                    }
                    (_, value) => plain(value, digest, how),
                };
                (key.clone(), value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Whether a text is a key of an item as `status dismiss` takes it.
fn is_short_key(text: &str) -> bool {
    text.len() == 8 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// The numbers in a text, sorted; what is no text stays.
fn figures(value: &Value) -> Value {
    if value.is_null() {
        return Value::Null;
    }
    let text = value.to_string();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let words = words.map(|word| word.trim_matches('.'));
    // Parts of ids are no figures.
    let number = |word: &&str| {
        let only = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        only && !word.is_empty()
    };
    let mut numbers: Vec<&str> = words.filter(number).collect();
    numbers.sort_unstable();
    json!(numbers.join(" "))
}

/// Lists what differs, by path.
fn compare(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let (one, other) = (&old[key], &new[key]);
                let path = format!("{path}/{key}");
                compare(&path, one, other, found);
            }
        }
        (Value::Array(one), Value::Array(other)) => compare_lists(path, one, other, found),
        (old, new) if old != new => found.push(format!("{path}:\n  old {old}\n  new {new}")),
        (_, _) => {}
    }
}

fn compare_lists(path: &str, old: &[Value], new: &[Value], found: &mut Vec<String>) {
    let mut only_new: Vec<&Value> = new.iter().collect();
    let mut only_old: Vec<&Value> = Vec::new();
    for one in old {
        match only_new.iter().position(|other| *other == one) {
            Some(at) => drop(only_new.remove(at)),
            None => only_old.push(one),
        }
    }
    for one in only_old {
        let name = name(one);
        let mut others = only_new.iter();
        let same = others.position(|other| name.is_some() && self::name(other) == name);
        match (same, &name) {
            (Some(at), Some(name)) => {
                compare(&format!("{path} [{name}]"), one, only_new.remove(at), found);
            }
            (_, _) => found.push(format!("{path}: only old has\n  {one}")),
        }
    }
    for one in only_new {
        found.push(format!("{path}: only new has\n  {one}"));
    }
}

/// What names an entry of a list.
fn name(entry: &Value) -> Option<String> {
    let keys = ["kind", "code", "key", "account", "company", "subject"];
    let fields = keys.iter().map(|key| &entry[key]);
    let known = fields.filter(|field| !field.is_null());
    let words: Vec<String> = known
        .map(|field| field.as_str().map_or(field.to_string(), str::to_owned))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Which digest of the new binary stands for which of the old one: always the same, both ways.
#[derive(Debug, Default)]
pub(super) struct Digests {
    both: Mutex<(BTreeMap<String, String>, BTreeMap<String, String>)>,
}

impl Digests {
    /// What is wrong about a plan that one binary gives one digest and the other another.
    fn pair(&self, old: &str, new: &str) -> Option<String> {
        if old.is_empty() || new.is_empty() {
            return None; // that there is no plan is seen elsewhere
        }
        let mut both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        let (forth, back) = &mut *both;
        let known = forth.entry(old.to_owned()).or_insert(new.to_owned());
        let seen = back.entry(new.to_owned()).or_insert(old.to_owned());
        let right = known == new && seen == old;
        (!right).then(|| {
            format!(
                "the plan's digest:\n  old {old}, which was {known} in new before\n  \
                 new {new}, which was {seen} in old before"
            )
        })
    }

    /// The new binary's digest for one of the old; any other word stays.
    pub(super) fn in_new(&self, word: &str) -> String {
        let both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.0.get(word).map_or(word, String::as_str).to_owned()
    }

    /// The other way round, for a word that may be a digest of either.
    pub(super) fn in_old(&self, word: &str) -> String {
        let both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        let known = both.1.get(word).filter(|_| !both.0.contains_key(word));
        known.map_or(word, String::as_str).to_owned()
    }

    pub(super) fn count(&self) -> usize {
        let both = self.both.lock().unwrap_or_else(PoisonError::into_inner);
        both.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn how(texts: bool) -> How {
        How { texts, told: true }
    }

    fn outcome(report: Value) -> Outcome {
        let run = Run {
            code: 0,
            stdout: report.to_string(),
            stderr: String::new(),
        };
        Outcome::new(&run, &[], &Names::default())
    }

    fn report(digest: &str, units: i64, text: &str) -> Value {
        json!({"run": digest, "plan": {"digest": digest, "actions": [{"kind": "adjust-units",
            "subject": "a line", "after": {"units": units}, "because": [text]}],
            "notes": [], "gate": {"expect_plan": digest}}})
    }

    fn differ(old: &Value, new: &Value, texts: bool) -> Vec<String> {
        let digests = Digests::default();
        outcome(old.clone()).differences(&outcome(new.clone()), Some(&digests), how(texts))
    }

    #[test]
    fn one_wrong_number_is_a_difference() {
        let old = report("a", 3, "3 are used");
        assert_eq!(differ(&old, &old, true), [""; 0]);
        let found = differ(&old, &report("a", 4, "3 are used"), false);
        let units = "/report/plan/actions [adjust-units a line]/after/units:\n  old 3\n  new 4";
        assert_eq!(found, [units]);
    }

    #[test]
    fn of_texts_only_the_figures_count_unless_texts_are_compared() {
        let (old, new) = (report("a", 3, "3 are used"), report("a", 3, "used: 3"));
        assert_eq!(differ(&old, &new, false), [""; 0]);
        assert_eq!(differ(&old, &new, true).len(), 2);
        let wrong = report("a", 3, "used: 4");
        assert_eq!(differ(&old, &wrong, false).len(), 1);
    }

    #[test]
    fn digests_are_classes() {
        let digests = Digests::default();
        let compare = |old: &str, new: &str| {
            let (old, new) = (report(old, 3, ""), report(new, 3, ""));
            outcome(old).differences(&outcome(new), Some(&digests), how(true))
        };
        assert_eq!(compare("a", "x"), [""; 0]);
        assert_eq!(compare("a", "x"), [""; 0]);
        assert_eq!(compare("a", "y").len(), 1);
        assert_eq!(compare("b", "x").len(), 1);
    }

    #[test]
    fn an_exit_code_or_a_request_makes_a_difference() {
        let run = |code| Run {
            code,
            stdout: "{}".to_owned(),
            stderr: String::new(),
        };
        let digests = Digests::default();
        let old = Outcome::new(&run(0), &[], &Names::default());
        let found = old.differences(
            &Outcome::new(&run(4), &[], &Names::default()),
            Some(&digests),
            how(false),
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("exit code"), "{found:?}");
    }
}
