//! Which units are posted to which lines. Pure: facts and rules in, a plan out.

pub(super) mod action;
mod arithmetic;
mod customer;
mod effective;
mod guards;
mod items;
mod places;
mod reading;
mod said;

use super::facts::Facts;
use crate::config;
use crate::plan::{Note, Plan, Refusal};

pub(super) use action::{Action, Post};

/// The sections of the configuration that billing depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) billing: &'a config::Billing,
    pub(super) limits: &'a config::Limits,
}

/// What is found while planning.
#[derive(Debug, Default)]
struct Draft {
    posts: Vec<Post>,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
    levels: Levels,
}

/// Billed units over all customers, as they are and by how much they would fall.
#[derive(Debug, Default)]
struct Levels {
    before: i64,
    falling: i64,
}

impl Levels {
    /// A line that is billed by usage. What is held back counts too: it is the same fall.
    fn add(&mut self, before: i64, wanted: i64) {
        self.before = self.before.saturating_add(before);
        let fall = before.saturating_sub(wanted).max(0);
        self.falling = self.falling.saturating_add(fall);
    }
}

/// The whole plan of one run.
pub(super) fn plan(facts: &Facts, rules: Rules<'_>) -> Plan<Action> {
    let mut draft = Draft::default();
    draft.notes.extend(facts.notes.iter().cloned());
    for customer in &facts.customers {
        customer::plan(&mut draft, facts, rules, customer);
    }
    let Draft {
        posts,
        notes,
        mut refusals,
        levels,
    } = draft;
    refusals.extend(guards::fall(&levels, rules.limits));
    Plan::new(
        "sync-billing",
        posts.into_iter().map(Action::post),
        notes,
        refusals,
    )
}
