//! Who may do what: tokens, scopes, and the guard in front of a router.
//!
//! A token has a name, which is the actor of its commands, and scopes. Only the SHA-256 of its
//! secret is kept: secrets are random and long, so a slow hash would protect nothing. Comparison
//! takes the same time whatever matches. Several tokens may share a name, for rotation.
//!
//! Without any token only a loopback listener is allowed ([`check_listener`]); then reading and
//! ingesting are open to the machine and operating is refused. A web page of a stranger could
//! reach such a listener through a name that resolves to 127.0.0.1, so the `Host` header must
//! then be a name of the machine itself.

mod guard;
mod token;

pub(super) use guard::refusal;
pub use guard::{Identity, protect};
pub use token::{Scope, Token, TokenError, digest_hex};

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

/// Name of the cookie that a page gets for its token.
pub(super) const COOKIE_NAME: &str = "callsurge_session";

/// The rules in force; a reload replaces them as a whole.
#[derive(Debug)]
pub struct Access {
    rules: RwLock<Arc<Rules>>,
}

/// Tokens and host names.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The tokens. None: loopback only, operating refused.
    pub tokens: Vec<Token>,
    /// Host names besides those of the loopback that a request without tokens may name.
    pub hosts: Vec<String>,
    /// Reading needs no token although there are some: the demo on the loopback.
    pub open_reading: bool,
}

/// Why a listener is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} can be reached from other machines and no token is configured; \
     add a [[token]] or listen on 127.0.0.1"
)]
pub struct ListenError(pub SocketAddr);

/// Whether a listener may be opened: beyond the loopback only with tokens.
///
/// # Errors
/// [`ListenError`] with the mend.
pub fn check_listener(at: SocketAddr, tokens: &[Token]) -> Result<(), ListenError> {
    if at.ip().to_canonical().is_loopback() || !tokens.is_empty() {
        return Ok(());
    }
    Err(ListenError(at))
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// No token is configured, and this scope needs one.
    NoTokens,
    /// No token was sent.
    Missing,
    /// The token is unknown.
    Unknown,
    /// The token lacks the scope.
    Scope(Scope),
    /// The `Host` header names another machine.
    Host,
    /// A page of another origin sent it.
    CrossSite,
}

impl Access {
    /// Access by these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules: RwLock::new(Arc::new(rules)) }
    }

    /// Other rules from here on.
    pub fn replace(&self, rules: Rules) {
        match self.rules.write() {
            Ok(mut slot) => *slot = Arc::new(rules),
            Err(poisoned) => *poisoned.into_inner() = Arc::new(rules),
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        match self.rules.read() {
            Ok(slot) => slot.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }
}

impl Rules {
    /// Who sends a request, if it may do what `need` covers.
    pub(super) fn admit(
        &self,
        method: &Method,
        headers: &HeaderMap,
        need: Scope,
    ) -> Result<Identity, Denied> {
        self.check_host(headers)?;
        if self.tokens.is_empty() {
            return match need {
                Scope::Read | Scope::Ingest if is_cross_site(method, headers) => {
                    Err(Denied::CrossSite)
                }
                Scope::Read | Scope::Ingest => Ok(Identity::local()),
                Scope::Operate | Scope::People => Err(Denied::NoTokens),
            };
        }
        if self.open_reading && need == Scope::Read && bearer(headers).is_none() {
            return if is_cross_site(method, headers) {
                Err(Denied::CrossSite)
            } else {
                Ok(Identity::local())
            };
        }
        let (text, by_cookie) = match (bearer(headers), cookie(headers)) {
            (Some(text), _) => (text, false),
            (None, Some(text)) => (text, true),
            (None, None) => return Err(Denied::Missing),
        };
        let token = self.identify(&text).ok_or(Denied::Unknown)?;
        if by_cookie && is_cross_site(method, headers) {
            return Err(Denied::CrossSite);
        }
        if !token.may(need) {
            return Err(Denied::Scope(need));
        }
        Ok(Identity::of(token))
    }

    /// The token with this text: `name.secret` or the secret alone.
    pub(super) fn identify(&self, text: &str) -> Option<&Token> {
        token::find(&self.tokens, text)
    }

    /// Without tokens the `Host` must be a name of this machine.
    pub(super) fn check_host(&self, headers: &HeaderMap) -> Result<(), Denied> {
        if !self.tokens.is_empty() && !self.open_reading {
            return Ok(());
        }
        let host = headers.get(HOST).and_then(|h| h.to_str().ok()).ok_or(Denied::Host)?;
        let name = without_port(host);
        let own = ["localhost", "127.0.0.1", "[::1]"];
        let known = own.into_iter().chain(self.hosts.iter().map(String::as_str));
        if known.into_iter().any(|k| k.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        Err(Denied::Host)
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|c| c.to_str().ok());
    let mut pairs = cookies.flat_map(|c| c.split(';')).filter_map(|p| p.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE_NAME)?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}

/// The cookie's value for a token.
pub(super) fn cookie_value(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(token)
}

/// A change that a page of another origin sends: browsers name the origin, programs do not.
/// Where the credentials are a cookie, the caller is a browser and `Origin` must be there.
fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    if method == Method::GET || method == Method::HEAD {
        return false;
    }
    let origin = headers.get(ORIGIN).and_then(|o| o.to_str().ok());
    let host = headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    match origin {
        Some(origin) => origin.split_once("://").is_none_or(|(_, named)| named != host),
        None => bearer(headers).is_none() && cookie(headers).is_some(),
    }
}

#[cfg(test)]
mod tests;
