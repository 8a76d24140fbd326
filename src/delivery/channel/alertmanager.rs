//! An alert for Prometheus Alertmanager (API v2), which groups, silences and routes it.
//!
//! An alert is what its labels say: the same key gives the same labels and so the same alert. It
//! ends by itself when the message loses its worth. Alertmanager forgets alerts when it restarts;
//! whoever wants one to outlive that sends it again before its end, which this does not do.

use super::Provider;
use super::answer::Answer;
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::utf8;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of a text; Alertmanager has no limit, those behind it have.
const BYTES_MAX: usize = 20_000;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Nobody in particular.
    None,
    /// Name and password.
    Basic(String, Secret),
    /// A token.
    Bearer(Secret),
}

/// An Alertmanager.
#[derive(Clone, Debug)]
pub struct Alertmanager {
    /// Address without `/api`.
    pub base: String,
    /// Who asks.
    pub login: Login,
}

impl Provider for Alertmanager {
    fn word(&self) -> &'static str {
        "alertmanager"
    }

    fn class(&self) -> Class {
        Class::AtLeastOnceKeyed
    }

    fn rate(&self) -> Rate {
        Rate::new(100, Span::secs(1))
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let alert = json!({
            "labels": {
                "alertname": "CallsurgeMessage",
                "key": message.key,
                "level": message.urgency.level.word(),
                "drill": message.drill.to_string(),
            },
            "annotations": {
                "summary": message.title(BYTES_MAX, utf8),
                "description": message.words(BYTES_MAX, utf8),
            },
            "endsAt": message.useful_until.to_string(),
        });
        let url = format!("{}/api/v2/alerts", self.base);
        let request = Request::json(&url, &[], &json!([alert]))?;
        Ok(match &self.login {
            Login::None => request,
            Login::Basic(user, password) => request.basic(user, password),
            Login::Bearer(token) => request.bearer(token),
        })
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let page = answer.text().starts_with('<');
        match answer.refusal(now) {
            Some(refusal) => refusal,
            // A page of HTML is a proxy's, or of somebody else's server.
            None if page || answer.status != 200 => Verdict::Unclear(Reason::Garbled.into()),
            None => Verdict::delivered(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, answer, body, message};
    use super::*;

    fn alertmanager() -> Alertmanager {
        let login = Login::Basic("u".into(), Secret::new("p"));
        Alertmanager { base: "http://127.0.0.1:9093".into(), login }
    }

    #[test]
    fn an_alert_is_its_key_and_ends_by_itself() {
        let made = body(&alertmanager(), &message());
        assert_eq!(made[0]["labels"]["key"], "journal-7-0");
        assert_eq!(made[0]["labels"]["level"], "L2");
        assert_eq!(made[0]["annotations"]["description"], "请到岗支援");
        assert_eq!(made[0]["endsAt"], "2026-11-28T20:20:00Z");
        assert!(made[0].get("startsAt").is_none(), "the first arrival is the start");
        let request = alertmanager().request(&message(), None, NOW).unwrap();
        assert_eq!(request.url.reveal(), "http://127.0.0.1:9093/api/v2/alerts");
        assert_eq!(request.headers[1].1.reveal(), "Basic dTpw");
    }

    #[test]
    fn answers() {
        let refused = |reason: Reason| Verdict::Refused(reason.into());
        for (status, body, wanted) in [
            (200, "", Verdict::delivered()),
            (200, "{}", Verdict::delivered()),
            (200, "<html>sign in</html>", Verdict::Unclear(Reason::Garbled.into())),
            (204, "", Verdict::Unclear(Reason::Garbled.into())),
            (400, "\"bad\"", refused(Reason::Request)),
            (401, "", refused(Reason::Credentials)),
            (404, "", refused(Reason::Gone)),
            (500, "", Verdict::Again(Reason::Busy.into(), None)),
            (502, "", Verdict::Unclear(Reason::Gateway.into())),
        ] {
            assert_eq!(alertmanager().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        }
        let late = alertmanager().request(&message(), None, message().useful_until);
        assert_eq!(late, Err(Reason::Late.into()));
    }
}
