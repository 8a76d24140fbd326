//! `POST /api/v1/units/{unit}/preview`: what an order would do, without doing it.
//!
//! Takes the body of an order and answers with the unit before and after it, the records that
//! would be written, and which of them each channel would be told. The engine decides, on a copy
//! of its state. A refused order is an answer here, no failure. A path of its own, not a
//! parameter of the order's: a misspelt parameter would act.

use super::ApiState;
use super::auth::Identity;
use super::commands;
use super::error::ApiError;
use super::status::UnitStatus;
use crate::driver::{Message, Preview};
use crate::engine::command::Command;
use crate::engine::view::View;
use crate::journal::Stamp;
use crate::record::Record;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What would follow.
#[derive(Serialize)]
pub(super) struct Answer {
    /// The instant of the look.
    at: String,
    /// Why the order would change nothing.
    refused: Option<String>,
    /// Until when it would hold.
    until: Option<String>,
    /// The unit now.
    before: UnitStatus,
    /// The unit then.
    after: UnitStatus,
    /// What would be written; the ids are those of the look.
    records: Vec<Arc<Record>>,
    /// Who would be told.
    told: Vec<Recipient>,
}

/// A channel and what it would be told.
#[derive(Serialize)]
struct Recipient {
    channel: String,
    /// Types of the records, one for each message.
    messages: Vec<String>,
}

/// Looks at an order.
pub(super) async fn order(
    State(state): State<ApiState>,
    Extension(who): Extension<Identity>,
    Path(unit): Path<String>,
    body: Bytes,
) -> Result<Json<Answer>, ApiError> {
    commands::check_writable(&state)?;
    let command = commands::read(&state, &who, &unit, &body)?;
    let (ack, preview) = oneshot::channel();
    let message = Message::Preview(Box::new(command.clone()), ack);
    state.handle.try_send(message).map_err(|full| ApiError::unavailable(full.to_string()))?;
    let preview =
        preview.await.map_err(|_| ApiError::unavailable("the monitor has no answer to this"))?;
    answer(&state, &command, &preview).map(Json)
}

fn answer(state: &ApiState, command: &Command, preview: &Preview) -> Result<Answer, ApiError> {
    let people = (state.people)();
    let unit = |view: &View| {
        let found = view.units.iter().find(|u| u.unit == command.unit);
        found.map(|u| UnitStatus::of(u, view, &people, state.recall.mode)).ok_or_else(|| {
            ApiError::unavailable("the configuration changed while this was looked at")
        })
    };
    let order = preview.told.iter().find(|told| told.record.kind == "command");
    Ok(Answer {
        at: preview.after.at.to_string(),
        refused: order.and_then(|told| told.record.refused.clone()),
        until: order.and_then(|told| told.record.until.clone()),
        before: unit(&preview.before)?,
        after: unit(&preview.after)?,
        records: preview.told.iter().map(|told| told.record.clone()).collect(),
        told: recipients(state, preview),
    })
}

/// Only a live journal tells anybody.
fn recipients(state: &ApiState, preview: &Preview) -> Vec<Recipient> {
    let live = state.channels.iter().filter(|_| state.stamp == Stamp::Live);
    live.map(|channel| {
        let news = preview.told.iter().filter(|told| told.notify);
        let taken = news.filter(|told| channel.takes(&told.record));
        let kinds = taken.map(|told| &told.record.kind);
        Recipient { channel: channel.name.clone(), messages: kinds.cloned().collect() }
    })
    .collect()
}
