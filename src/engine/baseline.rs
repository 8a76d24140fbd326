//! What volume is normal for this queue at this time of this week?
//!
//! Expected rate = shape of the day × ratio of the weekday × factor of the weekday × how the last
//! days ran. The obvious mean of the same weekday-slot over some weeks needs a month before it is
//! worth anything and is noisy ever after: 2,016 means, each from a handful of rows. Pooling the
//! shape over all days and letting the weekday bend it only as far as evidence goes predicts
//! better (`mean log-likelihood` of the reference study) and works from the first day on.
//!
//! Learning is by whole days. Rows add to the tally of the present local day; when the next day
//! begins, the day is divided by its own level, so that a busy day teaches its shape and not its
//! volume, and folded in with clipped outliers. Rows of any length spread over five-minute slots,
//! shorter rows read between slot centres. Rates are calls per minute.
//!
//! A holiday has Sunday's shape and a factor of its own on top of Sunday's, 1 until one was seen;
//! it teaches that factor and nothing else. A make-up workday is the weekday it stands for, in
//! what is expected and in what it teaches: see [`Date::weekday`].
//!
//! It deliberately knows no trend other than the weekday factors.

mod fold;
mod forecast;
mod packed;
mod wander;

use super::calendar::Date;
use serde::{Deserialize, Serialize};
use wander::Lasting;

pub use wander::Wander;

/// Slots of a day.
pub const DAY_SLOTS: usize = 288;
/// Slots of a week.
pub const WEEK_SLOTS: usize = 7 * DAY_SLOTS;
/// Minutes of a slot.
pub const SLOT_MINUTES: f64 = 5.0;

/// Share of the recent level that carries over to the next day.
const RECENT_SHARE: f32 = 0.6;
/// Variance of a day's level before any is known.
const DAY_VARIANCE: f32 = 0.01;
/// Days from which the pooled shape of a slot counts as history.
const DAYS_ENOUGH: u8 = 5;
/// Weeks from which a slot of the week counts as history.
pub const WEEKS_ENOUGH: u8 = 2;
/// Weeks in a row that a slot must be covered and empty to be closed.
const EMPTY_WEEKS: u8 = 3;
/// Slots in a row (30 min) that must be so: one slot of a thin queue is empty by chance.
const CLOSED_RUN: usize = 6;

/// Weekly profile of one series; about 11 KiB.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Rate of a reference day by slot of the day, pooled over days.
    shape: Box<[f32]>,
    /// Days behind each slot of `shape`, saturating.
    shape_days: Box<[u8]>,
    /// The same by slot of the week, packed.
    week: Box<[u16]>,
    /// Weeks behind each slot of `week` (low five bits), and in a row: up to [`EMPTY_WEEKS`] that
    /// it was empty, from there on that it was an alarm.
    weeks: Box<[u8]>,
    /// Level of each weekday relative to the reference day, and days behind it.
    factor: [f32; 7],
    factor_days: [u8; 7],
    /// Level of holidays relative to Sundays, and holidays behind it.
    holiday: f32,
    holidays: u8,
    /// Level of the last days relative to their weekdays.
    recent: f32,
    /// Variance of a day's level about its forecast.
    day_variance: f32,
    /// The day that is running, and what is forecast of the day that is judged.
    day: Box<[DaySlot]>,
    /// Slots of the running day that were empty while calls were expected (collapse).
    disputed: [u64; 5],
    /// Slots of it that an alarm withheld, and on how many days in a row each slot of the day was.
    withheld: [u64; 5],
    withheld_days: Box<[u8]>,
    running: Option<Date>,
    /// Slots of the forecast with enough history.
    settled: [u64; 5],
    forecast_for: Option<Date>,
    /// How long the level lasts within a day.
    lasting: Lasting,
}

/// A slot of a day; side by side because a row touches all three.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct DaySlot {
    /// Forecast rate; negative where nothing is known.
    rate: f32,
    /// Calls and minutes that were learned.
    calls: f32,
    cover: f32,
}

/// What the profile expects of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Calls.
    pub calls: f64,
    /// Whether the slot has enough history: five days of any weekday and two of this one.
    pub settled: bool,
}

/// Part of a local day: from `minute` of the day for `minutes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The local day.
    pub date: Date,
    /// Minute of that day, 0 to below 1,440.
    pub minute: f64,
    /// Length.
    pub minutes: f64,
}

impl Stretch {
    fn slots(self) -> impl Iterator<Item = (usize, f64)> {
        let end = (self.minute + self.minutes).min(1_440.0);
        let first = (self.minute / SLOT_MINUTES) as usize;
        (first..DAY_SLOTS)
            .map(move |slot| {
                let from = slot as f64 * SLOT_MINUTES;
                (slot, end.min(from + SLOT_MINUTES) - self.minute.max(from))
            })
            .take_while(|&(_, overlap)| overlap > 0.0)
    }
}

fn bit(set: &[u64; 5], slot: usize) -> bool {
    set[slot / 64] >> (slot % 64) & 1 == 1
}

fn clear_bit(set: &mut [u64; 5], slot: usize) {
    set[slot / 64] &= !(1 << (slot % 64));
}

fn set_bit(set: &mut [u64; 5], slot: usize) {
    set[slot / 64] |= 1 << (slot % 64);
}

impl Profile {
    /// A profile without history.
    pub fn new() -> Self {
        Self {
            shape: vec![0.0; DAY_SLOTS].into(),
            shape_days: vec![0; DAY_SLOTS].into(),
            week: vec![0; WEEK_SLOTS].into(),
            weeks: vec![0; WEEK_SLOTS].into(),
            factor: [1.0; 7],
            factor_days: [0; 7],
            holiday: 1.0,
            holidays: 0,
            recent: 1.0,
            day_variance: DAY_VARIANCE,
            day: vec![DaySlot { rate: -1.0, calls: 0.0, cover: 0.0 }; DAY_SLOTS].into(),
            disputed: [0; 5],
            withheld: [0; 5],
            withheld_days: vec![0; DAY_SLOTS].into(),
            running: None,
            settled: [0; 5],
            forecast_for: None,
            lasting: Lasting::NEW,
        }
    }

    /// Bytes that a profile has in boxes, beside itself.
    pub const fn boxed_bytes() -> usize {
        (4 * 4 + 2) * DAY_SLOTS + (2 + 1) * WEEK_SLOTS
    }

    /// The day that is forecast and running.
    pub fn date(&self) -> Option<Date> {
        self.forecast_for
    }

    /// Whether a day before `date` waits to be learned.
    pub fn has_day_before(&self, date: Date) -> bool {
        self.running.is_some_and(|running| running.day != date.day)
    }

    /// Makes `date` the running day: folds the one before and forecasts this one. Returns by how
    /// much the level of the forecast moved other than through the weekday.
    pub fn turn(&mut self, date: Date) -> f64 {
        let before = self.scale_of(date);
        if self.has_day_before(date) {
            self.fold();
        }
        if self.forecast_for != Some(date) {
            self.forecast_day(date);
            self.forecast_for = Some(date);
        }
        f64::from(self.scale_of(date) / before)
    }

    /// Adds a row to the running day. What kind of day it is may turn out while it runs.
    pub fn add(&mut self, at: Stretch, calls: f64) {
        if self.running.is_some_and(|running| running.day != at.date.day) {
            self.fold();
        }
        self.running = Some(at.date);
        self.lasting.meet_row(at.minutes);
        for (slot, overlap) in at.slots() {
            self.day[slot].calls += (calls * overlap / at.minutes) as f32;
            self.day[slot].cover += overlap as f32;
        }
    }

    /// Reads for nothing what every row reads of the profile itself.
    pub(super) fn touch(&self) -> i64 {
        let date = |date: Option<Date>| date.map_or(0, |date| i64::from(date.day));
        date(self.running) ^ date(self.forecast_for) ^ i64::from(self.recent.to_bits())
    }

    /// Reads for nothing the slot of the day at a minute of it.
    pub(super) fn touch_day(&self, minute: u32) -> i64 {
        let slot = self.day.get((f64::from(minute) / SLOT_MINUTES) as usize);
        slot.map_or(0, |slot| i64::from(slot.calls.to_bits()))
    }

    /// Adds a row that is empty where calls were expected: it counts towards closed hours only.
    pub fn add_disputed(&mut self, at: Stretch) {
        self.add(at, 0.0);
        for (slot, _) in at.slots() {
            set_bit(&mut self.disputed, slot);
        }
    }

    /// Adds a row of an alarm: it teaches only where the same hours were an alarm on the days before.
    pub fn add_withheld(&mut self, at: Stretch, calls: f64) {
        self.add(at, calls);
        for (slot, _) in at.slots() {
            set_bit(&mut self.withheld, slot);
        }
    }

    /// What is expected of a stretch of the day that was made running by [`Profile::turn`].
    pub fn expected(&self, at: Stretch) -> Option<Expected> {
        let middle = at.minute + at.minutes / 2.0;
        let slot = ((middle / SLOT_MINUTES) as usize).min(DAY_SLOTS - 1);
        if at.minutes <= SLOT_MINUTES {
            let rate = self.rate_at(middle, slot)?;
            return Some(Expected {
                calls: f64::from(rate) * at.minutes,
                settled: bit(&self.settled, slot),
            });
        }
        let (mut calls, mut known) = (0.0, 0.0);
        for (slot, overlap) in at.slots().filter(|&(slot, _)| self.day[slot].rate >= 0.0) {
            calls += f64::from(self.day[slot].rate) * overlap;
            known += overlap;
        }
        (2.0 * known >= at.minutes).then(|| Expected {
            calls: calls * at.minutes / known,
            settled: bit(&self.settled, slot),
        })
    }

    /// Rate at a minute of the day, between the centres of slots unless they differ by half:
    /// an opening is a step.
    fn rate_at(&self, minute: f64, slot: usize) -> Option<f32> {
        let own = self.day[slot].rate;
        if own < 0.0 {
            return None;
        }
        let off = (minute / SLOT_MINUTES - slot as f64 - 0.5) as f32;
        let next = if off < 0.0 { slot.checked_sub(1) } else { Some(slot + 1) };
        let other = next.and_then(|n| self.day.get(n)).map_or(-1.0, |slot| slot.rate);
        let near = other >= 0.0 && other <= 1.5 * own && own <= 1.5 * other;
        Some(if near { own + off.abs() * (other - own) } else { own })
    }

    /// Whether history covered the slot and found it empty in three weeks, as part of at least
    /// half an hour that was.
    pub fn closed(&self, date: Date, minute: f64) -> bool {
        let from = date.weekday() * DAY_SLOTS;
        let slot = (minute / SLOT_MINUTES) as usize;
        let empty = |slot: &usize| self.weeks[from + slot] >> 5 == EMPTY_WEEKS;
        if !empty(&slot) {
            return false;
        }
        let later = (slot + 1..DAY_SLOTS).take_while(empty).take(CLOSED_RUN).count();
        let earlier = (0..slot).rev().take_while(empty).take(CLOSED_RUN).count();
        1 + later + earlier >= CLOSED_RUN
    }

    /// Weeks behind the slot of the week.
    pub fn weeks(&self, date: Date, minute: f64) -> u32 {
        let slot = date.weekday() * DAY_SLOTS + (minute / SLOT_MINUTES) as usize;
        u32::from(self.weeks[slot] & 31)
    }

    /// Share of the week that history covers; the whole week before there is any.
    pub fn open_share(&self) -> f64 {
        let covered = self.weeks.iter().filter(|&&weeks| weeks & 31 > 0).count();
        let days = self.factor_days.iter().filter(|&&days| days > 0).count();
        if days < 5 { 1.0 } else { (covered as f64 / WEEK_SLOTS as f64).max(0.1) }
    }

    /// What the forecast is multiplied by for how the last days ran.
    pub fn recent_factor(&self) -> f64 {
        f64::from(self.scale_recent())
    }

    /// Mean calls a minute that are forecast of the open hours of the day that is judged.
    pub fn day_rate(&self) -> f64 {
        let rates = || self.day.iter().map(|slot| slot.rate).filter(|rate| *rate > 0.0);
        let open = rates().count().max(1);
        f64::from(rates().sum::<f32>()) / open as f64
    }

    /// Relative sd of a day's level about its forecast.
    pub fn day_sd(&self) -> f64 {
        f64::from(self.day_variance).sqrt()
    }

    fn scale_recent(&self) -> f32 {
        1.0 + RECENT_SHARE * (self.recent - 1.0)
    }

    /// What multiplies the factor of the weekday that a day is like.
    fn scale_of(&self, date: Date) -> f32 {
        let recent = self.scale_recent();
        if date.is_holiday() { recent * self.holiday } else { recent }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
