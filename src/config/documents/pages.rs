//! The example file and the tables of the reference, written from the declared keys.

use std::collections::BTreeMap;

use super::super::keys::{Absent, Form, Key, Section};
use super::super::load::Config;

pub(super) fn write_example() -> String {
    let mut text = String::new();
    write_section(&Config::SECTION, false, false, &mut text);
    text
}

/// The paragraphs of a comment.
pub(super) fn paragraphs(doc: &[&str]) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in doc.iter().map(|line| line.trim()) {
        match (line, found.last_mut()) {
            ("", _) => found.push(String::new()),
            (line, Some(last)) if last.is_empty() => line.clone_into(last),
            (line, Some(last)) => *last = format!("{last} {line}"),
            (_, None) => {}
        }
    }
    found
}

/// Whether a key is a table of the file, with a heading of its own.
pub(super) fn is_block(key: &Key) -> bool {
    let is_table = matches!(key.form, Form::Table(_) | Form::List(Form::Table(_)));
    is_table && key.sample.is_none()
}

/// What a key shows when it stands in the example.
fn shown_value(key: &Key) -> String {
    let default = match key.absent {
        Absent::Default(text) => Some(text),
        Absent::Refused | Absent::Unset => None,
    };
    let shown = key.sample.or(default);
    let shown = shown.unwrap_or_else(|| panic!("{} has no sample", key.name));
    // The compiler breaks the lines of a long one.
    shown.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// A comment of the example: the first paragraph, without marks that only a page needs.
fn write_comment(doc: &str, out: &mut String) {
    const WIDTH: usize = 100;
    /// A space within a piece of TOML.
    const UNBROKEN: &str = "\u{a0}";
    let is_word = |code: &str| {
        code.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c))
    };
    let plain: String = doc
        .split('`')
        .enumerate()
        .map(|(at, part)| match at % 2 {
            1 if is_word(part) => format!("`{part}`"),
            1 => part.replace(' ', UNBROKEN),
            _ => part.to_owned(),
        })
        .collect();
    let mut line = "#".to_owned();
    for word in plain.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            *out += &format!("{line}\n");
            line = "#".to_owned();
        }
        line += &format!(" {word}");
    }
    *out += &format!("{line}\n");
    *out = out.replace(UNBROKEN, " ");
}

fn write_section(section: &Section, is_list: bool, is_off: bool, out: &mut String) {
    let off = if is_off { "#" } else { "" };
    if !section.path.is_empty() {
        out.push('\n');
    }
    write_comment(&paragraphs(section.about)[0], out);
    match (section.path, is_list) {
        ("", _) => out.push('\n'),
        (path, true) => *out += &format!("{off}[[{path}]]\n"),
        (path, false) => *out += &format!("{off}[{path}]\n"),
    }
    for key in section.keys.iter().filter(|key| !is_block(key)) {
        let mut doc = paragraphs(key.doc)[0].clone();
        if let Form::Whole(range) = key.form
            && *range.end() < 1_000_000
        {
            doc += &format!(" From {} to {}.", range.start(), range.end());
        }
        write_comment(&doc, out);
        let value = match key.absent {
            Absent::Default(default) if !is_off => default.to_owned(),
            Absent::Default(_) | Absent::Refused | Absent::Unset => shown_value(key),
        };
        let off = if key.absent == Absent::Unset {
            "#"
        } else {
            off
        };
        *out += &format!("{off}{} = {value}\n", key.name);
    }
    if let Some(rest) = section.rest {
        let doc = format!("The keys of [{}], for these alerts only.", rest.path);
        write_comment(&doc, out);
        for key in rest.keys {
            *out += &format!("{off}{} = {}\n", key.name, shown_value(key));
        }
    }
    for key in section.keys.iter().filter(|key| is_block(key)) {
        let off = is_off || key.absent == Absent::Unset;
        if let Form::Table(below) | Form::List(Form::Table(below)) = key.form {
            write_section(below, !key.form.is_table(), off, out);
        }
    }
}

/// What may be written, in words.
fn describe_form(form: &Form) -> String {
    match form {
        Form::Flag => "`true` or `false`".to_owned(),
        Form::Whole(range) if *range.end() == i64::MAX => format!("{} or more", range.start()),
        Form::Whole(range) => format!("{} to {}", range.start(), range.end()),
        Form::Text(name) => (*name).to_owned(),
        Form::Id(_) => "id".to_owned(),
        Form::Words(list) => {
            let words: Vec<String> = list().iter().map(|word| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        Form::Either(forms) => {
            let forms: Vec<String> = forms.iter().map(|form| describe_form(form)).collect();
            forms.join(" or ")
        }
        Form::List(form) => format!("list of: {}", describe_form(form)),
        Form::OneOrMany(form) => format!("{} or a list of them", describe_form(form)),
        Form::Pairs(form) => format!("table of: {}", describe_form(form)),
        Form::Table(section) => format!(
            "table, see [{}](#{})",
            section.path,
            section.path.replace('.', "")
        ),
        Form::Secret(_) => "[secret](#secrets)".to_owned(),
    }
}

/// What the reference says of one section, from its heading to the end of its table.
fn write_reference(section: &Section) -> String {
    let heading = match section.path {
        "" => "The top of the file\n".to_owned(),
        path => format!("`{path}`\n\n{}\n", paragraphs(section.about).join("\n\n")),
    };
    let mut lines = vec![
        heading,
        "| Key | Values | Default | Meaning |".to_owned(),
        "|---|---|---|---|".to_owned(),
    ];
    for key in section.keys.iter().filter(|key| !is_block(key)) {
        let absent = match key.absent {
            Absent::Refused => "required".to_owned(),
            Absent::Unset => "not set".to_owned(),
            Absent::Default(text) => format!("`{text}`"),
        };
        let (name, form) = (key.name, describe_form(key.form));
        let meaning = paragraphs(key.doc).join(" ");
        lines.push(format!("| `{name}` | {form} | {absent} | {meaning} |"));
    }
    for key in section.rest.iter().flat_map(|rest| rest.keys) {
        let (name, form) = (key.name, describe_form(key.form));
        let home = section.rest.map_or("", |rest| rest.path);
        lines.push(format!("| `{name}` | {form} | not set | As in `{home}`. |"));
    }
    lines.join("\n")
}

/// The reference, with what comes from the keys written anew.
pub(super) fn rewrite_reference(reference: &str) -> String {
    let mut sections: BTreeMap<&str, &Section> = Config::SECTION
        .with_all_below()
        .into_iter()
        .map(|section| (section.path, section))
        .collect();
    let mut parts = reference.split("\n### ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let heading = part.lines().next().unwrap_or_default();
        let path = match heading {
            "The top of the file" => "",
            heading => heading.trim_matches('`'),
        };
        let section = sections.remove(path);
        let section = section.unwrap_or_else(|| panic!("no section of the name {heading}"));
        let table = part
            .find("\n| Key |")
            .unwrap_or_else(|| panic!("no table below {heading}"));
        let end = part[table..]
            .find("|\n\n")
            .map_or(part.len(), |end| table + end + 1);
        text += &format!("\n### {}{}", write_reference(section), &part[end..]);
    }
    assert!(sections.is_empty(), "no heading for {:?}", sections.keys());
    text
}
