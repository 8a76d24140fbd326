//! Surges at times that nobody chose: what a detector is to find.

use super::config::{CentreConfig, Hours, Storm};
use super::draw::{self, Purpose};
use crate::engine::time::{Span, Timestamp};
use crate::roster::{day, instant_of_local};
use chrono::{Days, NaiveTime};
use rand::RngExt;

/// A step on every `every_days`-th local day from the second one on, at any full minute of the open
/// hours that leaves room for it, of such as end by `until`. The same seed gives the same surges,
/// and a longer span only adds some.
pub fn scattered(
    seed: u64,
    config: &CentreConfig,
    until: Timestamp,
    every_days: u32,
    length: Span,
    times: f64,
) -> Vec<Storm> {
    let (opens, closes) = match config.hours {
        Hours::AllDay => (0, 24 * 60),
        Hours::Daily { opens_minute, closes_minute } => (opens_minute, closes_minute),
    };
    let room = i64::from(closes) - i64::from(opens) - length.as_millis() / 60_000;
    let mut rng = draw::stream(seed, Purpose::Surges, 0);
    let mut storms = Vec::new();
    if room < 0 {
        return storms;
    }
    let step = u64::from(every_days.max(1));
    for number in 0.. {
        let days = Days::new(1 + number * step);
        let midnight = day(config.start, config.timezone)
            .checked_add_days(days)
            .and_then(|date| instant_of_local(date.and_time(NaiveTime::MIN), config.timezone));
        let Some(midnight) = midnight.filter(|midnight| *midnight < until) else { break };
        let minute = i64::from(opens) + rng.random_range(0..=room);
        let storm = Storm::step(midnight + Span::minutes(minute), length, times);
        if storm.end() <= until {
            storms.push(storm);
        }
    }
    storms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surges_lie_in_open_hours_and_are_the_same_again() {
        let start = Timestamp::parse_rfc3339("2026-01-05T00:00:00+08:00").expect("valid");
        let config = CentreConfig::bank(start);
        let hour = Span::minutes(60);
        let all = |days| {
            let until = start + Span::hours(24) * days;
            scattered(1, &config, until, 5, hour, 2.0)
        };
        let (short, long) = (all(100), all(200));
        assert_eq!((short.len(), long.len()), (20, 40));
        assert_eq!(short, long[..20]);
        for storm in &long {
            let minute = (storm.start - start).as_millis() / 60_000 % 1_440;
            assert!((7 * 60..=20 * 60).contains(&minute), "{minute}");
        }
        let apart = long.windows(2).all(|pair| pair[1].start - pair[0].end() > Span::hours(90));
        assert!(apart, "one in five days");
    }

    #[test]
    fn what_does_not_fit_into_the_day_does_not_come() {
        let start = Timestamp::from_secs(0);
        let config = CentreConfig::bank(start);
        let until = start + Span::hours(2_400);
        assert_eq!(scattered(1, &config, until, 1, Span::hours(15), 2.0), []);
    }
}
