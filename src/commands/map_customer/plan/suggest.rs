//! Pairs of equal names become a plan; names that are alike are shown and never applied.

use std::collections::BTreeMap;

use super::action::Action;
use super::batch::{LinkBatch, LinkOptions};
use super::facts::{CompanyFacts, Facts, TenantFacts};
use crate::domain::ids::CompanyId;
use crate::domain::links::LinkedBy;
use crate::domain::names::normalize_name;
use crate::onboarding::LikelyTenant;
use crate::plan::{Plan, Remark, RemarkKind};

/// Links every company to the only tenant whose name is the same in spite of spelling, when it is
/// also the only company of that name. `companies` are those to be looked at.
pub(crate) fn plan_suggestions(facts: &Facts, companies: &[&CompanyFacts]) -> Plan<Action> {
    let open = UnlinkedByName::group_by_name(facts, companies);
    let linking = LinkOptions {
        how: LinkedBy::Suggestion,
        replace_mark: false,
    };
    let mut batch = LinkBatch::new(facts, linking);
    let mut notes = facts.remarks.clone();
    let mut alike = Vec::new();
    for (name, group) in &open.companies {
        let tenants = open.tenants.get(name).map_or(&[][..], Vec::as_slice);
        match (group.as_slice(), tenants) {
            ([company], [tenant]) => {
                if let Err(problem) = batch.add_pair(company, tenant) {
                    let text = format!("not linked: {}", problem.text());
                    notes.push(company_remark(RemarkKind::NotLinked, company, text));
                }
            }
            (group, []) => alike.extend(group.iter().copied()),
            (group, tenants) => {
                notes.extend(
                    group
                        .iter()
                        .map(|company| remark_on_ambiguous_name(company, group, tenants)),
                );
            }
        }
    }
    notes.extend(remark_on_possible_matches(facts, companies, &alike));
    Plan::new("map-customer suggest", batch.into_actions(), notes, [])
}

/// What is not linked yet, by normal name.
struct UnlinkedByName<'f> {
    companies: BTreeMap<String, Vec<&'f CompanyFacts>>,
    tenants: BTreeMap<String, Vec<&'f TenantFacts>>,
}

impl<'f> UnlinkedByName<'f> {
    fn group_by_name(facts: &'f Facts, companies: &[&'f CompanyFacts]) -> Self {
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
                let group = open
                    .companies
                    .entry(normalize_name(&company.name))
                    .or_default();
                group.push(company);
            }
        }
        for tenant in facts.linkable_tenants() {
            if !taken.contains_key(&(&tenant.account, &tenant.id)) {
                let group = open
                    .tenants
                    .entry(normalize_name(&tenant.name))
                    .or_default();
                group.push(tenant);
            }
        }
        // A name of nothing but punctuation is the same as no other.
        open.companies.remove("");
        open.tenants.remove("");
        open
    }
}

fn remark_on_ambiguous_name(
    company: &CompanyFacts,
    group: &[&CompanyFacts],
    tenants: &[&TenantFacts],
) -> Remark {
    let mut text = format!(
        "not linked, because the name is not unique: tenants {}",
        join_names(tenants)
    );
    if group.len() > 1 {
        text = format!("{text}; companies {}", join_names(group));
    }
    company_remark(RemarkKind::Ambiguous, company, text)
}

fn join_names<T: ToString>(those: &[T]) -> String {
    let names: Vec<String> = those.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// What is alike among the names that stay; the best few for each company.
fn remark_on_possible_matches(
    facts: &Facts,
    looked_at: &[&CompanyFacts],
    companies: &[&CompanyFacts],
) -> Vec<Remark> {
    let open = facts.open_tenants(looked_at.iter().copied());
    companies
        .iter()
        .filter_map(|company| {
            let likely = open.find_likely(company.id, &company.name);
            if likely.is_empty() {
                return None;
            }
            let shown: Vec<String> = likely.iter().map(LikelyTenant::show_match).collect();
            let text = format!("possible match: {}", shown.join(", "));
            Some(company_remark(RemarkKind::Alike, company, text).for_person_if(false))
        })
        .collect()
}

fn company_remark(kind: RemarkKind, company: &CompanyFacts, text: String) -> Remark {
    Remark::new(kind, company.name.clone(), text)
        .of_company(company.company_ref())
        .for_person()
}
