#![allow(dead_code, reason = "rooms are joined one by one")]

mod domain;
mod state;
fn main() {}
