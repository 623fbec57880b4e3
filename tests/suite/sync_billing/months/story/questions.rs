//! The questions asked at the end of a history: every period of every contract, by the oracle.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::oracle::{judge, judge_in_advance};
use super::super::shop::{Period, Reading, Shop, Term};
use super::{Story, has_amount};

impl Story {
    /// The last run; then every ended period is asked for.
    pub(super) fn close(&mut self) {
        self.today = self.today.tomorrow().unwrap();
        self.at(9);
        let run = self.start(&["sync-billing", "--dry-run", "--output", "json"]);
        self.listen(&run.json());
        let status = self.start(&["status", "--output", "json"]).json();
        let today = self.today;
        for row in status.as_array().unwrap() {
            if !has_amount(row) {
                continue;
            }
            let text = row.to_string();
            for shop in &mut self.shops {
                if shop
                    .terms
                    .iter()
                    .any(|term| text.contains(&term.contract.to_string()))
                {
                    shop.said.push((today, text.clone()));
                }
            }
        }
        for shop in self.shops.clone() {
            for term in &shop.terms {
                let mut before = 0;
                let mut last = None;
                for period in term.periods() {
                    if period.end >= self.today {
                        break;
                    }
                    let units = self.units(term, period.end);
                    self.ask(&shop, term, (last, period), units, before);
                    before = units;
                    last = Some(period);
                }
            }
        }
    }

    fn units(&self, term: &Term, day: Date) -> i64 {
        let service = self.service;
        self.bench
            .sandbox
            .with_world(|world| world.autotask.units_on(term.contract, service, day))
    }

    fn ask(
        &mut self,
        shop: &Shop,
        term: &Term,
        (last, period): (Option<Period>, Period),
        units: i64,
        before: i64,
    ) {
        let seen = term.first_seen.is_some_and(|seen| seen <= period.end);
        let what = format!(
            "seed {}, {} ({:?}, unlinked {:?}), contract {}, period {} to {}: {units} units, {before} before",
            self.seed,
            shop.name,
            shop.settings,
            shop.unlinked,
            term.contract,
            period.start,
            period.end
        );
        if !seen {
            assert_eq!(units, before, "nobody may bill what was never seen: {what}");
            return;
        }
        let read_in = last.filter(|_| self.in_advance).unwrap_or(period);
        if shop.unlinked.is_some_and(|day| day <= read_in.start) {
            assert_eq!(
                units, before,
                "nobody may bill whom a person unlinked: {what}"
            );
            return;
        }
        let verdict = match last {
            _ if !self.in_advance => judge(shop, period, before),
            Some(last) if term.first_seen <= Some(last.end) => {
                judge_in_advance(shop, (last, period), before)
            }
            // Nothing was read that could bill it.
            Some(_) | None => {
                let read = shop.read_within(period.start, period.end);
                let later = read.iter().any(|(_, read)| *read == Reading::Used(units));
                assert!(
                    units == before || later,
                    "nothing bills this period: {what}"
                );
                return;
            }
        };
        if verdict.due.contains(&units) {
            match verdict.by {
                "in advance" => self.count("periods billed in advance"),
                "highest" => self.count("periods billed by the highest reading"),
                "last" => self.count("periods billed by the last reading"),
                _ => self.count("periods billed by the first reading"),
            }
            return;
        }
        let mut approved = self.approvals.iter().flatten();
        let approved = approved.any(|one| {
            let in_period = period.start <= one.from && one.from <= period.end;
            in_period && one.contract == term.contract && one.units == units
        });
        if approved && units != before && verdict.approvable.contains(&units) {
            self.count("periods billed with approval");
            return;
        }
        let right = units == before || verdict.approvable.contains(&units);
        let read = shop.read_within(period.start, period.end.saturating_add(9.days()));
        assert!(
            right,
            "a number that no rule gives ({verdict:?}, read {read:?}): {what}"
        );
        assert!(
            shop.was_named(term.contract, period.start),
            "not billed as read and never named ({verdict:?}, read {read:?}): {what}"
        );
        self.count("periods named for a person");
    }
}
