//! What a day that is over teaches.
//!
//! The day is divided by its own level, so that a busy one teaches its shape and not its volume,
//! and outliers are clipped. Gains fall with the number of days and stop falling where the world
//! changes faster than the mean gets better.

use super::forecast::EMPTY_CALLS;
use super::{
    DAY_SLOTS, DAY_VARIANCE, EMPTY_WEEKS, Profile, SLOT_MINUTES, WEEK_SLOTS, WEEKS_ENOUGH, bit,
    clear_bit, packed, set_bit,
};

/// Least gain of the pooled shape: a half-life of 20 days.
const SHAPE_GAIN_MIN: f32 = 0.034;
/// Least gain of a weekday's slot: a half-life of 5 weeks.
const WEEK_GAIN_MIN: f32 = 0.13;
/// Least gain of a weekday's factor: about the last five of that weekday.
const FACTOR_GAIN_MIN: f32 = 0.2;
/// Gain of the recent level of days, per day.
const RECENT_GAIN: f32 = 0.4;
/// Relative sd of a slot about its shape, besides counting noise.
const SHAPE_SD: f32 = 0.06;
/// Outliers are clipped at this many sd.
const CLIP_SD: f32 = 3.0;
/// Calls that the shape must expect of a day for its level to be told.
const LEVEL_CALLS_MIN: f32 = 10.0;
/// Slots to either side that open together.
const OPENS_REACH: usize = 6;
/// Minutes that a day must be covered for its level to count.
const DAY_MINUTES_MIN: f32 = 120.0;
/// Least gain of the factor of holidays: about the last five of them.
const HOLIDAY_GAIN_MIN: f32 = 0.2;
/// The first holiday is believed within these multiples of a Sunday.
const HOLIDAY_FIRST: [f32; 2] = [0.25, 2.5];
/// Days in a row on which a slot must be an alarm to be the new normal, ...
const WITHHELD_DAYS: u8 = 3;
/// ... or weeks in a row on the same weekday; a count of them stands above that of empty ones.
const WITHHELD_WEEKS: u8 = 3;
/// Share of a day's calls that must be expected outside of its silence.
const LEFT_OPEN_MIN: f32 = 0.2;
/// Slots that pass before an alarm is seen.
const UNSEEN_SLOTS: usize = 3;
const SUNDAY: usize = 6;

impl Profile {
    /// Learns the running day and starts an empty one.
    pub(super) fn fold(&mut self) {
        let Some(date) = self.running.take() else { return };
        if date.is_holiday() {
            self.fold_holiday();
        } else {
            self.fold_wander(date);
            self.fold_day(date.weekday());
        }
        self.lasting.end_day();
        for slot in &mut self.day {
            (slot.calls, slot.cover) = (0.0, 0.0);
        }
        self.disputed = [0; 5];
        self.withheld = [0; 5];
        self.forecast_for = None;
    }

    fn fold_day(&mut self, weekday: usize) {
        self.reopen(weekday);
        self.accept();
        let accepted = self.accept_weekly(weekday);
        let level = self.level_of_running(weekday);
        // A day that has too little in common with the shape to tell its level has the one that
        // was forecast: else a shape of a few calls could never grow.
        let usual = (self.factor_of(weekday) * self.scale_recent(), 0.0, 0.0);
        let (learned, ..) = level.unwrap_or(usual);
        let learned = (learned > 0.02).then_some(learned);
        let told = level.is_some();
        let scale: f32 = self.shape.iter().sum::<f32>() * SLOT_MINUTES as f32;
        let closed = self.surely_empty(weekday);
        for slot in 0..DAY_SLOTS {
            if let Some(level) = learned.filter(|_| bit(&accepted, slot)) {
                let rate = self.day[slot].calls / self.day[slot].cover / level;
                self.week[weekday * DAY_SLOTS + slot] = packed::pack(rate);
                self.weeks[weekday * DAY_SLOTS + slot] = WEEKS_ENOUGH;
            } else if self.covers(slot) && bit(&closed, slot) && self.day[slot].calls <= 0.0 {
                // Closed hours of one weekday say nothing of what others have in them.
                let weeks = &mut self.weeks[weekday * DAY_SLOTS + slot];
                *weeks = (*weeks & !31) | ((*weeks & 31) + 1).min(31);
            } else if self.covers(slot) && !bit(&self.withheld, slot) {
                self.fold_slot(weekday, slot, (learned, told), scale >= LEVEL_CALLS_MIN);
            }
        }
        if let Some((level, calls, minutes)) = level
            && minutes >= DAY_MINUTES_MIN
            && calls > 0.0
        {
            self.fold_level(weekday, level, calls);
        }
    }

    /// Begins anew where the day shows that closed hours are closed no more.
    fn reopen(&mut self, weekday: usize) {
        let from = weekday * DAY_SLOTS;
        let empty = |at: usize| self.weeks[at] == 0 || self.weeks[at] >> 5 == EMPTY_WEEKS;
        let calls = |slot: usize| self.day[slot].calls;
        if (0..DAY_SLOTS).map(calls).sum::<f32>() < LEVEL_CALLS_MIN {
            return;
        }
        // Hours that never had a call and now have some: days before count for nothing.
        let never = |slot: usize| self.shape_days[slot] > 0 && self.shape[slot] <= 0.0;
        let opens = |slot: usize| {
            let near = slot.saturating_sub(OPENS_REACH)..(slot + OPENS_REACH + 1).min(DAY_SLOTS);
            calls(slot) > 0.0
                && never(slot)
                && near.filter(|&s| never(s)).map(calls).sum::<f32>() >= LEVEL_CALLS_MIN
        };
        let opened: Vec<usize> = (0..DAY_SLOTS).filter(|&slot| opens(slot)).collect();
        let called = || (0..DAY_SLOTS).filter(|&slot| calls(slot) > 0.0);
        let closed: Vec<usize> =
            called().filter(|&slot| self.is_surely_empty(weekday, slot)).collect();
        let was_closed = closed.len() == called().count();
        if (0..WEEK_SLOTS).all(empty) {
            // Nothing but the silence of the whole queue made these hours closed.
            for weeks in &mut self.weeks {
                *weeks &= 31;
            }
            self.factor_days = [0; 7];
            (self.recent, self.day_variance) = (1.0, DAY_VARIANCE);
        } else {
            for &slot in closed.iter().chain(&opened) {
                self.weeks[from + slot] = 0;
            }
            if was_closed {
                self.factor_days[weekday] = 0;
            }
        }
        for slot in opened {
            self.shape_days[slot] = 0;
        }
    }

    /// Begins anew where the same hours were an alarm on days in a row: an opening that came earlier
    /// would be one every morning, and an alarm teaches nothing.
    fn accept(&mut self) {
        for slot in (0..DAY_SLOTS).filter(|&slot| self.covers(slot)).collect::<Vec<_>>() {
            let days = if bit(&self.withheld, slot) { self.withheld_days[slot] + 1 } else { 0 };
            self.withheld_days[slot] = days.min(WITHHELD_DAYS + 1);
            if days < WITHHELD_DAYS {
                continue;
            }
            clear_bit(&mut self.withheld, slot);
            if days == WITHHELD_DAYS {
                self.shape_days[slot] = 0;
                (0..7).for_each(|weekday| self.weeks[weekday * DAY_SLOTS + slot] = 0);
            }
        }
    }

    /// The same where they were an alarm on this weekday for weeks in a row, a newsletter of
    /// Tuesdays: the slots that shall be taken as today shows them, with those before an alarm that
    /// it took to see it. Where they are most of the day it is the weekday that has changed.
    fn accept_weekly(&mut self, weekday: usize) -> [u64; 5] {
        let mut accepted = [0; 5];
        let covered: Vec<usize> = (0..DAY_SLOTS).filter(|&slot| self.covers(slot)).collect();
        for &slot in &covered {
            let withheld = bit(&self.withheld, slot);
            let weeks = &mut self.weeks[weekday * DAY_SLOTS + slot];
            let run = (*weeks >> 5).saturating_sub(EMPTY_WEEKS);
            if withheld && run + 1 < WITHHELD_WEEKS {
                *weeks = (EMPTY_WEEKS + run + 1) << 5 | (*weeks & 31);
            } else if withheld || run > 0 {
                *weeks &= 31;
            }
            if withheld && run + 1 >= WITHHELD_WEEKS {
                set_bit(&mut accepted, slot);
            }
        }
        let many =
            |set: &[u64; 5]| set.iter().map(|word| word.count_ones() as usize).sum::<usize>();
        if 2 * many(&accepted) > covered.len() {
            self.factor_days[weekday] = 0;
            (self.withheld, accepted) = ([0; 5], [0; 5]);
        }
        for slot in (0..DAY_SLOTS).filter(|&slot| bit(&accepted, slot)).collect::<Vec<_>>() {
            let before = slot.saturating_sub(UNSEEN_SLOTS)..slot;
            before.filter(|&slot| self.covers(slot)).for_each(|slot| set_bit(&mut accepted, slot));
        }
        accepted
    }

    /// Whether the running day covers the slot.
    pub(super) fn covers(&self, slot: usize) -> bool {
        f64::from(self.day[slot].cover) >= SLOT_MINUTES / 2.0
    }

    /// Whether what the running day says of the slot is neither an alarm nor a collapse.
    pub(super) fn counts(&self, slot: usize) -> bool {
        !bit(&self.disputed, slot) && !bit(&self.withheld, slot)
    }

    /// A holiday says what holidays are like beside Sundays. The first is taken nearly as it is,
    /// since most come in a row.
    fn fold_holiday(&mut self) {
        let sunday = self.factor_of(SUNDAY) * self.scale_recent();
        let known = self.shape_days.iter().any(|&days| days > 0) && sunday > 0.05;
        let level = self.level_of_running(SUNDAY).filter(|_| known);
        let Some((level, _, minutes)) = level else { return };
        if minutes < DAY_MINUTES_MIN {
            return;
        }
        let ratio = level / sunday;
        if self.holidays == 0 {
            self.holiday = ratio.clamp(HOLIDAY_FIRST[0], HOLIDAY_FIRST[1]);
        } else {
            let gain = (1.0 / (f32::from(self.holidays) + 1.0)).max(HOLIDAY_GAIN_MIN);
            let clipped = ratio.clamp(0.5 * self.holiday, 1.5 * self.holiday);
            self.holiday += gain * (clipped - self.holiday);
        }
        self.holidays = self.holidays.saturating_add(1);
    }

    /// Level of the running day relative to the reference day, expected calls and minutes behind
    /// it. Outliers are clipped about a first estimate. A day without any shape to compare with
    /// is the reference. Hours in which the weekday is closed, or silent for too long, do not count.
    fn level_of_running(&self, weekday: usize) -> Option<(f32, f32, f32)> {
        let (closed, silent) = (self.surely_empty(weekday), self.silent());
        let shut = |s: usize| bit(&closed, s) && self.day[s].calls <= 0.0;
        let covered = |s: usize| self.day[s].cover > 0.0 && !shut(s) && !bit(&silent, s);
        let known = |s: &usize| self.shape_days[*s] > 0 && covered(*s) && self.counts(*s);
        if self.shape_days.iter().all(|&days| days == 0) {
            let calls = self.day.iter().map(|slot| slot.calls).sum();
            return Some((1.0, calls, self.day.iter().map(|slot| slot.cover).sum()));
        }
        let (mut calls, mut expected, mut minutes) = (0.0, 0.0, 0.0);
        for s in (0..DAY_SLOTS).filter(known) {
            calls += self.day[s].calls;
            expected += self.shape[s] * self.day[s].cover;
            minutes += self.day[s].cover;
        }
        if expected < LEVEL_CALLS_MIN {
            return None;
        }
        let first = calls / expected;
        calls = 0.0;
        for s in (0..DAY_SLOTS).filter(known) {
            let mean = first * self.shape[s] * self.day[s].cover;
            let reach = CLIP_SD * (mean + (2.0 * SHAPE_SD * mean).powi(2)).sqrt();
            calls += self.day[s].calls.clamp(mean - reach, mean + reach);
        }
        Some((calls / expected, expected, minutes))
    }

    /// Slots of the running day in which calls stayed away for longer than chance lets them: closed
    /// before history knows it, or an outage. A day that had hardly any is a quiet day instead.
    fn silent(&self) -> [u64; 5] {
        let expected = |slot: usize| self.shape[slot] * self.day[slot].cover;
        let quiet = |slot: usize| self.day[slot].cover > 0.0 && self.day[slot].calls <= 0.0;
        let (mut silent, mut left, mut all) = ([0; 5], 0.0, 0.0);
        let mut slot = 0;
        while slot < DAY_SLOTS {
            let length = (slot..DAY_SLOTS).take_while(|&slot| quiet(slot)).count().max(1);
            let run = slot..slot + length;
            let calls: f32 = run.clone().map(expected).sum();
            all += calls;
            if quiet(slot) && calls > EMPTY_CALLS {
                run.for_each(|slot| set_bit(&mut silent, slot));
            } else {
                left += calls;
            }
            slot += length;
        }
        if left < LEFT_OPEN_MIN * all { [0; 5] } else { silent }
    }

    /// `level` is the one that the slot is divided by and whether the day told it itself; outliers
    /// are clipped where the shape has a scale to tell them by.
    fn fold_slot(
        &mut self,
        weekday: usize,
        slot: usize,
        (level, told): (Option<f32>, bool),
        clips: bool,
    ) {
        let at = weekday * DAY_SLOTS + slot;
        let empty = self.day[slot].calls <= 0.0;
        let before = self.weeks[at] >> 5;
        let before = if before > EMPTY_WEEKS { 0 } else { before };
        let runs = if empty { (before + 1).min(EMPTY_WEEKS) } else { 0 };
        let mut weeks = self.weeks[at] & 31;
        if let Some(level) = level.filter(|_| !bit(&self.disputed, slot)) {
            let rate = self.day[slot].calls / self.day[slot].cover / level;
            let days = self.shape_days[slot];
            let calls = level * self.day[slot].cover;
            let known = days > 0 && clips;
            let clipped = if known { clip(rate, self.shape[slot], days, calls) } else { rate };
            let gain = (1.0 / (f32::from(days) + 1.0)).max(SHAPE_GAIN_MIN);
            self.shape[slot] += gain * (clipped - self.shape[slot]);
            self.shape_days[slot] = days.saturating_add(1);

            let own = match weeks {
                0 | 1 => rate.min(2.0 * self.shape[slot]),
                n => clip(rate, packed::unpack(self.week[at]), n, calls),
            };
            let gain = (1.0 / (f32::from(weeks) + 1.0)).max(WEEK_GAIN_MIN);
            let mean = packed::unpack(self.week[at]);
            self.week[at] = packed::pack(mean + gain * (own - mean));
            weeks = (weeks + 1).min(31);
        } else if !told {
            weeks = (weeks + 1).min(31);
        }
        self.weeks[at] = runs << 5 | weeks;
    }

    fn fold_level(&mut self, weekday: usize, level: f32, calls: f32) {
        let days = self.factor_days[weekday];
        let factor = self.factor[weekday];
        let reach = [0.5 * factor, (1.5 * factor).max(factor + 0.3)];
        let others = self.factor_of_others(weekday).unwrap_or(factor);
        let off = |level: f32| (level.max(0.01) / others.max(0.01)).ln().abs();
        let first_was_odd =
            days == 1 && (level < reach[0] || level > reach[1]) && off(level) < off(factor);
        if days == 0 {
            self.factor[weekday] = level;
        } else if first_was_odd {
            // A holiday or half an outage: no mean with it is worth anything.
            self.factor[weekday] = others.clamp(level.min(factor), level.max(factor));
        } else {
            let gain = (1.0 / (f32::from(days) + 1.0)).max(FACTOR_GAIN_MIN);
            let clipped = level.clamp(reach[0], reach[1]);
            self.factor[weekday] += gain * (clipped - factor);
            if factor > 0.05 {
                let miss = level / (factor * self.scale_recent()) - 1.0;
                let variance = (miss * miss - 1.0 / calls.max(1.0)).clamp(0.0, 0.25);
                self.day_variance += (variance - self.day_variance) / 15.0;
                let relative = (level / factor).clamp(0.7, 1.4);
                self.recent += RECENT_GAIN * (relative - self.recent);
            }
        }
        self.factor_days[weekday] = days.saturating_add(1);
    }
}

/// Keeps a rate within what the mean of `n` rows about it lets expect; `calls` is the number of
/// reference calls per unit of rate.
fn clip(rate: f32, mean: f32, n: u8, calls: f32) -> f32 {
    let counting = mean / calls.max(1.0e-6) * (1.0 + 1.0 / f32::from(n));
    let shape = (SHAPE_SD * mean).powi(2) * (1.0 + 3.0 / f32::from(n));
    // One call is always within reach: a mean of zero has no sd.
    let reach = CLIP_SD * (counting + shape).sqrt() + 1.0 / calls.max(1.0e-6);
    rate.clamp(mean - reach, mean + reach)
}
