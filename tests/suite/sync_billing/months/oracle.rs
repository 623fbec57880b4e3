//! What the rules say of one ended period, from what was read and when.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::shop::{Later, Period, Posting, Reading, Settings, Shop};

/// The days before a period's end in which it is settled (`billing.period_end_days`).
const WINDOW_DAYS: i64 = 3;

/// What a period may stand at when it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The units that a run may post by itself, and need say nothing of.
    pub(super) due: Vec<i64>,
    /// Units that a person may have approved: nothing else is ever right.
    pub(super) approvable: Vec<i64>,
    pub(super) by: &'static str,
}

impl Verdict {
    fn for_a_person(approvable: Vec<i64>) -> Self {
        Self {
            due: Vec::new(),
            approvable,
            by: "approval",
        }
    }
}

/// The verdict on an ended period that is billed by what is read in it; `level` stood before it.
pub(super) fn judge(shop: &Shop, period: Period, level: i64) -> Verdict {
    let readings = shop.read_within(period.start, period.end);
    let counted = units_of(&readings);
    // The first change in a period in which the contract was prepaid waits for a person.
    if shop.turned.is_some_and(|day| holds(period, day)) {
        return Verdict::for_a_person(counted);
    }
    let Settings {
        posting,
        highest,
        later,
    } = shop.settings;
    match posting {
        Posting::PeriodEnd => Verdict {
            due: settled(&readings, period, highest, level),
            approvable: counted,
            by: if highest { "highest" } else { "last" },
        },
        Posting::EveryRun => Verdict {
            due: match later {
                Later::Hold => counted.first().copied().into_iter().collect(),
                Later::Today => counted.last().copied().into_iter().collect(),
                Later::Raise => counted.iter().copied().max().into_iter().collect(),
            },
            approvable: counted,
            by: "first",
        },
    }
}

/// The verdict on an ended period that is billed in advance: by what was read in the one before.
pub(super) fn judge_in_advance(
    shop: &Shop,
    (before, period): (Period, Period),
    level: i64,
) -> Verdict {
    let readings = shop.read_within(before.start, before.end);
    let mut counted = units_of(&readings);
    let turned = shop
        .turned
        .filter(|day| holds(before, *day) || holds(period, *day));
    if turned.is_some() {
        counted.extend(units_of(&shop.read_within(period.start, period.end)));
        return Verdict::for_a_person(counted);
    }
    let Settings {
        posting,
        highest,
        later,
    } = shop.settings;
    match (posting, later) {
        (Posting::PeriodEnd, _) => Verdict {
            due: settled(&readings, before, highest, level),
            approvable: counted,
            by: "in advance",
        },
        (Posting::EveryRun, Later::Hold) => Verdict {
            due: counted.first().copied().into_iter().collect(),
            approvable: counted,
            by: "in advance",
        },
        // Later readings change it within the period, too.
        (Posting::EveryRun, Later::Today | Later::Raise) => {
            counted.extend(units_of(&shop.read_within(period.start, period.end)));
            Verdict {
                due: counted.clone(),
                approvable: counted,
                by: "in advance",
            }
        }
    }
}

fn holds(period: Period, day: Date) -> bool {
    period.start <= day && day <= period.end
}

fn units_of(readings: &[(Date, Reading)]) -> Vec<i64> {
    let units = readings.iter().filter_map(|(_, reading)| match reading {
        Reading::Used(units) => Some(*units),
        Reading::NoRow => None,
    });
    units.collect()
}

/// What the first run in the last days of a period settles it by; nothing when that waits for a
/// person. `level` stood before it.
fn settled(readings: &[(Date, Reading)], period: Period, highest: bool, level: i64) -> Vec<i64> {
    let window = period.end.saturating_sub((WINDOW_DAYS - 1).days());
    let at = readings.iter().position(|(day, _)| *day >= window);
    let until = at.map_or(readings, |at| &readings[..=at]);
    let counted = units_of(until);
    let most = counted.iter().copied().max();
    let last = match at {
        Some(at) => units_of(&readings[at..=at]).pop(),
        None => counted.last().copied(),
    };
    let settles = match last {
        Some(_) if highest => most,
        // A fall to zero after any reading above zero waits for a person.
        Some(0) if most > Some(0) => None,
        last => last,
    };
    // Where no run could settle it, nothing need be said only if nothing differs.
    let by_itself = |units: &i64| at.is_some() || *units == level;
    settles.filter(by_itself).into_iter().collect()
}
