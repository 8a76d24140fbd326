//! One integration binary: every test beyond a unit lives here.

#![expect(clippy::unwrap_used, reason = "a test that panics says where")]
#![expect(clippy::print_stdout, reason = "figures and skips are told")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks at one kind and no other")]

mod acd;
mod api;
mod backtest;
mod bank;
mod browser;
mod callup;
mod channels;
mod courier;
mod dashboards;
mod demand;
mod detection;
mod e2e;
mod engine;
mod explanation;
mod fake;
mod ingest;
mod journal;
mod kill;
mod ladder_model;
mod learn;
mod metrics;
mod night;
mod oracle;
mod preflight;
mod prometheus;
mod recall;
mod receiver;
mod reply;
mod rig;
mod roster;
mod sample;
mod scenarios;
mod sim;
mod sources;
mod staffing;
mod tidy;
mod toy;
mod webhook;
