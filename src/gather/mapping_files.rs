//! Files that somebody wrote a mapping in: their text, and the line on which something stands.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::exit::UsageError;

/// The first thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DocumentError {
    /// Counted from 1.
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// The text of a file; that of standard input for `-`.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(crate) fn read_text(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin()
            .read_to_end(&mut bytes)
            .context("reading standard input")?;
    } else {
        bytes = fs::read(file).map_err(|why| UsageError(format!("{}: {why}", file.display())))?;
    }
    String::from_utf8(bytes)
        .map_err(|_| UsageError(format!("{} is not UTF-8", file.display())).into())
}

/// A TOML document as a type whose entries know where they stand.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn parse_document<T: DeserializeOwned>(text: &str) -> Result<T, DocumentError> {
    toml::from_str(text).map_err(|error| DocumentError {
        line: error.span().map_or(1, |span| line_at(text, span.start)),
        text: error.message().to_owned(),
    })
}

/// The entries of a document, each with its line.
pub(crate) fn with_lines<T>(
    text: &str,
    entries: Vec<Spanned<T>>,
) -> impl Iterator<Item = (u64, T)> {
    entries
        .into_iter()
        .map(move |entry| (line_at(text, entry.span().start), entry.into_inner()))
}

/// What is wrong with a file, a line each: why nothing of it was done.
pub(crate) fn refuse_file(file: &Path, problems: impl IntoIterator<Item = String>) -> String {
    let lines = problems.into_iter();
    let lines: Vec<String> = lines
        .map(|problem| format!("{}:{problem}", file.display()))
        .collect();
    format!("{}\nnothing was written", lines.join("\n"))
}

/// The line, counted from 1, of a place in a text.
pub(crate) fn line_at(text: &str, offset: usize) -> u64 {
    let before = text.get(..offset).unwrap_or(text);
    let breaks = before.matches('\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
}
