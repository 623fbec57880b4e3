//! The Autotask face.

use jiff::Timestamp;

use crate::face::{Answer, Call};

/// One customer database.
#[derive(Clone, Debug)]
pub struct Database {}

/// Answers one request, changing the database where the request writes.
pub fn answer(_database: &mut Database, _now: Timestamp, _call: &Call) -> Answer {
    Answer::empty(404)
}
