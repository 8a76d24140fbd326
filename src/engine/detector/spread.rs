//! How much wilder than its model is this queue?
//!
//! Scores are to mean the same for every queue, so they are divided by what its own normal rows
//! show: the mean square of their innovations, 1 where the model is right. One number is not
//! enough. Where the level wanders faster than the filter takes it to, single rows scatter hardly
//! more than they should and three quarters of an hour do by half: on an emergency department
//! (18 % for 40 minutes) the windows of steps then stand so often so high that whatever lasts a row
//! or two is lost behind their threshold. So windows of that length have a mean square of their
//! own, and shorter ones what lies between on the logarithm of their length.
//!
//! A faster filter is the obvious answer, and was worse: it takes steps in with the wander, and
//! loses more of them than it wins spikes (docs/detection.md). Squares of windows count up to four
//! times their mean, so that rises that are real hardly teach it; of a mere 4 the mean of a level that
//! wanders far would be a half too small, and the queue would have twice the false alarms that are
//! tolerated. The factor is never less than 1: a queue of which the model is right (their mean is 0.9
//! then) is judged as if there were none.

use serde::{Deserialize, Serialize};

/// Gain of the mean square of a row, per row: about a thousand rows.
const GAIN: f64 = 0.001;
/// A square counts as no more than this, ...
const SQUARE_MAX: f64 = 9.0;
/// ... and the mean is within these bounds.
const ROW: (f64, f64) = (0.8, 4.0);
/// The same of windows; the gain is for a row of a minute or longer.
const WINDOW_GAIN: f64 = 0.000_5;
/// How many times their mean a square counts at most.
const WINDOW_SQUARE_MAX: f64 = 4.0;
const WINDOW: (f64, f64) = (1.0, 4.0);
/// Minutes of the windows that are measured, and the rows that they have at least.
const WINDOW_MINUTES: f64 = 45.0;
const WINDOW_ROWS: f64 = 2.0;

/// Running mean squares of standardised innovations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    /// Of a row.
    row: f64,
    /// Of a long window, in that of a row.
    window: f64,
}

impl Spread {
    pub(super) const NEW: Self = Self { row: 1.0, window: 1.0 };

    /// Mean square of a single row.
    pub(super) const fn row(self) -> f64 {
        self.row
    }

    /// What long windows have of it: 1, or more where the level wanders.
    pub(super) const fn window(self) -> f64 {
        self.window
    }

    /// Takes the square of a normal row of so many minutes, over its variance, and that of the window
    /// that it ends.
    pub(super) fn learn(&mut self, row: f64, window: Option<f64>, minutes: f64) {
        self.row += GAIN * (row.min(SQUARE_MAX) - self.row);
        self.row = self.row.clamp(ROW.0, ROW.1);
        if let Some(window) = window {
            let square = (window / self.row).min(WINDOW_SQUARE_MAX * self.window);
            self.window += WINDOW_GAIN * minutes.min(1.0) * (square - self.window);
            self.window = self.window.clamp(WINDOW.0, WINDOW.1);
        }
    }
}

/// Where windows lie between one row and a long one, on the logarithm of their length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lengths {
    /// Minutes of the windows of which [`Spread::learn`] wants the newest.
    pub(super) long: f64,
    row_octaves: f32,
    per_octave: f32,
}

impl Lengths {
    /// For rows of so many minutes.
    pub(super) fn new(row: f64) -> Self {
        let row = row.max(1.0e-3);
        let long = WINDOW_MINUTES.max(WINDOW_ROWS * row);
        let per_octave = (1.0 / (long / row).log2()) as f32;
        Self { long, row_octaves: row.log2() as f32, per_octave }
    }

    /// 0 for one row, 1 for a long window, of which this is the binary logarithm of the minutes.
    pub(super) fn share(self, octaves: f32) -> f32 {
        ((octaves - self.row_octaves) * self.per_octave).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scale::octaves_about;
    use super::*;

    #[test]
    fn windows_of_a_level_that_wanders_are_weighed_and_those_of_a_still_one_are_not() {
        let (mut still, mut wild) = (Spread::NEW, Spread::NEW);
        for i in 0..20_000 {
            // Squares of 0.1 and 1.9, and windows of 0.1 and 1.7 or three times as much.
            let even = i % 2 == 0;
            still.learn(if even { 0.1 } else { 1.9 }, Some(if even { 0.1 } else { 1.7 }), 5.0);
            wild.learn(if even { 0.1 } else { 1.9 }, Some(if even { 0.3 } else { 5.1 }), 5.0);
        }
        assert!((still.row - 1.0).abs() < 1e-2 && (still.window - 1.0).abs() < 1e-2, "{still:?}");
        assert!((wild.window - 2.7).abs() < 1e-2, "{wild:?}");
    }

    #[test]
    fn a_surge_teaches_little() {
        let mut spread = Spread::NEW;
        for _ in 0..12 {
            spread.learn(400.0, Some(4_000.0), 5.0);
        }
        // Twelve rows of 9 in place of 1, and of 4 in place of 1.
        assert!(spread.row < 1.1 && spread.window < 1.02, "{spread:?}");
    }

    #[test]
    fn a_window_lies_between_a_row_and_a_long_one() {
        let lengths = Lengths::new(5.0);
        // 15 is the geometric mean of 5 and 45.
        for (minutes, share) in [(1.0, 0.0), (5.0, 0.0), (15.0, 0.5), (45.0, 1.0), (90.0, 1.0)] {
            let own = lengths.share(octaves_about(minutes));
            assert!((own - share).abs() < 0.03, "{minutes}: {own}");
        }
        assert!((Lengths::new(60.0).long - 120.0).abs() < 1e-12, "two rows at least");
    }
}
