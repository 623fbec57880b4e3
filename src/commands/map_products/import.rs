//! `map-products export` and `import`.

use anyhow::Result;

use super::document;
use super::plan;
use crate::cli::ProductImportArgs;
use crate::exit::{Exit, UsageError};
use crate::gather::mapping_files::{read_text, refuse_file};
use crate::plan::{Remark, RemarkKind};
use crate::session::Session;

/// Prints what was decided. Asks neither service: it is a copy of the state file's part.
pub(super) fn export_mapping(session: &Session) -> Result<Exit> {
    let links = session.state_to_read()?.product_links()?;
    session.report.print_text(&document::format_mapping(&links));
    Ok(Exit::Done)
}

pub(super) fn run(session: &Session, args: &ProductImportArgs) -> Result<Exit> {
    let text = read_text(&args.file)?;
    session.run_writing_command("map-products import", &args.write, |writing| {
        let (facts, periods) = super::gather_products(writing)?;
        let wrong = |problems: &[String]| {
            let problems = problems.iter().map(|what| format!(" {what}"));
            UsageError(refuse_file(&args.file, problems))
        };
        let mut reading = document::parse_mapping(&text, &facts).map_err(|why| wrong(&[why]))?;
        let (wishes, conflicts) =
            plan::split_off_conflicts(&facts, reading.wishes, &mut reading.kept);
        reading.problems.extend(conflicts);
        if !reading.problems.is_empty() && !args.keep_going {
            return Err(wrong(&reading.problems).into());
        }
        writing.pass_over(reading.problems.len());
        let notes = remark_on_wrong_entries(&reading.problems);
        let period = super::service_period(session, &periods, None)?;
        let plan = plan::plan_import(&facts, &wishes, notes, &reading.kept, &period);
        super::carry_out(writing, &plan)
    })
}

fn remark_on_wrong_entries(problems: &[String]) -> Vec<Remark> {
    let note = |text: &String| {
        Remark::new(RemarkKind::EntryWrong, String::new(), text.clone()).for_person()
    };
    problems.iter().map(note).collect()
}
