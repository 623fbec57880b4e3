//! What the descriptions of summaries say now: a person may have written there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::plan::facts::{AccountFacts, Desk};
use super::super::plan::key;
use crate::autotask::Autotask;
use crate::domain::ids::TicketId;
use crate::http::Failure;

/// The descriptions of all summaries on the desk, remembered or found by external id.
pub(super) fn read(
    autotask: &Autotask,
    accounts: &[AccountFacts],
    desk: &Desk,
) -> Result<BTreeMap<TicketId, String>, Failure> {
    let mut ids: BTreeSet<TicketId> = BTreeSet::new();
    for account in accounts {
        let known = account.summaries.iter().map(|known| known.link.ticket);
        ids.extend(known.filter(|ticket| desk.tickets.contains_key(ticket)));
        ids.extend(found(account, desk));
    }
    Ok(autotask.ticket_descriptions(&ids)?.into_iter().collect())
}

fn found<'a>(account: &AccountFacts, desk: &'a Desk) -> impl Iterator<Item = TicketId> + 'a {
    let cases = account.cases.iter().map(|case| case.place.company);
    let remembered = account.summaries.iter().map(|known| known.link.company);
    let lost = account.lost_summaries.iter().copied();
    let first = |company: crate::domain::ids::CompanyId| {
        key::external_id(&account.account, &key::summary_key(company.0), 1)
    };
    let firsts: BTreeSet<String> = cases.chain(remembered).chain(lost).map(first).collect();
    let ours =
        move |external_id: &str| key::first(external_id).is_some_and(|id| firsts.contains(id));
    let found = desk.by_external_id.iter();
    found
        .filter(move |(external_id, _)| ours(external_id))
        .flat_map(|(_, tickets)| tickets.iter().copied())
}
