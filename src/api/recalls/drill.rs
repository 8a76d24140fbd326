//! `POST /api/v1/units/{unit}/drill`: an exercise with the real machine and the real roster.
//!
//! Silent unless the body says otherwise: nobody hears of it. A full drill reaches people through every
//! channel, marked as a drill, and therefore only where recalls reach people at all. Its name has the
//! number of the entry in the journal that it follows, which never comes again.

use super::super::ApiState;
use super::super::auth::Identity;
use super::super::commands::{REASON_CHARS_MAX, actor, check_writable, key, text};
use super::super::error::ApiError;
use super::super::status::unit_id;
use super::acts::{parse, take};
use super::look::nobody;
use crate::config::RecallMode;
use crate::engine::command::Level;
use crate::recall::{Input, RecallId};
use crate::record::{Record, level_of};
use crate::staffing::NEED_MAX;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;

const HINT: &str = "{\"level\": \"L2|L3\", \"reason\": \"…\", \"heads\": 6 (optional), \
                    \"mode\": \"silent|full\" (optional; silent), \"actor\": \"…\" (optional)}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Drill {
    level: String,
    reason: String,
    heads: Option<u32>,
    #[serde(default)]
    mode: Mode,
    actor: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Silent,
    Full,
}

/// Starts one.
pub(in super::super) async fn start(
    State(state): State<ApiState>,
    Extension(who): Extension<Identity>,
    Path(unit): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Record>, ApiError> {
    check_writable(&state)?;
    let key = key(&headers)?;
    let drill: Drill = parse(&body, HINT)?;
    let level = level_of(&drill.level).filter(|level| *level >= Level::L2);
    let level = level.ok_or_else(|| ApiError::bad("only L2 and L3 ask people", HINT))?;
    if drill.heads.is_some_and(|heads| heads == 0 || heads > NEED_MAX) {
        return Err(ApiError::bad(format!("heads: 1 to {NEED_MAX}"), HINT));
    }
    if drill.mode == Mode::Full && state.recall.mode != RecallMode::Automatic {
        let (why, hint) = ("a full drill reaches people", "set mode = \"automatic\" in [recall]");
        return Err(ApiError::conflict("not_automatic", why, hint));
    }
    let actor = actor(&who, drill.actor.as_deref())?;
    let reason = text("reason", &drill.reason, REASON_CHARS_MAX)?;
    let view = state.handle.view();
    let number = unit_id(&view, &unit)?;
    let id = RecallId { incident: view.seq, level, generation: 1, drill: true };
    let plan = state.recall.drill.clone();
    let plan = tokio::task::spawn_blocking(move || plan(&view, number, id, drill.heads))
        .await
        .map_err(|_| ApiError::unavailable("the monitor has no answer to this"))?;
    let order = plan.map_err(nobody)?.order;
    let input = match drill.mode {
        Mode::Silent => Input::Rehearse(order),
        Mode::Full => Input::Start(order),
    };
    take(&state, input, Some((actor, reason)), key).await
}
