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
    /// Where the digit that was pressed is told; the token of the reply follows it.
    pub action: String,
}

impl Account {
    fn url(&self, what: &str) -> String {
        format!("{}/2010-04-01/Accounts/{}/{what}.json", self.base, self.sid)
    }

    /// The account itself: whether name and token are taken.
    fn ask(&self) -> Result<Request, Fault> {
        let url = format!("{}/2010-04-01/Accounts/{}.json", self.base, self.sid);
        Ok(Request::get(&url, &[])?.basic(&self.sid, &self.token))
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

    fn probe(&self) -> Option<Result<Request, Fault>> {
        Some(self.account.ask())
    }

    fn look_up(&self, message: &Message, since: Timestamp) -> Option<Result<Request, Fault>> {
        // Without code or link a message cannot be told from others to the same number.
        let to = message.to.as_ref().filter(|_| is_one_of_a_kind(message))?.reveal();
        let day = since.to_chrono()?.format("%Y-%m-%d").to_string();
        let account = &self.account;
        let query = [("To", to), ("DateSent>", &*day), ("PageSize", "100")];
        let request = Request::get(&account.url("Messages"), &query);
        Some(request.map(|request| request.basic(&account.sid, &account.token)))
    }

    fn found(&self, answer: &Answer, message: &Message) -> Option<bool> {
        if !answer.is_success() || !is_one_of_a_kind(message) {
            return None;
        }
        let body = answer.json()?;
        let said = message.words(SMS_BYTES_MAX, utf8);
        let messages = body.get("messages")?.as_array()?;
        let held = messages.iter().any(|one| {
            // Other messages about the same offer have its code too.
            one.get("body").and_then(|b| b.as_str()).is_some_and(|b| b.contains(&*said))
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
        let action = match &message.reply {
            Some(token) => format!("{}/{}", self.action, token.reveal()),
            None => self.action.clone(),
        };
        let said = xml(&message.words(VOICE_BYTES_MAX, in_xml));
        let script = format!(
            "<Response><Gather numDigits=\"1\" timeout=\"10\" method=\"POST\" action=\"{}\">\
             <Say language=\"{}\" loop=\"2\">{said}</Say></Gather></Response>",
            xml(&action),
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

    fn probe(&self) -> Option<Result<Request, Fault>> {
        Some(self.account.ask())
    }
}

/// Whether its text is like that of no other message.
fn is_one_of_a_kind(message: &Message) -> bool {
    !message.code.is_empty() || message.reply.is_some()
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
mod tests;
