//! The socket under all HTTP channels: sends what it is given, reads what comes, understands
//! neither.
//!
//! What it must tell apart is whether anything was sent. A connection that did not come about is
//! known to be without effect; the time for connecting is half of the whole time, so that a dead
//! host is known as one before the patience ends. Whatever fails later may have been read by
//! somebody. No redirect is followed. The answer is read up to a bound and then left: what was
//! read of it is judged, so a status that says enough needs no body.

use super::Provider;
use super::answer::Answer;
use super::class::Ended;
use super::message::Message;
use super::request::{Method, Request};
use super::token::{Token, Tokens};
use super::verdict::{Fault, Reason, Verdict};
use crate::causes::causes;
use crate::delivery::secret::Secret;
use crate::engine::time::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, redirect};
use std::time::Duration;

/// Bytes of an answer that are read; the longest documented one is a page of a list.
const ANSWER_MAX: usize = 256 * 1024;

/// Why nothing can be sent at all.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client of the channels cannot be set up")]
pub struct CallerError(#[source] reqwest::Error);

/// Sends requests.
#[derive(Clone, Debug)]
pub struct Caller {
    client: Client,
}

impl Caller {
    /// With so much time for an attempt, answer included.
    ///
    /// # Errors
    /// If the client cannot be built.
    pub fn new(timeout: Duration) -> Result<Self, CallerError> {
        // Fails where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .user_agent(concat!("callsurge/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(CallerError)?;
        Ok(Self { client })
    }

    /// Makes one attempt. A token that is no longer taken is fetched anew once: its refusal had no
    /// effect.
    pub async fn send(
        &self,
        provider: &dyn Provider,
        tokens: &Tokens,
        message: &Message,
        now: Timestamp,
    ) -> Ended {
        let expired = Ended::Answered(Verdict::TokenExpired);
        let first = self.attempt(provider, tokens, message, now).await;
        if first != expired {
            return first;
        }
        let second = self.attempt(provider, tokens, message, now).await;
        if second != expired {
            return second;
        }
        Ended::Answered(Verdict::Refused(Reason::Credentials.into()))
    }

    async fn attempt(
        &self,
        provider: &dyn Provider,
        tokens: &Tokens,
        message: &Message,
        now: Timestamp,
    ) -> Ended {
        let token = match self.token(provider, tokens, now).await {
            Ok(token) => token,
            Err(ended) => return ended,
        };
        let request = match provider.request(message, token.as_ref(), now) {
            Ok(request) => request,
            Err(fault) => return Ended::Unsent(fault),
        };
        let answer = match self.ask(&request).await {
            Ok(answer) => answer,
            Err(ended) => return ended,
        };
        let verdict = provider.judge(&answer, now);
        if let (Verdict::TokenExpired, Some(token)) = (&verdict, &token) {
            tokens.forget(token).await;
        }
        Ended::Answered(verdict)
    }

    /// Asks a provider whether it has a message; `None`: it does not tell.
    pub async fn look_up(
        &self,
        provider: &dyn Provider,
        message: &Message,
        since: Timestamp,
    ) -> Option<bool> {
        let request = provider.look_up(message, since)?.ok()?;
        let answer = self.ask(&request).await.ok()?;
        provider.found(&answer, message)
    }

    /// Asks a provider for an answer without a visible effect; `None`: it has none to give.
    ///
    /// # Errors
    /// What is wrong with it, or between here and there.
    pub async fn probe(
        &self,
        provider: &dyn Provider,
        now: Timestamp,
    ) -> Option<Result<(), Fault>> {
        if let Some(request) = provider.token_request() {
            let asked = async { self.fetch(provider, &request.map_err(Ended::Unsent)?, now).await };
            return Some(asked.await.map(drop).map_err(fault));
        }
        let request = provider.probe()?;
        let asked = async { self.ask(&request.map_err(Ended::Unsent)?).await };
        Some(match asked.await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(fault(Ended::Answered(answer.unread(now)))),
            Err(ended) => Err(fault(ended)),
        })
    }

    async fn token(
        &self,
        provider: &dyn Provider,
        tokens: &Tokens,
        now: Timestamp,
    ) -> Result<Option<Secret>, Ended> {
        let Some(request) = provider.token_request() else { return Ok(None) };
        let request = request.map_err(Ended::Unsent)?;
        let fetch = async || self.fetch(provider, &request, now).await;
        tokens.get(now, fetch).await.map(Some)
    }

    /// However a fetch ends, the message itself was not sent.
    async fn fetch(
        &self,
        provider: &dyn Provider,
        request: &Request,
        now: Timestamp,
    ) -> Result<Token, Ended> {
        let again = |fault| Ended::Answered(Verdict::Again(fault, None));
        let answer = self.ask(request).await.map_err(|ended| match ended {
            Ended::Lost | Ended::Interrupted => again(Reason::NoAnswer.into()),
            Ended::Unsent(_) | Ended::Answered(_) => ended,
        })?;
        provider.token(&answer, now).map_err(|verdict| {
            if let Verdict::Unclear(fault) = verdict {
                again(fault)
            } else {
                Ended::Answered(verdict)
            }
        })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// How the attempt ended without an answer.
    pub async fn ask(&self, request: &Request) -> Result<Answer, Ended> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
        };
        let headers = headers(request).map_err(Ended::Unsent)?;
        let mut call = self.client.request(method, request.url.reveal()).headers(headers);
        if let Some(body) = &request.body {
            call = call.body(body.reveal().to_owned());
        }
        match call.send().await {
            Ok(response) => Ok(read(response).await),
            Err(error) => {
                tracing::debug!(why = causes(&error), "a channel gave no answer");
                Err(ended(&error))
            }
        }
    }
}

fn fault(ended: Ended) -> Fault {
    match ended {
        Ended::Unsent(fault)
        | Ended::Answered(
            Verdict::Again(fault, _) | Verdict::Refused(fault) | Verdict::Unclear(fault),
        ) => fault,
        Ended::Answered(Verdict::TokenExpired) => Reason::Credentials.into(),
        Ended::Answered(Verdict::Delivered { .. } | Verdict::Accepted { .. }) => {
            Reason::Garbled.into()
        }
        Ended::Lost => Reason::NoAnswer.into(),
        Ended::Interrupted => Reason::Interrupted.into(),
    }
}

fn ended(error: &reqwest::Error) -> Ended {
    if error.is_builder() {
        Ended::Unsent(Reason::Settings.into())
    } else if error.is_connect() {
        Ended::Unsent(Reason::NoConnection.into())
    } else {
        Ended::Lost
    }
}

fn headers(request: &Request) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Reason::Settings)?;
        let mut value = HeaderValue::from_str(value.reveal()).map_err(|_| Reason::Settings)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

async fn read(mut response: Response) -> Answer {
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while body.len() < ANSWER_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body.truncate(ANSWER_MAX);
    Answer { status, headers, body }
}
