//! What a pay-as-you-go customer uses and nothing bills: no mapping counts it, or no line of its
//! contracts bills it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::super::facts::{CustomerUsage, ItemReading};
use super::context::CustomerContext;
use super::overuse::OverUse;
use super::{PlanBuilder, PostUnits, guards, money};
use crate::domain::digest;
use crate::domain::ids::{AccountName, ItemKey, ServiceId, TenantId};
use crate::domain::items;
use crate::domain::links::{MappingChoice, ProductLink};
use crate::domain::units::{Unit, show_amount};
use crate::plan::{CompanyRef, Description, Reach, Refusal, RefusalCode, RemarkKind};

/// An item that is used and not billed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands::sync_billing) struct UnbilledItem {
    pub(in crate::commands::sync_billing) party: CompanyRef,
    pub(in crate::commands::sync_billing) account: AccountName,
    pub(in crate::commands::sync_billing) tenant: TenantId,
    pub(in crate::commands::sync_billing) item: ItemKey,
    pub(in crate::commands::sync_billing) usage: Decimal,
    /// The service that should bill it, where it is mapped.
    pub(in crate::commands::sync_billing) service: Option<ServiceId>,
    pub(in crate::commands::sync_billing) units: Option<i64>,
    pub(in crate::commands::sync_billing) price: Option<Decimal>,
    unit: Unit,
}

impl UnbilledItem {
    pub(in crate::commands::sync_billing) fn unbilled_reason(&self) -> &'static str {
        match self.service {
            Some(_) => "no contract line",
            None => "not mapped",
        }
    }

    fn in_words(&self) -> String {
        let units = self.units.map(Decimal::from);
        let amount = units.and_then(|units| self.price?.checked_mul(units));
        let amount = amount.map_or_else(String::new, |it| format!(", {}", money::show_money(it)));
        format!(
            "{} of {}{amount} ({})",
            show_amount(self.usage, self.unit),
            self.item,
            self.unbilled_reason()
        )
    }
}

impl CustomerContext<'_> {
    /// Everything that this customer uses and nothing bills.
    pub(super) fn unbilled_usage(&self) -> Vec<UnbilledItem> {
        let CustomerUsage::Rows(rows) = &self.customer.usage else {
            return Vec::new();
        };
        if self.payg.is_empty() {
            return Vec::new();
        }
        let all = rows
            .iter()
            .filter_map(|(item, row)| self.unbilled_item(item, row));
        all.collect()
    }

    fn unbilled_item(&self, item: &ItemKey, row: &ItemReading) -> Option<UnbilledItem> {
        let accrues = items::accrues_over_period(&item.name, row.usage_name.as_deref());
        let usage = if accrues { row.accrued } else { row.absolute }?;
        // What is off and used all the same is said where it is mapped.
        if usage <= Decimal::ZERO
            || row.enabled != Some(true)
            || self.is_counted_elsewhere(item, row)
        {
            return None;
        }
        let link = self.link_of(item);
        let service = match link.map(|link| &link.choice) {
            Some(MappingChoice::Free | MappingChoice::Leave) => return None,
            Some(MappingChoice::Service { id, .. }) if self.is_held(*id) => return None,
            Some(MappingChoice::Service { id, .. }) => Some(*id),
            None => None,
        };
        let units = link.and_then(|link| link.measure.billable_units(usage));
        if units == Some(0) {
            return None;
        }
        let unit = match (link, row.measurement) {
            (Some(link), _) => link.measure.unit,
            (None, Some(measurement)) => measurement.default_unit(),
            (None, None) => Unit::Count,
        };
        Some(UnbilledItem {
            party: self.customer.party.clone(),
            account: self.customer.account.clone(),
            tenant: self.customer.tenant.clone(),
            item: item.clone(),
            usage,
            service,
            units,
            price: service.and_then(|id| self.facts.prices.get(&id).copied()),
            unit,
        })
    }

    fn link_of(&self, item: &ItemKey) -> Option<&ProductLink> {
        let mut links = self.facts.products.iter();
        links.find(|link| link.account == self.customer.account && link.item == *item)
    }

    /// Whether a contract in force holds the service.
    pub(super) fn is_held(&self, service: ServiceId) -> bool {
        let mut contracts = self.payg.iter().chain(&self.prepaid);
        contracts.any(|contract| contract.holds_service(service))
    }

    /// Whether another item counts the same: the whole of a part, the same usage in another edition.
    fn is_counted_elsewhere(&self, item: &ItemKey, row: &ItemReading) -> bool {
        let whole = items::whole_of(&item.name);
        self.mapped
            .iter()
            .filter(|one| self.is_held(one.service))
            .any(|one| {
                let other = &one.link.item;
                let same = other.infra == item.infra
                    && row.usage_name.is_some()
                    && self
                        .usage_row(*one)
                        .is_some_and(|other| other.usage_name == row.usage_name);
                same || whole.as_ref() == Some(&other.name)
            })
    }

    /// Says what is not billed. What is mapped and lacks its line was said with that line.
    pub(super) fn say_unbilled(&self, draft: &mut PlanBuilder) {
        let mut all = self.unbilled_usage();
        // What gets its line by this run is billed.
        all.retain(|one| {
            let mut posts = draft.posts.iter();
            !posts.any(|post| post.tenant == one.tenant && post.item == one.item)
        });
        draft.refusals.extend(self.edition_switch(draft, &all));
        let unmapped: Vec<&UnbilledItem> = all.iter().filter(|one| one.service.is_none()).collect();
        if !unmapped.is_empty() {
            let named: Vec<String> = unmapped.iter().map(|one| one.in_words()).collect();
            let text = format!(
                "{} uses items that are not billed: {}; map them and add their services to the \
                 contract, or set them to free with `acrotask map-products free`",
                self.customer.party.name,
                named.join("; ")
            );
            let items: Vec<String> = unmapped.iter().map(|one| one.item.to_string()).collect();
            let doublings = unmapped
                .iter()
                .filter_map(|one| one.usage.to_u128()?.checked_ilog2());
            draft.over_use.push(OverUse {
                note: self.person_remark(
                    RemarkKind::UnbilledUsage,
                    self.customer.tenant.to_string(),
                    text,
                ),
                // Other items are another matter.
                quota: i64::from_str_radix(&digest::hex_digest(&items.join(" "), 4), 16)
                    .unwrap_or(0),
                doublings: doublings.sum(),
            });
        }
        draft.unbilled.extend(all);
    }

    /// A few lines that go to zero while the same customer uses items without a line: another
    /// edition, as a rule.
    fn edition_switch(&self, draft: &PlanBuilder, unbilled: &[UnbilledItem]) -> Option<Refusal> {
        let most = self.rules.limits.units_to_zero_max;
        let goes = |post: &&PostUnits| {
            post.party.id == self.customer.party.id
                && post.wanted == 0
                && (1..=most).contains(&post.before)
        };
        let posts: Vec<&PostUnits> = draft.posts.iter().filter(goes).collect();
        let (first, one) = (posts.first()?, unbilled.first()?);
        let lines: Vec<Description> = posts.iter().map(|post| post.describe_change()).collect();
        let text = format!(
            "{}: {} lines would become 0 units while {} is used but not billed ({}), so its \
             edition was probably switched: first map the new items and add their services to the \
             contract",
            self.customer.party.name,
            posts.len(),
            one.item,
            one.unbilled_reason()
        );
        Some(Refusal {
            scope: Reach::of_lines(&lines),
            ..guards::hold_line(first, RefusalCode::EditionSwitch, text, None, self.rules)
        })
    }
}
