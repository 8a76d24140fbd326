//! A stretch of time, half open: shifts, leave, the work that is asked for.

use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// From an instant until before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// The first instant of it.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
}

impl Period {
    /// A period that has a length; `None` where it would end before it begins.
    pub fn new(from: Timestamp, until: Timestamp) -> Option<Self> {
        (from < until).then_some(Self { from, until })
    }

    /// How long it is.
    pub fn length(self) -> Span {
        self.until - self.from
    }

    /// Whether the instant is in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Whether the two have an instant in common.
    pub fn meets(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// What is left of it outside of others.
    pub(super) fn outside(self, others: &[Self]) -> Vec<Self> {
        let mut others: Vec<Self> = others.iter().copied().filter(|o| o.meets(self)).collect();
        others.sort_unstable();
        let mut free = Vec::new();
        let mut at = self.from;
        for other in others {
            free.extend(Self::new(at, other.from));
            at = at.max(other.until);
        }
        free.extend(Self::new(at, self.until));
        free
    }

    /// When the last of those that meet this one is over, others that follow without a break
    /// included; `None` where none does.
    pub(super) fn end_of(self, periods: &[Self]) -> Option<Timestamp> {
        let mut end = periods.iter().filter(|p| p.meets(self)).map(|p| p.until).max()?;
        while let Some(next) =
            periods.iter().filter(|p| p.from <= end && end < p.until).map(|p| p.until).max()
        {
            end = next;
        }
        Some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: i64, until: i64) -> Period {
        let at = |h| Timestamp::from_secs(h * 3_600);
        Period::new(at(from), at(until)).expect("has a length")
    }

    #[test]
    fn the_end_is_that_of_the_unbroken_run() {
        let shifts = [hours(12, 16), hours(8, 12), hours(17, 20)];
        assert_eq!(hours(9, 10).end_of(&shifts), Some(hours(0, 16).until));
        assert_eq!(hours(9, 18).end_of(&shifts), Some(hours(0, 20).until));
        assert_eq!(hours(16, 17).end_of(&shifts), None);
        assert_eq!(Period::new(hours(1, 2).from, hours(1, 2).from), None);
    }
}
