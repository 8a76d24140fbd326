//! One integration binary: every test beyond a unit lives here.

mod api;
mod metrics;
mod prometheus;
mod sample;
