//! The tests of a row, one function for each state: calm, calm on a provisional baseline, in an
//! excursion, and in a run of empty rows. Each gives the score and the test behind it, and leaves
//! the level as the next row shall find it.

use super::burst::{self, Burst};
use super::cold;
use super::excursion::{Course, Excursion, Frozen};
use super::level::{Innovation, Look};
use super::scale::score_paid;
use super::{Basis, Detector, Empty, Row, slow};
use crate::engine::tail::{score_of, upper_tail};
use crate::engine::time::{Span, Timestamp};
use crate::engine::verdict::Method;

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

/// What two tests say together.
fn higher(one: (f64, Method), other: (f64, Method)) -> (f64, Method) {
    if other.0 > one.0 { other } else { one }
}

impl Detector {
    /// Looks for a surge on a settled baseline.
    pub(super) fn watch(&mut self, row: &Row, innovation: Innovation) -> (f64, Method) {
        let look = self.level.look(row.start, row.length, innovation, self.spread);
        let single = self.single_row(row, innovation);
        let burst = self.burst_of(row, single, &look);
        let tail = score_paid(single, self.pace.row_penalty.step);
        let stepped = look.step.map_or(0.0, |step| step.score);
        let (score, method) =
            if tail > stepped { (tail, Method::Burst) } else { (stepped, Method::Step) };
        if score < self.pace.open {
            if !row.is_announced() {
                let square = innovation.gamma * innovation.gamma / innovation.total;
                self.spread.learn(square, look.window, row.minutes);
                self.tolerance.watch(row.length, self.pace.open_share);
            }
            self.level.update(row.length, innovation);
            self.take(row, true);
            return higher((score, method), burst);
        }
        self.level.go_on(row.length, innovation);
        let mut excursion = match look.step {
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
        higher((score, method), burst)
    }

    /// Follows the burst, which ends itself; what is to be told of it.
    fn burst_of(&mut self, row: &Row, single: f64, look: &Look) -> (f64, Method) {
        if row.minutes > burst::ROW_MINUTES_MAX || row.basis != Basis::Settled {
            self.burst = None;
            return (0.0, Method::Burst);
        }
        let windows = look.newest.filter(|newest| newest.last > burst::LAST_SD);
        let windows = windows.map_or((0.0, row.start), |newest| (newest.score, newest.since));
        let alone = if single > windows.0 * windows.0 {
            score_paid(single, self.pace.row_penalty.burst)
        } else {
            0.0
        };
        let best = if alone > windows.0 { (alone, row.start) } else { windows };
        self.burst = Burst::next(self.burst, best, self.pace.open, row.end);
        let Some(burst) = &mut self.burst else { return (best.0, Method::Burst) };
        burst.compare(self.pace.threshold, row.end);
        self.height = self.height.max(burst.score());
        (burst.told(row.end), Method::Burst)
    }

    /// How far the counts scatter is known by the time that the baseline is: else the first settled
    /// days of a wild queue were full of alarms. Closed hours say nothing of it.
    fn learn_spread(&mut self, row: &Row, innovation: Innovation) {
        if row.is_announced() || row.is_closed() {
            return;
        }
        let look = self.level.look(row.start, row.length, innovation, self.spread);
        let square = innovation.gamma * innovation.gamma / innovation.total;
        self.spread.learn(square, look.window, row.minutes);
    }

    /// Sd of a single row about the level, relative to the profile.
    fn scatter(&self, innovation: Innovation) -> f64 {
        (innovation.total * self.spread.row()).sqrt()
    }

    /// Squared score of the single row: approximate while it is small, exact where it matters.
    fn single_row(&self, row: &Row, innovation: Innovation) -> f64 {
        if innovation.gamma <= 0.0 {
            return 0.0;
        }
        let sd = self.scatter(innovation);
        let level = (row.calls / row.profile - innovation.gamma).max(0.1);
        let rough = (innovation.gamma / sd).powi(2) / (1.0 + innovation.gamma / level / 3.0);
        if rough < TAIL_WORTH * TAIL_WORTH {
            return rough;
        }
        let variance = (sd * row.profile).powi(2);
        score_of(upper_tail(row.calls, level * row.profile, variance)).powi(2)
    }

    /// Looks for a gross surge on a baseline that is not settled.
    pub(super) fn watch_provisional(
        &mut self,
        row: &Row,
        level: f64,
        innovation: Innovation,
    ) -> (f64, Method) {
        self.burst = None;
        let wild = self.spread.row().max(1.0);
        let (score, since) = self.cold.test(row.start, row.calls, level, wild);
        if score < cold::THRESHOLD {
            if row.basis == Basis::Young {
                self.learn_spread(row, innovation);
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
        let single = self.single_row(row, innovation);
        let burst = if self.level.goes_on() {
            let beside = self.level.innovation_beside(row.calls / row.profile - 1.0, noise);
            let look = self.level.look(row.start, row.length, beside, self.spread);
            self.level.go_on(row.length, beside);
            self.burst_of(row, self.single_row(row, beside), &look)
        } else {
            self.burst = None;
            (0.0, Method::Burst)
        };
        let Some(excursion) = &mut self.excursion else { return (0.0, Method::Step) };
        let course = excursion.follow(Frozen {
            calls: row.calls,
            profile: row.profile,
            level,
            noise: noise * self.spread.row(),
            variance: self.level.variance * self.spread.row(),
            window: self.spread.window(),
            open: self.pace.open,
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
            return higher((0.0, method), burst);
        }
        excursion.raise(score_paid(single, self.pace.row_penalty.step), row.end);
        excursion.compare(self.pace.threshold, row.end);
        let own = (excursion.told(row.end), excursion.method);
        let young = row.basis == Basis::Young;
        let learns = excursion.minutes > ALARM_LEARN_AFTER_MINUTES || row.unheard || young;
        self.level.freeze(row.length);
        self.withhold(row, learns);
        higher(own, burst)
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

    /// Ends the excursion, if there is one.
    pub(super) fn close_excursion(&mut self) {
        let Some(excursion) = self.excursion.take() else { return };
        self.level.forget_beside();
        if excursion.method != Method::Provisional {
            self.height = self.height.max(excursion.score);
        }
    }

    /// Learns how high a rise of sums of hours went. Of rows of an hour it is one with the excursion
    /// that saw the same rows, as both are one alarm: counting each left a quarter of the tolerated
    /// alarms unused.
    pub(super) fn end_sums(&mut self, row: &Row, score: f64) {
        if row.minutes >= slow::BIN_MINUTES {
            self.height = self.height.max(score);
        } else {
            self.tolerance.ended(score, self.pace.open);
            self.pace.row = Span::ZERO;
        }
    }

    /// Learns how high a rise went, of which nothing is open any more: an excursion, the bursts in it
    /// and what sums of the same rows see of it are one.
    pub(super) fn settle(&mut self, row: &Row) {
        let sums = row.minutes >= slow::BIN_MINUTES && self.slow.rise().is_some();
        if self.height > 0.0 && !sums && self.excursion.is_none() && self.burst.is_none() {
            self.tolerance.ended(self.height, self.pace.open);
            self.height = 0.0;
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
            self.burst = None;
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
