//! Is this interval's volume abnormal?
//!
//! Four tests run side by side: the newest row or two against the level (`burst`) find spikes, a
//! step inside the filtered level (`level`) what builds up over minutes, its slope (`ramp`) what
//! climbs for hours, and sums of hours against the forecast without any level (`slow`) what the
//! level absorbs. All give scores on the scale of a standard normal, short windows pay for their
//! number (`scale`), and the largest counts. The obvious single test of a count against a band is
//! blind to +20 % on a busy queue, and a CUSUM against the profile takes every busy day for a surge.
//!
//! Scores are calibrated on the queue's own residuals (`spread`). The threshold follows from the
//! tolerated false alarms per month and from how often and how high this queue's scores have risen
//! (`tolerance`). An alarm has an explicit end (`excursion`). Nothing of a score depends on the
//! threshold.
//! Before there is history a provisional baseline stands in (`cold`); it is left when the slot
//! has five days of any weekday and two of its own.
//!
//! It deliberately looks upward only (but for volume that vanishes, [`Verdict::Collapse`]), takes
//! a gap for no data, and does not know why volume rose.

mod burst;
mod cold;
mod event;
mod excursion;
mod gauge;
mod level;
mod midnight;
mod opening;
mod ramp;
mod rise;
mod scale;
mod slow;
mod spread;
mod tell;
mod tolerance;
mod touch;
mod watch;

pub use gauge::{EMPTY_CHANCE, Gauge, PROVISIONAL_THRESHOLD};

use super::baseline::{Expected, Profile, Stretch, Wander};
use super::calendar::{Calendar, LocalTime};
use super::time::{Span, Timestamp};
use super::verdict::{Method, Verdict};
use burst::Burst;
use cold::Cold;
use event::Before;
use excursion::Excursion;
use level::Level;
use midnight::Midnight;
use opening::Opening;
use ramp::Ramps;
use scale::RowPenalty;
use serde::{Deserialize, Serialize};
use slow::{Slow, Sum};
use spread::Spread;
use std::hint::black_box;
use tolerance::Tolerance;

/// A gap longer than this begins a day of its own.
const GAP: Span = Span::hours(2);
/// Relative variance of the profile, besides counting noise.
const PROFILE_VARIANCE: f64 = 0.000_5;
/// It is at most this share of counting noise: of many calls the profile is known better too, ...
const PROFILE_SHARE_MAX: f64 = 0.5;
/// ... but never to less than a hundredth: 20,000 calls a minute had thrice the alarms that are
/// tolerated in their first quarter, when half of that was believed.
const PROFILE_VARIANCE_LEAST: f64 = 0.000_1;
/// Calls a minute that are expected at least: closed hours and thin nights.
const RATE_MIN: f64 = 0.02;
/// Sd of the level at the opening and later, where the profile is young.
const YOUNG_SD: (f64, f64) = (0.3, 0.15);
/// Least sd of the level of a holiday: one holiday is not like the last. Where they differ by
/// 30 %, it lets 26 false alarms pass in 684 of them in place of 92; 0.15 lets 38, and 0.3 loses
/// two fifths of the rises by half that this finds (docs/detection.md).
const HOLIDAY_SD: f64 = 0.2;

/// A complete interval of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closed {
    /// Start, inclusive.
    pub start: Timestamp,
    /// End, exclusive.
    pub end: Timestamp,
    /// Local time of the start.
    pub local: LocalTime,
    /// Calls offered and refused in it.
    pub offered: u32,
    /// What multiplies the calls expected: above 1 in a time for which more are announced.
    pub raised: f64,
}

impl Closed {
    /// An interval in the local time of its unit.
    pub fn of(calendar: &mut Calendar, start: Timestamp, end: Timestamp, offered: u32) -> Self {
        let (local, raised) = (calendar.local(start), calendar.raised(start, end));
        Self { start, end, local, offered, raised }
    }
}

/// Detector of one series: a queue, or the sum of a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    /// Not before the first row: most registered series of a large centre may stay silent. Its tables
    /// are boxed and itself is not, since each row reads it and waits for every pointer on the way.
    profile: Option<Profile>,
    cold: Cold,
    level: Level,
    excursion: Option<Excursion>,
    burst: Option<Burst>,
    /// Highest score of what has been open since nothing was: excursions, bursts, and of rows that
    /// are their bins sums of hours.
    height: f64,
    /// The level before the announced time that runs.
    before_event: Option<Before>,
    empty: Empty,
    pace: Pace,
    spread: Spread,
    opening: Opening,
    midnight: Midnight,
    tolerance: Tolerance,
    slow: Slow,
    ramps: Ramps,
    /// When the profile took a day in last; `MIN` before the first.
    learned_at: Timestamp,
    /// What the last row was judged by.
    basis: Basis,
    last_end: Timestamp,
    /// End of the last row of hours that are not known to be closed; `MIN` before the first.
    heard_end: Timestamp,
    /// Since when the verdict is neither surge nor collapse.
    calm_since: Timestamp,
}

/// What a row is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Basis {
    /// The mean of the rows so far.
    Flat,
    /// A profile without enough history.
    Young,
    /// The profile.
    Settled,
}

/// A run of empty rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Empty {
    since: Timestamp,
    expected: f64,
    /// Level and its variance before the run.
    before: (f64, f64),
    collapsed: bool,
}

/// What depends on row length and tolerated false alarms only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Pace {
    row: Span,
    row_penalty: RowPenalty,
    alarms: f64,
    open_share: f64,
    /// Score at which an excursion opens.
    open: f64,
    threshold: f64,
}

/// A row that is being judged.
#[derive(Clone, Copy)]
struct Row {
    start: Timestamp,
    end: Timestamp,
    length: Span,
    minutes: f64,
    at: Stretch,
    calls: f64,
    raised: f64,
    /// Calls of the profile, and of the profile without the level of the last days.
    profile: f64,
    slow: f64,
    basis: Basis,
    /// Whether the profile knows nothing of such a row, or only that none of them had a call.
    unheard: bool,
}

impl Row {
    fn new(interval: &Closed) -> Self {
        let length = interval.end - interval.start;
        Self {
            start: interval.start,
            end: interval.end,
            length,
            minutes: length.as_minutes_f64(),
            at: stretch(interval.local, interval.start, length),
            calls: f64::from(interval.offered),
            raised: interval.raised,
            profile: 0.0,
            slow: 0.0,
            basis: Basis::Flat,
            unheard: true,
        }
    }

    /// Whether more calls are announced for its time.
    fn is_announced(&self) -> bool {
        self.raised > 1.0
    }

    /// Whether no more is expected than of closed hours.
    fn is_closed(&self) -> bool {
        self.profile <= RATE_MIN * self.minutes
    }
}

/// Relative variance of what the profile misses of a row.
fn profile_variance(calls: f64) -> f64 {
    (PROFILE_SHARE_MAX / calls).clamp(PROFILE_VARIANCE_LEAST, PROFILE_VARIANCE)
}

/// Local time has whole minutes; rows may be shorter. Offsets of zones are whole minutes.
fn stretch(local: LocalTime, start: Timestamp, length: Span) -> Stretch {
    let seconds = start.as_millis().rem_euclid(60_000) as f64 / 60_000.0;
    Stretch {
        date: local.date(),
        minute: f64::from(local.minute_of_day()) + seconds,
        minutes: length.as_minutes_f64(),
    }
}

impl Detector {
    /// A detector that knows nothing.
    pub fn new() -> Self {
        Self {
            profile: None,
            cold: Cold::new(),
            level: Level::new(),
            excursion: None,
            burst: None,
            height: 0.0,
            before_event: None,
            empty: Empty::NONE,
            pace: Pace::NONE,
            spread: Spread::NEW,
            opening: Opening::NEW,
            midnight: Midnight::NEW,
            tolerance: Tolerance::PRIOR,
            slow: Slow::new(),
            ramps: Ramps::new(),
            learned_at: Timestamp::MIN,
            basis: Basis::Flat,
            last_end: Timestamp::MIN,
            heard_end: Timestamp::MIN,
            calm_since: Timestamp::MIN,
        }
    }

    /// Judges an interval and learns from it; `tolerated` is the number of false alarms a month
    /// that this series may raise. Intervals come in order of their ends; a gap between them is
    /// no data, not zero.
    pub fn judge(&mut self, interval: &Closed, tolerated: f64) -> Verdict {
        black_box(self.touch() ^ self.touch_day(interval.local.minute_of_day()));
        let mut row = Row::new(interval);
        if !row.length.is_positive() {
            return Verdict::Learning { seen: self.cold.seen, needed: cold::ROWS_NEEDED };
        }
        self.cold.seen = self.cold.seen.saturating_add(1);
        self.approach(&row);
        let known = self.base(&mut row);
        self.last_end = row.end;
        if !known || (row.basis == Basis::Flat && self.cold.seen <= cold::ROWS_NEEDED) {
            self.take(&row, true);
            return Verdict::Learning { seen: self.cold.seen, needed: cold::ROWS_NEEDED };
        }
        self.enter_basis(&row);
        self.enter_hours(&row);
        self.enter_event(&row);
        self.set_pace(row.length, tolerated);
        let holiday = row.at.date.is_holiday();
        if !holiday && !row.is_announced() {
            self.opening.observe(&row);
        }
        let level = &self.level;
        self.midnight.observe(&row, self.spread.row(), |known, time| level.skipped(known, time));
        let was_calm = !self.abnormal();
        let noise = self.noise(&row);
        let innovation = self.level.innovation(row.calls, row.profile, noise);
        let level = row.profile * (1.0 + self.level.x).max(0.1);

        self.ramps.meet(&self.level);
        let fast = if self.collapsed(&row, level, noise) {
            (0.0, Method::Empty)
        } else if self.excursion.is_some() {
            self.follow(&row, level, noise, innovation)
        } else if row.basis == Basis::Settled {
            self.watch(&row, innovation)
        } else {
            self.watch_provisional(&row, level, innovation)
        };
        // Long rows are the slow test's own scale, whatever the fast ones say.
        let left = self.excursion.is_none() || row.minutes >= slow::BIN_MINUTES;
        if left && row.basis == Basis::Settled && !holiday && !self.empty.collapsed {
            let Row { end, length, calls, slow: expected, .. } = row;
            let sum = Sum { end, length, calls, expected, teaches: !row.is_announced() };
            if let Some(score) = self.slow.add(sum, self.pace.open) {
                self.end_sums(&row, score);
            }
            self.slow.compare(self.pace.threshold, end);
        }
        let told = row.basis == Basis::Settled && !row.is_announced();
        if !told || holiday || self.empty.collapsed {
            self.ramps.begin(self.pace.open);
        } else if self.excursion.is_some() {
            // A step looks like the end of a ramp.
            self.ramps.skip(row.length, &self.level);
        } else {
            let pace = (self.pace.open, self.pace.alarms, self.pace.open_share);
            self.ramps.add(&row, &self.level, self.spread, pace);
        }
        self.hold_level();
        self.settle(&row);
        if !was_calm && !self.abnormal() {
            self.calm_since = row.start;
        }
        self.verdict(&row, level, innovation, self.slower(fast))
    }

    /// Teaches the profile with an interval of the past and judges nothing.
    pub fn learn(&mut self, interval: &Closed) {
        let row = Row::new(interval);
        if row.length.is_positive() && !row.is_announced() {
            self.profile.get_or_insert_default().add(row.at, row.calls);
            self.learned_at = self.learned_at.max(row.start);
        }
    }

    /// Calls expected in `length` from `local`, if the baseline knows. On the day that is being
    /// judged the level of the day is included.
    pub fn expected(&self, local: LocalTime, length: Span) -> Option<f64> {
        let at = stretch(local, Timestamp::from_millis(0), length);
        if !length.is_positive() {
            return None;
        }
        match self.profile.as_ref().and_then(|profile| profile.forecast_of(at)) {
            Some((calls, true)) if self.basis != Basis::Flat => Some(calls * (1.0 + self.level.x)),
            Some((calls, _)) => Some(calls),
            None if self.cold.seen >= cold::ROWS_NEEDED => Some(self.cold.rate()? * at.minutes),
            None => None,
        }
    }

    /// Calls that the baseline expects in `length` from `local`, nothing else asked.
    pub fn forecast(&self, local: LocalTime, length: Span) -> Option<f64> {
        let at = stretch(local, Timestamp::from_millis(0), length);
        Some(self.profile.as_ref()?.forecast_of(at)?.0)
    }

    /// Whether history covered this slot of the week and found it empty in three weeks.
    pub fn learned_closed(&self, local: LocalTime) -> bool {
        let minute = f64::from(local.minute_of_day());
        self.profile.as_ref().is_some_and(|profile| profile.closed(local.date(), minute))
    }

    /// When the baseline took in a day last.
    pub fn learned_at(&self) -> Option<Timestamp> {
        (self.learned_at > Timestamp::MIN).then_some(self.learned_at)
    }

    /// Intervals behind the slot of the week that contains `local`: weeks, up to 31.
    pub fn samples(&self, local: LocalTime) -> u32 {
        let minute = f64::from(local.minute_of_day());
        self.profile.as_ref().map_or(0, |profile| profile.weeks(local.date(), minute))
    }

    /// Brings the state to the row's start: another day, an opening, missing rows.
    fn approach(&mut self, row: &Row) {
        let profile = self.profile.get_or_insert_default();
        let before = profile.date();
        if before != Some(row.at.date) {
            if profile.has_day_before(row.at.date) {
                self.learned_at = row.start;
            }
            let moved = profile.turn(row.at.date);
            self.rebase(moved);
            let profile = self.profile.get_or_insert_default();
            self.pace.open_share = profile.open_share();
            self.pace.row = Span::ZERO;
            if before.is_some_and(|date| date.is_holiday() != row.at.date.is_holiday()) {
                self.enter_kind(row);
            }
            // A queue that never closes has no opening at which to take in what its days taught.
            let (_, wander) = self.level_sd(row);
            self.level.wander(wander);
            self.pass_midnight(row);
        }
        if self.last_end == Timestamp::MIN {
            self.calm_since = row.start;
            self.open(row);
            return;
        }
        let gap = row.start - self.last_end;
        if gap > GAP {
            self.cold.open();
            self.open(row);
        } else if gap.is_positive() {
            self.level.skip(gap);
            self.ramps.skip(gap, &self.level);
            self.midnight.give_up();
            self.empty = if self.empty.collapsed { self.empty } else { Empty::NONE };
        }
    }

    /// The level of a queue that goes on may jump, as far as it has at midnights before; that of
    /// before an excursion or an announced time too.
    fn pass_midnight(&mut self, row: &Row) {
        self.midnight.give_up();
        if row.start - self.last_end > GAP || !self.opening.is_over() {
            return;
        }
        if self.excursion.is_none() && self.before_event.is_none() {
            self.midnight.begin(self.level.known());
        }
        let jump = self.midnight.variance();
        self.level.doubt(jump);
        self.ramps.doubt(jump, &self.level);
        if let Some(before) = &mut self.before_event {
            before.doubt(jump);
        }
    }

    /// A holiday begins or is over: the level of the one says nothing of the other. A surge that
    /// is on goes on.
    fn enter_kind(&mut self, row: &Row) {
        let surge = self.excursion.take();
        self.open(row);
        self.excursion = surge;
    }

    /// How surely the level is known at an opening, and how much it wanders over the day.
    fn level_sd(&self, row: &Row) -> (f64, Wander) {
        match (self.basis, &self.profile) {
            (Basis::Settled, Some(profile)) => {
                let least = if row.at.date.is_holiday() { HOLIDAY_SD } else { 0.0 };
                let opening = self.opening.variance.sqrt().clamp(0.07, 0.4);
                let mut wander = profile.wander();
                wander.sd = wander.sd.max(least);
                (opening.max(least), wander)
            }
            _ => (YOUNG_SD.0, Wander::young(YOUNG_SD.1)),
        }
    }

    /// A day begins: level, excursion and empty run of the last one are over.
    fn open(&mut self, row: &Row) {
        let sd = self.level_sd(row);
        self.level.open(row.start, sd.0, sd.1);
        self.before_event = None;
        self.opening.begin();
        self.midnight.give_up();
        if self.abnormal() {
            self.calm_since = row.start;
        }
        self.close_excursion();
        self.burst = None;
        self.slow.begin();
        self.ramps.begin(self.pace.open);
        self.empty = Empty::NONE;
    }

    /// Finds what the row is judged by.
    fn base(&self, row: &mut Row) -> bool {
        let known = self.profile.as_ref().and_then(|profile| profile.expected(row.at));
        // A call where few days had none is as good as one of which nothing is known.
        let tells = |e: &Expected| e.settled || e.calls > 0.0 || row.calls <= 0.0;
        let calls = match known.filter(tells) {
            Some(expected) => {
                row.basis = if expected.settled { Basis::Settled } else { Basis::Young };
                row.unheard = expected.calls <= 0.0;
                expected.calls
            }
            None => match self.cold.rate() {
                Some(rate) => rate * row.minutes,
                None => return false,
            },
        };
        row.profile = calls.max(RATE_MIN * row.minutes) * row.raised;
        let recent = self.profile.as_ref().map_or(1.0, |profile| profile.recent_factor());
        row.slow = row.profile / recent;
        true
    }

    /// Starts the level anew where another baseline takes over.
    fn enter_basis(&mut self, row: &Row) {
        if self.basis != row.basis {
            self.basis = row.basis;
            if self.excursion.is_none() {
                self.open(row);
            }
        }
        if row.basis == Basis::Flat {
            self.level.x = 0.0;
            self.level.variance = cold::VARIANCE;
        }
    }

    /// Closed hours that are told as rows of zero are a gap like those that are not told at all: the
    /// level of last evening says as little of this morning. A collapse is not over by opening.
    fn enter_hours(&mut self, row: &Row) {
        if row.unheard {
            return;
        }
        let told = self.heard_end > Timestamp::MIN;
        if told && row.start - self.heard_end > GAP && !self.empty.collapsed {
            self.open(row);
        }
        self.heard_end = row.end;
    }

    fn set_pace(&mut self, row: Span, alarms: f64) {
        if self.pace.row != row || self.pace.alarms.to_bits() != alarms.to_bits() {
            self.pace.row = row;
            self.pace.row_penalty = RowPenalty::of(row.as_minutes_f64());
            self.pace.alarms = alarms;
            self.pace.open = tolerance::open(row);
            self.pace.threshold = self.tolerance.threshold(self.others(alarms), self.pace.open);
        }
    }

    /// Variance of the relative count about the level.
    fn noise(&self, row: &Row) -> f64 {
        (1.0 + self.level.x).max(0.3) / row.profile + profile_variance(row.profile)
    }

    fn abnormal(&self) -> bool {
        let fast = self.excursion.is_some_and(|excursion| excursion.asks(self.last_end));
        let burst = self.burst.is_some_and(|burst| burst.asks(self.last_end));
        self.empty.collapsed || fast || burst || self.slow_alarm().is_some()
    }
}

impl Pace {
    const NONE: Self = Self {
        row: Span::ZERO,
        row_penalty: RowPenalty::NONE,
        alarms: 0.0,
        open_share: 1.0,
        open: 0.0,
        threshold: 0.0,
    };
}

impl Empty {
    const NONE: Self =
        Self { since: Timestamp::MIN, expected: 0.0, before: (0.0, 0.0), collapsed: false };
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
