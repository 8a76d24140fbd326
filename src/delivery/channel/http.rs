//! Any HTTP interface, from a description: the way to domestic SMS gateways.
//!
//! Method, address, headers and body are templates; what counts as taken is said by a place in the
//! answer and the values that it may have there, since gateways too answer 200 to everything. A
//! gateway that recognises a repeated key is declared so, and then the key must stand somewhere in
//! the request. Without that a message is sent at most once.
//!
//! A description that cannot make a request is refused when it is read, not during a surge: it is
//! filled with awkward values once, and a body of JSON must still be JSON then.

use super::Provider;
use super::answer::{Answer, id};
use super::class::Class;
use super::message::{Message, Urgency};
use super::pace::Rate;
use super::request::{Method, Request, address};
use super::template::{Encoding, SHORT_WORDS, TEXT_WORDS, Template, UnknownWord, Values};
use super::verdict::{Fault, Reason, Verdict};
use crate::config::Language;
use crate::delivery::secret::Secret;
use crate::engine::command::Level;
use crate::engine::time::Timestamp;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

/// An HTTP interface as it is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// What is done to the address.
    pub method: Method,
    /// Where; a template.
    pub url: Secret,
    /// Headers; their values are templates without text.
    pub headers: Vec<(String, Secret)>,
    /// What is sent; a template.
    pub body: Option<Secret>,
    /// How values stand in the body.
    pub encoding: Encoding,
    /// What the word `secret` stands for.
    pub secret: Secret,
    /// The receiver recognises a repeated `{key}`.
    pub keyed: bool,
    /// What counts as taken; without it any status of the 2xx class.
    pub success: Option<Success>,
    /// Taken means that the receiver has it, not only that the gateway has.
    pub delivers: bool,
    /// How fast it may be asked.
    pub rate: Rate,
    /// Most bytes of `{text}` and of `{subject}`.
    pub bytes_max: usize,
}

/// What counts as taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Success {
    /// JSON Pointer (RFC 6901) to what tells it.
    pub pointer: String,
    /// Values that mean taken.
    pub values: Vec<String>,
    /// Values that mean "not now".
    pub again: Vec<String>,
    /// JSON Pointer to what the gateway calls the message.
    pub id: Option<String>,
}

/// Why a description makes no request.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// A word.
    #[error("{place}: {source}")]
    Word {
        /// Where it stands.
        place: &'static str,
        /// Which.
        source: UnknownWord,
    },
    /// The address.
    #[error("`url` is no http or https address once its words are filled")]
    Url,
    /// A header.
    #[error("the header `{0}` cannot be sent")]
    Header(String),
    /// The body.
    #[error("`body` is no JSON once its words are filled; places stand inside quotation marks")]
    Json,
    /// A body that the method has not.
    #[error("a GET has no body")]
    Body,
    /// The key.
    #[error("`keyed` needs {{key}} in `url`, in `body` or in a header")]
    Key,
    /// A pointer.
    #[error("`{0}` is no JSON Pointer; one begins with /")]
    Pointer(String),
    /// No value.
    #[error("`success` needs at least one value that means taken")]
    NoValue,
}

/// An HTTP interface.
#[derive(Clone, Debug)]
pub struct Http {
    settings: HttpSettings,
    url: Template,
    headers: Vec<(String, Template)>,
    body: Option<Template>,
}

impl Http {
    /// Reads a description.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpError> {
        let parse = |place, text: &Secret, known: &[&[&'static str]]| {
            Template::parse(text.reveal(), known)
                .map_err(|source| HttpError::Word { place, source })
        };
        let everywhere: &[&[&'static str]] = &[&SHORT_WORDS, &TEXT_WORDS];
        let url = parse("url", &settings.url, everywhere)?;
        let mut headers = Vec::new();
        for (name, value) in &settings.headers {
            headers.push((name.clone(), parse("headers", value, &[&SHORT_WORDS])?));
        }
        let body =
            settings.body.as_ref().map(|body| parse("body", body, everywhere)).transpose()?;
        let http = Self { settings, url, headers, body };
        http.check()?;
        Ok(http)
    }

    fn check(&self) -> Result<(), HttpError> {
        let Self { settings, url, headers, body } = self;
        if body.is_some() && !settings.method.has_body() {
            return Err(HttpError::Body);
        }
        let mut places = headers.iter().map(|(_, value)| value).chain(body).chain([url]);
        if settings.keyed && !places.any(|template| template.has("key")) {
            return Err(HttpError::Key);
        }
        if let Some(success) = &settings.success {
            let pointers = success.id.iter().chain([&success.pointer]);
            if let Some(wrong) = pointers.into_iter().find(|p| !p.starts_with('/')) {
                return Err(HttpError::Pointer(wrong.clone()));
            }
            if success.values.is_empty() {
                return Err(HttpError::NoValue);
            }
        }
        self.try_out()
    }

    fn try_out(&self) -> Result<(), HttpError> {
        let message = awkward();
        let now = Timestamp::from_secs(0);
        let filled = self.fill(&message, now).map_err(|_| HttpError::Url)?;
        let sendable = |name: &str, value: &str| {
            HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
        };
        let wrong = filled.headers.iter().find(|(name, value)| !sendable(name, value.reveal()));
        if let Some((name, _)) = wrong {
            return Err(HttpError::Header(name.clone()));
        }
        let json = self.settings.encoding == Encoding::Json;
        let body = filled.body.as_ref().filter(|_| json);
        match body.map(|body| serde_json::from_str::<Value>(body.reveal())) {
            Some(Err(_)) => Err(HttpError::Json),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    fn fill(&self, message: &Message, now: Timestamp) -> Result<Request, Fault> {
        let settings = &self.settings;
        let (secret, bytes_max) = (&settings.secret, settings.bytes_max);
        let values = Values { message, secret, bytes_max, now };
        let url = Secret::new(address(&self.url.fill(Encoding::Form, values)?, &[])?);
        let mut headers = Vec::with_capacity(self.headers.len() + 1);
        for (name, value) in &self.headers {
            let value = Secret::new(value.fill(Encoding::Plain, values)?);
            headers.push((name.to_ascii_lowercase(), value));
        }
        let told = headers.iter().any(|(name, _)| name == "content-type");
        if self.body.is_some() && !told {
            let content_type = match settings.encoding {
                Encoding::Json => "application/json; charset=utf-8",
                Encoding::Form => "application/x-www-form-urlencoded",
                Encoding::Plain => "text/plain; charset=utf-8",
            };
            headers.push(("content-type".to_owned(), Secret::new(content_type)));
        }
        let body = self.body.as_ref().map(|body| body.fill(settings.encoding, values));
        let body = body.transpose()?.map(Secret::new);
        Ok(Request { method: settings.method, url, headers, body })
    }

    fn taken(&self, id: Option<Secret>) -> Verdict {
        if self.settings.delivers { Verdict::Delivered { id } } else { Verdict::Accepted { id } }
    }
}

impl Provider for Http {
    fn word(&self) -> &'static str {
        "http"
    }

    fn class(&self) -> Class {
        if self.settings.keyed { Class::AtLeastOnceKeyed } else { Class::AtMostOnce }
    }

    fn rate(&self) -> Rate {
        self.settings.rate
    }

    fn request(
        &self,
        message: &Message,
        _token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        self.fill(message, now)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict {
        let Some(success) = &self.settings.success else {
            return answer.refusal(now).unwrap_or_else(|| self.taken(None));
        };
        let Some(body) = answer.json() else { return answer.unread(now) };
        let Some(word) = body.pointer(&success.pointer).and_then(word) else {
            return answer.unread(now);
        };
        if success.again.contains(&word) {
            return Verdict::Again(fault(Reason::Busy, &word), answer.wish(now));
        }
        let taken = success.values.contains(&word);
        match answer.refusal(now) {
            None if taken => {
                self.taken(id(success.id.as_deref().and_then(|place| body.pointer(place))))
            }
            None => Verdict::Refused(fault(Reason::Unknown, &word)),
            Some(refusal) => refusal,
        }
    }
}

fn fault(reason: Reason, word: &str) -> Fault {
    word.parse().map_or(reason.into(), |code| Fault::coded(reason, code))
}

/// A value as the settings write it.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Values that break a template whose places stand where they cannot be escaped.
fn awkward() -> Message {
    Message {
        key: "k-1".to_owned(),
        to: Some(Secret::new("a.b@c")),
        subject: "\"\\\n支".to_owned(),
        text: "\"\\\n援&=%{text}".to_owned(),
        lang: Language::ZhCn,
        urgency: Urgency { commander: false, level: Level::L1 },
        useful_until: Timestamp::from_secs(60),
        drill: false,
        code: "c-1".to_owned(),
        reply: None,
    }
}

#[cfg(test)]
mod tests;
