//! What makes two alerts the same alert, and how a ticket is found again: both what is read and what
//! is decided go by it.

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

/// Hexadecimal digits of an external id that tell its account, and those that tell its key.
const DIGITS: usize = 24;

/// How all external ids of one account begin, so that its tickets are found without any memory, and
/// are never taken for those of another account, whoever looks after that one.
pub(crate) fn account_prefix(account: &AccountName) -> String {
    format!("{PREFIX}{}", digest::hex_digest(account.as_str(), 4))
}

/// The external id of a key's ticket: 33 characters, and up to 50 where a key had several tickets
/// one after the other (autotask.md §8.11).
pub(crate) fn external_id(account: &AccountName, key: &str, generation: u32) -> String {
    let hash = digest::hex_digest(&format!("{account}|{key}"), 8);
    let first = format!("{}{hash}", account_prefix(account));
    if generation <= 1 {
        first
    } else {
        format!("{first}-{generation}")
    }
}

/// How the keys of tickets begin whose own key is not known, because an external id does not tell it
/// and nobody remembers. No alert's key does, for it begins with a tenant.
pub(crate) const LOST: &str = "lost|";

/// The external id of the first ticket of the key that an external id stands for; none when it is
/// not one of ours, whatever it begins with.
pub(crate) fn first_external_id(external_id: &str) -> Option<&str> {
    let rest = external_id.strip_prefix(PREFIX)?;
    let (digits, number) = rest
        .split_once('-')
        .map_or((rest, None), |(digits, number)| (digits, Some(number)));
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let ours = digits.len() == DIGITS
        && digits.bytes().all(hex)
        && number.is_none_or(|number| number.parse::<u32>().is_ok_and(|number| number > 1));
    external_id.get(..PREFIX.len() + DIGITS).filter(|_| ours)
}

/// Which ticket of its key an external id names, from 1.
pub(crate) fn generation_of(external_id: &str) -> u32 {
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
        assert_eq!(
            (generation_of(&first), generation_of(&later)),
            (1, u32::MAX)
        );
        assert_ne!(first, external_id(&AccountName::new("us"), &key, 1));
    }

    #[test]
    fn an_external_id_tells_its_account_and_its_first_ticket() {
        let eu = AccountName::new("eu");
        let one = external_id(&eu, "k", 1);
        assert!(one.starts_with(&account_prefix(&eu)));
        assert!(!one.starts_with(&account_prefix(&AccountName::new("us"))));
        for (given, expected) in [
            (one.clone(), Some(one.as_str())),
            (external_id(&eu, "k", 7), Some(one.as_str())),
            (format!("{one}-1"), None),
            (format!("{one}-x"), None),
            (format!("{one}0"), None),
            (one.to_uppercase(), None),
            ("acrotask-by-hand".to_owned(), None),
        ] {
            assert_eq!(first_external_id(&given), expected, "{given}");
        }
    }
}
