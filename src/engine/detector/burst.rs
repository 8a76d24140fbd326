//! Did a row or two have far more calls than the level lets expect?
//!
//! The step test (`level`) finds what goes on. What is over within two rows is lost in it for three
//! reasons: short windows pay for their number, windows of an hour stand high where the level wanders,
//! and while a weak rise is open nothing but its own size is looked at. So the newest rows have a test
//! of their own: the best window of the last two rows, or of twelve minutes where those are more,
//! against the level as it goes on whatever is open. A single row is judged by the exact tail of its
//! count, since counts are skewed and a row is where that matters most.
//!
//! A burst does not freeze the level, and it ends itself with the first row, or two minutes, that are
//! not above the level. One that goes on is a step, and so are two rows of more than a quarter of an
//! hour, which have no such test. What it deliberately does not do is to weigh short windows by how
//! often this queue has had them: the spread of single rows says that already.

use super::excursion::{asks, tells};
use super::scale::RowPenalty;
use crate::engine::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Score below which a burst is over.
const DROP: f64 = 2.5;
/// Two rows that are longer are no burst but a step, for which there is a test.
pub(super) const ROW_MINUTES_MAX: f64 = 15.0;
/// The newest row, or the newest two minutes, are this many sd above the level: what is over is no
/// burst any more.
pub(super) const LAST_SD: f64 = 1.0;

/// What a single row pays: as a burst, or as a step where it is too long for one.
pub(super) const fn penalty(minutes: f64, row: RowPenalty) -> f64 {
    if minutes > ROW_MINUTES_MAX { row.step } else { row.burst }
}

/// A burst that is on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Burst {
    pub(super) since: Timestamp,
    /// Highest score so far, and when it grew last.
    score: f64,
    grown: Timestamp,
    /// When it became an alarm.
    alarmed: Option<Timestamp>,
}

impl Burst {
    /// What becomes of a burst, or of none, with a row whose windows have this score.
    pub(super) fn next(
        burst: Option<Self>,
        (score, since): (f64, Timestamp),
        open: f64,
        end: Timestamp,
    ) -> Option<Self> {
        match burst {
            Some(burst) if score > burst.score => Some(Self { score, grown: end, ..burst }),
            Some(burst) => (score >= DROP).then_some(burst),
            None => (score >= open).then_some(Self { since, score, grown: end, alarmed: None }),
        }
    }

    /// Becomes an alarm where its score is at the threshold.
    pub(super) fn compare(&mut self, threshold: f64, end: Timestamp) {
        if self.alarmed.is_none() && self.score >= threshold {
            self.alarmed = Some(end);
        }
    }

    /// Its highest score.
    pub(super) const fn score(&self) -> f64 {
        self.score
    }

    /// The score at the end of a row.
    pub(super) fn told(&self, end: Timestamp) -> f64 {
        if tells(self.grown, self.score, end) { self.score } else { 0.0 }
    }

    /// Whether it is an alarm at the end of a row.
    pub(super) fn asks(&self, end: Timestamp) -> bool {
        asks(self.alarmed, self.score, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_secs(60 * minute)
    }

    #[test]
    fn rows_that_are_no_burst_pay_as_a_step() {
        // 1.4 ln 2.4, nothing, 1.4 ln 2 and nothing.
        let paid = [5.0, 15.0, 30.0, 60.0].map(|m| penalty(m, RowPenalty::of(m)));
        let wanted = [1.225_656, 0.0, 0.970_406, 0.0];
        assert!(paid.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{paid:?}");
    }

    #[test]
    fn it_opens_keeps_its_highest_score_and_ends_itself() {
        let mut burst = None;
        let mut told = Vec::new();
        for (i, score) in [3.0, 3.6, 4.4, 3.0, 2.4, 3.4].into_iter().enumerate() {
            let end = at(5 * (i as i64 + 1));
            burst = Burst::next(burst, (score, end - (at(5) - at(0))), 3.5, end);
            told.push(burst.map(|burst| (burst.since, burst.score())));
        }
        let on = |score| Some((at(5), score));
        assert_eq!(told, [None, on(3.6), on(4.4), on(4.4), None, None]);
    }

    #[test]
    fn it_asks_from_its_threshold_on_and_a_weak_one_for_25_minutes() {
        let mut burst = Burst::next(None, (4.0, at(0)), 3.5, at(5)).expect("open");
        burst.compare(4.2, at(5));
        assert!(!burst.asks(at(5)));
        let mut burst = Burst::next(Some(burst), (4.3, at(5)), 3.5, at(10)).expect("open");
        burst.compare(4.2, at(10));
        assert!(burst.asks(at(10)) && burst.asks(at(34)) && !burst.asks(at(35)));
        assert!(burst.told(at(34)) > 4.2 && burst.told(at(35)) < 1.0);
    }
}
