//! `/api/v1/units/{unit}/history`: observed against expected as far back as the journal goes.
//!
//! The series beside it tells what was judged at the time, from memory and for a day at most; this
//! reads the intervals that the journal keeps, corrections included, of a queue or summed over a
//! unit, and measures all of them with the scatter and the limit that the detector reckons with
//! now. Up to a day in the sources' own rows, beyond that in quarters of an hour.
//!
//! Beside the points stand what the residuals look like (`residuals`) and how much of the span was
//! told (`quality`). A sum is told where every queue that tells anything in the span told its part; elsewhere there
//! is a count of those that are missing and no sum, since a part would read as a fall.

mod quality;
mod residuals;

use super::ApiState;
use super::error::ApiError;
use super::profile::{queue_id, week_of};
use super::status::unit_id;
use crate::engine::detector::Gauge;
use crate::engine::time::{Span, Timestamp};
use crate::engine::week::{ENOUGH, Week};
use crate::journal::intervals::{IntervalQuery, IntervalRecord, Place};
use crate::journal::{History, JournalError, LogbookPage, LogbookQuery};
use crate::record::instant_of;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use quality::{Quality, Scope};
use residuals::Residuals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest span of one answer: a month of quarters. Older ones are reached with `until`.
const HOURS_MAX: f64 = 31.0 * 24.0;
const HOURS_DEFAULT: f64 = 24.0;
/// Longest span that is told in the sources' own rows.
const ROWS_HOURS: f64 = 24.0;
/// Rows of one queue: a day of rows of 15 seconds is 5,760.
const ROWS_MAX: usize = 6_000;
/// Lines of quality that are read.
const LINES_MAX: usize = 2_000;
/// Queues that are summed: beyond that an answer would keep other readers waiting.
const QUEUES_MAX: usize = 100;
const HINT: &str = "parameters: queue, hours (above 0, at most 744), until (RFC 3339)";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    queue: Option<String>,
    hours: Option<f64>,
    until: Option<String>,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct Past {
    unit: String,
    /// Null: the sum of the unit.
    queue: Option<String>,
    since: String,
    until: String,
    /// Whether these are quarters of an hour instead of the sources' own rows.
    quarters: bool,
    /// Whether there are more rows than one answer holds; the newest are left out.
    cut: bool,
    points: Vec<Point>,
    /// Null where fewer than two intervals have one.
    residuals: Option<Residuals>,
    quality: Quality,
}

/// An interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Point {
    /// Its end.
    at: String,
    length_seconds: f64,
    /// Calls offered and refused; null where queues are missing from the sum.
    observed: Option<i64>,
    /// Calls expected; null where nothing was.
    expected: Option<f64>,
    /// Standard deviation of the calls, as it is reckoned now.
    sd: Option<f64>,
    /// Upper end of what is normal, likewise.
    upper: Option<f64>,
    /// (observed - expected) / sd; null in closed hours too, which would pass for a perfect fit.
    residual: Option<f64>,
    /// Queues that told nothing of it.
    queues_missing: usize,
}

/// What the queues told of one interval.
#[derive(Default)]
struct Sum {
    calls: i64,
    /// `None` once a queue had no expectation.
    expected: Option<f64>,
    queues: usize,
}

/// The past of a unit or a queue.
pub(super) async fn of_unit(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Json<Past>, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), HINT))?;
    let hours = ask.hours.unwrap_or(HOURS_DEFAULT);
    if !(hours > 0.0 && hours <= HOURS_MAX) {
        return Err(ApiError::bad(format!("hours {hours}"), HINT));
    }
    let until = match &ask.until {
        Some(text) => instant_of(text).map_err(|why| ApiError::bad(why, HINT))?,
        None => state.clock.now(),
    };
    let since = until - Span::millis((hours * 3_600_000.0) as i64);
    let view = state.handle.view();
    let unit = unit_id(&view, &name)?;
    let id = ask.queue.as_deref().map(|q| queue_id(&view, unit, q)).transpose()?;
    let queues: Vec<String> = match &ask.queue {
        Some(queue) => vec![queue.clone()],
        None => view.queues.iter().filter(|q| q.unit == unit).map(|q| q.name.to_string()).collect(),
    };
    if queues.len() > QUEUES_MAX {
        let message = format!("{} queues are more than are summed at once", queues.len());
        return Err(ApiError::bad(message, format!("name one; at most {QUEUES_MAX} are summed")));
    }
    let gauge = week_of(&state, unit, id).await.map(measure)?;
    let quarters = hours > ROWS_HOURS;
    let history = state.history.clone();
    let read = move || read(&*history, &queues, (since, until), quarters);
    let (rows, cut, log) = tokio::task::spawn_blocking(read)
        .await
        .map_err(|stopped| ApiError::internal(&stopped))?
        .map_err(|failed| ApiError::internal(&failed))?;
    let points = points(&rows, gauge.as_ref());
    let residuals: Vec<_> =
        points.iter().filter_map(|p| Some((p.residual?, p.expected?))).collect();
    let of_unit = view.queues.iter().filter(|q| q.unit == unit);
    let own = of_unit.filter(|q| ask.queue.as_deref().is_none_or(|name| *name == *q.name));
    let number = own.filter_map(|q| q.source).map(|id| usize::from(id.0));
    let sources = number.filter_map(|at| Some(&*view.sources.get(at)?.name)).collect();
    let scope = Scope { unit: &name, sources, since, until };
    let quality = quality::of(&points, &log.records, log.next.is_none(), &scope);
    Ok(Json(Past {
        residuals: residuals::of(&residuals),
        quality,
        unit: name.clone(),
        queue: ask.queue,
        since: since.to_string(),
        until: until.to_string(),
        quarters,
        cut,
        points,
    }))
}

/// One measure for the whole span: that of hours with history once there are any, so that a night
/// without it does not widen the limits of the day.
fn measure(week: Week) -> Option<Gauge> {
    let known = week.slots.iter().any(|slot| slot.weeks >= ENOUGH && !slot.closed);
    week.gauge.map(|gauge| if known { gauge.settled() } else { gauge })
}

/// The rows of each queue that has any, whether some were left out, and the lines of quality.
fn read(
    history: &dyn History,
    queues: &[String],
    (since, until): (Timestamp, Timestamp),
    quarters: bool,
) -> Result<(Vec<Vec<IntervalRecord>>, bool, LogbookPage), JournalError> {
    let (mut all, mut cut) = (Vec::new(), false);
    for queue in queues {
        let (queue, after) = (Some(queue.clone()), Place::before(since));
        let limit = ROWS_MAX;
        let rows = history.intervals(&IntervalQuery { queue, after, until, quarters, limit })?;
        cut |= rows.len() == ROWS_MAX;
        if !rows.is_empty() {
            all.push(rows);
        }
    }
    let log = history.logbook(&LogbookQuery {
        kind: Some("quality".into()),
        since: Some(since),
        until: Some(until),
        limit: LINES_MAX,
        ..LogbookQuery::default()
    })?;
    Ok((all, cut, log))
}

/// Adds the queues up.
fn points(queues: &[Vec<IntervalRecord>], gauge: Option<&Gauge>) -> Vec<Point> {
    let mut sums: BTreeMap<(Timestamp, Span), Sum> = BTreeMap::new();
    for rows in queues {
        for (at, row) in own(rows) {
            let first = !sums.contains_key(&at);
            let sum = sums.entry(at).or_default();
            sum.calls += row.offered.unwrap_or(0) + row.refused.unwrap_or(0);
            sum.expected = match (first, sum.expected, row.expected) {
                (true, _, expected) => expected,
                (false, Some(so_far), Some(expected)) => Some(so_far + expected),
                (false, _, _) => None,
            };
            sum.queues += 1;
        }
    }
    let point = |((end, length), sum): (&(Timestamp, Span), &Sum)| {
        let queues_missing = queues.len() - sum.queues;
        let whole = queues_missing == 0;
        let expected = sum.expected.filter(|_| whole);
        let measured = expected.zip(gauge);
        let sd = measured.map(|(e, gauge)| gauge.sd(e));
        let residual = expected.zip(sd).and_then(|(e, sd)| {
            let idle = Gauge::is_idle(e, *length, sum.queues);
            (!idle && sd > 0.0).then(|| (sum.calls as f64 - e) / sd)
        });
        Point {
            at: end.to_string(),
            length_seconds: length.as_secs_f64(),
            observed: whole.then_some(sum.calls),
            expected: expected.map(round),
            sd: sd.map(round),
            upper: measured.map(|(e, gauge)| round(gauge.upper(e, *length))),
            residual: residual.map(round),
            queues_missing,
        }
    };
    sums.iter().map(point).collect()
}

/// One row for each interval: where two sources tell of the same, the one that was judged.
fn own(rows: &[IntervalRecord]) -> BTreeMap<(Timestamp, Span), &IntervalRecord> {
    let mut own: BTreeMap<_, &IntervalRecord> = BTreeMap::new();
    for row in rows {
        let (Ok(start), Ok(end)) = (instant_of(&row.start), instant_of(&row.end)) else { continue };
        let kept = own.entry((end, end - start)).or_insert(row);
        if kept.expected.is_none() && row.expected.is_some() {
            *kept = row;
        }
    }
    own
}

/// Three digits behind the point, for thin queues too.
fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(queue: &str, source: &str, minute: i64, calls: i64, e: Option<f64>) -> IntervalRecord {
        let start = Timestamp::from_secs(minute * 60);
        IntervalRecord {
            place: Place::before(start),
            queue: queue.into(),
            source: source.into(),
            start: start.to_string(),
            end: (start + Span::minutes(1)).to_string(),
            offered: Some(calls),
            answered: None,
            abandoned: None,
            refused: Some(1),
            exited: None,
            answered_in_target: None,
            wait_seconds: None,
            talk_seconds: None,
            expected: e,
        }
    }

    #[test]
    fn a_sum_is_told_only_where_every_queue_told_its_part() {
        let a = vec![row("a", "s", 0, 4, Some(5.0)), row("a", "s", 1, 6, Some(5.0))];
        let b = vec![row("b", "s", 0, 10, Some(2.5))];
        let points = points(&[a, b], None);
        let told: Vec<_> =
            points.iter().map(|p| (p.observed, p.expected, p.queues_missing)).collect();
        assert_eq!(told, [(Some(16), Some(7.5), 0), (None, None, 1)]);
    }

    #[test]
    fn a_queue_without_an_expectation_leaves_the_sum_without_one() {
        for (a, b) in [(None, Some(2.0)), (Some(2.0), None)] {
            let rows = [vec![row("a", "s", 0, 4, a)], vec![row("b", "s", 0, 4, b)]];
            assert_eq!(points(&rows, None)[0].expected, None);
        }
    }

    #[test]
    fn calls_that_two_sources_tell_count_once() {
        let both = vec![row("a", "s", 0, 4, None), row("a", "t", 0, 5, Some(5.0))];
        let points = points(&[both], None);
        assert_eq!((points.len(), points[0].observed), (1, Some(6)));
    }
}
