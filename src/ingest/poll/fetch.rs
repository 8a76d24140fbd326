//! Asks one address and all its pages, within bounds of size and time.
//!
//! No redirect is followed: credentials would go to whoever the answer points at. Addresses are
//! never quoted in messages, since some vendors have keys in them; answers are not either.

use super::page::{Next, Paging};
use super::problem::Problem;
use super::reading;
use super::secret::{Keeper, Secret};
use super::sign::{Request, Scheme, Signer};
use super::status::Became;
use super::template::Template;
use crate::causes::causes;
use crate::engine::time::Timestamp;
use crate::ingest::Reason;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use chrono_tz::Tz;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Method, Response, StatusCode, Url, redirect};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// No wish of an ACD to be left alone is honoured beyond this.
const WISH_MAX: Duration = Duration::from_secs(3_600);

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Nobody in particular.
    None,
    /// Name and secret (RFC 7617).
    Basic(String),
    /// The secret is a bearer token (RFC 6750).
    Bearer,
    /// The secret is the value of this header.
    Header(String),
    /// Requests are signed with the secret.
    Signed(Box<Scheme>, Signer),
}

/// What is asked, and within which bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Addresses; each is asked in every poll.
    pub urls: Vec<Template>,
    /// Bodies of the requests, which are then POSTs: one for all addresses, or one for each.
    pub bodies: Vec<Template>,
    /// Headers besides those of the authentication.
    pub headers: Vec<(String, Template)>,
    /// Who asks.
    pub auth: Auth,
    /// How answers go on.
    pub paging: Option<Paging>,
    /// Most pages of an address.
    pub pages_max: usize,
    /// Whole time of a request, answer included.
    pub timeout: Duration,
    /// Most bytes of all pages of an address.
    pub bytes_max: usize,
    /// Zone of the words `today` and `midnight`.
    pub zone: Tz,
    /// Authority of the certificate, in PEM; without one those that the machine trusts.
    pub ca: Option<Vec<u8>>,
}

/// Why nobody can ask.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The authority.
    #[error("the file of `tls_ca` holds no certificate in PEM form")]
    Authority(#[source] Option<reqwest::Error>),
    /// The client.
    #[error("the HTTP client cannot be set up")]
    Client(#[source] reqwest::Error),
}

/// Why a poll of an address failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What became of it, as metrics count it.
    pub became: Became,
    /// What happened, without address and answer.
    pub what: String,
    /// The reason that is counted, where an answer was refused.
    pub reason: Option<Reason>,
    /// It will fail again until somebody mends it.
    pub permanent: bool,
    /// The ACD wants to be left alone for so long.
    pub wish: Option<Duration>,
}

impl Failure {
    fn of(became: Became, what: impl Into<String>) -> Self {
        Self { became, what: what.into(), reason: None, permanent: false, wish: None }
    }

    fn setup(what: impl Into<String>) -> Self {
        Self { permanent: true, ..Self::of(Became::Setup, what) }
    }

    fn refused(what: impl Into<String>, reason: Reason) -> Self {
        Self { reason: Some(reason), ..Self::of(Became::Unusable, what) }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let became = if error.is_timeout() { Became::Timeout } else { Became::NoAnswer };
        Self::of(became, causes(&error))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let reason = problem.reason;
        Self::refused(problem.to_string(), reason)
    }
}

/// The client of one source.
#[derive(Debug)]
pub struct Fetcher {
    client: Client,
    ask: Ask,
    keeper: Keeper,
    secret: Secret,
    bytes: u64,
}

impl Fetcher {
    /// Builds the client. `keeper` gives the secret, now and again when it is no longer taken.
    ///
    /// # Errors
    /// [`SetupError`] where authority or client are unusable.
    pub fn new(ask: Ask, keeper: Keeper) -> Result<Self, SetupError> {
        // Fails where a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(ask.timeout)
            .connect_timeout(ask.timeout)
            .user_agent(concat!("callsurge/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &ask.ca {
            let authorities = Certificate::from_pem_bundle(pem)
                .map_err(|error| SetupError::Authority(Some(error)))?;
            if authorities.is_empty() {
                return Err(SetupError::Authority(None));
            }
            builder = builder.tls_certs_only(authorities);
        }
        let client = builder.build().map_err(SetupError::Client)?;
        let secret = keeper.read().unwrap_or_default();
        Ok(Self { client, ask, keeper, secret, bytes: 0 })
    }

    /// What is asked.
    pub fn ask(&self) -> &Ask {
        &self.ask
    }

    /// Bytes of answers so far, of those that were read to their end.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Asks one of the addresses; the answers of all its pages.
    ///
    /// # Errors
    /// [`Failure`]: pages that came before it tell nothing.
    pub async fn fetch(&mut self, address: usize, now: Timestamp) -> Result<Vec<Value>, Failure> {
        let text = self.ask.urls.get(address).map(|url| url.at(now, self.ask.zone));
        let mut url = text
            .and_then(|url| Url::parse(&url).ok())
            .ok_or_else(|| Failure::setup("`url` is no address once its words are filled"))?;
        let first = url.clone();
        let own = self.ask.bodies.get(address).or(self.ask.bodies.first());
        let mut body = own.map(|body| body.at(now, self.ask.zone));
        let mut answers = Vec::new();
        let mut budget = self.ask.bytes_max;
        let mut known = BTreeSet::new();
        loop {
            let response = self.send(&url, body.as_deref(), now).await?;
            let response = self.judge(response, now)?;
            let link = response.headers().get("link").and_then(|v| v.to_str().ok());
            let link = link.map(str::to_owned);
            let bytes = self.read(response, budget).await?;
            budget -= bytes.len();
            self.bytes += bytes.len() as u64;
            let answer = reading::parse(&bytes)?;
            let next = match &self.ask.paging {
                None => None,
                Some(paging) => {
                    paging.next(&url, link.as_deref(), &answer).map_err(Failure::setup)?
                }
            };
            answers.push(answer);
            let Some(next) = next else { return Ok(answers) };
            if answers.len() >= self.ask.pages_max {
                let what = format!("the answer has more than {} pages", self.ask.pages_max);
                return Err(Failure::refused(what, Reason::TooLarge));
            }
            if !known.insert(format!("{next:?}")) {
                let what = "the next page is one that was read already";
                return Err(Failure::refused(what, Reason::Nonsense));
            }
            match next {
                Next::Url(next) => url = next,
                Next::Query(name, word) => url = with_parameter(&first, &name, &word),
                Next::Body(name, word) => body = with_member(body.as_deref(), &name, &word),
            }
        }
    }

    async fn send(
        &self,
        url: &Url,
        body: Option<&str>,
        now: Timestamp,
    ) -> Result<Response, Failure> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let headers = self.headers(&method, url, body, now)?;
        let mut request = self.client.request(method, url.clone()).headers(headers);
        if let Some(body) = body {
            request = request.body(body.to_owned());
        }
        Ok(request.send().await?)
    }

    fn headers(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&str>,
        now: Timestamp,
    ) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert("accept", HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &self.ask.headers {
            put(&mut headers, name, &value.at(now, self.ask.zone), false)?;
        }
        let secret = self.secret.reveal();
        let authorization = AUTHORIZATION.as_str();
        match &self.ask.auth {
            Auth::None => {}
            Auth::Bearer => put(&mut headers, authorization, &format!("Bearer {secret}"), true)?,
            Auth::Header(name) => put(&mut headers, name, secret, true)?,
            Auth::Basic(user) => {
                let pair = BASE64_STANDARD.encode(format!("{user}:{secret}"));
                put(&mut headers, authorization, &format!("Basic {pair}"), true)?;
            }
            Auth::Signed(scheme, signer) => {
                let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
                let content_type = content_type.unwrap_or_default().to_owned();
                let request = Request {
                    method: method.as_str(),
                    url,
                    content_type: &content_type,
                    body: body.unwrap_or_default(),
                };
                for (name, value) in scheme.headers(signer, &self.secret, request, now) {
                    put(&mut headers, name, &value, true)?;
                }
            }
        }
        Ok(headers)
    }

    /// An answer that is worth reading.
    fn judge(&mut self, response: Response, now: Timestamp) -> Result<Response, Failure> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let mut renewed = false;
        let mut became = Became::Status;
        let what = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                became = Became::LoginRefused;
                let secret = self.keeper.read().filter(|secret| *secret != self.secret);
                renewed = secret.is_some();
                self.secret = secret.unwrap_or_else(|| self.secret.clone());
                format!("{status}: the ACD does not take the secret, or it may not read this")
            }
            status if status.is_redirection() => {
                format!("{status}: redirects are not followed; give the final address")
            }
            status => status.to_string(),
        };
        let busy = status.is_server_error()
            || status == StatusCode::REQUEST_TIMEOUT
            || status == StatusCode::TOO_MANY_REQUESTS;
        if busy {
            became = Became::Busy;
        }
        let permanent = !busy && !renewed;
        Err(Failure { permanent, wish: wish(&response, now), ..Failure::of(became, what) })
    }

    async fn read(&self, mut response: Response, budget: usize) -> Result<Vec<u8>, Failure> {
        let too_large = || {
            let most = self.ask.bytes_max;
            Failure::refused(format!("the answer is larger than {most} bytes"), Reason::TooLarge)
        };
        let told = response.content_length().and_then(|n| usize::try_from(n).ok());
        if told.is_some_and(|n| n > budget) {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(told.unwrap_or(0));
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(bytes),
                Ok(Some(chunk)) if bytes.len() + chunk.len() > budget => return Err(too_large()),
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// `hide`: the value is never shown, not even by the client itself.
fn put(headers: &mut HeaderMap, name: &str, value: &str, hide: bool) -> Result<(), Failure> {
    let unsendable = || Failure::setup(format!("the value of the header `{name}` is unusable"));
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| unsendable())?;
    value.set_sensitive(hide);
    headers.insert(parsed, value);
    Ok(())
}

fn with_parameter(url: &Url, name: &str, word: &str) -> Url {
    let mut url = url.clone();
    let kept: Vec<(String, String)> =
        url.query_pairs().filter(|(n, _)| n != name).map(|(n, v)| (n.into(), v.into())).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair(name, word);
    url
}

/// The body with one more member. A body that is no object stays: then the page comes twice.
fn with_member(body: Option<&str>, name: &str, word: &str) -> Option<String> {
    let mut object: Value = serde_json::from_str(body?).ok()?;
    object.as_object_mut()?.insert(name.to_owned(), word.into());
    Some(object.to_string())
}

/// `Retry-After` in seconds or as a date.
fn wish(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.headers().get("retry-after")?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(text).ok()?.timestamp_millis();
            Duration::from_millis((until - now.as_millis()).max(0).unsigned_abs())
        }
    };
    Some(wait.min(WISH_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_the_next_page_replaces_the_one_before() {
        let url = Url::parse("https://a/x?size=2&page=1").unwrap();
        assert_eq!(with_parameter(&url, "page", "a b").as_str(), "https://a/x?size=2&page=a+b");
        let body = with_member(Some(r#"{"Filters":{}}"#), "NextToken", "t\"");
        assert_eq!(body.as_deref(), Some(r#"{"Filters":{},"NextToken":"t\""}"#));
        assert_eq!(with_member(Some("[]"), "NextToken", "t"), None);
    }
}
