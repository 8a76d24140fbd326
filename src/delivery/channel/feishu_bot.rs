//! A bot in a Feishu or Lark (飞书) group, for broadcasts of the commander.
//!
//! Unlike elsewhere the secret is part of the signature's key and nothing is signed with it. An
//! answer has its code under one of two names. One code stands for a wrong request and for too
//! many, and only the text tells which.

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

/// Bytes of a message; what is around the text takes less than the rest of 20 KiB.
const BYTES_MAX: usize = 19_000;
/// Wrong, or too many.
const WRONG_OR_MANY: i64 = 9_499;

const CODES: Codes = &[
    (11_232, Means::Again(Reason::RateLimit, None)),
    (19_001, Means::Refused(Reason::Credentials)),
    (19_021, Means::Refused(Reason::Signature)),
    (19_022, Means::Refused(Reason::SenderIp)),
    (19_024, Means::Refused(Reason::Keyword)),
    (WRONG_OR_MANY, Means::Refused(Reason::Request)),
];

/// A bot.
#[derive(Clone, Debug)]
pub struct FeishuBot {
    /// Address, whose end is its key.
    pub url: Secret,
    /// Signing secret, where the bot demands one.
    pub secret: Option<Secret>,
}

impl Provider for FeishuBot {
    fn word(&self) -> &'static str {
        "feishu_bot"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        // 5 a second and 100 a minute are allowed; the minute is what lasts.
        Rate { most: 100, per: Span::minutes(1), burst: 4 }
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let mut body = json!({
            "msg_type": "text",
            "content": { "text": message.titled(BYTES_MAX, json) },
        });
        if let Some(secret) = &self.secret {
            let timestamp = now.as_millis().div_euclid(1_000).to_string();
            body["sign"] = sign(secret, &timestamp)?.into();
            body["timestamp"] = timestamp.into();
        }
        Request::json(self.url.reveal(), &[], &body)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let Some(body) = answer.json() else { return answer.unread(now) };
        let code = number(body.get("code")).or_else(|| number(body.get("StatusCode")));
        let said = body.get("msg").and_then(|text| text.as_str()).unwrap_or_default();
        match code {
            None => answer.unread(now),
            Some(0) => answer.refusal(now).unwrap_or(Verdict::delivered()),
            Some(WRONG_OR_MANY) if is_frequency(said) => {
                let fault = Fault::coded(Reason::RateLimit, WRONG_OR_MANY);
                Verdict::Again(fault, answer.wish(now))
            }
            Some(code) => answer.coded(CODES, code, now),
        }
    }
}

fn is_frequency(said: &str) -> bool {
    let said = said.to_lowercase();
    ["frequency", "too many", "频率", "频繁"].iter().any(|word| said.contains(word))
}

/// HMAC-SHA256 of nothing with timestamp and secret as the key.
fn sign(secret: &Secret, timestamp: &str) -> Result<String, Fault> {
    let key = format!("{timestamp}\n{}", secret.reveal());
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| Reason::Settings)?;
    Ok(BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        NOW, again, answer, body, message, no_success_by_accident, refused,
    };
    use super::*;

    fn bot() -> FeishuBot {
        let url = Secret::new("https://open.feishu.cn/open-apis/bot/v2/hook/k");
        FeishuBot { url, secret: Some(Secret::new("demo")) }
    }

    #[test]
    fn the_signature_is_the_documented_one() {
        let at = Timestamp::from_millis(1_599_360_473_999);
        let request = bot().request(&message(), None, at).unwrap();
        let body: serde_json::Value = serde_json::from_str(request.body.unwrap().reveal()).unwrap();
        assert_eq!(body["timestamp"], "1599360473");
        assert_eq!(body["sign"], "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=");
    }

    #[test]
    fn a_message_keeps_to_its_bytes() {
        let made = body(&bot(), &message());
        assert_eq!(made["msg_type"], "text");
        assert_eq!(made["content"]["text"], "召回\n请到岗支援");
        let text = "\n支".repeat(9_000);
        let request = bot().request(&Message { text, ..message() }, None, NOW).unwrap();
        let bytes = request.body.unwrap().reveal().len();
        assert!((18_900..=20_480).contains(&bytes), "{bytes}");
    }

    #[test]
    fn answers() {
        for (body, wanted) in [
            (r#"{"code":0,"msg":"success","data":{}}"#, Verdict::delivered()),
            (r#"{"StatusCode":0,"StatusMessage":"success"}"#, Verdict::delivered()),
            (r#"{"code":19021,"msg":"sign match fail"}"#, refused(Reason::Signature, 19_021)),
            (r#"{"code":19022,"msg":"Ip Not Allowed"}"#, refused(Reason::SenderIp, 19_022)),
            (r#"{"code":19024,"msg":"Key Words Not Found"}"#, refused(Reason::Keyword, 19_024)),
            (r#"{"code":19001,"msg":"token invalid"}"#, refused(Reason::Credentials, 19_001)),
            (r#"{"code":9499,"msg":"Bad Request"}"#, refused(Reason::Request, 9_499)),
            (r#"{"code":9499,"msg":"too many request"}"#, again(Reason::RateLimit, 9_499)),
            (r#"{"code":9499,"msg":"Frequency limited"}"#, again(Reason::RateLimit, 9_499)),
            (r#"{"code":11232,"msg":""}"#, again(Reason::RateLimit, 11_232)),
            (r#"{"code":4711,"StatusCode":0}"#, refused(Reason::Unknown, 4_711)),
        ] {
            assert_eq!(bot().judge(&answer(200, body), NOW), wanted, "{body}");
        }
        no_success_by_accident(&bot());
    }
}
