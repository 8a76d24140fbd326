//! From the tables of a profile to the expected rate of a slot.
//!
//! Smoothing is as wide as counting noise asks for, never across an edge that is surely there:
//! where a slot differs from its smoothed value by four sd it speaks for itself, and a stretch in
//! which no day had a call is closed where smoothing would expect too many of it for chance. A fixed
//! window would expect a third of the calls of the first open slot before the opening.

use super::{
    DAY_SLOTS, DAYS_ENOUGH, EMPTY_WEEKS, Profile, SLOT_MINUTES, Stretch, WEEKS_ENOUGH, bit, packed,
    set_bit,
};
use crate::engine::calendar::Date;

/// The shape is smoothed over a window that holds about this many calls.
const CALLS_WANTED: f32 = 1_500.0;
/// At most this many slots to either side.
const SHAPE_REACH_MAX: usize = 6;
/// The ratio of a weekday is smoothed over this many slots to either side.
const RATIO_REACH: usize = 6;
/// Weeks after which the weekday's own ratio has half the weight.
const RATIO_SHRINK: f32 = 2.0;
/// Relative sd of a ratio of weekdays besides counting noise.
const RATIO_SD: f32 = 0.03;
/// A slot that lies this many sd off its neighbours speaks for itself.
const EDGE_SD: f32 = 4.0;
/// Calls that are missing where a slot is closed: the probability of none is one in a million.
pub(super) const EMPTY_CALLS: f32 = 14.0;
/// Least factor of a weekday for that: one that is closed comes down to none, and is no less
/// surely closed then.
const EMPTY_FACTOR_MIN: f32 = 0.1;
/// Slots to either side that are looked at for them.
const EMPTY_REACH: usize = 12;
const SLOT: f32 = SLOT_MINUTES as f32;

impl Profile {
    /// Calls forecast for a stretch of any day, and whether it is the day that is judged. Slots
    /// that no day covered are left out; `None` where they are the larger part.
    pub fn forecast_of(&self, at: Stretch) -> Option<(f64, bool)> {
        if self.forecast_for == Some(at.date) {
            return Some((self.expected(at)?.calls, true));
        }
        let empty = self.surely_empty(at.date.weekday());
        let shut = self.shut();
        let (mut calls, mut known) = (0.0, 0.0);
        for (slot, overlap) in at.slots() {
            if let Some(rate) = self.forecast_beside(at.date, slot, &empty, &shut) {
                calls += f64::from(rate) * overlap;
                known += overlap;
            }
        }
        (known > 0.0 && 2.0 * known >= at.minutes).then(|| (calls * at.minutes / known, false))
    }

    /// Forecasts every slot of a day.
    pub(super) fn forecast_day(&mut self, date: Date) {
        self.settled = [0; 5];
        let empty = self.surely_empty(date.weekday());
        let shut = self.shut();
        for slot in 0..DAY_SLOTS {
            let rate = self.forecast_beside(date, slot, &empty, &shut);
            self.day[slot].rate = rate.unwrap_or(-1.0);
            let weeks = self.weeks[date.weekday() * DAY_SLOTS + slot] & 31;
            if self.shape_days[slot] >= DAYS_ENOUGH && weeks >= WEEKS_ENOUGH {
                set_bit(&mut self.settled, slot);
            }
        }
    }

    /// Expected rate of a slot of a day, or `None` where no day like it covered it. `empty`: the
    /// slots of its weekday that surely are; `shut`: those of every day.
    fn forecast_beside(
        &self,
        date: Date,
        slot: usize,
        empty: &[u64; 5],
        shut: &[u64; 5],
    ) -> Option<f32> {
        let weekday = date.weekday();
        if bit(empty, slot) {
            return Some(0.0);
        }
        if self.shape_days[slot] == 0 {
            return None;
        }
        let shape = if bit(shut, slot) { 0.0 } else { self.smooth_shape(slot, shut) };
        Some(
            shape
                * self.ratio(weekday, slot, empty)
                * self.factor_of(weekday)
                * self.scale_of(date),
        )
    }

    /// The slots of a weekday that surely are empty.
    pub(super) fn surely_empty(&self, weekday: usize) -> [u64; 5] {
        let mut empty = [0; 5];
        let slots = (0..DAY_SLOTS).filter(|&slot| self.is_surely_empty(weekday, slot));
        slots.for_each(|slot| set_bit(&mut empty, slot));
        empty
    }

    /// Whether the slot was empty for weeks, and the empty slots about it are too many for chance:
    /// a slot of a thin queue is empty three weeks in a row every few days.
    pub(super) fn is_surely_empty(&self, weekday: usize, slot: usize) -> bool {
        let empty = |slot: &usize| self.weeks[weekday * DAY_SLOTS + slot] >> 5 == EMPTY_WEEKS;
        if !empty(&slot) {
            return false;
        }
        let later = (slot..DAY_SLOTS).take_while(empty).take(EMPTY_REACH);
        let earlier = (0..slot).rev().take_while(empty).take(EMPTY_REACH);
        let rate: f32 = later.chain(earlier).map(|slot| self.shape[slot]).sum();
        let factor = self.factor_of(weekday).max(EMPTY_FACTOR_MIN);
        let calls = rate * SLOT * f32::from(EMPTY_WEEKS) * factor;
        calls > EMPTY_CALLS
    }

    /// Factor of a weekday; the mean of the others where it has never been seen.
    pub(super) fn factor_of(&self, weekday: usize) -> f32 {
        if self.factor_days[weekday] > 0 {
            return self.factor[weekday];
        }
        self.factor_of_others(weekday).unwrap_or(1.0)
    }

    /// Mean factor of the other weekdays that were seen.
    pub(super) fn factor_of_others(&self, weekday: usize) -> Option<f32> {
        let seen = || (0..7).filter(|&w| w != weekday && self.factor_days[w] > 0);
        let count = seen().count();
        (count > 0).then(|| seen().map(|w| self.factor[w]).sum::<f32>() / count as f32)
    }

    /// Stretches in which no day had a call, though smoothed over their neighbours they should have
    /// had more than [`EMPTY_CALLS`]. One slot of a thin night is empty by chance, its calls are those
    /// of its neighbours; the half hour before an opening is not, and each of its slots alone would not tell.
    pub(super) fn shut(&self) -> [u64; 5] {
        let mut shut = [0; 5];
        let empty = |slot: &usize| self.shape_days[*slot] > 0 && self.shape[*slot] <= 0.0;
        let mut slot = 0;
        while slot < DAY_SLOTS {
            let length = (slot..DAY_SLOTS).take_while(empty).count();
            let days = |slot: usize| f32::from(self.shape_days[slot]);
            let run = slot..slot + length;
            let mean = |slot: usize| self.mean_about(slot, SHAPE_REACH_MAX, &[0; 5]);
            let calls: f32 = run.clone().map(|slot| mean(slot) * SLOT * days(slot)).sum();
            if calls > EMPTY_CALLS {
                run.for_each(|slot| set_bit(&mut shut, slot));
            }
            slot += length.max(1);
        }
        shut
    }

    /// Mean of the slots around one, over at most so many to either side and none that is shut.
    /// Symmetric about the slot, else an opening's slope would bias its first slot.
    fn mean_about(&self, slot: usize, reach: usize, shut: &[u64; 5]) -> f32 {
        let known = |slot: usize| self.shape_days[slot] > 0 && !bit(shut, slot);
        let reach = (1..=reach)
            .take_while(|&k| {
                slot >= k && slot + k < DAY_SLOTS && known(slot - k) && known(slot + k)
            })
            .count();
        let window = &self.shape[slot - reach..=slot + reach];
        window.iter().sum::<f32>() / window.len() as f32
    }

    fn smooth_shape(&self, slot: usize, shut: &[u64; 5]) -> f32 {
        let raw = self.shape[slot];
        let days = f32::from(self.shape_days[slot]);
        let calls = (raw * SLOT * days).max(1.0);
        let wanted = ((CALLS_WANTED / calls - 1.0) / 2.0).ceil().max(1.0) as usize;
        let smooth = self.mean_about(slot, wanted.min(SHAPE_REACH_MAX), shut);
        let sd = (smooth / (SLOT * days)).sqrt() + 0.02 * smooth;
        if (raw - smooth).abs() > EDGE_SD * sd { raw } else { smooth }
    }

    /// How this weekday differs from the pooled day around a slot: its own ratio, drawn towards 1
    /// as far as it could be chance. Closed hours beside it say nothing.
    fn ratio(&self, weekday: usize, slot: usize, empty: &[u64; 5]) -> f32 {
        let at = weekday * DAY_SLOTS;
        let (mut own, mut pooled, mut weeks, mut slots) = (0.0, 0.0, 0.0, 0.0);
        for s in slot.saturating_sub(RATIO_REACH)..(slot + RATIO_REACH + 1).min(DAY_SLOTS) {
            let n = self.weeks[at + s] & 31;
            if n > 0 && self.shape_days[s] > 0 && !bit(empty, s) {
                own += packed::unpack(self.week[at + s]);
                pooled += self.shape[s];
                weeks += f32::from(n);
                slots += 1.0;
            }
        }
        if pooled <= 0.0 {
            return 1.0;
        }
        let smooth = own / pooled;
        weeks /= slots;
        let noise = 1.0 / (pooled * SLOT * weeks) + RATIO_SD * RATIO_SD;
        let chance = (smooth - 1.0).powi(2) / noise;
        let weight = (weeks / (weeks + RATIO_SHRINK)).max(1.0 - 4.0 / chance.max(1.0e-6));
        let drawn = 1.0 + weight * (smooth - 1.0);

        let n = f32::from(self.weeks[at + slot] & 31);
        if n >= 2.0 && self.shape[slot] > 0.0 {
            let raw = packed::unpack(self.week[at + slot]) / self.shape[slot];
            let sd = (1.0 / (self.shape[slot] * SLOT * n)).sqrt() + 0.04;
            if (raw - smooth).abs() > EDGE_SD * sd {
                return raw;
            }
        }
        drawn
    }
}
