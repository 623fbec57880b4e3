//! Random histories of alerts and people against the sandbox: after every run that ended well there
//! is exactly one live ticket for each live key, none for ended ones, no external id twice, and no
//! note without a cause. Prints its seed and counts; `ACROTASK_TEST_SEED` and `ACROTASK_TEST_STEPS`
//! repeat or lengthen it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sandbox::{Fault, Kind};
use serde_json::{Value, json};

use super::{details, mapped, tickets};
use crate::support::Bench;

const KEYS: usize = 7;

/// Small, fast and repeatable; not for secrets.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }
}

/// What should be true of one key.
#[derive(Debug, Default)]
struct Key {
    /// Ids of all its alerts, the last one used last.
    ids: Vec<String>,
    active: bool,
    text: usize,
    /// A person closed or deleted the ticket while the alert was active: nothing is owed until it
    /// comes again.
    released: bool,
    /// A person deleted the ticket: nothing is owed until a run has seen the alert gone, or it comes
    /// under another id.
    deleted: bool,
    /// A person took the ticket over: it may stay open.
    taken: bool,
    /// Notes that may have been written: changes of text, ends and returns.
    causes: usize,
}

struct Story {
    bench: Bench,
    dice: Dice,
    now: Timestamp,
    keys: Vec<Key>,
    counts: BTreeMap<&'static str, usize>,
}

impl Story {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn tick(&mut self) {
        let minutes = i64::try_from(1 + self.dice.roll(45)).unwrap();
        self.now += SignedDuration::from_mins(minutes);
        let now = self.now.to_string();
        self.bench.set_now(&now);
    }

    /// The ticket of a key that was made last.
    fn ticket(&self, key: usize) -> Option<Value> {
        let name = format!("H-{key:02}");
        let mut all = tickets(&self.bench);
        all.retain(|ticket| ticket["title"].as_str().unwrap().contains(&name));
        all.pop()
    }

    fn alert_step(&mut self) {
        let at = self.dice.roll(KEYS);
        let (new_id, retell) = (self.dice.roll(2) == 0, self.dice.roll(3) == 0);
        let key = &mut self.keys[at];
        if retell {
            key.text += 1;
        }
        let text = details(&format!("H-{at:02}"), &format!("reason {}", key.text));
        let (what, id) = match (key.active, key.ids.last().cloned()) {
            (true, Some(id)) if retell => ("changed", Some(id)),
            (true, Some(id)) => ("ended", Some(id)),
            (false, Some(id)) if !new_id => ("raised again", Some(id)),
            (_, _) => ("raised", None),
        };
        key.causes += 1;
        match what {
            "ended" => key.active = false,
            _ => {
                key.active = true;
                key.released = false;
                key.deleted &= what != "raised";
            }
        }
        let made = self.bench.sandbox.with_world(|world| {
            let cloud = world.cloud(None).unwrap();
            match (what, &id) {
                ("changed", Some(id)) => assert!(cloud.change_alert(id, text)),
                ("ended", Some(id)) => assert!(cloud.end_alert(id)),
                ("raised again", Some(id)) => {
                    assert!(cloud.re_raise(id));
                    assert!(cloud.change_alert(id, text));
                }
                (_, _) => {
                    let tenant = cloud.tenant_by_name("Alma Bakery").unwrap();
                    let id = cloud.raise_alert(&tenant, "BackupFailed", "Backup", "error", text);
                    return Some(id);
                }
            }
            None
        });
        self.keys[at].ids.extend(made);
        self.count(what);
    }

    fn person_step(&mut self) {
        let at = self.dice.roll(KEYS);
        let Some(ticket) = self.ticket(at) else {
            return;
        };
        let id = ticket["id"].as_i64().unwrap();
        let choice = self.dice.roll(4);
        self.bench.sandbox.with_world(|world| {
            world.autotask.now = world.now;
            match choice {
                0 => assert!(world.autotask.close_ticket(id)),
                1 => assert!(world.autotask.delete_ticket(id)),
                2 => assert!(world.autotask.edit_ticket(id, "status", json!(8))),
                _ => assert!(
                    world
                        .autotask
                        .edit_ticket(id, "title", ticket["title"].clone())
                ),
            }
        });
        let key = &mut self.keys[at];
        match choice {
            0 | 1 => {
                key.released = true;
                key.deleted |= choice == 1;
                key.taken = false;
                self.count("closed or deleted by a person");
            }
            2 => {
                key.taken = true;
                self.count("taken over by a person");
            }
            _ => self.count("touched by a person"),
        }
    }

    fn disturbed_run(&mut self) {
        let kind = if self.dice.roll(2) == 0 {
            Kind::CutAfter
        } else {
            Kind::CutBefore
        };
        let (method, path) = match self.dice.roll(4) {
            0 => ("POST", "*/Tickets"),
            1 => ("PATCH", "*/Tickets"),
            2 => ("POST", "*/Tickets/*/Notes"),
            _ => ("GET", "*/alerts"),
        };
        self.bench
            .sandbox
            .fault(Fault::new("", method, path, kind).times(9));
        let run = self.bench.run(&["sync-tickets"]);
        assert_ne!(run.code, 2, "{run:?}");
        self.bench.sandbox.clear_faults();
        self.count("runs with lost answers");
    }

    fn killed_run(&mut self) {
        let mut child = self
            .bench
            .command(&["sync-tickets"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        self.bench.sandbox.set_latency_ms(3);
        let wait = u64::try_from(10 + self.dice.roll(120)).unwrap();
        // The one wait: the program must be somewhere in its work when it is killed.
        let (never, door) = std::sync::mpsc::channel::<()>();
        door.recv_timeout(Duration::from_millis(wait)).unwrap_err();
        drop(never);
        child.kill().unwrap();
        child.wait().unwrap();
        self.bench.sandbox.set_latency_ms(0);
        self.count("runs killed");
    }

    fn good_run(&mut self) {
        let run = self.bench.run(&["sync-tickets"]).expect(0);
        self.count("runs");
        self.check(&run.stdout);
    }

    fn check(&mut self, said: &str) {
        for key in self.keys.iter_mut().filter(|key| !key.active) {
            key.deleted = false;
        }
        let all = tickets(&self.bench);
        let ids: BTreeSet<&str> = all
            .iter()
            .map(|ticket| ticket["externalID"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), all.len(), "an external id twice; {said}");
        let notes = self
            .bench
            .sandbox
            .with_world(|world| world.autotask.all("TicketNotes"));
        for (at, key) in self.keys.iter().enumerate() {
            let name = format!("H-{at:02}");
            let mine: Vec<&Value> = all
                .iter()
                .filter(|ticket| ticket["title"].as_str().unwrap().contains(&name))
                .collect();
            let open = mine.iter().filter(|ticket| ticket["status"] != 5).count();
            if key.active && !key.released && !key.deleted {
                assert_eq!(open, 1, "{name} {key:?}\n{said}");
            }
            if !key.active && !key.taken {
                assert_eq!(open, 0, "{name} {key:?}\n{said}");
            }
            assert!(open <= 1, "{name} {key:?}\n{said}");
            let told = notes
                .iter()
                .filter(|note| mine.iter().any(|ticket| ticket["id"] == note["ticketID"]))
                .count();
            assert!(
                told <= key.causes,
                "{told} notes for {} causes: {key:?}",
                key.causes
            );
        }
    }
}

#[test]
fn random_histories_leave_one_live_ticket_for_each_live_key() {
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed: u64 = given("ACROTASK_TEST_SEED").unwrap_or(20_260_915);
    let steps: u64 = given("ACROTASK_TEST_STEPS").unwrap_or(60);
    let mut story = Story {
        bench: mapped(),
        dice: Dice(seed),
        now: "2026-09-15T08:00:00Z".parse().unwrap(),
        keys: (0..KEYS).map(|_| Key::default()).collect(),
        counts: BTreeMap::new(),
    };
    story.bench.run(&["sync-tickets"]).expect(0);
    for _ in 0..steps {
        story.tick();
        for _ in 0..=story.dice.roll(3) {
            story.alert_step();
        }
        match story.dice.roll(8) {
            0 | 1 => story.good_run(),
            2 => story.person_step(),
            3 => story.disturbed_run(),
            4 => story.killed_run(),
            5 => story.count("runs skipped"),
            _ => {
                story.good_run();
                story.tick();
                story.person_step();
            }
        }
        if story.dice.roll(4) == 0 {
            story.tick();
            story.good_run();
        }
    }
    story.tick();
    story.good_run();
    println!("seed {seed}, {steps} steps: {:?}", story.counts);
}
