//! What is wrong in a configuration file, and where: all of it at once, not the first thing only.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use super::keys::Section;

/// One thing that is wrong (or, as a warning, risky) in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) file: PathBuf,
    /// Counted from 1; none when what is missing has no line.
    pub(crate) line: Option<usize>,
    /// Full name of the key, as `billing.freeze`; empty when the problem is about the whole file.
    pub(crate) key: String,
    /// What is wrong and what is allowed.
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if !self.key.is_empty() {
            write!(f, " {}:", self.key)?;
        }
        write!(f, " {}", self.what)
    }
}

/// Every problem of one file, in the order of its lines; a line of text each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", join_lines(.0))]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

fn join_lines(problems: &[Problem]) -> String {
    let texts: Vec<String> = problems.iter().map(Problem::to_string).collect();
    texts.join("\n")
}

/// Gathers problems and warnings while a file is read.
#[derive(Debug)]
pub(super) struct Findings {
    file: PathBuf,
    /// The keys of the whole file, where a misplaced key is looked for.
    root: &'static Section,
    /// Offset of the first byte of each line.
    line_starts: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl Findings {
    pub(super) fn new(file: &Path, text: &str, root: &'static Section) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            file: file.to_owned(),
            root,
            line_starts: std::iter::once(0).chain(breaks).collect(),
            problems: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The line, counted from 1, that holds a byte of the text.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    pub(super) fn root_section(&self) -> &'static Section {
        self.root
    }

    pub(super) fn file_path(&self) -> &Path {
        &self.file
    }

    pub(super) fn add_problem(&self, line: Option<usize>, key: &str, what: impl Into<String>) {
        let problem = self.make_problem(line, key, what.into());
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn add_warning(&self, line: Option<usize>, key: &str, what: impl Into<String>) {
        let warning = self.make_problem(line, key, what.into());
        self.warnings.borrow_mut().push(warning);
    }

    fn make_problem(&self, line: Option<usize>, key: &str, what: String) -> Problem {
        Problem {
            file: self.file.clone(),
            line,
            key: key.to_owned(),
            what,
        }
    }

    /// All warnings, or all problems when there are any; both in the order of their lines.
    pub(super) fn into_result(self) -> Result<Vec<Problem>, Problems> {
        let problems = sort_by_line(self.problems.into_inner());
        if problems.is_empty() {
            Ok(sort_by_line(self.warnings.into_inner()))
        } else {
            Err(Problems(problems))
        }
    }

    /// All problems, after reading has failed; never none.
    pub(super) fn into_problems(self) -> Problems {
        if self.problems.borrow().is_empty() {
            self.add_problem(None, "", "was refused without a reason; please report this");
        }
        Problems(sort_by_line(self.problems.into_inner()))
    }
}

fn sort_by_line(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
    problems
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        let findings = Findings::new(Path::new("c.toml"), "a\nbc\n\nd", &Config::SECTION);
        let lines: Vec<usize> = (0..7).map(|at| findings.line_of(at)).collect();
        assert_eq!(lines, [1, 1, 2, 2, 2, 3, 4]);
    }

    #[test]
    fn problems_come_in_the_order_of_the_file_and_those_without_a_line_last() {
        let findings = Findings::new(Path::new("c.toml"), "", &Config::SECTION);
        findings.add_problem(None, "autotask", "missing");
        findings.add_problem(Some(7), "b", "second");
        findings.add_problem(Some(2), "", "first");
        let problems = findings.into_result().unwrap_err();
        assert_eq!(
            problems.to_string(),
            "c.toml:2: first\nc.toml:7: b: second\nc.toml: autotask: missing"
        );
    }
}
