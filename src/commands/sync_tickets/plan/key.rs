//! What makes two alerts the same alert, and how a ticket is found again.

use crate::domain::digest;
use crate::domain::ids::AccountName;

/// How an external id of ours begins.
pub(crate) const PREFIX: &str = "acrotask-";

/// The same alert is the same tenant, type, and context, not the same id: sources disagree on
/// whether a re-raised alert keeps its id (rules: tickets).
///
/// `context` are the details that the alert's type names; without any, the resource and the plan.
pub(crate) fn alert_key(tenant: &str, kind: &str, context: &[(&str, &str)]) -> String {
    let mut parts = vec![tenant.to_owned(), kind.to_owned()];
    parts.extend(
        context
            .iter()
            .map(|(name, value)| format!("{name}={value}")),
    );
    parts.join("|")
}

/// The key of the summary of one company.
pub(crate) fn summary_key(company: i64) -> String {
    format!("summary|{company}")
}

/// The external id of a key's ticket: 33 characters, and up to 50 where a key had several tickets
/// one after the other (autotask.md §8.11).
pub(crate) fn external_id(account: &AccountName, key: &str, generation: u32) -> String {
    let hash = digest::hex(&format!("{account}|{key}"), 12);
    if generation <= 1 {
        format!("{PREFIX}{hash}")
    } else {
        format!("{PREFIX}{hash}-{generation}")
    }
}

/// Which ticket of its key an external id names, from 1.
pub(crate) fn generation(external_id: &str) -> u32 {
    external_id
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_once('-'))
        .and_then(|(_, number)| number.parse().ok())
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_fits_its_field_and_tells_its_generation() {
        let eu = AccountName::new("eu");
        let key = alert_key(
            "105",
            "BackupFailed",
            &[("resourceId", "b2"), ("planId", "c3")],
        );
        assert_eq!(key, "105|BackupFailed|resourceId=b2|planId=c3");
        let first = external_id(&eu, &key, 1);
        assert_eq!(first.len(), PREFIX.len() + 24);
        let later = external_id(&eu, &key, u32::MAX);
        assert!(later.len() <= 50);
        assert_eq!((generation(&first), generation(&later)), (1, u32::MAX));
        assert_ne!(first, external_id(&AccountName::new("us"), &key, 1));
    }
}
