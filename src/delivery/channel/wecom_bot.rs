//! A bot in a WeCom (企业微信) group, for broadcasts of the commander.
//!
//! The key in its address is all it asks for. Texts are counted in bytes, and what is longer is
//! refused as a whole. Codes are those of the application.

use super::Provider;
use super::answer::{Answer, number};
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::utf8;
use super::verdict::{Fault, Reason, Verdict};
use super::wecom_app::CODES;
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use serde_json::{Value, json};

/// Bytes of a text.
const BYTES_MAX: usize = 2_048;

/// A bot.
#[derive(Clone, Debug)]
pub struct WecomBot {
    /// Address with its `key`.
    pub url: Secret,
    /// Everybody in the group is called.
    pub mention_all: bool,
}

impl Provider for WecomBot {
    fn word(&self) -> &'static str {
        "wecom_bot"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        Rate::new(20, Span::minutes(1))
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let called: &[&str] = if self.mention_all { &["@all"] } else { &[] };
        let text = json!({
            "content": message.titled(BYTES_MAX, utf8),
            "mentioned_list": called,
        });
        Request::json(self.url.reveal(), &[], &json!({ "msgtype": "text", "text": text }))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let body: Option<Value> = answer.json();
        match number(body.as_ref().and_then(|body| body.get("errcode"))) {
            None => answer.unread(now),
            Some(0) => answer.refusal(now).unwrap_or(Verdict::delivered()),
            Some(code) => {
                let verdict = answer.coded(CODES, code, now);
                if verdict == Verdict::TokenExpired {
                    // Its key is in the address: there is no token that could be fetched.
                    Verdict::Refused(Fault::coded(Reason::Credentials, code))
                } else {
                    verdict
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        NOW, again, answer, body, message, no_success_by_accident, refused,
    };
    use super::*;

    fn bot() -> WecomBot {
        let url = Secret::new("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k");
        WecomBot { url, mention_all: true }
    }

    #[test]
    fn a_message_is_plain_text_within_its_bytes() {
        let made = body(&bot(), &message());
        assert_eq!(made["msgtype"], "text");
        assert_eq!(made["text"]["content"], "召回\n请到岗支援");
        assert_eq!(made["text"]["mentioned_list"], json!(["@all"]));
        let long = Message { text: "支".repeat(2_000), ..message() };
        let made = body(&bot(), &long);
        assert_eq!(made["text"]["content"].as_str().unwrap().len(), 2_047);
    }

    #[test]
    fn answers() {
        for (body, wanted) in [
            (r#"{"errcode":0,"errmsg":"ok"}"#, Verdict::delivered()),
            (r#"{"errcode":93000}"#, refused(Reason::Credentials, 93_000)),
            (r#"{"errcode":45009}"#, again(Reason::RateLimit, 45_009)),
            (r#"{"errcode":-1}"#, again(Reason::Busy, -1)),
            (r#"{"errcode":40008}"#, refused(Reason::Request, 40_008)),
            (r#"{"errcode":40058}"#, refused(Reason::Request, 40_058)),
            (r#"{"errcode":44004}"#, refused(Reason::Content, 44_004)),
            (r#"{"errcode":42001}"#, refused(Reason::Credentials, 42_001)),
            (r#"{"errcode":46000}"#, refused(Reason::Unknown, 46_000)),
        ] {
            assert_eq!(bot().judge(&answer(200, body), NOW), wanted, "{body}");
        }
        no_success_by_accident(&bot());
    }
}
