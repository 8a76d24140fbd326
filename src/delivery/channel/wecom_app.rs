//! A message of an application in WeCom (企业微信) to one person.
//!
//! WeCom drops a text that it was given before within a window, which makes a repetition free: the
//! check is by content, so the text is the same on every attempt and holds the offer code. An
//! answer of code 0 may still name the receiver as one it does not know. Access tokens end after
//! about two hours, and earlier where another program asks for one.

use super::Provider;
use super::answer::{Answer, Codes, Means, id, number};
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::utf8;
use super::token::Token;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use serde_json::json;

/// Bytes of a text.
const BYTES_MAX: usize = 2_048;
/// Longest window of the duplicate check, in seconds: it outlasts every offer.
const CHECK_SECONDS: u32 = 14_400;
/// Life of a token that does not tell.
const TOKEN_SECONDS: i64 = 7_200;

/// Codes of the application and of the group bot alike.
pub(super) const CODES: Codes = &[
    (-1, Means::Again(Reason::Busy, None)),
    (45_009, Means::Again(Reason::RateLimit, None)),
    (45_033, Means::Again(Reason::RateLimit, None)),
    (40_014, Means::Token),
    (42_001, Means::Token),
    (41_001, Means::Token),
    (40_001, Means::Refused(Reason::Credentials)),
    (40_013, Means::Refused(Reason::Credentials)),
    (48_002, Means::Refused(Reason::Credentials)),
    (93_000, Means::Refused(Reason::Credentials)),
    (40_056, Means::Refused(Reason::Gone)),
    (301_002, Means::Refused(Reason::Gone)),
    (60_020, Means::Refused(Reason::SenderIp)),
    (40_003, Means::Refused(Reason::Address)),
    (60_111, Means::Refused(Reason::Address)),
    (81_013, Means::Refused(Reason::Address)),
    (44_004, Means::Refused(Reason::Content)),
    (40_008, Means::Refused(Reason::Request)),
    (40_058, Means::Refused(Reason::Request)),
    (45_002, Means::Refused(Reason::TooLong)),
];

/// An application.
#[derive(Clone, Debug)]
pub struct WecomApp {
    /// `https://qyapi.weixin.qq.com`, or a proxy before it.
    pub base: String,
    /// Id of the company.
    pub corp_id: String,
    /// Secret of the application.
    pub corp_secret: Secret,
    /// Id of the application.
    pub agent_id: u64,
}

impl Provider for WecomApp {
    fn word(&self) -> &'static str {
        "wecom_app"
    }

    fn class(&self) -> Class {
        Class::AtLeastOnceKeyed
    }

    fn rate(&self) -> Rate {
        // What is documented are quotas by the size of a company; this is slower than the smallest.
        Rate::new(600, Span::minutes(1))
    }

    fn request(
        &self,
        message: &Message,
        token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let to = message.to.as_ref().ok_or(Reason::Address)?.reveal();
        // A bar parts receivers, and @all is everybody.
        if to.contains('|') || to == "@all" {
            return Err(Reason::Address.into());
        }
        let token = token.ok_or(Reason::Settings)?.reveal();
        let body = json!({
            "touser": to,
            "msgtype": "text",
            "agentid": self.agent_id,
            "text": { "content": message.titled(BYTES_MAX, utf8) },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": CHECK_SECONDS,
        });
        let url = format!("{}/cgi-bin/message/send", self.base);
        Request::json(&url, &[("access_token", token)], &body)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let Some(body) = answer.json() else { return answer.unread(now) };
        let Some(code) = number(body.get("errcode")) else { return answer.unread(now) };
        if code != 0 {
            return answer.coded(CODES, code, now);
        }
        if let Some(refusal) = answer.refusal(now) {
            return refusal;
        }
        let names = |field| body.get(field).and_then(|v| v.as_str()).is_some_and(|v| !v.is_empty());
        if names("invaliduser") || names("unlicenseduser") {
            return Verdict::Refused(Reason::Address.into());
        }
        Verdict::Delivered { id: id(body.get("msgid")) }
    }

    fn token_request(&self) -> Option<Result<Request, Fault>> {
        let url = format!("{}/cgi-bin/gettoken", self.base);
        let query = [("corpid", &*self.corp_id), ("corpsecret", self.corp_secret.reveal())];
        Some(Request::get(&url, &query))
    }

    fn token(&self, answer: &Answer, now: Timestamp) -> Result<Token, Verdict> {
        granted(answer, CODES, now)
    }
}

/// The token of WeCom's and DingTalk's answers, which have the same form.
pub(super) fn granted(answer: &Answer, codes: Codes, now: Timestamp) -> Result<Token, Verdict> {
    let body = answer.json().ok_or_else(|| answer.unread(now))?;
    match number(body.get("errcode")) {
        Some(0) => {}
        Some(code) => return Err(answer.coded(codes, code, now)),
        None => return Err(answer.unread(now)),
    }
    let token = body.get("access_token").and_then(|token| token.as_str());
    let token = token.filter(|token| !token.is_empty()).ok_or_else(|| answer.unread(now))?;
    let seconds = number(body.get("expires_in")).unwrap_or(TOKEN_SECONDS);
    let lives = Span::secs(seconds.clamp(0, 24 * 3_600));
    Ok(Token::new(Secret::new(token), now, lives))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{
        NOW, again, answer, body, message, no_success_by_accident, refused,
    };
    use super::*;

    fn app() -> WecomApp {
        WecomApp {
            base: "https://qyapi.weixin.qq.com".into(),
            corp_id: "wx1".into(),
            corp_secret: Secret::new("hush"),
            agent_id: 1_000_002,
        }
    }

    #[test]
    fn a_message_to_one_person() {
        let to = Some(Secret::new("zhangsan"));
        let message = Message { to, ..message() };
        let made = body(&app(), &message);
        assert_eq!(made["touser"], "zhangsan");
        assert_eq!(made["agentid"], 1_000_002);
        assert_eq!(made["text"]["content"], "召回\n请到岗支援");
        assert_eq!(made["enable_duplicate_check"], 1);
        let request = app().request(&message, Some(&Secret::new("tok")), NOW).unwrap();
        let wanted = "https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=tok";
        assert_eq!(request.url.reveal(), wanted);
    }

    #[test]
    fn nobody_else_is_called() {
        let token = Secret::new("tok");
        for to in [None, Some("@all"), Some("a|b")] {
            let message = Message { to: to.map(Secret::new), ..message() };
            let request = app().request(&message, Some(&token), NOW);
            assert_eq!(request, Err(Reason::Address.into()), "{to:?}");
        }
    }

    #[test]
    fn the_text_keeps_to_its_bytes() {
        let long = Message { text: "支援".repeat(1_000), code: "K7Q2".into(), ..message() };
        let content = body(&app(), &long)["text"]["content"].as_str().unwrap().to_owned();
        assert!((2_046..=2_048).contains(&content.len()), "{}", content.len());
        assert!(content.ends_with("… [K7Q2]"));
    }

    #[test]
    fn answers() {
        let delivered = |text: &str| Verdict::Delivered { id: Some(Secret::new(text)) };
        let address = Verdict::Refused(Reason::Address.into());
        for (body, wanted) in [
            (r#"{"errcode":0,"errmsg":"ok","msgid":"m1"}"#, delivered("m1")),
            (r#"{"errcode":0,"invaliduser":"","msgid":"m1"}"#, delivered("m1")),
            (r#"{"errcode":0,"invaliduser":"zhangsan"}"#, address.clone()),
            (r#"{"errcode":0,"unlicenseduser":"zhangsan"}"#, address),
            (r#"{"errcode":-1}"#, again(Reason::Busy, -1)),
            (r#"{"errcode":45009}"#, again(Reason::RateLimit, 45_009)),
            (r#"{"errcode":45033}"#, again(Reason::RateLimit, 45_033)),
            (r#"{"errcode":40014}"#, Verdict::TokenExpired),
            (r#"{"errcode":42001}"#, Verdict::TokenExpired),
            (r#"{"errcode":41001}"#, Verdict::TokenExpired),
            (r#"{"errcode":40001}"#, refused(Reason::Credentials, 40_001)),
            (r#"{"errcode":40013}"#, refused(Reason::Credentials, 40_013)),
            (r#"{"errcode":48002}"#, refused(Reason::Credentials, 48_002)),
            (r#"{"errcode":40056}"#, refused(Reason::Gone, 40_056)),
            (r#"{"errcode":301002}"#, refused(Reason::Gone, 301_002)),
            (r#"{"errcode":60020}"#, refused(Reason::SenderIp, 60_020)),
            (r#"{"errcode":40003}"#, refused(Reason::Address, 40_003)),
            (r#"{"errcode":60111}"#, refused(Reason::Address, 60_111)),
            (r#"{"errcode":81013}"#, refused(Reason::Address, 81_013)),
            (r#"{"errcode":44004}"#, refused(Reason::Content, 44_004)),
            (r#"{"errcode":40008}"#, refused(Reason::Request, 40_008)),
            (r#"{"errcode":40058}"#, refused(Reason::Request, 40_058)),
            (r#"{"errcode":45002}"#, refused(Reason::TooLong, 45_002)),
            (r#"{"errcode":4711}"#, refused(Reason::Unknown, 4_711)),
        ] {
            assert_eq!(app().judge(&answer(200, body), NOW), wanted, "{body}");
        }
        no_success_by_accident(&app());
    }

    #[test]
    fn tokens() {
        let request = app().token_request().unwrap().unwrap();
        let wanted = "https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=wx1&corpsecret=hush";
        assert_eq!(request.url.reveal(), wanted);
        let got = |body: &str| app().token(&answer(200, body), NOW);
        let token = got(r#"{"errcode":0,"access_token":"t","expires_in":7200}"#).unwrap();
        assert_eq!(token.value().reveal(), "t");
        assert_eq!(token.used_until(), NOW + Span::minutes(115));
        let secret = got(r#"{"errcode":40001,"errmsg":"invalid credential"}"#);
        assert_eq!(secret, Err(refused(Reason::Credentials, 40_001)));
        for none in ["", "{}", r#"{"errcode":0}"#, r#"{"errcode":0,"access_token":""}"#] {
            assert_eq!(got(none), Err(Verdict::Unclear(Reason::Garbled.into())), "{none}");
        }
    }
}
