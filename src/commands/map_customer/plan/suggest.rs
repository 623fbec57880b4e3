//! Pairs of equal names become a plan; names that are alike are shown and never applied.

use super::action::Action;
use super::batch::{LinkBatch, LinkOptions};
use super::facts::{CompanyFacts, Facts, TenantFacts};
use crate::domain::links::LinkedBy;
use crate::domain::name_pairs::{NameMatch, match_names};
use crate::domain::names::normalize_name;
use crate::onboarding::LikelyTenant;
use crate::plan::{Plan, Remark, RemarkKind};

/// Links every company to the only tenant whose name is the same in spite of spelling, when it is
/// also the only company of that name. `companies` are those to be looked at.
pub(crate) fn plan_suggestions(facts: &Facts, companies: &[&CompanyFacts]) -> Plan<Action> {
    let unlinked: Vec<&CompanyFacts> = facts
        .unlinked_companies(companies.iter().copied())
        .collect();
    let tenants: Vec<&TenantFacts> = facts
        .unlinked_tenants()
        .filter(|tenant| tenant.operation.is_none())
        .collect();
    let names: Vec<Vec<String>> = unlinked
        .iter()
        .map(|company| vec![normalize_name(&company.name)])
        .collect();
    let tenant_names: Vec<String> = tenants
        .iter()
        .map(|tenant| normalize_name(&tenant.name))
        .collect();
    let linking = LinkOptions {
        how: LinkedBy::Suggestion,
        replace_mark: false,
    };
    let mut batch = LinkBatch::new(facts, linking);
    let mut notes = facts.remarks.clone();
    let mut nameless = Vec::new();
    for (company, found) in unlinked.iter().zip(match_names(&names, &tenant_names)) {
        match found {
            NameMatch::Only(place) => {
                let added = tenants
                    .get(place)
                    .map(|tenant| batch.add_pair(company, tenant));
                if let Some(Err(problem)) = added {
                    let text = format!("not linked: {}", problem.text());
                    notes.push(company_remark(RemarkKind::NotLinked, company, text));
                }
            }
            NameMatch::Nothing => nameless.push(*company),
            NameMatch::Ambiguous { alike, others } => {
                let namesakes: Vec<&CompanyFacts> = select_places(&unlinked, &alike);
                let tenants: Vec<&TenantFacts> = select_places(&tenants, &others);
                notes.push(remark_on_ambiguous_name(company, &namesakes, &tenants));
            }
        }
    }
    notes.extend(remark_on_possible_matches(facts, companies, &nameless));
    Plan::new("map-customer suggest", batch.into_actions(), notes, [])
}

fn select_places<T: Copy>(those: &[T], places: &[usize]) -> Vec<T> {
    let chosen = places.iter().filter_map(|place| those.get(*place));
    chosen.copied().collect()
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
