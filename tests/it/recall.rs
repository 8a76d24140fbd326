//! Recalls: nights written step by step, the faults of others, and random traces.

mod faults;
mod fold;
mod laws;
mod model;
mod night;
mod nights;
mod preview;
