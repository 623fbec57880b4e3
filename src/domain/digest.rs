//! Short fingerprints of texts: plan digests and external ids.

use std::fmt::Write as _;

/// The first 16 hexadecimal digits (64 bits) of the text's SHA-256.
pub(crate) fn short_digest(text: &str) -> String {
    hex_digest(text, 8)
}

/// The first `bytes` bytes of the text's SHA-256, in lower-case hexadecimal.
pub(crate) fn hex_digest(text: &str, bytes: usize) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest
        .as_ref()
        .iter()
        .take(bytes)
        .fold(String::new(), |mut out, byte| {
            // Writing into a String cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// A key that is short enough to be typed, the same for as long as the item stands.
pub(crate) fn short_key(command: &str, key: &str) -> String {
    hex_digest(&format!("{command}\n{key}"), 4)
}
