//! Reads for nothing, so that what is needed soon is near.
//!
//! Each answers what it read, for the reading not to be left out. Only what is needed by nearly every
//! row or evaluation is read; what is forgotten here costs time and nothing else.

use super::Queue;
use crate::engine::calendar::Calendar;

impl Queue {
    /// What an evaluation reads: memory is slow to answer and answers many at once, so a unit asks
    /// for all of its queues before it needs the first.
    pub(in crate::engine) fn touch(&self) -> i64 {
        let slot = self.slots().newest();
        let expected = slot.and_then(|s| s.verdict.evidence()).map_or(0.0, |e| e.expected);
        self.busy.1.as_millis() ^ expected.to_bits().cast_signed() ^ self.service.touch()
    }

    /// First step of a row: the queue itself.
    pub(in crate::engine) fn touch_itself(&self) -> i64 {
        i64::from(self.summed) ^ i64::from(self.judged) ^ self.busy.1.as_millis()
    }

    /// Second step of a row: what judges it, and its buckets.
    pub(in crate::engine) fn touch_judging(&self) -> i64 {
        self.touch() ^ self.judging.detector.touch()
    }

    /// Third step of a row: its slot of the day.
    pub(in crate::engine) fn touch_day(&self, calendar: &Calendar) -> i64 {
        let minute = self.closed_to.map_or(0, |at| calendar.minute_about(at));
        self.judging.detector.touch_day(minute)
    }
}
