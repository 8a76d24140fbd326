//! An incoming webhook of a Slack channel, for broadcasts of the commander.
//!
//! Success is the word `ok` and no other answer of 200. Refusals are words too, with a status that
//! does not always fit. Three characters are markup and are escaped; nobody can be called by name
//! through a text.

use super::Provider;
use super::answer::Answer;
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of a text; Slack advises 4,000 characters.
const BYTES_MAX: usize = 4_000;

/// A webhook.
#[derive(Clone, Debug)]
pub struct Slack {
    /// Address, whose end is its key.
    pub url: Secret,
}

impl Provider for Slack {
    fn word(&self) -> &'static str {
        "slack"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        // One a second is allowed.
        Rate { most: 60, per: Span::minutes(1), burst: 1 }
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let text = escaped(&message.titled(BYTES_MAX, cost));
        Request::json(self.url.reveal(), &[], &json!({ "text": text }))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let said = answer.text();
        let reason = match said.as_str() {
            "ok" => return answer.refusal(now).unwrap_or(Verdict::delivered()),
            "invalid_payload" | "no_text" => Reason::Request,
            "invalid_token" | "action_prohibited" | "posting_to_general_channel_denied" => {
                Reason::Credentials
            }
            "channel_not_found"
            | "channel_is_archived"
            | "no_service"
            | "no_service_id"
            | "no_team"
            | "team_disabled"
            | "user_not_found" => Reason::Gone,
            "too_many_attachments" | "msg_too_long" => Reason::TooLong,
            "rate_limited" | "ratelimited" => {
                return Verdict::Again(Reason::RateLimit.into(), answer.wish(now));
            }
            "rollup_error" => return Verdict::Again(Reason::Busy.into(), answer.wish(now)),
            _ => return answer.unread(now),
        };
        Verdict::Refused(reason.into())
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn cost(c: char) -> usize {
    match c {
        '&' => 5,
        '<' | '>' => 4,
        c => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, answer, body, message, no_success_by_accident};
    use super::*;

    fn slack() -> Slack {
        Slack { url: Secret::new("https://hooks.slack.com/services/T/B/k") }
    }

    #[test]
    fn markup_is_text() {
        let text = "<!channel> a & b".to_owned();
        let made = body(&slack(), &Message { text, ..message() });
        assert_eq!(made["text"], "召回\n&lt;!channel&gt; a &amp; b");
        let long = Message { text: "<&>".repeat(2_000), ..message() };
        let bytes = body(&slack(), &long)["text"].as_str().unwrap().len();
        assert!((3_990..=4_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn answers() {
        let refused = |reason: Reason| Verdict::Refused(reason.into());
        let again = |reason: Reason| Verdict::Again(reason.into(), None);
        for (status, body, wanted) in [
            (200, "ok", Verdict::delivered()),
            (200, "ok\n", Verdict::delivered()),
            (500, "ok", again(Reason::Busy)),
            (400, "invalid_payload", refused(Reason::Request)),
            (400, "no_text", refused(Reason::Request)),
            (403, "invalid_token", refused(Reason::Credentials)),
            (403, "action_prohibited", refused(Reason::Credentials)),
            (404, "channel_not_found", refused(Reason::Gone)),
            (404, "no_service", refused(Reason::Gone)),
            (404, "no_team", refused(Reason::Gone)),
            (410, "channel_is_archived", refused(Reason::Gone)),
            (400, "too_many_attachments", refused(Reason::TooLong)),
            (429, "rate_limited", again(Reason::RateLimit)),
            (200, "channel_is_archived", refused(Reason::Gone)),
            (500, "rollup_error", again(Reason::Busy)),
            (200, "okay", Verdict::Unclear(Reason::Garbled.into())),
        ] {
            assert_eq!(slack().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        }
        no_success_by_accident(&slack());
    }
}
