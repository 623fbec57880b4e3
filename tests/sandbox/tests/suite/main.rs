//! The sandbox from outside, over sockets.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected has failed"
)]

mod bench;
mod control;
mod http;
mod seeds;
mod server;
