//! Series of counts with known means: counting noise, overdispersion, busy and quiet days, a level
//! that drifts, holidays, growth. None is fitted to a real one; each has what makes some method
//! fail.

use callsurge::engine::calendar::{DayKind, LocalTime};
use callsurge::engine::detector::Closed;
use callsurge::engine::time::{Span, Timestamp};
use callsurge::sim::{CentreConfig, History};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Gamma, Poisson, StandardNormal};

/// The kinds of queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// About 9 calls in 6 minutes of the day and 1 at night, around the clock, a quiet Friday and
    /// Saturday, nine holidays, 25 % growth; dispersion about 2.
    Small,
    /// About 200 calls in 5 minutes, weekdays from 07:00 to 21:05, busy first days of a month.
    Desk,
    /// About 30 calls in 5 minutes around the clock.
    Clock,
    /// About 12 calls an hour around the clock.
    Hourly,
    /// Rows of any length, around the clock.
    Plain(Plain),
}

/// What there is to say of rows of any length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plain {
    pub(crate) row_minutes: i64,
    /// Calls of a row on average.
    pub(crate) calls: f64,
    /// Sd of days.
    pub(crate) day_sd: f64,
}

/// A series and its means.
#[derive(Clone)]
pub(crate) struct Series {
    pub(crate) rows: Vec<Closed>,
    pub(crate) means: Vec<f64>,
}

const SMALL: [f64; 24] = [
    0.25, 0.15, 0.1, 0.08, 0.08, 0.12, 0.3, 0.9, 1.5, 1.8, 1.9, 1.8, 1.65, 1.6, 1.55, 1.5, 1.45,
    1.4, 1.3, 1.2, 1.1, 1.0, 0.8, 0.5,
];
const CLOCK: [f64; 24] = [
    0.3, 0.2, 0.15, 0.12, 0.12, 0.2, 0.4, 0.8, 1.3, 1.6, 1.7, 1.6, 1.5, 1.5, 1.5, 1.5, 1.4, 1.3,
    1.2, 1.1, 0.9, 0.7, 0.5, 0.4,
];
const HOURLY: [f64; 24] = [
    0.7, 0.6, 0.55, 0.5, 0.5, 0.55, 0.7, 0.85, 1.0, 1.05, 1.1, 1.15, 1.2, 1.2, 1.2, 1.25, 1.3, 1.3,
    1.25, 1.2, 1.15, 1.05, 0.95, 0.8,
];
/// Of a desk, by hour from 07:00.
const DESK: [f64; 16] = [
    110.0, 220.0, 290.0, 300.0, 285.0, 270.0, 265.0, 262.0, 258.0, 235.0, 190.0, 140.0, 110.0,
    90.0, 75.0, 65.0,
];

/// Linear between the middles of the hours.
fn shape(hours: &[f64], minute: f64) -> f64 {
    let at = (minute / 60.0 - 0.5).rem_euclid(hours.len() as f64);
    let (low, share) = (at as usize, at.fract());
    hours[low] * (1.0 - share) + hours[(low + 1) % hours.len()] * share
}

/// An AR(1) logarithm with its stationary sd.
struct Drift {
    x: f64,
    keep: f64,
    sd: f64,
}

impl Drift {
    fn new(sd: f64, steps: f64) -> Self {
        Self { x: 0.0, keep: (-1.0 / steps).exp(), sd }
    }

    fn next(&mut self, rng: &mut ChaCha8Rng) -> f64 {
        let shock: f64 = StandardNormal.sample(rng);
        self.x = self.keep * self.x + (1.0 - self.keep * self.keep).sqrt() * self.sd * shock;
        self.x
    }
}

impl Kind {
    pub(crate) fn row(self) -> Span {
        match self {
            Self::Plain(Plain { row_minutes, .. }) => Span::minutes(row_minutes),
            Self::Small => Span::minutes(6),
            Self::Desk | Self::Clock => Span::minutes(5),
            Self::Hourly => Span::hours(1),
        }
    }

    /// Sd of days, sd of the drift, its time constant in rows, variance over mean beyond 1.
    fn noise(self) -> (f64, f64, f64, f64) {
        match self {
            Self::Small => (0.1, 0.2, 20.0, 0.85),
            Self::Desk => (0.055, 0.03, 12.0, 0.15),
            Self::Clock => (0.06, 0.05, 24.0, 0.3),
            Self::Hourly => (0.06, 0.04, 6.0, 0.1),
            Self::Plain(plain) => (plain.day_sd, 0.05, 120.0 / plain.row_minutes as f64, 0.1),
        }
    }

    /// Whether rows come, and their mean, on a day that is so many days after the start.
    fn mean(self, day: i64, minute: f64) -> Option<f64> {
        let weekday = day.rem_euclid(7) as usize;
        match self {
            Self::Small => {
                let factor = match weekday {
                    4 if minute >= 840.0 => 0.2,
                    5 if minute < 1_020.0 => 0.2,
                    _ => [1.1, 1.0, 1.0, 1.02, 0.62, 0.35, 1.15][weekday],
                };
                let holiday = [17, 60, 61, 110, 160, 205, 270, 271, 330].contains(&day);
                let after = [18, 62, 111, 161, 206, 272, 331].contains(&day);
                let special = if holiday {
                    0.35
                } else if after {
                    1.25
                } else {
                    1.0
                };
                let growth = 1.0 + 0.25 * day as f64 / 365.0;
                Some(8.0 * shape(&SMALL, minute) * factor * special * growth)
            }
            Self::Desk => {
                let open = weekday < 5 && (420.0..1_265.0).contains(&minute);
                let since = minute - 420.0;
                let first = if day % 30 < 2 { 1.0 + 0.3 * (-since / 60.0).exp() } else { 1.0 };
                let factor = [1.15, 1.0, 0.98, 0.97, 1.0, 0.0, 0.0][weekday];
                open.then(|| shape(&DESK, since) * factor * first)
            }
            Self::Clock => {
                let factor = [1.15, 1.0, 1.0, 0.98, 1.0, 0.7, 0.6][weekday];
                Some(30.0 * shape(&CLOCK, minute) * factor)
            }
            Self::Hourly => Some(12.0 * shape(&HOURLY, minute)),
            Self::Plain(Plain { calls, .. }) => Some(calls * shape(&HOURLY, minute)),
        }
    }
}

/// A clean series from a Monday on.
pub(crate) fn series(kind: Kind, seed: u64, days: i64) -> Series {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (day_sd, drift_sd, drift_rows, beyond) = kind.noise();
    let (mut of_day, mut drift) = (Drift::new(day_sd, 2.0), Drift::new(drift_sd, drift_rows));
    let monday = Timestamp::from_secs(1_736_121_600);
    let (mut rows, mut means) = (Vec::new(), Vec::new());
    for day in 0..days {
        let factor = of_day.next(&mut rng);
        let mut start = monday + Span::hours(24 * day);
        let midnight = start + Span::hours(24);
        while start < midnight {
            let minute = (start - (midnight - Span::hours(24))).as_minutes_f64();
            if let Some(mean) = kind.mean(day, minute) {
                let mean = mean * (factor + drift.next(&mut rng)).exp();
                rows.push(row(kind, start, day, overdispersed(&mut rng, mean, beyond)));
                means.push(mean);
            }
            start = start + kind.row();
        }
    }
    Series { rows, means }
}

/// Queues of a unit, around the clock, from a Monday on: rows of five minutes, of 4 to 60 calls on
/// average, whose days and drifts are half in common.
pub(crate) fn family(queues: usize, seed: u64, days: i64) -> Vec<Vec<Closed>> {
    let kind = Kind::Clock;
    let (day_sd, drift_sd, drift_rows, beyond) = kind.noise();
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let levels = |seed: u64| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut of_day = Drift::new(day_sd * half, 2.0);
        let mut drift = Drift::new(drift_sd * half, drift_rows);
        let mut levels = Vec::new();
        for _ in 0..days {
            let day = of_day.next(&mut rng);
            levels.extend((0..288).map(|_| day + drift.next(&mut rng)));
        }
        levels
    };
    let common = levels(seed);
    let monday = Timestamp::from_secs(1_736_121_600);
    let of_queue = |queue: usize| {
        let seed = seed.wrapping_mul(1_000).wrapping_add(queue as u64 + 1);
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let scale = 2.0 * 15.0_f64.powf(queue as f64 / (queues - 1) as f64) / 15.0;
        let own = levels(seed);
        let row_at = |(i, level): (usize, f64)| {
            let (day, minute) = (i as i64 / 288, (i % 288) as f64 * 5.0);
            let mean = kind.mean(day, minute).unwrap_or(0.0) * scale * level.exp();
            let start = monday + Span::minutes(5) * i as i64;
            row(kind, start, day, overdispersed(&mut rng, mean, beyond))
        };
        common.iter().zip(own).map(|(a, b)| a + b).enumerate().map(row_at).collect()
    };
    (0..queues).map(of_queue).collect()
}

/// The three queues of the simulated bank in rows of five minutes, closed hours told as zeros; each from
/// a Monday on, without the means behind them.
pub(crate) fn bank(seed: u64, days: i64) -> Vec<Series> {
    let monday = Timestamp::from_secs(1_736_121_600);
    let config = CentreConfig { timezone: chrono_tz::Tz::UTC, ..CentreConfig::bank(monday) };
    let mut queues = vec![Series { rows: Vec::new(), means: Vec::new() }; config.queues.len()];
    let until = monday + Span::hours(24) * days;
    for (queue, told) in History::new(seed, &config, monday, until, 5) {
        let day = (told.start - monday).as_millis().div_euclid(86_400_000);
        let row = row(Kind::Desk, told.start, day, told.tally.offered);
        queues[queue].rows.push(row);
    }
    queues
}

fn row(kind: Kind, start: Timestamp, day: i64, offered: u32) -> Closed {
    let minutes = start.as_millis().div_euclid(60_000);
    let of_week = day.rem_euclid(7) * 1_440 + minutes.rem_euclid(1_440);
    let day = minutes.div_euclid(1_440) as i32;
    let local = LocalTime { minute_of_week: of_week as u32, day, kind: DayKind::Ordinary };
    Closed { start, end: start + kind.row(), local, offered, raised: 1.0 }
}

/// A count with variance `(1 + beyond) mean`.
fn overdispersed(rng: &mut ChaCha8Rng, mean: f64, beyond: f64) -> u32 {
    let shape = mean / beyond;
    let factor = Gamma::new(shape, 1.0 / shape).map_or(1.0, |gamma| gamma.sample(rng));
    poisson(rng, mean * factor)
}

fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u32 {
    Poisson::new(mean).map_or(0, |law| law.sample(rng) as u32)
}

/// A surge that was put in: rows `from..=to`.
pub(crate) type Surge = (usize, usize);

/// Puts a surge into one of `every` days after `warm` days: `rows` rows, `excess(i)` times the mean
/// on top in its i-th row. Only where the mean is at least `mean_min`.
pub(crate) fn inject(
    series: &mut Series,
    seed: u64,
    (warm, every): (i64, usize),
    rows: usize,
    mean_min: f64,
    excess: impl Fn(usize) -> f64,
) -> Vec<Surge> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    let first = series.rows[0].start;
    let day_of = |row: &Closed| (row.start - first).as_millis() / 86_400_000;
    let days = series.rows.last().map_or(0, day_of);
    let mut surges = Vec::new();
    for day in (warm..days).step_by(every) {
        let own: Vec<usize> =
            (0..series.rows.len()).filter(|&i| day_of(&series.rows[i]) == day).collect();
        for _ in 0..40 {
            if own.len() <= rows {
                break;
            }
            let draw = poisson(&mut rng, 1.0e6) as usize;
            let from = own[draw % (own.len() - rows)];
            let span = from..from + rows;
            let mean = series.means[span.clone()].iter().sum::<f64>() / rows as f64;
            if mean < mean_min {
                continue;
            }
            add(series, &mut rng, (from, from + rows - 1), &excess);
            surges.push((from, from + rows - 1));
            break;
        }
    }
    surges
}

/// Adds what a surge adds.
pub(crate) fn add(
    series: &mut Series,
    rng: &mut ChaCha8Rng,
    (from, to): Surge,
    excess: impl Fn(usize) -> f64,
) {
    for (i, at) in (from..=to).enumerate() {
        series.rows[at].offered += poisson(rng, excess(i) * series.means[at]);
    }
}
