//! From the state of the tests to a verdict with its evidence.

use super::excursion::asks;
use super::level::Innovation;
use super::scale::{self, BURST_MINUTES};
use super::{Basis, Detector, Row, cold};
use crate::engine::time::Timestamp;
use crate::engine::verdict::{Evidence, Method, Verdict};

impl Detector {
    /// Score and test of the slow scale, where it says more than the fast tests.
    pub(super) fn slower(&self, fast: (f64, Method)) -> (f64, Method) {
        match self.slow.rise() {
            Some(rise)
                if rise.score > fast.0 && rise.tells(self.last_end) && !self.empty.collapsed =>
            {
                (rise.score, Method::Slow)
            }
            Some(_) | None => fast,
        }
    }

    /// Start of the slow rise, where it is an alarm.
    pub(super) fn slow_alarm(&self) -> Option<Timestamp> {
        let rise = self.slow.rise()?;
        asks(rise.alarmed, rise.score, self.last_end).then_some(rise.since)
    }

    pub(super) fn verdict(
        &self,
        row: &Row,
        level: f64,
        innovation: Innovation,
        (score, method): (f64, Method),
    ) -> Verdict {
        let learning = row.basis != Basis::Settled;
        let threshold = if learning { cold::THRESHOLD } else { self.pace.threshold };
        let sd = (innovation.total * self.spread.row()).sqrt();
        let single = if learning {
            threshold
        } else {
            (threshold * threshold + scale::penalty(row.minutes, BURST_MINUTES)).sqrt()
        };
        let upper = level + row.profile * upper_excess(single, sd);
        let upper = if learning { upper.max(cold::RATIO_MIN * level) } else { upper };
        let chance = match method {
            Method::Burst | Method::Step | Method::Slow => !learning && score >= self.pace.open,
            Method::Empty | Method::Provisional => false,
        };
        let mut evidence = Evidence {
            at: row.end,
            length: row.length,
            observed: row.calls,
            expected: level,
            upper,
            since: self.calm_since,
            score,
            threshold,
            method,
            chance_per_month: chance.then(|| self.tolerance.rate(score, self.pace.open)),
            learning,
        };
        if self.empty.collapsed {
            evidence.since = self.empty.since;
            return Verdict::Collapse(evidence);
        }
        if let Some(excursion) = self.excursion.filter(|excursion| excursion.asks(row.end)) {
            evidence.since = excursion.since;
            return Verdict::Surge(evidence);
        }
        if let Some(burst) = self.burst.filter(|burst| burst.asks(row.end)) {
            evidence.since = burst.since;
            return Verdict::Surge(evidence);
        }
        if let Some(since) = self.slow_alarm() {
            (evidence.since, evidence.expected) = (since, row.slow);
            return Verdict::Surge(evidence);
        }
        Verdict::Normal(evidence)
    }
}

/// Excess of a single row whose score is `h`, relative to the profile: solves
/// s² / (1 + s sd / 3) = h² for s and gives s sd.
pub(super) fn upper_excess(h: f64, sd: f64) -> f64 {
    let half = h * h * sd / 6.0;
    (half + (half * half + h * h).sqrt()) * sd
}
