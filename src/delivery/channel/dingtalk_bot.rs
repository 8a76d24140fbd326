//! A bot in a DingTalk (钉钉) group, for broadcasts of the commander.
//!
//! Every answer is HTTP 200. One code stands for three refusals and another for several kinds of
//! unknown token, in different wording over the years, so code and text are read together. Over
//! its limit the group hears nothing for ten minutes, whatever is sent; an answer in that time may
//! have no code at all. The text is sent as plain text: no character of it is markup.

use super::Provider;
use super::answer::{Answer, Codes, Means, number};
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::json;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// Bytes of a message; what is around the text takes less than the rest of 20,000.
const BYTES_MAX: usize = 19_000;
/// How long nothing is heard of who sent too much.
const BLOCK: Span = Span::minutes(10);

const CODES: Codes = &[
    (-1, Means::Again(Reason::Busy, None)),
    (130_101, Means::Again(Reason::RateLimit, Some(BLOCK))),
    (410_100, Means::Again(Reason::RateLimit, Some(BLOCK))),
    (90_030, Means::Again(Reason::RateLimit, Some(BLOCK))),
    (300_001, Means::Refused(Reason::Credentials)),
    (300_005, Means::Refused(Reason::Credentials)),
    (400_101, Means::Refused(Reason::Credentials)),
    (400_102, Means::Refused(Reason::Gone)),
    (400_013, Means::Refused(Reason::Gone)),
    (400_106, Means::Refused(Reason::Gone)),
    (40_035, Means::Refused(Reason::Request)),
    (43_004, Means::Refused(Reason::Request)),
];

/// A bot.
#[derive(Clone, Debug)]
pub struct DingtalkBot {
    /// Address with its `access_token`.
    pub url: Secret,
    /// Signing secret, where the bot demands one.
    pub secret: Option<Secret>,
    /// Everybody in the group is called.
    pub mention_all: bool,
}

impl Provider for DingtalkBot {
    fn word(&self) -> &'static str {
        "dingtalk_bot"
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
        let body = json!({
            "msgtype": "text",
            "text": { "content": message.titled(BYTES_MAX, json) },
            "at": { "isAtAll": self.mention_all },
        });
        let url = self.url.reveal();
        match &self.secret {
            None => Request::json(url, &[], &body),
            Some(secret) => {
                let timestamp = now.as_millis().to_string();
                let sign = sign(secret, &timestamp)?;
                Request::json(url, &[("timestamp", &timestamp), ("sign", &sign)], &body)
            }
        }
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let Some(body) = answer.json() else { return answer.unread(now) };
        let Some(code) = number(body.get("errcode")) else {
            let punished = body.get("punish").is_some_and(|word| word == "deny");
            return if punished {
                let fault = number(body.get("status"))
                    .map_or(Reason::RateLimit.into(), |c| Fault::coded(Reason::RateLimit, c));
                Verdict::Again(fault, Some(BLOCK))
            } else {
                answer.unread(now)
            };
        };
        let said = body.get("errmsg").and_then(|text| text.as_str()).unwrap_or_default();
        match code {
            0 => answer.refusal(now).unwrap_or(Verdict::delivered()),
            310_000 => Verdict::Refused(Fault::coded(guard(said), code)),
            300_001 if !said.contains("token") => {
                Verdict::Refused(Fault::coded(Reason::Unknown, code))
            }
            _ => answer.coded(CODES, code, now),
        }
    }
}

/// Which of its three guards the bot means.
fn guard(said: &str) -> Reason {
    let said = said.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if any(&["keyword", "关键词"]) {
        Reason::Keyword
    } else if any(&["sign", "timestamp", "签名", "时间戳"]) {
        Reason::Signature
    } else if any(&["ip", "白名单"]) {
        Reason::SenderIp
    } else {
        Reason::Unknown
    }
}

/// HMAC-SHA256 of timestamp and secret with the secret.
fn sign(secret: &Secret, timestamp: &str) -> Result<String, Fault> {
    let secret = secret.reveal();
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.map_err(|_| Reason::Settings)?;
    mac.update(format!("{timestamp}\n{secret}").as_bytes());
    Ok(BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        NOW, again, answer, body, message, no_success_by_accident, refused,
    };
    use super::*;

    fn bot() -> DingtalkBot {
        DingtalkBot {
            url: Secret::new("https://oapi.dingtalk.com/robot/send?access_token=t"),
            secret: Some(Secret::new("this is secret")),
            mention_all: false,
        }
    }

    #[test]
    fn the_signature_is_the_documented_one() {
        let made = sign(&Secret::new("this is secret"), "1577262236757");
        assert_eq!(made.as_deref(), Ok("hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="));
        let at = Timestamp::from_millis(1_577_262_236_757);
        let url = bot().request(&message(), None, at).unwrap().url;
        let wanted = "https://oapi.dingtalk.com/robot/send?access_token=t&timestamp=1577262236757\
                      &sign=hmPWwU%2B7lVdm3ZZz0r9tSfx0L4Q26jWOZr9%2BGs6EZQM%3D";
        assert_eq!(url.reveal(), wanted);
    }

    #[test]
    fn a_message_is_plain_text() {
        let body = body(&bot(), &message());
        assert_eq!(body["msgtype"], "text");
        assert_eq!(body["text"]["content"], "召回\n请到岗支援");
        assert_eq!(body["at"]["isAtAll"], false);
    }

    #[test]
    fn the_body_keeps_to_its_bytes() {
        let text = "\"支".repeat(9_000);
        let request = bot().request(&Message { text, ..message() }, None, NOW).unwrap();
        let bytes = request.body.unwrap().reveal().len();
        assert!((18_900..=20_000).contains(&bytes), "{bytes}");
    }

    #[test]
    fn answers() {
        let blocked = |code| Verdict::Again(Fault::coded(Reason::RateLimit, code), Some(BLOCK));
        for (body, wanted) in [
            (r#"{"errcode":0,"errmsg":"ok"}"#, Verdict::delivered()),
            (r#"{"errcode":"0","errmsg":"ok"}"#, Verdict::delivered()),
            (
                r#"{"errcode":310000,"errmsg":"keywords not in content"}"#,
                refused(Reason::Keyword, 310_000),
            ),
            (
                r#"{"errcode":310000,"errmsg":"sign not match"}"#,
                refused(Reason::Signature, 310_000),
            ),
            (
                r#"{"errcode":310000,"errmsg":"invalid timestamp"}"#,
                refused(Reason::Signature, 310_000),
            ),
            (
                r#"{"errcode":310000,"errmsg":"ip 10.0.0.1 not in whitelist"}"#,
                refused(Reason::SenderIp, 310_000),
            ),
            (r#"{"errcode":310000,"errmsg":"?"}"#, refused(Reason::Unknown, 310_000)),
            (
                r#"{"errcode":300001,"errmsg":"token is not exist"}"#,
                refused(Reason::Credentials, 300_001),
            ),
            (r#"{"errcode":300001,"errmsg":"参数错误"}"#, refused(Reason::Unknown, 300_001)),
            (r#"{"errcode":300005,"errmsg":""}"#, refused(Reason::Credentials, 300_005)),
            (r#"{"errcode":400101}"#, refused(Reason::Credentials, 400_101)),
            (r#"{"errcode":400102}"#, refused(Reason::Gone, 400_102)),
            (r#"{"errcode":400013}"#, refused(Reason::Gone, 400_013)),
            (r#"{"errcode":400106}"#, refused(Reason::Gone, 400_106)),
            (r#"{"errcode":40035}"#, refused(Reason::Request, 40_035)),
            (r#"{"errcode":43004}"#, refused(Reason::Request, 43_004)),
            (r#"{"errcode":-1}"#, again(Reason::Busy, -1)),
            (r#"{"errcode":130101,"errmsg":"send too fast"}"#, blocked(130_101)),
            (r#"{"errcode":410100}"#, blocked(410_100)),
            (r#"{"errcode":90030}"#, blocked(90_030)),
            (r#"{"status":1111,"punish":"deny","wait":5}"#, blocked(1_111)),
            (r#"{"punish":"deny"}"#, Verdict::Again(Reason::RateLimit.into(), Some(BLOCK))),
            (r#"{"errcode":4711}"#, refused(Reason::Unknown, 4_711)),
        ] {
            assert_eq!(bot().judge(&answer(200, body), NOW), wanted, "{body}");
        }
        no_success_by_accident(&bot());
    }
}
