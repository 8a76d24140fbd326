//! `POST /api/v1/units/{unit}/commands`: the commander's orders.
//!
//! Answered with the log-book record after the commit. The same `Idempotency-Key` again gets the
//! first answer and acts no second time. The actor is the token's name; where several people
//! share a token, the body may add who sits there (`token/actor`).

use super::ApiState;
use super::auth::Identity;
use super::error::ApiError;
use super::status::unit_id;
use crate::driver::Message;
use crate::engine::command::{Act, Command, Level};
use crate::record::{Record, instant_of, level_of};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::Deserialize;
use tokio::sync::oneshot;

/// Longest reason: a sentence in the log book.
pub(super) const REASON_CHARS_MAX: usize = 500;
/// Longest name that the body adds to the token's.
const ACTOR_CHARS_MAX: usize = 64;
/// Longest idempotency key.
const KEY_CHARS_MAX: usize = 128;
const HINT: &str = "{\"act\": \"raise|lower|hold|confirm|close\", \"level\": \"none|L1|L2|L3\" \
                    (raise and lower), \"reason\": \"…\", \"actor\": \"…\" (optional), \
                    \"expires_at\": RFC 3339 (optional)}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    act: String,
    level: Option<String>,
    actor: Option<String>,
    reason: String,
    expires_at: Option<String>,
}

/// Gives an order to a unit.
pub(super) async fn order(
    State(state): State<ApiState>,
    Extension(who): Extension<Identity>,
    Path(unit): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Record>, ApiError> {
    check_writable(&state)?;
    let key = key(&headers)?;
    let command = read(&state, &who, &unit, &body)?;
    let (ack, answer) = oneshot::channel();
    let message = Message::Command { command: Box::new(command), key: Some(key), ack };
    state.handle.try_send(message).map_err(|full| ApiError::unavailable(full.to_string()))?;
    let record =
        answer.await.map_err(|_| ApiError::unavailable("the monitor stopped before its answer"))?;
    match &record.refused {
        None => Ok(Json(record)),
        Some(why) => {
            let hint = "the log book holds the order and this answer";
            Err(ApiError::conflict("refused", why.clone(), hint))
        }
    }
}

/// Whether this monitor takes orders at all.
pub(super) fn check_writable(state: &ApiState) -> Result<(), ApiError> {
    if state.read_only {
        let hint = "commands go to the monitor that writes this journal";
        return Err(ApiError::conflict("read_only", "this journal is only looked at", hint));
    }
    Ok(())
}

/// The order that a body gives to a unit.
pub(super) fn read(
    state: &ApiState,
    who: &Identity,
    unit: &str,
    body: &[u8],
) -> Result<Command, ApiError> {
    let order: Order = serde_json::from_slice(body)
        .map_err(|e| ApiError::bad(format!("the body does not parse: {e}"), HINT))?;
    Ok(Command {
        unit: unit_id(&state.handle.view(), unit)?,
        act: act(&order)?,
        actor: actor(who, order.actor.as_deref())?,
        reason: text("reason", &order.reason, REASON_CHARS_MAX)?,
        expires_at: order
            .expires_at
            .map(|t| instant_of(&t).map_err(|why| ApiError::bad(why, HINT)))
            .transpose()?,
    })
}

pub(super) fn key(headers: &HeaderMap) -> Result<String, ApiError> {
    let hint = "send the header Idempotency-Key: a new random text for every new order, \
                the same text when repeating one";
    let key = headers.get("idempotency-key").and_then(|k| k.to_str().ok()).unwrap_or_default();
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        let message = format!("Idempotency-Key: 1 to {KEY_CHARS_MAX} visible characters");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "idempotency_key", message, hint));
    }
    Ok(key.to_owned())
}

fn act(order: &Order) -> Result<Act, ApiError> {
    let level = order
        .level
        .as_deref()
        .map(|word| {
            level_of(word).ok_or_else(|| ApiError::bad(format!("level {word:?} is unknown"), HINT))
        })
        .transpose()?;
    let with = |act: fn(Level) -> Act| {
        level.map(act).ok_or_else(|| ApiError::bad(format!("{} needs a level", order.act), HINT))
    };
    let without = |act| match level {
        None => Ok(act),
        Some(_) => Err(ApiError::bad(format!("{} takes no level", order.act), HINT)),
    };
    match order.act.as_str() {
        "raise" => with(Act::Raise),
        "lower" => with(Act::Lower),
        "hold" => without(Act::Hold),
        "confirm" => without(Act::Confirm),
        "close" => without(Act::Close),
        other => Err(ApiError::bad(format!("act {other:?} is unknown"), HINT)),
    }
}

pub(super) fn actor(who: &Identity, person: Option<&str>) -> Result<String, ApiError> {
    match person {
        None => Ok(who.name().to_owned()),
        Some(person) => Ok(format!("{}/{}", who.name(), text("actor", person, ACTOR_CHARS_MAX)?)),
    }
}

/// One line that says something.
pub(super) fn text(what: &str, value: &str, chars_max: usize) -> Result<String, ApiError> {
    let value = value.trim();
    let chars = value.chars().count();
    if chars == 0 || chars > chars_max || value.chars().any(char::is_control) {
        let message = format!("{what}: 1 to {chars_max} characters on one line");
        return Err(ApiError::bad(message, HINT));
    }
    Ok(value.to_owned())
}
