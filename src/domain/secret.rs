//! A text that must never be shown.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Prints as `(redacted)` however it is printed; wiped from memory when dropped.
#[derive(Clone)]
pub(crate) struct Secret(SecretString);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The secret itself. Its only callers are the two `auth` files and the redactor.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(redacted)")
    }
}
