//! What the last hours of a unit looked like, for whoever draws them.
//!
//! The verdicts in force are the last two; a curve needs those before as well. They are part of
//! the state, so a restart loses none, a replay gives the same, and the curve shows what was
//! judged at the time and not what a later row corrected. Nothing in the engine reads them.

use super::command::Level;
use super::queue::Slot;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most intervals that are kept: eight hours of minutes, a week and a half of half-hours less
/// what `KEPT` cuts off.
pub const POINTS_MAX: usize = 480;
/// Longest look back.
const KEPT: Span = Span::hours(24);

/// A judged interval. Single precision: a line on a screen has no more.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// End of the interval.
    pub at: Timestamp,
    /// Its length.
    pub length: Span,
    /// Calls observed.
    pub observed: f32,
    /// Calls expected.
    pub expected: f32,
    /// Upper end of what is normal.
    pub upper: f32,
    /// Level in force after it.
    pub level: Level,
}

/// Judged intervals, oldest first. A view shares them until the next one closes.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Recent(Arc<Vec<Point>>);

impl Recent {
    /// The intervals, oldest first.
    pub fn points(&self) -> &[Point] {
        &self.0
    }

    /// Takes the slot in force. One without evidence leaves a gap: nothing was judged.
    pub(super) fn note(&mut self, slot: &Slot, level: Level) {
        let Some(e) = slot.verdict.evidence() else { return };
        if self.0.last().is_some_and(|last| last.at >= slot.end) {
            return;
        }
        let point = Point {
            at: slot.end,
            length: slot.length,
            observed: e.observed as f32,
            expected: e.expected as f32,
            upper: e.upper as f32,
            level,
        };
        let points = Arc::make_mut(&mut self.0);
        let old = points.iter().take_while(|p| p.at + KEPT < point.at).count();
        points.drain(..old.max((points.len() + 1).saturating_sub(POINTS_MAX)));
        points.push(point);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::verdict::{Evidence, Method, Verdict};

    fn slot(minute: i64) -> Slot {
        let end = Timestamp::from_secs(minute * 60);
        let evidence = Evidence {
            at: end,
            length: Span::minutes(1),
            observed: 7.0,
            expected: 5.5,
            upper: 9.0,
            since: end,
            score: 0.0,
            threshold: 6.0,
            method: Method::Burst,
            chance_per_month: None,
            learning: false,
        };
        Slot { end, length: Span::minutes(1), verdict: Verdict::Normal(evidence) }
    }

    #[test]
    fn an_interval_is_noted_once_and_the_oldest_go() {
        let mut recent = Recent::default();
        for minute in 0..POINTS_MAX as i64 + 5 {
            recent.note(&slot(minute), Level::L1);
            recent.note(&slot(minute), Level::L2);
        }
        let points = recent.points();
        assert_eq!(points.len(), POINTS_MAX);
        assert_eq!(points[0].at, Timestamp::from_secs(300));
        assert!(points.iter().all(|p| p.level == Level::L1));
        recent.note(&slot(POINTS_MAX as i64 + 24 * 60), Level::None);
        assert_eq!(recent.points().len(), 5 + 1, "a day, its first instant included");
    }

    #[test]
    fn a_slot_without_evidence_leaves_a_gap() {
        let mut recent = Recent::default();
        let verdict = Verdict::Learning { seen: 1, needed: 3 };
        recent.note(&Slot { verdict, ..slot(1) }, Level::None);
        assert!(recent.points().is_empty());
    }
}
