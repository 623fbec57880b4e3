//! A new tenant for a company.

use std::collections::BTreeSet;

use super::Problem;
use super::action::Action;
use super::facts::{Company, Facts, Kind, Tenant};
use crate::domain::links::LinkedBy;
use crate::domain::mark::Tag;
use crate::onboarding::{Adopted, Card, NewCustomer, free_name};
use crate::plan::{Note, Plan};

/// What a new tenant is made with.
#[derive(Clone, Debug)]
pub(crate) struct Making<'a> {
    /// The partner or folder to make it under.
    pub(crate) parent: &'a Tenant,
    /// Instead of the company's own name.
    pub(crate) name: Option<&'a str>,
    /// Take the next free number when the name is taken.
    pub(crate) numbered: bool,
    pub(crate) contact: Card,
    /// What an earlier run made for this company.
    pub(crate) unfinished: Option<Adopted>,
}

/// The tenant that a name is taken by, and the name that is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) taken: String,
    pub(crate) free: String,
    pub(crate) text: String,
}

/// Makes a tenant for a company, or takes over the one that an earlier run made.
///
/// # Errors
/// When the company is linked, the parent holds no customers, several tenants bear the company's
/// mark, or its name is taken and no number was asked for.
pub(crate) fn create(
    facts: &Facts,
    company: &Company,
    making: Making<'_>,
) -> Result<Plan<Action>, Problem> {
    if let Some(link) = facts.link_of(company.id) {
        return Err(Problem::Refused(format!(
            "{company} is linked to {} ({}/{}) already; nothing is made",
            link.tenant_name, link.account, link.tenant
        )));
    }
    let account = making.parent.account.clone();
    let action = match making.unfinished.clone() {
        Some(adopted) => Action::Adopt(Box::new(adopted)),
        None => Action::Create(Box::new(new_customer(facts, company, making)?)),
    };
    let mut notes = facts.notes.clone();
    if !company.active {
        notes.push(Note {
            kind: "company-inactive",
            account: Some(account),
            company: Some(company.party()),
            subject: company.name.clone(),
            text: "the company is inactive in Autotask".to_owned(),
            needs_person: false,
        });
    }
    Ok(Plan::new("map-customer create", [action], notes, []))
}

fn new_customer(
    facts: &Facts,
    company: &Company,
    making: Making<'_>,
) -> Result<NewCustomer, Problem> {
    let parent = making.parent;
    contradicted(facts, company)?;
    holds_customers(parent)?;
    let wanted = making.name.unwrap_or(&company.name).trim();
    if wanted.is_empty() {
        return Err(Problem::Usage(format!(
            "{company} has no name that a tenant could have; give one with --name"
        )));
    }
    let name = match clash(facts, parent, wanted) {
        None => wanted.to_owned(),
        Some(clash) if making.numbered => clash.free,
        Some(clash) => return Err(Problem::Refused(clash.text)),
    };
    Ok(NewCustomer {
        account: parent.account.clone(),
        company: company.party(),
        parent: parent.id.clone(),
        parent_name: parent.name.clone(),
        name,
        mark: facts.mark(company.id),
        contact: making.contact,
        how: LinkedBy::Created,
    })
}

/// Several tenants that bear the mark of one company: none can be told to be the one.
fn contradicted(facts: &Facts, company: &Company) -> Result<(), Problem> {
    let mark = Tag::Ours(facts.mark(company.id));
    let marked: Vec<String> = facts
        .customers()
        .filter(|tenant| tenant.tag == mark)
        .map(ToString::to_string)
        .collect();
    if marked.is_empty() {
        return Ok(());
    }
    Err(Problem::Refused(format!(
        "nothing is made for {company}, because tenants bear its mark already: {}; link the company \
         to the right one",
        marked.join(", ")
    )))
}

fn holds_customers(parent: &Tenant) -> Result<(), Problem> {
    match &parent.kind {
        Kind::Parent(_) if parent.enabled => Ok(()),
        Kind::Parent(_) => Err(Problem::Refused(format!(
            "{parent} is disabled, so no customer can be made under it"
        ))),
        Kind::Customer | Kind::Other(_) => Err(Problem::Usage(format!(
            "{parent} is a {}; customers are made under a partner or a folder",
            parent.kind
        ))),
    }
}

/// The tenant that has this name, in any case, with the next free one. Names are looked at in the
/// whole account, because the sources disagree on where they must differ (acronis.md §3.1).
pub(crate) fn clash(facts: &Facts, parent: &Tenant, name: &str) -> Option<Clash> {
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
    let free = free_name(name, &taken);
    let text = format!(
        "the name `{name}` is taken by the {} {holder} below {}: link the company to it, give \
         another --name, or take `{free}` with --numbered",
        holder.kind, holder.parent_name
    );
    Some(Clash {
        taken: holder.to_string(),
        free,
        text,
    })
}
