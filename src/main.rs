#![allow(dead_code, reason = "rooms are joined one by one")]
mod domain;
mod plan;
fn main() {}
