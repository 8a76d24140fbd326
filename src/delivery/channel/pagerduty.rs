//! An event of PagerDuty's Events API v2, for a service that pages people itself.
//!
//! `dedup_key` makes a repetition free. 202 says that the event is queued and no more. How many
//! events are too many is not documented as a number, so the answer 429 decides.

use super::Provider;
use super::answer::Answer;
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::utf8;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::command::Level;
use crate::engine::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of the summary.
const SUMMARY_BYTES_MAX: usize = 1_024;
/// Bytes of the text; a whole event may have 512 KB.
const BYTES_MAX: usize = 20_000;
/// Characters of a key.
const KEY_MAX: usize = 255;

/// A service.
#[derive(Clone, Debug)]
pub struct Pagerduty {
    /// `https://events.pagerduty.com`, or `https://events.eu.pagerduty.com`.
    pub base: String,
    /// Its routing key.
    pub routing_key: Secret,
    /// Where the event is said to come from.
    pub source: String,
}

impl Provider for Pagerduty {
    fn word(&self) -> &'static str {
        "pagerduty"
    }

    fn class(&self) -> Class {
        Class::AtLeastOnceKeyed
    }

    fn rate(&self) -> Rate {
        Rate::new(120, Span::minutes(1))
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        if message.key.len() > KEY_MAX {
            return Err(Reason::TooLong.into());
        }
        let body = json!({
            "routing_key": self.routing_key.reveal(),
            "event_action": "trigger",
            "dedup_key": message.key,
            "payload": {
                "summary": message.title(SUMMARY_BYTES_MAX, utf8),
                "source": self.source,
                "severity": severity(message.urgency.level),
                "custom_details": { "text": message.words(BYTES_MAX, utf8) },
            },
        });
        Request::json(&format!("{}/v2/enqueue", self.base), &[], &body)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        if let Some(refusal) = answer.refusal(now) {
            return refusal;
        }
        match answer.json().as_ref().and_then(|body| body.get("status")?.as_str()) {
            Some("success") => Verdict::accepted(),
            Some(_) => Verdict::Refused(Reason::Request.into()),
            None => answer.unread(now),
        }
    }
}

/// PagerDuty's word for a level.
const fn severity(level: Level) -> &'static str {
    match level {
        Level::None => "info",
        Level::L1 => "warning",
        Level::L2 => "error",
        Level::L3 => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, answer, body, message, no_success_by_accident};
    use super::*;

    fn service() -> Pagerduty {
        Pagerduty {
            base: "https://events.pagerduty.com".into(),
            routing_key: Secret::new("0123456789abcdef0123456789abcdef"),
            source: "callsurge".into(),
        }
    }

    #[test]
    fn an_event_has_the_key_and_a_short_summary() {
        let made = body(&service(), &Message { subject: "支".repeat(500), ..message() });
        assert_eq!(made["dedup_key"], "journal-7-0");
        assert_eq!(made["event_action"], "trigger");
        assert_eq!(made["payload"]["severity"], "error");
        assert_eq!(made["payload"]["summary"].as_str().unwrap().len(), 1_023);
        let long = Message { key: "k".repeat(256), ..message() };
        assert_eq!(service().request(&long, None, NOW), Err(Reason::TooLong.into()));
    }

    #[test]
    fn answers() {
        let success = r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#;
        let invalid = r#"{"status":"invalid event","errors":["'routing_key' is missing"]}"#;
        let refused = |reason: Reason| Verdict::Refused(reason.into());
        for (status, body, wanted) in [
            (202, success, Verdict::accepted()),
            (400, invalid, refused(Reason::Request)),
            (200, invalid, refused(Reason::Request)),
            (202, "", Verdict::Unclear(Reason::Garbled.into())),
            (403, "", refused(Reason::Credentials)),
        ] {
            assert_eq!(service().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        }
        no_success_by_accident(&service());
    }
}
