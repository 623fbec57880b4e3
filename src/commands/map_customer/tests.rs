//! Whatever is done in whichever order, the mapping stays one to one and the marks tell it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{Strategy, prop, prop_oneof};
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::bulk::{self, ImportOptions};
use super::document;
use super::plan::{
    self, Action, CompanyFacts, CreationOptions, Facts, LinkBatch, LinkOptions, MappingProblem,
    TenantFacts, TenantRole,
};
use super::rows::PairRow;
use crate::config::Mode;
use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::links::{CustomerLink, LinkedBy};
use crate::domain::ownership_tag::InternalTag;
use crate::onboarding::{self, ContactDetails, Setup};
use crate::plan::Plan;

const COMPANIES: i64 = 4;
const TENANTS: usize = 4;

/// One verb with its arguments; numbers beyond what there is are taken around.
#[derive(Clone, Debug)]
enum Verb {
    Link(i64, usize),
    Replace(i64, usize),
    Unlink(i64),
    Create(i64),
    Suggest,
    Recover,
    Import(Vec<(i64, usize)>, bool),
    /// The state file is lost.
    Lose,
}

fn verbs() -> impl Strategy<Value = Vec<Verb>> {
    let company = 1..=COMPANIES;
    let tenant = 0..TENANTS;
    let pair = || (1..=COMPANIES, 0..TENANTS);
    let verb = prop_oneof![
        (company.clone(), tenant.clone()).prop_map(|(c, t)| Verb::Link(c, t)),
        (company.clone(), tenant).prop_map(|(c, t)| Verb::Replace(c, t)),
        company.clone().prop_map(Verb::Unlink),
        company.prop_map(Verb::Create),
        prop::strategy::Just(Verb::Suggest),
        prop::strategy::Just(Verb::Recover),
        (prop::collection::vec(pair(), 0..4), prop::bool::ANY)
            .prop_map(|(pairs, all)| Verb::Import(pairs, all)),
        prop::strategy::Just(Verb::Lose),
    ];
    prop::collection::vec(verb, 0..12)
}

fn account() -> AccountName {
    AccountName::new("eu")
}

fn tenant(name: &str, kind: TenantRole) -> TenantFacts {
    TenantFacts {
        account: account(),
        id: TenantId::new(name),
        name: name.to_owned(),
        kind,
        enabled: true,
        operation: None,
        parent: TenantId::new("root"),
        parent_name: "Root".to_owned(),
        tag: InternalTag::Empty,
    }
}

/// Four companies; tenants of two of their names, and two others.
fn facts() -> Facts {
    let companies = (1..=COMPANIES).map(|id| CompanyFacts {
        id: CompanyId(id),
        name: format!("Company {id}"),
        active: true,
    });
    let mut tenants = vec![tenant("root", TenantRole::Parent("partner".to_owned()))];
    let names = ["company 1", "Company 2 Ltd", "x", "y"];
    tenants.extend(names.map(|name| tenant(name, TenantRole::Customer)));
    Facts {
        companies: companies.map(|company| (company.id, company)).collect(),
        tenants,
        links: Vec::new(),
        read: BTreeSet::from([account()]),
        unread: BTreeSet::new(),
        database: 9,
        remarks: Vec::new(),
    }
}

fn planned(facts: &Facts, verb: &Verb) -> Result<Plan<Action>, MappingProblem> {
    match verb {
        Verb::Link(company, at) => linked(facts, *company, *at, false),
        Verb::Replace(company, at) => linked(facts, *company, *at, true),
        Verb::Unlink(company) => plan::plan_unlink(facts, CompanyId(*company)),
        Verb::Create(company) => {
            let making = CreationOptions {
                parent: &facts.tenants[0],
                name: None,
                numbered: true,
                contact: ContactDetails::default(),
                setup: Setup {
                    mode: Mode::Production,
                    two_factor: false,
                    administrator: false,
                },
                unfinished: None,
            };
            let made = plan::plan_tenant(facts, &facts.companies[&CompanyId(*company)], making)?;
            let action = Action::Onboard(Box::new(made.action));
            Ok(Plan::new("test", [action], made.remarks, made.refusal))
        }
        Verb::Suggest => {
            let companies: Vec<&CompanyFacts> = facts.companies.values().collect();
            Ok(plan::plan_suggestions(facts, &companies))
        }
        Verb::Recover | Verb::Lose => Ok(plan::plan_recovery(facts, true)),
        Verb::Import(pairs, remove_missing) => {
            let rows: Vec<PairRow> = pairs.iter().map(|pair| row(facts, *pair)).collect();
            import(facts, &rows, *remove_missing)
        }
    }
}

fn linked(
    facts: &Facts,
    company: i64,
    at: usize,
    replace: bool,
) -> Result<Plan<Action>, MappingProblem> {
    let linking = LinkOptions {
        how: LinkedBy::Hand,
        replace_mark: replace,
    };
    let mut batch = LinkBatch::new(facts, linking);
    batch.add_pair(
        &facts.companies[&CompanyId(company)],
        &facts.tenants[1 + at],
    )?;
    Ok(Plan::new("test", batch.into_actions(), [], []))
}

fn row(facts: &Facts, (company, at): (i64, usize)) -> PairRow {
    PairRow {
        line: 1,
        company: company.to_string(),
        account: Some("eu".to_owned()),
        tenant: facts.tenants[1 + at].id.to_string(),
    }
}

fn import(
    facts: &Facts,
    rows: &[PairRow],
    remove_missing: bool,
) -> Result<Plan<Action>, MappingProblem> {
    let wish = ImportOptions {
        remove_missing,
        replace_mark: false,
        keep_going: false,
        ended_percent_max: 100,
        ended_floor: 0,
    };
    let imported = bulk::plan_import(facts, rows, wish);
    imported
        .map(|(plan, _)| plan)
        .map_err(|mut problems| problems.swap_remove(0).problem)
}

/// Rows of an import with `--keep-going`, the links there are, and what comes of them: the pairs in
/// the end, and the lines that are passed over.
#[test]
fn an_import_that_keeps_going_does_what_goes_together_and_keeps_the_rest() {
    type Pairs = &'static [(i64, usize)];
    let cases: [(Pairs, Pairs, bool, Pairs, &[u64]); 6] = [
        // A company, or a tenant, given twice: the first one counts.
        (
            &[],
            &[(1, 0), (1, 1), (2, 2)],
            false,
            &[(1, 0), (2, 2)],
            &[2],
        ),
        (
            &[],
            &[(1, 0), (2, 0), (3, 2)],
            false,
            &[(1, 0), (3, 2)],
            &[2],
        ),
        // A tenant that a company outside the document has.
        (&[(4, 3)], &[(1, 3), (2, 1)], false, &[(2, 1), (4, 3)], &[1]),
        // A move into a tenant that is not freed: the old link stays, and what needs its tenant
        // is passed over as well.
        (
            &[(1, 0), (4, 3)],
            &[(1, 3), (2, 0), (3, 1)],
            false,
            &[(1, 0), (3, 1), (4, 3)],
            &[1, 2],
        ),
        // What is not in the document is unlinked when that was asked for, what is wrong is not.
        (&[(1, 0), (2, 1)], &[(9, 0), (1, 2)], true, &[(1, 2)], &[1]),
        (
            &[(1, 0), (2, 1)],
            &[(2, 0), (1, 9)],
            true,
            &[(1, 0), (2, 1)],
            &[1, 2],
        ),
    ];
    for (links, rows, remove_missing, expected, passed) in cases {
        let mut world = facts();
        for (company, at) in links {
            let plan = linked(&world, *company, *at, false).unwrap();
            carry_out(&mut world, &plan);
        }
        let plan = kept_going(&world, rows, remove_missing, passed);
        carry_out(&mut world, &plan);
        let tenant = |at: &usize| world.tenants[1 + at].id.to_string();
        let expected: Vec<(i64, String)> = expected
            .iter()
            .map(|(company, at)| (*company, tenant(at)))
            .collect();
        let links = world.links.iter();
        let mut found: Vec<(i64, String)> = links
            .map(|link| (link.company.0, link.tenant.to_string()))
            .collect();
        found.sort();
        assert_eq!(found, expected, "{rows:?}");
    }
}

/// The plan of an import with `--keep-going`, after a look at the lines that it passes over.
fn kept_going(
    world: &Facts,
    pairs: &[(i64, usize)],
    remove_missing: bool,
    passed: &[u64],
) -> Plan<Action> {
    let nowhere = || "nowhere".to_owned();
    let named = |at: &usize| world.tenants.get(1 + at).map(|one| one.id.to_string());
    let rows: Vec<PairRow> = (1..)
        .zip(pairs)
        .map(|(line, (company, at))| PairRow {
            line,
            company: company.to_string(),
            account: Some("eu".to_owned()),
            tenant: named(at).unwrap_or_else(nowhere),
        })
        .collect();
    let wish = ImportOptions {
        remove_missing,
        replace_mark: false,
        keep_going: true,
        ended_percent_max: 100,
        ended_floor: 0,
    };
    let (plan, passed_over) = bulk::plan_import(world, &rows, wish).unwrap();
    assert_eq!(passed_over, passed.len(), "{rows:?}");
    for line in passed {
        let named = format!("line {line} ");
        let mut notes = plan.remarks().iter();
        assert!(
            notes.any(|note| note.text.contains(&named)),
            "{named}: {plan:?}"
        );
    }
    plan
}

/// Does what a plan says to the world, in its order.
fn carry_out(facts: &mut Facts, plan: &Plan<Action>) {
    for line in plan.lines() {
        match &line.action {
            Action::Link(pair) => {
                let found = facts.tenants.iter_mut().find(|one| one.id == pair.tenant);
                let tenant = found.unwrap();
                assert_eq!(tenant.tag, pair.tag, "the plan knew what stood there");
                tenant.tag = InternalTag::Ours(pair.mark);
                facts.links.retain(|link| link.company != pair.company.id);
                let tenant = tenant.clone();
                facts.links.push(link(pair.company.id, &tenant));
            }
            Action::Onboard(action) => {
                let onboarding::Action::Create { new, .. } = action.as_ref() else {
                    unreachable!("nothing is left unfinished here")
                };
                let mut made = tenant(&new.name, TenantRole::Customer);
                made.tag = InternalTag::Ours(new.mark);
                facts.links.push(link(new.company.id, &made));
                facts.tenants.push(made);
            }
            Action::Quota(_) => unreachable!("quotas have their own room"),
            Action::Unlink(unlinked) => {
                let of = |one: &&mut TenantFacts| one.id == unlinked.link.tenant;
                if let (Some(tenant), Some(_)) = (facts.tenants.iter_mut().find(of), unlinked.mark)
                {
                    tenant.tag = InternalTag::Empty;
                }
                facts.links.retain(|link| *link != unlinked.link);
            }
        }
    }
    facts.links.sort_by_key(|link| link.company);
}

fn link(company: CompanyId, tenant: &TenantFacts) -> CustomerLink {
    CustomerLink {
        company,
        account: tenant.account.clone(),
        tenant: tenant.id.clone(),
        company_name: format!("Company {company}"),
        tenant_name: tenant.name.clone(),
        partner: tenant.parent.clone(),
        partner_name: tenant.parent_name.clone(),
        linked_at: "2026-09-15T08:00:00Z".parse().unwrap(),
        how: LinkedBy::Hand,
        existed_before: true,
        lowering_approved: false,
    }
}

/// The world after all verbs; what is refused changes nothing.
fn after(verbs: &[Verb]) -> Facts {
    let mut facts = facts();
    for verb in verbs {
        if let Verb::Lose = verb {
            facts.links.clear();
        }
        if let Ok(plan) = planned(&facts, verb) {
            carry_out(&mut facts, &plan);
        }
        assert_one_to_one(&facts);
    }
    facts
}

fn assert_one_to_one(facts: &Facts) {
    let companies: BTreeSet<CompanyId> = facts.links.iter().map(|link| link.company).collect();
    let tenants: BTreeSet<&TenantId> = facts.links.iter().map(|link| &link.tenant).collect();
    assert_eq!(companies.len(), facts.links.len(), "{:?}", facts.links);
    assert_eq!(tenants.len(), facts.links.len(), "{:?}", facts.links);
}

fn pairs(facts: &Facts) -> BTreeMap<CompanyId, TenantId> {
    let links = facts.links.iter();
    links
        .map(|link| (link.company, link.tenant.clone()))
        .collect()
}

proptest! {
    #[test]
    fn the_mapping_is_one_to_one_and_the_marks_tell_it_after_any_verbs(verbs in verbs()) {
        let facts = after(&verbs);
        for link in &facts.links {
            let tenant = facts.tenants.iter().find(|one| one.id == link.tenant).unwrap();
            prop_assert_eq!(&tenant.tag, &InternalTag::Ours(facts.mark_of(link.company)));
        }
    }

    #[test]
    fn recover_gives_the_same_links_after_the_state_was_lost(verbs in verbs()) {
        // Marks that were left by a lost state may contradict; then a person decides.
        let mut facts = after(&verbs);
        let before = pairs(&facts);
        let marked = facts.tenants.iter().filter(|one| one.tag != InternalTag::Empty).count();
        facts.links.clear();
        let plan = plan::plan_recovery(&facts, true);
        carry_out(&mut facts, &plan);
        let recovered = pairs(&facts);
        if marked == before.len() {
            prop_assert_eq!(recovered, before);
        } else {
            prop_assert!(recovered.len() <= marked);
        }
    }

    #[test]
    fn export_import_export_is_a_fixed_point(verbs in verbs()) {
        let facts = after(&verbs);
        let first = document::format_links(&facts.links);
        let rows = document::parse_pairs(&first).unwrap();
        let same = import(&facts, &rows, true).unwrap();
        prop_assert!(same.is_empty(), "{:?}", same.lines());
        let mut fresh = facts.clone();
        fresh.links.clear();
        let plan = import(&fresh, &rows, true).unwrap();
        carry_out(&mut fresh, &plan);
        prop_assert_eq!(document::format_links(&fresh.links), first);
    }

    #[test]
    fn a_plan_that_was_carried_out_has_nothing_left_to_do(verbs in verbs(), last in verbs()) {
        let mut facts = after(&verbs);
        for verb in last.iter().filter(|verb| !matches!(verb, Verb::Create(_))) {
            if let Ok(plan) = planned(&facts, verb) {
                carry_out(&mut facts, &plan);
                let again = planned(&facts, verb);
                let left = again.as_ref().map_or(0, |plan| plan.lines().len());
                prop_assert_eq!(left, 0, "{:?}: {:?}", verb, again);
            }
        }
    }
}
