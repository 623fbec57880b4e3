//! Simulated Acronis Cyber Protect Cloud and Autotask PSA for acrotask's tests and examples.
//!
//! An independent reading of the vendors' documents: it shares no types with the program it tests,
//! keeps consistent state over one [`World`], and refuses what the vendors refuse.

pub mod acronis;
pub mod autotask;
pub mod face;
mod world;

pub use world::World;
