//! What became of links, tenants and their steps whose ends no run has heard: tenants and links as
//! they are now tell. For every command that reads customers.

use anyhow::Result;
use jiff::Timestamp;

use super::unfinished::CREATE;
use crate::acronis::{PricingMode, Tenant};
use crate::domain::ids::{AccountName, CompanyId};
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::domain::mark::{Mark, Tag};
use crate::gather::customers::Customers;
use crate::gather::links::{Linked, TenantEnd};
use crate::session::recovery::{Observation, Recovery};
use crate::state::State;
use crate::state::clocks::Clock;
use crate::state::effects::Effect;
use crate::state::journal::{Entry, Resolution};

/// Settles what earlier runs left open about customers, and reads the links anew where that changed
/// them. What an account that could not be read would tell stays uncertain.
///
/// # Errors
/// When the state cannot be read or written.
pub(crate) fn recover(recovery: &Recovery<'_>, customers: &mut Customers) -> Result<()> {
    let mut changed = false;
    recovery.run(|entry| {
        let observed = observe(recovery.state, customers, entry)?;
        changed |= observed.as_ref().is_some_and(|one| !one.effects.is_empty());
        Ok(observed)
    })?;
    if changed {
        customers.links = recovery.state.customer_links()?;
    }
    Ok(())
}

/// An entry with whom it is about.
struct Case<'a> {
    entry: &'a Entry,
    account: &'a AccountName,
    company: CompanyId,
    /// The link of the company, whatever tenant it leads to.
    own: Option<&'a Linked<'a>>,
}

fn observe(state: &State, customers: &Customers, entry: &Entry) -> Result<Option<Observation>> {
    let (Some(account), Some(company)) = (&entry.intent.account, entry.intent.company) else {
        return Ok(None);
    };
    if !customers.trees.contains_key(account) {
        return Ok(None);
    }
    let linked = customers.linked();
    let case = Case {
        entry,
        account,
        company,
        own: linked.iter().find(|one| one.link.company == company),
    };
    Ok(match entry.intent.kind.as_str() {
        CREATE => Some(case.created(customers)),
        "adopt-tenant" => Some(case.adopted()),
        "link-customer" => case.linked(customers),
        "note-changes" => Some(case.noted()),
        "unlink-customer" => case.unlinked(customers),
        _ => case.step(state)?,
    })
}

impl Case<'_> {
    fn created(&self, customers: &Customers) -> Observation {
        let mark = customers.mark(self.company);
        let marked = customers.marked(self.company);
        match marked.iter().find(|(place, _)| *place == self.account) {
            Some((_, tenant)) => {
                let (name, id) = (&tenant.name, &tenant.id);
                let evidence = format!("tenant {name} ({id}) bears the mark {mark}");
                Observation::when(true, evidence)
            }
            None => {
                let evidence = format!(
                    "no tenant of account {} bears the mark {mark}",
                    self.account
                );
                Observation::when(false, evidence)
            }
        }
    }

    fn adopted(&self) -> Observation {
        let own = self.own.filter(|own| own.link.account == *self.account);
        Observation::when(own.is_some(), "the link tells".to_owned())
    }

    /// The mark goes first: a tenant that bears it is linked now.
    fn linked(&self, customers: &Customers) -> Option<Observation> {
        let wanted = self.tenant("after")?;
        if let Some(own) = self.own {
            return Some(
                if own.link.account == *self.account && is(&wanted, own.link) {
                    let evidence = format!("the company is linked to tenant {wanted}");
                    Observation::when(true, evidence)
                } else {
                    let evidence =
                        format!("the company was linked to tenant {} since", own.link.tenant);
                    Observation::new(Resolution::Dismissed, evidence)
                },
            );
        }
        let marked = customers.marked(self.company);
        let tenant = match marked.as_slice() {
            [(account, tenant)] if *account == self.account && tenant.id.as_str() == wanted => {
                tenant
            }
            _ => {
                let evidence = format!("tenant {wanted} does not bear our mark for the company");
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
        let evidence = format!("tenant {wanted} bears our mark; the company is linked to it now");
        Some(Observation::when(true, evidence).with(vec![Effect::LinkCustomer(link)]))
    }

    /// Names are kept with the outcome or not at all.
    fn noted(&self) -> Observation {
        Observation::when(
            false,
            "the link is as it was, and noted again on demand".to_owned(),
        )
    }

    /// The mark goes first: a tenant that lost it is forgotten now.
    fn unlinked(&self, customers: &Customers) -> Option<Observation> {
        let was = self.tenant("before")?;
        let same = |own: &&&Linked<'_>| own.link.account == *self.account && is(&was, own.link);
        let Some(own) = self.own.as_ref().filter(same) else {
            let evidence = format!("the company is not linked to tenant {was} any more");
            return Some(Observation::when(true, evidence));
        };
        if own.link.linked_at > self.entry.at {
            let evidence = format!("the company was linked to tenant {was} again since");
            return Some(Observation::new(Resolution::Dismissed, evidence));
        }
        if self.entry.intent.payload["before"]["mark"].is_null() {
            let evidence = "nothing was to be written, and the link is there".to_owned();
            return Some(Observation::when(false, evidence));
        }
        let mark = customers.mark(self.company);
        let bears = match own.tenant {
            TenantEnd::Live(tenant) => {
                Mark::read(tenant.internal_tag.as_deref()) == Tag::Ours(mark)
            }
            TenantEnd::Deleted(_) => false,
            // What cannot be seen says nothing.
            TenantEnd::Hidden | TenantEnd::Unknown => return None,
        };
        if bears {
            let evidence = format!("tenant {was} bears our mark still");
            return Some(Observation::when(false, evidence));
        }
        let evidence = format!("tenant {was} bears our mark no more; the link is forgotten now");
        let effects = vec![Effect::UnlinkCustomer(self.company)];
        Some(Observation::when(true, evidence).with(effects))
    }

    /// The id of the tenant on one side of the entry, where it stands as `Name (id)`.
    fn tenant(&self, side: &str) -> Option<String> {
        let shown = self.entry.intent.payload[side]["tenant"].as_str()?;
        let (_, id) = shown.strip_suffix(')')?.rsplit_once('(')?;
        Some(id.to_owned())
    }

    /// A step of a tenant that is linked. What still has to be done is planned again.
    fn step(&self, state: &State) -> Result<Option<Observation>> {
        let own = self.own.filter(|own| own.link.account == *self.account);
        let Some(own) = own else { return Ok(None) };
        match own.tenant {
            TenantEnd::Live(tenant) => alive(state, self.entry, own.link, tenant),
            // What is only out of sight may be there: its deletion stays uncertain.
            TenantEnd::Deleted(tenant) if self.entry.intent.kind == "delete-tenant" => {
                let day = tenant
                    .deleted_at
                    .map_or_else(String::new, |at| format!(" on {}", at.strftime("%Y-%m-%d")));
                let evidence = format!("tenant {} was deleted{day}", own.link.tenant_name);
                let gone = vec![
                    Effect::ResetClock(self.account.clone(), own.link.tenant.clone()),
                    Effect::UnlinkCustomer(self.company),
                ];
                Ok(Some(Observation::when(true, evidence).with(gone)))
            }
            TenantEnd::Deleted(_) | TenantEnd::Hidden | TenantEnd::Unknown => Ok(None),
        }
    }
}

fn is(id: &str, link: &CustomerLink) -> bool {
    link.tenant.as_str() == id
}

fn linked_by(command: &str) -> LinkedBy {
    match command {
        "map-customer suggest" => LinkedBy::Suggestion,
        "map-customer import" => LinkedBy::Import,
        "map-customer recover" => LinkedBy::Recovered,
        _ => LinkedBy::Hand,
    }
}

fn alive(
    state: &State,
    entry: &Entry,
    link: &CustomerLink,
    tenant: &Tenant,
) -> Result<Option<Observation>> {
    let name = &tenant.name;
    Ok(Some(match entry.intent.kind.as_str() {
        "set-mode" => {
            let is_set = tenant.pricing_mode == Some(PricingMode::Production);
            let mode = tenant.pricing_mode.as_ref();
            let mode = mode.map_or_else(|| "unknown".to_owned(), ToString::to_string);
            Observation::when(is_set, format!("the mode of tenant {name} is {mode}"))
        }
        "set-two-factor" => {
            let status = tenant.mfa_status.clone().unwrap_or_default();
            // Users who have to set it up yet do so because it is on (acronis.md §3.9).
            let is_set = matches!(status.as_str(), "enabled" | "setup_required");
            Observation::when(is_set, format!("two-factor of tenant {name} is {status:?}"))
        }
        "create-administrator" => {
            let evidence = "the step is open still and is done again; a user that is there is kept";
            Observation::when(false, evidence.to_owned())
        }
        "delete-tenant" => Observation::when(false, format!("tenant {name} is there")),
        "disable-tenant" if tenant.enabled => {
            Observation::when(false, format!("tenant {name} is enabled"))
        }
        "disable-tenant" => {
            let evidence = format!("tenant {name} is disabled");
            Observation::when(true, evidence).with(disabled(state, link, entry.at)?)
        }
        _ => return Ok(None),
    }))
}

/// The clock of a tenant that was disabled at `at`.
fn disabled(state: &State, link: &CustomerLink, at: Timestamp) -> Result<Vec<Effect>> {
    let clocks = state.clocks()?.into_iter();
    let own = clocks.filter(|clock| clock.account == link.account && clock.tenant == link.tenant);
    let known = own.map(|clock| {
        Effect::SetClock(Box::new(Clock {
            disabled_at: Some(at),
            ..clock
        }))
    });
    Ok(known.collect())
}
