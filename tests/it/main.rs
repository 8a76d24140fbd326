//! One integration binary: every test beyond a unit lives here.

mod api;
mod bank;
mod engine;
mod ingest;
mod journal;
mod kill;
mod ladder_model;
mod metrics;
mod prometheus;
mod receiver;
mod rig;
mod sample;
mod scenarios;
mod sim;
mod tidy;
mod toy;
mod webhook;
