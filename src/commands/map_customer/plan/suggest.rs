//! Pairs of equal names become a plan; names that are alike are shown and never applied.

use std::collections::BTreeMap;

use super::action::Action;
use super::batch::{Batch, Linking};
use super::facts::{Company, Facts, Tenant};
use crate::domain::ids::CompanyId;
use crate::domain::links::LinkedBy;
use crate::domain::names::normal;
use crate::onboarding::LikelyTenant;
use crate::plan::{Note, Plan};

/// Links every company to the only tenant whose name is the same in spite of spelling, when it is
/// also the only company of that name. `companies` are those to be looked at.
pub(crate) fn suggest(facts: &Facts, companies: &[&Company]) -> Plan<Action> {
    let open = Open::of(facts, companies);
    let linking = Linking {
        how: LinkedBy::Suggestion,
        replace_mark: false,
    };
    let mut batch = Batch::new(facts, linking);
    let mut notes = facts.notes.clone();
    let mut alike = Vec::new();
    for (name, group) in &open.companies {
        let tenants = open.tenants.get(name).map_or(&[][..], Vec::as_slice);
        match (group.as_slice(), tenants) {
            ([company], [tenant]) => {
                if let Err(problem) = batch.add(company, tenant) {
                    let text = format!("not linked: {}", problem.text());
                    notes.push(note("not-linked", company, text));
                }
            }
            (group, []) => alike.extend(group.iter().copied()),
            (group, tenants) => {
                notes.extend(
                    group
                        .iter()
                        .map(|company| ambiguous(company, group, tenants)),
                );
            }
        }
    }
    notes.extend(near(facts, companies, &alike));
    Plan::new("map-customer suggest", batch.into_actions(), notes, [])
}

/// What is not linked yet, by normal name.
struct Open<'f> {
    companies: BTreeMap<String, Vec<&'f Company>>,
    tenants: BTreeMap<String, Vec<&'f Tenant>>,
}

impl<'f> Open<'f> {
    fn of(facts: &'f Facts, companies: &[&'f Company]) -> Self {
        let linked: BTreeMap<CompanyId, ()> =
            facts.links.iter().map(|link| (link.company, ())).collect();
        let taken: BTreeMap<_, ()> = facts
            .links
            .iter()
            .map(|link| ((&link.account, &link.tenant), ()))
            .collect();
        let mut open = Self {
            companies: BTreeMap::new(),
            tenants: BTreeMap::new(),
        };
        for company in companies {
            if !linked.contains_key(&company.id) {
                let group = open.companies.entry(normal(&company.name)).or_default();
                group.push(company);
            }
        }
        for tenant in facts.customers() {
            if !taken.contains_key(&(&tenant.account, &tenant.id)) {
                let group = open.tenants.entry(normal(&tenant.name)).or_default();
                group.push(tenant);
            }
        }
        // A name of nothing but punctuation is the same as no other.
        open.companies.remove("");
        open.tenants.remove("");
        open
    }
}

fn ambiguous(company: &Company, group: &[&Company], tenants: &[&Tenant]) -> Note {
    let mut text = format!(
        "not linked, because the name is not unique: tenants {}",
        listed(tenants)
    );
    if group.len() > 1 {
        text = format!("{text}; companies {}", listed(group));
    }
    note("ambiguous", company, text)
}

fn listed<T: ToString>(those: &[T]) -> String {
    let names: Vec<String> = those.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What is alike among the names that stay; the best few for each company.
fn near(facts: &Facts, looked_at: &[&Company], companies: &[&Company]) -> Vec<Note> {
    let open = facts.open_tenants(looked_at.iter().copied());
    companies
        .iter()
        .filter_map(|company| {
            let likely = open.like(company.id, &company.name);
            if likely.is_empty() {
                return None;
            }
            let shown: Vec<String> = likely.iter().map(LikelyTenant::shown).collect();
            let text = format!("possible match: {}", shown.join(", "));
            Some(Note {
                needs_person: false,
                ..note("alike", company, text)
            })
        })
        .collect()
}

fn note(kind: &'static str, company: &Company, text: String) -> Note {
    Note {
        kind,
        account: None,
        company: Some(company.party()),
        subject: company.name.clone(),
        text,
        needs_person: true,
    }
}
