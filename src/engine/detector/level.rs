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

use super::scale::{self, BURST_MINUTES, STEP_MINUTES};
use super::spread::{Lengths, Spread};
use crate::engine::baseline::Wander;
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Onsets that are held; older than the newest few they are thinned geometrically.
const ONSETS_MAX: usize = 24;
/// Newest onsets that are never thinned.
const ONSETS_KEPT: usize = 4;
/// Onsets older than this are forgotten.
const WINDOW: Span = Span::hours(2);
/// Innovations are clipped at this many sd before they enter the level.
const CLIP_SD: f64 = 2.5;
/// Windows with less than this ratio are no part of one.
const BURST_WORTH: f32 = 4.0;
/// Its newest minutes are the last row, or so many.
const LAST_MINUTES: f32 = 2.0;
/// A burst is over the newest rows of [`BURST_MINUTES`], at least so many.
const BURST_ROWS: usize = 2;

/// The filtered level with its onsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    /// Level relative to the profile, and its variance.
    pub(super) x: f64,
    pub(super) variance: f64,
    /// The level as it would be without the excursion that is open.
    beside: Option<Known>,
    stationary: f64,
    /// Minutes in which the level falls to 1/e of its distance from the profile.
    lasts_minutes: f64,
    onsets: Onsets,
    /// Row length for which these hold.
    row: Span,
    rho: f64,
    lengths: Lengths,
}

/// What is known of a level: its value relative to the profile, and the variance of that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) x: f64,
    pub(super) variance: f64,
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

/// What the windows that end with a row say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) step: Option<Step>,
    pub(super) newest: Option<Newest>,
    /// Squared sum over its variance, of the window from which [`Spread`] learns.
    pub(super) window: Option<f64>,
}

/// The best window of the newest rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest {
    /// About standard normal for a given onset.
    pub(super) score: f64,
    /// Start of its first row.
    pub(super) since: Timestamp,
    /// How many sd its newest minutes are above the level.
    pub(super) last: f64,
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

impl Known {
    /// What a row says against it; `z` is the count relative to the profile, less 1.
    pub(super) fn innovation(self, z: f64, noise: f64) -> Innovation {
        Innovation { gamma: z - self.x, total: self.variance + noise }
    }

    /// The same level in calls, where the profile moved by this factor.
    pub(super) fn rebased(self, factor: f64) -> Self {
        Self { x: (1.0 + self.x) / factor - 1.0, ..self }
    }
}

impl Level {
    pub(super) fn new() -> Self {
        Self {
            x: 0.0,
            variance: 0.0,
            beside: None,
            stationary: 0.0,
            lasts_minutes: 1.0,
            onsets: Onsets::new(Timestamp::MIN),
            row: Span::ZERO,
            rho: 1.0,
            lengths: Lengths::new(0.0),
        }
    }

    /// Begins a day: nothing is known but how much days differ.
    pub(super) fn open(&mut self, at: Timestamp, opening_sd: f64, wander: Wander) {
        self.x = 0.0;
        self.variance = opening_sd * opening_sd;
        self.beside = None;
        self.wander(wander);
        self.onsets = Onsets::new(at);
    }

    /// From now on the level wanders like this about the profile.
    pub(super) fn wander(&mut self, wander: Wander) {
        self.stationary = wander.sd * wander.sd;
        self.lasts_minutes = wander.lasts_minutes;
        self.row = Span::ZERO;
    }

    /// The profile moved by this factor: the level in calls stays.
    pub(super) fn rebase(&mut self, factor: f64) {
        self.change(|known, _| known.rebased(factor));
    }

    /// It is less surely known by this variance.
    pub(super) fn doubt(&mut self, variance: f64) {
        self.change(|known, _| Known { variance: known.variance + variance, ..known });
    }

    /// Lets time pass without data.
    pub(super) fn skip(&mut self, gap: Span) {
        self.change(|known, level| level.skipped(known, gap));
        let rho = self.rho_of(gap);
        for absorbed in &mut self.onsets.absorbed {
            *absorbed *= rho as f32;
        }
    }

    /// Share of a level that is left after so long.
    pub(super) fn rho_of(&self, time: Span) -> f64 {
        (-time.as_minutes_f64() / self.lasts_minutes).exp()
    }

    /// What is known after time without data.
    pub(super) fn skipped(&self, known: Known, gap: Span) -> Known {
        let rho = self.rho_of(gap);
        Known { x: known.x * rho, variance: self.diffused(known.variance, rho) }
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

    /// Reads for nothing what nearly every row reads (`touch`).
    pub(super) fn touch(&self) -> u64 {
        let Onsets { start, c, v, absorbed, .. } = &self.onsets;
        let column = |column: &[f32; ONSETS_MAX]| {
            u64::from(column[0].to_bits() ^ column[ONSETS_MAX / 2].to_bits())
        };
        [start, c, v, absorbed].map(column).iter().fold(self.x.to_bits(), |sum, bits| sum ^ bits)
    }

    /// Forgets the onsets.
    pub(super) fn forget_steps(&mut self, at: Timestamp) {
        self.onsets = Onsets::new(at);
    }

    pub(super) fn innovation(&self, calls: f64, mu: f64, noise: f64) -> Innovation {
        self.known().innovation(calls / mu - 1.0, noise)
    }

    /// What the windows say that end now, this row included. A new onset begins with this row.
    pub(super) fn look(
        &mut self,
        start: Timestamp,
        row: Span,
        innovation: Innovation,
        spread: Spread,
    ) -> Look {
        self.pace(row);
        self.onsets.begin(start);
        self.onsets.look(row, self.lengths, innovation, spread)
    }

    /// Takes the row into the level.
    pub(super) fn update(&mut self, row: Span, innovation: Innovation) {
        let (known, passed) = self.filter(row, self.known(), innovation);
        self.know(known);
        self.onsets.absorb(self.rho as f32, passed as f32);
    }

    /// What a row says against the level that goes on beside the frozen one; `z` is the count
    /// relative to the profile, less 1. Before there is one it is where the level is.
    pub(super) fn innovation_beside(&self, z: f64, noise: f64) -> Innovation {
        self.beside.unwrap_or(self.known()).innovation(z, noise)
    }

    /// Goes on beside the frozen level as if no excursion were open.
    pub(super) fn go_on(&mut self, row: Span, innovation: Innovation) {
        let known = self.beside.unwrap_or(self.known());
        let (known, passed) = self.filter(row, known, innovation);
        self.beside = Some(known);
        self.onsets.absorb(self.rho as f32, passed as f32);
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

    pub(super) fn known(&self) -> Known {
        Known { x: self.x, variance: self.variance }
    }

    fn know(&mut self, known: Known) {
        (self.x, self.variance) = (known.x, known.variance);
    }

    /// The state after a row, and the share of its innovation that passes into it.
    fn filter(&mut self, row: Span, known: Known, innovation: Innovation) -> (Known, f64) {
        self.pace(row);
        self.filtered(known, innovation, self.rho)
    }

    /// The same for a row over which this share of the level is left.
    pub(super) fn filtered(&self, known: Known, innovation: Innovation, rho: f64) -> (Known, f64) {
        let Innovation { gamma, total } = innovation;
        let gain = known.variance / total;
        let reach = CLIP_SD * total.sqrt();
        let clipped = gamma.clamp(-reach, reach);
        let passed = if gamma.abs() <= reach { 1.0 } else { clipped / gamma };
        let x = rho * (known.x + gain * clipped);
        let variance = self.diffused(known.variance * (1.0 - gain), rho);
        (Known { x, variance }, gain * passed)
    }

    fn diffused(&self, variance: f64, rho: f64) -> f64 {
        let kept = rho * rho;
        kept * variance + (1.0 - kept) * self.stationary
    }

    fn pace(&mut self, row: Span) {
        if row != self.row {
            self.row = row;
            self.rho = self.rho_of(row);
            self.lengths = Lengths::new(row.as_minutes_f64());
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
    fn look(
        &mut self,
        row: Span,
        lengths: Lengths,
        innovation: Innovation,
        spread: Spread,
    ) -> Look {
        let gamma = innovation.gamma as f32;
        let weight = 1.0 / innovation.total as f32;
        let used = usize::from(self.used);
        let now = self.start[used - 1] + row.as_secs_f64() as f32;
        let (one, more) = (spread.row() as f32, spread.window() as f32 - 1.0);
        let mut own = [0.0_f32; ONSETS_MAX];
        let mut ratio = [0.0_f32; ONSETS_MAX];
        let mut minutes = [0.0_f32; ONSETS_MAX];
        let mut factor = [0.0_f32; ONSETS_MAX];
        for i in used..ONSETS_MAX {
            self.absorbed[i] = 1.0;
        }
        for i in 0..ONSETS_MAX {
            let share = 1.0 - self.absorbed[i];
            self.c[i] += share * weight * gamma;
            self.v[i] += share * weight * share;
            // C²/V / (1 + (C/V)/3), with one division.
            let rise = self.c[i].max(0.0);
            own[i] = rise * rise / (self.v[i] + rise / 3.0 + f32::MIN_POSITIVE);
            minutes[i] = (now - self.start[i]) / 60.0;
            let octaves = scale::octaves_about(minutes[i]);
            factor[i] = 1.0 + more * lengths.share(octaves);
            ratio[i] = own[i] / factor[i] - one * scale::penalty_about(octaves);
        }
        let mut best = (0.0, None);
        for (i, &value) in ratio[..used].iter().enumerate() {
            if value > best.0 {
                best = (value, Some(i));
            }
        }
        let step = best.1.map(|i| {
            let ratio = f64::from(own[i] / (one * factor[i]));
            let score = scale::score(ratio, minutes[i].into(), STEP_MINUTES);
            let size = f64::from(self.c[i]) / f64::from(self.v[i]);
            Step { score, size, absorbed: self.absorbed[i].into(), since: self.since(i) }
        });
        let mut best: Option<Newest> = None;
        for i in (0..used).rev() {
            let is_long = used - i > BURST_ROWS;
            if is_long && minutes[i] > BURST_MINUTES as f32 {
                break;
            }
            // Two rows scatter as one does; more are a longer window.
            let spread = if is_long { one * factor[i] } else { one };
            if own[i] < BURST_WORTH * spread {
                continue;
            }
            let ratio = f64::from(own[i] / spread);
            let score = scale::score(ratio, minutes[i].into(), BURST_MINUTES);
            if score > best.map_or(0.0, |best| best.score) {
                best = Some(Newest { score, since: self.since(i), last: 0.0 });
            }
        }
        let newest = |least: f32| (0..used).rev().find(|&i| minutes[i] >= least);
        if let Some(best) = &mut best {
            let last = newest(LAST_MINUTES).unwrap_or(0);
            best.last = f64::from(self.c[last] / (self.v[last] * one).sqrt());
        }
        let window = newest(lengths.long as f32);
        let window = window.map(|i| f64::from(self.c[i] * self.c[i] / self.v[i]));
        Look { step, newest: best, window }
    }

    fn since(&self, at: usize) -> Timestamp {
        self.origin + Span::secs(self.start[at] as i64)
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
        level.open(Timestamp::from_secs(0), 0.2, Wander::young(0.1));
        level
    }

    #[test]
    fn a_thawed_level_is_one_that_never_froze() {
        let (mut frozen, mut free) = (level(), level());
        // Powers of two: not a bit is lost on the way.
        for z in [0.25, 1.0, -0.25, 4.0, 0.125] {
            let innovation = free.innovation(1.0 + z, 1.0, 0.1);
            free.update(ROW, innovation);
            let beside = frozen.innovation_beside(z, 0.1);
            frozen.go_on(ROW, beside);
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
        let beside = frozen.innovation_beside(0.5, 0.1);
        frozen.go_on(ROW, beside);
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
        let beside = day.innovation_beside(0.5, 0.1);
        day.go_on(ROW, beside);
        day.open(Timestamp::from_secs(86_400), 0.2, Wander::young(0.1));
        assert!(!day.thaw());
        let mut ended = level();
        let beside = ended.innovation_beside(0.5, 0.1);
        ended.go_on(ROW, beside);
        ended.forget_beside();
        assert!(!ended.thaw());
    }
}
