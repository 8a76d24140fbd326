//! Text messages and calls by Twilio, and the signature of what it sends back.
//!
//! Creating a message or a call has no key, so neither is repeated after a lost answer; a text
//! message can be looked up by receiver, time and offer code. Twilio keeps messages for hours when
//! a sender is over its rate: the validity ends with the message's worth, so nothing old arrives.
//! 201 says that it is queued. What became of it comes to the status callback, or never.
//!
//! A call reads the text aloud and takes one digit; silence and answering machines press none.

use super::Provider;
use super::answer::{Answer, Codes, Means, id, number};
use super::class::Class;
use super::message::Message;
use super::pace::Rate;
use super::request::Request;
use super::text::{in_xml, utf8, xml};
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;

/// Bytes of a text message. Twilio takes 1,600 characters and sends them in parts.
const SMS_BYTES_MAX: usize = 1_600;
/// Bytes of what is read aloud; the whole script may have 4,000 characters.
const VOICE_BYTES_MAX: usize = 3_000;
/// Longest validity of a message, in seconds.
const VALIDITY_SECONDS_MAX: i64 = 14_400;
/// A call rings for so many seconds at most; then it is for somebody else.
const RING_SECONDS: &str = "30";

/// Codes of answers and of status callbacks.
const CODES: Codes = &[
    (20_429, Means::Again(Reason::RateLimit, None)),
    (14_107, Means::Again(Reason::RateLimit, Some(Span::secs(30)))),
    (21_611, Means::Again(Reason::RateLimit, None)),
    (30_001, Means::Again(Reason::RateLimit, None)),
    (30_008, Means::Again(Reason::Busy, None)),
    (20_003, Means::Refused(Reason::Credentials)),
    (21_610, Means::Refused(Reason::OptedOut)),
    (21_211, Means::Refused(Reason::Address)),
    (21_214, Means::Refused(Reason::Address)),
    (21_217, Means::Refused(Reason::Address)),
    (21_614, Means::Refused(Reason::Address)),
    (30_003, Means::Refused(Reason::Address)),
    (30_005, Means::Refused(Reason::Address)),
    (30_006, Means::Refused(Reason::Address)),
    (21_408, Means::Refused(Reason::Gone)),
    (21_606, Means::Refused(Reason::Gone)),
    (21_617, Means::Refused(Reason::TooLong)),
    (30_007, Means::Refused(Reason::Content)),
];

/// An account with a sender.
#[derive(Clone, Debug)]
pub struct Account {
    /// `https://api.twilio.com`, or a proxy before it.
    pub base: String,
    /// Account SID.
    pub sid: String,
    /// Its token.
    pub token: Secret,
    /// Number of the sender.
    pub from: String,
    /// Where Twilio tells what became of a message or a call.
    pub status_callback: Option<String>,
}

/// Text messages.
#[derive(Clone, Debug)]
pub struct TwilioSms {
    /// Whose.
    pub account: Account,
    /// How fast the sender may send: about one a second for an ordinary number.
    pub rate: Rate,
}

/// Calls.
#[derive(Clone, Debug)]
pub struct TwilioVoice {
    /// Whose.
    pub account: Account,
    /// How fast calls may begin: one a second unless Twilio has raised it.
    pub rate: Rate,
    /// Where the digit that was pressed is told.
    pub action: String,
}

impl Account {
    fn url(&self, what: &str) -> String {
        format!("{}/2010-04-01/Accounts/{}/{what}.json", self.base, self.sid)
    }

    fn create<'a>(
        &'a self,
        what: &str,
        mut fields: Vec<(&'a str, &'a str)>,
    ) -> Result<Request, Fault> {
        fields.push(("From", &self.from));
        fields.extend(self.status_callback.as_deref().map(|url| ("StatusCallback", url)));
        Ok(Request::form(&self.url(what), &fields)?.basic(&self.sid, &self.token))
    }
}

fn judge(answer: &Answer, now: Timestamp) -> Verdict {
    let Some(body) = answer.json() else { return answer.unread(now) };
    if answer.is_success() {
        let id = id(body.get("sid"));
        return match number(body.get("error_code")) {
            Some(code) if code != 0 => answer.coded(CODES, code, now),
            _ if id.is_some() => Verdict::Accepted { id },
            _ => answer.unread(now),
        };
    }
    match number(body.get("code")) {
        // A code that is not known leaves the meaning of the status.
        Some(code) if CODES.iter().any(|(known, _)| *known == code) => {
            answer.coded(CODES, code, now)
        }
        Some(_) | None => answer.unread(now),
    }
}

impl Provider for TwilioSms {
    fn word(&self) -> &'static str {
        "twilio_sms"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        let left = message.left(now).ok_or(Reason::Late)?;
        let to = message.to.as_ref().ok_or(Reason::Address)?.reveal();
        let seconds = (left.as_millis() / 1_000).clamp(1, VALIDITY_SECONDS_MAX).to_string();
        let text = message.words(SMS_BYTES_MAX, utf8);
        let fields = vec![("To", to), ("Body", &*text), ("ValidityPeriod", &*seconds)];
        self.account.create("Messages", fields)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        judge(answer, now)
    }

    fn look_up(&self, message: &Message, since: Timestamp) -> Option<Result<Request, Fault>> {
        // Without the code a message cannot be told from others to the same number.
        let to = message.to.as_ref().filter(|_| !message.code.is_empty())?.reveal();
        let day = since.to_chrono()?.format("%Y-%m-%d").to_string();
        let account = &self.account;
        let query = [("To", to), ("DateSent>", &*day), ("PageSize", "100")];
        let request = Request::get(&account.url("Messages"), &query);
        Some(request.map(|request| request.basic(&account.sid, &account.token)))
    }

    fn found(&self, answer: &Answer, message: &Message) -> Option<bool> {
        if !answer.is_success() || message.code.is_empty() {
            return None;
        }
        let body = answer.json()?;
        let messages = body.get("messages")?.as_array()?;
        let held = messages.iter().any(|one| {
            one.get("body").and_then(|b| b.as_str()).is_some_and(|b| b.contains(&message.code))
        });
        let more = body.get("next_page_uri").is_some_and(|uri| !uri.is_null());
        // What is on the next page is not known.
        if !held && more { None } else { Some(held) }
    }
}

impl Provider for TwilioVoice {
    fn word(&self) -> &'static str {
        "twilio_voice"
    }

    fn class(&self) -> Class {
        Class::AtMostOnce
    }

    fn rate(&self) -> Rate {
        self.rate
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let to = message.to.as_ref().ok_or(Reason::Address)?.reveal();
        let said = xml(&message.words(VOICE_BYTES_MAX, in_xml));
        let script = format!(
            "<Response><Gather numDigits=\"1\" timeout=\"10\" method=\"POST\" action=\"{}\">\
             <Say language=\"{}\" loop=\"2\">{said}</Say></Gather></Response>",
            xml(&self.action),
            match message.lang {
                crate::config::Language::En => "en-US",
                crate::config::Language::ZhCn => "zh-CN",
            }
        );
        let fields = vec![("To", to), ("Twiml", &*script), ("Timeout", RING_SECONDS)];
        self.account.create("Calls", fields)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        judge(answer, now)
    }
}

/// The signature that Twilio sends with a form: HMAC-SHA1 over the address and its sorted fields.
pub fn signature(token: &Secret, url: &str, fields: &[(&str, &str)]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.reveal().as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, signed(url, fields).as_bytes()))
}

/// Whether a signature is Twilio's, compared in constant time.
pub fn is_signed(token: &Secret, url: &str, fields: &[(&str, &str)], signature: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.reveal().as_bytes());
    let signature = BASE64_STANDARD.decode(signature).unwrap_or_default();
    hmac::verify(&key, signed(url, fields).as_bytes(), &signature).is_ok()
}

fn signed(url: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    let fields = fields.iter().flat_map(|(name, value)| [*name, *value]);
    std::iter::once(url).chain(fields).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, again, answer, message, no_success_by_accident, refused};
    use super::*;
    use std::collections::BTreeMap;

    fn account() -> Account {
        Account {
            base: "https://api.twilio.com".into(),
            sid: "AC1".into(),
            token: Secret::new("hush"),
            from: "+15005550006".into(),
            status_callback: Some("https://h/hooks/twilio".into()),
        }
    }

    fn sms() -> TwilioSms {
        TwilioSms { account: account(), rate: Rate::new(1, Span::secs(1)) }
    }

    fn voice() -> TwilioVoice {
        let rate = Rate::new(1, Span::secs(1));
        TwilioVoice { account: account(), rate, action: "https://h/hooks/voice?o=1&x=2".into() }
    }

    fn fields(provider: &dyn Provider, message: &Message) -> (String, BTreeMap<String, String>) {
        let request = provider.request(message, None, NOW).unwrap();
        let form = format!("http://h/?{}", request.body.unwrap().reveal());
        let url = reqwest::Url::parse(&form).unwrap();
        let fields = url.query_pairs().into_owned().collect();
        (request.url.reveal().to_owned(), fields)
    }

    #[test]
    fn a_text_message_ends_with_its_worth() {
        let (url, fields) = fields(&sms(), &message());
        assert_eq!(url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
        assert_eq!(fields["To"], "+8613800138000");
        assert_eq!(fields["From"], "+15005550006");
        assert_eq!(fields["Body"], "请到岗支援");
        assert_eq!(fields["ValidityPeriod"], "1200");
        assert_eq!(fields["StatusCallback"], "https://h/hooks/twilio");
        let day = Message { useful_until: NOW + Span::hours(24), ..message() };
        assert_eq!(self::fields(&sms(), &day).1["ValidityPeriod"], "14400");
        let soon = Message { useful_until: NOW + Span::millis(1), ..message() };
        assert_eq!(self::fields(&sms(), &soon).1["ValidityPeriod"], "1");
    }

    #[test]
    fn a_call_reads_the_text_and_takes_a_digit() {
        let text = "Say <hi> & \"press 1\"".to_owned();
        let message = Message { text, lang: crate::config::Language::En, ..message() };
        let (url, fields) = fields(&voice(), &message);
        assert_eq!(url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json");
        assert_eq!(
            fields["Twiml"],
            "<Response><Gather numDigits=\"1\" timeout=\"10\" method=\"POST\" \
             action=\"https://h/hooks/voice?o=1&amp;x=2\"><Say language=\"en-US\" loop=\"2\">\
             Say &lt;hi&gt; &amp; &quot;press 1&quot;</Say></Gather></Response>"
        );
        let long = Message { text: "&".repeat(5_000), ..message };
        assert!(self::fields(&voice(), &long).1["Twiml"].len() < 4_000);
    }

    #[test]
    fn answers() {
        let accepted = Verdict::Accepted { id: Some(Secret::new("SM1")) };
        for (status, body, wanted) in [
            (201, r#"{"sid":"SM1","status":"queued","error_code":null}"#, accepted),
            (201, r#"{"sid":"SM1","error_code":30007}"#, refused(Reason::Content, 30_007)),
            (429, r#"{"code":20429}"#, again(Reason::RateLimit, 20_429)),
            (429, r#"{"code":21611}"#, again(Reason::RateLimit, 21_611)),
            (400, r#"{"code":30001}"#, again(Reason::RateLimit, 30_001)),
            (400, r#"{"code":30008}"#, again(Reason::Busy, 30_008)),
            (400, r#"{"code":21610}"#, refused(Reason::OptedOut, 21_610)),
            (400, r#"{"code":21211}"#, refused(Reason::Address, 21_211)),
            (400, r#"{"code":21214}"#, refused(Reason::Address, 21_214)),
            (400, r#"{"code":21217}"#, refused(Reason::Address, 21_217)),
            (400, r#"{"code":21614}"#, refused(Reason::Address, 21_614)),
            (400, r#"{"code":30003}"#, refused(Reason::Address, 30_003)),
            (400, r#"{"code":30005}"#, refused(Reason::Address, 30_005)),
            (400, r#"{"code":30006}"#, refused(Reason::Address, 30_006)),
            (400, r#"{"code":21408}"#, refused(Reason::Gone, 21_408)),
            (400, r#"{"code":21606}"#, refused(Reason::Gone, 21_606)),
            (400, r#"{"code":21617}"#, refused(Reason::TooLong, 21_617)),
            (401, r#"{"code":20003}"#, refused(Reason::Credentials, 20_003)),
            (400, r#"{"code":4711}"#, Verdict::Refused(Reason::Request.into())),
            (500, r#"{"code":4711}"#, Verdict::Again(Reason::Busy.into(), None)),
            (502, r#"{"code":4711}"#, Verdict::Unclear(Reason::Gateway.into())),
        ] {
            assert_eq!(sms().judge(&answer(status, body), NOW), wanted, "{status} {body}");
            assert_eq!(voice().judge(&answer(status, body), NOW), wanted, "{status} {body}");
        }
        let many = Fault::coded(Reason::RateLimit, 14_107);
        let wait = Verdict::Again(many, Some(Span::secs(30)));
        assert_eq!(sms().judge(&answer(429, r#"{"code":14107}"#), NOW), wait);
        no_success_by_accident(&sms());
        no_success_by_accident(&voice());
    }

    #[test]
    fn a_message_is_looked_up_by_its_code() {
        let message = Message { code: "K7Q2".into(), ..message() };
        let request = sms().look_up(&message, NOW).unwrap().unwrap();
        assert_eq!(
            request.url.reveal(),
            "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json\
             ?To=%2B8613800138000&DateSent%3E=2026-11-28&PageSize=100"
        );
        let found = |status, body: &str| sms().found(&answer(status, body), &message);
        let held = r#"{"messages":[{"body":"x"},{"body":"come [K7Q2]"}],"next_page_uri":"/n"}"#;
        assert_eq!(found(200, held), Some(true));
        assert_eq!(found(200, r#"{"messages":[],"next_page_uri":null}"#), Some(false));
        assert_eq!(found(200, r#"{"messages":[],"next_page_uri":"/n"}"#), None);
        assert_eq!(found(200, "{}"), None);
        assert_eq!(found(503, r#"{"messages":[]}"#), None);
        assert_eq!(sms().look_up(&super::super::samples::message(), NOW), None);
        assert!(voice().look_up(&message, NOW).is_none());
    }

    #[test]
    fn signatures_are_the_documented_ones() {
        let token = Secret::new("12345");
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        for (caller, wanted) in [
            ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ] {
            let fields = [
                ("CallSid", "CA1234567890ABCDE"),
                ("To", "+18005551212"),
                ("Digits", "1234"),
                ("From", caller),
                ("Caller", caller),
            ];
            assert_eq!(signature(&token, url, &fields), wanted);
            assert!(is_signed(&token, url, &fields, wanted));
            assert!(!is_signed(&token, url, &fields[1..], wanted));
            assert!(!is_signed(&Secret::new("12346"), url, &fields, wanted));
            assert!(!is_signed(&token, url, &fields, "") && !is_signed(&token, url, &fields, "?"));
        }
    }
}
