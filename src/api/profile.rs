//! `/api/v1/units/{unit}/profile`: the usual week of a queue or of a unit's sum, and the tests.
//!
//! The baseline lives in the engine alone, so the engine is asked, as for a preview. What is not
//! known is null: no slot reads 0 because nobody has seen it, and closed is a word of its own.

use super::ApiState;
use super::error::ApiError;
use super::status::unit_id;
use crate::config::Language;
use crate::dashboards;
use crate::driver::Message;
use crate::engine::detector::{EMPTY_CHANCE, Gauge, PROVISIONAL_THRESHOLD};
use crate::engine::observation::{QueueId, UnitId};
use crate::engine::verdict::Method;
use crate::engine::view::View;
use crate::engine::week::{ENOUGH, SLOT, Week, WeekSlot};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::oneshot;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    queue: Option<String>,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct Profile {
    unit: String,
    /// Null: the sum of the unit.
    queue: Option<String>,
    /// IANA name of the local time that the slots are in.
    timezone: &'static str,
    /// Length of a slot.
    slot_minutes: u32,
    /// Weeks from which a slot counts as known.
    weeks_enough: u32,
    /// Slots of the week, Monday 00:00 first.
    slots: Vec<Slot>,
    /// Whether rows are judged by a provisional baseline; null before anything was judged.
    provisional: Option<bool>,
    /// False alarms a month that this series may raise; null likewise.
    tolerated_per_month: Option<f64>,
    /// The tests with their thresholds.
    tests: Vec<Test>,
    /// Address of the Grafana board of each language; null where none is configured.
    boards: Option<Boards>,
}

/// A slot of the week.
#[derive(Serialize)]
struct Slot {
    /// Calls expected in it.
    expected: Option<f64>,
    closed: bool,
    /// Weeks behind it.
    weeks: u32,
}

/// A test of a row.
#[derive(Serialize)]
struct Test {
    method: Method,
    /// Whether rows are looked at by it now.
    in_use: bool,
    /// Score from which it calls a surge; null where it has none.
    threshold: Option<f64>,
    /// Score from which a rise is looked at.
    open: Option<f64>,
    /// Probability below which it calls.
    chance: Option<f64>,
}

#[derive(Serialize)]
struct Boards {
    en: String,
    #[serde(rename = "zh-CN")]
    zh_cn: String,
}

/// The week of a unit or a queue.
pub(super) async fn of_unit(
    State(state): State<ApiState>,
    Path(name): Path<String>,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Result<Json<Profile>, ApiError> {
    let Query(ask) = ask.map_err(|e| ApiError::bad(e.body_text(), "parameter: queue"))?;
    let view = state.handle.view();
    let unit = unit_id(&view, &name)?;
    let queue = ask.queue.as_deref().map(|q| queue_id(&view, unit, q)).transpose()?;
    let week = week_of(&state, unit, queue).await?;
    let settings = view.units.iter().find(|u| u.unit == unit);
    Ok(Json(Profile {
        unit: name,
        queue: ask.queue,
        timezone: settings.map_or("UTC", |u| u.timezone.name()),
        slot_minutes: SLOT,
        weeks_enough: ENOUGH,
        slots: week.slots.iter().map(Slot::of).collect(),
        provisional: week.gauge.map(|gauge| gauge.learning),
        tolerated_per_month: week.gauge.map(|gauge| gauge.tolerated),
        tests: week.gauge.map(tests).unwrap_or_default(),
        boards: state.grafana.as_ref().map(Boards::of),
    }))
}

/// Number of a queue of the unit.
pub(super) fn queue_id(view: &View, unit: UnitId, name: &str) -> Result<QueueId, ApiError> {
    let own = |q: &crate::engine::view::QueueView| q.unit == unit && *q.name == *name;
    let found = view.queues.iter().position(own).and_then(|at| u32::try_from(at).ok());
    found.map(QueueId).ok_or_else(|| {
        let known = view.queues.iter().filter(|q| q.unit == unit).take(20).map(|q| &*q.name);
        let hint = format!("known: {}", known.collect::<Vec<_>>().join(", "));
        ApiError::not_found(format!("no queue of the unit is called {name:?}"), hint)
    })
}

/// Asks the engine.
pub(super) async fn week_of(
    state: &ApiState,
    unit: UnitId,
    queue: Option<QueueId>,
) -> Result<Week, ApiError> {
    let (ack, week) = oneshot::channel();
    let message = Message::Week(unit, queue, ack);
    state.handle.try_send(message).map_err(|full| ApiError::unavailable(full.to_string()))?;
    let week = week.await.ok().flatten();
    week.ok_or_else(|| ApiError::unavailable("the monitor has no answer to this"))
}

fn tests(gauge: Gauge) -> Vec<Test> {
    let scored = |method, in_use, threshold, open: Option<f64>| Test {
        method,
        in_use,
        threshold: Some(round(threshold)),
        open: open.map(round),
        chance: None,
    };
    let settled =
        |method| scored(method, !gauge.learning, gauge.settled_threshold, Some(gauge.open));
    let mut tests: Vec<_> = [Method::Burst, Method::Step, Method::Slow].map(settled).into();
    tests.push(scored(Method::Provisional, gauge.learning, PROVISIONAL_THRESHOLD, None));
    tests.push(Test {
        method: Method::Empty,
        in_use: true,
        threshold: None,
        open: None,
        chance: Some(EMPTY_CHANCE),
    });
    tests
}

/// Four digits behind the point, as in a verdict.
fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

impl Slot {
    fn of(slot: &WeekSlot) -> Self {
        Self { expected: slot.expected.map(round), closed: slot.closed, weeks: slot.weeks }
    }
}

impl Boards {
    fn of(base: &Arc<str>) -> Self {
        let of = |language| dashboards::analyst_address(base, language);
        Self { en: of(Language::En), zh_cn: of(Language::ZhCn) }
    }
}
