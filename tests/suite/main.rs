//! Stories about the real binary against the sandbox, and the walls of the house.

mod house;
mod map_customer;
mod map_products;
mod provision;
mod support;
