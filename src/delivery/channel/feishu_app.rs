//! A message of an application in Feishu or Lark (飞书) to one person.
//!
//! A `uuid` makes a repetition within an hour free. It takes 50 characters; the key of an intent
//! may be longer, so the uuid is a hash of it. The content is JSON within JSON. Refusals come with
//! a status of their own here, and their codes tell more.

use super::Provider;
use super::answer::{Answer, Codes, Means, id, number};
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::json_twice;
use super::token::Token;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Bytes of a text as it is sent. A body of 150 KB is allowed; nobody reads that.
const BYTES_MAX: usize = 20_000;
/// Life of a token that does not tell.
const TOKEN_SECONDS: i64 = 7_200;

const CODES: Codes = &[
    (99_991_400, Means::Again(Reason::RateLimit, None)),
    (230_020, Means::Again(Reason::RateLimit, None)),
    (230_049, Means::Again(Reason::Busy, None)),
    (99_991_661, Means::Token),
    (99_991_663, Means::Token),
    (99_991_664, Means::Token),
    (99_991_665, Means::Token),
    (99_991_671, Means::Token),
    (10_003, Means::Refused(Reason::Credentials)),
    (10_014, Means::Refused(Reason::Credentials)),
    (99_991_672, Means::Refused(Reason::Credentials)),
    (230_027, Means::Refused(Reason::Credentials)),
    (230_006, Means::Refused(Reason::Gone)),
    (230_002, Means::Refused(Reason::Gone)),
    (230_013, Means::Refused(Reason::Address)),
    (230_053, Means::Refused(Reason::OptedOut)),
    (230_022, Means::Refused(Reason::Content)),
    (230_028, Means::Refused(Reason::Content)),
    (230_025, Means::Refused(Reason::TooLong)),
    (230_001, Means::Refused(Reason::Request)),
];

/// An application.
#[derive(Clone, Debug)]
pub struct FeishuApp {
    /// `https://open.feishu.cn`, `https://open.larksuite.com`, or a proxy before it.
    pub base: String,
    /// Id of the application.
    pub app_id: String,
    /// Secret of the application.
    pub app_secret: Secret,
    /// What the ids of the roster are: `open_id`, `user_id`, `union_id` or `email`.
    pub id_type: String,
}

impl Provider for FeishuApp {
    fn word(&self) -> &'static str {
        "feishu_app"
    }

    fn class(&self) -> Class {
        Class::AtLeastOnceKeyed
    }

    fn rate(&self) -> Rate {
        // 50 a second and 1,000 a minute are allowed; the minute is what lasts.
        Rate { most: 1_000, per: Span::minutes(1), burst: 30 }
    }

    fn request(
        &self,
        message: &Message,
        token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let to = message.to.as_ref().ok_or(Reason::Address)?.reveal();
        let token = token.ok_or(Reason::Settings)?;
        let content = json!({ "text": message.titled(BYTES_MAX, json_twice) });
        let body = json!({
            "receive_id": to,
            "msg_type": "text",
            "content": content.to_string(),
            "uuid": uuid(&message.key),
        });
        let url = format!("{}/open-apis/im/v1/messages", self.base);
        Ok(Request::json(&url, &[("receive_id_type", &*self.id_type)], &body)?.bearer(token))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let Some(body) = answer.json() else { return answer.unread(now) };
        match number(body.get("code")) {
            None => answer.unread(now),
            Some(0) => answer
                .refusal(now)
                .unwrap_or_else(|| Verdict::Delivered { id: id(body.pointer("/data/message_id")) }),
            Some(code) => {
                let verdict = answer.coded(CODES, code, now);
                if let Verdict::Again(fault, None) = verdict {
                    Verdict::Again(fault, reset(answer))
                } else {
                    verdict
                }
            }
        }
    }

    fn token_request(&self) -> Option<Result<Request, Fault>> {
        let url = format!("{}/open-apis/auth/v3/tenant_access_token/internal", self.base);
        let body = json!({ "app_id": self.app_id, "app_secret": self.app_secret.reveal() });
        Some(Request::json(&url, &[], &body))
    }

    fn token(&self, answer: &Answer, now: Timestamp) -> Result<Token, Verdict> {
        let body = answer.json().ok_or_else(|| answer.unread(now))?;
        match number(body.get("code")) {
            Some(0) => {}
            Some(code) => return Err(answer.coded(CODES, code, now)),
            None => return Err(answer.unread(now)),
        }
        let token = body.get("tenant_access_token").and_then(|token| token.as_str());
        let token = token.filter(|token| !token.is_empty()).ok_or_else(|| answer.unread(now))?;
        let seconds = number(body.get("expire")).unwrap_or(TOKEN_SECONDS);
        let lives = Span::secs(seconds.clamp(0, 24 * 3_600));
        Ok(Token::new(Secret::new(token), now, lives))
    }
}

/// Seconds until the limit of Feishu's gateway begins anew.
fn reset(answer: &Answer) -> Option<Span> {
    let seconds: i64 = answer.header("x-ogw-ratelimit-reset")?.parse().ok()?;
    Some(Span::secs(seconds.clamp(0, 3_600)))
}

/// 43 characters that are the same for the same key.
fn uuid(key: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        NOW, again, answer, body, message, no_success_by_accident, refused,
    };
    use super::*;

    fn app() -> FeishuApp {
        FeishuApp {
            base: "https://open.feishu.cn".into(),
            app_id: "cli_1".into(),
            app_secret: Secret::new("hush"),
            id_type: "user_id".into(),
        }
    }

    #[test]
    fn a_message_to_one_person_has_a_stable_uuid() {
        let long = Message { key: "j".repeat(200), text: "a\"\n".into(), ..message() };
        let made = body(&app(), &long);
        assert_eq!(made, body(&app(), &long));
        assert_eq!(made["uuid"].as_str().unwrap().len(), 43);
        assert_ne!(made["uuid"], body(&app(), &message())["uuid"]);
        let content: serde_json::Value =
            serde_json::from_str(made["content"].as_str().unwrap()).unwrap();
        assert_eq!(content["text"], "召回\na\"\n");
        let request = app().request(&long, Some(&Secret::new("tok")), NOW).unwrap();
        let wanted = "https://open.feishu.cn/open-apis/im/v1/messages?receive_id_type=user_id";
        assert_eq!(request.url.reveal(), wanted);
        assert_eq!(request.headers[1].1.reveal(), "Bearer tok");
    }

    #[test]
    fn answers() {
        let id = Verdict::Delivered { id: Some(Secret::new("om_1")) };
        for (status, body, wanted) in [
            (200, r#"{"code":0,"data":{"message_id":"om_1"}}"#, id),
            (200, r#"{"code":0}"#, Verdict::delivered()),
            (400, r#"{"code":99991663}"#, Verdict::TokenExpired),
            (400, r#"{"code":99991661}"#, Verdict::TokenExpired),
            (400, r#"{"code":99991664}"#, Verdict::TokenExpired),
            (400, r#"{"code":99991665}"#, Verdict::TokenExpired),
            (400, r#"{"code":99991671}"#, Verdict::TokenExpired),
            (429, r#"{"code":99991400}"#, again(Reason::RateLimit, 99_991_400)),
            (400, r#"{"code":230020}"#, again(Reason::RateLimit, 230_020)),
            (400, r#"{"code":230049}"#, again(Reason::Busy, 230_049)),
            (400, r#"{"code":230013}"#, refused(Reason::Address, 230_013)),
            (400, r#"{"code":230053}"#, refused(Reason::OptedOut, 230_053)),
            (400, r#"{"code":230022}"#, refused(Reason::Content, 230_022)),
            (400, r#"{"code":230028}"#, refused(Reason::Content, 230_028)),
            (400, r#"{"code":230025}"#, refused(Reason::TooLong, 230_025)),
            (400, r#"{"code":230001}"#, refused(Reason::Request, 230_001)),
            (400, r#"{"code":230002}"#, refused(Reason::Gone, 230_002)),
            (400, r#"{"code":230006}"#, refused(Reason::Gone, 230_006)),
            (400, r#"{"code":230027}"#, refused(Reason::Credentials, 230_027)),
            (403, r#"{"code":99991672}"#, refused(Reason::Credentials, 99_991_672)),
            (200, r#"{"code":10003}"#, refused(Reason::Credentials, 10_003)),
            (500, r#"{"code":4711}"#, again(Reason::Busy, 4_711)),
            (200, r#"{"code":4711}"#, refused(Reason::Unknown, 4_711)),
        ] {
            assert_eq!(app().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        }
        no_success_by_accident(&app());
    }

    #[test]
    fn the_gateway_says_when_its_limit_begins_anew() {
        let mut answer = answer(429, r#"{"code":99991400}"#);
        answer.headers.insert("x-ogw-ratelimit-reset", "40".parse().unwrap());
        let fault = Fault::coded(Reason::RateLimit, 99_991_400);
        assert_eq!(app().judge(&answer, NOW), Verdict::Again(fault, Some(Span::secs(40))));
    }

    #[test]
    fn tokens() {
        let request = app().token_request().unwrap().unwrap();
        assert_eq!(request.body.unwrap().reveal(), r#"{"app_id":"cli_1","app_secret":"hush"}"#);
        let got = |body: &str| app().token(&answer(200, body), NOW);
        let token = got(r#"{"code":0,"tenant_access_token":"t","expire":3600}"#).unwrap();
        assert_eq!((token.value().reveal(), token.used_until()), ("t", NOW + Span::minutes(55)));
        assert_eq!(got(r#"{"code":10014}"#), Err(refused(Reason::Credentials, 10_014)));
        assert_eq!(got(r#"{"code":0}"#), Err(Verdict::Unclear(Reason::Garbled.into())));
    }
}
