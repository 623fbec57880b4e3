//! A new tenant for a company.

use std::collections::BTreeSet;

use super::MappingProblem;
use super::facts::{CompanyFacts, Facts, TenantFacts, TenantRole};
use crate::domain::links::LinkedBy;
use crate::domain::names::same_in_database;
use crate::domain::ownership_tag::InternalTag;
use crate::onboarding::{
    self, AdoptedTenant, ContactDetails, LikelyTenant, NewCustomer, Setup, find_free_name,
    refuse_likely_match,
};
use crate::plan::{Refusal, Remark, RemarkKind};

/// What a new tenant is made with.
#[derive(Clone, Debug)]
pub(crate) struct CreationOptions<'a> {
    /// The partner or folder to make it under.
    pub(crate) parent: &'a TenantFacts,
    /// Instead of the company's own name.
    pub(crate) name: Option<&'a str>,
    /// Take the next free number when the name is taken.
    pub(crate) numbered: bool,
    pub(crate) contact: ContactDetails,
    /// What the configuration gives to new tenants.
    pub(crate) setup: Setup,
    /// What an earlier run made for this company.
    pub(crate) unfinished: Option<AdoptedTenant>,
}

/// The tenant that a name is taken by, and the name that is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameClash {
    pub(crate) taken: String,
    pub(crate) free: String,
    pub(crate) text: String,
}

/// What is decided about the tenant itself; the steps and quotas of a new one come from their own
/// rooms.
#[derive(Clone, Debug)]
pub(crate) struct PlannedTenant {
    pub(crate) action: onboarding::Action,
    pub(crate) remarks: Vec<Remark>,
    /// A tenant that may be the company's already.
    pub(crate) refusal: Option<Refusal>,
}

/// Makes a tenant for a company, or takes over the one that an earlier run made.
///
/// # Errors
/// When the company is linked, the parent holds no customers, several tenants bear the company's
/// mark, or its name is taken and no number was asked for.
pub(crate) fn plan_tenant(
    facts: &Facts,
    company: &CompanyFacts,
    making: CreationOptions<'_>,
) -> Result<PlannedTenant, MappingProblem> {
    if let Some(link) = facts.link_of(company.id) {
        return Err(MappingProblem::Refused(format!(
            "{company} is already linked to {} ({}/{}); no tenant is created",
            link.tenant_name, link.account, link.tenant
        )));
    }
    let account = making.parent.account.clone();
    let setup = making.setup;
    let (action, refusal) = match making.unfinished.clone() {
        Some(adopted) => {
            let pending_steps = setup.steps_of(&adopted);
            (
                onboarding::Action::Adopt {
                    adopted,
                    pending_steps,
                },
                None,
            )
        }
        None => {
            let likely = find_likely_tenants(facts, company, &making);
            let new = new_customer(facts, company, making)?;
            let refusal = refuse_likely_match(&new.company, &likely);
            let (new, pending_steps) = (Box::new(new), setup.list_steps());
            (onboarding::Action::Create { new, pending_steps }, refusal)
        }
    };
    let mut notes = facts.remarks.clone();
    if !company.active {
        notes.push(
            Remark::new(
                RemarkKind::CompanyInactive,
                company.name.clone(),
                "the company is inactive in Autotask".to_owned(),
            )
            .of_account(&account)
            .of_company(company.company_ref()),
        );
    }
    Ok(PlannedTenant {
        action,
        remarks: notes,
        refusal,
    })
}

/// Tenants that may be the company's, by its name and by the one that was given. Those of the very
/// name that is wanted were named already where a number was asked for or agreed to.
fn find_likely_tenants(
    facts: &Facts,
    company: &CompanyFacts,
    making: &CreationOptions<'_>,
) -> Vec<LikelyTenant> {
    let open = facts.open_tenants(facts.companies.values());
    let wanted = making.name.unwrap_or(&company.name).trim();
    let mut likely = open.find_likely(company.id, &company.name);
    for more in open.find_likely(company.id, wanted) {
        if likely.iter().all(|known| known.id != more.id) {
            likely.push(more);
        }
    }
    likely.retain(|one| !(making.numbered && is_numbered(&one.name, wanted)));
    likely
}

/// Whether a name is the wanted one, or that with a number ([`find_free_name`]).
fn is_numbered(name: &str, wanted: &str) -> bool {
    let plain = match name.rsplit_once(" /") {
        Some((plain, number)) if number.parse::<usize>().is_ok() => plain,
        Some(_) | None => name,
    };
    same_in_database(plain, wanted)
}

fn new_customer(
    facts: &Facts,
    company: &CompanyFacts,
    making: CreationOptions<'_>,
) -> Result<NewCustomer, MappingProblem> {
    let parent = making.parent;
    refuse_tagged(facts, company)?;
    holds_customers(parent)?;
    let wanted = making.name.unwrap_or(&company.name).trim();
    if wanted.is_empty() {
        return Err(MappingProblem::Usage(format!(
            "{company} has no name that a tenant can have; give one with --name"
        )));
    }
    let name = match find_name_clash(facts, parent, wanted) {
        None => wanted.to_owned(),
        Some(clash) if making.numbered => clash.free,
        Some(clash) => return Err(MappingProblem::Refused(clash.text)),
    };
    Ok(NewCustomer {
        account: parent.account.clone(),
        company: company.company_ref(),
        parent: parent.id.clone(),
        parent_name: parent.name.clone(),
        name,
        mark: facts.mark_of(company.id),
        contact: making.contact,
        how: LinkedBy::Created,
    })
}

/// Several tenants that bear the mark of one company: a person must say which is the right one.
fn refuse_tagged(facts: &Facts, company: &CompanyFacts) -> Result<(), MappingProblem> {
    let mark = InternalTag::Ours(facts.mark_of(company.id));
    let marked: Vec<String> = facts
        .linkable_tenants()
        .filter(|tenant| tenant.tag == mark)
        .map(ToString::to_string)
        .collect();
    if marked.is_empty() {
        return Ok(());
    }
    Err(MappingProblem::Refused(format!(
        "no tenant is created for {company}, because tenants already have its tag: {}; link the \
         company to the right one",
        marked.join(", ")
    )))
}

fn holds_customers(parent: &TenantFacts) -> Result<(), MappingProblem> {
    match &parent.kind {
        TenantRole::Parent(_) if parent.enabled => Ok(()),
        TenantRole::Parent(_) => Err(MappingProblem::Refused(format!(
            "{parent} is disabled, so no customer can be created in it"
        ))),
        TenantRole::Customer | TenantRole::Other(_) => Err(MappingProblem::Usage(format!(
            "{parent} is a {}; customers are created in a partner or a folder",
            parent.kind
        ))),
    }
}

/// The tenant that has this name, in any case, with the next free one. Names are looked at in the
/// whole account, because the sources disagree on where they must differ (acronis.md §3.1).
pub(crate) fn find_name_clash(
    facts: &Facts,
    parent: &TenantFacts,
    name: &str,
) -> Option<NameClash> {
    let lower = name.to_lowercase();
    let in_account = || {
        facts
            .tenants
            .iter()
            .filter(|tenant| tenant.account == parent.account)
    };
    let holder = in_account().find(|tenant| tenant.name.to_lowercase() == lower)?;
    let taken: BTreeSet<String> = in_account()
        .map(|tenant| tenant.name.to_lowercase())
        .collect();
    let free = find_free_name(name, &taken);
    let text = format!(
        "the name `{name}` is taken by the {} {holder} below {}: link the company to it, give \
         another --name, or use `{free}` with --numbered",
        holder.kind, holder.parent_name
    );
    Some(NameClash {
        taken: holder.to_string(),
        free,
        text,
    })
}
