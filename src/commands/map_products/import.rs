//! `map-products export` and `import`.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::document;
use super::plan;
use crate::cli::ProductImportArgs;
use crate::exit::{Exit, Usage};
use crate::plan::Note;
use crate::session::Session;

/// Prints what was decided. Asks neither service: it is a copy of the state file's part.
pub(super) fn export(session: &Session) -> Result<Exit> {
    let links = session.state_to_read()?.product_links()?;
    session.report.text(&document::write(&links));
    Ok(Exit::Done)
}

pub(super) fn run(session: &Session, args: &ProductImportArgs) -> Result<Exit> {
    let text = text(&args.file)?;
    session.writing("map-products import", &args.write, |writing| {
        let (facts, periods) = super::everything(writing)?;
        let file = args.file.display();
        let wrong = |problems: &[String]| {
            let lines: Vec<String> = problems
                .iter()
                .map(|what| format!("{file}: {what}"))
                .collect();
            Usage(format!("{}\nnothing was written", lines.join("\n")))
        };
        let mut reading = document::read(&text, &facts).map_err(|why| wrong(&[why]))?;
        let (wishes, conflicts) = plan::agreeing(&facts, reading.wishes, &mut reading.kept);
        reading.problems.extend(conflicts);
        if !reading.problems.is_empty() && !args.keep_going {
            return Err(wrong(&reading.problems).into());
        }
        writing.pass_over(reading.problems.len());
        let notes = notes(&reading.problems);
        let period = super::period(session, &periods, None)?;
        let plan = plan::import(&facts, &wishes, notes, &reading.kept, &period);
        super::carry_out(writing, &plan)
    })
}

fn text(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("reading standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
        .map_err(|error| Usage(format!("{}: {error}", file.display())).into())
}

fn notes(problems: &[String]) -> Vec<Note> {
    let note = |text: &String| Note {
        kind: "entry-wrong",
        account: None,
        company: None,
        subject: String::new(),
        text: text.clone(),
        needs_person: true,
    };
    problems.iter().map(note).collect()
}
