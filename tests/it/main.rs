//! One integration binary: every test beyond a unit lives here.

mod bank;
mod engine;
mod ingest;
mod ladder_model;
mod scenarios;
mod tidy;
