//! Which memory will a row need?
//!
//! Where thousands of queues take turns each row finds its detector in slow memory, and tests that
//! follow from each other wait for one line of it after another. Memory answers many at once. So
//! [`Detector::judge`] first reads one word of each line that nearly every row needs, and so does
//! whoever knows which rows come next ([`Engine::foresee`](crate::engine::Engine::foresee)): a third
//! of the cost of a row where 10,000 queues take turns (`benches/detector.rs`). Nothing is decided by
//! it; a line that is missing here costs time and nothing else.

use super::Detector;
use crate::engine::baseline::Profile;

impl Detector {
    /// Reads for nothing what nearly every row reads.
    pub(in crate::engine) fn touch(&self) -> i64 {
        let profile = self.profile.as_ref().map_or(0, Profile::touch);
        let times =
            self.last_end.as_millis() ^ self.calm_since.as_millis() ^ i64::from(self.cold.seen);
        let open = u8::from(self.excursion.is_some()) ^ u8::from(self.burst.is_some());
        let learned = self.spread.row().to_bits() ^ self.pace.open.to_bits();
        let tests = self.level.touch() ^ self.ramps.touch() ^ self.slow.touch();
        let own = learned ^ tests ^ self.tolerance.touch();
        profile ^ times ^ own.cast_signed() ^ i64::from(open)
    }

    /// Reads for nothing what is expected at a minute of the day.
    pub(in crate::engine) fn touch_day(&self, minute: u32) -> i64 {
        self.profile.as_ref().map_or(0, |profile| profile.touch_day(minute))
    }
}
