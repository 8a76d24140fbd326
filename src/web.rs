//! The page at `/`: per unit the level, the countdown, observed against expected.
//!
//! Embedded and complete: it loads nothing from anywhere else, runs no inline script, and writes
//! every text through text nodes. It speaks English and Chinese; `?lang=`, then the cookie, then
//! the browser decide. The page holds no data itself: without a token it is an empty frame that
//! asks for one, so it needs no guard.

mod lang;

pub use lang::Lang;

use axum::Router;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("web/index.html");
const SCRIPT: &str = include_str!("web/page.js");
const STYLE: &str = include_str!("web/page.css");

/// The page and what it loads.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let file = |kind: &'static str, text: &'static str| {
        get(async move || ([(header::CONTENT_TYPE, kind)], text))
    };
    Router::new()
        .route("/", get(page))
        .route("/web/page.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/web/page.css", file("text/css; charset=utf-8", STYLE))
        .route("/web/en.json", file("application/json", Lang::En.words()))
        .route("/web/zh-CN.json", file("application/json", Lang::ZhCn.words()))
}

async fn page(uri: Uri, headers: HeaderMap) -> Response {
    let asked = Lang::asked(&uri);
    let lang = asked.or_else(|| Lang::of_headers(&headers)).unwrap_or_default();
    let html = PAGE.replace("{{lang}}", lang.tag());
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    if let Some(cookie) = asked.and_then(|l| l.cookie().parse().ok()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
