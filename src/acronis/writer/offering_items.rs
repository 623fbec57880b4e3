//! Switching items on and off and setting their quotas (acronis.md §5.4).

use serde_json::{Value, json};

use super::super::ItemQuota;
use super::{AcronisWriter, put_if_some};
use crate::domain::ids::{ItemKey, TenantId};
use crate::http::{Failure, Method};

/// The wanted state of one item of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemChange {
    pub(crate) key: ItemKey,
    pub(crate) enabled: bool,
    /// With the version last read for this item; left out for features.
    pub(crate) quota: Option<ItemQuota>,
}

/// Whether the platform is to refuse the whole request when a quota would fall below the usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsageCheck {
    Asked,
    /// A person approved these lines, whatever is in use.
    Waived,
}

impl AcronisWriter<'_> {
    /// Sets the given items in one call, all or none as far as is known; items not given stay as
    /// they are. What the answer lists is not documented: read again (acronis.md §5.4).
    ///
    /// # Errors
    /// [`crate::acronis::is_version_mismatch`] when a quota was changed since it was read: read again,
    /// decide again, try once more.
    pub(crate) fn put_offering_items(
        &self,
        tenant: &TenantId,
        changes: &[ItemChange],
        check: UsageCheck,
    ) -> Result<(), Failure> {
        let what = format!(
            "setting {} offering items of tenant {tenant}",
            changes.len()
        );
        let rows: Vec<Value> = changes.iter().map(ItemChange::to_json).collect();
        // What the check does is not documented, nor what its default is (acronis.md §5.4): a client
        // that is known to work asks for it; where it is not wanted, that is said, too.
        let check = check == UsageCheck::Asked;
        let body = json!({ "offering_items": rows, "check_usage": check });
        let request = self
            .write_request(
                Method::PUT,
                &["tenants", tenant.as_str(), "offering_items"],
                &what,
            )
            .with_json(body);
        self.acronis.send_authorized(request).map(drop)
    }
}

impl ItemChange {
    fn to_json(&self) -> Value {
        let mut body = json!({
            "application_id": self.key.application.as_str(),
            "name": self.key.name,
            "status": u8::from(self.enabled),
        });
        let infra = self.key.infra.as_ref().map(|infra| json!(infra.as_str()));
        put_if_some(&mut body, "infra_id", infra);
        // All three keys are required; without a value there is no overage (acronis.md §5.2).
        let quota = self.quota.map(|quota| {
            json!({
                "value": quota.value,
                "overage": quota.value.and(quota.overage),
                "version": quota.version,
            })
        });
        put_if_some(&mut body, "quota", quota);
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ApplicationId, InfraId};

    #[test]
    fn quotas_are_sent_whole_and_features_without_one() {
        let mut change = ItemChange {
            key: ItemKey {
                name: "pw_base_storage".to_owned(),
                infra: Some(InfraId::new("9A1B")),
                application: ApplicationId::new("6E6D"),
            },
            enabled: true,
            quota: Some(ItemQuota::hard(25, 3)),
        };
        assert_eq!(
            change.to_json(),
            json!({ "application_id": "6e6d", "name": "pw_base_storage", "status": 1,
                "infra_id": "9a1b", "quota": { "value": 25, "overage": 0, "version": 3 } })
        );
        change.quota = Some(ItemQuota {
            value: None,
            overage: Some(5),
            version: 3,
        });
        let quota = json!({ "value": null, "overage": null, "version": 3 });
        assert_eq!(change.to_json().get("quota"), Some(&quota));
        change.quota = None;
        change.key.infra = None;
        change.enabled = false;
        assert_eq!(
            change.to_json(),
            json!({ "application_id": "6e6d", "name": "pw_base_storage", "status": 0 })
        );
    }
}
