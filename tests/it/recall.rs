//! Recalls: nights written step by step, the faults of others, and random traces.

mod faults;
mod laws;
mod model;
mod night;
mod nights;
mod preview;
