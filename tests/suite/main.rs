//! Stories about the real binary against the sandbox, and the walls of the house.

mod check;
mod cli;
mod cron;
mod house;
mod secrets;
mod support;
