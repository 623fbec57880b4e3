//! Simulated Acronis Cyber Protect Cloud and Autotask PSA for acrotask's tests and examples.
//!
//! An independent reading of the vendors' documents: it shares no types with the program it tests,
//! keeps consistent state over one [`World`], and refuses what the vendors refuse.
//!
//! ```
//! let sandbox = sandbox::Sandbox::start(sandbox::World::small("2026-09-15T08:00:00Z".parse()?));
//! assert!(sandbox.autotask_url().starts_with("http://127.0.0.1:"));
//! assert!(sandbox.visits().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod acronis;
pub mod autotask;
mod config;
mod control;
pub mod face;
mod faults;
mod gate;
mod seed;
mod server;
mod stage;
mod visits;
mod wire;
mod world;

pub use faults::{Fault, Kind};
pub use gate::Watch;
pub use seed::{Pair, SeedOptions, Signed, Spelling};
pub use server::Sandbox;
pub use stage::Saved;
pub use visits::Visit;
pub use world::World;
