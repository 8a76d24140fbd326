//! From the state of the tests to a verdict with its evidence.

use super::level::Innovation;
use super::rise::Rise;
use super::tolerance::THRESHOLD_MAX;
use super::{Basis, Detector, Row, burst, cold, ramp};
use crate::engine::time::Timestamp;
use crate::engine::verdict::{Evidence, Method, Verdict};

/// A ramp on the scale of the other tests.
struct Climb<'a> {
    rise: &'a Rise,
    /// The threshold of the others where so many alarms are tolerated that this ramp is one.
    score: f64,
    /// How often chance takes ramps so high, times a month.
    chance: f64,
}

impl Detector {
    /// Score and test of the slow scales, where they say more than the fast tests.
    pub(super) fn slower(&self, fast: (f64, Method)) -> (f64, Method) {
        if self.empty.collapsed {
            return fast;
        }
        let sums = self.slow.rise().filter(|rise| rise.tells(rise.score, self.last_end));
        let slow = [sums.map(|rise| rise.score), self.told_ramp().map(|ramp| ramp.score)];
        let best = slow.into_iter().flatten().fold(0.0, f64::max);
        if best > fast.0 { (best, Method::Slow) } else { fast }
    }

    /// How many of so many tolerated alarms are left to the other tests. Long rows have no ramps.
    pub(super) fn others(&self, alarms: f64) -> f64 {
        if self.pace.row > ramp::BIN { alarms } else { alarms - ramp::allowed(alarms) }
    }

    /// The ramp that climbs, unless its score would be less than one at which the others open.
    fn ramp(&self) -> Option<Climb<'_>> {
        let (rise, chance) = self.ramps.rise(self.pace.open)?;
        let score = self.tolerance.threshold(self.others(ramp::tolerated(chance)), self.pace.open);
        // No threshold is higher: it is an alarm whatever is tolerated.
        let score = if rise.score >= THRESHOLD_MAX { score.max(rise.score) } else { score };
        (score > self.pace.open).then_some(Climb { rise, score, chance })
    }

    /// The same while it tells of something.
    fn told_ramp(&self) -> Option<Climb<'_>> {
        self.ramp().filter(|ramp| ramp.rise.tells(ramp.score, self.last_end))
    }

    /// How often chance takes this test so high, times a month.
    fn chance(&self, score: f64, method: Method) -> f64 {
        let ramp = self.told_ramp().filter(|ramp| method == Method::Slow && ramp.score >= score);
        ramp.map_or_else(|| self.tolerance.rate(score, self.pace.open), |ramp| ramp.chance)
    }

    /// Start of the slow rise, where it is an alarm; of a ramp also the level without it, in
    /// profiles.
    pub(super) fn slow_alarm(&self) -> Option<(Timestamp, Option<f64>)> {
        let sums = self.slow.rise().filter(|rise| rise.asks(rise.score, self.last_end));
        let ramp = self.ramp().filter(|ramp| ramp.rise.asks(ramp.score, self.last_end));
        match (sums, ramp) {
            (Some(sums), Some(ramp)) if sums.score >= ramp.score => Some((sums.since, None)),
            (_, Some(ramp)) => Some((ramp.rise.since, Some(self.ramps.base()))),
            (sums, None) => sums.map(|sums| (sums.since, None)),
        }
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
            (threshold * threshold + burst::penalty(row.minutes, self.pace.row_penalty)).sqrt()
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
            chance_per_month: chance.then(|| self.chance(score, method)),
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
        if let Some((since, base)) = self.slow_alarm() {
            let expected = base.map_or(row.slow, |base| base * row.profile);
            (evidence.since, evidence.expected) = (since, expected);
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
