#![allow(dead_code, unused_imports, reason = "rooms are joined one by one")]

mod config;
mod domain;

fn main() {}
