//! What stands in `status` until a person, or at least another run, settles it.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::{StatusRow, dismiss};
use crate::domain::action_kind::spoken_kind;
use crate::domain::ids::AccountName;
use crate::state::State;
use crate::state::cursors::HeldAlert;
use crate::state::pending::{PendingItem, ReportedItem};

/// Everything that only a person, or at least another run, can settle.
pub(super) fn read_attention_rows(state: &State, now: Timestamp) -> Result<Vec<StatusRow>> {
    let (refused, pending): (Vec<_>, Vec<_>) = state
        .pending_items(None)?
        .into_iter()
        .partition(|held| held.item.is_refused_write());
    let attention = pending.into_iter().map(|held| {
        let item = held.item;
        StatusRow {
            kind: "person",
            key: Some(item.short_key()),
            command: item.command,
            account: item.account.map(|account| account.to_string()),
            company: item.company.map(|company| company.0),
            state: "waits".to_owned(),
            text: item.text,
            ..StatusRow::default()
        }
        .with_since(held.first_seen, now)
    });
    let uncertain = state.uncertain()?.into_iter().map(|entry| {
        let intent = entry.intent;
        StatusRow {
            kind: "uncertain",
            key: dismiss::may_dismiss(&intent).then(|| entry.id.short_key()),
            command: intent.command,
            account: intent.account.map(|account| account.to_string()),
            company: intent.company.map(|company| company.0),
            state: "open".to_owned(),
            run: Some(intent.run.to_string()),
            text: format!(
                "{} {}: it is not known whether it took effect; the next run checks",
                spoken_kind(&intent.kind),
                intent.subject
            ),
            ..StatusRow::default()
        }
        .with_since(entry.at, now)
    });
    Ok(attention
        .chain(uncertain)
        .chain(refused_write_rows(state, refused, now)?)
        .collect())
}

/// What the other side refuses to take, by its own words, with the alerts that wait for it.
fn refused_write_rows(
    state: &State,
    mut told: Vec<ReportedItem>,
    now: Timestamp,
) -> Result<Vec<StatusRow>> {
    let settled = state.dismissals(None)?;
    let mut reasons: BTreeMap<(AccountName, String), Vec<HeldAlert>> = BTreeMap::new();
    for (account, held) in state.refused_alerts()? {
        let reason = (account, held.hold.detail.clone());
        reasons.entry(reason).or_default().push(held);
    }
    let mut lines = Vec::new();
    for ((account, detail), held) in reasons {
        let is_of = |item: &PendingItem| {
            item.is_refused_write()
                && item.account.as_ref() == Some(&account)
                && item.text == detail
        };
        let place = told.iter().position(|one| is_of(&one.item));
        let key = place.map(|place| told.swap_remove(place).item.short_key());
        if key.is_none() && settled.iter().any(|one| is_of(&one.item)) {
            continue;
        }
        let line = refused_alerts_row(&account, &detail, &held, now);
        lines.push(StatusRow { key, ..line });
    }
    let others = told.into_iter().map(|one| {
        let item = one.item;
        StatusRow {
            kind: "refused",
            key: Some(item.short_key()),
            command: item.command,
            account: item.account.map(|account| account.to_string()),
            state: "waits".to_owned(),
            text: item.text,
            ..StatusRow::default()
        }
        .with_since(one.first_seen, now)
    });
    lines.extend(others);
    Ok(lines)
}

fn refused_alerts_row(
    account: &AccountName,
    detail: &str,
    held: &[HeldAlert],
    now: Timestamp,
) -> StatusRow {
    let since = held.iter().map(|one| one.first_at).min().unwrap_or(now);
    let tries = held.iter().map(|one| one.tries).max().unwrap_or_default();
    let first = held.first().map_or("", |one| one.hold.alert.as_str());
    let whose = match held.len() {
        1 => format!("the ticket or note for alert {first} cannot be written"),
        many => format!(
            "the tickets or notes for {many} alerts ({first} and others) cannot be \
                         written"
        ),
    };
    StatusRow {
        kind: "refused",
        command: "sync-tickets".to_owned(),
        account: Some(account.to_string()),
        state: "waits".to_owned(),
        text: format!(
            "{whose} (attempts: {tries}): {}; see acrotask sync-tickets --explain {first}",
            detail.trim_end_matches('.')
        ),
        ..StatusRow::default()
    }
    .with_since(since, now)
}
