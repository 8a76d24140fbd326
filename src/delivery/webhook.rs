//! A signed webhook: the generic channel.
//!
//! Headers follow Standard Webhooks: `webhook-id` is the key of the intent and the same on every
//! attempt, `webhook-timestamp` the second of the attempt, `webhook-signature`
//! `v1,base64(HMAC-SHA256(secret, "id.timestamp.body"))`. The body is the record of the effect
//! with the journal's stamp and a sentence for people, and is the same on every attempt.
//!
//! No redirect is followed: the signature would go to whoever the receiver points at. The answer
//! is read up to a bound and only to be quoted in the log of attempts. Answers of the 4xx class
//! are final, but 408 and 429; everything else that is not 2xx may work later.

use super::retry::{Retry, Verdict};
use super::secret::Secret;
use crate::causes::causes;
use crate::engine::time::{Span, Timestamp};
use crate::journal::Stamp;
use crate::journal::outbox::Intent;
use crate::record::Record;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, redirect};
use serde::Serialize;
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer that are read.
const ANSWER_MAX: usize = 4 * 1024;
/// Characters of an answer that are kept.
const QUOTE_MAX: usize = 200;
/// No wish of a receiver is honoured beyond this: orders expire anyway.
const WISH_MAX: Span = Span::hours(1);

/// Where the webhook goes.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Name of the channel in the outbox, in logs and in metrics.
    pub name: String,
    /// Receiver. Plain `http` is accepted: receivers on the same host are common.
    pub url: String,
    /// Signing secret: `whsec_` and base64, or any text, whose bytes are then the key.
    pub secret: Secret,
    /// Whole time of an attempt.
    pub timeout: Duration,
    /// When to try again.
    pub retry: Retry,
}

impl WebhookSettings {
    /// A receiver with the shipped times.
    pub fn new(url: impl Into<String>, secret: Secret) -> Self {
        let timeout = Duration::from_secs(10);
        Self {
            name: "webhook".to_owned(),
            url: url.into(),
            secret,
            timeout,
            retry: Retry::default(),
        }
    }
}

/// Why a webhook cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address.
    #[error("the webhook's url is not an http or https address")]
    Url,
    /// The secret.
    #[error("the webhook's secret begins with whsec_ but what follows is not base64")]
    Secret,
    /// The secret.
    #[error("the webhook's secret is empty: receivers could not tell orders from forgeries")]
    NoSecret,
    /// The client.
    #[error("the webhook's client cannot be built")]
    Client(#[source] reqwest::Error),
}

/// The channel.
#[derive(Clone)]
pub struct Webhook {
    name: Arc<str>,
    client: Client,
    url: reqwest::Url,
    key: Arc<[u8]>,
    retry: Retry,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it means.
    pub verdict: Verdict,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Why it did not work.
    pub reason: Option<String>,
}

/// The body: the record, and what a reader of a single message lacks.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    record: &'a Record,
    journal: Stamp,
    text: String,
}

impl Webhook {
    /// Checks the settings and builds a client.
    ///
    /// # Errors
    /// If address or secret are unusable.
    pub fn new(settings: &WebhookSettings) -> Result<Self, WebhookError> {
        let url = reqwest::Url::parse(&settings.url).map_err(|_| WebhookError::Url)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(WebhookError::Url);
        }
        let key = key_of(&settings.secret)?;
        // Fails where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .user_agent(concat!("callsurge/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(WebhookError::Client)?;
        Ok(Self { name: settings.name.as_str().into(), client, url, key, retry: settings.retry })
    }

    /// Name of the channel in the outbox.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The retry policy.
    pub fn retry(&self) -> &Retry {
        &self.retry
    }

    /// Makes one attempt.
    pub async fn send(&self, intent: &Intent, now: Timestamp) -> Outcome {
        let body = match body(&intent.record) {
            Ok(body) => body,
            Err(error) => return Outcome::refused(error.to_string()),
        };
        let timestamp = now.as_millis().div_euclid(1_000).to_string();
        let signature = match sign(&self.key, &intent.key, &timestamp, &body) {
            Ok(signature) => signature,
            Err(error) => return Outcome::refused(error.to_string()),
        };
        let sent = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &intent.key)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(body)
            .send()
            .await;
        match sent {
            Ok(response) => judge(response, now).await,
            // A refused connection and a broken one alike: the key makes a second attempt safe.
            Err(error) => {
                let verdict = Verdict::Later(None);
                Outcome { verdict, status: None, reason: Some(causes(&error)) }
            }
        }
    }
}

impl Outcome {
    fn refused(reason: String) -> Self {
        Self { verdict: Verdict::Refused, status: None, reason: Some(reason) }
    }
}

/// `v1,` and the base64 of the signature over id, timestamp and body.
///
/// # Errors
/// If the key has a length that HMAC does not take; there is none.
pub fn sign(
    key: &[u8],
    id: &str,
    timestamp: &str,
    body: &str,
) -> Result<String, hmac::digest::InvalidLength> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)?;
    for part in [id, ".", timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    Ok(format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes())))
}

fn key_of(secret: &Secret) -> Result<Arc<[u8]>, WebhookError> {
    let key = match secret.reveal().strip_prefix("whsec_") {
        Some(text) => BASE64_STANDARD.decode(text).map_err(|_| WebhookError::Secret)?,
        None => secret.reveal().as_bytes().to_vec(),
    };
    if key.is_empty() { Err(WebhookError::NoSecret) } else { Ok(key.into()) }
}

/// Only a live journal has a worker, so the stamp is always `live`; it is said all the same,
/// because a receiver's own tests will send other words.
fn body(record: &Record) -> serde_json::Result<String> {
    serde_json::to_string(&Body { record, journal: Stamp::Live, text: sentence(record) })
}

/// A line for people; the verdict behind it, where there is one, is explained.
fn sentence(record: &Record) -> String {
    let told = told(record);
    match &record.explanation {
        Some(explanation) => format!("{told}. {}", explanation.en),
        None => told,
    }
}

fn told(record: &Record) -> String {
    let place = record.unit.as_deref().or(record.source.as_deref()).unwrap_or("monitor");
    let cause = record.cause.as_deref().unwrap_or("unknown");
    match record.kind.as_str() {
        "transition" => {
            let from = record.from.as_deref().unwrap_or("?");
            let to = record.to.as_deref().unwrap_or("?");
            let incident = record.incident.unwrap_or_default();
            format!("{place}: {from} → {to} ({cause}), incident {incident}, {}", record.at)
        }
        "outage" => format!("{place}: outage, {cause}, {}", record.at),
        "reminder" => {
            let level = record.level.as_deref().unwrap_or("?");
            format!("{place}: {level}, {cause}, {}", record.at)
        }
        "recall" => {
            let recall = record.recall.as_ref();
            let id = recall.and_then(|r| r.id.as_deref()).unwrap_or("?");
            let whom = recall.and_then(|r| r.person.as_deref()).unwrap_or("all");
            format!("{place}: recall {id}, {cause}, {whom}, {}", record.at)
        }
        other => format!("{place}: {other}, {}", record.at),
    }
}

async fn judge(response: Response, now: Timestamp) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return Outcome { verdict: Verdict::Taken, status: Some(status.as_u16()), reason: None };
    }
    let later = status.is_server_error()
        || status == StatusCode::REQUEST_TIMEOUT
        || status == StatusCode::TOO_MANY_REQUESTS;
    let verdict = if later { Verdict::Later(wish(&response, now)) } else { Verdict::Refused };
    let reason = Some(format!("{status}: {}", quote(response).await));
    Outcome { verdict, status: Some(status.as_u16()), reason }
}

/// `Retry-After` in seconds or as a date.
fn wish(response: &Response, now: Timestamp) -> Option<Span> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<i64>() {
        Ok(seconds) => Span::secs(seconds.clamp(0, WISH_MAX.as_millis() / 1_000)),
        Err(_) => {
            Timestamp::from_millis(DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis())
                - now
        }
    };
    Some(wait.clamp(Span::ZERO, WISH_MAX))
}

/// The beginning of an answer; the rest is not read.
async fn quote(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    text.chars().filter(|c| !c.is_control()).take(QUOTE_MAX).collect()
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        f.debug_struct("Webhook").field("host", &host).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks libraries.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let key = key_of(&secret).expect("a sound secret");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = sign(&key, id, "1614265330", r#"{"test": 2432232314}"#).expect("any key");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_text_ends_with_why() {
        let (en, zh_cn) = ("Queue vip: …".to_owned(), "队列 vip：…".to_owned());
        let record = Record {
            kind: "transition".into(),
            at: "2026-11-24T06:05:00Z".into(),
            unit: Some("sales".into()),
            from: Some("none".into()),
            to: Some("L1".into()),
            cause: Some("detector".into()),
            incident: Some(3),
            explanation: Some(crate::explanation::Explanation { en, zh_cn }),
            ..Record::default()
        };
        let text = sentence(&record);
        let wanted = "sales: none → L1 (detector), incident 3, 2026-11-24T06:05:00Z. Queue vip: …";
        assert_eq!(text, wanted);
        let body = body(&record).expect("JSON");
        assert!(body.contains("\"zh-CN\":\"队列 vip：…\""), "{body}");
    }

    #[test]
    fn a_secret_is_not_shown() {
        let settings = WebhookSettings::new("http://127.0.0.1/", Secret::new("hush"));
        assert!(!format!("{settings:?}").contains("hush"));
    }

    #[test]
    fn unusable_settings_are_refused() {
        let refused = |url: &str, secret: &str| {
            Webhook::new(&WebhookSettings::new(url, Secret::new(secret)))
                .err()
                .map(|e| e.to_string())
        };
        assert!(refused("ftp://h/", "s").is_some_and(|e| e.contains("http")));
        assert!(refused("http://h/", "").is_some_and(|e| e.contains("empty")));
        assert!(refused("http://h/", "whsec_!").is_some_and(|e| e.contains("base64")));
    }
}
