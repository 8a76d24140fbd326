//! Did the level of the day just jump, given how surely it is known?
//!
//! The relative level x of the day (count / profile - 1) is an AR(1) state under counting noise,
//! followed by a scalar Kalman filter. For each candidate onset the filter knows what a step since
//! then would have done to its innovations, and the score is the likelihood ratio of the best one
//! (Willsky & Jones 1976, IEEE TAC 21:108). A point estimate of the level, or a CUSUM against the
//! profile, cannot tell a busy day from a surge; the filter is patient at the opening, when its
//! variance is wide, and sharp at noon, without a guard made by hand.
//!
//! ```text
//! z = y/mu - 1        gamma = z - x      S = P + noise      K = P/S     e = clip(gamma/sqrt S)
//! x <- rho (x + K e sqrt S)              P <- rho² (1-K) P + (1-rho²) sd²
//! per onset, g = 1 - b:  C += g gamma/S  V += g²/S          b <- rho (b + K g e sqrt S / gamma)
//! ```
//! C/V estimates the step, C²/V is the likelihood ratio; counts are skewed, so it is divided by
//! 1 + (C/V)/3, which is the deviance of a Poisson count to second order. Outliers are clipped
//! before they enter the level, and b knows of the clip.

use super::scale;
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Onsets that are held; older than the newest few they are thinned geometrically.
const ONSETS_MAX: usize = 24;
/// Newest onsets that are never thinned.
const ONSETS_KEPT: usize = 4;
/// Onsets older than this are forgotten.
const WINDOW: Span = Span::hours(2);
/// ln rho per minute: rho = 0.984 per five minutes, by maximum likelihood on a bank's year.
const LN_RHO_PER_MINUTE: f64 = -0.003_2;
/// Innovations are clipped at this many sd before they enter the level.
const CLIP_SD: f64 = 2.5;

/// The filtered level with its onsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    /// Level relative to the profile, and its variance.
    pub(super) x: f64,
    pub(super) variance: f64,
    /// The level as it would be without the excursion that is open.
    beside: Option<Known>,
    stationary: f64,
    onsets: Onsets,
    /// Row length for which `rho` holds.
    row: Span,
    rho: f64,
}

/// What is known of a level: its value relative to the profile, and the variance of that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    x: f64,
    variance: f64,
}

/// What a row says against the level before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Innovation {
    /// Count relative to the profile, less 1, less the level.
    pub(super) gamma: f64,
    /// Variance of z about the level, noise and level.
    pub(super) total: f64,
}

/// A step that explains the innovations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// About standard normal for a given onset.
    pub(super) score: f64,
    /// Estimated size relative to the profile.
    pub(super) size: f64,
    /// How much of a unit step the level had absorbed before this row.
    pub(super) absorbed: f64,
    /// Start of the first row of the step.
    pub(super) since: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Onsets {
    used: u8,
    origin: Timestamp,
    /// Seconds from `origin` to the start of the first row.
    start: [f32; ONSETS_MAX],
    c: [f32; ONSETS_MAX],
    v: [f32; ONSETS_MAX],
    absorbed: [f32; ONSETS_MAX],
}

impl Level {
    pub(super) fn new() -> Self {
        Self {
            x: 0.0,
            variance: 0.0,
            beside: None,
            stationary: 0.0,
            onsets: Onsets::new(Timestamp::MIN),
            row: Span::ZERO,
            rho: 1.0,
        }
    }

    /// Begins a day: nothing is known but how much days differ.
    pub(super) fn open(&mut self, at: Timestamp, opening_sd: f64, stationary_sd: f64) {
        self.x = 0.0;
        self.variance = opening_sd * opening_sd;
        self.beside = None;
        self.stationary = stationary_sd * stationary_sd;
        self.onsets = Onsets::new(at);
    }

    /// From now on the level wanders by this about the profile.
    pub(super) fn wander(&mut self, stationary_sd: f64) {
        self.stationary = stationary_sd * stationary_sd;
    }

    /// The profile moved by this factor: the level in calls stays.
    pub(super) fn rebase(&mut self, factor: f64) {
        self.change(|known, _| Known { x: (1.0 + known.x) / factor - 1.0, ..known });
    }

    /// Lets time pass without data.
    pub(super) fn skip(&mut self, gap: Span) {
        let rho = (LN_RHO_PER_MINUTE * gap.as_minutes_f64()).exp();
        self.change(|known, level| {
            let variance = level.diffused(known.variance, rho);
            Known { x: known.x * rho, variance }
        });
        for absorbed in &mut self.onsets.absorbed {
            *absorbed *= rho as f32;
        }
    }

    fn change(&mut self, change: impl Fn(Known, &Self) -> Known) {
        let known = change(self.known(), self);
        self.beside = self.beside.map(|beside| change(beside, self));
        self.know(known);
    }

    /// Variance grows over a row while the level is frozen: a random walk, without the pull to
    /// the profile that the level itself would follow.
    pub(super) fn freeze(&mut self, row: Span) {
        self.pace(row);
        self.variance += (1.0 - self.rho * self.rho) * self.stationary;
    }

    /// Forgets the onsets.
    pub(super) fn forget_steps(&mut self, at: Timestamp) {
        self.onsets = Onsets::new(at);
    }

    pub(super) fn innovation(&self, calls: f64, mu: f64, noise: f64) -> Innovation {
        let gamma = calls / mu - 1.0 - self.x;
        Innovation { gamma, total: self.variance + noise }
    }

    /// The best step that ends now, this row included. A new onset begins with this row.
    /// `spread` is the calibration of innovations.
    pub(super) fn best_step(
        &mut self,
        start: Timestamp,
        row: Span,
        innovation: Innovation,
        spread: f64,
    ) -> Option<Step> {
        self.onsets.begin(start);
        let at = self.onsets.best(row, innovation, spread as f32)?;
        Some(self.onsets.step(at, start + row, spread))
    }

    /// Takes the row into the level.
    pub(super) fn update(&mut self, row: Span, innovation: Innovation) {
        let (known, passed) = self.filter(row, self.known(), innovation);
        self.know(known);
        self.onsets.absorb(self.rho as f32, passed as f32);
    }

    /// Goes on beside the frozen level as if no excursion were open; `z` is the count relative to
    /// the profile, less 1. Begins where the level is.
    pub(super) fn go_on(&mut self, row: Span, z: f64, noise: f64) {
        let known = self.beside.unwrap_or(self.known());
        let innovation = Innovation { gamma: z - known.x, total: known.variance + noise };
        self.beside = Some(self.filter(row, known, innovation).0);
    }

    /// What went on beside a frozen level is of no use any more.
    pub(super) fn forget_beside(&mut self) {
        self.beside = None;
    }

    /// From now on the level is what it would be without the excursion; whether that was followed.
    pub(super) fn thaw(&mut self) -> bool {
        let beside = self.beside.take();
        if let Some(known) = beside {
            self.know(known);
        }
        beside.is_some()
    }

    /// Whether a level without the excursion is followed.
    pub(super) fn goes_on(&self) -> bool {
        self.beside.is_some()
    }

    fn known(&self) -> Known {
        Known { x: self.x, variance: self.variance }
    }

    fn know(&mut self, known: Known) {
        (self.x, self.variance) = (known.x, known.variance);
    }

    /// The state after a row, and the share of its innovation that passes into it.
    fn filter(&mut self, row: Span, known: Known, innovation: Innovation) -> (Known, f64) {
        self.pace(row);
        let Innovation { gamma, total } = innovation;
        let gain = known.variance / total;
        let reach = CLIP_SD * total.sqrt();
        let clipped = gamma.clamp(-reach, reach);
        let passed = if gamma.abs() <= reach { 1.0 } else { clipped / gamma };
        let x = self.rho * (known.x + gain * clipped);
        let variance = self.diffused(known.variance * (1.0 - gain), self.rho);
        (Known { x, variance }, gain * passed)
    }

    fn diffused(&self, variance: f64, rho: f64) -> f64 {
        let kept = rho * rho;
        kept * variance + (1.0 - kept) * self.stationary
    }

    fn pace(&mut self, row: Span) {
        if row != self.row {
            self.row = row;
            self.rho = (LN_RHO_PER_MINUTE * row.as_minutes_f64()).exp();
        }
    }
}

impl Onsets {
    fn new(origin: Timestamp) -> Self {
        Self {
            used: 0,
            origin,
            start: [0.0; ONSETS_MAX],
            c: [0.0; ONSETS_MAX],
            v: [0.0; ONSETS_MAX],
            absorbed: [0.0; ONSETS_MAX],
        }
    }

    /// Adds an onset; drops those out of the window, else the one whose neighbours are closest
    /// together for its age.
    fn begin(&mut self, at: Timestamp) {
        let now = (at - self.origin).as_secs_f64() as f32;
        let mut used = usize::from(self.used);
        let oldest = now - WINDOW.as_secs_f64() as f32;
        if used > 0 && self.start[0] <= oldest {
            self.remove(0);
            used -= 1;
        }
        if used == ONSETS_MAX {
            // Least (gap / age), compared crosswise: a division costs more than the rest.
            let (mut drop, mut gap, mut age) = (1, 1.0, 0.0);
            for i in 1..ONSETS_MAX - ONSETS_KEPT {
                let own_gap = self.start[i + 1] - self.start[i - 1];
                let own_age = now - self.start[i];
                if own_gap * age < gap * own_age {
                    (drop, gap, age) = (i, own_gap, own_age);
                }
            }
            self.remove(drop);
            used -= 1;
        }
        self.start[used] = now;
        self.c[used] = 0.0;
        self.v[used] = 0.0;
        self.absorbed[used] = 0.0;
        self.used = used as u8 + 1;
    }

    fn remove(&mut self, at: usize) {
        for column in [&mut self.start, &mut self.c, &mut self.v, &mut self.absorbed] {
            column.copy_within(at + 1.., at);
        }
        // Columns are summed whole: what lies behind the used part must stay without weight.
        self.c[ONSETS_MAX - 1] = 0.0;
        self.v[ONSETS_MAX - 1] = 0.0;
        self.absorbed[ONSETS_MAX - 1] = 1.0;
        self.used -= 1;
    }

    /// Adds the row to every onset and finds the best.
    fn best(&mut self, row: Span, innovation: Innovation, spread: f32) -> Option<usize> {
        let gamma = innovation.gamma as f32;
        let weight = 1.0 / innovation.total as f32;
        let now = (self.start[usize::from(self.used) - 1] + row.as_secs_f64() as f32) / 60.0;
        let mut ratio = [0.0_f32; ONSETS_MAX];
        let used = usize::from(self.used);
        for i in used..ONSETS_MAX {
            self.absorbed[i] = 1.0;
        }
        for (i, ratio) in ratio.iter_mut().enumerate() {
            let share = (1.0 - self.absorbed[i]) * weight;
            self.c[i] += share * gamma;
            self.v[i] += share * (1.0 - self.absorbed[i]);
            let size = self.c[i].max(0.0) / (self.v[i] + f32::MIN_POSITIVE);
            let own = self.c[i] * size / (1.0 + size / 3.0);
            *ratio = own - spread * scale::penalty_about(now - self.start[i] / 60.0);
        }
        let mut best = (0.0, None);
        for (i, &value) in ratio.iter().enumerate().take(used) {
            if value > best.0 {
                best = (value, Some(i));
            }
        }
        best.1
    }

    fn step(&self, at: usize, end: Timestamp, spread: f64) -> Step {
        let (c, v) = (f64::from(self.c[at]), f64::from(self.v[at]));
        let size = c / v;
        let since = self.origin + Span::secs(self.start[at] as i64);
        let ratio = c * size / (1.0 + size / 3.0) / spread;
        Step {
            score: scale::score(ratio, (end - since).as_minutes_f64()),
            size,
            absorbed: f64::from(self.absorbed[at]),
            since,
        }
    }

    fn absorb(&mut self, rho: f32, gain: f32) {
        for absorbed in &mut self.absorbed {
            *absorbed = rho * (*absorbed + gain * (1.0 - *absorbed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Span = Span::minutes(6);

    fn level() -> Level {
        let mut level = Level::new();
        level.open(Timestamp::from_secs(0), 0.2, 0.1);
        level
    }

    #[test]
    fn a_thawed_level_is_one_that_never_froze() {
        let (mut frozen, mut free) = (level(), level());
        // Powers of two: not a bit is lost on the way.
        for z in [0.25, 1.0, -0.25, 4.0, 0.125] {
            let innovation = free.innovation(1.0 + z, 1.0, 0.1);
            free.update(ROW, innovation);
            frozen.go_on(ROW, z, 0.1);
            frozen.freeze(ROW);
        }
        assert!(frozen.x.abs() < 1e-12 && frozen.variance > 0.04, "{frozen:?}");
        assert!(frozen.thaw());
        assert_eq!(frozen.known(), free.known());
        assert!(!frozen.thaw(), "once");
    }

    #[test]
    fn what_goes_on_beside_a_frozen_level_moves_with_profile_and_time() {
        let (mut frozen, mut free) = (level(), level());
        let innovation = free.innovation(1.5, 1.0, 0.1);
        free.update(ROW, innovation);
        frozen.go_on(ROW, 0.5, 0.1);
        for level in [&mut frozen, &mut free] {
            level.rebase(1.25);
            level.skip(Span::minutes(30));
        }
        assert!(frozen.x < 0.0, "1 of 1.25 and 30 minutes on: {}", frozen.x);
        assert!(frozen.thaw());
        assert_eq!(frozen.known(), free.known());
    }

    #[test]
    fn another_day_and_another_end_forget_it() {
        let mut day = level();
        day.go_on(ROW, 0.5, 0.1);
        day.open(Timestamp::from_secs(86_400), 0.2, 0.1);
        assert!(!day.thaw());
        let mut ended = level();
        ended.go_on(ROW, 0.5, 0.1);
        ended.forget_beside();
        assert!(!ended.thaw());
    }
}
