//! Prepaid customers that use more than their quota.

use rust_decimal::Decimal;

use crate::domain::ids::ItemKey;
use crate::domain::units::{Unit, show_amount};
use crate::plan::Note;
use crate::quotas::facts::{Customer, Facts, Item, Level, Usage};

/// The kind of the note.
pub(super) const OVER_USE: &str = "over-use";

/// A note for every item whose live usage is above its quota.
pub(in crate::commands::sync_billing) fn notes(facts: &Facts) -> Vec<Note> {
    let of_customer = |customer: &'_ Customer| -> Vec<Note> {
        let items = customer.items.iter();
        items
            .filter_map(|(key, item)| note(facts, customer, key, item))
            .collect()
    };
    facts.customers.iter().flat_map(of_customer).collect()
}

fn note(facts: &Facts, customer: &Customer, key: &ItemKey, item: &Item) -> Option<Note> {
    let Level::Quota {
        value: Some(quota), ..
    } = item.level
    else {
        return None;
    };
    let used = match &customer.usage {
        Usage::Read(rows) => rows.get(key).copied()?,
        Usage::Unread(_) | Usage::New => return None,
    };
    let over = used.checked_sub(Decimal::from(quota))?;
    if over <= Decimal::ZERO {
        return None;
    }
    let link = facts
        .products_of(&customer.account)
        .find(|link| link.item == *key);
    let unit = match (link, item.measurement) {
        (Some(link), _) => link.measure.unit,
        (None, Some(measurement)) => measurement.default_unit(),
        (None, None) => Unit::Count,
    };
    let shown = |amount: Decimal| show_amount(amount, unit);
    Some(Note {
        kind: OVER_USE,
        account: Some(customer.account.clone()),
        company: Some(customer.party.clone()),
        subject: key.to_string(),
        text: format!(
            "uses {} of {key} with a quota of {}: {} over; sell more, or lower the use",
            shown(used),
            shown(Decimal::from(quota)),
            shown(over)
        ),
        needs_person: true,
    })
}
