//! How far does the level wander within a day, and how long does it last?
//!
//! How far, the days themselves tell: it is most of what they differ by. How long, they do not. The
//! days of a utility differ by a fifth and each keeps its level until midnight; those of a bank
//! differ by a twentieth, and after lunch the level is another one. Where it is believed to last
//! hours and lasts days, slow rises pass for it and every score is lower than it could be: three
//! quarters of the doublings were found in place of half when this was learned. So four lengths
//! are tried on each day that is over, and weighed by how likely they make what was counted.
//!
//! The finished day is asked and not each row: its tally is there, what was an excursion when it was
//! judged is left out of it, and a row costs nothing. Blocks are a quarter of an hour, a row, or as
//! many as have five calls: of hours, a bank that scatters for half an hour looks like one that
//! wanders slowly. What counts scatter by beyond counting is a factor of all variances that each
//! length may choose for itself, so a noisy queue is no restless one (likelihood of one-step
//! predictions with the scale concentrated out; Harvey 1989, Forecasting, Structural Time Series
//! Models and the Kalman Filter).
//!
//! No level is held for quicker than five hours, though those of an emergency department are: a
//! filter that follows them takes surges in as well (docs/detection.md).

use super::{DAY_SLOTS, Profile, SLOT_MINUTES, bit};
use crate::engine::calendar::Date;
use serde::{Deserialize, Serialize};

/// Minutes in which a level falls to 1/e of its distance from the profile: the lengths that are
/// tried. The first is by maximum likelihood on a bank's year.
const LASTS: [f32; 4] = [312.5, 625.0, 1_250.0, 2_500.0];
/// ln of how many times likelier than the first another length must be to weigh as much, always.
const PRIOR: f64 = 5.0;
/// What a day fades by with each that follows.
const GAIN: f32 = 1.0 / 40.0;
/// Share of the sd of days by which the level wanders within one.
const SHARE: f64 = 0.6;
/// Least sd of the level over the day, ...
const SD_MIN: f64 = 0.04;
/// ... whose variance is at most this many times that of counting five minutes: what is next to
/// nothing beside the noise of 250 calls hides a tenth more of 5,000 ...
const COUNTING_MAX: f64 = 2.0;
/// ... and never less than this: no level is as still as calls are many.
const SD_LEAST: f64 = 0.02;
/// Most.
const SD_MAX: f64 = 0.25;
/// Calls a minute that are expected at least: a day without any has no sd of counting.
const RATE_MIN: f64 = 0.02;
/// A block has so many slots and expects so many calls at least, and ends with a row.
const BLOCK_SLOTS: usize = 3;
const BLOCK_CALLS: f32 = 5.0;
/// After more slots without one the level begins anew, as at an opening.
const GAP_SLOTS: usize = 24;
/// Relative variance of what the profile misses of a block.
const PROFILE_VARIANCE: f32 = 0.000_2;
/// Innovations are clipped at this many sd before they enter the level; squares count up to 9.
const CLIP_SD: f32 = 2.5;
const SQUARE_MAX: f32 = 9.0;

/// How the level of a series wanders about its profile within a day: an AR(1) process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wander {
    /// Relative sd in the long run.
    pub sd: f64,
    /// Minutes in which it falls to 1/e of its distance from the profile.
    pub lasts_minutes: f64,
}

/// What the days so far said of each of [`LASTS`], newest days most.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lasting {
    /// Sums of the logarithms of the variances of innovations, and of squares over variances.
    ln_variance: [f32; LASTS.len()],
    square: [f32; LASTS.len()],
    blocks: f32,
    /// Slots after which one of them begins with a row again, of the longest rows of the running day.
    row_slots: u16,
}

/// Slots that hold a whole number of rows of so many minutes: of six minutes six, of ten two.
fn slots_of_whole_rows(minutes: f64) -> u16 {
    let rows =
        (1..=SLOT_MINUTES as u16).find(|rows| (minutes * f64::from(*rows)) % SLOT_MINUTES < 1.0e-6);
    (minutes * f64::from(rows.unwrap_or(1)) / SLOT_MINUTES).ceil() as u16
}

/// Calls of a part of the day, in slots.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Block {
    from: usize,
    to: usize,
    calls: f32,
    expected: f32,
}

impl Wander {
    /// What is believed where nothing is known but how far.
    pub const fn young(sd: f64) -> Self {
        Self { sd, lasts_minutes: LASTS[0] as f64 }
    }
}

impl Lasting {
    pub(super) const NEW: Self = Self {
        ln_variance: [0.0; LASTS.len()],
        square: [0.0; LASTS.len()],
        blocks: 0.0,
        row_slots: 0,
    };

    /// A row of so many minutes is part of the running day.
    pub(super) fn meet_row(&mut self, minutes: f64) {
        self.row_slots = self.row_slots.max(slots_of_whole_rows(minutes));
    }

    /// The running day is over.
    pub(super) fn end_day(&mut self) {
        self.row_slots = 0;
    }

    /// Follows a day's level through its blocks with each of the lengths.
    fn learn(&mut self, blocks: &[Block], opening_variance: f32, stationary: f32) {
        let Some(first) = blocks.first() else { return };
        self.blocks += blocks.len() as f32 - GAIN * self.blocks;
        for (i, lasts) in LASTS.iter().enumerate() {
            let (mut x, mut variance) = (0.0, opening_variance);
            let (mut ln_variance, mut square) = (0.0, 0.0);
            let mut at = first.from;
            for block in blocks {
                if block.from - at > GAP_SLOTS {
                    (x, variance) = (0.0, opening_variance);
                }
                let rho = (-((block.to - at) as f32) * SLOT_MINUTES as f32 / lasts).exp();
                x *= rho;
                variance = rho * rho * variance + (1.0 - rho * rho) * stationary;
                let noise = (1.0_f32 + x).max(0.3) / block.expected + PROFILE_VARIANCE;
                let total = variance + noise;
                let gamma = block.calls / block.expected - 1.0 - x;
                ln_variance += total.ln();
                square += (gamma * gamma / total).min(SQUARE_MAX);
                let reach = CLIP_SD * total.sqrt();
                x += variance / total * gamma.clamp(-reach, reach);
                variance *= noise / total;
                at = block.to;
            }
            self.ln_variance[i] += ln_variance - GAIN * self.ln_variance[i];
            self.square[i] += square - GAIN * self.square[i];
        }
    }

    /// Minutes that the level lasts: the mean of the logarithms, weighed by likelihood.
    fn minutes(&self) -> f64 {
        let ln_likelihood = |i: usize| {
            let mean_square = f64::from(self.square[i] / self.blocks.max(1.0)).max(1.0e-3);
            let scatter = f64::from(self.blocks) * mean_square.ln();
            let prior = if i == 0 { PRIOR } else { 0.0 };
            prior - 0.5 * (f64::from(self.ln_variance[i]) + scatter)
        };
        let all: [f64; LASTS.len()] = std::array::from_fn(ln_likelihood);
        let best = all.iter().copied().fold(f64::MIN, f64::max);
        let weights = all.map(|own| (own - best).exp());
        let ln = LASTS.iter().zip(weights).map(|(lasts, weight)| weight * f64::from(*lasts).ln());
        (ln.sum::<f64>() / weights.iter().sum::<f64>()).exp()
    }
}

impl Profile {
    /// How the level wanders within a day, as far as days were seen.
    pub fn wander(&self) -> Wander {
        Wander { sd: self.wander_sd(), lasts_minutes: self.lasting.minutes() }
    }

    fn wander_sd(&self) -> f64 {
        let counting = (COUNTING_MAX / (5.0 * self.day_rate().max(RATE_MIN))).sqrt();
        (SHARE * self.day_sd()).clamp(counting.clamp(SD_LEAST, SD_MIN), SD_MAX)
    }

    /// Learns from the running day how long its level lasted, against what is forecast of it. History
    /// was not forecast yet. A day that is another by a factor of two is an outage or the first of a
    /// new time.
    pub(super) fn fold_wander(&mut self, date: Date) {
        if self.forecast_for != Some(date) {
            self.forecast_day(date);
        }
        let blocks = self.blocks();
        let calls: f32 = blocks.iter().map(|block| block.calls).sum();
        let expected: f32 = blocks.iter().map(|block| block.expected).sum();
        if calls > 2.0 * expected || expected > 2.0 * calls {
            return;
        }
        let stationary = (self.wander_sd() as f32).powi(2);
        self.lasting.learn(&blocks, self.day_variance.max(stationary), stationary);
    }

    /// The running day in blocks, without what was no normal time or has too little history.
    fn blocks(&self) -> Vec<Block> {
        let row = usize::from(self.lasting.row_slots).max(1);
        let least = BLOCK_SLOTS.div_ceil(row) * row;
        let tells = |slot: usize| {
            let known = self.day[slot].rate > 0.0 && bit(&self.settled, slot);
            known && self.covers(slot) && self.counts(slot)
        };
        let mut blocks = Vec::new();
        let mut slot = 0;
        while slot < DAY_SLOTS {
            let mut block = Block { from: slot, to: slot, calls: 0.0, expected: 0.0 };
            // A row that two blocks share would look like a level that lasts.
            let whole = |block: &Block| {
                let slots = block.to - block.from;
                slots >= least && slots.is_multiple_of(row) && block.expected >= BLOCK_CALLS
            };
            while block.to < DAY_SLOTS && tells(block.to) && !whole(&block) {
                let day = self.day[block.to];
                block.calls += day.calls;
                block.expected += day.rate * day.cover;
                block.to += 1;
            }
            slot = block.to.max(slot + 1);
            if whole(&block) {
                blocks.push(block);
            }
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stretch;
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Distribution, Poisson, StandardNormal};

    /// Monday, 2026-01-05.
    const MONDAY: i32 = 20_458;

    /// A level that is drawn for each day, and one that is renewed all the time.
    #[derive(Clone, Copy)]
    struct Sd {
        days: f64,
        hours: f64,
    }

    /// Ninety days of rows of so many minutes, with a hundred calls in a quarter of an hour.
    fn taught(sd: Sd, row: f64, turns: bool) -> Profile {
        let mut dice = ChaCha8Rng::seed_from_u64(7);
        let mut draw = |sd: f64| -> f64 {
            let normal: f64 = StandardNormal.sample(&mut dice);
            sd * normal
        };
        let mut counts = ChaCha8Rng::seed_from_u64(8);
        let mut profile = Profile::new();
        let keep = (-row / 312.5).exp();
        let mut wander = 0.0;
        for day in MONDAY..MONDAY + 90 {
            let date = Date::ordinary(day);
            let level = draw(sd.days);
            for i in 0..(1_440.0 / row) as u32 {
                wander = keep * wander + (1.0 - keep * keep).sqrt() * draw(sd.hours);
                let mean = 100.0 / 15.0 * row * (level + wander).exp();
                let calls: f64 = Poisson::new(mean).unwrap().sample(&mut counts);
                if turns {
                    profile.turn(date);
                }
                profile.add(Stretch { date, minute: f64::from(i) * row, minutes: row }, calls);
            }
        }
        profile.turn(Date::ordinary(MONDAY + 90));
        profile
    }

    #[test]
    fn a_level_that_lasts_days_is_told_from_one_that_lasts_hours() {
        for row in [5.0, 15.0, 60.0] {
            let days = taught(Sd { days: 0.2, hours: 0.02 }, row, true).wander();
            let hours = taught(Sd { days: 0.02, hours: 0.12 }, row, true).wander();
            assert!(days.lasts_minutes > 1_800.0, "{row}: {days:?}");
            assert!(hours.lasts_minutes < 450.0, "{row}: {hours:?}");
        }
    }

    #[test]
    fn where_nothing_was_seen_it_lasts_the_shortest_and_wanders_by_the_prior() {
        let Wander { sd, lasts_minutes } = Profile::new().wander();
        assert!((312.5..350.0).contains(&lasts_minutes), "{lasts_minutes}");
        // 0.6 of the 10 % by which days differ until any is known.
        assert!((sd - 0.06).abs() < 1e-6, "{sd}");
    }

    #[test]
    fn history_teaches_what_judged_days_teach() {
        let sd = Sd { days: 0.15, hours: 0.05 };
        assert_eq!(taught(sd, 15.0, true).lasting, taught(sd, 15.0, false).lasting);
    }

    /// A profile of a day that runs as forecast, with so many calls in each slot.
    fn running(row_slots: u16, calls: f32) -> Profile {
        let mut profile = Profile::new();
        for slot in &mut profile.day {
            (slot.rate, slot.calls, slot.cover) = (calls / 5.0, calls, 5.0);
        }
        profile.settled = [u64::MAX; 5];
        profile.lasting.row_slots = row_slots;
        profile
    }

    #[test]
    fn blocks_are_rows_or_quarters_with_calls_enough() {
        let lengths = |row_slots, calls| {
            let blocks = running(row_slots, calls).blocks();
            let length = blocks[0].to - blocks[0].from;
            assert!(blocks.iter().all(|b| b.to - b.from == length && b.from % length == 0));
            (length, blocks.len())
        };
        // Slots of whole rows, calls of a slot. Five calls are four slots of the last, a row is three.
        assert_eq!(lengths(1, 10.0), (3, 96));
        assert_eq!(lengths(3, 10.0), (3, 96));
        assert_eq!(lengths(2, 10.0), (4, 72));
        assert_eq!(lengths(12, 10.0), (12, 24));
        assert_eq!(lengths(1, 0.5), (10, 28));
        assert_eq!(lengths(3, 4.0 / 3.0), (6, 48));
    }

    #[test]
    fn rows_of_any_length_fit_into_whole_slots() {
        let slots = [10.0 / 60.0, 1.0, 2.0, 5.0, 6.0, 10.0, 12.0, 15.0, 30.0, 60.0];
        let whole = [1, 1, 2, 1, 6, 2, 12, 3, 6, 12];
        assert_eq!(slots.map(slots_of_whole_rows), whole);
    }

    #[test]
    fn what_was_no_normal_time_is_left_out() {
        let mut profile = running(1, 10.0);
        let whole = profile.blocks();
        profile.withheld[0] = 0b1_0000;
        profile.disputed[1] = 1;
        profile.settled[2] = 0;
        profile.day[200].cover = 1.0;
        profile.day[210].rate = -1.0;
        let left = profile.blocks();
        let missing = [4, 64, 128, 191, 200, 210];
        assert!(left.iter().all(|b| missing.iter().all(|s| !(b.from..b.to).contains(s))));
        assert!(left.iter().all(|b| b.to <= 128 || b.from >= 192));
        assert!(left.len() < whole.len() && left.len() > 60, "{} of {}", left.len(), whole.len());
    }

    #[test]
    fn a_day_of_half_or_twice_the_calls_teaches_nothing() {
        let after = |calls: f32| {
            let date = Date::ordinary(MONDAY);
            let mut profile = running(1, 10.0);
            profile.forecast_for = Some(date);
            profile.day.iter_mut().for_each(|slot| slot.calls = calls);
            profile.fold_wander(date);
            profile.lasting == Lasting { row_slots: 1, ..Lasting::NEW }
        };
        assert_eq!([4.9, 5.1, 19.9, 20.1].map(after), [true, false, false, true]);
    }
}
