//! Stories about the real binary against the sandbox, and the walls of the house.
#![allow(
    clippy::unwrap_used,
    reason = "a story that cannot go on has failed, and says where"
)]

mod billing_faults;
mod billing_numbers;
mod check;
mod cli;
mod credentials;
mod cron;
mod customers_apart;
mod docs;
mod explain;
mod house;
mod hurry;
mod labels;
mod lost_state;
mod machine;
mod map_customer;
mod map_products;
mod measure;
mod network;
mod out_of_sight;
mod payg_field;
mod provision;
mod schedules;
mod secrets;
mod setup;
mod side_by_side;
mod support;
mod sync_billing;
mod sync_tickets;
mod terminal;
mod time_zone;
mod transcripts;
mod typed;
mod unreadable;
