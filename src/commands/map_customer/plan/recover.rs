//! Links rebuilt from the marks that tenants bear.

use std::collections::BTreeMap;

use super::action::Action;
use super::batch::{Batch, Linking};
use super::facts::{Company, Facts, Tenant};
use crate::domain::ids::CompanyId;
use crate::domain::links::LinkedBy;
use crate::domain::mark::Tag;
use crate::plan::{Note, Party, Plan};

/// Links every company to the only tenant that bears its mark. Marks that contradict each other or
/// a link are listed, and a person decides. No mark tells the product mapping.
pub(crate) fn recover(facts: &Facts, has_products: bool) -> Plan<Action> {
    let linking = Linking {
        how: LinkedBy::Recovered,
        replace_mark: false,
    };
    let mut batch = Batch::new(facts, linking);
    let mut notes = facts.notes.clone();
    for (company, tenants) in marked(facts) {
        match (facts.companies.get(&company), tenants.as_slice()) {
            (Some(company), [tenant]) => {
                if let Err(problem) = batch.add(company, tenant) {
                    let text = format!("not linked: {}", problem.text());
                    notes.push(note(facts, "mark-contradicts", company.id, tenant, text));
                }
            }
            (Some(company), several) => notes.extend(contradicting(facts, company, several)),
            (None, tenants) => {
                notes.extend(tenants.iter().map(|tenant| unknown(facts, company, tenant)));
            }
        }
    }
    notes.extend(foreign(facts));
    notes.extend((!has_products).then(|| no_products(facts)));
    Plan::new("map-customer recover", batch.into_actions(), notes, [])
}

/// Tenants by the company that their mark of this database names.
fn marked(facts: &Facts) -> BTreeMap<CompanyId, Vec<&Tenant>> {
    let mut marked: BTreeMap<CompanyId, Vec<&Tenant>> = BTreeMap::new();
    for tenant in facts.customers() {
        if let Tag::Ours(mark) = &tenant.tag
            && mark.database == facts.database
        {
            marked.entry(mark.company).or_default().push(tenant);
        }
    }
    marked
}

/// What a lost state file knew beside the links and no tag tells.
fn no_products(facts: &Facts) -> Note {
    Note {
        kind: "products-not-mapped",
        account: None,
        company: None,
        subject: facts.database.to_string(),
        text:
            "no product is mapped, and tags do not contain the product mapping: import it from an \
             export \
               (acrotask map-products import FILE), or map the products again"
                .to_owned(),
        needs_person: false,
    }
}

fn contradicting(facts: &Facts, company: &Company, tenants: &[&Tenant]) -> Vec<Note> {
    let linked = facts.link_of(company.id);
    let is_linked = |tenant: &Tenant| {
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
            note(facts, "mark-contradicts", company.id, tenant, text)
        })
        .collect()
}

fn unknown(facts: &Facts, company: CompanyId, tenant: &Tenant) -> Note {
    let text = format!(
        "tenant {tenant} has the tag of company {company}, which Autotask does not show; it stays \
         as it is"
    );
    note(facts, "mark-of-unknown-company", company, tenant, text)
}

fn note(
    facts: &Facts,
    kind: &'static str,
    company: CompanyId,
    tenant: &Tenant,
    text: String,
) -> Note {
    let name = facts.companies.get(&company).map(|known| &known.name);
    Note {
        kind,
        account: Some(tenant.account.clone()),
        company: Some(Party::new(company, name.map_or("unknown", String::as_str))),
        subject: tenant.id.to_string(),
        text,
        needs_person: true,
    }
}

/// Marks of other Autotask databases: told once, as a count, because they are no business of ours.
fn foreign(facts: &Facts) -> Option<Note> {
    let others = facts
        .customers()
        .filter(|tenant| match &tenant.tag {
            Tag::Ours(mark) => mark.database != facts.database,
            Tag::Empty | Tag::Foreign(_) => false,
        })
        .count();
    (others > 0).then(|| Note {
        kind: "mark-of-other-database",
        account: None,
        company: None,
        subject: facts.database.to_string(),
        text: format!(
            "{others} tenants have tags of another Autotask database than {}; they stay as they \
             are",
            facts.database
        ),
        needs_person: false,
    })
}
