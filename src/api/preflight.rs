//! `GET` and `POST /api/v1/preflight`: whether a recall would work, as it was found last, and now.
//!
//! Counts only, no people. Looking is cheap and changes nothing but what is known, so a second press
//! needs no key.

use super::ApiState;
use super::commands::check_writable;
use super::error::ApiError;
use crate::config::Language;
use crate::engine::view::View;
use crate::preflight::{Check, Depth, Report};
use axum::Json;
use axum::extract::State;
use chrono_tz::Tz;
use serde::Serialize;
use std::pin::Pin;
use std::sync::Arc;

/// A look that is under way; `None` where it broke off.
pub type Looking = Pin<Box<dyn Future<Output = Option<Arc<Report>>> + Send>>;

/// What the handlers need.
#[derive(Clone)]
pub struct Preflights {
    /// What was found last; `None` before the first look.
    pub latest: Arc<dyn Fn() -> Option<Arc<Report>> + Send + Sync>,
    /// Looks now.
    pub run: Arc<dyn Fn() -> Looking + Send + Sync>,
}

impl Preflights {
    /// Of a monitor that asks nobody.
    pub fn closed() -> Self {
        Self { latest: Arc::new(|| None), run: Arc::new(|| Box::pin(async { None })) }
    }
}

/// What was found.
#[derive(Serialize)]
pub(super) struct Answer {
    /// When; `null` before the first look.
    at: Option<String>,
    /// The worst of the checks.
    outcome: Option<&'static str>,
    checks: Vec<CheckStatus>,
    pools: Vec<PoolStatus>,
}

#[derive(Serialize)]
struct CheckStatus {
    check: &'static str,
    unit: Option<Arc<str>>,
    /// Skill, channel or source.
    of: Option<Arc<str>>,
    outcome: &'static str,
    en: String,
    #[serde(rename = "zh-CN")]
    zh_cn: String,
}

#[derive(Serialize)]
struct PoolStatus {
    unit: Arc<str>,
    level: &'static str,
    skill: Arc<str>,
    need: u32,
    people: u32,
    heads_p90: u32,
    filled: f64,
}

/// What was found last.
pub(super) async fn latest(State(state): State<ApiState>) -> Json<Answer> {
    let report = (state.preflight.latest)();
    Json(Answer::of(report.as_deref(), &state.handle.view()))
}

/// Looks now.
pub(super) async fn run(State(state): State<ApiState>) -> Result<Json<Answer>, ApiError> {
    check_writable(&state)?;
    let report = (state.preflight.run)().await;
    let report = report.ok_or_else(|| ApiError::unavailable("the monitor could not look"))?;
    Ok(Json(Answer::of(Some(&report), &state.handle.view())))
}

impl Answer {
    fn of(report: Option<&Report>, view: &View) -> Self {
        let zone = |unit: Option<&Arc<str>>| {
            let own = unit.and_then(|name| view.units.iter().find(|u| u.name == *name));
            own.or(view.units.first()).map_or(Tz::UTC, |u| u.timezone)
        };
        let check = |c: &Check| CheckStatus {
            check: c.what.word(),
            unit: c.unit.clone(),
            of: c.of.clone(),
            outcome: c.outcome().word(),
            en: c.finding.sentence(Language::En, zone(c.unit.as_ref())),
            zh_cn: c.finding.sentence(Language::ZhCn, zone(c.unit.as_ref())),
        };
        let pool = |d: &Depth| PoolStatus {
            unit: d.unit.clone(),
            level: d.level.word(),
            skill: d.skill.clone(),
            need: d.pool.need,
            people: d.pool.people,
            heads_p90: d.pool.heads_p90,
            filled: d.pool.filled,
        };
        Self {
            at: report.map(|report| report.at.to_string()),
            outcome: report.map(|report| report.outcome().word()),
            checks: report.map_or_else(Vec::new, |r| r.checks.iter().map(check).collect()),
            pools: report.map_or_else(Vec::new, |r| r.pools.iter().map(pool).collect()),
        }
    }
}
