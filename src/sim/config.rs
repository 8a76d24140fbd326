//! What the simulated centre is like.
//!
//! The defaults are a retail bank's hotline. Noise and volume come from a year of a real bank's
//! five-minute counts (mean 192, variance over mean 2.12 about the slot mean and 1.34 after a day
//! factor, day factor with sd 6.3 % and lag-one correlation 0.63); patience, talk and redials are
//! assumptions of common size.

use crate::engine::time::{Span, Timestamp};
use chrono_tz::Tz;

/// The whole centre.
#[derive(Clone, Debug, PartialEq)]
pub struct CentreConfig {
    /// First simulated instant; history ends here.
    pub start: Timestamp,
    /// Local time of days, hours and weekdays.
    pub timezone: Tz,
    /// When calls come in.
    pub hours: Hours,
    /// Mean offered calls per five minutes over the open hours of a Tuesday, all queues.
    pub calls_per_5_minutes: f64,
    /// The queues.
    pub queues: Vec<QueueConfig>,
    /// How arrivals scatter about their profile.
    pub noise: Noise,
    /// What callers do.
    pub callers: Callers,
    /// How agents work and are rostered.
    pub staffing: Staffing,
    /// Surges; where several overlap, their factors multiply.
    pub storms: Vec<Storm>,
    /// Time between two snapshots, on a grid counted from the epoch.
    pub snapshot_every: Span,
}

/// When calls come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// Around the clock.
    AllDay,
    /// The same hours every day, in minutes of the local day: `[opens, closes)`.
    Daily {
        /// First open minute.
        opens_minute: u32,
        /// First closed minute.
        closes_minute: u32,
    },
}

/// A name in the two languages of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Display {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// A queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueConfig {
    /// Name on the wire.
    pub name: String,
    /// What people read.
    pub display: Display,
    /// Share of the centre's volume.
    pub share: f64,
    /// Mean conversation.
    pub talk_mean: Span,
    /// How much of the storm reaches it: 0 none, 1 all.
    pub storm_weight: f64,
}

/// How arrivals scatter about their profile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation of the day factor's logarithm.
    pub day_sd: f64,
    /// Correlation of one day's factor with the next.
    pub day_correlation: f64,
    /// Standard deviation of the drift's logarithm.
    pub drift_sd: f64,
    /// Time after which the drift's correlation has fallen to 1/e.
    pub drift_time: Span,
    /// Variance over mean beyond Poisson's that is independent from minute to minute.
    pub extra_dispersion: f64,
}

/// What callers do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Callers {
    /// Nobody gives up before this.
    pub patience_floor: Span,
    /// Mean patience beyond the floor, exponential.
    pub patience_mean: Span,
    /// Share of those who gave up that dial again.
    pub redial_share: f64,
    /// Mean time until they do, exponential.
    pub redial_delay_mean: Span,
    /// Most redials of one caller.
    pub redials_max: u8,
}

/// How agents work and are rostered: `A + beta sqrt(A) + slack A` heads for an expected load of
/// `A` (square-root staffing; the slack pays for busy days).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staffing {
    /// Coefficient of variation of a conversation, log-normal.
    pub talk_cv: f64,
    /// Mean after-call work, exponential.
    pub wrap_up_mean: Span,
    /// Heads beyond the load, in square roots of it.
    pub beta: f64,
    /// Heads beyond that, as a share of the load.
    pub slack: f64,
}

/// A surge: arrivals are multiplied by 1, rising to `peak` over `ramp`, staying for `plateau`,
/// falling back to 1 over `decay`. Where the cause also slows the agents down (an outage of the
/// systems they work with), conversations are longer from `talk_lead` before the start until the
/// end of the plateau.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storm {
    /// First instant of the ramp.
    pub start: Timestamp,
    /// Length of the rise.
    pub ramp: Span,
    /// Arrivals on the plateau, as a multiple of the ordinary.
    pub peak: f64,
    /// Length of the plateau.
    pub plateau: Span,
    /// Length of the fall.
    pub decay: Span,
    /// Conversations meanwhile, as a multiple of the ordinary.
    pub talk_factor: f64,
    /// How much earlier conversations become longer.
    pub talk_lead: Span,
}

impl Storm {
    /// Arrivals multiplied by `times` from one instant to another, at once; agents work as ever.
    pub const fn step(start: Timestamp, length: Span, times: f64) -> Self {
        Self {
            start,
            ramp: Span::ZERO,
            peak: times,
            plateau: length,
            decay: Span::ZERO,
            talk_factor: 1.0,
            talk_lead: Span::ZERO,
        }
    }

    /// The factor on arrivals of a queue that the storm reaches in full.
    pub fn factor(&self, at: Timestamp) -> f64 {
        let since = (at - self.start).as_secs_f64();
        let (ramp, plateau) = (self.ramp.as_secs_f64(), self.plateau.as_secs_f64());
        let decay = self.decay.as_secs_f64();
        let share = if since < 0.0 {
            0.0
        } else if since < ramp {
            since / ramp
        } else if since < ramp + plateau {
            1.0
        } else if since < ramp + plateau + decay {
            1.0 - (since - ramp - plateau) / decay
        } else {
            0.0
        };
        1.0 + (self.peak - 1.0) * share
    }

    /// The factor on conversations that begin at an instant.
    pub fn talk(&self, at: Timestamp) -> f64 {
        let from = self.start - self.talk_lead;
        let to = self.start + self.ramp + self.plateau;
        if at >= from && at < to { self.talk_factor } else { 1.0 }
    }

    /// First instant at which arrivals are ordinary again.
    pub fn end(&self) -> Timestamp {
        self.start + self.ramp + self.plateau + self.decay
    }
}

/// A day's mean also holds the mean of its drift, which no other day shares: for a factor that
/// measures sd 6.3 % and correlation 0.63, the one below the drift is narrower and lasts longer.
impl Default for Noise {
    fn default() -> Self {
        Self {
            day_sd: 0.060,
            day_correlation: 0.69,
            drift_sd: 0.041,
            drift_time: Span::minutes(90),
            extra_dispersion: 0.10,
        }
    }
}

impl Default for Callers {
    fn default() -> Self {
        Self {
            patience_floor: Span::secs(5),
            patience_mean: Span::secs(180),
            redial_share: 0.4,
            redial_delay_mean: Span::minutes(5),
            redials_max: 3,
        }
    }
}

impl Default for Staffing {
    fn default() -> Self {
        Self { talk_cv: 0.8, wrap_up_mean: Span::secs(25), beta: 1.6, slack: 0.13 }
    }
}

impl CentreConfig {
    /// A retail bank's hotline in China, open from 07:00 to 21:00, without a storm.
    pub fn bank(start: Timestamp) -> Self {
        let queue = |name: &str, zh, en, share, talk_secs, storm_weight| QueueConfig {
            name: name.to_owned(),
            display: Display { zh, en },
            share,
            talk_mean: Span::secs(talk_secs),
            storm_weight,
        };
        Self {
            start,
            timezone: Tz::Asia__Shanghai,
            hours: Hours::Daily { opens_minute: 7 * 60, closes_minute: 21 * 60 },
            calls_per_5_minutes: 192.0,
            queues: vec![
                queue("service", "客户服务", "Customer service", 0.55, 190, 1.0),
                queue("cards", "信用卡", "Credit cards", 0.27, 210, 0.8),
                queue("sales", "业务咨询与办理", "Products and sales", 0.18, 240, 0.3),
            ],
            noise: Noise::default(),
            callers: Callers::default(),
            staffing: Staffing::default(),
            storms: Vec::new(),
            snapshot_every: Span::secs(15),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_rises_stays_and_falls_back_to_nothing() {
        let start = Timestamp::from_secs(0);
        let storm = Storm {
            start,
            ramp: Span::minutes(10),
            peak: 3.0,
            plateau: Span::minutes(60),
            decay: Span::minutes(20),
            talk_factor: 1.5,
            talk_lead: Span::minutes(5),
        };
        let check = |minute: i64, arrivals: f64, talk: f64| {
            let at = start + Span::minutes(minute);
            assert!((storm.factor(at) - arrivals).abs() < 1e-12, "arrivals at {minute}");
            assert!((storm.talk(at) - talk).abs() < 1e-12, "talk at {minute}");
        };
        check(-6, 1.0, 1.0);
        check(-5, 1.0, 1.5);
        check(5, 2.0, 1.5);
        check(10, 3.0, 1.5);
        check(69, 3.0, 1.5);
        check(80, 2.0, 1.0);
        check(90, 1.0, 1.0);
        assert_eq!(storm.end(), start + Span::minutes(90));
    }

    #[test]
    fn a_step_begins_and_ends_at_once() {
        let start = Timestamp::from_secs(0);
        let storm = Storm::step(start, Span::minutes(60), 1.5);
        let factors = [-1, 0, 59, 60].map(|minute| storm.factor(start + Span::minutes(minute)));
        assert!(factors.iter().zip([1.0, 1.5, 1.5, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!((storm.end(), storm.talk(start)), (start + Span::minutes(60), 1.0));
    }
}
