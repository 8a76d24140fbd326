//! Is this interval's volume abnormal?

use super::calendar::LocalTime;
use super::policy::DetectorPolicy;
use super::time::{Span, Timestamp};
use super::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// A complete interval of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closed {
    /// Start, inclusive.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Local time of the start.
    pub local: LocalTime,
    /// Calls offered and refused in it.
    pub offered: u32,
}

/// Detector of one series: a queue, or the sum of a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    seen: u32,
}

impl Detector {
    /// A detector that knows nothing.
    pub fn new() -> Self {
        Self { seen: 0 }
    }

    /// Judges an interval and learns from it. Intervals come in order of their ends; a gap
    /// between them is no data, not zero.
    pub fn judge(&mut self, interval: &Closed, policy: &DetectorPolicy) -> Verdict {
        let _ = (interval, policy);
        self.seen += 1;
        Verdict::Learning { seen: self.seen, needed: 3 }
    }

    /// Teaches the profile with an interval of the past and judges nothing.
    pub fn learn(&mut self, interval: &Closed) {
        let _ = interval;
    }

    /// Calls expected in `length` from `local`, if the baseline knows.
    pub fn expected(&self, local: LocalTime, length: Span) -> Option<f64> {
        let _ = (local, length);
        None
    }

    /// Whether history covered this slot of the week and found it empty in three weeks.
    pub fn learned_closed(&self, local: LocalTime) -> bool {
        let _ = local;
        false
    }

    /// Intervals behind the slot of the week that contains `local`.
    pub fn samples(&self, local: LocalTime) -> u32 {
        let _ = local;
        self.seen
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}
