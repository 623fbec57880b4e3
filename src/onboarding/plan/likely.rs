//! Tenants that may be a company's already, by their names: one score for all who ask. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{AccountName, CompanyId, TenantId};
use crate::domain::names::{NameIndex, normalize_name};
use crate::plan::{CompanyRef, Reach, Refusal, RefusalCode};

/// From how much likeness a tenant may be a company's.
const PERCENT_MIN: usize = 60;
/// How many are named for one company.
const NAMED_MAX: usize = 3;

/// A tenant whose name is like a company's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LikelyTenant {
    pub(crate) account: AccountName,
    pub(crate) id: TenantId,
    pub(crate) name: String,
    /// How much of both names is the same.
    pub(crate) percent: usize,
}

/// Customer tenants that stand for no company yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenTenants {
    tenants: Vec<(AccountName, TenantId, String)>,
    index: NameIndex,
    /// Names of companies that are not linked, in their normal form, with how many have each.
    companies: BTreeMap<String, BTreeSet<CompanyId>>,
}

impl OpenTenants {
    /// `tenants` and `companies` are those that are not linked.
    pub(crate) fn new<'c>(
        tenants: impl IntoIterator<Item = (AccountName, TenantId, String)>,
        companies: impl IntoIterator<Item = (CompanyId, &'c str)>,
    ) -> Self {
        let tenants: Vec<_> = tenants.into_iter().collect();
        let mut names: BTreeMap<String, BTreeSet<CompanyId>> = BTreeMap::new();
        for (id, name) in companies {
            names.entry(normalize_name(name)).or_default().insert(id);
        }
        Self {
            index: NameIndex::new(tenants.iter().map(|(_, _, name)| name.as_str())),
            tenants,
            companies: names,
        }
    }

    /// The tenants that may be this company's, the most alike first. One that bears exactly the name
    /// of another company, and not of this one, is taken for that one's.
    pub(crate) fn find_likely(&self, company: CompanyId, name: &str) -> Vec<LikelyTenant> {
        let wanted = normalize_name(name);
        let of_another = |tenant: &str| {
            let tenant = normalize_name(tenant);
            let named = self.companies.get(&tenant);
            tenant != wanted && named.is_some_and(|ids| ids.iter().any(|id| *id != company))
        };
        self.index
            .find_similar(name, PERCENT_MIN, usize::MAX)
            .into_iter()
            .filter_map(|alike| Some((self.tenants.get(alike.place)?, alike.percent)))
            .filter(|((_, _, tenant), _)| !of_another(tenant))
            .take(NAMED_MAX)
            .map(|((account, id, name), percent)| LikelyTenant {
                account: account.clone(),
                id: id.clone(),
                name: name.clone(),
                percent,
            })
            .collect()
    }
}

impl LikelyTenant {
    /// `Blckwood Accounting (eu/1f…) 86 %`.
    pub(crate) fn show_match(&self) -> String {
        let Self {
            account,
            id,
            name,
            percent,
        } = self;
        format!("{name} ({account}/{id}) {percent} %")
    }
}

/// Holds back the tenant of a company that may have one already; nothing when none is like it.
pub(crate) fn refuse_likely_match(
    company: &CompanyRef,
    likely: &[LikelyTenant],
) -> Option<Refusal> {
    let first = likely.first()?;
    let shown: Vec<String> = likely.iter().map(LikelyTenant::show_match).collect();
    Some(Refusal {
        code: RefusalCode::LikelyMatch,
        text: format!(
            "{} (company {}) may already have a tenant: {}; if it is the same customer: acrotask \
             map-customer link {} {}; a new one is made only when this plan is approved",
            company.name,
            company.id,
            shown.join(", "),
            company.id,
            first.id
        ),
        key: None,
        scope: Reach::Companies(BTreeSet::from([company.id])),
        approvable: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(tenants: &[&str], companies: &[&str]) -> OpenTenants {
        let tenants = tenants.iter().map(|name| {
            let account = AccountName::new("eu");
            (account, TenantId::new(name), (*name).to_owned())
        });
        OpenTenants::new(tenants, (1..).map(CompanyId).zip(companies.iter().copied()))
    }

    #[test]
    fn a_tenant_of_a_similar_name_holds_a_company_back_unless_it_is_another_companys() {
        // Tenants; companies, of which the first is asked about; what may be its tenant.
        for (tenants, companies, expected) in [
            (
                &["Blckwood Accounting"][..],
                &["Blackwood Accounting"][..],
                &["Blckwood Accounting"][..],
            ),
            (
                &["BLACKWOOD ACCOUNTING, Ltd."],
                &["Blackwood Accounting"],
                &["BLACKWOOD ACCOUNTING, Ltd."],
            ),
            (&["Elm Law"], &["Blackwood Accounting"], &[]),
            (&[], &["Blackwood Accounting"], &[]),
            // The tenant has the very name of the other company.
            (
                &["Acme Corporation North"],
                &["Acme Corporation South", "Acme Corporation North"],
                &[],
            ),
            // Of several companies of one name each may be meant.
            (
                &["Acme North"],
                &["Acme North", "ACME North Ltd"],
                &["Acme North"],
            ),
            (
                &["Acme Nort"],
                &["Acme North", "Acme North"],
                &["Acme Nort"],
            ),
        ] {
            let open = open(tenants, companies);
            let found = open.find_likely(CompanyId(1), companies[0]);
            let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, expected, "{tenants:?} {companies:?}");
            let party = CompanyRef::new(CompanyId(1), companies[0]);
            let held = refuse_likely_match(&party, &found);
            assert_eq!(held.is_some(), !expected.is_empty());
            if let Some(held) = held {
                assert!(
                    held.approvable && held.text.contains(expected[0]),
                    "{held:?}"
                );
                assert!(
                    held.text.contains(&found[0].percent.to_string()),
                    "{held:?}"
                );
            }
        }
    }
}
