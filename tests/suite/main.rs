//! Stories about the real binary against the sandbox, and the walls of the house.

mod billing_faults;
mod house;
mod map_customer;
mod map_products;
mod support;
mod sync_billing;
