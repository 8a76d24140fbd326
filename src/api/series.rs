//! `/api/v1/units/{unit}/series`: observed against expected over the last hours.
//!
//! The intervals that were judged, oldest first, as the engine keeps them; where nothing was
//! judged there is no point, so a curve has to leave a gap. Longer histories are the journal's
//! and Prometheus's.

use super::ApiState;
use super::error::ApiError;
use super::status::unit_id;
use crate::engine::recent::Point;
use crate::engine::time::Span;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};

/// Hours of one answer.
const HOURS_MAX: f64 = 24.0;
const HOURS_DEFAULT: f64 = 6.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    hours: Option<f64>,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct Series {
    /// The unit.
    unit: String,
    /// The server's clock.
    now: String,
    /// Judged intervals, oldest first.
    points: Vec<PointRecord>,
}

/// A judged interval. Counts are per interval.
#[derive(Serialize)]
struct PointRecord {
    /// End of the interval.
    at: String,
    /// Its length.
    length_seconds: f64,
    observed: f64,
    expected: f64,
    /// Upper end of what is normal.
    upper: f64,
    /// Level in force after it, 0 to 3.
    stage: u8,
}

/// The curve of a unit.
pub(super) async fn of_unit(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Json<Series>, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), "parameter: hours"))?;
    let hours = ask.hours.unwrap_or(HOURS_DEFAULT);
    if !(hours > 0.0 && hours <= HOURS_MAX) {
        return Err(ApiError::bad(format!("hours {hours}"), "above 0, at most 24"));
    }
    let view = state.handle.view();
    let id = unit_id(&view, &name)?;
    let now = state.clock.now();
    let since = now - Span::millis((hours * 3_600_000.0) as i64);
    let points = view.units.iter().find(|u| u.unit == id).map_or(&[][..], |u| u.recent.points());
    let points = points.iter().filter(|p| p.at > since).map(PointRecord::of).collect();
    Ok(Json(Series { unit: name, now: now.to_string(), points }))
}

impl PointRecord {
    fn of(p: &Point) -> Self {
        Self {
            at: p.at.to_string(),
            length_seconds: p.length.as_secs_f64(),
            observed: round(p.observed),
            expected: round(p.expected),
            upper: round(p.upper),
            stage: p.level.number(),
        }
    }
}

/// Two digits behind the point: a line on a screen has no more.
fn round(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}
