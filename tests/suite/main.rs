//! Stories about the real binary against the sandbox, and the walls of the house.

mod billing_faults;
mod house;
mod support;
mod sync_billing;
