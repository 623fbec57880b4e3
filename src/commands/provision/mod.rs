//! `provision`: contracts in Autotask become tenants and quotas in Acronis.

mod apply;
mod ending;
mod gather;
mod plan;
mod tenures;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::cli::ProvisionArgs;
use crate::domain::ids::CompanyId;
use crate::domain::links::Step;
use crate::exit::Exit;
use crate::gather::company_names::NOT_MAPPED;
use crate::onboarding::{self, Setup, Whom};
use crate::plan::{Note, Plan, Refusal};
use crate::quotas::{self, Planned, Reading, Rules};
use crate::session::{Ask, RunScope, Scope, Session, Writing};
use crate::state::State;
use plan::{Action, Births, Ends, Making, Terms};

const COMMAND: &str = "provision";

/// Runs the command.
pub(super) fn run(session: &Session, args: &ProvisionArgs) -> Result<Exit> {
    if !session.config.provisioning.enabled {
        session
            .report
            .say("provisioning.enabled is false: nothing to do");
        return Ok(Exit::Done);
    }
    let scope = Scope::read(&args.scope)?;
    session.writing(COMMAND, &args.write, |writing| {
        let mut reading = quotas::read(session, &writing.state, &scope)?;
        session.ensure_something_read()?;
        onboarding::recover(&writing.recovery(), &mut reading.customers)?;
        let mut decided = decide(session, writing, &reading)?;
        let ends = ends(session, &writing.state, &reading, args.allow_delete)?;
        decided.actions.extend(ends.actions);
        decided.notes.extend(ends.notes);
        decided.refusals.extend(ends.refusals);
        let in_line = decided.in_line.clone();
        let stopped = decided.stops_all();
        if !writing.dry_run() && !stopped {
            tenures::remember(&writing.state, ends.ticks)?;
        }
        let plan = Plan::new(COMMAND, decided.actions, decided.notes, decided.refusals);
        let unseen = std::mem::take(&mut decided.unseen);
        writing.track_pending(RunScope::of(scope.clone()).without(unseen));
        let exit = writing.carry_out(&plan, Ask::OnTerminal, |applying, consent, apply| {
            let provisioner = apply::Provisioner::new(applying, consent)?;
            Ok(apply(&provisioner))
        })?;
        if !writing.dry_run() {
            let approved = args.write.expect_plan.is_some();
            reading.sight.remember(&writing.state, approved)?;
        }
        if !writing.dry_run() && !stopped {
            for company in in_line {
                writing.state.set_lowering_approved(company, true)?;
            }
        }
        Ok(exit)
    })
}

/// Everything that was decided for one run.
#[derive(Debug, Default)]
struct Decided {
    actions: Vec<Action>,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
    in_line: Vec<CompanyId>,
    /// Companies about which nothing can be said this time.
    unseen: BTreeSet<CompanyId>,
}

impl Decided {
    fn stops_all(&self) -> bool {
        self.refusals
            .iter()
            .any(|refusal| refusal.scope == crate::plan::Scope::Run)
    }
}

fn decide(session: &Session, writing: &Writing<'_>, reading: &Reading<'_>) -> Result<Decided> {
    let state = &writing.state;
    let mut facts = reading.facts(session, state)?;
    quotas::recover(&writing.recovery(), &facts)?;
    let owed = state.owed_steps()?;
    let mut candidates = gather::candidates(session, state, reading, &facts.products)?;
    let config = &session.config.provisioning;
    let making = Making {
        automatic: config.automatic,
        setup: Setup::of(config),
    };
    let contacts = gather::contacts(
        session,
        reading,
        &mut candidates,
        making.automatic,
        owed.keys().copied(),
    )?;
    let Births {
        actions: births,
        notes: left,
        refusals,
    } = plan::births(&candidates, &gather::hosts(reading), making);
    let newcomers = gather::newcomers(session, reading, births);
    facts.customers.extend(newcomers.customers);
    facts.storages.extend(newcomers.storages);
    facts.notes.extend(newcomers.notes);
    facts.notes.extend(left);
    // What is said of a company that could get a tenant says more.
    let candidates: BTreeSet<CompanyId> = candidates.iter().map(|one| one.company.id).collect();
    facts.notes.retain(|note| {
        let company = note.company.as_ref().map(|party| party.id);
        note.kind != NOT_MAPPED || company.is_none_or(|id| !candidates.contains(&id))
    });
    let unfinished = unfinished(reading, &owed, &newcomers.actions);
    let (steps, notes) = onboarding::plan_steps(session, &reading.accounts, &contacts, &unfinished);
    facts.notes.extend(notes);
    let mut decided = Decided {
        refusals,
        unseen: reading.unseen(&facts),
        ..Decided::default()
    };
    let onboarding = newcomers.actions.into_iter().chain(steps);
    decided.actions.extend(onboarding.map(Action::Onboard));
    let planned = quotas::plan(&facts, &Rules::of(&session.config));
    quotas::note_undecided(session, &planned);
    let Planned {
        actions,
        notes,
        refusals,
        in_line,
        undecided: _,
    } = planned;
    decided
        .actions
        .extend(actions.into_iter().map(Action::Quota));
    decided.notes.extend(notes);
    decided.refusals.extend(refusals);
    decided.in_line = in_line;
    Ok(decided)
}

fn ends(
    session: &Session,
    state: &State,
    reading: &Reading<'_>,
    allow_delete: bool,
) -> Result<Ends> {
    let config = &session.config;
    let tenures = tenures::read(session, state, reading)?;
    let terms = Terms {
        after: config.provisioning.deprovision,
        allow_delete,
        today: session.today,
        whole: reading.scope.is_whole(),
        percent: config.limits.quota_lowered_percent,
        floor: config.limits.quota_lowered_min,
    };
    Ok(plan::ends(&tenures, &terms))
}

/// Customers with open steps: those that an earlier run left unfinished, and those made now.
fn unfinished(
    reading: &Reading<'_>,
    owed: &BTreeMap<CompanyId, Vec<Step>>,
    births: &[onboarding::Action],
) -> Vec<(Whom, Vec<Step>)> {
    let mut found = Vec::new();
    for linked in reading.customers.linked() {
        let link = linked.link;
        // Whoever made the tenant; one that was there before it was linked gets nothing new.
        let steps = owed
            .get(&link.company)
            .filter(|_| !link.existed_before && reading.scope.holds(link.company));
        let usable = linked.usable().ok().filter(|tenant| tenant.enabled);
        if let (Some(steps), Some(tenant)) = (steps, usable) {
            let whom = Whom {
                account: link.account.clone(),
                company: linked.party(),
                tenant: Some(tenant.id.clone()),
                tenant_name: tenant.name.clone(),
            };
            found.push((whom, steps.clone()));
        }
    }
    let born = births.iter().filter_map(onboarding::Action::newborn);
    let born = born.map(|(whom, steps)| (whom, steps.to_vec()));
    found.extend(born);
    found
}
