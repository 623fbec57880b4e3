//! Which companies get a tenant, and what those get that have just got one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Action, Finish, Whom};
use crate::config::Mode;
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::{LinkedBy, Step};
use crate::domain::mark::Mark;
use crate::onboarding::{Adopted, Card, NewCustomer};
use crate::plan::{Note, Party};

/// A company that is not mapped, of a configured type, active, with a relevant contract.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) struct Candidate {
    pub(in crate::commands::provision) company: Party,
    /// The accounts whose services its contracts hold.
    pub(in crate::commands::provision) accounts: BTreeSet<AccountName>,
    pub(in crate::commands::provision) mark: Mark,
    pub(in crate::commands::provision) card: Card,
    /// The tenant that bears our mark for it, when exactly one does.
    pub(in crate::commands::provision) unfinished: Option<Adopted>,
    /// How many tenants bear our mark for it.
    pub(in crate::commands::provision) marked: usize,
    /// Customer tenants of its name, or with its id as customer id: account, name, id.
    pub(in crate::commands::provision) namesakes: Vec<(AccountName, String, TenantId)>,
    /// When a person unlinked it last.
    pub(in crate::commands::provision) unlinked: Option<Timestamp>,
}

/// Where new customers of an account go, or why they cannot.
pub(in crate::commands::provision) type Hosts = BTreeMap<AccountName, Result<Place, String>>;

/// A partner or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) struct Place {
    pub(in crate::commands::provision) id: TenantId,
    pub(in crate::commands::provision) name: String,
}

/// What the configuration gives to new tenants.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) struct Making {
    pub(in crate::commands::provision) automatic: bool,
    pub(in crate::commands::provision) mode: Mode,
    pub(in crate::commands::provision) two_factor: bool,
    pub(in crate::commands::provision) administrator: bool,
}

impl Making {
    /// What a new tenant gets besides its quotas.
    fn owes(&self) -> Vec<Step> {
        let mut owes = Vec::new();
        if self.two_factor {
            owes.push(Step::TwoFactor);
        }
        match self.mode {
            Mode::Production => owes.push(Step::Production),
            Mode::Trial => {}
        }
        if self.administrator {
            owes.push(Step::Administrator);
        }
        owes
    }
}

/// The tenants to be made, and the companies that get none, with what a person can do.
pub(in crate::commands::provision) fn births(
    candidates: &[Candidate],
    hosts: &Hosts,
    making: &Making,
) -> (Vec<Action>, Vec<Note>) {
    let doubled = doubled(candidates);
    let (mut actions, mut notes) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match birth(candidate, hosts, making) {
            Ok(Action::Create { .. }) if doubled.contains(&candidate.company.id) => {
                let text = format!(
                    "another company of the same name gets a tenant in this run; make this one by hand: acrotask map-customer create {}",
                    candidate.company.id
                );
                notes.push(*left(candidate, "name-taken", text));
            }
            Ok(action) => actions.push(action),
            Err(note) => notes.push(*note),
        }
    }
    (actions, notes)
}

/// The action that gives a company its tenant.
///
/// # Errors
/// A note that says why none is made, and what to do.
fn birth(candidate: &Candidate, hosts: &Hosts, making: &Making) -> Result<Action, Box<Note>> {
    let id = candidate.company.id;
    if candidate.marked > 1 {
        let text = format!(
            "{} tenants bear our mark for this company; link the right one: acrotask map-customer link {id} TENANT",
            candidate.marked
        );
        return Err(left(candidate, "marks-doubled", text));
    }
    if !making.automatic {
        return Err(left(candidate, "not-mapped", by_hand(candidate)));
    }
    if let Some(adopted) = &candidate.unfinished {
        return Ok(Action::Adopt {
            adopted: adopted.clone(),
            owes: making.owes(),
        });
    }
    if let Some(when) = candidate.unlinked {
        let text = format!(
            "it was unlinked on {}, so no tenant is made without a person: acrotask map-customer link {id} TENANT, or acrotask map-customer create {id}",
            when.strftime("%Y-%m-%d")
        );
        return Err(left(candidate, "unlinked-before", text));
    }
    if let Some((account, name, tenant)) = candidate.namesakes.first() {
        let text = format!(
            "account {account} has a tenant {name} already, so none is made: acrotask map-customer link {id} {tenant} if it is the same customer, or acrotask map-customer create {id} if not"
        );
        return Err(left(candidate, "name-taken", text));
    }
    let (account, place) = place(candidate, hosts)?;
    Ok(Action::Create {
        new: NewCustomer {
            account: account.clone(),
            company: candidate.company.clone(),
            parent: place.id.clone(),
            parent_name: place.name.clone(),
            name: candidate.company.name.clone(),
            mark: candidate.mark,
            contact: candidate.card.clone(),
            how: LinkedBy::Provisioned,
        },
        owes: making.owes(),
    })
}

fn by_hand(candidate: &Candidate) -> String {
    let id = candidate.company.id;
    if let Some(adopted) = &candidate.unfinished {
        return format!(
            "tenant {} ({}) bears our mark for it: acrotask map-customer recover",
            adopted.tenant_name, adopted.tenant
        );
    }
    let link = match candidate.namesakes.first() {
        Some((_, name, tenant)) => {
            format!("acrotask map-customer link {id} {tenant} (tenant {name})")
        }
        None => format!("acrotask map-customer link {id} TENANT"),
    };
    format!(
        "it has a contract for mapped services and no tenant: acrotask map-customer create {id}, or {link}"
    )
}

fn place<'p>(
    candidate: &'p Candidate,
    hosts: &'p Hosts,
) -> Result<(&'p AccountName, &'p Place), Box<Note>> {
    let mut accounts = candidate.accounts.iter();
    let (Some(account), None) = (accounts.next(), accounts.next()) else {
        let names: Vec<&str> = candidate.accounts.iter().map(AccountName::as_str).collect();
        let text = format!(
            "its contracts hold services of several accounts ({}), so no tenant is made: acrotask map-customer create {} --account NAME",
            names.join(", "),
            candidate.company.id
        );
        return Err(left(candidate, "several-accounts", text));
    };
    match hosts.get(account) {
        Some(Ok(place)) => Ok((account, place)),
        Some(Err(why)) => Err(left(candidate, "no-place", why.clone())),
        None => {
            let text = format!("account {account} was not read, so no tenant is made this time");
            Err(left(candidate, "account-unreadable", text))
        }
    }
}

fn left(candidate: &Candidate, kind: &'static str, text: String) -> Box<Note> {
    let mut accounts = candidate.accounts.iter();
    let only = accounts.next().filter(|_| accounts.next().is_none());
    Box::new(Note {
        kind,
        account: only.cloned(),
        company: Some(candidate.company.clone()),
        subject: candidate.company.name.clone(),
        text,
        needs_person: true,
    })
}

/// The steps that a customer is still owed, as actions.
///
/// # Errors
/// One note for each step that a person has to do.
pub(in crate::commands::provision) fn finishing(
    whom: &Whom,
    steps: &[Step],
    administrator: Option<&Result<Finish, String>>,
) -> Vec<Result<Action, Box<Note>>> {
    let finish = |finish: Finish| {
        Ok(Action::Finish {
            whom: whom.clone(),
            finish,
        })
    };
    let refused = |text: String| {
        Err(Box::new(Note {
            kind: "administrator-by-hand",
            account: Some(whom.account.clone()),
            company: Some(whom.company.clone()),
            subject: whom.tenant_name.clone(),
            text,
            needs_person: true,
        }))
    };
    steps
        .iter()
        .map(|step| match (step, administrator) {
            (Step::TwoFactor, _) => finish(Finish::TwoFactor),
            (Step::Production, _) => finish(Finish::Production),
            (Step::Administrator, Some(Ok(administrator))) => finish(administrator.clone()),
            (Step::Administrator, Some(Err(why))) => refused(why.clone()),
            (Step::Administrator, None) => {
                refused("provisioning.administrator is \"none\" by now, so none is made".to_owned())
            }
        })
        .collect()
}

/// Names in the form in which they are compared.
pub(in crate::commands::provision) fn normal(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Of several newcomers of one name only the first gets a tenant in a run; the name decides nothing.
fn doubled(candidates: &[Candidate]) -> BTreeSet<CompanyId> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    candidates
        .iter()
        .filter(|candidate| !seen.insert(normal(&candidate.company.name)))
        .map(|candidate| candidate.company.id)
        .collect()
}
