//! How many calls come in a minute?
//!
//! `count ~ Poisson(profile × day factor × drift × storm × gamma)`, minute by minute and queue by
//! queue. The profile is the mean of a weekday's minute; the day factor is log-normal with an
//! AR(1) logarithm over days; the drift is an Ornstein–Uhlenbeck logarithm inside the day, drawn
//! anew each midnight; the gamma factor has a variance of `extra / mean`, so that the ratio of
//! variance to mean does not depend on how busy a minute is.
//!
//! The AR(1) factor is computed from the shocks of the days before it, each from a stream of its
//! own, so that a day needs no state of another day.

use super::config::{CentreConfig, Hours, Noise};
use super::draw::{self, Purpose};
use crate::engine::time::{Span, Timestamp};
use chrono::{Datelike, Timelike, Weekday};
use rand_chacha::ChaCha8Rng;

/// Relative volume by local hour, at the middle of the hour.
const HOURLY: [f64; 24] = [
    0.12, 0.08, 0.06, 0.05, 0.05, 0.08, 0.20, 0.45, 0.90, 1.35, 1.50, 1.35, 1.00, 1.05, 1.30, 1.35,
    1.25, 1.05, 0.85, 0.80, 0.70, 0.50, 0.35, 0.20,
];

/// Shocks that an AR(1) day factor remembers: 0.69^40 is below 10^-6.
const SHOCKS: i32 = 40;

/// The arrival process, one minute after the other.
#[derive(Clone, Debug)]
pub(crate) struct Arrivals {
    profile: Profile,
    config: CentreConfig,
    seed: u64,
    at: Timestamp,
    day: Option<Day>,
    counts: Vec<u32>,
}

/// What is common to the minutes of a local day.
#[derive(Clone, Debug)]
struct Day {
    number: i32,
    factor: f64,
    drift: f64,
    rng: ChaCha8Rng,
}

/// The expected volume of a minute, without noise and storm.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    timezone: chrono_tz::Tz,
    hours: Hours,
    per_minute: f64,
}

/// An instant on the local calendar.
#[derive(Clone, Copy, Debug)]
struct Local {
    day: i32,
    weekday: Weekday,
    minute: u32,
}

impl Arrivals {
    /// The process from the minute of `from` on.
    pub(crate) fn new(seed: u64, config: &CentreConfig, from: Timestamp) -> Self {
        let from = from.floor(Span::minutes(1));
        let profile = Profile::new(config);
        // Two hours more than the day has seen: whatever the clocks do, midnight lies ahead, and
        // there the day's own streams begin.
        let seen = i64::from(profile.local(from).minute);
        let mut arrivals = Self {
            counts: vec![0; config.queues.len()],
            profile,
            config: config.clone(),
            seed,
            at: from - Span::minutes(seen + 120),
            day: None,
        };
        while arrivals.at < from {
            arrivals.next_minute();
        }
        arrivals
    }

    /// Start of the next minute and its counts by queue.
    pub(crate) fn next_minute(&mut self) -> (Timestamp, &[u32]) {
        let at = self.at;
        self.at = at + Span::minutes(1);
        let local = self.profile.local(at);
        let noise = self.config.noise;
        let mut day = match self.day.take() {
            Some(day) if day.number == local.day => day,
            Some(_) | None => Day::new(self.seed, local.day, &noise),
        };
        let level = day.factor * day.step(&noise);
        let expected = self.profile.expected(at) * level;
        let storm: f64 = self.config.storms.iter().map(|storm| storm.factor(at)).product();
        for (queue, count) in self.config.queues.iter().zip(&mut self.counts) {
            let mean = expected * queue.share * (1.0 + (storm - 1.0) * queue.storm_weight);
            let gamma = draw::gamma_factor(&mut day.rng, mean / noise.extra_dispersion);
            *count = draw::poisson(&mut day.rng, mean * gamma);
        }
        self.day = Some(day);
        (at, &self.counts)
    }
}

impl Day {
    fn new(seed: u64, number: i32, noise: &Noise) -> Self {
        let mut rng = draw::stream(seed, Purpose::Minutes, number.into());
        let drift = noise.drift_sd * draw::normal(&mut rng);
        Self { number, factor: day_factor(seed, number, noise), drift, rng }
    }

    /// The drift's factor of this minute, with mean 1.
    fn step(&mut self, noise: &Noise) -> f64 {
        let keep = (-1.0 / noise.drift_time.as_minutes_f64()).exp();
        let shock = (1.0 - keep * keep).sqrt() * noise.drift_sd;
        self.drift = keep * self.drift + shock * draw::normal(&mut self.rng);
        (self.drift - noise.drift_sd * noise.drift_sd / 2.0).exp()
    }
}

/// `exp(sd x - sd^2 / 2)` with `x_d = sqrt(1 - rho^2) sum_j rho^j e_(d-j)`.
fn day_factor(seed: u64, number: i32, noise: &Noise) -> f64 {
    let rho = noise.day_correlation;
    let x: f64 = (0..SHOCKS)
        .map(|j| {
            let mut rng = draw::stream(seed, Purpose::Day, (number - j).into());
            rho.powi(j) * draw::normal(&mut rng)
        })
        .sum();
    let x = (1.0 - rho * rho).sqrt() * x;
    (noise.day_sd * x - noise.day_sd * noise.day_sd / 2.0).exp()
}

impl Profile {
    /// Normalised so that the mean over the open minutes of a Tuesday is the configured volume.
    pub(crate) fn new(config: &CentreConfig) -> Self {
        let hours = config.hours;
        let open = (0..1_440).filter(|&minute| is_open(hours, minute));
        let (sum, n) = open.fold((0.0, 0.0), |(sum, n), minute| (sum + shape(minute), n + 1.0));
        let mean = if sum > 0.0 { sum / n } else { 1.0 };
        let per_minute = config.calls_per_5_minutes / 5.0 / mean;
        Self { timezone: config.timezone, hours, per_minute }
    }

    /// Expected calls in the minute at `at`, all queues.
    pub(crate) fn expected(&self, at: Timestamp) -> f64 {
        let local = self.local(at);
        if !is_open(self.hours, local.minute) {
            return 0.0;
        }
        self.per_minute * shape(local.minute) * weekday_factor(local.weekday)
    }

    fn local(&self, at: Timestamp) -> Local {
        let utc = at.to_chrono().unwrap_or_default();
        let local = utc.with_timezone(&self.timezone);
        Local {
            day: local.date_naive().num_days_from_ce(),
            weekday: local.weekday(),
            minute: local.hour() * 60 + local.minute(),
        }
    }
}

fn is_open(hours: Hours, minute: u32) -> bool {
    match hours {
        Hours::AllDay => true,
        Hours::Daily { opens_minute, closes_minute } => {
            (opens_minute..closes_minute).contains(&minute)
        }
    }
}

/// Linear between the middles of the hours.
fn shape(minute: u32) -> f64 {
    let since_middle = (minute + 1_440 - 30) % 1_440;
    let hour = (since_middle / 60) as usize;
    let share = f64::from(since_middle % 60) / 60.0;
    HOURLY[hour % 24] * (1.0 - share) + HOURLY[(hour + 1) % 24] * share
}

/// Mondays are the busiest day of the banks measured.
const fn weekday_factor(weekday: Weekday) -> f64 {
    match weekday {
        Weekday::Mon => 1.15,
        Weekday::Tue => 1.0,
        Weekday::Wed => 0.98,
        Weekday::Thu => 0.97,
        Weekday::Fri => 1.01,
        Weekday::Sat => 0.75,
        Weekday::Sun => 0.65,
    }
}
