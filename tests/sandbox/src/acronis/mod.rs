//! The Acronis face.

use jiff::Timestamp;

use crate::face::{Answer, Call};

/// One data centre as one service provider sees it.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// What a configuration calls this account.
    pub name: String,
}

/// Answers one request, changing the cloud where the request writes.
pub fn answer(_cloud: &mut Cloud, _now: Timestamp, _call: &Call) -> Answer {
    Answer::empty(404)
}
