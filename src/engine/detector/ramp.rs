//! Does the level climb for hours?
//!
//! A rise that takes hours is no step: the filter follows it, some minutes behind, and the step test
//! sees only those. But how far behind is known: a ramp since some onset shifts each innovation by
//! what the filter has not yet taken in of it, and the likelihood ratio of the best slope has the same
//! recursion as that of a step (Willsky & Jones 1976, IEEE TAC 21:108), with the time since the onset
//! in place of 1:
//!
//! ```text
//! tau: hours since the onset     g = tau - b     C += g gamma/S     V += g²/S
//!                                b <- rho (b + K (e sqrt S / gamma) g)       slope = C/V, G = C²/V
//! ```
//! The sums of hours (`slow`), which are the obvious way, must allow for all that days differ by; here
//! the morning says what the day is like. Of rises by 30 % over four hours on a desk whose days differ
//! by 5 % they and the step test find two thirds within six hours, with this one nine of ten.
//!
//! What takes hours needs no more than quarters of an hour: rows are added up to those, and most rows
//! cost an addition. The filter is its own, and nothing is taken in at once in it: what the level
//! takes in as a step is a part of what climbs. Rows of an open excursion are left out: a short surge
//! is not.
//!
//! Days whose shape differs from the profile climb for hours too, some queues' often: the mean square
//! of the statistic is learned (capped, so that rises hardly teach it), and what scores chance reaches
//! is learned from this test's own rises, for a tenth of one tolerated alarm a month. Who tolerates
//! more wants short steps sooner, so of more its part is less: a tenth of one a week cost a bank a
//! third of its steps by 10 % (docs/detection.md). What it deliberately does not do is to freeze
//! anything: a slow rise goes on to be learned as a level.

use super::level::{Known, Level};
use super::rise::Rise;
use super::spread::Spread;
use super::tolerance::Tolerance;
use super::{Row, profile_variance};
use crate::engine::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Onsets that are held, so far apart, ...
const ONSETS_MAX: usize = 10;
const APART: Span = Span::minutes(30);
/// ... and forgotten at this age; one counts from this age on.
const WINDOW: Span = Span::hours(5);
const AGE_MIN: Span = Span::hours(1);
/// Rows are added up to so much at least; longer ones are left to the sums of hours.
pub(super) const BIN: Span = Span::minutes(15);
/// Gain of the mean square of the statistic, per sum of rows, the age of the onset that is measured, and
/// what a square counts at most.
const GAIN: f64 = 0.001_5;
const GAIN_AGE: Span = Span::hours(3);
const SQUARE_MAX: f64 = 9.0;
/// The score below which a rise is over, in its highest one: what climbs has its highest score now.
const DROP: f64 = 0.75;
/// Scores below it are told to nobody.
const WORTH: f64 = 2.0;
/// The share of a ramp that the newest rows have at least: a burst is no ramp once it is over.
const LEFT: f64 = 0.5;
/// The part of the tolerated alarms that is this test's, up to one a month.
const SHARE: f64 = 0.1;

/// How many of so many tolerated alarms a month are this test's.
pub(super) fn allowed(alarms: f64) -> f64 {
    SHARE * if alarms <= 1.0 { alarms } else { alarms.sqrt() }
}

/// Where so many are this test's, how many are tolerated.
pub(super) fn tolerated(allowed: f64) -> f64 {
    let share = allowed / SHARE;
    if share <= 1.0 { share } else { share * share }
}

/// The onsets, and the rise that is open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ramps {
    bin: Bin,
    /// A level that never freezes; none before the first row.
    known: Option<Known>,
    onsets: [Onset; ONSETS_MAX],
    used: u8,
    /// Mean square of the statistic.
    square: f64,
    tolerance: Tolerance,
    rise: Option<Rise>,
    /// Level without the best ramp, in profiles.
    base: f64,
}

/// Rows that are not yet as much as is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Bin {
    start: Timestamp,
    /// To the end of the last row or gap, and how much of it is gaps.
    length: Span,
    gaps: Span,
    calls: f64,
    profile: f64,
}

impl Bin {
    const EMPTY: Self = Self {
        start: Timestamp::MIN,
        length: Span::ZERO,
        gaps: Span::ZERO,
        calls: 0.0,
        profile: 0.0,
    };

    fn add(&mut self, row: &Row) {
        if !self.length.is_positive() {
            self.start = row.start;
        }
        self.length += row.length;
        self.calls += row.calls;
        self.profile += row.profile;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Onset {
    start: Timestamp,
    c: f64,
    v: f64,
    absorbed: f64,
}

impl Onset {
    const fn new(start: Timestamp) -> Self {
        Self { start, c: 0.0, v: 0.0, absorbed: 0.0 }
    }
}

/// The best ramp that ends now.
#[derive(Clone, Copy, Debug)]
struct Best {
    square: f64,
    size: f64,
    absorbed: f64,
    since: Timestamp,
}

impl Ramps {
    pub(super) const fn new() -> Self {
        Self {
            bin: Bin::EMPTY,
            known: None,
            onsets: [Onset::new(Timestamp::MIN); ONSETS_MAX],
            used: 0,
            square: 1.0,
            tolerance: Tolerance::PRIOR,
            rise: None,
            base: 1.0,
        }
    }

    /// Reads for nothing what nearly every row reads (`touch`).
    pub(super) fn touch(&self) -> u64 {
        let set = u8::from(self.rise.is_some()) ^ u8::from(self.known.is_some());
        self.bin.calls.to_bits() ^ u64::from(set)
    }

    /// Nothing of before belongs to a ramp.
    pub(super) fn begin(&mut self, open: f64) {
        self.used = 0;
        self.known = None;
        self.bin = Bin::EMPTY;
        self.end(open);
    }

    fn end(&mut self, open: f64) {
        if let Some(rise) = self.rise.take() {
            self.tolerance.ended(rise.score, open);
        }
    }

    /// The profile moved by this factor: the level in calls stays.
    pub(super) fn rebase(&mut self, factor: f64) {
        self.known = self.known.map(|known| known.rebased(factor));
        self.bin.profile *= factor;
        self.base /= factor;
    }

    /// The first row begins at the level before it.
    pub(super) fn meet(&mut self, level: &Level) {
        self.known.get_or_insert(level.known());
    }

    /// Lets time pass without data. A short gap is a part of what is looked at together, else a source
    /// that leaves many would never be looked at; before a long one rows that are too few are left out.
    pub(super) fn skip(&mut self, gap: Span, level: &Level) {
        let mut gap = gap;
        if self.bin.length.is_positive() {
            self.bin.length += gap;
            self.bin.gaps += gap;
            if self.bin.gaps <= BIN {
                return;
            }
            gap = self.leave_bin();
        }
        self.pass(gap, level);
    }

    /// The level may jump now, by this variance: no sum of rows spans it, or a part of the jump would
    /// come when the level is known again.
    pub(super) fn doubt(&mut self, variance: f64, level: &Level) {
        if variance <= 0.0 {
            return;
        }
        let left = self.leave_bin();
        self.pass(left, level);
        if let Some(known) = &mut self.known {
            known.variance += variance;
        }
    }

    /// Leaves rows out that are too few; how long they were.
    fn leave_bin(&mut self) -> Span {
        std::mem::replace(&mut self.bin, Bin::EMPTY).length
    }

    fn pass(&mut self, gap: Span, level: &Level) {
        self.known = self.known.map(|known| level.skipped(known, gap));
        let rho = level.rho_of(gap);
        for onset in &mut self.onsets[..usize::from(self.used)] {
            onset.absorbed *= rho;
        }
    }

    /// Takes a row. `open` is the score at which a rise opens, `alarms` what is tolerated in a month.
    pub(super) fn add(&mut self, row: &Row, level: &Level, spread: Spread, pace: (f64, f64, f64)) {
        if row.length > BIN {
            self.begin(pace.0);
            return;
        }
        self.bin.add(row);
        if self.bin.length >= BIN {
            let bin = std::mem::replace(&mut self.bin, Bin::EMPTY);
            self.look(bin, row.end, level, spread, pace);
        }
    }

    /// Looks for the best ramp that ends at `end`, where the newest rows do.
    fn look(
        &mut self,
        bin: Bin,
        end: Timestamp,
        level: &Level,
        spread: Spread,
        (open, alarms, open_share): (f64, f64, f64),
    ) {
        let newest = bin.calls / bin.profile - 1.0;
        let known = *self.known.get_or_insert(level.known());
        let noise = (1.0 + known.x).max(0.3) / bin.profile + profile_variance(bin.profile);
        let innovation = known.innovation(newest, noise);
        self.take_onset(bin.start);
        let rho = level.rho_of(bin.length);
        let (next, passed) = level.filtered(known, innovation, rho);
        let (hours, weight) = (bin.length.as_minutes_f64() / 60.0, 1.0 / innovation.total);
        let scale = spread.row() * self.square;
        // Divisions are for what may be told.
        let mut bar = WORTH * WORTH * scale;
        let mut best: Option<Best> = None;
        let mut measured = None;
        for onset in &mut self.onsets[..usize::from(self.used)] {
            let since = bin.start - onset.start;
            let tau = since.as_minutes_f64() * (1.0 / 60.0) + 0.5 * hours;
            let behind = tau - onset.absorbed;
            onset.c += behind * innovation.gamma * weight;
            onset.v += behind * behind * weight;
            let age = since + bin.length;
            if age >= GAIN_AGE {
                measured = Some((onset.c, onset.v));
            }
            if age >= AGE_MIN && onset.c > 0.0 && onset.c * onset.c > bar * onset.v {
                let slope = onset.c / onset.v;
                let square = onset.c * slope / (1.0 + slope * tau / 6.0);
                let (size, absorbed) = (slope * tau, slope * onset.absorbed);
                let left = newest - (known.x - absorbed) >= LEFT * size;
                if left && square > bar {
                    bar = square;
                    best = Some(Best { square, size, absorbed, since: onset.start });
                }
            }
            onset.absorbed = rho * (onset.absorbed + passed * behind);
        }
        self.known = Some(next);
        let score = best.map_or(0.0, |best| (best.square / scale).sqrt());
        self.tolerance.watch(bin.length, open_share);
        if let Some((c, v)) = measured.filter(|_| score < open) {
            let square = (c * c / (v * spread.row())).min(SQUARE_MAX);
            self.square = (self.square + GAIN * (square - self.square)).max(1.0);
        }
        self.follow(end, best, score, (open, alarms), known.x);
    }

    fn take_onset(&mut self, at: Timestamp) {
        let onsets = &mut self.onsets[..usize::from(self.used)];
        if onsets.last().is_some_and(|onset| at - onset.start < APART) {
            return;
        }
        let old = onsets.iter().filter(|onset| at - onset.start > WINDOW).count();
        let old = old.max(usize::from(onsets.len() == ONSETS_MAX));
        onsets.rotate_left(old);
        let left = onsets.len() - old;
        self.onsets[left] = Onset::new(at);
        self.used = left as u8 + 1;
    }

    fn follow(
        &mut self,
        end: Timestamp,
        best: Option<Best>,
        score: f64,
        (open, alarms): (f64, f64),
        x: f64,
    ) {
        let size = best.map_or(0.0, |best| best.size);
        // The level that the filter would have without the ramp.
        let base = (1.0 + x - best.map_or(0.0, |best| best.absorbed)).max(0.1);
        self.base = base;
        if let Some(rise) = &mut self.rise {
            rise.raise(score, (size / base) as f32, end);
            if score < DROP * rise.score {
                self.end(open);
                self.used = 0;
            }
        } else if let Some(best) = best.filter(|_| score >= open) {
            self.rise = Some(Rise::open(best.since, end, score, (size / base) as f32));
        }
        if let Some(rise) = &mut self.rise {
            rise.compare(self.tolerance.threshold(allowed(alarms), open), end);
        }
    }

    /// The level without the ramp, in profiles.
    pub(super) const fn base(&self) -> f64 {
        self.base
    }

    /// The rise, and how many false alarms a month this test has at its score.
    pub(super) fn rise(&self, open: f64) -> Option<(&Rise, f64)> {
        let rise = self.rise.as_ref()?;
        Some((rise, self.tolerance.rate(rise.score, open)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Closed;
    use super::*;
    use crate::engine::baseline::Wander;
    use crate::engine::calendar::{DayKind, LocalTime};

    const OPEN: f64 = 3.5;
    const PACE: (f64, f64, f64) = (OPEN, 1.0, 1.0);

    fn row(i: i64, minutes: i64, calls: f64) -> Row {
        let start = Timestamp::from_secs(60 * minutes * i);
        let end = start + Span::minutes(minutes);
        let local = LocalTime { minute_of_week: 0, day: 0, kind: DayKind::Ordinary };
        let interval = Closed { start, end, local, offered: 0, raised: 1.0 };
        Row { calls, profile: 100.0, ..Row::new(&interval) }
    }

    fn level() -> Level {
        let mut level = Level::new();
        level.open(Timestamp::from_secs(0), 0.1, Wander::young(0.05));
        level
    }

    /// Rows of five minutes that climb by this much an hour; what is expected without it.
    fn climb(ramps: &mut Ramps, rows: std::ops::Range<i64>, an_hour: f64) -> Vec<f64> {
        let level = level();
        let first = rows.start;
        let add = |i: i64| {
            let hours = (i - first) as f64 / 12.0 + 1.0 / 24.0;
            let calls = 100.0 * (1.0 + an_hour * hours);
            ramps.add(&row(i, 5, calls), &level, Spread::NEW, PACE);
            100.0 * ramps.base()
        };
        rows.map(add).collect()
    }

    #[test]
    fn what_the_filter_takes_in_of_a_ramp_is_known() {
        let mut ramps = Ramps::new();
        let expected = climb(&mut ramps, 0..48, 0.2);
        // From an hour on the best onset is the true one, and nothing but the ramp was there.
        assert!(expected[12..].iter().all(|calls| (calls - 100.0).abs() < 1e-9), "{expected:?}");
        let (rise, rate) = ramps.rise(OPEN).expect("open");
        assert_eq!(rise.since, Timestamp::from_secs(0));
        assert!((f64::from(rise.size) - 0.2 * 31.0 / 8.0).abs() < 1e-6, "{rise:?}");
        assert!(rate < 0.01 && rise.asks(6.0, Timestamp::from_secs(4 * 3_600)), "{rate}");
    }

    #[test]
    fn it_is_over_once_a_quarter_of_an_hour_is_back() {
        let mut ramps = Ramps::new();
        climb(&mut ramps, 0..48, 0.2);
        let level = level();
        let on: Vec<_> = (48..54)
            .map(|i| {
                ramps.add(&row(i, 5, 100.0), &level, Spread::NEW, PACE);
                ramps.rise(OPEN).is_some()
            })
            .collect();
        assert_eq!(on, [true, true, false, false, false, false]);
    }

    #[test]
    fn no_ramp_goes_through_the_night() {
        let mut ramps = Ramps::new();
        climb(&mut ramps, 0..48, 0.08);
        assert!(ramps.rise(OPEN).is_some());
        let before = ramps.tolerance;
        ramps.begin(OPEN);
        assert!(ramps.rise(OPEN).is_none() && ramps.tolerance != before, "it taught");
        climb(&mut ramps, 48..59, 0.5);
        assert!(ramps.rise(OPEN).is_none(), "less than an hour");
    }

    #[test]
    fn rows_of_a_minute_say_what_their_sums_say() {
        let (mut short, mut long) = (Ramps::new(), Ramps::new());
        let level = level();
        for i in 0..240 {
            let calls = 20.0 * (1.0 + 0.2 * (i as f64 + 0.5) / 60.0);
            let row = Row { profile: 20.0, ..row(i, 1, calls) };
            short.add(&row, &level, Spread::NEW, PACE);
        }
        for i in 0..16 {
            let calls = 300.0 * (1.0 + 0.2 * (i as f64 + 0.5) / 4.0);
            let row = Row { profile: 300.0, ..row(i, 15, calls) };
            long.add(&row, &level, Spread::NEW, PACE);
        }
        let both = [&short, &long].map(|ramps| ramps.rise(OPEN).expect("open"));
        assert_eq!(both[0].0.since, both[1].0.since);
        assert!((both[0].0.score - both[1].0.score).abs() < 1e-9, "{both:?}");
    }

    #[test]
    fn what_is_not_yet_a_quarter_of_an_hour_is_left_out_by_a_long_gap() {
        let (mut with, mut without) = (Ramps::new(), Ramps::new());
        let level = level();
        climb(&mut with, 0..24, 0.1);
        climb(&mut without, 0..24, 0.1);
        with.add(&row(24, 5, 1_000.0), &level, Spread::NEW, PACE);
        with.skip(Span::minutes(20), &level);
        without.skip(Span::minutes(25), &level);
        assert_eq!(with, without);
    }

    /// Every other row of ten minutes is lost: none is enough alone.
    #[test]
    fn a_source_that_leaves_gaps_is_looked_at_and_its_ramp_ends() {
        let mut ramps = Ramps::new();
        let level = level();
        let mut open = Vec::new();
        for i in 0..24 {
            let hours = f64::from(i) / 3.0 + 1.0 / 12.0;
            let calls = if i < 18 { 100.0 * (1.0 + 0.2 * hours) } else { 100.0 };
            let row = Row { calls, ..row(2 * i64::from(i), 10, 0.0) };
            ramps.add(&row, &level, Spread::NEW, PACE);
            ramps.skip(Span::minutes(10), &level);
            open.push(ramps.rise(OPEN).is_some());
        }
        assert!(open[17] && !open[19], "{open:?}");
    }

    #[test]
    fn long_rows_are_left_to_the_sums() {
        let mut ramps = Ramps::new();
        let level = level();
        for i in 0..12 {
            let calls = 100.0 + 50.0 * i as f64;
            ramps.add(&row(i, 30, calls), &level, Spread::NEW, PACE);
        }
        assert!(ramps.rise(OPEN).is_none());
    }

    #[test]
    fn a_tenth_of_one_alarm_a_month_is_its_own_and_less_of_more() {
        for (alarms, own) in [(0.01, 0.001), (1.0, 0.1), (4.0, 0.2), (9.0, 0.3)] {
            assert!((allowed(alarms) - own).abs() < 1e-12, "{alarms}");
            assert!((tolerated(own) - alarms).abs() < 1e-9, "{own}");
        }
    }
}
