//! The schedules that are shipped: runs wait for each other, and do not start at the same time.

use std::fs;
use std::path::Path;

const COMMANDS: [&str; 3] = ["sync-tickets", "provision", "sync-billing"];
const DAY: u32 = 24 * 60;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The line of a schedule that runs this command, in single blanks.
fn line(text: &str, command: &str) -> String {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let line = lines.find(|line| line.contains(&format!("acrotask -q {command} ")));
    let words = line.unwrap_or_else(|| panic!("{command} in {text}"));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The numbers that a field of cron or of a timer stands for: `*`, `46`, `1-59/10`, `01/10`.
fn numbers(field: &str, end: u32) -> Vec<u32> {
    let (range, step) = field.split_once('/').unwrap_or((field, ""));
    let first = range.split('-').next().unwrap();
    let number = |text: &str| text.parse::<u32>().unwrap();
    let start = if first == "*" { 0 } else { number(first) };
    let step = match step {
        "" if range == "*" => 1,
        "" => end,
        step => number(step),
    };
    (start..end)
        .step_by(usize::try_from(step).unwrap())
        .collect()
}

/// Minutes of the day at which a run may start, when it may start `late` minutes late.
fn starts(minutes: &str, hours: &str, late: u32) -> Vec<u32> {
    let minutes = numbers(minutes, 60);
    let hours = numbers(hours, 24).into_iter();
    let exact = hours.flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
    exact.flat_map(|start| start..=start + late).collect()
}

/// That any two starts of different commands are some minutes apart.
fn apart(all: &[Vec<u32>; 3], least: u32) {
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            let away = |a: u32, b: u32| a.abs_diff(b).min(DAY - a.abs_diff(b));
            let nearest = one
                .iter()
                .flat_map(|a| other.iter().map(move |b| away(*a, *b)));
            assert!(nearest.min().unwrap() >= least, "{one:?} {other:?}");
        }
    }
}

#[test]
fn the_minutes_of_the_shipped_crontab_do_not_meet() {
    let cron = read("examples/cron/acrotask");
    let all = COMMANDS.map(|command| {
        let line = line(&cron, command);
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!(fields[2..5], ["*"; 3], "{line}");
        starts(fields[0], fields[1], 0)
    });
    assert_eq!(all[0].len(), 6 * 24);
    apart(&all, 5);
}

#[test]
fn the_shipped_timers_do_not_meet_however_late_they_fire() {
    let all = COMMANDS.map(|command| {
        let timer = read(&format!("examples/systemd/acrotask@{command}.timer"));
        let value = |key: &str| {
            let mut lines = timer.lines();
            lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        };
        let time = value("OnCalendar").unwrap().strip_prefix("*-*-* ").unwrap();
        let fields: Vec<&str> = time.split(':').collect();
        let random = match value("RandomizedDelaySec").unwrap() {
            "30" => 1,
            minutes => minutes.strip_suffix("min").unwrap().parse().unwrap(),
        };
        // Unless told otherwise systemd may take a minute more (`AccuracySec=`).
        assert_eq!(value("AccuracySec"), None);
        starts(fields[1], fields[0], random + 1)
    });
    apart(&all, 2);
}

#[test]
fn every_scheduled_run_that_writes_waits_for_the_one_before_it() {
    let cron = read("examples/cron/acrotask");
    for command in COMMANDS {
        let line = line(&cron, command);
        assert!(line.contains(" --lock-wait "), "{line}");
        for page in ["README.md", "docs/cron.md"] {
            let shown = read(page);
            let shown = self::line(&shown, command).replace(" acrotask acrotask ", " acrotask ");
            let shipped = line.replace(" acrotask acrotask ", " acrotask ");
            assert_eq!(shown, shipped, "{page}");
        }
    }
    let service = read("examples/systemd/acrotask@.service");
    assert!(service.contains(" --lock-wait "), "{service}");
    assert!(!service.contains("SuccessExitStatus"), "{service}");
}
