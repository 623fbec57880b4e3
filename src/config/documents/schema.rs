//! The JSON Schema for editors, written from the declared keys, and a small reader of such schemas.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::super::EXAMPLE;
use super::super::keys::{Absent, Form, Section};
use super::super::load::{Config, SAMPLE, parse};
use super::pages::{is_block, paragraphs};
use super::switched_on;

/// The form as a JSON Schema.
fn write_form_schema(form: &Form) -> Json {
    match form {
        Form::Flag => json!({ "type": "boolean" }),
        Form::Whole(range) if *range.end() == i64::MAX => {
            json!({ "type": "integer", "minimum": range.start() })
        }
        Form::Whole(range) => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
        }
        Form::Text(_) => json!({ "type": "string" }),
        Form::Id(least) => json!({ "type": "integer", "minimum": least }),
        Form::Words(list) => json!({ "enum": list() }),
        Form::Either(forms) => {
            let forms: Vec<Json> = forms.iter().map(|form| write_form_schema(form)).collect();
            json!({ "anyOf": forms })
        }
        Form::List(form) => json!({ "type": "array", "items": write_form_schema(form) }),
        Form::OneOrMany(form) => {
            let one = write_form_schema(form);
            json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
        }
        Form::Pairs(form) => {
            json!({ "type": "object", "additionalProperties": write_form_schema(form) })
        }
        Form::Table(section) => write_section_schema(section),
        Form::Secret(section) => {
            let mut table = write_section_schema(section);
            table["minProperties"] = json!(1);
            table["maxProperties"] = json!(1);
            json!({ "anyOf": [{ "type": "string" }, table] })
        }
    }
}

fn write_section_schema(section: &Section) -> Json {
    let plain = |doc: &[&str]| paragraphs(doc).join("\n\n");
    let mut properties = serde_json::Map::new();
    let all = section.rest.iter().flat_map(|rest| rest.keys);
    for key in all.chain(section.keys) {
        let mut schema = write_form_schema(key.form);
        schema["description"] = json!(plain(key.doc));
        let is_own = section.find_key(key.name).is_some();
        if let (Absent::Default(text), false, true) = (key.absent, is_block(key), is_own) {
            schema["default"] = read_json(&format!("x = {text}"))["x"].take();
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|key| key.absent == Absent::Refused)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "description": plain(section.about),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

pub(super) fn write_schema() -> Json {
    let mut schema = write_section_schema(&Config::SECTION);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("Configuration of acrotask");
    schema
}

fn read_json(text: &str) -> Json {
    toml::from_str(text).unwrap()
}

/// What a schema says against a value: as much of JSON Schema as ours uses.
fn find_fault(schema: &Json, value: &Json) -> Option<String> {
    let fault = |what: &str| Some(format!("{what}: {value}"));
    let limit = |name: &str| schema.get(name).and_then(Json::as_i64);
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return (!words.contains(value)).then(|| format!("no such word: {value}"));
    }
    if let Some(choices) = schema.get("anyOf").and_then(Json::as_array) {
        let mut faults = choices.iter().map(|choice| find_fault(choice, value));
        return faults
            .all(|fault| fault.is_some())
            .then(|| format!("no choice: {value}"));
    }
    match (schema["type"].as_str().unwrap(), value) {
        ("boolean", Json::Bool(_)) | ("string", Json::String(_)) => None,
        ("integer", Json::Number(number)) => match number.as_i64() {
            Some(number) if limit("minimum").is_some_and(|least| number < least) => {
                fault("too low")
            }
            Some(number) if limit("maximum").is_some_and(|most| number > most) => fault("too high"),
            Some(_) => None,
            None => fault("not whole"),
        },
        ("array", Json::Array(items)) => items
            .iter()
            .find_map(|item| find_fault(&schema["items"], item)),
        ("object", Json::Object(fields)) => {
            let required = schema.get("required").and_then(Json::as_array);
            let mut required = required.into_iter().flatten().filter_map(Json::as_str);
            if let Some(lacking) = required.find(|name| !fields.contains_key(*name)) {
                return fault(&format!("lacks {lacking}"));
            }
            fields.iter().find_map(|(name, value)| {
                let known = schema.get("properties").and_then(|known| known.get(name));
                let known = known.unwrap_or(&schema["additionalProperties"]);
                if known.as_bool() == Some(false) {
                    return Some(format!("unknown key {name}"));
                }
                find_fault(known, value)
            })
        }
        (kind, _) => fault(&format!("not of type {kind}")),
    }
}

#[test]
fn the_schema_accepts_the_example_and_refuses_what_the_loader_refuses() {
    let schema = write_schema();
    for text in [EXAMPLE, &switched_on()] {
        assert_eq!(find_fault(&schema, &read_json(text)), None);
    }
    let mut refused = 0;
    for section in Config::SECTION.with_all_below() {
        let pointer = section.path.replace('.', "/");
        let mut file = read_json(&switched_on());
        let mut table = &mut file;
        for part in pointer.split('/').filter(|part| !part.is_empty()) {
            table = &mut table[part];
            if table.is_array() {
                table = &mut table[0];
            }
        }
        table["colour"] = json!(1);
        let fault = find_fault(&schema, &file).unwrap_or_default();
        // A key that takes a table or something else lists no keys.
        assert!(fault.contains("colour"), "{}: {fault}", section.path);
        refused += 1;
    }
    assert!(refused > 15, "only {refused} sections");
    for (text, why) in [
        ("[billing]\nposting = 'daily'", "no such word"),
        ("[billing]\nfreeze = [32]", "too high"),
        ("[network]\nattempts = 0", "too low"),
        ("[tickets]\nreopen = 0", "no choice"),
        ("[tickets]\nenabled = 1", "not of type boolean"),
        ("[[tickets.rule]]\ncreate = true", "lacks match"),
        ("[[customer]]\nposting = 'every-run'", "lacks company"),
    ] {
        let text = format!("{}{text}", SAMPLE);
        assert!(parse(Path::new("c.toml"), &text).is_err(), "{text}");
        let fault = find_fault(&schema, &read_json(&text)).unwrap_or_default();
        assert!(fault.contains(why), "{text}: {fault}");
    }
}
