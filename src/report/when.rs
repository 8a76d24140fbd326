//! Instants as people read them: local time, 24 hours, the weekday beside the date.

use crate::engine::time::{Span, Timestamp};
use chrono::{Datelike, NaiveDate, TimeZone, Timelike};
use chrono_tz::Tz;

/// `Tue 2026-11-24 14:05:30`; the text itself where it is no instant.
pub fn local(zone: Tz, text: &str) -> String {
    let Some(at) = Timestamp::parse_rfc3339(text).ok().and_then(Timestamp::to_chrono) else {
        return text.to_owned();
    };
    at.with_timezone(&zone).format("%a %Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-11-24 14:05:30`, for lines that need no weekday.
pub(super) fn stamp(zone: Tz, text: &str) -> String {
    let full = local(zone, text);
    if full == text { full } else { full[4..].to_owned() }
}

/// `14:05`; the text itself where it is no instant.
pub(super) fn clock(zone: Tz, text: &str) -> String {
    let Some(at) = Timestamp::parse_rfc3339(text).ok().and_then(Timestamp::to_chrono) else {
        return text.to_owned();
    };
    let local = at.with_timezone(&zone);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// Local calendar day of an instant, and when it begins and ends.
pub fn day(zone: Tz, at: Timestamp) -> Option<(NaiveDate, Timestamp, Timestamp)> {
    let date = at.to_chrono()?.with_timezone(&zone).date_naive();
    let begin = |date: NaiveDate| {
        // Where midnight is skipped the day begins an hour later.
        (0..=3).find_map(|hour| {
            zone.with_ymd_and_hms(date.year(), date.month(), date.day(), hour, 0, 0).earliest()
        })
    };
    let from = Timestamp::from_millis(begin(date)?.timestamp_millis());
    let to = Timestamp::from_millis(begin(date.succ_opt()?)?.timestamp_millis());
    Some((date, from, to))
}

/// `2 d 03:15` or `3:15 h`: a length of time that people compare.
pub(super) fn length(span: Span) -> String {
    let minutes = span.as_millis() / 60_000;
    if minutes >= 1_440 {
        format!("{} d {:02}:{:02} h", minutes / 1_440, minutes / 60 % 24, minutes % 60)
    } else {
        format!("{}:{:02} h", minutes / 60, minutes % 60)
    }
}

/// `0:03:00` of seconds.
pub(super) fn seconds(seconds: f64) -> String {
    Span::millis((seconds * 1_000.0) as i64).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_and_days_follow_daylight_saving() {
        let ny = chrono_tz::America::New_York;
        assert_eq!(local(ny, "2026-03-08T07:00:00Z"), "Sun 2026-03-08 03:00:00");
        assert_eq!(local(ny, "soon"), "soon");
        let at = Timestamp::parse_rfc3339("2026-03-08T12:00:00Z").expect("valid");
        let (date, from, to) = day(ny, at).expect("in range");
        assert_eq!(date.to_string(), "2026-03-08");
        assert_eq!(to - from, Span::hours(23));
        assert_eq!(length(Span::minutes(1_441)), "1 d 00:01 h");
    }
}
