//! Surges at times that nobody chose: what a detector is to find.

use super::config::{CentreConfig, Hours, Storm};
use super::draw::{self, Purpose};
use crate::engine::time::{Span, Timestamp};
use crate::roster::{day, instant_of_local};
use chrono::{Days, NaiveTime, TimeDelta};
use rand::RngExt;

/// A step on every `every_days`-th local day from the second one on, at any full minute of the open
/// hours that leaves room for it, of such as end by `until`. The same seed gives the same surges,
/// and a longer span only adds some. `None` where the open hours are too short for one.
pub fn scattered(
    seed: u64,
    config: &CentreConfig,
    until: Timestamp,
    every_days: u32,
    length: Span,
    times: f64,
) -> Option<Vec<Storm>> {
    let (opens, closes) = match config.hours {
        Hours::AllDay => (0, 24 * 60),
        Hours::Daily { opens_minute, closes_minute } => (opens_minute, closes_minute),
    };
    let room = i64::from(closes) - i64::from(opens) - length.as_millis() / 60_000;
    let mut rng = draw::stream(seed, Purpose::Surges, 0);
    let mut storms = Vec::new();
    if room < 0 {
        return None;
    }
    let step = u64::from(every_days.max(1));
    for number in 0.. {
        let days = Days::new(1 + number * step);
        let minute = i64::from(opens) + rng.random_range(0..=room);
        let at = day(config.start, config.timezone)
            .checked_add_days(days)
            .map(|date| date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minute))
            .and_then(|local| instant_of_local(local, config.timezone));
        let Some(at) = at.filter(|at| *at < until) else { break };
        let storm = Storm::step(at, length, times);
        if storm.end() <= until {
            storms.push(storm);
        }
    }
    Some(storms)
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
            scattered(1, &config, until, 5, hour, 2.0).expect("room for an hour")
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
    fn the_day_of_a_change_of_clocks_has_its_hours_too() {
        let start = Timestamp::parse_rfc3339("2026-10-24T00:00:00+02:00").expect("valid");
        let hours = Hours::Daily { opens_minute: 8 * 60, closes_minute: 10 * 60 };
        let timezone = chrono_tz::Tz::Europe__Berlin;
        let config = CentreConfig { timezone, hours, ..CentreConfig::bank(start) };
        let until = start + Span::hours(60);
        let storms = scattered(1, &config, until, 1, Span::minutes(120), 2.0).expect("room");
        let starts: Vec<_> = storms.iter().map(|storm| storm.start.to_string()).collect();
        assert_eq!(starts, ["2026-10-25T07:00:00Z", "2026-10-26T07:00:00Z"], "by winter time");
    }

    #[test]
    fn what_does_not_fit_into_the_day_does_not_come() {
        let start = Timestamp::from_secs(0);
        let config = CentreConfig::bank(start);
        let until = start + Span::hours(2_400);
        assert_eq!(scattered(1, &config, until, 1, Span::hours(15), 2.0), None);
    }
}
