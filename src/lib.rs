//! callsurge: a call-volume surge monitor with automatic staffing tiers.
//!
//! Code map: [`engine`] is pure and decides; [`record`] is what is told of it; [`driver`] joins
//! the engine with the adapters around it; [`clock`] alone reads the wall clock; [`config`] turns
//! a file into settings; [`cli`] is the command line, [`report`] what it prints, [`exit`] how it
//! ends.

pub mod cli;
pub mod clock;
pub mod config;
pub mod driver;
pub mod engine;
pub mod exit;
pub mod journal;
pub mod record;
pub mod report;
pub mod width;
