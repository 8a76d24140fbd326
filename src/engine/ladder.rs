//! The 30-minute rule of one unit, as a pure state machine.

use super::effect::Kleene;
use super::time::{Span, Timestamp};

/// What is known of a unit at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The instant, in event time.
    pub at: Timestamp,
    /// The entry's `at`: when it is written.
    pub recorded_at: Timestamp,
    /// Whether inbound volume is abnormal.
    pub abnormal: bool,
    /// K as measured; `None` where a carried term is unknown. Holding is the ladder's work.
    pub controlled: Kleene,
    /// R as measured.
    pub stand_down: Kleene,
    /// No source of the unit is alive.
    pub blind: bool,
    /// The instant lies more than tau behind `recorded_at`: it rebuilds, and raises nothing.
    pub old: bool,
    /// The centre is closed since then.
    pub closed_since: Option<Timestamp>,
    /// Calls still wait.
    pub calls_wait: bool,
    /// Tau of the sources that move the unit.
    pub tau: Span,
    /// Row length of the sources that move the unit.
    pub row: Span,
}
