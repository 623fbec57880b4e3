//! The worked examples of docs/billing.md.

use jiff::ToSpan as _;

use super::*;

#[test]
fn the_worked_dates_of_the_page_come_out() {
    let page = include_str!("../../../../../docs/billing.md");
    let mut checked = 0;
    for line in page.lines() {
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
            continue;
        };
        let Some((start, end)) = period.split_once(" to ") else {
            continue;
        };
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let next = day(end).tomorrow().unwrap();
        let mut world = World::new(5, used.parse().unwrap());
        world.today(day(today));
        world.contract().start = date(2026, 1, day(start).day().min(31));
        world.contract().end = date(2029, 12, 31);
        let posted_until = match *so_far {
            "row posted" => Some(day(start)),
            "next row posted" => Some(next),
            _ => None,
        };
        let row = |start: Date, end: Date| UnitRow {
            start,
            end,
            units: 5,
            posted: posted_until.filter(|until| start <= *until),
            extended: None,
        };
        let further = next.saturating_add(1.month());
        world.contract().services[0].rows = UnitRows::new(vec![
            row(day(start), day(end)),
            row(next, further.yesterday().unwrap()),
            row(further, further.saturating_add(20.days())),
        ]);
        match *so_far {
            "changed" if *effective == "next-period" => world.posted(next, day(start)),
            "changed" => world.posted(day(start), day(start)),
            "changed by an earlier period" => {
                let before = day(start).yesterday().unwrap();
                world.posted(day(start), before);
            }
            _ => {}
        }
        world.billing.posting = match *posting {
            "every-run" => Posting::EveryRun,
            _ => Posting::PeriodEnd,
        };
        world.billing.effective = match *effective {
            "next-period" => Effective::NextPeriod,
            "today" => Effective::Today,
            _ => Effective::PeriodStart,
        };
        world.billing.later_changes = match *later {
            "today" => LaterChanges::Today,
            "raise" => LaterChanges::Raise,
            _ => LaterChanges::Hold,
        };
        let found = world.found();
        let told = |kind: &str, day: &str| {
            let note = found.notes.iter().find(|note| note.kind == kind);
            note.is_some_and(|note| note.text.contains(day))
        };
        let as_said = match expected.split_once(' ') {
            Some(("from", day)) => world.said() == [format!("5→{used} {day}")],
            Some(("held", until)) => told("held", until),
            Some(("measured,", until)) => told("not-yet", until.trim_start_matches("posted from ")),
            _ => found.actions.is_empty() && found.notes[0].needs_person,
        };
        assert!(as_said, "{line}\n{:?}\n{found:#?}", world.said());
        checked += 1;
    }
    assert_eq!(checked, 20);
}
