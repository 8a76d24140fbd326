//! The tests of a row, one function for each state: calm, calm on a provisional baseline, in an
//! excursion, and in a run of empty rows. Each gives the score and the test behind it, and leaves
//! the level as the next row shall find it.

use super::cold;
use super::excursion::{Course, Excursion, Frozen};
use super::level::Innovation;
use super::scale;
use super::{Basis, Detector, Empty, Row};
use crate::engine::tail::{score_of, upper_tail};
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::Method;

/// Gain of the calibration, per row: about a thousand rows.
const SPREAD_GAIN: f64 = 0.001;
/// Bounds of the calibration.
const SPREAD: (f64, f64) = (0.8, 4.0);
/// A single row is looked at exactly from this approximate score on.
const TAIL_WORTH: f64 = 3.0;
/// A run of empty rows is a collapse below this probability.
pub(super) const COLLAPSE: f64 = 1.0e-6;
/// A collapse is not over at this share of what is expected.
const TRICKLE: f64 = 0.1;
/// An alarm that lasts longer is learned from: the world has changed.
const ALARM_LEARN_AFTER_MINUTES: f64 = 24.0 * 60.0;
/// An alarm on a provisional baseline that lasts longer becomes the baseline.
const PROVISIONAL_MINUTES_MAX: f64 = 4.0 * 60.0;
/// Least relative variance of a level.
const VARIANCE_MIN: f64 = 0.002;

impl Detector {
    /// Looks for a surge on a settled baseline.
    pub(super) fn watch(&mut self, row: &Row, noise: f64, innovation: Innovation) -> (f64, Method) {
        let tail = self.tail_score(row, noise, innovation);
        let step = self.level.best_step(row.start, row.length, innovation, self.spread);
        let stepped = step.map_or(0.0, |step| step.score);
        let (score, method) =
            if tail > stepped { (tail, Method::Tail) } else { (stepped, Method::Step) };
        if score < self.pace.open {
            if !row.is_announced() {
                let square = (innovation.gamma * innovation.gamma / innovation.total).min(9.0);
                self.spread += SPREAD_GAIN * (square - self.spread);
                self.spread = self.spread.clamp(SPREAD.0, SPREAD.1);
                self.tolerance.watch(row.length, self.pace.open_share);
            }
            self.level.update(row.length, innovation);
            self.take(row, true);
            return (score, method);
        }
        self.level.go_on(row.length, row.calls / row.profile - 1.0, noise);
        let mut excursion = match step {
            Some(step) if stepped >= self.pace.open => {
                self.level.x -= step.absorbed * step.size;
                Excursion::open(step.since, row.end, row.length, step.size, method)
            }
            _ => Excursion::open(row.start, row.end, row.length, innovation.gamma, method),
        };
        excursion.score = score;
        excursion.compare(self.pace.threshold, row.end);
        self.excursion = Some(excursion);
        self.level.freeze(row.length);
        self.withhold(row, row.unheard);
        (score, method)
    }

    /// Score of the single row: approximate while it is small, exact where it matters.
    fn tail_score(&self, row: &Row, noise: f64, innovation: Innovation) -> f64 {
        if innovation.gamma <= 0.0 {
            return 0.0;
        }
        let variance = innovation.total * self.spread;
        let size = innovation.gamma / (1.0 + self.level.x).max(0.1);
        let rough = innovation.gamma / (variance * (1.0 + size / 3.0)).sqrt();
        if rough < TAIL_WORTH {
            return scale::score(rough * rough, row.minutes);
        }
        let mean = row.profile * (1.0 + self.level.x).max(0.1);
        let spread = (self.level.variance + noise) * self.spread * row.profile * row.profile;
        let exact = score_of(upper_tail(row.calls, mean, spread));
        scale::score(exact * exact, row.minutes)
    }

    /// Looks for a gross surge on a baseline that is not settled.
    pub(super) fn watch_provisional(
        &mut self,
        row: &Row,
        level: f64,
        innovation: Innovation,
    ) -> (f64, Method) {
        let (score, since) = self.cold.test(row.start, row.calls, level);
        if score < cold::THRESHOLD {
            if row.basis == Basis::Young {
                self.level.update(row.length, innovation);
            }
            self.take(row, true);
            return (score, Method::Provisional);
        }
        let size = innovation.gamma;
        let mut excursion = Excursion::open(since, row.end, row.length, size, Method::Provisional);
        excursion.score = score;
        self.excursion = Some(excursion);
        if row.unheard || row.basis == Basis::Young {
            self.take(row, false);
        }
        (score, Method::Provisional)
    }

    /// Takes a row into an open excursion.
    pub(super) fn follow(
        &mut self,
        row: &Row,
        level: f64,
        noise: f64,
        innovation: Innovation,
    ) -> (f64, Method) {
        let tail = self.tail_score(row, noise, innovation);
        if self.level.goes_on() {
            self.level.go_on(row.length, row.calls / row.profile - 1.0, noise);
        }
        let Some(excursion) = &mut self.excursion else { return (0.0, Method::Step) };
        let course = excursion.follow(Frozen {
            calls: row.calls,
            profile: row.profile,
            level,
            noise: noise * self.spread,
            variance: self.level.variance * self.spread,
            length: row.length,
            end: row.end,
        });
        let provisional = excursion.method == Method::Provisional;
        let stale = provisional && excursion.minutes > PROVISIONAL_MINUTES_MAX;
        if course != Course::Open || stale {
            let (method, size) = (excursion.method, excursion.size);
            let thawed = course == Course::Faded && self.level.thaw();
            if !thawed && row.basis != Basis::Flat {
                let is_level = matches!(course, Course::Faded | Course::Absorbed);
                self.level.x += if is_level { size } else { 0.0 };
                self.level.update(row.length, innovation);
            }
            self.end_excursion(row);
            return (0.0, method);
        }
        excursion.raise(tail, row.end);
        excursion.compare(self.pace.threshold, row.end);
        let result = (excursion.told(row.end), excursion.method);
        let young = row.basis == Basis::Young;
        let learns = excursion.minutes > ALARM_LEARN_AFTER_MINUTES || row.unheard || young;
        self.level.freeze(row.length);
        self.withhold(row, learns);
        result
    }

    /// Learns a row of an excursion, or keeps it until the days after say that it is usual.
    fn withhold(&mut self, row: &Row, learns: bool) {
        if learns {
            self.take(row, false);
        } else if !row.is_announced() {
            self.profile.get_or_insert_default().add_withheld(row.at, row.calls);
        }
    }

    fn end_excursion(&mut self, row: &Row) {
        self.close_excursion();
        self.cold.end_run();
        self.level.forget_steps(row.start);
        if row.basis == Basis::Flat {
            self.cold.open();
        }
        self.take(row, true);
    }

    /// Ends the excursion, if there is one, and learns how high it went.
    pub(super) fn close_excursion(&mut self) {
        let Some(excursion) = self.excursion.take() else { return };
        self.level.forget_beside();
        if excursion.method != Method::Provisional {
            self.tolerance.ended(excursion.score, self.pace.open);
            // The threshold is computed anew with the next row.
            self.pace.row = Span::ZERO;
        }
    }

    /// Learns the row. What was announced says nothing of what is usual; the mean of the rows so
    /// far needs every row that there is.
    pub(super) fn take(&mut self, row: &Row, cold: bool) {
        if !row.is_announced() {
            self.profile.get_or_insert_default().add(row.at, row.calls);
        }
        if cold {
            self.cold.learn(row.calls / row.raised, row.minutes);
        }
    }

    /// Follows the run of empty rows; whether it is a collapse. With a relative variance s² of
    /// the level, the probability of none where M are expected is (1 + M s²)^(-1/s²).
    pub(super) fn collapsed(&mut self, row: &Row, level: f64, noise: f64) -> bool {
        let spread = (self.level.variance + noise - 1.0 / row.profile).max(VARIANCE_MIN);
        if row.calls > 0.0 {
            let trickle = row.calls <= TRICKLE * level
                && 1.0 - upper_tail(row.calls + 1.0, level, level * (1.0 + spread * level))
                    < COLLAPSE;
            if !(self.empty.collapsed && trickle) {
                self.empty = Empty::NONE;
                return false;
            }
        } else {
            if self.empty.since == Timestamp::MIN {
                self.empty.since = row.start;
                self.empty.before = (self.level.x, self.level.variance);
            }
            // The least that is expected of closed hours would add up over a night.
            if !row.is_closed() {
                self.empty.expected += level;
            }
        }
        let none = -(1.0 + self.empty.expected * spread).ln() / spread;
        let closed = row.is_closed();
        if !self.empty.collapsed && (closed || none > COLLAPSE.ln()) {
            return false;
        }
        if !self.empty.collapsed {
            (self.level.x, self.level.variance) = self.empty.before;
            self.level.forget_steps(row.start);
            self.close_excursion();
            self.empty.collapsed = true;
        }
        self.level.freeze(row.length);
        if row.unheard {
            self.take(row, false);
        } else if !row.is_announced() {
            self.profile.get_or_insert_default().add_disputed(row.at);
        }
        true
    }
}
