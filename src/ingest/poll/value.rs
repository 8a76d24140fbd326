//! Values of an answer: counts, lengths of time and instants, however a vendor writes them.
//!
//! Numbers may come as texts. Which of the three scales a number of an instant has (seconds,
//! milliseconds, microseconds) is told by its size: within a century of call centres they do not
//! overlap.

use super::problem::Wrong;
use crate::engine::observation::Tally;
use crate::engine::time::{Span, Timestamp};
use crate::ingest::Reason;
use crate::ingest::instant::{self, Stamp, Zone};
use crate::ingest::name::shown;
use chrono_tz::Tz;
use serde_json::Value;
use std::borrow::Cow;

/// No call waits longer: what does is in another unit.
const WAIT_MAX: Span = Span::hours(24);
/// Whole numbers up to here are exact in a number with a fraction.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// What a longest wait is told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitUnit {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// The instant since which the call waits.
    Timestamp,
}

/// A text or a number as text.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.trim())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a value is one of those that say "not known".
pub(super) fn is_absent(value: &Value, absent: &[String]) -> bool {
    if value.is_null() {
        return true;
    }
    let Some(said) = text(value) else { return false };
    let same_number = |word: &str| match (word.parse::<f64>(), said.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b).is_eq(),
        _ => false,
    };
    absent.iter().any(|word| *word == said || same_number(word))
}

/// A running total.
pub(super) fn total(value: &Value) -> Result<u64, Wrong> {
    let wrong = || Wrong::new(Reason::WrongType, format!("{} is no whole number", said(value)));
    let text = match value {
        Value::Number(_) | Value::String(_) => text(value).ok_or_else(wrong)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return Err(wrong()),
    };
    if let Ok(n) = text.parse::<u64>() {
        return Ok(n);
    }
    let number: f64 = text.parse().map_err(|_| wrong())?;
    if number < 0.0 {
        let message =
            format!("{} is below zero; if it means \"not known\", add it to `absent`", said(value));
        return Err(Wrong::new(Reason::Negative, message));
    }
    if number.fract() > 0.0 || !number.is_finite() || number > EXACT_MAX {
        return Err(wrong());
    }
    Ok(number as u64)
}

/// A count of calls or people at an instant.
pub(super) fn count(value: u64) -> Result<u32, Wrong> {
    u32::try_from(value)
        .ok()
        .filter(|n| *n <= Tally::COUNT_MAX)
        .ok_or_else(|| Wrong::new(Reason::Nonsense, format!("{value} is more than any queue has")))
}

/// How long the oldest call has waited.
pub(super) fn wait(
    value: &Value,
    unit: WaitUnit,
    at: Timestamp,
    zone: Option<Tz>,
) -> Result<Span, Wrong> {
    let span = match unit {
        WaitUnit::Timestamp => (at - instant(value, zone)?).max(Span::ZERO),
        WaitUnit::Seconds => Span::millis((number(value)? * 1_000.0).round() as i64),
        WaitUnit::Milliseconds => Span::millis(number(value)?.round() as i64),
    };
    if span > WAIT_MAX {
        let message = format!(
            "a wait of {span} is longer than a day; see `longest_wait_unit` (seconds, \
             milliseconds, timestamp)"
        );
        return Err(Wrong::new(Reason::Nonsense, message));
    }
    Ok(span)
}

fn number(value: &Value) -> Result<f64, Wrong> {
    let wrong = || Wrong::new(Reason::WrongType, format!("{} is no length of time", said(value)));
    let parsed: Option<f64> = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let number = parsed.filter(|n| n.is_finite()).ok_or_else(wrong)?;
    if number < 0.0 {
        let message =
            format!("{} is below zero; if it means \"not known\", add it to `absent`", said(value));
        return Err(Wrong::new(Reason::Negative, message));
    }
    Ok(number)
}

/// An instant: RFC 3339 and its looser forms, or a number since 1970 in any of three scales.
pub(super) fn instant(value: &Value, zone: Option<Tz>) -> Result<Timestamp, Wrong> {
    let no_instant = || Wrong::new(Reason::Time, format!("{} is no instant", said(value)));
    let text = match value {
        Value::Number(_) | Value::String(_) => text(value).ok_or_else(no_instant)?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err(no_instant());
        }
    };
    if let Ok(number) = text.parse::<f64>() {
        return since_1970(number).ok_or_else(no_instant);
    }
    let at = match instant::parse(text.as_bytes()).ok_or_else(no_instant)? {
        Stamp::Absolute(at) => at,
        Stamp::Naive(naive) => {
            let zone = zone.ok_or_else(|| {
                let message = format!("{} has no offset from UTC; say `timezone`", said(value));
                Wrong::new(Reason::Time, message)
            })?;
            Zone::new(zone).instant(naive).ok_or_else(no_instant)?
        }
    };
    if instant::plausible(at) { Ok(at) } else { Err(no_instant()) }
}

fn since_1970(number: f64) -> Option<Timestamp> {
    [1_000.0, 1.0, 0.001]
        .map(|scale| Timestamp::from_millis((number * scale).round() as i64))
        .into_iter()
        .find(|at| instant::plausible(*at))
}

/// A value as it may stand in a message.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("{:?}", shown(text)),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_come_as_numbers_and_as_texts() {
        for value in [json!(7), json!("7"), json!(" 7 "), json!(7.0), json!("7.0")] {
            assert_eq!(total(&value).unwrap(), 7, "{value}");
        }
        assert_eq!(total(&json!(u64::MAX)).unwrap(), u64::MAX);
        let reason = |value: Value| total(&value).unwrap_err().reason;
        assert_eq!(reason(json!(-3)), Reason::Negative);
        for value in [json!(1.5), json!("many"), json!(true), json!([1]), json!(null), json!("NaN")]
        {
            assert_eq!(reason(value), Reason::WrongType);
        }
        assert_eq!(count(u64::from(u32::MAX)).unwrap_err().reason, Reason::Nonsense);
    }

    #[test]
    fn absent_values_are_told_by_word_and_by_number() {
        let absent = ["-1".to_owned(), "N/A".to_owned()];
        for value in [json!(null), json!(-1), json!(-1.0), json!("-1"), json!("N/A")] {
            assert!(is_absent(&value, &absent), "{value}");
        }
        for value in [json!(0), json!("0"), json!(""), json!("n/a"), json!([]), json!(-10)] {
            assert!(!is_absent(&value, &absent), "{value}");
        }
    }

    #[test]
    fn instants_come_in_every_form() {
        let wanted = Timestamp::parse_rfc3339("2026-11-24T08:00:00Z").unwrap();
        let secs = wanted.as_millis() / 1_000;
        for value in [
            json!("2026-11-24T08:00:00Z"),
            json!("2026-11-24 16:00:00"),
            json!(secs),
            json!(secs as f64),
            json!(secs.to_string()),
            json!(secs * 1_000),
            json!(secs * 1_000_000),
        ] {
            assert_eq!(instant(&value, Some(Tz::Asia__Shanghai)).unwrap(), wanted, "{value}");
        }
        for value in [json!(0), json!(12), json!("soon"), json!("1989-12-31T23:59:59Z"), json!([])]
        {
            assert_eq!(instant(&value, None).unwrap_err().reason, Reason::Time, "{value}");
        }
        let naive = instant(&json!("2026-11-24 16:00:00"), None).unwrap_err();
        assert!(naive.message.contains("timezone"), "{}", naive.message);
    }

    #[test]
    fn waits_have_a_unit_and_a_limit() {
        let at = Timestamp::parse_rfc3339("2026-11-24T08:01:30Z").unwrap();
        let of = |value: Value, unit| wait(&value, unit, at, None);
        assert_eq!(of(json!(90), WaitUnit::Seconds).unwrap(), Span::secs(90));
        assert_eq!(of(json!("1.5"), WaitUnit::Seconds).unwrap(), Span::millis(1_500));
        assert_eq!(of(json!(90_000), WaitUnit::Milliseconds).unwrap(), Span::secs(90));
        let since = json!("2026-11-24T08:00:00Z");
        assert_eq!(of(since, WaitUnit::Timestamp).unwrap(), Span::secs(90));
        let ahead = json!("2026-11-24T08:01:31Z");
        assert_eq!(of(ahead, WaitUnit::Timestamp).unwrap(), Span::ZERO);
        assert_eq!(of(json!(90_000), WaitUnit::Seconds).unwrap_err().reason, Reason::Nonsense);
        assert_eq!(of(json!(-2), WaitUnit::Seconds).unwrap_err().reason, Reason::Negative);
        assert_eq!(of(json!("x"), WaitUnit::Seconds).unwrap_err().reason, Reason::WrongType);
    }
}
