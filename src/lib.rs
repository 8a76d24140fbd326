//! callsurge: a call-volume surge monitor with automatic staffing tiers.
//!
//! # Code map
//! - [`engine`] is pure and decides; [`record`] is what is told of it, [`explanation`]
//!   a verdict in a sentence.
//! - [`driver`] joins the engine with what stands around it; [`clock`] alone reads the wall clock.
//! - [`ingest`] brings observations in; [`journal`] remembers; [`delivery`] tells the world.
//! - [`api`] and [`web`] are the HTTP side; [`metrics`] is what Prometheus reads, and
//!   [`dashboards`] is how Grafana shows it.
//! - [`config`] is the file, [`cli`] the command line, [`commands`] what its commands do,
//!   [`report`] what they print, [`exit`] how they end.
//! - [`staffing`] is the arithmetic of agents: how many a load needs, what fewer would mean;
//!   [`demand`] takes its numbers from how the queues stand.
//! - [`roster`] is the people who can be asked to come: whom, by which rules, kept how; [`recall`]
//!   asks them until a quota is filled, pure; [`callup`] makes the order of a recall from both,
//!   [`preflight`] says whether it would work, [`drill`] is a recall of which nobody hears,
//!   [`reply`] is how they answer, [`worked`] how long they worked.
//! - [`history`] asks what a history is worth, [`backtest`] what the monitor would have done with it,
//!   [`export`] gives it out as tables.
//! - [`sim`] is a call centre that does not exist; [`demo`] tells a night of it; [`scenario`]
//!   runs a written night against the rules.
//! - [`app`] knows all of them and joins them; [`telemetry`] sets up the logs.

pub mod api;
pub mod app;
pub mod backtest;
pub mod callup;
mod causes;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod dashboards;
pub mod delivery;
pub mod demand;
pub mod demo;
pub mod drill;
pub mod driver;
pub mod engine;
pub mod exit;
pub mod explanation;
pub mod export;
pub mod history;
pub mod ingest;
pub mod journal;
pub mod metrics;
pub mod preflight;
pub mod recall;
pub mod record;
pub mod reply;
pub mod report;
pub mod roster;
pub mod scenario;
pub mod sim;
pub mod staffing;
pub mod telemetry;
pub mod web;
pub mod width;
pub mod worked;
