//! callsurge: a call-volume surge monitor with automatic staffing tiers.
//!
//! # Code map
//! - [`engine`] is pure and decides; [`record`] is what is told of it.
//! - [`driver`] joins the engine with what stands around it; [`clock`] alone reads the wall clock.
//! - [`ingest`] brings observations in; [`journal`] remembers; [`recall`] delivers.
//! - [`metrics`] is what Prometheus reads; [`telemetry`] sets up the logs.
//! - [`sim`] is a call centre that does not exist; [`demo`] tells a night of it.

pub mod clock;
pub mod demo;
pub mod driver;
pub mod engine;
pub mod ingest;
pub mod journal;
pub mod metrics;
pub mod recall;
pub mod record;
pub mod sim;
pub mod telemetry;
