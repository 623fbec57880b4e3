//! `provision`: contracts in Autotask become tenants and quotas in Acronis.

mod apply;
mod ending;
mod gather;
mod plan;
mod tenures;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::cli::ProvisionArgs;
use crate::config::Administrator;
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::{LinkedBy, Step};
use crate::exit::Exit;
use crate::gather::company_names::NOT_MAPPED;
use crate::onboarding;
use crate::plan::{Note, Plan, Refusal};
use crate::quotas::{self, Planned, Reading, Rules};
use crate::session::{Account, Ask, RunScope, Scope, Session, Writing};
use crate::state::State;
use plan::{Action, Ends, Finish, Making, Terms, Whom};

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
    let making = making(session);
    // By hand nobody gets a tenant, so that only those who are owed something need a contact.
    let newborn = if making.automatic {
        candidates.as_mut_slice()
    } else {
        &mut []
    };
    let contacts = gather::contacts(session, reading, newborn, owed.keys().copied())?;
    let (births, left) = plan::births(&candidates, &gather::hosts(reading), &making);
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
    let mut decided = Decided {
        unseen: reading.unseen(&facts),
        ..Decided::default()
    };
    finish(
        session,
        reading,
        &contacts,
        unfinished(reading, &owed, &newcomers.actions),
        &mut decided,
    );
    decided.actions.extend(newcomers.actions);
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

/// The open steps of customers; no login is given twice.
fn finish(
    session: &Session,
    reading: &Reading<'_>,
    contacts: &gather::Contacts,
    unfinished: Vec<(Whom, Vec<Step>)>,
    decided: &mut Decided,
) {
    let mut logins: BTreeSet<String> = BTreeSet::new();
    for (whom, steps) in unfinished {
        let Some(account) = account(reading, &whom.account) else {
            continue;
        };
        let mut administrator = steps
            .contains(&Step::Administrator)
            .then(|| gather::administrator(session, account, &whom, contacts))
            .flatten();
        if let Some(Ok(Finish::Administrator { login, .. })) = &administrator
            && !logins.insert(login.to_lowercase())
        {
            let why =
                format!("no administrator is made: the login {login} goes to another new customer");
            administrator = Some(Err(why));
        }
        for step in plan::finishing(&whom, &steps, administrator.as_ref()) {
            match step {
                Ok(action) => decided.actions.push(action),
                Err(note) => decided.notes.push(*note),
            }
        }
    }
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

fn making(session: &Session) -> Making {
    let config = &session.config.provisioning;
    Making {
        automatic: config.automatic,
        mode: config.mode,
        two_factor: config.two_factor,
        administrator: config.administrator != Administrator::None,
    }
}

/// Customers with open steps: those that an earlier run left unfinished, and those made now.
fn unfinished(
    reading: &Reading<'_>,
    owed: &BTreeMap<CompanyId, Vec<Step>>,
    births: &[Action],
) -> Vec<(Whom, Vec<Step>)> {
    let mut found = Vec::new();
    for linked in reading.customers.linked() {
        let link = linked.link;
        let steps = owed
            .get(&link.company)
            // A link made by hand since then owes nothing.
            .filter(|_| link.how == LinkedBy::Provisioned && reading.scope.holds(link.company));
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
    let born = births.iter().filter_map(|action| match action {
        Action::Create { new, owes } => Some((
            Whom {
                account: new.account.clone(),
                company: new.company.clone(),
                tenant: None,
                tenant_name: new.name.clone(),
            },
            owes.clone(),
        )),
        Action::Adopt { adopted, owes } => Some((
            Whom {
                account: adopted.account.clone(),
                company: adopted.company.clone(),
                tenant: Some(adopted.tenant.clone()),
                tenant_name: adopted.tenant_name.clone(),
            },
            owes.clone(),
        )),
        Action::Finish { .. }
        | Action::Quota(_)
        | Action::Disable { .. }
        | Action::Delete { .. } => None,
    });
    found.extend(born);
    found
}

fn account<'r>(reading: &'r Reading<'_>, name: &AccountName) -> Option<&'r Account> {
    let mut accounts = reading.accounts.iter().copied();
    accounts.find(|account| account.name == *name)
}
