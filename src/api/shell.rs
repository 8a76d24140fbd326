//! What every request gets: a count, headers, a time limit, and the check of the host name.

use super::ApiState;
use super::auth::{self, Access};
use super::error::ApiError;
use crate::metrics::Service;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest time to the head of a response. The body of an event stream may take for ever.
const RESPONSE_HEAD_MAX: Duration = Duration::from_secs(30);

/// No script, style, image or connection of anybody else; no frame around the page; nothing in
/// caches, because a status of yesterday is worse than none.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Wraps a whole router; the first layer is the innermost.
pub(super) fn wrap(router: Router, state: &ApiState) -> Router {
    for (handler, method) in [("/metrics", "GET"), ("/api/v1/status", "GET")] {
        state.service.expect_handler(handler, method);
    }
    router
        .layer(from_fn(limit_time))
        .layer(from_fn(shape_errors))
        .layer(from_fn_with_state(state.access.clone(), check_host))
        .layer(from_fn(add_headers))
        .layer(from_fn_with_state(state.service.clone(), count))
}

async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(RESPONSE_HEAD_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!("no answer within {} s", RESPONSE_HEAD_MAX.as_secs());
            let hint = "try again with the same Idempotency-Key";
            ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", message, hint).into_response()
        }
    }
}

/// Gives the framework's own refusals (a body too large, a path that is not text) the one shape.
async fn shape_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok());
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || kind.is_some_and(|k| k.starts_with("application/json")) {
        return response;
    }
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "media_type",
        _ => "request",
    };
    let message = status.canonical_reason().unwrap_or("the request failed");
    ApiError::new(status, code, message, "see the limits in the documentation").into_response()
}

async fn check_host(State(access): State<Arc<Access>>, request: Request, next: Next) -> Response {
    match access.rules().check_host(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(denied) => auth::refusal(denied).into_response(),
    }
}

async fn add_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().extend(HEADERS);
    response
}

/// Counts by route; a path that is no route is one word, so that nobody can make series.
async fn count(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned());
    let method = request.method().clone();
    let start = Instant::now();
    let response = next.run(request).await;
    let handler = route.as_deref().unwrap_or("<unknown>");
    service.request(handler, method.as_str(), response.status().as_u16(), start.elapsed());
    response
}
