//! `/metrics`.

use super::ApiState;
use super::error::ApiError;
use crate::metrics::{CONTENT_TYPE, render};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The page of the latest committed state. Rendered where blocking is allowed: with thousands
/// of queues it takes milliseconds that an ingest request should not wait for.
pub(super) async fn metrics(State(state): State<ApiState>) -> Result<Response, ApiError> {
    let (view, service) = (state.handle.view(), state.service.clone());
    let text = tokio::task::spawn_blocking(move || render(&view, &service))
        .await
        .map_err(|stopped| ApiError::internal(&stopped))?
        .map_err(|unsound| ApiError::internal(&unsound))?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}
