//! Services, bundles and their members (autotask.md §8.7, §8.8).

use crate::autotask::{
    Database, moment,
    refusal::{Refusal, bad_reference},
    write::Change,
};

impl Database {
    pub(in crate::autotask) fn check_service(&self, change: &mut Change) -> Result<(), Refusal> {
        self.check_unique_name("Services", change, "dbo.Service", "IX_service")?;
        self.check_billing_code(change)?;
        self.stamp_product(change);
        Ok(())
    }

    pub(in crate::autotask) fn check_bundle(&self, change: &mut Change) -> Result<(), Refusal> {
        self.check_unique_name(
            "ServiceBundles",
            change,
            "dbo.ServiceBundle",
            "IX_service_bundle",
        )?;
        self.check_billing_code(change)?;
        self.stamp_product(change);
        Ok(())
    }

    /// Inactive services hold their names too.
    fn check_unique_name(
        &self,
        entity: &str,
        change: &Change,
        table: &str,
        index: &str,
    ) -> Result<(), Refusal> {
        let name = change.after.text("name");
        let taken = self.store.table(entity).any(|(id, record)| {
            Some(id) != change.id && record.text("name").eq_ignore_ascii_case(name)
        });
        if taken {
            return Err(Refusal::invalid(format!(
                "Cannot insert duplicate key row in object '{table}' with unique index '{index}'. Cannot insert duplicate key in object '{table}'. The duplicate key value is ({name})."
            )));
        }
        Ok(())
    }

    /// An active code of the recurring-contract-service kind.
    fn check_billing_code(&self, change: &Change) -> Result<(), Refusal> {
        if !change.alters("billingCodeID") {
            return Ok(());
        }
        let recurring = self
            .picklists
            .of("BillingCodes", "useType")
            .into_iter()
            .flatten()
            .find(|pick| pick.label.contains("Recurring"))
            .map(|pick| pick.value);
        let code = change
            .after
            .int("billingCodeID")
            .and_then(|id| self.store.get("BillingCodes", id));
        if code.is_some_and(|code| code.int("useType") == recurring) {
            return Ok(());
        }
        Err(Refusal::invalid(bad_reference(
            "billingCodeID",
            "BillingCode",
        )))
    }

    fn stamp_product(&self, change: &mut Change) {
        let now = moment::write(self.now);
        if change.id.is_none() {
            change.after.set("createDate", now.clone());
            if change.after.value("isActive").is_null() {
                change.after.set("isActive", true);
            }
        }
        change.after.set("lastModifiedDate", now);
    }

    /// Services of a bundle.
    pub(in crate::autotask) fn members(&self, bundle: i64) -> Vec<i64> {
        self.store
            .table("ServiceBundleServices")
            .filter(|(_, member)| member.int("serviceBundleID") == Some(bundle))
            .filter_map(|(_, member)| member.int("serviceID"))
            .collect()
    }

    pub(in crate::autotask) fn check_member(&self, change: &Change) -> Result<(), Refusal> {
        let (Some(bundle), Some(service)) = (
            change.after.int("serviceBundleID"),
            change.after.int("serviceID"),
        ) else {
            return Ok(());
        };
        if self.members(bundle).contains(&service) {
            return Err(Refusal::invalid(
                "The service is already in the service bundle.",
            ));
        }
        let period = |entity: &str, id: i64| {
            self.store
                .get(entity, id)
                .and_then(|record| record.int("periodType"))
        };
        // "Period types of the members presumably must match the bundle's."
        if period("ServiceBundles", bundle) != period("Services", service) {
            return Err(Refusal::invalid(
                "The period type of the Service does not match that of the ServiceBundle.",
            ));
        }
        Ok(())
    }

    pub(in crate::autotask) fn check_bundle_delete(&self, bundle: i64) -> Result<(), Refusal> {
        let in_use = self
            .bundles
            .lines
            .values()
            .any(|line| line.product == bundle);
        if in_use {
            return Err(Refusal::invalid(
                "The service bundle is on a contract and cannot be deleted.",
            ));
        }
        Ok(())
    }

    pub(in crate::autotask) fn check_member_delete(&self, member: i64) -> Result<(), Refusal> {
        let bundle = self
            .store
            .get("ServiceBundleServices", member)
            .and_then(|record| record.int("serviceBundleID"));
        if bundle.is_some_and(|bundle| self.members(bundle).len() < 2) {
            return Err(Refusal::invalid(
                "The last service of a service bundle cannot be deleted.",
            ));
        }
        Ok(())
    }
}
