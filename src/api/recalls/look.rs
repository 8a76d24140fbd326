//! `POST /api/v1/units/{unit}/recall/preview`: whom a unit would ask now. Nothing is sent or kept.

use super::super::ApiState;
use super::super::commands::check_writable;
use super::super::error::ApiError;
use super::super::status::unit_id;
use super::{Look, note_word};
use crate::callup::NotEligible;
use crate::config::{Language, RecallMode};
use crate::engine::command::Level;
use crate::engine::recalls::Note;
use crate::engine::time::Timestamp;
use crate::engine::view::View;
use crate::recall::{Cost, NotAsked, Recall, RecallId, WavePlan};
use crate::record::level_of;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

const HINT: &str = "{\"level\": \"L2|L3\"}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    level: String,
}

/// What would happen.
#[derive(Serialize)]
pub(in super::super) struct Answer {
    unit: String,
    level: Level,
    mode: RecallMode,
    /// Heads by skill.
    need: BTreeMap<String, u32>,
    needed_by: String,
    /// Who would be asked at once, in order.
    first: Vec<String>,
    accepted_mean: f64,
    waves: Vec<Wave>,
    filled_p50: Option<String>,
    filled_p90: Option<String>,
    cost: Cost,
    /// Eligible and still not asked.
    not_asked: Vec<Passed>,
    excluded: Vec<NotAskedStatus>,
}

#[derive(Serialize)]
struct Wave {
    number: u32,
    at: String,
    needed: f64,
    asked_mean: f64,
    filled: f64,
}

#[derive(Serialize)]
struct Passed {
    person: String,
    why: NotAsked,
}

/// A person who may not be asked.
#[derive(Serialize)]
pub(in super::super) struct NotAskedStatus {
    person: String,
    reasons: Vec<Reason>,
}

/// One reason, in two languages.
#[derive(Serialize)]
struct Reason {
    en: String,
    #[serde(rename = "zh-CN")]
    zh_cn: String,
}

/// Looks.
pub(in super::super) async fn preview(
    State(state): State<ApiState>,
    Path(unit): Path<String>,
    body: Bytes,
) -> Result<Json<Answer>, ApiError> {
    check_writable(&state)?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|e| ApiError::bad(format!("the body does not parse: {e}"), HINT))?;
    let level = level_of(&question.level).filter(|level| *level >= Level::L2);
    let level = level.ok_or_else(|| ApiError::bad("only L2 and L3 ask people", HINT))?;
    let view = state.handle.view();
    let number = unit_id(&view, &unit)?;
    let incident = view.units.iter().find(|u| u.unit == number).and_then(|u| u.incident);
    // Recalls are numbered from 1: this one is never known.
    let id = RecallId { incident: incident.unwrap_or(0), level, generation: 0, drill: false };
    let look = state.recall.look.clone();
    let look = tokio::task::spawn_blocking(move || look(&view, number, id))
        .await
        .map_err(|_| ApiError::unavailable("the monitor has no answer to this"))?;
    let Look { plan, preview } = look.map_err(nobody)?;
    let preview = preview
        .map_err(|_| ApiError::conflict("refused", "no recall could begin so", "see the log"))?;
    let text = |at: Timestamp| at.to_string();
    let named =
        |(skill, heads): (_, &u32)| (plan.skills.get(skill).cloned().unwrap_or_default(), *heads);
    let wave = |w: &WavePlan| Wave {
        number: w.number,
        at: w.at.to_string(),
        needed: w.needed,
        asked_mean: w.asked_mean,
        filled: w.filled,
    };
    let passed = |(person, why): &(crate::roster::PersonId, NotAsked)| Passed {
        person: person.to_string(),
        why: *why,
    };
    Ok(Json(Answer {
        unit,
        level,
        mode: state.recall.mode,
        need: preview.need.iter().map(named).collect(),
        needed_by: plan.order.deadline.to_string(),
        first: preview.first.iter().map(ToString::to_string).collect(),
        accepted_mean: preview.accepted_mean,
        waves: preview.waves.iter().map(wave).collect(),
        filled_p50: preview.filled_p50.map(text),
        filled_p90: preview.filled_p90.map(text),
        cost: preview.cost,
        not_asked: preview.not_asked.iter().map(passed).collect(),
        excluded: plan.excluded.iter().map(NotAskedStatus::of).collect(),
    }))
}

/// Why nobody would be asked.
pub(super) fn nobody(note: Note) -> ApiError {
    let hint = match note {
        Note::Off | Note::DryRun { .. } => "name a roster in [recall] of the configuration",
        Note::NoNeed => "set talk_seconds or fallback_heads_l2 and _l3 in [staffing]",
        Note::Enough => "as many agents are logged in as are needed",
        Note::NoRoster => "the monitor's log says why the roster cannot be read",
    };
    ApiError::conflict("nobody_asked", format!("nobody would be asked: {}", note_word(note)), hint)
}

/// Who may not be asked by a recall.
pub(in super::super) async fn excluded_by(
    state: &ApiState,
    view: Arc<View>,
    recall: Recall,
) -> Option<Vec<NotAskedStatus>> {
    let excluded = state.recall.excluded.clone();
    let found = tokio::task::spawn_blocking(move || excluded(&view, &recall)).await.ok()?.ok()?;
    Some(found.iter().map(NotAskedStatus::of).collect())
}

impl NotAskedStatus {
    fn of((person, zone, why): &NotEligible) -> Self {
        let reason = |why: &crate::roster::Why| Reason {
            en: why.sentence(Language::En, *zone),
            zh_cn: why.sentence(Language::ZhCn, *zone),
        };
        Self { person: person.to_string(), reasons: why.iter().map(reason).collect() }
    }
}
