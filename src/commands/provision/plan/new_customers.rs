//! Which companies get a tenant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::LinkedBy;
use crate::domain::names::tenant_form;
use crate::domain::ownership_tag::OwnershipTag;
use crate::onboarding::{
    Action, AdoptedTenant, ContactDetails, LikelyTenant, NewCustomer, Setup, refuse_likely_match,
};
use crate::plan::{CompanyRef, Reach, Refusal, RefusalCode, Remark, RemarkKind};

/// A company that is not mapped, of a configured type, active, with a relevant contract.
#[derive(Clone, Debug)]
pub(in crate::commands::provision) struct TenantCandidate {
    pub(in crate::commands::provision) company: CompanyRef,
    /// The accounts whose services its contracts hold.
    pub(in crate::commands::provision) accounts: BTreeSet<AccountName>,
    pub(in crate::commands::provision) mark: OwnershipTag,
    pub(in crate::commands::provision) contact: ContactDetails,
    /// The tenant that bears our mark for it, when exactly one does.
    pub(in crate::commands::provision) unfinished: Option<AdoptedTenant>,
    /// How many tenants bear our mark for it.
    pub(in crate::commands::provision) marked: usize,
    /// Customer tenants of its name, or with its id as customer id: account, name, id.
    pub(in crate::commands::provision) same_name_tenants: Vec<(AccountName, String, TenantId)>,
    /// Tenants whose names are like its own, the most alike first.
    pub(in crate::commands::provision) likely: Vec<LikelyTenant>,
    /// When a person unlinked it last.
    pub(in crate::commands::provision) unlinked_at: Option<Timestamp>,
}

/// Where new customers of an account go, or why they cannot.
pub(in crate::commands::provision) type HomePartners =
    BTreeMap<AccountName, Result<HomePartner, String>>;

/// A partner or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::provision) struct HomePartner {
    pub(in crate::commands::provision) id: TenantId,
    pub(in crate::commands::provision) name: String,
}

/// Whether and how new tenants are made.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands::provision) struct CreationRules {
    pub(in crate::commands::provision) automatic: bool,
    pub(in crate::commands::provision) setup: Setup,
}

impl TenantCandidate {
    /// Whether a person asked for a tenant that a run could not finish.
    fn was_begun(&self) -> bool {
        let unfinished = self.unfinished.as_ref();
        unfinished.is_some_and(|adopted| !adopted.existed_before)
    }

    /// Whether the company may get a tenant in this run.
    pub(in crate::commands::provision) fn may_get_tenant(&self, automatic: bool) -> bool {
        automatic || self.was_begun()
    }
}

/// What is decided about companies without a tenant.
#[derive(Debug, Default)]
pub(in crate::commands::provision) struct NewTenants {
    pub(in crate::commands::provision) actions: Vec<Action>,
    pub(in crate::commands::provision) remarks: Vec<Remark>,
    pub(in crate::commands::provision) refusals: Vec<Refusal>,
}

/// Why a company gets no tenant.
#[derive(Debug)]
enum NoTenantReason {
    /// Something is missing, or it is not wanted.
    Remark(Box<Remark>),
    /// A person has to decide.
    Refused(Box<Refusal>),
}

/// The tenants to be made, and the companies that get none, with what a person can do.
pub(in crate::commands::provision) fn plan_new_tenants(
    candidates: &[TenantCandidate],
    hosts: &HomePartners,
    making: CreationRules,
) -> NewTenants {
    let doubled = repeated_names(candidates);
    let mut new_tenants = NewTenants::default();
    for candidate in candidates {
        match plan_new_tenant(candidate, hosts, making) {
            Ok(Action::Create { .. }) if doubled.contains(&candidate.company.id) => {
                let text = format!(
                    "another company of the same name gets a tenant in this run; create this one \
                     by hand: acrotask map-customer create {}",
                    candidate.company.id
                );
                new_tenants
                    .refusals
                    .push(refuse_taken_name(candidate, &text));
            }
            Ok(action) => {
                if let Action::Create { new, .. } = &action {
                    let held = refuse_likely_match(&new.company, &candidate.likely);
                    new_tenants.refusals.extend(held);
                }
                new_tenants.actions.push(action);
            }
            Err(NoTenantReason::Remark(note)) => new_tenants.remarks.push(*note),
            Err(NoTenantReason::Refused(refusal)) => new_tenants.refusals.push(*refusal),
        }
    }
    new_tenants
}

/// The action that gives a company its tenant.
///
/// # Errors
/// Why none is made, and what to do.
fn plan_new_tenant(
    candidate: &TenantCandidate,
    hosts: &HomePartners,
    making: CreationRules,
) -> Result<Action, NoTenantReason> {
    let id = candidate.company.id;
    if candidate.marked > 1 {
        let text = format!(
            "{} tenants have acrotask's tag for this company; link the right one: acrotask \
             map-customer link {id} TENANT",
            candidate.marked
        );
        return Err(remark_on_missing_tenant(
            candidate,
            RemarkKind::MarksDoubled,
            text,
        ));
    }
    if !candidate.may_get_tenant(making.automatic) {
        return Err(remark_on_missing_tenant(
            candidate,
            RemarkKind::NotMapped,
            explain_by_hand(candidate),
        ));
    }
    if let Some(adopted) = &candidate.unfinished {
        return Ok(Action::Adopt {
            adopted: adopted.clone(),
            pending_steps: making.setup.steps_of(adopted),
        });
    }
    if let Some(when) = candidate.unlinked_at {
        let text = explain_unlinked(candidate, when);
        return Err(remark_on_missing_tenant(
            candidate,
            RemarkKind::UnlinkedBefore,
            text,
        ));
    }
    if let Some((account, name, tenant)) = candidate.same_name_tenants.first() {
        let text = format!(
            "account {account} already has a tenant {name}, so none is created: acrotask \
             map-customer link {id} {tenant} if it is the same customer, or acrotask map-customer \
             create {id} if not"
        );
        return Err(NoTenantReason::Refused(Box::new(refuse_taken_name(
            candidate, &text,
        ))));
    }
    let (account, place) = choose_home_partner(candidate, hosts)?;
    Ok(Action::Create {
        new: Box::new(NewCustomer {
            account: account.clone(),
            company: candidate.company.clone(),
            parent: place.id.clone(),
            parent_name: place.name.clone(),
            name: candidate.company.name.clone(),
            mark: candidate.mark,
            contact: candidate.contact.clone(),
            how: LinkedBy::Provisioned,
        }),
        pending_steps: making.setup.list_steps(),
    })
}

fn explain_unlinked(candidate: &TenantCandidate, when: Timestamp) -> String {
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
fn refuse_taken_name(candidate: &TenantCandidate, text: &str) -> Refusal {
    let CompanyRef { id, name } = &candidate.company;
    Refusal {
        code: RefusalCode::NameTaken,
        text: format!("{name} (company {id}): {text}"),
        key: None,
        scope: Reach::Nothing(*id),
        approvable: false,
    }
}

fn explain_by_hand(candidate: &TenantCandidate) -> String {
    let id = candidate.company.id;
    if let Some(adopted) = &candidate.unfinished {
        return format!(
            "tenant {} ({}) has acrotask's tag for it: acrotask map-customer recover",
            adopted.tenant_name, adopted.tenant
        );
    }
    let link = match (
        candidate.same_name_tenants.first(),
        candidate.likely.first(),
    ) {
        (Some((_, name, tenant)), _) => {
            format!("acrotask map-customer link {id} {tenant} (tenant {name})")
        }
        (None, Some(likely)) => format!(
            "acrotask map-customer link {id} {} (possible match: {})",
            likely.id,
            likely.show_match()
        ),
        (None, None) => format!("acrotask map-customer link {id} TENANT"),
    };
    format!("contract but no tenant: acrotask map-customer create {id}, or {link}")
}

fn choose_home_partner<'p>(
    candidate: &'p TenantCandidate,
    hosts: &'p HomePartners,
) -> Result<(&'p AccountName, &'p HomePartner), NoTenantReason> {
    let mut accounts = candidate.accounts.iter();
    let (Some(account), None) = (accounts.next(), accounts.next()) else {
        let names: Vec<&str> = candidate.accounts.iter().map(AccountName::as_str).collect();
        let text = format!(
            "its contracts include services of several accounts ({}), so no tenant is created: \
             acrotask map-customer create {} --account NAME",
            names.join(", "),
            candidate.company.id
        );
        return Err(remark_on_missing_tenant(
            candidate,
            RemarkKind::SeveralAccounts,
            text,
        ));
    };
    match hosts.get(account) {
        Some(Ok(place)) => Ok((account, place)),
        Some(Err(why)) => Err(remark_on_missing_tenant(
            candidate,
            RemarkKind::NoPlace,
            why.clone(),
        )),
        None => {
            let text = format!(
                "account {account} was not read, so no tenant is created in this \
                                run"
            );
            Err(remark_on_missing_tenant(
                candidate,
                RemarkKind::AccountUnreadable,
                text,
            ))
        }
    }
}

fn remark_on_missing_tenant(
    candidate: &TenantCandidate,
    kind: RemarkKind,
    text: String,
) -> NoTenantReason {
    let mut accounts = candidate.accounts.iter();
    let only = accounts.next().filter(|_| accounts.next().is_none());
    let note = Remark::new(kind, candidate.company.name.clone(), text)
        .of_company(candidate.company.clone())
        .for_person();
    NoTenantReason::Remark(Box::new(Remark {
        account: only.cloned(),
        ..note
    }))
}

/// Of several new customers of one name only the first gets a tenant in a run; the name decides nothing.
fn repeated_names(candidates: &[TenantCandidate]) -> BTreeSet<CompanyId> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    candidates
        .iter()
        .filter(|candidate| !seen.insert(tenant_form(&candidate.company.name)))
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

    fn candidate() -> TenantCandidate {
        let id = CompanyId(5);
        TenantCandidate {
            company: CompanyRef::new(id, "Blackwood Accounting"),
            accounts: BTreeSet::from([eu()]),
            mark: OwnershipTag {
                database: 9,
                company: id,
            },
            contact: ContactDetails::default(),
            unfinished: None,
            marked: 0,
            same_name_tenants: Vec::new(),
            likely: Vec::new(),
            unlinked_at: None,
        }
    }

    fn begun(existed_before: bool) -> Option<AdoptedTenant> {
        Some(AdoptedTenant {
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
    fn decided(candidates: &[TenantCandidate], automatic: bool) -> String {
        let hosts = HomePartners::from([(
            eu(),
            Ok(HomePartner {
                id: TenantId::new("p"),
                name: "North".to_owned(),
            }),
        )]);
        let setup = Setup {
            mode: Mode::Production,
            two_factor: true,
            administrator: false,
        };
        let new_tenants = plan_new_tenants(candidates, &hosts, CreationRules { automatic, setup });
        let actions = new_tenants.actions.iter().map(|action| match action {
            Action::Create { pending_steps, .. } => format!("create {}", pending_steps.len()),
            Action::Adopt { pending_steps, .. } => format!("adopt {}", pending_steps.len()),
            Action::CompleteStep { .. } => "finish".to_owned(),
        });
        let notes = new_tenants
            .remarks
            .iter()
            .map(|note| note.kind.as_str().to_owned());
        let refusals = new_tenants
            .refusals
            .iter()
            .map(|one| one.code.as_str().to_owned());
        actions
            .chain(notes)
            .chain(refusals)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn a_company_gets_one_tenant_or_is_given_the_reason_why_not() {
        type Change = fn(&mut TenantCandidate);
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
                    one.same_name_tenants =
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
                |one| (one.unlinked_at, one.marked) = (Some(Timestamp::UNIX_EPOCH), 1),
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
            TenantCandidate {
                company: CompanyRef::new(CompanyId(6), "blackwood  ACCOUNTING"),
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
        let text = explain_by_hand(&one);
        assert!(
            text.contains("link 5 l (possible match: Blckwood Accounting (eu/l) 86 %)"),
            "{text}"
        );
    }
}
