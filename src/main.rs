#![allow(dead_code, unused_imports, reason = "rooms are joined one by one")]

mod acronis;
mod domain;
mod http;
mod plan;

fn main() {}
