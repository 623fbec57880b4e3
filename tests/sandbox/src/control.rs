//! The control address: drives a running sandbox from any language.

use crate::face::{Answer, Call};
use crate::stage::Stage;

/// Answers one control call.
pub(crate) fn answer(_stage: &Stage, _call: &Call) -> Answer {
    Answer::empty(404)
}
