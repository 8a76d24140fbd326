//! Three pages. At `/` the wallboard: per unit the level, the countdown, observed against expected
//! over the last hours, waiting callers and service; one unit fills a screen on a wall, several
//! share it. At `/command` the commander's desk: one unit with its conditions of control, the time
//! line of its incident, orders with a preview, and the log book. At `/analyst` what is behind it:
//! the usual week of a queue or of a unit's sum, observed against expected as far back as the
//! journal goes, residuals, thresholds and the quality of the data. `?unit=NAME` picks a unit.
//!
//! Embedded and complete: it loads nothing from anywhere else, runs no inline script, and writes
//! every text through text nodes. Screens on walls run browsers of ten years ago, so the scripts
//! keep to ES5 syntax and the style to what was there then; a test looks for the rest. It speaks English and Chinese; `?lang=`, then the cookie, then
//! the browser decide. No page holds data itself: without a token it is an empty frame that
//! asks for one, so it needs no guard. No page knows a rule of the engine: what an order would do
//! is asked of the engine.

mod lang;

pub use lang::Lang;

use axum::Router;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

const PAGE: &str = include_str!("web/index.html");
const STYLE: &str = include_str!("web/page.css");
const ICON: &str = include_str!("web/icon.svg");
const COMMAND: &str = include_str!("web/command.html");
const COMMAND_STYLE: &str = include_str!("web/command.css");
const ANALYST: &str = include_str!("web/analyst.html");
const ANALYST_STYLE: &str = include_str!("web/analyst.css");
/// The scripts of all pages; each page names those that it loads, in order.
const SCRIPTS: [(&str, &str); 23] = [
    ("/web/text.js", include_str!("web/text.js")),
    ("/web/svg.js", include_str!("web/svg.js")),
    ("/web/chart.js", include_str!("web/chart.js")),
    ("/web/log.js", include_str!("web/log.js")),
    ("/web/card.js", include_str!("web/card.js")),
    ("/web/stream.js", include_str!("web/stream.js")),
    ("/web/page.js", include_str!("web/page.js")),
    ("/web/command/session.js", include_str!("web/command/session.js")),
    ("/web/command/state.js", include_str!("web/command/state.js")),
    ("/web/command/people.js", include_str!("web/command/people.js")),
    ("/web/command/preview.js", include_str!("web/command/preview.js")),
    ("/web/command/orders.js", include_str!("web/command/orders.js")),
    ("/web/command/preflight.js", include_str!("web/command/preflight.js")),
    ("/web/command/drill.js", include_str!("web/command/drill.js")),
    ("/web/command/timeline.js", include_str!("web/command/timeline.js")),
    ("/web/command/book.js", include_str!("web/command/book.js")),
    ("/web/command/page.js", include_str!("web/command/page.js")),
    ("/web/analyst/reader.js", include_str!("web/analyst/reader.js")),
    ("/web/analyst/week.js", include_str!("web/analyst/week.js")),
    ("/web/analyst/curve.js", include_str!("web/analyst/curve.js")),
    ("/web/analyst/shape.js", include_str!("web/analyst/shape.js")),
    ("/web/analyst/facts.js", include_str!("web/analyst/facts.js")),
    ("/web/analyst/page.js", include_str!("web/analyst/page.js")),
];

/// The pages and what they load.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let file = |kind: &'static str, text: &'static str| {
        get(async move || ([(header::CONTENT_TYPE, kind)], text))
    };
    let wallboard = get(async |uri: Uri, headers: HeaderMap| page(PAGE, &uri, &headers));
    let command = get(async |uri: Uri, headers: HeaderMap| page(COMMAND, &uri, &headers));
    let analyst = get(async |uri: Uri, headers: HeaderMap| page(ANALYST, &uri, &headers));
    let pages = Router::new()
        .route("/", wallboard)
        .route("/command", command)
        .route("/analyst", analyst)
        .route("/web/page.css", file("text/css; charset=utf-8", STYLE))
        .route("/web/command.css", file("text/css; charset=utf-8", COMMAND_STYLE))
        .route("/web/analyst.css", file("text/css; charset=utf-8", ANALYST_STYLE))
        .route("/web/icon.svg", file("image/svg+xml", ICON))
        .route("/web/en.json", file("application/json", Lang::En.words()))
        .route("/web/zh-CN.json", file("application/json", Lang::ZhCn.words()));
    SCRIPTS.iter().fold(pages, |pages, &(path, text)| {
        pages.route(path, file("text/javascript; charset=utf-8", text))
    })
}

fn page(html: &str, uri: &Uri, headers: &HeaderMap) -> Response {
    let asked = Lang::asked(uri);
    let lang = asked.or_else(|| Lang::of_headers(headers)).unwrap_or_default();
    let html = html.replace("{{lang}}", lang.tag());
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    if let Some(cookie) = asked.and_then(|l| l.cookie().parse().ok()) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
