//! Many pairs at once: `link --from-csv`, `import`, `recover`; and `export`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::document;
use super::plan::{
    self, Action, CompanyFacts, Facts, LinkBatch, LinkOptions, MappingProblem, TenantFacts,
};
use super::rows::{LineProblem, PairRow};
use super::{carry_out, csv_file, exit_error, gather_and_warn, gather_customers, pick};
use crate::cli::{CustomerImportArgs, CustomerLinkArgs, CustomerRecoverArgs};
use crate::config::Limits;
use crate::domain::ids::CompanyId;
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::exit::Exit;
use crate::gather::mapping_files::{read_text, refuse_file};
use crate::plan::{Plan, Reach, Refusal, RefusalCode, Remark, RemarkKind, Share};
use crate::session::{Confirmation, Session};

/// Prints the links. Neither service is asked: it is a copy of the state file's part.
pub(super) fn export_links(session: &Session) -> Result<Exit> {
    let links = session.state_to_read()?.customer_links()?;
    session.report.print_text(&document::format_links(&links));
    Ok(Exit::Done)
}

/// Links what the marks say.
pub(super) fn recover_links(session: &Session, args: &CustomerRecoverArgs) -> Result<Exit> {
    session.run_writing_command("map-customer recover", &args.write, |writing| {
        let gathered = gather_customers(writing, &args.accounts)?;
        let has_products = !writing.state.product_links()?.is_empty();
        let plan = plan::plan_recovery(&gathered.facts, has_products);
        carry_out(writing, &plan, Confirmation::OnTerminal)
    })
}

/// Links the pairs of a CSV file.
pub(super) fn link_from_csv(
    session: &Session,
    args: &CustomerLinkArgs,
    file: &Path,
) -> Result<Exit> {
    let text = read_text(file)?;
    session.run_writing_command("map-customer link", &args.write, |writing| {
        let (rows, mut problems) =
            csv_file::parse_rows(&text).map_err(|why| file_error(file, vec![why]))?;
        let gathered = gather_and_warn(writing, &[])?;
        let facts = &gathered.facts;
        let mut batch = LinkBatch::new(
            facts,
            LinkOptions {
                how: LinkedBy::Import,
                replace_mark: args.replace_mark,
            },
        );
        for row in &rows {
            let added =
                find_pair(facts, row).and_then(|(company, tenant)| batch.add_pair(company, tenant));
            if let Err(problem) = added {
                let line = row.line;
                problems.push(LineProblem { line, problem });
            }
        }
        problems.sort_by_key(|one| one.line);
        if !problems.is_empty() && !args.keep_going {
            return Err(file_error(file, problems));
        }
        writing.pass_over(problems.len());
        let mut notes = facts.remarks.clone();
        notes.extend(problems.iter().map(remark_on_unlinked_row));
        let plan = Plan::new("map-customer link", batch.into_actions(), notes, []);
        carry_out(writing, &plan, Confirmation::OnTerminal)
    })
}

/// Makes the mapping what a document says.
pub(super) fn import_links(session: &Session, args: &CustomerImportArgs) -> Result<Exit> {
    let text = read_text(&args.file)?;
    session.run_writing_command("map-customer import", &args.write, |writing| {
        let file = &args.file;
        let rows = document::parse_pairs(&text).map_err(|why| file_error(file, vec![why]))?;
        let gathered = gather_and_warn(writing, &[])?;
        let limits = &session.config.limits;
        let wish = ImportOptions {
            remove_missing: args.remove_missing,
            replace_mark: args.replace_mark,
            keep_going: args.keep_going,
            ended_percent_max: limits.links_removed_percent,
            ended_floor: limits.links_removed_min,
        };
        let (plan, passed_over) = plan_import(&gathered.facts, &rows, wish)
            .map_err(|problems| file_error(file, problems))?;
        writing.pass_over(passed_over);
        carry_out(writing, &plan, Confirmation::OnTerminal)
    })
}

/// What an import may do beyond linking.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImportOptions {
    pub(super) remove_missing: bool,
    pub(super) replace_mark: bool,
    /// Do the rest when some rows are wrong.
    pub(super) keep_going: bool,
    /// Share of the links, in percent, that may end without approval once there are more than
    /// `ended_floor`.
    pub(super) ended_percent_max: u32,
    pub(super) ended_floor: usize,
}

/// The plan of an import, and how many rows it passes over.
///
/// # Errors
/// Everything that is wrong with the rows, with their lines, unless the rest is wanted all the same.
pub(super) fn plan_import(
    facts: &Facts,
    rows: &[PairRow],
    wish: ImportOptions,
) -> Result<(Plan<Action>, usize), Vec<LineProblem>> {
    let mut problems = Vec::new();
    let mut pairs = Vec::new();
    // Companies whose link stays as it is, because what the document says of them is wrong.
    let mut kept = BTreeSet::new();
    for row in rows {
        match find_pair(facts, row) {
            Ok((company, tenant)) => pairs.push((row.line, company, tenant)),
            Err(problem) => {
                let line = row.line;
                problems.push(LineProblem { line, problem });
                kept.extend(pick::match_linked_company(facts, &row.company));
            }
        }
    }
    loop {
        let attempt = ImportAttempt::try_pairs(facts, &pairs, &kept, wish);
        let is_whole = attempt.problems.is_empty();
        if is_whole && (problems.is_empty() || wish.keep_going) {
            problems.sort_by_key(|one| one.line);
            return Ok((attempt.into_plan(facts, &problems, wish), problems.len()));
        }
        if is_whole || !wish.keep_going {
            problems.extend(attempt.problems.into_iter().map(|(_, why)| why));
            problems.sort_by_key(|one| one.line);
            return Err(problems);
        }
        // What is passed over keeps its link, and that may stand in the way of another row.
        for (company, why) in attempt.problems {
            pairs.retain(|(line, _, _)| *line != why.line);
            kept.insert(company);
            problems.push(why);
        }
    }
}

/// The changes that the pairs of a document make, as far as they go together.
struct ImportAttempt<'f> {
    batch: LinkBatch<'f>,
    /// Links of companies that are not in the document.
    missing: Vec<&'f CustomerLink>,
    /// Pairs that cannot be made, by the company.
    problems: Vec<(CompanyId, LineProblem)>,
}

impl<'f> ImportAttempt<'f> {
    fn try_pairs(
        facts: &'f Facts,
        pairs: &[(u64, &'f CompanyFacts, &'f TenantFacts)],
        kept: &BTreeSet<CompanyId>,
        wish: ImportOptions,
    ) -> Self {
        let linking = LinkOptions {
            how: LinkedBy::Import,
            replace_mark: wish.replace_mark,
        };
        let mut attempt = Self {
            batch: LinkBatch::new(facts, linking),
            missing: Vec::new(),
            problems: Vec::new(),
        };
        attempt.end_links(facts, pairs, kept, wish.remove_missing);
        for (line, company, tenant) in pairs {
            if let Err(problem) = attempt.batch.add_pair(company, tenant) {
                let line = *line;
                let why = LineProblem { line, problem };
                attempt.problems.push((company.id, why));
            }
        }
        attempt
    }

    /// Ends the links that the document moves, and those it does not have when that was asked for;
    /// the ones that stay although the document does not have them are missing.
    fn end_links(
        &mut self,
        facts: &'f Facts,
        pairs: &[(u64, &'f CompanyFacts, &'f TenantFacts)],
        kept: &BTreeSet<CompanyId>,
        remove_missing: bool,
    ) {
        for link in &facts.links {
            let said = pairs
                .iter()
                .find(|(_, company, _)| company.id == link.company);
            let line = match said {
                Some((_, _, tenant))
                    if tenant.account == link.account && tenant.id == link.tenant =>
                {
                    continue;
                }
                Some((line, _, _)) => *line,
                None if kept.contains(&link.company) => continue,
                None if remove_missing => 0,
                None => {
                    self.missing.push(link);
                    continue;
                }
            };
            if let Err(problem) = self.batch.release_link(link) {
                let why = LineProblem { line, problem };
                self.problems.push((link.company, why));
            }
        }
    }

    fn into_plan(
        self,
        facts: &Facts,
        problems: &[LineProblem],
        wish: ImportOptions,
    ) -> Plan<Action> {
        let mut notes = facts.remarks.clone();
        notes.extend(problems.iter().map(remark_on_unlinked_row));
        notes.extend(
            self.missing
                .iter()
                .map(|link| remark_on_missing_in_file(link)),
        );
        let share = Share {
            count: self.batch.count_released(),
            of: facts.links.len(),
        };
        let refusal = refuse_too_many_removed(share, wish);
        let actions = self.batch.into_actions();
        Plan::new("map-customer import", actions, notes, refusal)
    }
}

fn remark_on_missing_in_file(link: &CustomerLink) -> Remark {
    Remark::new(
        RemarkKind::NotInFile,
        link.tenant.to_string(),
        format!(
            "linked to {} but not in the file; it stays linked without --remove-missing",
            link.tenant_name
        ),
    )
    .of_account(&link.account)
    .of_company(crate::plan::CompanyRef::new(
        link.company,
        &link.company_name,
    ))
}

fn refuse_too_many_removed(share: Share, wish: ImportOptions) -> Option<Refusal> {
    let (percent, floor) = (wish.ended_percent_max, wish.ended_floor);
    share.exceeds_percent(percent, floor).then(|| Refusal {
        code: RefusalCode::LinksRemoved,
        text: format!(
            "the file would remove {} customer links; the limit is {percent} % if there are more \
             than {floor}",
            share.in_words()
        ),
        key: Some(Limits::LINKS_REMOVED_PERCENT),
        scope: Reach::Run,
        approvable: true,
    })
}

fn find_pair<'f>(
    facts: &'f Facts,
    row: &PairRow,
) -> Result<(&'f CompanyFacts, &'f TenantFacts), MappingProblem> {
    let company = pick::match_company(facts, &row.company)?;
    let tenant = pick::match_tenant(facts, row.account.as_deref(), &row.tenant)?;
    Ok((company, tenant))
}

fn remark_on_unlinked_row(unlinked: &LineProblem) -> Remark {
    let LineProblem { line, problem } = unlinked;
    Remark::new(
        RemarkKind::NotLinked,
        format!("line {line}"),
        match line {
            0 => format!("skipped: {}", problem.text()),
            line => format!("line {line} was skipped: {}", problem.text()),
        },
    )
    .for_person()
}

/// All that is wrong with a file, a line each; refused only when nothing of it is mistyped.
fn file_error(file: &Path, problems: Vec<LineProblem>) -> anyhow::Error {
    let mistyped = problems.iter().any(|one| match one.problem {
        MappingProblem::Usage(_) => true,
        MappingProblem::Refused(_) => false,
    });
    let lines = problems
        .iter()
        .map(|LineProblem { line, problem }| match line {
            0 => format!(" {}", problem.text()),
            line => format!("{line}: {}", problem.text()),
        });
    let text = refuse_file(file, lines);
    exit_error(if mistyped {
        MappingProblem::Usage(text)
    } else {
        MappingProblem::Refused(text)
    })
}
