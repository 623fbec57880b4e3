//! Prepaid customers that use more than their quota.

use crate::plan::RemarkKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use crate::domain::ids::ItemKey;
use crate::domain::units::{Unit, show_amount};
use crate::plan::Remark;
use crate::quotas::facts::{Facts, Level, LiveUsage, QuotaCustomer, QuotaItem};

/// Live usage above a quota.
#[derive(Debug)]
pub(in crate::commands::sync_billing) struct OverUse {
    pub(super) note: Remark,
    /// In pieces, bytes or seconds, as the excess.
    pub(super) quota: i64,
    /// How often the excess has doubled: a coarse measure of it.
    pub(super) doublings: u32,
}

/// A note for every item whose live usage is above its quota.
pub(in crate::commands::sync_billing) fn find_over_use(facts: &Facts) -> Vec<OverUse> {
    let of_customer = |customer: &'_ QuotaCustomer| -> Vec<OverUse> {
        let items = customer.items.iter();
        items
            .filter_map(|(key, item)| over_use_of_item(facts, customer, key, item))
            .collect()
    };
    facts.customers.iter().flat_map(of_customer).collect()
}

fn over_use_of_item(
    facts: &Facts,
    customer: &QuotaCustomer,
    key: &ItemKey,
    item: &QuotaItem,
) -> Option<OverUse> {
    let Level::Quota {
        value: Some(quota), ..
    } = item.level
    else {
        return None;
    };
    let used = match &customer.usage {
        LiveUsage::Read(rows) => rows.get(key).copied()?,
        LiveUsage::Unread(_) | LiveUsage::New => return None,
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
    let note = Remark::new(
        RemarkKind::OverUse,
        key.to_string(),
        format!(
            "uses {} of {key} with a quota of {}: {} over; sell more units, or have the usage \
             reduced",
            shown(used),
            shown(Decimal::from(quota)),
            shown(over)
        ),
    )
    .of_account(&customer.account)
    .of_company(customer.party.clone())
    .for_person();
    Some(OverUse {
        note,
        quota,
        doublings: over.to_u128()?.checked_ilog2().unwrap_or(0),
    })
}
