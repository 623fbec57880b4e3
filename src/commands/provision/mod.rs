//! `provision`: contracts in Autotask become tenants and quotas in Acronis.

mod apply;
mod contract_history;
mod gather;
mod offboarding;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::cli::ProvisionArgs;
use crate::domain::ids::CompanyId;
use crate::domain::links::PendingStep;
use crate::exit::Exit;
use crate::gather::company_names::NOT_MAPPED;
use crate::gather::setup_gaps;
use crate::onboarding::{self, Setup, UnfinishedCustomer};
use crate::plan::{Plan, Refusal, Remark};
use crate::quotas::{self, Planned, QuotaReading, Rules};
use crate::session::{Confirmation, RunScope, Scope, Session, WriteRun};
use crate::state::State;
use plan::{Action, CreationRules, NewTenants, OffboardingPlan, OffboardingRules};

const COMMAND: &str = "provision";

/// Runs the command.
pub(super) fn run(session: &Session, args: &ProvisionArgs) -> Result<Exit> {
    if !session.config.provisioning.enabled {
        session
            .report
            .print_progress("provisioning.enabled is false: nothing to do");
        return Ok(Exit::Done);
    }
    let scope = Scope::from_args(&args.scope)?;
    session.run_writing_command(COMMAND, &args.write, |writing| {
        writing.explain_idleness(setup_gaps::read_reasons(&writing.state, true)?);
        let mut reading = quotas::read_quotas(session, &writing.state, &scope)?;
        session.ensure_something_read()?;
        onboarding::recover_customers(&writing.recovery(), &mut reading.customers)?;
        let mut decided = decide_run(session, writing, &reading)?;
        let ends = decide_offboarding(session, &writing.state, &reading, args.allow_delete)?;
        decided.actions.extend(ends.actions);
        decided.remarks.extend(ends.remarks);
        decided.refusals.extend(ends.refusals);
        let in_line = decided.matches_contract.clone();
        let stopped = decided.stops_all();
        if !writing.dry_run() && !stopped {
            contract_history::save_countdowns(&writing.state, ends.countdown_changes)?;
        }
        let plan = Plan::new(COMMAND, decided.actions, decided.remarks, decided.refusals);
        let unseen = std::mem::take(&mut decided.unread_companies);
        writing.track_pending(RunScope::of(scope.clone()).without(unseen));
        let exit = writing.carry_out(
            &plan,
            Confirmation::OnTerminal,
            |applying, consent, apply| {
                let provisioner = apply::ProvisionExecutor::new(applying, consent)?;
                Ok(apply(&provisioner))
            },
        )?;
        if !writing.dry_run() {
            let approved = args.write.expect_plan.is_some();
            reading
                .sight
                .save_seen_contracts(&writing.state, approved)?;
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
struct ProvisionDecisions {
    actions: Vec<Action>,
    remarks: Vec<Remark>,
    refusals: Vec<Refusal>,
    matches_contract: Vec<CompanyId>,
    /// Companies about which nothing can be said this time.
    unread_companies: BTreeSet<CompanyId>,
}

impl ProvisionDecisions {
    fn stops_all(&self) -> bool {
        self.refusals
            .iter()
            .any(|refusal| refusal.scope == crate::plan::Reach::Run)
    }
}

fn decide_run(
    session: &Session,
    writing: &WriteRun<'_>,
    reading: &QuotaReading<'_>,
) -> Result<ProvisionDecisions> {
    let state = &writing.state;
    let mut facts = reading.read_facts(session, state)?;
    quotas::recover_quotas(&writing.recovery(), &facts)?;
    let pending_steps = state.pending_steps()?;
    let mut candidates = gather::find_candidates(session, state, reading, &facts.products)?;
    let config = &session.config.provisioning;
    let making = CreationRules {
        automatic: config.automatic,
        setup: Setup::from_config(config),
    };
    let contacts = gather::read_contacts(
        session,
        reading,
        &mut candidates,
        making.automatic,
        pending_steps.keys().copied(),
    )?;
    let NewTenants {
        actions: new_tenants,
        remarks: left,
        refusals,
    } = plan::plan_new_tenants(&candidates, &gather::find_home_partners(reading), making);
    let new_customers = gather::read_new_customers(session, reading, new_tenants);
    facts.customers.extend(new_customers.customers);
    facts.storages.extend(new_customers.storages);
    facts.remarks.extend(new_customers.remarks);
    facts.remarks.extend(left);
    // What is said of a company that could get a tenant says more.
    let candidates: BTreeSet<CompanyId> = candidates.iter().map(|one| one.company.id).collect();
    facts.remarks.retain(|note| {
        let company = note.company.as_ref().map(|party| party.id);
        note.kind != NOT_MAPPED || company.is_none_or(|id| !candidates.contains(&id))
    });
    let unfinished = customers_with_pending_steps(reading, &pending_steps, &new_customers.actions);
    let accounts = &reading.accounts;
    let unfinished = onboarding::read_login_contacts(session, accounts, &contacts, unfinished);
    let (steps, notes) = onboarding::plan_steps(&unfinished, config);
    facts.remarks.extend(notes);
    let mut decided = ProvisionDecisions {
        refusals,
        unread_companies: reading.unread_companies(&facts),
        ..ProvisionDecisions::default()
    };
    let onboarding = new_customers.actions.into_iter().chain(steps);
    decided.actions.extend(onboarding.map(Action::Onboard));
    let planned = quotas::plan(&facts, &Rules::from_config(&session.config));
    quotas::remark_on_undecided(session, &planned);
    let Planned {
        actions,
        remarks: notes,
        refusals,
        matches_contract,
        undecided: _,
    } = planned;
    decided
        .actions
        .extend(actions.into_iter().map(Action::Quota));
    decided.remarks.extend(notes);
    decided.refusals.extend(refusals);
    decided.matches_contract = matches_contract;
    Ok(decided)
}

fn decide_offboarding(
    session: &Session,
    state: &State,
    reading: &QuotaReading<'_>,
    allow_delete: bool,
) -> Result<OffboardingPlan> {
    let config = &session.config;
    let histories = contract_history::read_contract_histories(session, state, reading)?;
    let terms = OffboardingRules {
        after: config.provisioning.deprovision,
        allow_delete,
        today: session.today,
        covers_everything: reading.scope.is_whole(),
        percent: config.limits.quota_lowered_percent,
        floor: config.limits.quota_lowered_min,
    };
    Ok(plan::plan_offboarding(&histories, &terms))
}

/// Customers with open steps: those that an earlier run left unfinished, and those made now.
fn customers_with_pending_steps(
    reading: &QuotaReading<'_>,
    pending_steps: &BTreeMap<CompanyId, Vec<PendingStep>>,
    new_tenants: &[onboarding::Action],
) -> Vec<UnfinishedCustomer> {
    let mut found = Vec::new();
    for linked in reading.customers.linked_pairs() {
        let link = linked.link;
        // Whoever made the tenant; one that was there before it was linked gets nothing new.
        let steps = pending_steps
            .get(&link.company)
            .filter(|_| !link.existed_before && reading.is_provisioned(link.company));
        let usable = linked.usable_tenant().ok().filter(|tenant| tenant.enabled);
        if let (Some(steps), Some(tenant)) = (steps, usable) {
            found.push(UnfinishedCustomer {
                whom: gather::customer_of_link(&linked, tenant),
                steps: steps.clone(),
                contact: None,
            });
        }
    }
    let new = new_tenants.iter();
    found.extend(new.filter_map(onboarding::Action::new_customer));
    found
}
