//! Instants and durations of the engine: whole milliseconds, UTC.
//!
//! Millisecond integers instead of calendar types: comparisons are exact, the encoding is the
//! value, and "30 minutes" is one number. The engine never asks for the present instant; every
//! instant comes in with an entry.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A signed length of time in milliseconds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(i64);

impl Timestamp {
    /// The earliest instant: before every observation.
    pub const MIN: Self = Self(i64::MIN / 4);
    /// The latest instant: after every observation.
    pub const MAX: Self = Self(i64::MAX / 4);

    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the Unix epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1_000)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds since the Unix epoch, as Prometheus writes them.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The last multiple of `step` (counted from the epoch) that is not later than `self`.
    ///
    /// # Panics
    /// If `step` is not positive.
    pub const fn floor(self, step: Span) -> Self {
        assert!(step.0 > 0, "a grid has a positive step");
        Self(self.0.div_euclid(step.0) * step.0)
    }

    /// The first multiple of `step` that is later than `self`.
    pub const fn next_multiple(self, step: Span) -> Self {
        Self(self.floor(step).0 + step.0)
    }

    /// The same instant as a chrono value, or `None` outside chrono's range.
    pub fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }

    /// Reads RFC 3339, any offset.
    ///
    /// # Errors
    /// The parser's own message.
    pub fn parse_rfc3339(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(|t| Self(t.timestamp_millis()))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(value: DateTime<Utc>) -> Self {
        Self(value.timestamp_millis())
    }
}

/// RFC 3339 in UTC; milliseconds only where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_chrono() {
            Some(t) => f.write_str(&t.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "@{}ms", self.0),
        }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From milliseconds.
    pub const fn millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds.
    pub const fn secs(secs: i64) -> Self {
        Self(secs * 1_000)
    }

    /// From minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes * 60_000)
    }

    /// From hours.
    pub const fn hours(hours: i64) -> Self {
        Self(hours * 3_600_000)
    }

    /// Milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// Minutes.
    pub fn as_minutes_f64(self) -> f64 {
        self.0 as f64 / 60_000.0
    }

    /// Whether it is longer than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// `h:mm:ss`, with a sign where negative.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = self.0.abs() / 1_000;
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, rhs: Span) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, rhs: Span) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, rhs: Self) -> Span {
        Span(self.0.saturating_sub(rhs.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, rhs: Self) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, rhs: Self) -> Self {
        Self(self.0.saturating_sub(rhs.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, rhs: Self) {
        *self = *self + rhs;
    }
}

impl Mul<i64> for Span {
    type Output = Self;
    fn mul(self, rhs: i64) -> Self {
        Self(self.0.saturating_mul(rhs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_is_counted_from_the_epoch() {
        let step = Span::secs(15);
        assert_eq!(Timestamp::from_secs(44).floor(step), Timestamp::from_secs(30));
        assert_eq!(Timestamp::from_secs(-1).floor(step), Timestamp::from_secs(-15));
        assert_eq!(Timestamp::from_secs(45).next_multiple(step), Timestamp::from_secs(60));
    }

    #[test]
    fn text_is_rfc3339_in_utc() {
        let t = Timestamp::parse_rfc3339("2026-11-24T08:00:00+08:00").expect("valid");
        assert_eq!(t.to_string(), "2026-11-24T00:00:00Z");
        assert_eq!((t + Span::millis(250)).to_string(), "2026-11-24T00:00:00.250Z");
        assert_eq!(Span::minutes(61).to_string(), "1:01:00");
        assert_eq!((Span::ZERO - Span::secs(61)).to_string(), "-0:01:01");
    }
}
