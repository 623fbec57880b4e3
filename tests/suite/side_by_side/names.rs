//! Names for what was made since a moment: ids follow the order of making, and several things are
//! made at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Fields by which people know a thing.
const NAMES: &[&str] = &["externalID", "companyName", "contractName", "login", "name"];

/// Ids below this are numbers that mean other things elsewhere.
const ID_MIN: i64 = 300;

#[derive(Debug, Default)]
pub(super) struct Names {
    /// What was there before, by list and id.
    known: BTreeSet<(String, String)>,
    names: BTreeMap<String, String>,
}

impl Names {
    /// Names for what is made after this world.
    pub(super) fn since(before: &Value) -> Self {
        let mut names = Self::default();
        each_row("", before, &mut |list, row| {
            names.known.insert((list.to_owned(), row["id"].to_string()));
        });
        names
    }

    /// Learns what there is by now; what was deleted since keeps its name.
    pub(super) fn learn(&mut self, after: &Value) {
        let Self { known, names } = self;
        each_row("", after, &mut |list, row| {
            if known.contains(&(list.to_owned(), row["id"].to_string())) {
                return;
            }
            let name = NAMES.iter().find_map(|field| row[field].as_str());
            let name = format!("new {list} {}", name.unwrap_or_default());
            for field in ["id", "numeric_id", "ticketNumber"] {
                let text = row[field].as_str().map(str::to_owned);
                let number = row[field].as_i64().filter(|id| *id >= ID_MIN);
                let Some(id) = text.or(number.map(|id| id.to_string())) else {
                    continue;
                };
                names.insert(id, name.clone());
            }
        });
    }

    pub(super) fn in_value(&self, value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(|one| self.in_value(one)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(key, value)| (key.clone(), self.in_value(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Value::String(text) => json!(self.in_text(text)),
            Value::Number(number) => match self.names.get(&number.to_string()) {
                Some(name) => json!(name),
                None => value.clone(),
            },
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    /// The same in a text; runs have no names at all.
    pub(super) fn in_text(&self, text: &str) -> String {
        let in_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let whole = word.trim_end_matches('.');
            match self.names.get(whole) {
                Some(name) => out.push_str(&word.replacen(whole, name, 1)),
                None if is_run(word) => out.push_str("RUN"),
                None => out.push_str(word),
            }
            let next = after.find(in_word).unwrap_or(after.len());
            out.push_str(&after[..next]);
            rest = &after[next..];
        }
        out
    }
}

/// Whether a word is the id of a run: a time and eight random digits.
fn is_run(word: &str) -> bool {
    let Some((time, random)) = word.rsplit_once('-') else {
        return false;
    };
    let digits = time.chars().filter(char::is_ascii_digit).count();
    random.len() == 8
        && random.chars().all(|c| c.is_ascii_hexdigit())
        && digits >= 14
        && time.contains('T')
}

/// Calls for each object with an id, with the name of the list that it stands in.
fn each_row(list: &str, value: &Value, call: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| each_row(list, one, call)),
        Value::Object(fields) => {
            if fields.contains_key("id") {
                call(list, value);
            }
            for (key, value) in fields {
                each_row(key, value, call);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_has_a_name_wherever_it_is_spoken_of() {
        let before = json!({"tickets": [{"id": 7000, "title": "old"}], "notes": [{"id": 7001}]});
        let after = json!({"tickets": [{"id": 7000, "title": "old"},
            {"id": 7001, "externalID": "x-1", "title": "new"}], "notes": [{"id": 7001}]});
        let mut names = Names::since(&before);
        names.learn(&after);
        let said = json!({"id": 7001, "path": "/Tickets/7001/Notes of 7000"});
        let wanted =
            json!({"id": "new tickets x-1", "path": "/Tickets/new tickets x-1/Notes of 7000"});
        assert_eq!(names.in_value(&said), wanted);
    }

    #[test]
    fn runs_have_no_names() {
        let text = Names::default().in_text("see 20260915T080000Z-0a1b2c3d, 2026-09-15");
        assert_eq!(text, "see RUN, 2026-09-15");
    }
}
