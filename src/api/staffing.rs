//! `/api/v1/staffing`: how many agents a load needs, and what others would mean.
//!
//! Arithmetic on the parameters alone: nothing of the monitor is read. Its cost is bounded by the
//! most rows of an answer, a few milliseconds.

use super::error::ApiError;
use crate::staffing::{Ask, Asked, Need, Row, StaffingError, WhatIf};
use axum::Json;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Serialize;

const HINT: &str = "parameters: calls, handle_seconds; optional minutes, patience_seconds, \
    target, threshold_seconds, formula (answered_of_offered|answered_of_answered|\
    without_short_abandons|settled_of_offered), redial_share, occupancy_max, shrinkage, \
    waiting_calls, clear_seconds, from, to, step; shares are 0 to 1";

#[derive(Serialize)]
pub(super) struct Answer {
    asked: Asked,
    need: Need,
    rows: Vec<Row>,
}

/// The answer.
pub(super) async fn answer(
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Json<Answer>, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), HINT))?;
    // Up to 500 rows with redials take milliseconds: not on a thread that others wait for.
    tokio::task::spawn_blocking(move || work_out(&ask))
        .await
        .map_err(|stopped| ApiError::internal(&stopped))?
        .map(Json)
        .map_err(|wrong| ApiError::bad(wrong.to_string(), HINT))
}

fn work_out(ask: &Ask) -> Result<Answer, StaffingError> {
    let what_if = WhatIf::new(ask)?;
    let need = what_if.need()?;
    let rows = what_if.rows(&need)?;
    Ok(Answer { asked: *what_if.asked(), need, rows })
}
