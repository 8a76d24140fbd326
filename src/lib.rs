//! callsurge: a call-volume surge monitor with automatic staffing tiers.
//!
//! Code map: [`engine`] is pure and decides; [`record`] is what is told of it; [`driver`] joins
//! the engine with the adapters around it; [`clock`] alone reads the wall clock.

pub mod clock;
pub mod driver;
pub mod engine;
pub mod ingest;
pub mod journal;
pub mod record;
pub mod scenario;
