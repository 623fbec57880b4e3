//! Links rebuilt from the marks that tenants bear.

use std::collections::BTreeMap;

use super::action::Action;
use super::batch::{LinkBatch, LinkOptions};
use super::facts::{CompanyFacts, Facts, TenantFacts};
use crate::domain::ids::CompanyId;
use crate::domain::links::LinkedBy;
use crate::domain::ownership_tag::InternalTag;
use crate::plan::{CompanyRef, Plan, Remark, RemarkKind};

/// Links every company to the only tenant that bears its mark. Marks that contradict each other or
/// a link are listed, and a person decides. No mark contains the product mapping.
pub(crate) fn plan_recovery(facts: &Facts, has_products: bool) -> Plan<Action> {
    let linking = LinkOptions {
        how: LinkedBy::Recovered,
        replace_mark: false,
    };
    let mut batch = LinkBatch::new(facts, linking);
    let mut notes = facts.remarks.clone();
    for (company, tenants) in group_by_tag(facts) {
        match (facts.companies.get(&company), tenants.as_slice()) {
            (Some(company), [tenant]) => {
                if let Err(problem) = batch.add_pair(company, tenant) {
                    let text = format!("not linked: {}", problem.text());
                    notes.push(tag_remark(
                        facts,
                        RemarkKind::MarkContradicts,
                        company.id,
                        tenant,
                        text,
                    ));
                }
            }
            (Some(company), several) => {
                notes.extend(remark_on_contradictions(facts, company, several))
            }
            (None, tenants) => {
                notes.extend(
                    tenants
                        .iter()
                        .map(|tenant| remark_on_unknown_company(facts, company, tenant)),
                );
            }
        }
    }
    notes.extend(remark_on_foreign_tags(facts));
    notes.extend((!has_products).then(|| remark_on_missing_products(facts)));
    Plan::new("map-customer recover", batch.into_actions(), notes, [])
}

/// Tenants by the company that their mark of this database names.
fn group_by_tag(facts: &Facts) -> BTreeMap<CompanyId, Vec<&TenantFacts>> {
    let mut marked: BTreeMap<CompanyId, Vec<&TenantFacts>> = BTreeMap::new();
    for tenant in facts.linkable_tenants() {
        if let InternalTag::Ours(mark) = &tenant.tag
            && mark.database == facts.database
        {
            marked.entry(mark.company).or_default().push(tenant);
        }
    }
    marked
}

/// What a lost state file knew beside the links and no tag contains.
fn remark_on_missing_products(facts: &Facts) -> Remark {
    Remark::new(
        RemarkKind::ProductsNotMapped,
        facts.database.to_string(),
        "no product is mapped, and tags do not contain the product mapping: import it from an \
             export \
               (acrotask map-products import FILE), or map the products again"
            .to_owned(),
    )
}

fn remark_on_contradictions(
    facts: &Facts,
    company: &CompanyFacts,
    tenants: &[&TenantFacts],
) -> Vec<Remark> {
    let linked = facts.link_of(company.id);
    let is_linked = |tenant: &TenantFacts| {
        linked.is_some_and(|link| link.account == tenant.account && link.tenant == tenant.id)
    };
    let all: Vec<String> = tenants.iter().map(ToString::to_string).collect();
    let what = match linked {
        Some(link) => format!(
            "it stays linked to {} ({}/{})",
            link.tenant_name, link.account, link.tenant
        ),
        None => "it is not linked; link it to the right one".to_owned(),
    };
    tenants
        .iter()
        .filter(|tenant| !is_linked(tenant))
        .map(|tenant| {
            let text = format!(
                "several tenants have the tag of this company: {}; {what}",
                all.join(", ")
            );
            tag_remark(facts, RemarkKind::MarkContradicts, company.id, tenant, text)
        })
        .collect()
}

fn remark_on_unknown_company(facts: &Facts, company: CompanyId, tenant: &TenantFacts) -> Remark {
    let text = format!(
        "tenant {tenant} has the tag of company {company}, which Autotask does not show; it stays \
         as it is"
    );
    tag_remark(
        facts,
        RemarkKind::MarkOfUnknownCompany,
        company,
        tenant,
        text,
    )
}

fn tag_remark(
    facts: &Facts,
    kind: RemarkKind,
    company: CompanyId,
    tenant: &TenantFacts,
    text: String,
) -> Remark {
    let name = facts.companies.get(&company).map(|known| &known.name);
    Remark::new(kind, tenant.id.to_string(), text)
        .of_account(&tenant.account)
        .of_company(CompanyRef::new(
            company,
            name.map_or("unknown", String::as_str),
        ))
        .for_person()
}

/// Marks of other Autotask databases: one remark with their count, because they are not ours.
fn remark_on_foreign_tags(facts: &Facts) -> Option<Remark> {
    let others = facts
        .linkable_tenants()
        .filter(|tenant| match &tenant.tag {
            InternalTag::Ours(mark) => mark.database != facts.database,
            InternalTag::Empty | InternalTag::Foreign(_) => false,
        })
        .count();
    (others > 0).then(|| Remark::new(RemarkKind::MarkOfOtherDatabase, facts.database.to_string(), format!(
            "{others} tenants have tags of another Autotask database than {}; they stay as they \
             are",
            facts.database
        )))
}
