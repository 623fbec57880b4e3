//! The sandbox from outside, over sockets.

mod bench;
mod control;
mod http;
mod seeds;
mod server;
