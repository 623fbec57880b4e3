//! Pages that show the program at work are replayed: what stands there is what it prints.
//!
//! A transcript is an indented block: `$ acrotask …`, then everything that was printed. A command may
//! end in `> FILE`. All blocks under one `## ` heading are one story, in order, on one bench.
//! `BLESS=1` writes what the program prints today into the page.

use std::fs;
use std::path::Path;

use crate::support::Bench;

const PROMPT: &str = "    $ acrotask ";

/// Replays the story under a heading of a page.
#[track_caller]
pub(crate) fn replay(page: &str, heading: &str, bench: &Bench) {
    compare_story(page, heading, |story| replayed(story, bench));
}

/// What the blocks of text under a heading of a page show, one after the other, is what was written.
#[track_caller]
pub(crate) fn compare_texts(page: &str, heading: &str, written: &[String]) {
    let fence = "```text\n";
    compare_story(page, heading, |story| {
        let mut parts = story.split(fence);
        let mut out = parts.next().unwrap().to_owned();
        let parts: Vec<&str> = parts.collect();
        assert_eq!(parts.len(), written.len(), "{page}: blocks under {heading}");
        for (part, text) in parts.iter().zip(written) {
            let (_, rest) = part.split_once("```\n").unwrap();
            out.push_str(&format!("{fence}{}\n```\n{rest}", text.trim_end()));
        }
        out
    });
}

#[track_caller]
fn compare_story(page: &str, heading: &str, printed_now: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let start = format!("\n## {heading}\n");
    let (before, rest) = text
        .split_once(&start)
        .unwrap_or_else(|| panic!("{page}: {heading}"));
    let end = rest.find("\n## ").map_or(rest.len(), |at| at + 1);
    let (story, after) = rest.split_at(end);
    let printed = printed_now(story);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{before}{start}{printed}{after}")).unwrap();
        return;
    }
    for (line, (stands, prints)) in story.lines().zip(printed.lines()).enumerate() {
        assert_eq!(
            stands, prints,
            "{page}, line {line} under {heading}; BLESS=1 rewrites it"
        );
    }
    assert_eq!(story, printed, "{page}, {heading}; BLESS=1 rewrites it");
}

/// The story with what is printed now.
fn replayed(story: &str, bench: &Bench) -> String {
    let lines: Vec<&str> = story.lines().collect();
    let mut out = String::new();
    let (mut at, mut commands) = (0, 0);
    while let Some(line) = lines.get(at) {
        out.push_str(line);
        out.push('\n');
        at += 1;
        let Some(command) = line.strip_prefix(PROMPT) else {
            continue;
        };
        commands += 1;
        while is_output(&lines, at) {
            at += 1;
        }
        for printed in run(command, bench).lines() {
            out.push_str(format!("    {printed}").trim_end());
            out.push('\n');
        }
    }
    assert!(commands > 0, "a story without a command");
    out
}

/// Indented lines up to the next prompt, and empty ones between them.
fn is_output(lines: &[&str], at: usize) -> bool {
    let follows = |line: &&&str| line.starts_with("    ") && !line.starts_with(PROMPT);
    let next = lines.iter().skip(at).find(|line| !line.is_empty());
    next.as_ref().is_some_and(follows)
}

fn run(command: &str, bench: &Bench) -> String {
    let (command, file) = match command.split_once(" > ") {
        Some((command, file)) => (command, Some(file)),
        None => (command, None),
    };
    let run = bench.run(
        &words(command)
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    let mut shown = match file {
        Some(file) => {
            fs::write(bench.dir().join(file), &run.stdout).unwrap();
            String::new()
        }
        None => run.stdout,
    };
    let told = run
        .stderr
        .lines()
        .filter(|line| !line.contains("ACROTASK_NOW"));
    for line in told {
        shown.push_str(line);
        shown.push('\n');
    }
    if run.code != 0 {
        shown.push_str(&format!("(exit code {})\n", run.code));
    }
    shown
}

/// Words as a shell splits them: by spaces, and quoted ones whole.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn quoted_words_stay_whole() {
    assert_eq!(words("use \"a b\"  'c \"d'"), ["use", "a b", "c \"d"]);
}
