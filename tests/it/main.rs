//! One integration binary: every test beyond a unit lives here.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on panics, and its figures are printed"
)]

mod bank;
mod engine;
mod ingest;
mod journal;
mod kill;
mod receiver;
mod rig;
mod sim;
mod tidy;
mod toy;
mod webhook;
