//! The page at `/`: per unit the level, the countdown, observed against expected over the last
//! hours, waiting callers and service. One unit fills a screen on a wall, several share it;
//! `?unit=NAME` picks one.
//!
//! Embedded and complete: it loads nothing from anywhere else, runs no inline script, and writes
//! every text through text nodes. Screens on walls run browsers of ten years ago, so the scripts
//! keep to ES5 syntax and the style to what was there then; a test looks for the rest. It speaks English and Chinese; `?lang=`, then the cookie, then
//! the browser decide. The page holds no data itself: without a token it is an empty frame that
//! asks for one, so it needs no guard.

mod lang;

pub use lang::Lang;

use axum::Router;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("web/index.html");
const STYLE: &str = include_str!("web/page.css");
const ICON: &str = include_str!("web/icon.svg");
/// The scripts in the order in which the page loads them.
const SCRIPTS: [(&str, &str); 5] = [
    ("/web/text.js", include_str!("web/text.js")),
    ("/web/chart.js", include_str!("web/chart.js")),
    ("/web/log.js", include_str!("web/log.js")),
    ("/web/card.js", include_str!("web/card.js")),
    ("/web/page.js", include_str!("web/page.js")),
];

/// The page and what it loads.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let file = |kind: &'static str, text: &'static str| {
        get(async move || ([(header::CONTENT_TYPE, kind)], text))
    };
    let page = Router::new()
        .route("/", get(page))
        .route("/web/page.css", file("text/css; charset=utf-8", STYLE))
        .route("/web/icon.svg", file("image/svg+xml", ICON))
        .route("/web/en.json", file("application/json", Lang::En.words()))
        .route("/web/zh-CN.json", file("application/json", Lang::ZhCn.words()));
    SCRIPTS.iter().fold(page, |page, &(path, text)| {
        page.route(path, file("text/javascript; charset=utf-8", text))
    })
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
