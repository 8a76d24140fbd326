//! What is normal before there is history?
//!
//! The mean of the complete rows so far, forgetting with a time constant of 45 minutes because a
//! morning rises. Under so weak a baseline only gross surges are called: twice what is expected,
//! and a tail probability under 10^-6 with a relative sd of the mean of 14 %, of counts that scatter
//! as this queue's do as far as that is known. Rows of small queues add up: a run begins where rows
//! favour twice the mean and is tested as a whole.

use crate::engine::tail::{score_of, upper_tail};
use crate::engine::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// Complete rows before anything is said.
pub(super) const ROWS_NEEDED: u32 = 3;
/// Score of a tail probability of 10^-6.
pub(super) const THRESHOLD: f64 = 4.753_424;
/// A surge is at least this multiple of what is expected.
pub(super) const RATIO_MIN: f64 = 2.0;
/// Relative variance of the provisional mean.
pub(super) const VARIANCE: f64 = 0.02;
const MEMORY_MINUTES: f64 = 45.0;
/// However long the rows are, a row has at most this weight once there are some.
const GAIN_MAX: f64 = 1.0 / 6.0;
/// Log-likelihood ratio below which the tail cannot be under 10^-6: not worth computing.
const RUN_WORTH: f64 = 4.0;

/// Mean of the rows so far, and the run that may be a surge.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cold {
    pub(super) seen: u32,
    rows: u32,
    rate: f64,
    run: Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Run {
    ratio: f64,
    calls: f64,
    expected: f64,
    since: Timestamp,
}

impl Run {
    const NONE: Self = Self { ratio: 0.0, calls: 0.0, expected: 0.0, since: Timestamp::MIN };
}

impl Cold {
    pub(super) fn new() -> Self {
        Self { seen: 0, rows: 0, rate: 0.0, run: Run::NONE }
    }

    /// Calls per minute, once there was a call: hours before the first one ever are closed or not
    /// connected, and say nothing of how many come.
    pub(super) fn rate(&self) -> Option<f64> {
        (self.rate > 0.0).then_some(self.rate)
    }

    /// A day begins: what was learned yesterday evening weighs little.
    pub(super) fn open(&mut self) {
        self.rows = self.rows.min(2);
        self.run = Run::NONE;
    }

    /// Takes a row that is no surge into the mean.
    pub(super) fn learn(&mut self, calls: f64, minutes: f64) {
        self.rows = if self.rate > 0.0 { self.rows.saturating_add(1) } else { 1 };
        let gain = (1.0 / f64::from(self.rows)).max((minutes / MEMORY_MINUTES).min(GAIN_MAX));
        self.rate += gain * (calls / minutes - self.rate);
    }

    /// Forgets the run.
    pub(super) fn end_run(&mut self) {
        self.run = Run::NONE;
    }

    /// Adds a row to the run; its score, at or above [`THRESHOLD`] where it is a surge, and its
    /// start. `wild`: by how much the variance of rows is larger than the model has it.
    pub(super) fn test(
        &mut self,
        start: Timestamp,
        calls: f64,
        expected: f64,
        wild: f64,
    ) -> (f64, Timestamp) {
        let run = &mut self.run;
        if run.ratio <= 0.0 {
            *run = Run { since: start, ..Run::NONE };
        }
        run.ratio += calls * LN_2 - expected;
        run.calls += calls;
        run.expected += expected;
        if run.ratio < RUN_WORTH {
            let sd = (expected + VARIANCE * expected * expected).sqrt();
            let score = ((calls - expected) / sd).clamp(0.0, 0.9 * THRESHOLD);
            return (score, start);
        }
        let variance = wild * (run.expected + VARIANCE * run.expected * run.expected);
        let score = score_of(upper_tail(run.calls, run.expected, variance));
        let twice = run.calls >= RATIO_MIN * run.expected && calls >= RATIO_MIN * expected;
        (if twice { score } else { score.min(0.9 * THRESHOLD) }, run.since)
    }
}
