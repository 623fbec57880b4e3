//! Companies and contacts (autotask.md §1, §8.1).

use crate::autotask::{
    Database, moment,
    refusal::{Refusal, bad_reference},
    write::Change,
};

impl Database {
    pub(in crate::autotask) fn check_company(&self, change: &mut Change) -> Result<(), Refusal> {
        // "An API user can be the creator of a ticket but not ... an account owner."
        if change.alters("ownerResourceID") {
            let owner = change.after.int("ownerResourceID");
            if owner.is_some_and(|owner| self.is_api_user(owner)) {
                return Err(Refusal::invalid(bad_reference(
                    "ownerResourceID",
                    "Resource",
                )));
            }
        }
        let now = moment::write(self.now);
        if change.id.is_none() {
            change.after.set("createDate", now.clone());
            if change.after.value("isActive").is_null() {
                change.after.set("isActive", true);
            }
        }
        change.after.set("lastActivityDate", now.clone());
        change.after.set("lastTrackedModifiedDateTime", now);
        Ok(())
    }

    pub(in crate::autotask) fn check_contact(&self, change: &mut Change) -> Result<(), Refusal> {
        let active = change.after.int("isActive");
        if active.is_some_and(|active| active != 0 && active != 1) {
            return Err(Refusal::invalid("isActive must be 0 or 1."));
        }
        let now = moment::write(self.now);
        if change.id.is_none() {
            change.after.set("createDate", now.clone());
        }
        change.after.set("lastModifiedDate", now);
        Ok(())
    }

    /// API-only licence.
    pub(in crate::autotask) fn is_api_user(&self, resource: i64) -> bool {
        let api = self
            .picklists
            .by_label("Resources", "licenseType", "API User");
        self.store
            .get("Resources", resource)
            .is_some_and(|record| api.is_some() && record.int("licenseType") == api)
    }
}
