//! How many agents does this load need, and what happens with fewer?
//!
//! Pure arithmetic: no clock, no file, no state. Loads from 0 to 100,000 Erlang; every answer is a
//! number or a [`StaffingError`], never NaN.
//!
//! - [`erlang_a`] is the calculator: callers give up by a [`Patience`] law. [`agents_for`] is its
//!   inverse, [`redialled`] adds those who call again.
//! - [`erlang_b`] and [`erlang_c`] bound it from the sides: nobody waits, nobody gives up.
//! - [`Backlog`] is what balances leave out: calls that wait already.
//! - [`agents_for_occupancy_cap`], [`people_for`] and [`wave_size`] lead from agents to people.
//!
//! Not by sums over states, as the formulas are printed, but by two integrals whose integrands
//! have one hump each: the cost does not grow with the load, 15 digits stay at 100,000 Erlang, and
//! any patience law fits in. `docs/staffing.md` has the formulas, their sources and the limits.
//!
//! Deliberately not here: what a centre needs at a moment. That takes measured inputs with their
//! uncertainty, and this module takes numbers.

mod agents;
mod backlog;
mod erlang_a;
mod erlang_b;
mod erlang_c;
mod error;
mod formula;
mod gap;
mod hump;
mod nodes;
mod normal;
mod paid;
mod patience;
mod redial;
mod search;
mod square_root;
mod traffic;
mod waiting;
mod wave;
mod what_if;

pub use agents::{Target, agents_for, agents_for_with_redials};
pub use backlog::{BACKLOG_MAX_CALLS, Backlog, CLEAR_MAX_SECONDS};
pub use erlang_a::{ErlangA, erlang_a};
pub use erlang_b::{agents_for_blocking, erlang_b};
pub use erlang_c::{ErlangC, agents_for_service_level_c, erlang_c};
pub use error::{Quantity, StaffingError};
pub use formula::Formula;
pub use paid::{SHRINKAGE_MAX, agents_for_occupancy_cap, people_for};
pub use patience::{
    Balking, Exponential, Fate, LogNormal, PATIENCE_MAX_SECONDS, PATIENCE_MIN_SECONDS, Patience,
};
pub use redial::{REDIAL_SHARE_MAX, Redialled, Redials, redialled};
pub use square_root::halfin_whitt;
pub use traffic::{AGENTS_MAX, HANDLE_MAX_SECONDS, HANDLE_MIN_SECONDS, LOAD_MAX_ERLANGS, Traffic};
pub use wave::{NEED_MAX, wave_size};
pub use what_if::{Ask, Asked, Need, ROWS_MAX, Row, WhatIf};

/// Longest threshold of a service level, in seconds: a day.
pub const THRESHOLD_MAX_SECONDS: f64 = 86_400.0;

#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod reference_tests;
