//! Many pairs at once: `link --from-csv`, `import`, `recover`; and `export`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result};

use super::document;
use super::plan::{self, Action, Batch, Company, Facts, Linking, Problem, Tenant};
use super::{carry_out, error, gathered, gathered_from_tags, pick, sheet};
use crate::cli::{CustomerImportArgs, CustomerLinkArgs, CustomerRecoverArgs};
use crate::config::Limits;
use crate::domain::ids::CompanyId;
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::exit::Exit;
use crate::plan::{Note, Plan, Refusal, Scope, Share};
use crate::session::{Ask, Session};

/// A pair as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Line in the file, from 1.
    pub(super) line: u64,
    pub(super) company: String,
    pub(super) account: Option<String>,
    pub(super) tenant: String,
}

/// Prints the links. Neither service is asked: it is a copy of the state file's part.
pub(super) fn export(session: &Session) -> Result<Exit> {
    let links = session.state_to_read()?.customer_links()?;
    session.report.text(&document::write(&links));
    Ok(Exit::Done)
}

/// Links what the marks say.
pub(super) fn recover(session: &Session, args: &CustomerRecoverArgs) -> Result<Exit> {
    session.writing("map-customer recover", &args.write, |writing| {
        let gathered = gathered_from_tags(writing, &args.accounts)?;
        let has_products = !writing.state.product_links()?.is_empty();
        let plan = plan::recover(&gathered.facts, has_products);
        carry_out(writing, &plan, Ask::OnTerminal)
    })
}

/// Links the pairs of a CSV file.
pub(super) fn from_csv(session: &Session, args: &CustomerLinkArgs, file: &Path) -> Result<Exit> {
    let text = text(file)?;
    session.writing("map-customer link", &args.write, |writing| {
        let (rows, mut problems) = sheet::read(&text).map_err(|why| wrong(file, vec![why]))?;
        let gathered = gathered(writing, &[])?;
        let facts = &gathered.facts;
        let mut batch = Batch::new(
            facts,
            Linking {
                how: LinkedBy::Import,
                replace_mark: args.replace_mark,
            },
        );
        for row in &rows {
            let added = found(facts, row).and_then(|(company, tenant)| batch.add(company, tenant));
            if let Err(problem) = added {
                problems.push((row.line, problem));
            }
        }
        problems.sort_by_key(|(line, _)| *line);
        if !problems.is_empty() && !args.keep_going {
            return Err(wrong(file, problems));
        }
        writing.pass_over(problems.len());
        let mut notes = facts.notes.clone();
        notes.extend(problems.iter().map(not_linked));
        let plan = Plan::new("map-customer link", batch.into_actions(), notes, []);
        carry_out(writing, &plan, Ask::OnTerminal)
    })
}

/// Makes the mapping what a document says.
pub(super) fn import(session: &Session, args: &CustomerImportArgs) -> Result<Exit> {
    let text = text(&args.file)?;
    session.writing("map-customer import", &args.write, |writing| {
        let file = &args.file;
        let rows = document::read(&text).map_err(|why| wrong(file, vec![why]))?;
        let gathered = gathered(writing, &[])?;
        let limits = &session.config.limits;
        let wish = Wish {
            remove_missing: args.remove_missing,
            replace_mark: args.replace_mark,
            keep_going: args.keep_going,
            ended_percent_max: limits.links_removed_percent,
            ended_floor: limits.links_removed_min,
        };
        let (plan, passed_over) =
            imported(&gathered.facts, &rows, wish).map_err(|problems| wrong(file, problems))?;
        writing.pass_over(passed_over);
        carry_out(writing, &plan, Ask::OnTerminal)
    })
}

/// What an import may do beyond linking.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) remove_missing: bool,
    pub(super) replace_mark: bool,
    /// Do the rest when some rows are wrong.
    pub(super) keep_going: bool,
    /// Share of the links, in percent, that may end without approval once there are more than
    /// `ended_floor`.
    pub(super) ended_percent_max: u32,
    pub(super) ended_floor: usize,
}

/// What is wrong with a file, with the lines.
type Wrong = Vec<(u64, Problem)>;

/// The plan of an import, and how many rows it passes over.
///
/// # Errors
/// Everything that is wrong with the rows, with their lines, unless the rest is wanted all the same.
pub(super) fn imported(
    facts: &Facts,
    rows: &[Row],
    wish: Wish,
) -> Result<(Plan<Action>, usize), Wrong> {
    let mut problems = Vec::new();
    let mut pairs = Vec::new();
    // Companies whose link stays as it is, because what the document says of them is wrong.
    let mut kept = BTreeSet::new();
    for row in rows {
        match found(facts, row) {
            Ok((company, tenant)) => pairs.push((row.line, company, tenant)),
            Err(problem) => {
                problems.push((row.line, problem));
                kept.extend(pick::linked_company(facts, &row.company));
            }
        }
    }
    loop {
        let attempt = Attempt::of(facts, &pairs, &kept, wish);
        let is_whole = attempt.wrong.is_empty();
        if is_whole && (problems.is_empty() || wish.keep_going) {
            problems.sort_by_key(|(line, _)| *line);
            return Ok((attempt.into_plan(facts, &problems, wish), problems.len()));
        }
        if is_whole || !wish.keep_going {
            problems.extend(attempt.wrong.into_iter().map(|(line, _, why)| (line, why)));
            problems.sort_by_key(|(line, _)| *line);
            return Err(problems);
        }
        // What is passed over keeps its link, and that may stand in the way of another row.
        for (line, company, why) in attempt.wrong {
            pairs.retain(|(at, _, _)| *at != line);
            kept.insert(company);
            problems.push((line, why));
        }
    }
}

/// The changes that the pairs of a document make, as far as they go together.
struct Attempt<'f> {
    batch: Batch<'f>,
    /// Links of companies that are not in the document.
    missing: Vec<&'f CustomerLink>,
    /// Pairs that cannot be made, with their lines.
    wrong: Vec<(u64, CompanyId, Problem)>,
}

impl<'f> Attempt<'f> {
    fn of(
        facts: &'f Facts,
        pairs: &[(u64, &'f Company, &'f Tenant)],
        kept: &BTreeSet<CompanyId>,
        wish: Wish,
    ) -> Self {
        let linking = Linking {
            how: LinkedBy::Import,
            replace_mark: wish.replace_mark,
        };
        let mut attempt = Self {
            batch: Batch::new(facts, linking),
            missing: Vec::new(),
            wrong: Vec::new(),
        };
        attempt.end(facts, pairs, kept, wish.remove_missing);
        for (line, company, tenant) in pairs {
            if let Err(problem) = attempt.batch.add(company, tenant) {
                attempt.wrong.push((*line, company.id, problem));
            }
        }
        attempt
    }

    /// Ends the links that the document moves, and those it does not have when that was asked for;
    /// the ones that stay although the document does not have them are missing.
    fn end(
        &mut self,
        facts: &'f Facts,
        pairs: &[(u64, &'f Company, &'f Tenant)],
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
            if let Err(problem) = self.batch.release(link) {
                self.wrong.push((line, link.company, problem));
            }
        }
    }

    fn into_plan(self, facts: &Facts, problems: &[(u64, Problem)], wish: Wish) -> Plan<Action> {
        let mut notes = facts.notes.clone();
        notes.extend(problems.iter().map(not_linked));
        notes.extend(self.missing.iter().map(|link| not_in_file(link)));
        let share = Share {
            count: self.batch.released(),
            of: facts.links.len(),
        };
        let refusal = too_many(share, wish);
        let actions = self.batch.into_actions();
        Plan::new("map-customer import", actions, notes, refusal)
    }
}

fn not_in_file(link: &CustomerLink) -> Note {
    Note {
        kind: "not-in-file",
        account: Some(link.account.clone()),
        company: Some(crate::plan::Party::new(link.company, &link.company_name)),
        subject: link.tenant.to_string(),
        text: format!(
            "linked to {} but not in the file; it stays linked without --remove-missing",
            link.tenant_name
        ),
        needs_person: false,
    }
}

fn too_many(share: Share, wish: Wish) -> Option<Refusal> {
    let (percent, floor) = (wish.ended_percent_max, wish.ended_floor);
    share.exceeds(percent, floor).then(|| Refusal {
        code: "links-removed",
        text: format!(
            "the file would remove {} customer links; the limit is {percent} % if there are more \
             than {floor}",
            share.in_words()
        ),
        key: Some(Limits::LINKS_REMOVED_PERCENT),
        scope: Scope::Run,
        approvable: true,
    })
}

fn found<'f>(facts: &'f Facts, row: &Row) -> Result<(&'f Company, &'f Tenant), Problem> {
    let company = pick::company(facts, &row.company)?;
    let tenant = pick::tenant(facts, row.account.as_deref(), &row.tenant)?;
    Ok((company, tenant))
}

fn not_linked((line, problem): &(u64, Problem)) -> Note {
    Note {
        kind: "not-linked",
        account: None,
        company: None,
        subject: format!("line {line}"),
        text: match line {
            0 => format!("skipped: {}", problem.text()),
            line => format!("line {line} was skipped: {}", problem.text()),
        },
        needs_person: true,
    }
}

/// All that is wrong with a file, a line each; refused only when nothing of it is mistyped.
fn wrong(file: &Path, problems: Vec<(u64, Problem)>) -> anyhow::Error {
    let file = file.display();
    let mistyped = problems.iter().any(|(_, problem)| match problem {
        Problem::Usage(_) => true,
        Problem::Refused(_) => false,
    });
    let lines: Vec<String> = problems
        .iter()
        .map(|(line, problem)| match line {
            0 => format!("{file}: {}", problem.text()),
            line => format!("{file}:{line}: {}", problem.text()),
        })
        .collect();
    let text = format!("{}\nnothing was written", lines.join("\n"));
    error(if mistyped {
        Problem::Usage(text)
    } else {
        Problem::Refused(text)
    })
}

fn text(file: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin()
            .read_to_end(&mut bytes)
            .context("reading standard input")?;
    } else {
        bytes = fs::read(file)
            .map_err(|why| error(Problem::Usage(format!("{}: {why}", file.display()))))?;
    }
    String::from_utf8(bytes)
        .map_err(|_| error(Problem::Usage(format!("{} is not UTF-8", file.display()))))
}
