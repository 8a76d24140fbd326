//! A work notice (工作通知) of an application in DingTalk (钉钉) to one person.
//!
//! The answer names a task: DingTalk has the message and sends it in its own time, so it is
//! accepted and no more. The same text to the same person is dropped for a day without a word,
//! which is no protection for a repetition, since nobody is told which of the two was dropped; the
//! offer code keeps different offers apart. There is no key, and a task can be looked up only by
//! the name that a lost answer did not bring: an attempt of unknown end is not repeated.
//!
//! Refusals of the gateway before the application come as code 88 with the real one inside.

use super::Provider;
use super::answer::{Answer, Codes, Means, id, number};
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::utf8;
use super::token::Token;
use super::verdict::{Fault, Reason, Verdict};
use super::wecom_app::granted;
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of a text.
const BYTES_MAX: usize = 2_048;
/// The code that has another inside.
const WRAPPED: i64 = 88;

const CODES: Codes = &[
    (-1, Means::Again(Reason::Busy, None)),
    (90_002, Means::Again(Reason::RateLimit, None)),
    (90_018, Means::Again(Reason::RateLimit, None)),
    (40_014, Means::Token),
    (42_001, Means::Token),
    (40_001, Means::Refused(Reason::Credentials)),
    (40_089, Means::Refused(Reason::Credentials)),
    (60_011, Means::Refused(Reason::Credentials)),
    (60_020, Means::Refused(Reason::SenderIp)),
    (33_012, Means::Refused(Reason::Address)),
    (60_121, Means::Refused(Reason::Address)),
    (40_035, Means::Refused(Reason::Request)),
];

/// An application.
#[derive(Clone, Debug)]
pub struct DingtalkWork {
    /// `https://oapi.dingtalk.com`, or a proxy before it.
    pub base: String,
    /// Key of the application.
    pub app_key: String,
    /// Secret of the application.
    pub app_secret: Secret,
    /// Id of the application.
    pub agent_id: u64,
}

impl Provider for DingtalkWork {
    fn word(&self) -> &'static str {
        "dingtalk_work"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        Rate::new(20, Span::secs(1))
    }

    fn request(
        &self,
        message: &Message,
        token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let to = message.to.as_ref().ok_or(Reason::Address)?.reveal();
        // A comma parts receivers.
        if to.contains(',') {
            return Err(Reason::Address.into());
        }
        let token = token.ok_or(Reason::Settings)?.reveal();
        let content = message.titled(BYTES_MAX, utf8);
        let body = json!({
            "agent_id": self.agent_id,
            "userid_list": to,
            "msg": { "msgtype": "text", "text": { "content": content } },
        });
        let url = format!("{}/topapi/message/corpconversation/asyncsend_v2", self.base);
        Request::json(&url, &[("access_token", token)], &body)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let Some(body) = answer.json() else { return answer.unread(now) };
        let Some(outer) = number(body.get("errcode")) else { return answer.unread(now) };
        let inner = number(body.get("sub_code")).filter(|_| outer == WRAPPED);
        match inner.unwrap_or(outer) {
            0 => answer
                .refusal(now)
                .unwrap_or_else(|| Verdict::Accepted { id: id(body.get("task_id")) }),
            code => answer.coded(CODES, code, now),
        }
    }

    fn token_request(&self) -> Option<Result<Request, Fault>> {
        let url = format!("{}/gettoken", self.base);
        let query = [("appkey", &*self.app_key), ("appsecret", self.app_secret.reveal())];
        Some(Request::get(&url, &query))
    }

    fn token(&self, answer: &Answer, now: Timestamp) -> Result<Token, Verdict> {
        granted(answer, CODES, now)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        NOW, again, answer, body, message, no_success_by_accident, refused,
    };
    use super::*;

    fn app() -> DingtalkWork {
        DingtalkWork {
            base: "https://oapi.dingtalk.com".into(),
            app_key: "ding1".into(),
            app_secret: Secret::new("hush"),
            agent_id: 42,
        }
    }

    #[test]
    fn a_notice_to_one_person_holds_the_code() {
        let to = Some(Secret::new("user1"));
        let message = Message { to, code: "K7Q2".into(), ..message() };
        let made = body(&app(), &message);
        assert_eq!(made["userid_list"], "user1");
        assert_eq!(made["agent_id"], 42);
        assert_eq!(made["msg"]["text"]["content"], "召回\n请到岗支援 [K7Q2]");
        let two = Message { to: Some(Secret::new("a,b")), ..message };
        let refused = app().request(&two, Some(&Secret::new("tok")), NOW);
        assert_eq!(refused, Err(Reason::Address.into()));
    }

    #[test]
    fn answers() {
        let task = Verdict::Accepted { id: Some(Secret::new("256271667526")) };
        for (body, wanted) in [
            (r#"{"errcode":0,"task_id":256271667526,"request_id":"x"}"#, task),
            (r#"{"errcode":0}"#, Verdict::accepted()),
            (r#"{"errcode":40014}"#, Verdict::TokenExpired),
            (r#"{"errcode":42001}"#, Verdict::TokenExpired),
            (r#"{"errcode":88,"sub_code":"40014"}"#, Verdict::TokenExpired),
            (r#"{"errcode":88,"sub_code":"90018"}"#, again(Reason::RateLimit, 90_018)),
            (r#"{"errcode":88,"sub_code":"60011"}"#, refused(Reason::Credentials, 60_011)),
            (r#"{"errcode":88}"#, refused(Reason::Unknown, 88)),
            (r#"{"errcode":88,"sub_code":"isp.x"}"#, refused(Reason::Unknown, 88)),
            (r#"{"errcode":-1}"#, again(Reason::Busy, -1)),
            (r#"{"errcode":90002}"#, again(Reason::RateLimit, 90_002)),
            (r#"{"errcode":90018}"#, again(Reason::RateLimit, 90_018)),
            (r#"{"errcode":40001}"#, refused(Reason::Credentials, 40_001)),
            (r#"{"errcode":40089}"#, refused(Reason::Credentials, 40_089)),
            (r#"{"errcode":60020}"#, refused(Reason::SenderIp, 60_020)),
            (r#"{"errcode":33012}"#, refused(Reason::Address, 33_012)),
            (r#"{"errcode":60121}"#, refused(Reason::Address, 60_121)),
            (r#"{"errcode":40035}"#, refused(Reason::Request, 40_035)),
            (r#"{"errcode":4711}"#, refused(Reason::Unknown, 4_711)),
        ] {
            assert_eq!(app().judge(&answer(200, body), NOW), wanted, "{body}");
        }
        no_success_by_accident(&app());
    }

    #[test]
    fn tokens() {
        let request = app().token_request().unwrap().unwrap();
        let wanted = "https://oapi.dingtalk.com/gettoken?appkey=ding1&appsecret=hush";
        assert_eq!(request.url.reveal(), wanted);
        let refusal = app().token(&answer(200, r#"{"errcode":40089}"#), NOW);
        assert_eq!(refusal, Err(refused(Reason::Credentials, 40_089)));
    }
}
