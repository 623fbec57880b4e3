//! The truth of the pretend business.

use jiff::Timestamp;

use crate::{acronis, autotask};

/// Both clouds and the clock they share.
#[derive(Clone, Debug)]
pub struct World {
    pub now: Timestamp,
    /// One per data centre; each is served on an address of its own.
    pub acronis: Vec<acronis::Cloud>,
    pub autotask: autotask::Database,
}
