//! `/api/v1/incidents`: incidents in one line each, newest first.

use super::ApiState;
use super::error::ApiError;
use crate::journal::IncidentSummary;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

/// Most incidents of one answer.
const LIMIT_MAX: usize = 500;
const LIMIT_DEFAULT: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    unit: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize)]
pub(super) struct Incidents {
    incidents: Vec<IncidentSummary>,
}

/// The list.
pub(super) async fn list(
    State(state): State<ApiState>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Json<Incidents>, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), "parameters: unit, limit"))?;
    let limit = limit(ask.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let history = state.history.clone();
    let incidents =
        tokio::task::spawn_blocking(move || history.incidents(ask.unit.as_deref(), limit))
            .await
            .map_err(|stopped| ApiError::internal(&stopped))?
            .map_err(|failed| ApiError::internal(&failed))?;
    Ok(Json(Incidents { incidents }))
}

/// A limit within its bounds.
pub(super) fn limit(asked: Option<usize>, default: usize, max: usize) -> Result<usize, ApiError> {
    match asked.unwrap_or(default) {
        n if (1..=max).contains(&n) => Ok(n),
        n => Err(ApiError::bad(format!("limit {n}"), format!("1 to {max}"))),
    }
}
