//! `/-/healthy`, `/-/ready`, `/-/reload`: what an init system and an operator's script ask.

use super::ApiState;
use super::auth::Identity;
use super::error::ApiError;
use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The process answers.
pub(super) async fn healthy() -> &'static str {
    "ok\n"
}

/// The monitor does its work: 200, or 503 with what is missing.
pub(super) async fn ready(State(state): State<ApiState>) -> Response {
    let reasons = (state.readiness)();
    if reasons.is_empty() {
        return Json(json!({ "ready": true })).into_response();
    }
    let error = ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_ready",
        reasons.join("; "),
        "wait, or see the log",
    );
    let mut body = error.json();
    body["ready"] = false.into();
    body["reasons"] = reasons.into();
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}

/// Reads the configuration anew. How it ended is counted where it is done, since a signal asks
/// for the same.
pub(super) async fn reload(
    State(state): State<ApiState>,
    Extension(who): Extension<Identity>,
) -> Result<Json<serde_json::Value>, ApiError> {
    let reload = state.reload.clone();
    let outcome = tokio::task::spawn_blocking(move || reload())
        .await
        .map_err(|stopped| ApiError::internal(&stopped))?;
    match outcome {
        Ok(()) => {
            tracing::info!(actor = who.name(), "the reload was asked for by {}", who.name());
            Ok(Json(json!({ "reloaded": true })))
        }
        Err(why) => {
            tracing::warn!(actor = who.name(), reason = why, "reload refused: {why}");
            let hint = "the former configuration stays in force";
            Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "configuration", why, hint))
        }
    }
}
