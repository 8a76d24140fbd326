//! Asks an ACD over HTTP how its queues stand, again and again.
//!
//! Many vendors have no stream to listen to, but an address that answers with a JSON document:
//! calls waiting, agents, totals of the day. Where each number stands is configuration, so that
//! a vendor needs no code of its own.
//!
//! [`Mapping`] says what the values mean, [`Reading`] turns answers into observations with it,
//! without a socket and without a clock.
//!
//! What this source cannot do: see a call. Arrivals follow from running totals where the ACD has
//! them; without any there are snapshots only, and the volume of the queue stays unknown.

mod mapping;
mod pointer;
mod problem;
mod reading;
mod reset;
mod value;

pub use mapping::{ABSENT_DEFAULT, Field, Mapping, Metrics, Pick, QueueName};
pub use pointer::{Pointer, PointerError, scalars};
pub use problem::Problem;
pub use reading::{Outcome, PROBLEMS_MAX, QUEUES_MAX, Reading, parse};
pub use reset::{LATE_MAX, Reset, midnight};
pub use value::WaitUnit;
