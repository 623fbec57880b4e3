#![allow(dead_code, reason = "rooms are joined one by one")]
mod autotask;
mod cli;
mod domain;
mod http;
mod plan;
mod report;
fn main() {}
