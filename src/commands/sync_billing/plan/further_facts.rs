//! What the planner finds to be missing when it looks at the facts so far.

use super::super::facts::{Facts, FiguresToRead, RowsToRead};
use super::context::CustomerContext;
use super::{Rules, effective, past, plan_customers};

/// The unit rows that those of today leave open.
pub(in crate::commands::sync_billing) fn find_rows_to_read(
    facts: &Facts,
    rules: Rules<'_>,
) -> RowsToRead {
    let mut wanted = RowsToRead::default();
    let customers = CustomerContext::for_customers(facts, rules);
    for view in &customers {
        let unclear = view
            .payg
            .iter()
            .filter(|contract| effective::needs_neighbours(contract, facts.today, view.terms));
        wanted.contracts.extend(unclear.map(|contract| contract.id));
        // What accrues is billed at a period's end, and a missed end is made good after it.
        let accruing = view.mapped.iter().filter(|one| view.bills_accrual(**one));
        let places = accruing.filter_map(|one| view.find_line(*one).ok().flatten());
        let contracts = places.map(|place| place.contract.id);
        wanted.contracts.extend(contracts);
    }
    for post in plan_customers(facts, rules, &customers).posts {
        if !wanted.contracts.contains(&post.contract) {
            wanted.lines.extend(post.line);
        }
    }
    for past in past::wanted_readings(facts, rules) {
        if !wanted.contracts.contains(&past.contract) {
            wanted.lines.insert(past.line);
        }
        let since = past.period.start;
        wanted.since = Some(wanted.since.map_or(since, |first| first.min(since)));
    }
    wanted
}

/// The prices and the readings that count, told from all unit rows.
pub(in crate::commands::sync_billing) fn find_figures_to_read(
    facts: &Facts,
    rules: Rules<'_>,
) -> FiguresToRead {
    let mut wanted = FiguresToRead::default();
    for view in CustomerContext::for_customers(facts, rules) {
        let unbilled = view.unbilled_usage();
        wanted.prices |= unbilled.iter().any(|one| one.service.is_some());
        for one in &view.mapped {
            let period = view.period_to_measure(*one);
            let of_item = period.map(|period| (view.measured_key(*one), period));
            let measured = of_item.map(|of_item| (of_item, view.terms.measure));
            wanted.periods.extend(measured);
        }
    }
    let past = past::wanted_readings(facts, rules).into_iter();
    let past = past.map(|past| ((past.key, past.period), past.measure));
    wanted.periods.extend(past);
    wanted
}
