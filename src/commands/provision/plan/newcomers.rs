//! Which companies get a tenant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::LinkedBy;
use crate::domain::mark::Mark;
use crate::onboarding::{Action, Adopted, Card, LikelyTenant, NewCustomer, Setup, likely_match};
use crate::plan::{Note, Party, Refusal, Scope};

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
    /// Tenants whose names are like its own, the most alike first.
    pub(in crate::commands::provision) likely: Vec<LikelyTenant>,
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

/// Whether and how new tenants are made.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands::provision) struct Making {
    pub(in crate::commands::provision) automatic: bool,
    pub(in crate::commands::provision) setup: Setup,
}

impl Candidate {
    /// Whether a person asked for a tenant that a run could not finish.
    fn was_begun(&self) -> bool {
        let unfinished = self.unfinished.as_ref();
        unfinished.is_some_and(|adopted| !adopted.existed_before)
    }

    /// Whether the company may get a tenant in this run.
    pub(in crate::commands::provision) fn may_get_one(&self, automatic: bool) -> bool {
        automatic || self.was_begun()
    }
}

/// What is decided about companies without a tenant.
#[derive(Debug, Default)]
pub(in crate::commands::provision) struct Births {
    pub(in crate::commands::provision) actions: Vec<Action>,
    pub(in crate::commands::provision) notes: Vec<Note>,
    pub(in crate::commands::provision) refusals: Vec<Refusal>,
}

/// Why a company gets no tenant.
#[derive(Debug)]
enum Withheld {
    /// Something is missing, or it is not wanted.
    Told(Box<Note>),
    /// A person has to decide.
    Refused(Box<Refusal>),
}

/// The tenants to be made, and the companies that get none, with what a person can do.
pub(in crate::commands::provision) fn births(
    candidates: &[Candidate],
    hosts: &Hosts,
    making: Making,
) -> Births {
    let doubled = doubled(candidates);
    let mut births = Births::default();
    for candidate in candidates {
        match birth(candidate, hosts, making) {
            Ok(Action::Create { .. }) if doubled.contains(&candidate.company.id) => {
                let text = format!(
                    "another company of the same name gets a tenant in this run; create this one \
                     by hand: acrotask map-customer create {}",
                    candidate.company.id
                );
                births.refusals.push(name_taken(candidate, &text));
            }
            Ok(action) => {
                if let Action::Create { new, .. } = &action {
                    let held = likely_match(&new.company, &candidate.likely);
                    births.refusals.extend(held);
                }
                births.actions.push(action);
            }
            Err(Withheld::Told(note)) => births.notes.push(*note),
            Err(Withheld::Refused(refusal)) => births.refusals.push(*refusal),
        }
    }
    births
}

/// The action that gives a company its tenant.
///
/// # Errors
/// Why none is made, and what to do.
fn birth(candidate: &Candidate, hosts: &Hosts, making: Making) -> Result<Action, Withheld> {
    let id = candidate.company.id;
    if candidate.marked > 1 {
        let text = format!(
            "{} tenants have acrotask's tag for this company; link the right one: acrotask \
             map-customer link {id} TENANT",
            candidate.marked
        );
        return Err(left(candidate, "marks-doubled", text));
    }
    if !candidate.may_get_one(making.automatic) {
        return Err(left(candidate, "not-mapped", by_hand(candidate)));
    }
    if let Some(adopted) = &candidate.unfinished {
        return Ok(Action::Adopt {
            adopted: adopted.clone(),
            owes: making.setup.steps_of(adopted),
        });
    }
    if let Some(when) = candidate.unlinked {
        let text = unlinked_before(candidate, when);
        return Err(left(candidate, "unlinked-before", text));
    }
    if let Some((account, name, tenant)) = candidate.namesakes.first() {
        let text = format!(
            "account {account} already has a tenant {name}, so none is created: acrotask \
             map-customer link {id} {tenant} if it is the same customer, or acrotask map-customer \
             create {id} if not"
        );
        return Err(Withheld::Refused(Box::new(name_taken(candidate, &text))));
    }
    let (account, place) = place(candidate, hosts)?;
    Ok(Action::Create {
        new: Box::new(NewCustomer {
            account: account.clone(),
            company: candidate.company.clone(),
            parent: place.id.clone(),
            parent_name: place.name.clone(),
            name: candidate.company.name.clone(),
            mark: candidate.mark,
            contact: candidate.card.clone(),
            how: LinkedBy::Provisioned,
        }),
        owes: making.setup.steps(),
    })
}

fn unlinked_before(candidate: &Candidate, when: Timestamp) -> String {
    let id = candidate.company.id;
    let day = when.strftime("%Y-%m-%d");
    let link = format!("acrotask map-customer link {id} TENANT");
    if candidate.marked > 0 {
        return format!(
            "it was unlinked on {day}, but a tenant still has acrotask's tag for it, so none is linked or created automatically: {link}"
        );
    }
    format!(
        "it was unlinked on {day}, so no tenant is created automatically: {link}, or acrotask map-customer create {id}"
    )
}

/// There is no line that could be held back: Acronis would refuse a second tenant of the name.
fn name_taken(candidate: &Candidate, text: &str) -> Refusal {
    let Party { id, name } = &candidate.company;
    Refusal {
        code: "name-taken",
        text: format!("{name} (company {id}): {text}"),
        key: None,
        scope: Scope::Nothing(*id),
        approvable: false,
    }
}

fn by_hand(candidate: &Candidate) -> String {
    let id = candidate.company.id;
    if let Some(adopted) = &candidate.unfinished {
        return format!(
            "tenant {} ({}) has acrotask's tag for it: acrotask map-customer recover",
            adopted.tenant_name, adopted.tenant
        );
    }
    let link = match (candidate.namesakes.first(), candidate.likely.first()) {
        (Some((_, name, tenant)), _) => {
            format!("acrotask map-customer link {id} {tenant} (tenant {name})")
        }
        (None, Some(likely)) => format!(
            "acrotask map-customer link {id} {} (possible match: {})",
            likely.id,
            likely.shown()
        ),
        (None, None) => format!("acrotask map-customer link {id} TENANT"),
    };
    format!("it has a contract but no tenant: acrotask map-customer create {id}, or {link}")
}

fn place<'p>(
    candidate: &'p Candidate,
    hosts: &'p Hosts,
) -> Result<(&'p AccountName, &'p Place), Withheld> {
    let mut accounts = candidate.accounts.iter();
    let (Some(account), None) = (accounts.next(), accounts.next()) else {
        let names: Vec<&str> = candidate.accounts.iter().map(AccountName::as_str).collect();
        let text = format!(
            "its contracts include services of several accounts ({}), so no tenant is created: \
             acrotask map-customer create {} --account NAME",
            names.join(", "),
            candidate.company.id
        );
        return Err(left(candidate, "several-accounts", text));
    };
    match hosts.get(account) {
        Some(Ok(place)) => Ok((account, place)),
        Some(Err(why)) => Err(left(candidate, "no-place", why.clone())),
        None => {
            let text = format!(
                "account {account} was not read, so no tenant is created in this \
                                run"
            );
            Err(left(candidate, "account-unreadable", text))
        }
    }
}

fn left(candidate: &Candidate, kind: &'static str, text: String) -> Withheld {
    let mut accounts = candidate.accounts.iter();
    let only = accounts.next().filter(|_| accounts.next().is_none());
    Withheld::Told(Box::new(Note {
        kind,
        account: only.cloned(),
        company: Some(candidate.company.clone()),
        subject: candidate.company.name.clone(),
        text,
        needs_person: true,
    }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Mode;

    fn eu() -> AccountName {
        AccountName::new("eu")
    }

    fn candidate() -> Candidate {
        let id = CompanyId(5);
        Candidate {
            company: Party::new(id, "Blackwood Accounting"),
            accounts: BTreeSet::from([eu()]),
            mark: Mark {
                database: 9,
                company: id,
            },
            card: Card::default(),
            unfinished: None,
            marked: 0,
            namesakes: Vec::new(),
            likely: Vec::new(),
            unlinked: None,
        }
    }

    fn begun(existed_before: bool) -> Option<Adopted> {
        Some(Adopted {
            account: eu(),
            company: candidate().company,
            tenant: TenantId::new("t"),
            tenant_name: "Blackwood".to_owned(),
            partner: TenantId::new("p"),
            partner_name: "North".to_owned(),
            how: LinkedBy::Provisioned,
            existed_before,
        })
    }

    /// What is decided, in words: the action with its steps, then the notes, then the refusals.
    fn decided(candidates: &[Candidate], automatic: bool) -> String {
        let hosts = Hosts::from([(
            eu(),
            Ok(Place {
                id: TenantId::new("p"),
                name: "North".to_owned(),
            }),
        )]);
        let setup = Setup {
            mode: Mode::Production,
            two_factor: true,
            administrator: false,
        };
        let births = births(candidates, &hosts, Making { automatic, setup });
        let actions = births.actions.iter().map(|action| match action {
            Action::Create { owes, .. } => format!("create {}", owes.len()),
            Action::Adopt { owes, .. } => format!("adopt {}", owes.len()),
            Action::Finish { .. } => "finish".to_owned(),
        });
        let notes = births.notes.iter().map(|note| note.kind.to_owned());
        let refusals = births.refusals.iter().map(|one| one.code.to_owned());
        actions
            .chain(notes)
            .chain(refusals)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn a_company_gets_one_tenant_or_is_told_why_not() {
        type Change = fn(&mut Candidate);
        let likely: Change = |one| {
            one.likely = vec![LikelyTenant {
                account: eu(),
                id: TenantId::new("l"),
                name: "Blckwood Accounting".to_owned(),
                percent: 86,
            }];
        };
        let cases: [(Change, bool, &str); 12] = [
            (|_| {}, true, "create 2"),
            (|_| {}, false, "not-mapped"),
            // Held back until it is linked, or the plan is approved.
            (likely, true, "create 2, likely-match"),
            (likely, false, "not-mapped"),
            (
                |one| {
                    one.namesakes =
                        vec![(eu(), "BLACKWOOD Accounting".to_owned(), TenantId::new("n"))]
                },
                true,
                "name-taken",
            ),
            // What a person began is finished, whatever the configuration says of others.
            (|one| one.unfinished = begun(false), true, "adopt 2"),
            (|one| one.unfinished = begun(false), false, "adopt 2"),
            // A tenant that was there before is linked again and gets nothing new.
            (|one| one.unfinished = begun(true), true, "adopt 0"),
            (|one| one.unfinished = begun(true), false, "not-mapped"),
            (|one| one.marked = 2, true, "marks-doubled"),
            (|one| one.accounts.clear(), true, "several-accounts"),
            (
                |one| (one.unlinked, one.marked) = (Some(Timestamp::UNIX_EPOCH), 1),
                true,
                "unlinked-before",
            ),
        ];
        for (change, automatic, expected) in cases {
            let mut one = candidate();
            change(&mut one);
            assert_eq!(decided(&[one], automatic), expected);
        }
        let twins = [
            candidate(),
            Candidate {
                company: Party::new(CompanyId(6), "blackwood  ACCOUNTING"),
                ..candidate()
            },
        ];
        assert_eq!(decided(&twins, true), "create 2, name-taken");
    }

    #[test]
    fn without_automatic_provisioning_the_possible_match_stands_in_the_command() {
        let mut one = candidate();
        one.likely = vec![LikelyTenant {
            account: eu(),
            id: TenantId::new("l"),
            name: "Blckwood Accounting".to_owned(),
            percent: 86,
        }];
        let text = by_hand(&one);
        assert!(
            text.contains("link 5 l (possible match: Blckwood Accounting (eu/l) 86 %)"),
            "{text}"
        );
    }
}
