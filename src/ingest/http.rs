//! `POST /api/v1/observations`: observations pushed over HTTP.
//!
//! The body is `application/x-ndjson` (one object per line) or `application/json` (one object or
//! an array of them), at most [`BODY_BYTES_MAX`] and [`ITEMS_MAX`]. Compressed bodies are refused:
//! a bound on bytes that are sent says nothing of what they unpack to.
//!
//! | status | meaning |
//! |---|---|
//! | 200 | all committed |
//! | 207 | some committed, some refused; the report has the lines |
//! | 422 | none accepted; the report has the lines |
//! | 413, 415, 400, 408 | the body was not read as a whole; nothing of it was taken |
//! | 503 + `Retry-After` | nothing is acknowledged; send the same again, duplicates change nothing |
//!
//! Only after the driver's commit is anything acknowledged. 207 instead of 200 for a partial
//! batch, so that access logs and status counters show it without the bodies. Heartbeats are not
//! journalled one by one: one per source and batch is passed on.
//!
//! Who may post is decided by a layer outside.

mod batch;
mod report;

pub use report::{ERRORS_MAX, LineReport, Report};

use super::counters::{IngestCounters, Reason};
use super::sources::Sources;
use crate::clock::Clock;
use crate::driver::{Committed, Handle, Message};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use batch::{Batch, Encoding};
use report::{ErrorBody, Outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};

/// Largest body: 5,000 observations of 200 bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Most observations in one body.
pub const ITEMS_MAX: usize = 10_000;
/// Bodies that are read at the same time; bounds the memory of all requests together.
pub const IN_FLIGHT_MAX: usize = 32;
/// How long a body may take to come.
pub const BODY_READ_MAX: Duration = Duration::from_secs(30);
/// How long a commit is waited for; the disk of a healthy monitor needs milliseconds.
pub const COMMIT_MAX: Duration = Duration::from_secs(30);
/// The source of observations that name none.
pub const DEFAULT_SOURCE: &str = "push";
/// After a body that was not read as a whole.
const WHOLE: &str = "nothing of it was taken; send it again as a whole";
/// `Retry-After` in seconds.
const RETRY_AFTER: &str = "1";

/// What the handler needs.
#[derive(Clone)]
pub struct IngestState {
    handle: Handle,
    clock: Arc<dyn Clock>,
    sources: Sources,
    counters: Arc<IngestCounters>,
    in_flight: Arc<Semaphore>,
}

impl IngestState {
    /// A state that tells `handle`.
    pub fn new(
        handle: Handle,
        clock: Arc<dyn Clock>,
        sources: Sources,
        counters: Arc<IngestCounters>,
    ) -> Self {
        let in_flight = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
        Self { handle, clock, sources, counters, in_flight }
    }
}

/// The route, without any check of who posts.
pub fn router(state: IngestState) -> Router {
    Router::new()
        .route("/api/v1/observations", post(observations))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(state)
}

async fn observations(State(state): State<IngestState>, request: Request) -> Response {
    match take(&state, request).await {
        Ok(outcome) => outcome.into_response(),
        Err(error) => {
            state.counters.refuse(state.sources.id(DEFAULT_SOURCE), error.reason());
            error.into_response()
        }
    }
}

async fn take(state: &IngestState, request: Request) -> Result<Outcome, ErrorBody> {
    let encoding = encoding(request.headers())?;
    let Ok(_permit) = state.in_flight.try_acquire() else { return Err(busy()) };
    let body = body(request).await?;
    let batch = batch::read(&body, encoding, state)?;
    drop(body);
    commit(state, batch).await
}

fn encoding(headers: &HeaderMap) -> Result<Encoding, ErrorBody> {
    let compressed =
        headers.get(header::CONTENT_ENCODING).is_some_and(|v| v.as_bytes() != b"identity");
    if compressed {
        let hint = "send it without Content-Encoding";
        return Err(media("compressed bodies are not read", hint));
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if length.and_then(|v| v.parse::<u64>().ok()).is_some_and(|n| n > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/x-ndjson" => Ok(Encoding::Lines),
        "application/json" => Ok(Encoding::Document),
        _ => {
            let hint = "one object a line, or a JSON document";
            Err(media("Content-Type must be application/x-ndjson or application/json", hint))
        }
    }
}

async fn body(request: Request) -> Result<Bytes, ErrorBody> {
    match tokio::time::timeout(BODY_READ_MAX, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(too_large())
        }
        Ok(Err(_)) => {
            Err(ErrorBody::new(StatusCode::BAD_REQUEST, "body", "the body broke off", WHOLE))
        }
        Err(_) => {
            let says = "the body took longer than 30 s";
            Err(ErrorBody::new(StatusCode::REQUEST_TIMEOUT, "timeout", says, WHOLE))
        }
    }
}

async fn commit(state: &IngestState, mut batch: Batch) -> Result<Outcome, ErrorBody> {
    let drafts = std::mem::take(&mut batch.drafts);
    let mut committed = Committed::default();
    if drafts.is_empty() {
        beat(state, &batch)?;
    } else {
        let (ack, told) = oneshot::channel();
        let message = Message::Observations { drafts, ack: Some(ack) };
        state.handle.try_send(message).map_err(|_| busy())?;
        beat(state, &batch)?;
        match tokio::time::timeout(COMMIT_MAX, told).await {
            Ok(Ok(done)) => committed = done,
            Ok(Err(_)) | Err(_) => return Err(busy()),
        }
    }
    let view = state.handle.view();
    for index in committed.unknown_queue {
        if let Some(source) = batch.refused_later(index, &view) {
            state.counters.refuse(Some(source), Reason::UnknownQueue);
        }
    }
    Ok(batch.into_outcome())
}

/// Passes signs of life on, after the observations of the same batch.
fn beat(state: &IngestState, batch: &Batch) -> Result<(), ErrorBody> {
    for source in &batch.heartbeats {
        state.handle.try_send(Message::Heartbeat(*source)).map_err(|_| busy())?;
    }
    Ok(())
}

fn busy() -> ErrorBody {
    let says = "nothing of this batch is acknowledged";
    let hint = "send it again, duplicates change nothing; /-/ready says what is missing";
    ErrorBody::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", says, hint)
        .retry_after(RETRY_AFTER)
}

fn too_large() -> ErrorBody {
    let says = "a body has at most 1 MiB and 10000 observations";
    ErrorBody::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", says, "send several")
}

fn media(says: &'static str, hint: &'static str) -> ErrorBody {
    ErrorBody::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", says, hint)
}
