//! When new tickets are too many, and whose are put together.

use super::super::decide::decide_keys;
use super::super::storms::find_storms;
use super::*;

/// So many wanted tickets of each company of an account.
type Count = (&'static str, &'static [(i64, usize)]);
/// What is wanted, and who gets a summary.
type Row = (&'static [Count], &'static [(&'static str, i64)]);

fn account(name: &str, companies: &[(i64, usize)]) -> AccountFacts {
    let cases = companies.iter().flat_map(|(id, count)| many(*id, *count));
    let mut facts = facts(cases.collect());
    let mut account = facts.accounts.remove(0);
    account.account = AccountName::new(name);
    account
}

/// Account and company of every summary.
fn stormy(accounts: &[Count], lost: &[(&'static str, i64)]) -> Vec<(String, i64)> {
    let mut facts = facts(Vec::new());
    facts.accounts = accounts
        .iter()
        .map(|(name, companies)| account(name, companies))
        .collect();
    for (name, company) in lost {
        let name = AccountName::new(name);
        let id = TicketId(900 + company);
        let external_id = ticket_key::external_id(&name, &ticket_key::summary_key(*company), 1);
        facts.desk.by_external_id.insert(external_id, vec![id]);
        facts.desk.tickets.insert(id, ticket(id.0));
        let mut accounts = facts.accounts.iter_mut();
        let account = accounts.find(|one| one.account == name).unwrap();
        account.lost_summaries.insert(CompanyId(*company));
    }
    let limits = "[limits]\ntickets_per_company = 3\ntickets_per_run = 5\n";
    with(&facts, limits, |contexts| {
        let outcomes: Vec<_> = contexts.iter().map(|ctx| decide_keys(*ctx)).collect();
        let storm = find_storms(&facts.desk, &outcomes, contexts[0].rules.limits);
        let mut found = Vec::new();
        for outcome in outcomes {
            let name = &outcome.account.account;
            let (_, together) = storm.split_wanted(name, outcome.wanted);
            let whose = |company: &CompanyId| (name.to_string(), company.0);
            found.extend(together.keys().map(whose));
        }
        found
    })
}

#[test]
fn a_storm_is_counted_over_all_accounts_and_put_together_for_each() {
    let table: [Row; 9] = [
        (&[("eu", &[(1, 3), (2, 2)])], &[]),
        // More than the company may get, and the others are left alone.
        (&[("eu", &[(1, 4), (2, 2)])], &[("eu", 1)]),
        // A company over its limit counts as one towards the run: 1 + 3 + 1.
        (&[("eu", &[(1, 9), (2, 3), (5, 1)])], &[("eu", 1)]),
        // One more is too many: 1 + 3 + 2.
        (
            &[("eu", &[(1, 9), (2, 3), (5, 2)])],
            &[("eu", 1), ("eu", 2), ("eu", 5)],
        ),
        // More than the run may make: whoever has more than one.
        (
            &[("eu", &[(1, 3), (2, 3), (5, 1)])],
            &[("eu", 1), ("eu", 2)],
        ),
        (&[("eu", &[(1, 3)]), ("us", &[(2, 2)])], &[]),
        (
            &[("eu", &[(1, 3)]), ("us", &[(2, 3)])],
            &[("eu", 1), ("us", 2)],
        ),
        // The same company of two accounts.
        (
            &[("eu", &[(1, 3)]), ("us", &[(1, 3)])],
            &[("eu", 1), ("us", 1)],
        ),
        (&[("eu", &[(1, 4)]), ("us", &[(1, 2)])], &[("eu", 1)]),
    ];
    for (accounts, expected) in table {
        let expected: Vec<(String, i64)> = expected
            .iter()
            .map(|(name, company)| ((*name).to_owned(), *company))
            .collect();
        assert_eq!(stormy(accounts, &[]), expected, "{accounts:?}");
    }
}

#[test]
fn a_company_whose_open_summary_nobody_remembers_keeps_its_alerts_there() {
    let accounts: &[Count] = &[("eu", &[(1, 1), (2, 1)]), ("us", &[(1, 1)])];
    let eu = ("eu".to_owned(), 1);
    assert_eq!(stormy(accounts, &[("eu", 1)]), [eu]);
}
