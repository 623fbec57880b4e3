//! What the server asks of the faces besides answers.

use jiff::Timestamp;

use crate::face::Answer;
use crate::{acronis, autotask};

/// What an Autotask request is counted in flight with.
pub(crate) fn entity_of(path: &str) -> String {
    path.to_owned()
}

pub(crate) fn thread_limit_answer() -> Answer {
    Answer::empty(500)
}

pub(crate) fn added_latency_ms(_database: &mut autotask::Database, _now: Timestamp) -> u64 {
    0
}

pub(crate) fn set_origin(_database: &mut autotask::Database, _origin: &str) {}

pub(crate) fn expire_tokens(_cloud: &mut acronis::Cloud) {}
