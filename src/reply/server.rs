//! The listener of replies: `/r/{token}` and `/hooks/{channel}`, and nothing else.
//!
//! It stands on its own so that a reverse proxy can lead the world here and nowhere else. GET and
//! HEAD only look: chats and mail scanners open every link before a person does. POST acts, and then
//! leads back to the page, so that a reload shows and does not press again. Every page carries a
//! number; what is pressed twice on one page is one reply.
//!
//! An address is counted only where it asks for links of no offer: a carrier can have thousands of
//! telephones behind one, and of those who were asked each has the limits of the own link.
//!
//! Where the proxy is on this machine, the last `X-Forwarded-For` is whom it speaks for. From anywhere
//! else that header is only a claim.

use super::contact;
use super::hooks;
use super::page::{self, Sheet};
use super::say::{Saying, key};
use super::state::{Found, Settings, Shared, Via};
use super::text::Manner;
use crate::config::Language;
use crate::engine::time::Span;
use crate::recall::Words;
use crate::web::Lang;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, MatchedPath, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// Bytes of a form or of what a gateway tells.
const BODY_BYTES_MAX: usize = 32 * 1_024;
/// Longest time to an answer.
const ANSWER_MAX: Duration = Duration::from_secs(15);
/// Longest way that may be told.
const MINUTES_MAX: u32 = 1_440;
const NONCE_BYTES: usize = 16;
const NONCE_CHARS_MAX: usize = 64;

/// The routes.
pub fn router(settings: Settings) -> Router {
    for (handler, method) in [("/r/{token}", "GET"), ("/r/{token}", "POST")] {
        settings.service.expect_handler(handler, method);
    }
    let state = Shared::new(settings);
    let links =
        Router::new().route("/r/{token}", get(show).post(press)).layer(from_fn(find_address));
    let hooks = Router::new()
        .route("/hooks/{channel}", post(hooks::told))
        .route("/hooks/{channel}/{token}", post(hooks::pressed));
    links
        .merge(hooks)
        .with_state(state.clone())
        .fallback(async || (StatusCode::NOT_FOUND, "not found\n"))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(limit_time))
        .layer(from_fn(add_headers))
        .layer(from_fn_with_state(state, count))
}

type FormData = Result<Form<Vec<(String, String)>>, FormRejection>;

/// Whom a request comes from.
#[derive(Clone, Copy)]
struct Caller(IpAddr);

async fn show(
    State(state): State<Shared>,
    Extension(Caller(address)): Extension<Caller>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let asked = language(&uri, &headers);
    let Some(found) = state.link(&token) else {
        if let Some(asking) = state.asking(&token).await {
            return contact::show(&state, &token, asking, asked).await;
        }
        return match state.may_try(address) {
            Ok(()) => unknown(&state, asked).await,
            Err(wait) => too_many(&state, asked, wait).await,
        };
    };
    match state.may_look(&token) {
        Ok(()) => shown(&state, &found, asked).await,
        Err(wait) => too_many(&state, asked, wait).await,
    }
}

async fn press(
    State(state): State<Shared>,
    Extension(Caller(address)): Extension<Caller>,
    Path(token): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    form: FormData,
) -> Response {
    let asked = language(&uri, &headers);
    let Some(found) = state.link(&token) else {
        if let Some(asking) = state.asking(&token).await {
            let fields = form.ok().map(|Form(fields)| fields);
            return contact::press(&state, &token, asking, fields, (&uri, asked)).await;
        }
        state.count(Via::Link, "refused");
        return match state.may_press_unknown(address) {
            Ok(()) => unknown(&state, asked).await,
            Err(wait) => too_many(&state, asked, wait).await,
        };
    };
    if let Err(wait) = state.may_use(&token) {
        return too_many(&state, asked, wait).await;
    }
    let Some(pressed) = form.ok().and_then(|Form(fields)| Pressed::of(&fields)) else {
        state.count(Via::Link, "not_understood");
        let (manner, _) = state.manner(None, chrono_tz::UTC, asked).await;
        return (StatusCode::BAD_REQUEST, Html(page::plain(manner, manner.failed())))
            .into_response();
    };
    let said = state
        .say(
            Via::Link,
            Saying {
                recall: found.place.recall,
                person: found.place.person,
                kind: Some(found.place.kind),
                words: pressed.words,
                key: key(&["link", &token, &pressed.told]),
            },
        )
        .await;
    match said {
        Ok(_) => back(&token, &uri, asked),
        Err(_) => {
            let (manner, _) = state.manner(Some(found.place.person), chrono_tz::UTC, asked).await;
            let page = Html(page::plain(manner, manner.failed()));
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], page).into_response()
        }
    }
}

/// Back to the page that something was pressed on.
pub(super) fn back(token: &str, uri: &Uri, asked: Option<Language>) -> Response {
    let tag = Lang::asked(uri).map(|_| asked.map_or("en", Language::tag));
    let back = tag.map_or_else(|| token.to_owned(), |tag| format!("{token}?lang={tag}"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response()
}

/// What a form says.
struct Pressed {
    words: Words,
    /// The number of its page and what was pressed on it: the same again is the same reply.
    told: String,
}

impl Pressed {
    fn of(fields: &[(String, String)]) -> Option<Self> {
        let field = |name: &str| {
            let mut found = fields.iter().filter(|(n, _)| n == name).map(|(_, value)| &**value);
            // A field that is there twice says two things.
            Some((found.next().unwrap_or_default(), found.next().is_none())).filter(|f| f.1)
        };
        let ((nonce, _), (reply, _), (minutes, _)) =
            (field("nonce")?, field("reply")?, field("minutes")?);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if nonce.is_empty() || nonce.len() > NONCE_CHARS_MAX || !nonce.chars().all(plain) {
            return None;
        }
        let eta = match minutes {
            "" => None,
            text => {
                let minutes: u32 = text.parse().ok().filter(|&minutes| minutes <= MINUTES_MAX)?;
                Some(Span::minutes(i64::from(minutes)))
            }
        };
        let words = match reply {
            "yes" => Words::Accept(eta),
            "on_the_way" => Words::OnTheWay(eta),
            "no" => Words::Decline,
            "wrong_number" => Words::WrongNumber,
            _ => return None,
        };
        Some(Self { words, told: format!("{nonce} {reply} {minutes}") })
    }
}

async fn shown(state: &Shared, found: &Found, asked: Option<Language>) -> Response {
    let Some((recall, asking)) = found.asking(state.now()) else {
        return unknown(state, asked).await;
    };
    let unit = found.view.units.iter().find(|unit| unit.unit == recall.unit());
    let zone = unit.map_or(chrono_tz::UTC, |unit| unit.timezone);
    let (manner, choice) = state.manner(Some(found.place.person), zone, asked).await;
    let Some(nonce) = nonce() else {
        let page = Html(page::plain(manner, manner.failed()));
        return (StatusCode::SERVICE_UNAVAILABLE, page).into_response();
    };
    let unit = unit.map_or("", |unit| &*unit.display);
    Html(page::offer(&Sheet { manner, choice, unit, asking, nonce: &nonce })).into_response()
}

pub(super) async fn unknown(state: &Shared, asked: Option<Language>) -> Response {
    let (manner, _) = state.manner(None, chrono_tz::UTC, asked).await;
    (StatusCode::NOT_FOUND, Html(page::plain(manner, manner.unknown()))).into_response()
}

pub(super) async fn too_many(state: &Shared, asked: Option<Language>, wait: Span) -> Response {
    let (manner, _) = state.manner(None, chrono_tz::UTC, asked).await;
    let seconds = (wait.as_millis() / 1_000 + 1).to_string();
    let page = Html(page::plain(manner, busy(&manner)));
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds)], page).into_response()
}

fn busy(manner: &Manner) -> &'static str {
    match manner.language {
        Language::ZhCn => "操作过于频繁，请稍后再试。",
        Language::En => "Too many requests. Please try again later.",
    }
}

/// A number that no other page or message has.
pub(super) fn nonce() -> Option<String> {
    let mut bytes = [0; NONCE_BYTES];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// What the address asks for, or else what the browser prefers.
fn language(uri: &Uri, headers: &HeaderMap) -> Option<Language> {
    let lang = Lang::asked(uri).or_else(|| Lang::of_headers(headers))?;
    Some(match lang {
        Lang::En => Language::En,
        Lang::ZhCn => Language::ZhCn,
    })
}

async fn find_address(mut request: Request, next: Next) -> Response {
    let caller = Caller(address(&request));
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// The peer, or whom a proxy on this machine speaks for.
fn address(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    if !peer.to_canonical().is_loopback() {
        return peer;
    }
    let told = request.headers().get_all("x-forwarded-for").iter().next_back();
    let last = told.and_then(|told| told.to_str().ok()?.rsplit(',').next());
    last.and_then(|last| last.trim().parse().ok()).unwrap_or(peer)
}

async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, "no answer in time\n").into_response(),
    }
}

async fn add_headers(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
    ];
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    if let Ok(policy) = HeaderValue::from_str(&page::POLICY) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Counts by route, never by path: a path holds a token.
async fn count(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let (method, start) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    let handler = route.as_deref().unwrap_or("<unknown>");
    let status = response.status().as_u16();
    state.settings().service.request(handler, method.as_str(), status, start.elapsed());
    response
}
