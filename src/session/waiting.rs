//! What of a plan waits for a person, remembered for `status` until a run no longer sees it.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Companies, Scope, Writing};
use crate::domain::ids::{AccountName, CompanyId};
use crate::plan::{self, Action, Note, Plan, Refusal};
use crate::state::attention::Attention;

/// The note of every command about an account that it could not read.
const UNREADABLE: &str = "account-unreadable";

impl Writing<'_> {
    /// Says what this run looks at; from then on what waits for a person in its plan is
    /// remembered, and what it looks at and no longer sees is forgotten.
    pub(crate) fn remembers(&mut self, scope: Scope) {
        self.looked_at = Some(LookedAt { scope, kinds: None });
    }

    /// The same for a run that does not see everything: what waits for a person in its plan is
    /// remembered, and of what it no longer sees only these kinds of notes are forgotten.
    pub(crate) fn remembers_more(&mut self, scope: Scope, kinds: &'static [&'static str]) {
        let kinds = Some(kinds);
        self.looked_at = Some(LookedAt { scope, kinds });
    }

    /// Takes over what a plan shows. A person who approved the plan has settled what could be
    /// approved.
    pub(super) fn remember<A: Action>(&self, plan: &Plan<A>, approved: bool) -> Result<()> {
        let Some(looked_at) = self.looked_at.as_ref().filter(|_| !self.dry_run()) else {
            return Ok(());
        };
        let command = plan.command();
        let standing = |refusal: &&Refusal| !(approved && refusal.approvable);
        let notes = plan.notes().iter().filter(|note| note.needs_person);
        let seen: Vec<Attention> = notes
            .map(|note| of_note(command, note))
            .chain(
                plan.refusals()
                    .iter()
                    .filter(standing)
                    .map(|refusal| of_refusal(command, refusal)),
            )
            .collect();
        let mut sight = Sight::of(looked_at.scope.clone(), plan.notes());
        sight.kinds = looked_at.kinds;
        let covered = |held: &Attention| sight.covers(held);
        self.state
            .keep_attention(command, &seen, covered, self.session.now)
    }
}

/// What a run is going to look at.
#[derive(Debug)]
pub(super) struct LookedAt {
    scope: Scope,
    kinds: Option<&'static [&'static str]>,
}

/// What a run looked at, and so would have seen again.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    scope: Scope,
    /// Accounts that could not be read.
    unread: BTreeSet<AccountName>,
    /// The kinds of notes that it would see again; none for all.
    kinds: Option<&'static [&'static str]>,
    /// Companies in scope about which nothing could be said: a busy tenant, unreadable usage.
    unseen: BTreeSet<CompanyId>,
}

impl Sight {
    /// The accounts that could not be read are those that the notes name.
    pub(crate) fn of(scope: Scope, notes: &[Note]) -> Self {
        let unread = notes.iter().filter(|note| note.kind == UNREADABLE);
        Self {
            scope,
            unread: unread.filter_map(|note| note.account.clone()).collect(),
            kinds: None,
            unseen: BTreeSet::new(),
        }
    }

    /// Passes over companies of which nothing could be seen.
    pub(crate) fn without(self, unseen: BTreeSet<CompanyId>) -> Self {
        Self { unseen, ..self }
    }

    /// Whether the run would have seen a matter again, were it still there.
    pub(crate) fn covers(&self, held: &Attention) -> bool {
        let scope = &self.scope;
        let by_company = match held.company {
            Some(company) => scope.companies.holds(company) && !self.unseen.contains(&company),
            None => scope.companies == Companies::All,
        };
        let by_account = match &held.account {
            Some(account) => {
                let named = |name: &String| name == account.as_str();
                let in_scope = scope.accounts.is_empty() || scope.accounts.iter().any(named);
                in_scope && !self.unread.contains(account)
            }
            None => scope.accounts.is_empty() && self.unread.is_empty(),
        };
        let kind = held.fingerprint.as_str();
        let by_kind = self
            .kinds
            .is_none_or(|kinds| kind == UNREADABLE || kinds.contains(&kind));
        by_company && by_account && by_kind
    }
}

fn of_note(command: &str, note: &Note) -> Attention {
    let Note {
        kind,
        account,
        company,
        subject,
        text,
        needs_person: _,
    } = note;
    let of_account = account.as_ref().map_or("", AccountName::as_str);
    let of_company = company
        .as_ref()
        .map(|party| party.id.to_string())
        .unwrap_or_default();
    let text = match company {
        Some(party) => format!("{}: {text}", party.name),
        None => text.clone(),
    };
    Attention {
        command: command.to_owned(),
        key: format!("{kind} {of_account} {of_company} {subject}"),
        account: account.clone(),
        company: company.as_ref().map(|party| party.id),
        text,
        fingerprint: (*kind).to_owned(),
    }
}

fn of_refusal(command: &str, refusal: &Refusal) -> Attention {
    let company = match &refusal.scope {
        plan::Scope::Companies(ids) if ids.len() == 1 => ids.first().copied(),
        plan::Scope::Nothing(company) => Some(*company),
        plan::Scope::Companies(_) | plan::Scope::Lines(_) | plan::Scope::Run => None,
    };
    let advice = if refusal.approvable {
        format!("; look at `acrotask {command} --dry-run` and approve it with --expect-plan")
    } else {
        String::new()
    };
    Attention {
        command: command.to_owned(),
        key: format!("refused {} {}", refusal.code, refusal.text),
        account: None,
        company,
        text: format!("{}{advice}", refusal.text),
        fingerprint: refusal.code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matter(account: Option<&str>, company: Option<i64>) -> Attention {
        Attention {
            command: "provision".to_owned(),
            key: "k".to_owned(),
            account: account.map(AccountName::new),
            company: company.map(CompanyId),
            text: String::new(),
            fingerprint: String::new(),
        }
    }

    #[test]
    fn a_narrowed_run_forgets_only_what_it_looked_at() {
        let whole = Scope::default();
        let of_seven = Scope {
            companies: Companies::Only(BTreeSet::from([CompanyId(7)])),
            ..Scope::default()
        };
        let of_eu = Scope {
            accounts: vec!["eu".to_owned()],
            ..Scope::default()
        };
        let covers = |scope: &Scope, held: &Attention| Sight::of(scope.clone(), &[]).covers(held);
        for held in [matter(None, None), matter(Some("us"), Some(7))] {
            assert!(covers(&whole, &held));
            assert!(!covers(&of_eu, &held));
        }
        assert!(covers(&of_seven, &matter(Some("eu"), Some(7))));
        assert!(!covers(&of_seven, &matter(Some("eu"), Some(8))));
        assert!(!covers(&of_seven, &matter(None, None)));
        assert!(covers(&of_eu, &matter(Some("eu"), Some(8))));
    }

    #[test]
    fn an_account_that_could_not_be_read_keeps_its_matters() {
        let sight = Sight {
            unread: BTreeSet::from([AccountName::new("us")]),
            ..Sight::default()
        };
        assert!(!sight.covers(&matter(Some("us"), Some(7))));
        assert!(!sight.covers(&matter(None, Some(7))));
        assert!(sight.covers(&matter(Some("eu"), Some(7))));
    }

    #[test]
    fn a_customer_that_could_not_be_seen_keeps_its_matters() {
        let sight = Sight::default().without(BTreeSet::from([CompanyId(7)]));
        assert!(!sight.covers(&matter(Some("eu"), Some(7))));
        assert!(sight.covers(&matter(None, None)));
        assert!(sight.covers(&matter(Some("eu"), Some(8))));
    }

    #[test]
    fn a_run_that_does_not_see_everything_forgets_only_the_kinds_that_it_sees() {
        let of = |fingerprint: &str| Attention {
            fingerprint: fingerprint.to_owned(),
            ..matter(Some("eu"), Some(7))
        };
        let covered = |kinds, fingerprint| {
            let sight = Sight {
                kinds,
                ..Sight::default()
            };
            sight.covers(&of(fingerprint))
        };
        let kinds: Option<&'static [&'static str]> = Some(&["company-inactive"]);
        assert!(covered(None, "alerts-vanished"));
        assert!(!covered(kinds, "alerts-vanished"));
        assert!(covered(kinds, "company-inactive"));
        assert!(covered(kinds, UNREADABLE));
    }
}
