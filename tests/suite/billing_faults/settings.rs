//! The breaks under every setting that chooses the day of a change, for a first change and for a
//! second one.

use jiff::civil::{Date, date};
use sandbox::Kind;

use super::{Line, ONCE, PERIOD, Start, WANTED, each, posting};

const START: Start = Start::At(WANTED - 15);
const MORE: i64 = WANTED + 5;

#[derive(Clone, Copy, Debug)]
struct Case {
    effective: &'static str,
    later: &'static str,
    posting: &'static str,
    broken: Broken,
}

#[derive(Clone, Copy, Debug)]
enum Broken {
    Cut,
    KilledBefore,
    KilledAfter,
}

impl Case {
    /// The day of the month on which runs post.
    fn day(self) -> i8 {
        if self.posting == "period-end" { 28 } else { 15 }
    }

    /// Whether the second change is made in the same period: a period that its end settled is done
    /// with.
    fn is_prorated(self) -> bool {
        (self.effective, self.later, self.posting) == ("period-start", "today", "every-run")
    }

    /// From which days the two changes count.
    fn days(self) -> (Date, Date) {
        match self.effective {
            "period-start" if self.is_prorated() => (PERIOD, date(2026, 9, self.day())),
            "period-start" => (PERIOD, date(2026, 10, 1)),
            "next-period" => (date(2026, 10, 1), date(2026, 11, 1)),
            _ => (date(2026, 9, self.day()), date(2026, 10, self.day())),
        }
    }

    /// The month in which the second change is posted.
    fn second_month(self) -> i8 {
        if self.is_prorated() { 9 } else { 10 }
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for effective in ["period-start", "next-period", "today"] {
        for later in ["hold", "today"] {
            for posting in ["every-run", "period-end"] {
                // A whole period and a change from today do not go together.
                if (effective, posting) == ("today", "period-end") {
                    continue;
                }
                for broken in [Broken::Cut, Broken::KilledBefore, Broken::KilledAfter] {
                    cases.push(Case {
                        effective,
                        later,
                        posting,
                        broken,
                    });
                }
            }
        }
    }
    cases
}

fn breaks(line: &Line, broken: Broken) {
    match broken {
        Broken::Cut => {
            line.broken(posting(1).fault(Kind::CutBefore));
        }
        Broken::KilledBefore => line.killed_at(&posting(1), Kind::HeldBefore),
        Broken::KilledAfter => line.killed_at(&posting(1), Kind::HeldAfter),
    }
}

#[test]
fn every_setting_ends_with_the_units_it_asks_for_whatever_breaks() {
    let cases = each(&cases(), |case| {
        let Case {
            effective,
            later,
            posting,
            broken,
        } = case;
        let billing = format!(
            "effective = \"{effective}\"\nlater_changes = \"{later}\"\nposting = \"{posting}\"\n\
             period_end_days = 4"
        );
        let mut line = Line::with(START, ONCE, &billing);
        let (first, second) = case.days();
        let now = |month: i8, hour: i8| {
            let day = case.day();
            format!("2026-{month:02}-{day}T{hour:02}:00:00Z")
        };
        line.bench.set_now(&now(9, 8));
        breaks(&line, *broken);
        let mut steps = vec![(Date::MIN, START.units()), (first, WANTED)];
        line.recovers(&steps, &format!("{case:?}, first change"));

        line.uses(MORE);
        line.bench.set_now(&now(case.second_month(), 12));
        breaks(&line, *broken);
        steps.push((second, MORE));
        line.recovers(&steps, &format!("{case:?}, second change"));
    });
    println!("fault matrix, settings: {cases} cases of two changes each");
    assert_eq!(cases, 30);
}
