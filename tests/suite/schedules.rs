//! The schedules that are shipped: runs wait for each other, and do not start at the same time.

use std::fs;
use std::path::Path;

const COMMANDS: [&str; 3] = ["sync-tickets", "provision", "sync-billing"];
const DAY: u32 = 24 * 3600;

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

/// The numbers that a field of cron or of a timer stands for: `*`, `46`, `1-59/10`, `2-22/4`, `01/10`.
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

/// Seconds of the day at which a run may start, when it may start `late` seconds late: from and to.
fn starts(seconds: u32, minutes: &str, hours: &str, late: u32) -> Vec<(u32, u32)> {
    let minutes = numbers(minutes, 60);
    let hours = numbers(hours, 24).into_iter();
    let exact = hours.flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
    exact
        .map(|minute| minute * 60 + seconds)
        .map(|start| (start, start + late))
        .collect()
}

/// That any two starts of different commands are some seconds apart, and those of one command never
/// further than it may take until a change has its effect.
fn apart(all: &[Vec<(u32, u32)>; 3], least: u32) {
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                let away = (b.0 + DAY - a.1) % DAY;
                let behind = (a.0 + DAY - b.1) % DAY;
                assert!(away.min(behind) >= least, "{a:?} {b:?}");
            }
        }
    }
    let counts = all.each_ref().map(Vec::len);
    assert_eq!(counts, [6 * 24, 4 * 24, 6]);
    let widest = all.each_ref().map(|one| {
        let next = one.iter().cycle().skip(1);
        let gaps = one.iter().zip(next).map(|(a, b)| (b.0 + DAY - a.0) % DAY);
        gaps.max().unwrap() / 60
    });
    assert_eq!(widest, [10, 15, 4 * 60]);
}

#[test]
fn the_minutes_of_the_shipped_crontab_do_not_meet() {
    let cron = read("examples/cron/acrotask");
    let all = COMMANDS.map(|command| {
        let line = line(&cron, command);
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!(fields[2..5], ["*"; 3], "{line}");
        starts(0, fields[0], fields[1], 0)
    });
    apart(&all, 120);
}

#[test]
fn the_shipped_timers_do_not_meet_however_late_they_fire() {
    let all = COMMANDS.map(|command| {
        let timer = read(&format!("examples/systemd/acrotask@{command}.timer"));
        let value = |key: &str| {
            let mut lines = timer.lines();
            let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            value.unwrap_or_else(|| panic!("{key} in {timer}"))
        };
        let seconds = |key: &str| value(key).parse::<u32>().unwrap();
        let time = value("OnCalendar").strip_prefix("*-*-* ").unwrap();
        let fields: Vec<&str> = time.split(':').collect();
        let late = seconds("RandomizedDelaySec") + seconds("AccuracySec");
        starts(fields[2].parse().unwrap(), fields[1], fields[0], late)
    });
    // Quotas start half a minute later than from cron, so that both sides have room.
    apart(&all, 90);
}

#[test]
fn a_run_from_cron_does_not_wait_beyond_its_own_next_start() {
    let cron = read("examples/cron/acrotask");
    for (command, minutes) in COMMANDS.into_iter().zip([10, 15, 4 * 60]) {
        let line = line(&cron, command);
        let wait = line.split_once("--lock-wait ").unwrap().1;
        let minute = |text: &str| text.parse::<u32>().unwrap();
        let wait = match wait.strip_suffix('h') {
            Some(hours) => minute(hours) * 60,
            None => minute(wait.strip_suffix('m').unwrap()),
        };
        assert!(wait < minutes, "{line}");
    }
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
