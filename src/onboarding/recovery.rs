//! What became of links, tenants and their steps whose ends no run has heard: tenants and links as
//! they are now tell. For every command that reads customers.

use anyhow::Result;
use jiff::Timestamp;

use super::apply::plan_step;

use crate::acronis::{PricingMode, Tenant};
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::journal_action::JournalAction;
use crate::domain::links::{CustomerLink, LinkedBy, PendingStep};
use crate::domain::ownership_tag::{InternalTag, OwnershipTag};
use crate::gather::customers::CustomerDirectory;
use crate::gather::links::{LinkedPair, TenantEnd};
use crate::session::recovery::{Observation, Recovery};
use crate::state::State;
use crate::state::countdowns::Countdown;
use crate::state::journal::{Entry, Resolution};
use crate::state::state_changes::StateChange;

/// Settles what earlier runs left open about customers, and reads the links anew where that changed
/// them. What an account that could not be read would tell stays uncertain.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn recover_customers(
    recovery: &Recovery<'_>,
    customers: &mut CustomerDirectory,
) -> Result<()> {
    let mut changed = false;
    recovery.run(|entry| {
        let observed = observe_intent(recovery.state, customers, entry)?;
        changed |= observed.as_ref().is_some_and(|one| !one.effects.is_empty());
        Ok(observed)
    })?;
    if changed {
        customers.links = recovery.state.customer_links()?;
    }
    Ok(())
}

/// An entry with whom it is about.
struct UncertainCustomer<'a> {
    entry: &'a Entry,
    account: &'a AccountName,
    company: CompanyId,
    /// The link of the company, whatever tenant it leads to.
    own: Option<&'a LinkedPair<'a>>,
}

fn observe_intent(
    state: &State,
    customers: &CustomerDirectory,
    entry: &Entry,
) -> Result<Option<Observation>> {
    let (Some(account), Some(company)) = (&entry.intent.account, entry.intent.company) else {
        return Ok(None);
    };
    if !customers.trees.contains_key(account) {
        return Ok(None);
    }
    let linked = customers.linked_pairs();
    let case = UncertainCustomer {
        entry,
        account,
        company,
        own: linked.iter().find(|one| one.link.company == company),
    };
    Ok(match &entry.intent.action {
        JournalAction::CreateTenant { .. } => Some(case.observe_creation(customers)),
        JournalAction::AdoptTenant { .. } => Some(case.observe_adoption()),
        JournalAction::LinkCustomer { tenant } => case.observe_link(customers, tenant),
        JournalAction::NoteChanges => Some(case.observe_changed_names()),
        JournalAction::UnlinkCustomer { tenant, is_marked } => {
            case.observe_unlink(customers, tenant, *is_marked)
        }
        JournalAction::CompleteStep { step } => case
            .live()
            .map(|(_, tenant)| case.completed(state, tenant, *step))
            .transpose()?,
        JournalAction::DisableTenant => case
            .live()
            .map(|(link, tenant)| countdown_of_disabled(state, link, tenant, entry.at))
            .transpose()?,
        JournalAction::DeleteTenant => case.deleted(),
        JournalAction::SetQuota { .. }
        | JournalAction::CreateService { .. }
        | JournalAction::DecideItem { .. }
        | JournalAction::PostUnits
        | JournalAction::CreateTicket { .. }
        | JournalAction::ChangeTicket { .. }
        | JournalAction::WriteNote { .. }
        | JournalAction::DismissAlert { .. }
        | JournalAction::Other => None,
    })
}

impl UncertainCustomer<'_> {
    fn observe_creation(&self, customers: &CustomerDirectory) -> Observation {
        let mark = customers.tag_of_company(self.company);
        let marked = customers.tenants_tagged_for(self.company);
        match marked.iter().find(|(place, _)| *place == self.account) {
            Some((_, tenant)) => {
                let (name, id) = (&tenant.name, &tenant.id);
                let evidence = format!("tenant {name} ({id}) has the tag {mark}");
                Observation::when(true, evidence)
            }
            None => {
                let evidence = format!("no tenant of account {} has the tag {mark}", self.account);
                Observation::when(false, evidence)
            }
        }
    }

    fn observe_adoption(&self) -> Observation {
        let own = self.own.filter(|own| own.link.account == *self.account);
        Observation::when(own.is_some(), "the link tells".to_owned())
    }

    /// The mark goes first: a tenant that bears it is linked now.
    fn observe_link(
        &self,
        customers: &CustomerDirectory,
        wanted: &TenantId,
    ) -> Option<Observation> {
        if let Some(own) = self.own {
            return Some(
                if own.link.account == *self.account && own.link.tenant == *wanted {
                    let evidence = format!("the company is linked to tenant {wanted}");
                    Observation::when(true, evidence)
                } else {
                    let evidence =
                        format!("the company was linked to tenant {} since", own.link.tenant);
                    Observation::new(Resolution::Dismissed, evidence)
                },
            );
        }
        let marked = customers.tenants_tagged_for(self.company);
        let tenant = match marked.as_slice() {
            [(account, tenant)] if *account == self.account && tenant.id == *wanted => tenant,
            _ => {
                let evidence = format!(
                    "tenant {wanted} does not have acrotask's tag for the \
                                        company"
                );
                return Some(Observation::when(false, evidence));
            }
        };
        let mut links = customers.links.iter();
        if links.any(|link| link.account == *self.account && link.tenant == tenant.id) {
            let evidence = format!("tenant {wanted} was linked to another company since");
            return Some(Observation::new(Resolution::Dismissed, evidence));
        }
        let name = customers.companies.get(&self.company)?.name.clone();
        let (partner, partner_name) = customers.home_of(self.account, tenant);
        let link = CustomerLink {
            company: self.company,
            account: self.account.clone(),
            tenant: tenant.id.clone(),
            company_name: name,
            tenant_name: tenant.name.clone(),
            partner,
            partner_name,
            linked_at: self.entry.at,
            how: linked_by(&self.entry.intent.command),
            existed_before: true,
            lowering_approved: false,
        };
        let evidence = format!(
            "tenant {wanted} has acrotask's tag; the company is now linked to \
                                it"
        );
        Some(Observation::when(true, evidence).with(vec![StateChange::LinkCustomer(link)]))
    }

    /// Names are kept with the outcome or not at all.
    fn observe_changed_names(&self) -> Observation {
        Observation::when(
            false,
            "the link is unchanged; `map-customer link` saves the new names".to_owned(),
        )
    }

    /// The mark goes first: a tenant that lost it is forgotten now.
    fn observe_unlink(
        &self,
        customers: &CustomerDirectory,
        was: &TenantId,
        is_marked: bool,
    ) -> Option<Observation> {
        let same =
            |own: &&&LinkedPair<'_>| own.link.account == *self.account && own.link.tenant == *was;
        let Some(own) = self.own.as_ref().filter(same) else {
            let evidence = format!("the company is not linked to tenant {was} any more");
            return Some(Observation::when(true, evidence));
        };
        if own.link.linked_at > self.entry.at {
            let evidence = format!("the company was linked to tenant {was} again since");
            return Some(Observation::new(Resolution::Dismissed, evidence));
        }
        if !is_marked {
            let evidence = "nothing was to be written, and the link is there".to_owned();
            return Some(Observation::when(false, evidence));
        }
        let mark = customers.tag_of_company(self.company);
        let bears = match own.tenant {
            TenantEnd::Live(tenant) => {
                OwnershipTag::parse_internal_tag(tenant.internal_tag.as_deref())
                    == InternalTag::Ours(mark)
            }
            TenantEnd::Deleted(_) => false,
            // What cannot be seen says nothing.
            TenantEnd::Hidden | TenantEnd::Unknown => return None,
        };
        if bears {
            let evidence = format!("tenant {was} still has acrotask's tag");
            return Some(Observation::when(false, evidence));
        }
        let evidence = format!(
            "tenant {was} no longer has acrotask's tag; the link is removed \
                                now"
        );
        let effects = vec![StateChange::UnlinkCustomer(self.company)];
        Some(Observation::when(true, evidence).with(effects))
    }

    /// The tenant that is linked, where it is there, in the account of the entry.
    fn live(&self) -> Option<(&CustomerLink, &Tenant)> {
        let own = self.own.filter(|own| own.link.account == *self.account)?;
        match own.tenant {
            TenantEnd::Live(tenant) => Some((own.link, tenant)),
            TenantEnd::Deleted(_) | TenantEnd::Hidden | TenantEnd::Unknown => None,
        }
    }

    /// A step that is still to be done is done again, whatever became of it: what is there is left as
    /// it is.
    fn completed(&self, state: &State, tenant: &Tenant, step: PendingStep) -> Result<Observation> {
        let pending = state.pending_steps()?;
        let own = pending.get(&self.company);
        let is_pending = own.is_some_and(|steps| steps.contains(&step));
        let again = is_pending.then(|| plan_step(self.account, self.company, &tenant.name, step));
        Ok(completed(tenant, step).with(Vec::from_iter(again)))
    }

    /// What is only out of sight may be there: its deletion stays uncertain.
    fn deleted(&self) -> Option<Observation> {
        if let Some((_, tenant)) = self.live() {
            let evidence = format!("tenant {} is there", tenant.name);
            return Some(Observation::when(false, evidence));
        }
        let own = self.own.filter(|own| own.link.account == *self.account)?;
        let TenantEnd::Deleted(tenant) = own.tenant else {
            return None;
        };
        let day = tenant
            .deleted_at
            .map_or_else(String::new, |at| format!(" on {}", at.strftime("%Y-%m-%d")));
        let evidence = format!("tenant {} was deleted{day}", own.link.tenant_name);
        let gone = vec![
            StateChange::ResetClock(self.account.clone(), own.link.tenant.clone()),
            StateChange::UnlinkCustomer(self.company),
        ];
        Some(Observation::when(true, evidence).with(gone))
    }
}

fn linked_by(command: &str) -> LinkedBy {
    match command {
        "map-customer suggest" => LinkedBy::Suggestion,
        "map-customer import" => LinkedBy::Import,
        "map-customer recover" => LinkedBy::Recovered,
        _ => LinkedBy::Hand,
    }
}
fn completed(tenant: &Tenant, step: PendingStep) -> Observation {
    let name = &tenant.name;
    match step {
        PendingStep::Production => {
            let is_set = tenant.pricing_mode == Some(PricingMode::Production);
            let mode = tenant.pricing_mode.as_ref();
            let mode = mode.map_or_else(|| "unknown".to_owned(), ToString::to_string);
            Observation::when(is_set, format!("the mode of tenant {name} is {mode}"))
        }
        PendingStep::TwoFactor => {
            let status = tenant.mfa_status.clone().unwrap_or_default();
            // Users who have to set it up yet do so because it is on (acronis.md §3.9).
            let is_set = matches!(status.as_str(), "enabled" | "setup_required");
            Observation::when(
                is_set,
                format!("two-factor authentication of tenant {name} is {status:?}"),
            )
        }
        PendingStep::Administrator => {
            let evidence = "the step is still open and is done again; an existing user is kept";
            Observation::when(false, evidence.to_owned())
        }
    }
}

/// The clock of a tenant that was disabled goes on from `at`.
fn countdown_of_disabled(
    state: &State,
    link: &CustomerLink,
    tenant: &Tenant,
    at: Timestamp,
) -> Result<Observation> {
    let name = &tenant.name;
    if tenant.enabled {
        let evidence = format!("tenant {name} is enabled");
        return Ok(Observation::when(false, evidence));
    }
    let clocks = state.read_countdowns()?.into_iter();
    let own = clocks.filter(|clock| clock.account == link.account && clock.tenant == link.tenant);
    let known = own.map(|clock| {
        StateChange::SetClock(Box::new(Countdown {
            disabled_at: Some(at),
            ..clock
        }))
    });
    let evidence = format!("tenant {name} is disabled");
    Ok(Observation::when(true, evidence).with(known.collect()))
}
