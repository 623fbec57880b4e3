//! What was used, as it is measured for billing (acronis.md §6).

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::batches::BatchSplitter;
use super::offering_items::{WireQuota, item_key};
use super::{
    AT_ONCE_MAX, Acronis, IDS_PER_REQUEST, ItemClass, ItemQuota, ListAnswer, join_ids, lenient,
};
use crate::domain::ids::{ItemKey, TenantId, TenantNumber};
use crate::domain::units::Measurement;
use crate::http::{Failure, FailureKind, fan_out};

/// What is known of the usage of one tenant that was asked about.
#[derive(Clone, Debug)]
pub(crate) enum TenantUsage {
    /// The rows of its answer.
    Rows(Vec<UsageRow>),
    /// The answer did not name the tenant at all: not the same as no usage.
    Missing,
    /// It could not be asked.
    Failed(Failure),
}

/// One row: one item, or one figure that is no item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsageRow {
    pub(crate) key: ItemKey,
    /// May be `mixed`.
    pub(crate) edition: Option<String>,
    /// Shared by all editions of an item.
    pub(crate) usage_name: Option<String>,
    pub(crate) class: ItemClass,
    /// The service's word; [`UsageRow::parse_measurement`] reads it.
    pub(crate) measurement_unit: Option<String>,
    /// The numeric id that alerts name the tenant by.
    pub(crate) tenant_number: Option<TenantNumber>,
    /// Since when `absolute` accumulated; normally the first of the month.
    pub(crate) range_start: Option<Timestamp>,
    /// What is billed, in pieces, bytes or seconds. Can be negative; counts as zero then.
    pub(crate) absolute: Option<Decimal>,
    /// The running period's own figure, for what accrues, as compute points do (acronis.md §6.2).
    pub(crate) value: Option<Decimal>,
    /// Missing for figures that are no items, which are never billed unless mapped on purpose.
    pub(crate) item: Option<UsageItem>,
}

/// The offering item behind a usage row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsageItem {
    pub(crate) enabled: bool,
    pub(crate) quota: Option<ItemQuota>,
}

#[derive(Deserialize)]
struct WireTenantUsages {
    tenant: String,
    usages: Vec<WireUsage>,
}

#[derive(Deserialize)]
struct WireUsage {
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    application_id: Option<String>,
    name: String,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    edition: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    usage_name: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "lenient::lenient_text")]
    class: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    measurement_unit: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_text")]
    infra_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::lenient_integer")]
    tenant_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::lenient_date")]
    range_start: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::lenient_amount")]
    absolute_value: Option<Decimal>,
    #[serde(default, deserialize_with = "lenient::lenient_amount")]
    value: Option<Decimal>,
    #[serde(default)]
    offering_item: Option<WireUsageItem>,
}

#[derive(Deserialize)]
struct WireUsageItem {
    #[serde(default, deserialize_with = "lenient::lenient_flag")]
    status: Option<bool>,
    #[serde(default)]
    quota: Option<WireQuota>,
}

impl Acronis {
    /// The usages of many tenants, a hundred a request; a batch that is refused is split until the
    /// tenant that spoils it is found (acronis.md §6.1). Every tenant asked about is in the answer.
    pub(crate) fn read_usages(&self, tenants: &[TenantId]) -> BTreeMap<TenantId, TenantUsage> {
        let batches: Vec<&[TenantId]> = tenants.chunks(IDS_PER_REQUEST).collect();
        let interrupted = self.transport.interrupt_flag();
        let answers = fan_out(&batches, AT_ONCE_MAX, interrupted, |batch| {
            read_batch(batch, &|tenants: &[TenantId]| self.usages_batch(tenants))
        });
        let mut measured = BTreeMap::new();
        for (batch, answer) in batches.iter().zip(answers) {
            measured.extend(answer.unwrap_or_else(|| {
                let failure = self.get(&["tenants", "usages"], "reading usages");
                let failure = failure.new_failure(FailureKind::Interrupted);
                let failed =
                    |tenant: &TenantId| (tenant.clone(), TenantUsage::Failed(failure.clone()));
                batch.iter().map(failed).collect()
            }));
        }
        measured
    }

    fn usages_batch(&self, tenants: &[TenantId]) -> Result<Answered, Failure> {
        let what = format!("reading the usages of {} tenants", tenants.len());
        let request = self
            .get(&["tenants", "usages"], &what)
            .with_query("tenants", &join_ids(tenants.iter().map(TenantId::as_str)));
        let listing: ListAnswer<WireTenantUsages> = self.read_json(request)?;
        Ok(listing.items.into_iter().map(usages_of_tenant).collect())
    }
}

type Answered = Vec<(TenantId, Vec<UsageRow>)>;

fn usages_of_tenant(wire: WireTenantUsages) -> (TenantId, Vec<UsageRow>) {
    let rows = wire.usages.into_iter().map(UsageRow::from_wire).collect();
    (TenantId::new(&wire.tenant), rows)
}

/// Asks about a batch and says of each tenant of it what came out.
fn read_batch(
    tenants: &[TenantId],
    ask: &dyn Fn(&[TenantId]) -> Result<Answered, Failure>,
) -> BTreeMap<TenantId, TenantUsage> {
    let mut halving = BatchSplitter::new(ask);
    halving.ask_batch(tenants);
    let mut measured: BTreeMap<TenantId, TenantUsage> = tenants
        .iter()
        .map(|tenant| (tenant.clone(), TenantUsage::Missing))
        .collect();
    for (tenant, failure) in halving.failed {
        measured.insert(tenant, TenantUsage::Failed(failure));
    }
    for (tenant, rows) in halving.answers.into_iter().flatten() {
        // A tenant that was not asked about is not our business.
        let Some(slot) = measured.get_mut(&tenant) else {
            continue;
        };
        match slot {
            TenantUsage::Rows(seen) => seen.extend(rows),
            TenantUsage::Missing | TenantUsage::Failed(_) => *slot = TenantUsage::Rows(rows),
        }
    }
    measured
}

impl UsageRow {
    /// `None` for a unit of measure that we do not know and must not guess at.
    pub(crate) fn parse_measurement(&self) -> Option<Measurement> {
        Measurement::parse(self.measurement_unit.as_deref())
    }

    fn from_wire(wire: WireUsage) -> Self {
        let application = wire.application_id.unwrap_or_default();
        Self {
            key: item_key(wire.name, wire.infra_id.as_deref(), &application),
            edition: wire.edition,
            usage_name: wire.usage_name,
            class: ItemClass::from_word(wire.class.as_deref()),
            measurement_unit: wire.measurement_unit,
            tenant_number: wire.tenant_id.map(TenantNumber),
            range_start: wire.range_start,
            absolute: wire.absolute_value,
            value: wire.value,
            item: wire.offering_item.map(|item| UsageItem {
                enabled: item.status == Some(true),
                quota: item.quota.map(ItemQuota::from_wire),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Method, Url};

    const BULK: &str = r#"{"items":[{"tenant":"AAAA","usages":[
        {"application_id":"6e6d","name":"pw_base_storage","edition":"mixed","usage_name":"storage",
         "type":"infra","measurement_unit":"bytes","infra_id":"9A1B","tenant_id":1051234,
         "range_start":"2026-08-01T00:00:00","absolute_value":214748364800.25,"value":1.5E9,
         "offering_item":{"status":1,"quota":{"value":null,"overage":null,"version":0}}},
        {"application_id":"6e6d","name":"vm_storage","usage_name":"vm_storage","type":"infra",
         "measurement_unit":"bytes","absolute_value":-1,"value":null}]},
        {"tenant":"bbbb","usages":[]}]}"#;

    fn bulk() -> Answered {
        let listing: ListAnswer<WireTenantUsages> = serde_json::from_str(BULK).unwrap();
        listing.items.into_iter().map(usages_of_tenant).collect()
    }

    #[test]
    fn rows_keep_exact_amounts_and_say_whether_they_are_items() {
        let (tenant, rows) = bulk().swap_remove(0);
        assert_eq!(tenant, TenantId::new("aaaa"));
        let [storage, figure] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!(storage.absolute.unwrap().to_string(), "214748364800.25");
        assert_eq!(storage.value, Some(Decimal::from(1_500_000_000)));
        assert_eq!(storage.key.to_string(), "pw_base_storage@9a1b");
        assert_eq!(storage.tenant_number, Some(TenantNumber(1_051_234)));
        assert_eq!(
            storage.item,
            Some(UsageItem {
                enabled: true,
                quota: Some(ItemQuota::unlimited_quota(0))
            })
        );
        assert_eq!((figure.item, figure.value), (None, None));
        assert_eq!(figure.absolute, Some(Decimal::NEGATIVE_ONE));
    }

    #[test]
    fn a_tenant_without_an_answer_is_missing_and_not_empty() {
        let url = Url::parse("https://dc.example/").unwrap();
        let ask = |tenants: &[TenantId]| {
            if tenants.contains(&TenantId::new("hidden")) {
                Err(Failure::new(FailureKind::Forbidden, "x", Method::GET, &url))
            } else {
                let asked = |(tenant, _): &(TenantId, _)| tenants.contains(tenant);
                Ok(bulk().into_iter().filter(asked).collect())
            }
        };
        let ids = ["aaaa", "bbbb", "hidden", "cccc"].map(TenantId::new);
        let measured = read_batch(&ids, &ask);
        assert_eq!(measured.len(), 4);
        assert!(matches!(&measured[&ids[0]], TenantUsage::Rows(rows) if rows.len() == 2));
        assert!(matches!(&measured[&ids[1]], TenantUsage::Rows(rows) if rows.is_empty()));
        assert!(matches!(&measured[&ids[2]], TenantUsage::Failed(_)));
        assert!(matches!(&measured[&ids[3]], TenantUsage::Missing));
    }
}
