//! Runs of the program: whole, disturbed, killed, and one right after another.

use std::collections::BTreeSet;

use sandbox::{Fault, Kind, Visit};
use serde_json::{Value, json};

use super::check::Run;
use super::desk::{Desk, Ticket};
use super::story::Story;
use crate::support::{self, Run as Ended};

/// What may be lost or refused, and where.
const PLACES: [(&str, &str); 8] = [
    ("POST", "*/Tickets"),
    ("POST", "*/Tickets"),
    ("PATCH", "*/Tickets"),
    ("POST", "*/Tickets/*/Notes"),
    ("DELETE", "*/alerts/*"),
    ("GET", "*/alerts"),
    ("POST", "*/Tickets/query"),
    ("", "*"),
];

impl Story {
    pub(super) fn good_run(&mut self) {
        self.tell("run");
        self.bench.sandbox.clear_visits();
        let run = self.bench.run(&["sync-tickets", "--output", "json"]);
        self.count("runs");
        if run.code != 0 {
            self.fail(&format!("a run without disturbance ended so: {run:?}"));
        }
        self.after_run(&run);
    }

    /// Right after a good run there is nothing left to do.
    pub(super) fn run_again(&mut self) {
        self.bench.sandbox.clear_visits();
        let run = self.bench.run(&["sync-tickets", "--output", "json"]);
        self.count("runs right after another");
        let writes = self.bench.writes();
        if run.code != 0 || !writes.is_empty() {
            self.fail(&format!("a second run was not idle: {writes:?} {run:?}"));
        }
        self.after_run(&run);
    }

    /// A customer goes out of sight and is back, and nothing else happens: nothing is written for it.
    pub(super) fn out_of_sight(&mut self) {
        let count = self.counts.get("runs").copied().unwrap_or_default();
        let houses = &self.model.houses;
        let name = houses[count % houses.len()].tenant.clone();
        let denied = count % 2 == 0;
        for step in 0..3 {
            self.bench.sandbox.with_world(|world| {
                let cloud = world.cloud(None).unwrap();
                let tenant = cloud.tenant_by_name(&name).unwrap();
                match (step, denied) {
                    (1, true) => cloud.deny_access(&tenant),
                    (1, false) => cloud.hide_tenant(&tenant),
                    (2, true) => cloud.allow_access(&tenant),
                    (2, false) => cloud.unhide_tenant(&tenant),
                    _ => {}
                }
            });
            self.tell(&format!("all compared, {name} out of sight: {}", step == 1));
            self.bench.sandbox.clear_visits();
            let all = ["sync-tickets", "--all", "--output", "json"];
            let run = self.bench.run(&all);
            let writes = self.bench.writes();
            if run.code != 0 || (step > 0 && !writes.is_empty()) {
                self.fail(&format!(
                    "out of sight was taken for news: {writes:?} {run:?}"
                ));
            }
            self.after_run(&run);
        }
        self.count("customers out of sight");
    }

    /// At the end of a history one of its open tickets is merged into a ticket of a person, which is
    /// told the end and never closed; when the alerts are back there is no other ticket either.
    pub(super) fn merged_at_last(&mut self) {
        let desk = Desk::read(&self.bench);
        let key_of = |ticket: &Ticket| {
            let mut keys = self.model.keys.iter();
            keys.find(|key| ticket.is_of(&key.name) && key.is_active())
        };
        let mut open = desk.open();
        let Some((ticket, key)) = open.find_map(|one| Some((one.id, key_of(one)?))) else {
            return;
        };
        let active = key.alerts.iter().filter(|alert| alert.active);
        let alerts: Vec<String> = active.map(|alert| alert.id.clone()).collect();
        let own = self.bench.sandbox.with_world(|world| {
            world.autotask.now = world.now;
            let own = world.autotask.copy_ticket(ticket);
            assert!(world.autotask.edit_ticket(own, "externalID", json!(null)));
            assert!(world.merge_tickets(ticket, own));
            own
        });
        self.tell(&format!("ticket {ticket} merged into {own} of a person"));
        let before = self.tickets().len();
        for what in ["merged", "ended", "raised again"] {
            self.bench.sandbox.with_world(|world| {
                let cloud = world.cloud(None).unwrap();
                for alert in &alerts {
                    match what {
                        "ended" => assert!(cloud.end_alert(alert)),
                        "raised again" => assert!(cloud.re_raise(alert)),
                        _ => {}
                    }
                }
            });
            self.bench.sandbox.clear_visits();
            let run = self.bench.run(&["sync-tickets", "--output", "json"]);
            let writes = self.bench.writes();
            let status = |id: i64| {
                let all = self.tickets().into_iter();
                all.filter(move |one| one["id"] == id)
                    .map(|one| one["status"].clone())
                    .next()
            };
            let stands = status(ticket) == Some(json!(5)) && status(own) != Some(json!(5));
            let silent = what == "ended" || writes.is_empty();
            if run.code != 0 || !stands || !silent || self.tickets().len() != before {
                self.fail(&format!("a merged ticket, {what}: {writes:?} {run:?}"));
            }
            self.tick();
        }
        self.count("tickets merged");
    }

    fn tickets(&self) -> Vec<Value> {
        self.bench
            .sandbox
            .with_world(|world| world.autotask.tickets())
    }

    pub(super) fn disturbed_run(&mut self) {
        let (method, path) = *self.dice.pick(&PLACES);
        let status = |code| Kind::Status {
            code,
            body: None,
            headers: vec![("retry-after".to_owned(), "0".to_owned())],
        };
        let (what, kind) = match self.dice.roll(6) {
            0 | 1 => ("requests lost", Kind::CutBefore),
            2 | 3 => ("answers lost", Kind::CutAfter),
            4 => ("bursts of 429", status(429)),
            _ => ("bursts of 500", status(500)),
        };
        let among = if path == "*" { 15 } else { 2 };
        let (nth, times) = (1 + self.dice.roll(among), 1 + self.dice.roll(4));
        let nth = u64::try_from(nth).unwrap();
        let times = u64::try_from(times).unwrap();
        self.bench
            .sandbox
            .fault(Fault::new("", method, path, kind).nth(nth).times(times));
        self.tell(&format!(
            "run with {what}: {method} {path}, {times} from {nth} on"
        ));
        self.bench.sandbox.clear_visits();
        let run = self.bench.run(&["sync-tickets", "--output", "json"]);
        self.bench.sandbox.clear_faults();
        let hit = |visit: &Visit| visit.status.is_none_or(|status| status >= 429);
        if self.bench.sandbox.visits().iter().any(hit) {
            self.count(what);
        } else if run.code != 0 {
            self.fail(&format!("nothing was disturbed, and yet {run:?}"));
        }
        if !matches!(run.code, 0 | 1 | 3 | 6) {
            self.fail(&format!("an outage ended so: {run:?}"));
        }
        self.after_run(&run);
    }

    /// Kills the program while its n-th request is on the way: before it took effect, which it does
    /// once the program is gone, or after that.
    pub(super) fn killed_run(&mut self) {
        let (nth, before) = (1 + self.dice.roll(18), !self.dice.one_in(3));
        self.tell(&format!(
            "run, killed at request {nth}, before it: {before}"
        ));
        self.bench.sandbox.clear_visits();
        let kind = if before {
            Kind::HeldBefore
        } else {
            Kind::HeldAfter
        };
        let order = Fault::new("", "", "", kind);
        let nth = u64::try_from(nth).unwrap();
        self.bench.sandbox.fault(order.nth(nth));
        let mut command = self.bench.command(&["sync-tickets"]);
        let kill = |process| support::signal(process, "KILL");
        let (run, _) = self.bench.run_until_held(&mut command, kill);
        self.bench.sandbox.settle();
        self.bench.sandbox.clear_faults();
        if run.code == -1 {
            self.count("runs killed");
        } else if run.code != 0 {
            self.fail(&format!("it was too quick to be killed, and yet {run:?}"));
        }
        self.after_run(&run);
    }

    /// Compares the world with what should be true.
    fn after_run(&mut self, ended: &Ended) {
        let after = Desk::read(&self.bench);
        let dismissed = self.dismissed();
        self.tell(&format!(
            "  ended with {}: {:?}",
            ended.code,
            self.bench.writes()
        ));
        let run = Run {
            setting: &self.setting,
            model: &self.model,
            before: &self.desk,
            after: &after,
            now: self.now,
            good: ended.code == 0,
        };
        let held = run.dismissals(&dismissed).and_then(|()| run.hold());
        let seen = run.counts();
        self.hold(held.map_err(|why| format!("{why}\n{}", ended.stdout)));
        for what in seen
            .into_iter()
            .chain(dismissed.iter().map(|_| "dismissed"))
        {
            self.count(what);
        }
        for (key, alert) in &dismissed {
            self.model.keys[*key].alerts[*alert].active = false;
        }
        self.model.look(&self.desk, &after);
        if ended.code == 0 {
            let held =
                super::after_run::hold(&self.model, &self.setting, &self.desk, &after, self.now);
            self.hold(held.map_err(|why| format!("{why}\n{}", ended.stdout)));
            self.model.settle(&after, self.now);
        }
        // The end that a run brings about itself is news to the next one.
        for (key, _) in dismissed {
            self.model.keys[key].ended += 1;
        }
        self.desk = after;
    }

    /// Alerts that the run has ended, by key and place.
    fn dismissed(&self) -> Vec<(usize, usize)> {
        let active: BTreeSet<String> = self.bench.sandbox.with_world(|world| {
            let all = world.acronis[0].alerts();
            let active = all.iter().filter(|alert| alert["deletedAt"].is_null());
            active
                .map(|alert| alert["id"].as_str().unwrap().to_owned())
                .collect()
        });
        let mut dismissed = Vec::new();
        for (at, key) in self.model.keys.iter().enumerate() {
            for (place, alert) in key.alerts.iter().enumerate() {
                if alert.active && !active.contains(&alert.id) {
                    dismissed.push((at, place));
                }
            }
        }
        dismissed
    }
}
