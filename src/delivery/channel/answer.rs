//! An answer, and what all providers mean by the same things: status, `Retry-After`, codes.
//!
//! A status of the 5xx class says that the provider failed: 500 and 503 are its own words, so
//! there was no effect; 502, 504 and those of content networks come from something in between,
//! and nobody can tell. Redirects are not followed: the key would go to whoever is named.

use super::verdict::{Fault, Reason, Verdict};
use crate::engine::time::{Span, Timestamp};
use chrono::DateTime;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::fmt;

/// No wish of a provider is honoured beyond this: messages lose their worth anyway.
const WISH_MAX: Span = Span::hours(1);

/// An answer as far as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, up to a bound.
    pub body: Vec<u8>,
}

/// What a provider's code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Once more, after so long at the earliest.
    Again(Reason, Option<Span>),
    /// Never.
    Refused(Reason),
    /// With a new access token.
    Token,
}

/// Codes of a provider.
pub type Codes = &'static [(i64, Means)];

impl Answer {
    /// What the provider wishes: `Retry-After` in seconds or as a date.
    pub fn wish(&self, now: Timestamp) -> Option<Span> {
        let text = self.header("retry-after")?;
        let wait = match text.parse::<i64>() {
            Ok(seconds) => Span::secs(seconds.clamp(0, WISH_MAX.as_millis() / 1_000)),
            Err(_) => {
                let until = DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis();
                Timestamp::from_millis(until) - now
            }
        };
        Some(wait.clamp(Span::ZERO, WISH_MAX))
    }

    /// A header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().ok()?.trim())
    }

    /// Whether the status is of the 2xx class.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim().to_owned()
    }

    /// What the status alone means; `None` where it is a success.
    pub fn refusal(&self, now: Timestamp) -> Option<Verdict> {
        let again = |reason: Reason| Verdict::Again(reason.into(), self.wish(now));
        let refused = |reason: Reason| Verdict::Refused(reason.into());
        Some(match self.status {
            200..=299 => return None,
            408 | 425 | 500 | 501 | 503 => again(Reason::Busy),
            429 => again(Reason::RateLimit),
            500.. => Verdict::Unclear(Reason::Gateway.into()),
            300..=399 => refused(Reason::Redirect),
            401 | 403 | 407 => refused(Reason::Credentials),
            404 | 410 => refused(Reason::Gone),
            413 => refused(Reason::TooLong),
            400..=499 => refused(Reason::Request),
            ..=199 => Verdict::Unclear(Reason::Garbled.into()),
        })
    }

    /// What an answer means whose body says nothing that is understood.
    pub fn unread(&self, now: Timestamp) -> Verdict {
        self.refusal(now).unwrap_or(Verdict::Unclear(Reason::Garbled.into()))
    }

    /// What a code other than success means.
    pub fn coded(&self, codes: Codes, code: i64, now: Timestamp) -> Verdict {
        let means = codes.iter().find(|(known, _)| *known == code).map(|(_, means)| *means);
        match (means, self.refusal(now)) {
            (Some(Means::Again(reason, own)), _) => {
                Verdict::Again(Fault::coded(reason, code), self.wish(now).max(own))
            }
            (Some(Means::Refused(reason)), _) => Verdict::Refused(Fault::coded(reason, code)),
            (Some(Means::Token), _) => Verdict::TokenExpired,
            (None, Some(Verdict::Again(fault, wish))) => {
                Verdict::Again(Fault::coded(fault.reason, code), wish)
            }
            (None, _) => Verdict::Refused(Fault::coded(Reason::Unknown, code)),
        }
    }
}

/// A code, which some providers write as text.
pub fn number(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// What the provider calls a message, as text.
pub fn id(value: Option<&Value>) -> Option<crate::delivery::secret::Secret> {
    let value = value?;
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.as_u64()?.to_string(),
    };
    (!text.is_empty() && text.len() <= 128).then(|| crate::delivery::secret::Secret::new(text))
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, answer};
    use super::*;

    #[test]
    fn a_status_alone() {
        for (status, wanted) in [
            (200, None),
            (202, None),
            (302, Some(Verdict::Refused(Reason::Redirect.into()))),
            (400, Some(Verdict::Refused(Reason::Request.into()))),
            (401, Some(Verdict::Refused(Reason::Credentials.into()))),
            (403, Some(Verdict::Refused(Reason::Credentials.into()))),
            (404, Some(Verdict::Refused(Reason::Gone.into()))),
            (408, Some(Verdict::Again(Reason::Busy.into(), None))),
            (410, Some(Verdict::Refused(Reason::Gone.into()))),
            (413, Some(Verdict::Refused(Reason::TooLong.into()))),
            (429, Some(Verdict::Again(Reason::RateLimit.into(), None))),
            (500, Some(Verdict::Again(Reason::Busy.into(), None))),
            (502, Some(Verdict::Unclear(Reason::Gateway.into()))),
            (503, Some(Verdict::Again(Reason::Busy.into(), None))),
            (504, Some(Verdict::Unclear(Reason::Gateway.into()))),
            (524, Some(Verdict::Unclear(Reason::Gateway.into()))),
            (600, Some(Verdict::Unclear(Reason::Gateway.into()))),
            (100, Some(Verdict::Unclear(Reason::Garbled.into()))),
        ] {
            assert_eq!(answer(status, "").refusal(NOW), wanted, "{status}");
        }
    }

    #[test]
    fn a_wish_is_seconds_or_a_date_within_bounds() {
        let asked = |text: &str| {
            let mut answer = answer(429, "");
            answer.headers.insert("retry-after", text.parse().unwrap());
            answer.wish(NOW)
        };
        assert_eq!(asked("30"), Some(Span::secs(30)));
        assert_eq!(asked(" 0 "), Some(Span::ZERO));
        assert_eq!(asked("-5"), Some(Span::ZERO));
        assert_eq!(asked("99999999999"), Some(Span::hours(1)));
        assert_eq!(asked("Sat, 28 Nov 2026 20:00:10 GMT"), Some(Span::secs(10)));
        assert_eq!(asked("Sat, 28 Nov 2020 20:00:10 GMT"), Some(Span::ZERO));
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn an_unknown_code_is_no_success_and_a_status_still_counts() {
        let unknown = answer(200, "").coded(&[], 4_711, NOW);
        assert_eq!(unknown, Verdict::Refused(Fault::coded(Reason::Unknown, 4_711)));
        let busy = answer(503, "").coded(&[], 4_711, NOW);
        assert_eq!(busy, Verdict::Again(Fault::coded(Reason::Busy, 4_711), None));
    }
}
