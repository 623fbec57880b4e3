//! One history: the bench, the model beside it, and the words in which it is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::desk::Desk;
use super::dice::Dice;
use super::model::Model;
use super::setting::{self, Setting};
use crate::support::{Bench, NOW};

/// How often each kind of event occurred.
pub(super) type Counts = BTreeMap<&'static str, usize>;

pub(super) struct Story {
    pub(super) seed: u64,
    pub(super) setting: Setting,
    pub(super) bench: Bench,
    pub(super) dice: Dice,
    pub(super) now: Timestamp,
    pub(super) model: Model,
    /// Autotask after the last run and what people did since.
    pub(super) desk: Desk,
    pub(super) counts: Counts,
    told: String,
}

impl Story {
    pub(super) fn new(seed: u64) -> Self {
        let setting = Setting::of_seed(seed);
        let (bench, houses) = setting::bench(&setting);
        Self {
            seed,
            setting,
            bench,
            dice: Dice::new(seed),
            now: NOW.parse().unwrap(),
            model: Model::new(houses),
            desk: Desk::default(),
            counts: Counts::new(),
            told: String::new(),
        }
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(super) fn tell(&mut self, what: &str) {
        let _ = writeln!(self.told, "{} {what}", self.now);
    }

    /// Time passes: minutes mostly, days now and then.
    pub(super) fn tick(&mut self) {
        let minutes = 1 + self.dice.roll(25);
        let hours = 20 + self.dice.roll(40);
        let days = self.dice.one_in(40);
        self.now += if days {
            SignedDuration::from_hours(i64::try_from(hours).unwrap())
        } else {
            SignedDuration::from_mins(i64::try_from(minutes).unwrap())
        };
        let now = self.now.to_string();
        self.bench.set_now(&now);
    }

    /// Ends the test with everything that led to it.
    pub(super) fn fail(&self, why: &str) -> ! {
        panic!(
            "{why}\nACROTASK_MODEL_SEED={} with {:?}\n{}",
            self.seed, self.setting, self.told
        )
    }

    pub(super) fn hold(&self, held: Result<(), String>) {
        if let Err(why) = held {
            self.fail(&why);
        }
    }

    pub(super) fn play(&mut self, steps: usize) {
        self.good_run();
        for _ in 0..steps {
            self.step();
        }
        self.tick();
        self.good_run();
        self.run_again();
        self.merged_at_last();
    }

    fn step(&mut self) {
        for _ in 0..=self.dice.roll(3) {
            self.tick();
            self.alerts_happen();
        }
        match self.dice.roll(12) {
            0 | 1 => {
                self.tick();
                self.people_act();
            }
            2..=5 => self.disturbed_run(),
            6 | 7 => self.killed_run(),
            8 => {
                self.count("runs skipped");
                self.tell("no run");
            }
            _ => {}
        }
        let (run, people, again) = (
            !self.dice.one_in(3),
            !self.dice.one_in(3),
            self.dice.one_in(3),
        );
        if run {
            self.tick();
            self.good_run();
        }
        if run && again {
            self.run_again();
        }
        let runs = self.counts.get("runs").copied().unwrap_or_default();
        if run && runs % 6 == 0 {
            self.out_of_sight();
        }
        if people {
            self.tick();
            self.people_act();
        }
    }
}
