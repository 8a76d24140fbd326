//! Recalls: nights written step by step, the faults of others, and random traces.

mod night;
mod nights;
