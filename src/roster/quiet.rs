//! Quiet hours: from when until when a person is not to be called, by the clock on their wall.
//!
//! They may cross midnight. Whether an instant is quiet is asked of its local minute, and the end is
//! found by walking on, so a night on which the clock changes is as quiet as the clock says: an end
//! that is skipped comes at the first minute after the gap, and one that comes twice comes the first
//! time.

use super::local::{QUARTER, minute};
use crate::engine::time::{Span, Timestamp};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const DAY_MINUTES: u16 = 24 * 60;
/// A quiet night ends within a day and the longest repeated stretch of a clock.
const WALK_MAX: Span = Span::hours(50);

/// When a person is not to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    from_minute: u16,
    until_minute: u16,
    /// The person agreed to be called in an incident all the same.
    pub pierce: bool,
}

/// Why a text is no quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuietError {
    /// Not two times.
    #[error("it is not two times of the day; write for example 22:00-07:00")]
    Form,
    /// They begin when they end.
    #[error("they begin when they end; leave the cell empty for none, or set opt_out for always")]
    Empty,
}

impl QuietHours {
    /// Until when it is quiet at an instant; `None` where it is not.
    pub fn until(self, at: Timestamp, zone: Tz) -> Option<Timestamp> {
        self.covers(minute(at, zone)).then_some(())?;
        let mut quarter = at.floor(QUARTER);
        while quarter < at + WALK_MAX {
            let first = minute(quarter, zone);
            for step in 0..15 {
                let instant = quarter + Span::minutes(i64::from(step));
                if instant > at && !self.covers((first + step) % DAY_MINUTES) {
                    return Some(instant);
                }
            }
            quarter = quarter + QUARTER;
        }
        Some(quarter)
    }

    fn covers(self, minute: u16) -> bool {
        if self.from_minute < self.until_minute {
            (self.from_minute..self.until_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.until_minute
        }
    }
}

impl FromStr for QuietHours {
    type Err = QuietError;

    /// Reads `22:00-07:00`, with the dashes and colons of a Chinese keyboard too.
    fn from_str(text: &str) -> Result<Self, QuietError> {
        let text = text.replace('：', ":").replace(['–', '—', '－', '~', '～', '至'], "-");
        let (from, until) = text.split_once('-').ok_or(QuietError::Form)?;
        let (from_minute, until_minute) = (minute_of(from)?, minute_of(until)? % DAY_MINUTES);
        if from_minute == until_minute {
            return Err(QuietError::Empty);
        }
        if from_minute >= DAY_MINUTES {
            return Err(QuietError::Form);
        }
        Ok(Self { from_minute, until_minute, pierce: false })
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, until] = [self.from_minute, self.until_minute];
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

fn minute_of(text: &str) -> Result<u16, QuietError> {
    let (hour, minute) = text.trim().split_once(':').ok_or(QuietError::Form)?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let plain = digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse::<u16>().ok()).flatten().ok_or(QuietError::Form)
    };
    let (hour, minute) = (number(hour, 1..=2)?, number(minute, 2..=2)?);
    let total = hour * 60 + minute;
    if minute < 60 && total <= DAY_MINUTES { Ok(total) } else { Err(QuietError::Form) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("an instant")
    }

    #[track_caller]
    fn check(quiet: &str, zone: Tz, now: &str, until: Option<&str>) {
        let quiet: QuietHours = quiet.parse().expect("quiet hours");
        assert_eq!(quiet.until(at(now), zone), until.map(at), "{quiet} at {now}");
    }

    #[test]
    fn nights_cross_midnight_and_clock_changes() {
        let (home, berlin) = (Tz::Asia__Shanghai, Tz::Europe__Berlin);
        check("22:00-07:00", home, "2026-11-28T14:00:00Z", Some("2026-11-28T23:00:00Z"));
        check("22:00-07:00", home, "2026-11-28T22:59:59Z", Some("2026-11-28T23:00:00Z"));
        check("22:00-07:00", home, "2026-11-28T23:00:00Z", None);
        check("22:00-07:00", home, "2026-11-28T13:59:59Z", None);
        check("12:00-13:20", home, "2026-11-28T05:10:30Z", Some("2026-11-28T05:20:00Z"));
        check("22:00-02:30", berlin, "2026-03-28T23:00:00Z", Some("2026-03-29T01:00:00Z"));
        check("22:00-02:30", berlin, "2026-10-25T00:10:00Z", Some("2026-10-25T00:30:00Z"));
        check("22:00-02:30", berlin, "2026-10-25T01:10:00Z", Some("2026-10-25T01:30:00Z"));
        check("22:00-24:00", home, "2026-11-28T14:00:00Z", Some("2026-11-28T16:00:00Z"));
    }

    #[test]
    fn what_is_no_quiet_hours_is_refused() {
        for text in ["", "22-7", "22:00", "25:00-07:00", "22:60-07:00", "-1:00-07:00", "22:0-7:0"] {
            assert_eq!(text.parse::<QuietHours>(), Err(QuietError::Form), "{text}");
        }
        assert_eq!("07:00-07:00".parse::<QuietHours>(), Err(QuietError::Empty));
        assert_eq!("22：00 至 7：00".parse::<QuietHours>().unwrap().to_string(), "22:00-07:00");
    }

    proptest! {
        /// Against a slow reading: ask every minute.
        #[test]
        fn the_end_is_the_first_minute_that_is_not_quiet(
            from in 0..1_440u16, length in 1..1_440u16, minutes in 0..(366 * 1_440i64), seconds in 0..60i64,
            zone in prop::sample::select(vec![
                Tz::Asia__Shanghai, Tz::Europe__Berlin, Tz::America__New_York,
                Tz::Australia__Lord_Howe, Tz::Asia__Kathmandu,
            ]),
        ) {
            let until_minute = (from + length) % 1_440;
            let quiet = QuietHours { from_minute: from, until_minute, pierce: false };
            let now = at("2026-01-01T00:00:00Z") + Span::minutes(minutes) + Span::secs(seconds);
            let free = |at: Timestamp| !quiet.covers(minute(at, zone));
            let slow = if free(now) {
                None
            } else {
                let next = now.floor(Span::minutes(1)) + Span::minutes(1);
                (0..3_000).map(|n| next + Span::minutes(n)).find(|at| free(*at))
            };
            prop_assert_eq!(quiet.until(now, zone), slow);
        }

        #[test]
        fn what_is_shown_is_read_again(from in 0..1_440u16, until_minute in 0..1_440u16) {
            prop_assume!(from != until_minute);
            let quiet = QuietHours { from_minute: from, until_minute, pierce: false };
            prop_assert_eq!(quiet.to_string().parse(), Ok(quiet));
        }
    }
}
