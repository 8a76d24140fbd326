//! Asks an ACD over HTTP how its queues stand, again and again.
//!
//! Many vendors have no stream to listen to, but an address that answers with a JSON document:
//! calls waiting, agents, totals of the day. Where each number stands is configuration, so that
//! a vendor needs no code of its own.
//!
//! [`Mapping`] says what the values mean, [`Reading`] turns answers into observations with it,
//! without a socket and without a clock. [`Fetcher`] asks an address and its pages, and [`Poller`]
//! is the task that does so at each interval.
//!
//! What this source cannot do: see a call. Arrivals follow from running totals where the ACD has
//! them; without any there are snapshots only, and the volume of the queue stays unknown.

mod fetch;
mod mapping;
mod page;
mod pointer;
mod poller;
mod problem;
mod reading;
mod reset;
mod secret;
mod sign;
mod status;
mod template;
mod value;

pub use fetch::{Ask, Auth, Failure, Fetcher, SetupError};
pub use mapping::{ABSENT_DEFAULT, Field, Mapping, Metrics, Pick, QueueName};
pub use page::Paging;
pub use pointer::{Pointer, PointerError, scalars};
pub use poller::{PollSettings, Poller};
pub use problem::Problem;
pub use reading::{Outcome, QUEUES_MAX, Reading, parse};
pub use reset::{LATE_MAX, Reset, midnight};
pub use secret::{Keeper, Secret};
pub use sign::{Scheme, Signer};
pub use status::{Became, PollStatus, PollView};
pub use template::{REQUEST_WORDS, TIME_WORDS, Template, UnknownWord};
pub use value::WaitUnit;
