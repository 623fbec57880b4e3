//! What a run looked at: only what it would have seen again may be forgotten when it is not seen.

use crate::plan::RemarkKind;
use std::collections::BTreeSet;

use super::{CompanyFilter, Scope};
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::Remark;
use crate::state::pending::PendingItem;

/// The note of every command about an account that it could not read.
pub(super) const UNREADABLE: RemarkKind = RemarkKind::AccountUnreadable;

/// What a run looks at, and so would see again.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunScope {
    scope: Scope,
    /// Accounts that could not be read.
    unread: BTreeSet<AccountName>,
    /// The kinds of notes that it would see again; none for all.
    kinds: Option<&'static [RemarkKind]>,
    /// Companies in scope about which nothing could be said: a busy tenant, unreadable usage.
    unseen: BTreeSet<CompanyId>,
    holds_refused_writes: bool,
}

impl RunScope {
    pub(crate) fn of(scope: Scope) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }

    /// A run that does not see everything: of what it no longer sees only these kinds of notes are
    /// forgotten.
    pub(crate) fn only_kinds(self, kinds: &'static [RemarkKind]) -> Self {
        let kinds = Some(kinds);
        Self { kinds, ..self }
    }

    /// Passes over companies of which nothing could be seen.
    pub(crate) fn without(self, unseen: BTreeSet<CompanyId>) -> Self {
        Self { unseen, ..self }
    }

    /// A write that the other side refuses is told once, then held as long as it is refused with the
    /// same words.
    pub(crate) fn holding_refused_writes(self) -> Self {
        Self {
            holds_refused_writes: true,
            ..self
        }
    }

    /// The accounts that could not be read are those that the notes name.
    pub(super) fn reading(mut self, notes: &[Remark]) -> Self {
        let unread = notes.iter().filter(|note| note.kind == UNREADABLE);
        self.unread
            .extend(unread.filter_map(|note| note.account.clone()));
        self
    }

    pub(super) fn holds_refused(&self) -> bool {
        self.holds_refused_writes
    }

    /// Whether the run would have seen an item again, were it still there.
    pub(super) fn covers(&self, held: &PendingItem) -> bool {
        let scope = &self.scope;
        let by_company = match held.company {
            Some(company) => {
                scope.companies.contains_company(company) && !self.unseen.contains(&company)
            }
            None => scope.companies == CompanyFilter::All,
        };
        let by_account = match &held.account {
            Some(account) => {
                let named = |name: &String| name == account.as_str();
                let in_scope = scope.accounts.is_empty() || scope.accounts.iter().any(named);
                in_scope && !self.unread.contains(account)
            }
            None => scope.accounts.is_empty() && self.unread.is_empty(),
        };
        let by_kind = self.kinds.is_none_or(|kinds| {
            let kind = RemarkKind::parse(&held.kind);
            kind.is_some_and(|kind| kind == UNREADABLE || kinds.contains(&kind))
        });
        by_company && by_account && by_kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::pending::PendingClass;

    fn item(account: Option<&str>, company: Option<i64>) -> PendingItem {
        PendingItem {
            command: "provision".to_owned(),
            key: "k".to_owned(),
            kind: "first-lowering".to_owned(),
            class: PendingClass::Held,
            account: account.map(AccountName::new),
            company: company.map(CompanyId),
            text: String::new(),
            fingerprint: String::new(),
            payload: serde_json::Value::Null,
        }
    }

    #[test]
    fn a_narrowed_run_forgets_only_what_it_looked_at() {
        let whole = Scope::default();
        let of_seven = Scope {
            companies: CompanyFilter::Only(BTreeSet::from([CompanyId(7)])),
            ..Scope::default()
        };
        let of_eu = Scope {
            accounts: vec!["eu".to_owned()],
            ..Scope::default()
        };
        for (scope, account, company, covered) in [
            (&whole, None, None, true),
            (&whole, Some("us"), Some(7), true),
            (&of_eu, None, None, false),
            (&of_eu, Some("us"), Some(7), false),
            (&of_eu, Some("eu"), Some(8), true),
            (&of_seven, Some("eu"), Some(7), true),
            (&of_seven, Some("eu"), Some(8), false),
            (&of_seven, None, None, false),
        ] {
            let seen = RunScope::of(scope.clone());
            let held = item(account, company);
            assert_eq!(seen.covers(&held), covered, "{scope:?} {held:?}");
        }
    }

    #[test]
    fn an_account_that_could_not_be_read_keeps_its_items() {
        let scope = RunScope {
            unread: BTreeSet::from([AccountName::new("us")]),
            ..RunScope::default()
        };
        assert!(!scope.covers(&item(Some("us"), Some(7))));
        assert!(!scope.covers(&item(None, Some(7))));
        assert!(scope.covers(&item(Some("eu"), Some(7))));
    }

    #[test]
    fn a_customer_that_could_not_be_seen_keeps_its_items() {
        let scope = RunScope::default().without(BTreeSet::from([CompanyId(7)]));
        assert!(!scope.covers(&item(Some("eu"), Some(7))));
        assert!(scope.covers(&item(None, None)));
        assert!(scope.covers(&item(Some("eu"), Some(8))));
    }

    #[test]
    fn a_run_that_does_not_see_everything_forgets_only_the_kinds_that_it_sees() {
        let of = |kind: &str| PendingItem {
            kind: kind.to_owned(),
            ..item(Some("eu"), Some(7))
        };
        let whole = RunScope::default();
        let part = RunScope::default().only_kinds(&[RemarkKind::CompanyInactive]);
        assert!(whole.covers(&of("alerts-vanished")));
        assert!(!part.covers(&of("alerts-vanished")));
        assert!(part.covers(&of("company-inactive")));
        assert!(part.covers(&of(UNREADABLE.as_str())));
    }
}
