//! Ids and datetimes as the service writes them, made so that one seed gives one world.

use jiff::Timestamp;

/// A number that looks random and never changes for the same input (splitmix64).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed out of text (FNV-1a).
pub(super) fn salt(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The n-th id of a salt in the form of a random (version 4) UUID, lower case as the pattern of
/// acronis.md §2.5 demands.
pub(super) fn uuid(salt: u64, n: u64) -> String {
    let high = mix(salt ^ mix(n));
    let low = mix(high ^ n);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0x0fff,
        0x8000 | (low >> 48 & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

/// Whether a text is one UUID in lower case.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// A datetime in one of the three forms that occur (acronis.md §2.5): without zone and fraction,
/// with `Z`, with an offset and a fraction. `flavour` picks the form.
pub(super) fn datetime(at: Timestamp, flavour: u64) -> String {
    let seconds = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let millis = at.subsec_millisecond();
    match flavour % 3 {
        0 => seconds,
        1 => format!("{seconds}.{millis:03}Z"),
        _ => format!("{seconds}.{millis:03}000+00:00"),
    }
}

/// Reads a datetime; one without a zone is UTC (acronis.md §2.5).
pub(super) fn read_datetime(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::{datetime, is_uuid, read_datetime, uuid};

    #[test]
    fn ids_look_like_uuids_and_repeat_for_the_same_seed() {
        assert!(is_uuid(&uuid(1, 2)), "{}", uuid(1, 2));
        assert_eq!(uuid(1, 2), uuid(1, 2));
        assert_ne!(uuid(1, 2), uuid(1, 3));
        assert_ne!(uuid(2, 2), uuid(1, 2));
        assert!(!is_uuid(&uuid(1, 2).to_uppercase()));
    }

    #[test]
    fn every_form_of_a_datetime_names_the_same_second() {
        let at = "2026-08-20T04:11:02.123Z".parse().unwrap();
        for flavour in 0..3 {
            let read = read_datetime(&datetime(at, flavour)).unwrap();
            assert_eq!(read.as_second(), at.as_second());
        }
    }
}
