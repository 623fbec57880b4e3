//! The worked examples of docs/billing.md.

use jiff::ToSpan as _;

use super::*;

/// One row of the page.
#[derive(Clone, Copy, Debug)]
struct Row<'a> {
    period: (&'a str, &'a str),
    today: &'a str,
    /// Posting, effective, later changes.
    settings: [&'a str; 3],
    so_far: &'a str,
    used: &'a str,
    expected: &'a str,
}

fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [
        _,
        period,
        today,
        posting,
        effective,
        later,
        so_far,
        used,
        expected,
        _,
    ] = cells.as_slice()
    else {
        return None;
    };
    Some(Row {
        period: period.split_once(" to ")?,
        today,
        settings: [posting, effective, later],
        so_far,
        used,
        expected,
    })
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// The world of a row, as it stands.
fn world(row: Row<'_>) -> World {
    let (start, end) = (day(row.period.0), day(row.period.1));
    let next = end.tomorrow().unwrap();
    let further = next.saturating_add(1.month());
    let mut world = World::new(5, row.used.parse().unwrap());
    world.today(day(row.today));
    world.contract().start = date(2026, 1, start.day());
    world.contract().end = date(2029, 12, 31);
    let posted_until = match row.so_far {
        "row posted" => Some(start),
        "next row posted" => Some(next),
        _ => None,
    };
    let unit_row = |start: Date, end: Date| UnitRow {
        start,
        end,
        units: 5,
        posted: posted_until.filter(|until| start <= *until),
        extended: None,
    };
    world.contract().services[0].rows = UnitRows::new(vec![
        unit_row(start, end),
        unit_row(next, further.yesterday().unwrap()),
        unit_row(further, further.saturating_add(20.days())),
    ]);
    let [posting, effective, later] = row.settings;
    match row.so_far {
        "changed" if effective == "next-period" => world.posted(next, start),
        "changed" => world.posted(start, start),
        "changed by an earlier period" => world.posted(start, start.yesterday().unwrap()),
        _ => {}
    }
    world.billing.posting = match posting {
        "every-run" => Posting::EveryRun,
        _ => Posting::PeriodEnd,
    };
    world.billing.effective = match effective {
        "next-period" => Effective::NextPeriod,
        "today" => Effective::Today,
        _ => Effective::PeriodStart,
    };
    world.billing.later_changes = match later {
        "today" => LaterChanges::Today,
        "raise" => LaterChanges::Raise,
        _ => LaterChanges::Hold,
    };
    world
}

#[test]
fn the_worked_dates_of_the_page_come_out() {
    let page = include_str!("../../../../../docs/billing.md");
    let mut checked = 0;
    for line in page.lines() {
        let Some(row) = row(line) else {
            continue;
        };
        let world = world(row);
        let found = world.found();
        let told = |kind: &str, day: &str| {
            let note = found.notes.iter().find(|note| note.kind.as_str() == kind);
            note.is_some_and(|note| note.text.contains(day))
        };
        let as_said = match row.expected.split_once(' ') {
            Some(("from", day)) => world.said() == [format!("5→{} {day}", row.used)],
            Some(("held", until)) => told("held", until),
            Some(("measured,", until)) => told("not-yet", until.trim_start_matches("posted from ")),
            _ => found.actions.is_empty() && found.notes[0].needs_person,
        };
        assert!(as_said, "{line}\n{:?}\n{found:#?}", world.said());
        checked += 1;
    }
    assert_eq!(checked, 20);
}
