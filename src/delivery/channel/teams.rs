//! A workflow of Microsoft Teams that posts what it gets, for broadcasts of the commander.
//!
//! The flow takes cards only, and answers 202 before it has posted anything: accepted is all that
//! can be known. It belongs to the person who made it and ends with their account. The connectors
//! before it answered 200 with the refusal in a sentence; some addresses still do.

use super::Provider;
use super::answer::Answer;
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::json;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of the text; the whole may have about 28 KB.
const BYTES_MAX: usize = 24_000;
/// Bytes of the title.
const TITLE_BYTES_MAX: usize = 1_000;

/// A workflow.
#[derive(Clone, Debug)]
pub struct Teams {
    /// Address with its signature.
    pub url: Secret,
}

impl Provider for Teams {
    fn word(&self) -> &'static str {
        "teams"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        // A flow is slowed down beyond some four a second; broadcasts need far less.
        Rate::new(60, Span::minutes(1))
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        // A run of a RichTextBlock is shown as it is; a TextBlock would read it as Markdown.
        let line = |text: String, weight: &str| {
            let run = json!({ "type": "TextRun", "text": text, "weight": weight });
            json!({ "type": "RichTextBlock", "inlines": [run] })
        };
        let title = line(message.title(TITLE_BYTES_MAX, json), "bolder");
        let text = line(message.words(BYTES_MAX, json), "default");
        let card = json!({
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [title, text],
        });
        let attachment = json!({
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        });
        let body = json!({ "type": "message", "attachments": [attachment] });
        Request::json(self.url.reveal(), &[], &body)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        if let Some(refusal) = answer.refusal(now) {
            return refusal;
        }
        let said = answer.text();
        if said.contains("HTTP error 429") {
            Verdict::Again(Reason::RateLimit.into(), answer.wish(now))
        } else if said.contains("HTTP error 413") {
            Verdict::Refused(Reason::TooLong.into())
        } else if said.contains("delivery failed") {
            Verdict::Refused(Reason::Unknown.into())
        } else if answer.status == 202 || said == "1" {
            Verdict::accepted()
        } else {
            Verdict::Unclear(Reason::Garbled.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, answer, body, message, no_success_by_accident};
    use super::*;

    fn teams() -> Teams {
        Teams { url: Secret::new("https://prod-1.westeurope.logic.azure.com/workflows/w?sig=k") }
    }

    #[test]
    fn a_card_shows_the_text_as_it_is() {
        let made = body(&teams(), &message());
        let card = &made["attachments"][0];
        assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
        assert!(card["contentUrl"].is_null());
        assert_eq!(card["content"]["body"][0]["inlines"][0]["text"], "召回");
        assert_eq!(card["content"]["body"][1]["inlines"][0]["text"], "请到岗支援");
        let long = "\n支".repeat(20_000);
        let long = Message { subject: long.clone(), text: long, ..message() };
        let request = teams().request(&long, None, NOW).unwrap();
        let bytes = request.body.unwrap().reveal().len();
        assert!((24_900..=28_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn answers() {
        let failed = "Webhook message delivery failed with error: Microsoft Teams endpoint \
                      returned HTTP error ";
        let refused = |reason: Reason| Verdict::Refused(reason.into());
        let again = |reason: Reason| Verdict::Again(reason.into(), None);
        for (status, body, wanted) in [
            (202, "", Verdict::accepted()),
            (202, "Accepted", Verdict::accepted()),
            (200, "1", Verdict::accepted()),
            (200, &*format!("{failed}429 with ContextId x"), again(Reason::RateLimit)),
            (200, &*format!("{failed}413"), refused(Reason::TooLong)),
            (200, &*format!("{failed}403"), refused(Reason::Unknown)),
            (400, "", refused(Reason::Request)),
            (401, "", refused(Reason::Credentials)),
            (404, "", refused(Reason::Gone)),
            (413, "", refused(Reason::TooLong)),
        ] {
            assert_eq!(teams().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        }
        no_success_by_accident(&teams());
    }
}
