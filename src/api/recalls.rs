//! `/api/v1/recalls`: recalls that run, and what outside recall systems say about them.
//!
//! People are numbers (`p17`) here as everywhere. A recall that is over is not listed; the log book
//! has it. Whoever may only read sees figures; single people and why they are not asked need
//! `operate`. Names and contacts are not here at all.

mod acts;
mod drill;
mod look;

pub(super) use acts::{arrive, order, reply};
pub(super) use drill::start as drill;
pub(super) use look::{excluded_by, preview};

use super::ApiState;
use super::error::ApiError;
use crate::callup::{self, NotEligible, Plan};
use crate::config::RecallMode;
use crate::engine::observation::UnitId;
use crate::engine::recalls::{Note, Want};
use crate::engine::time::Timestamp;
use crate::engine::view::View;
use crate::recall::{Heads, Offer, OfferState, Preview, Recall, RecallId, Refusal, Summary};
use crate::reply::say::Blocker;
use axum::Json;
use axum::extract::{Path, State};
use look::NotAskedStatus;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A plan and what it would do.
#[derive(Debug)]
pub struct Look {
    /// The plan.
    pub plan: Plan,
    /// What it would do.
    pub preview: Result<Preview, Refusal>,
}

/// See [`Desk::look`].
pub type Looker = Arc<dyn Fn(&View, UnitId, RecallId) -> Result<Look, Note> + Send + Sync>;
/// See [`Desk::drill`].
pub type Driller =
    Arc<dyn Fn(&View, UnitId, RecallId, Option<u32>) -> Result<Plan, Note> + Send + Sync>;
/// See [`Desk::excluded`].
pub type Excluder = Arc<dyn Fn(&View, &Recall) -> Result<Vec<NotEligible>, Note> + Send + Sync>;

/// What the handlers need of the roster. All of it may block.
#[derive(Clone)]
pub struct Desk {
    /// What a level that calls for people leads to.
    pub mode: RecallMode,
    /// What would follow if a unit asked now.
    pub look: Looker,
    /// The order of a drill.
    pub drill: Driller,
    /// Who may not be asked by a recall.
    pub excluded: Excluder,
    /// Blocks a person's contact of a kind.
    pub block: Blocker,
}

impl Desk {
    /// Of a monitor that asks nobody.
    pub fn closed() -> Self {
        Self {
            mode: RecallMode::Off,
            look: Arc::new(|_, _, _| Err(Note::Off)),
            drill: Arc::new(|_, _, _, _| Err(Note::Off)),
            excluded: Arc::new(|_, _| Err(Note::Off)),
            block: Arc::new(|_, _| Err("there is no roster".to_owned())),
        }
    }
}

/// Recalls that run, and those that levels call for.
#[derive(Serialize)]
pub(super) struct Recalls {
    mode: RecallMode,
    recalls: Vec<RecallStatus>,
    wanted: Vec<WantStatus>,
}

/// A recall.
#[derive(Serialize)]
struct RecallStatus {
    id: String,
    unit: Arc<str>,
    incident: Option<u64>,
    level: &'static str,
    drill: bool,
    /// A drill of which nobody hears; its answers are made up.
    silent: bool,
    /// Nobody is asked any more; it waits for those on the way and at work.
    ending: bool,
    needed_by: String,
    need: BTreeMap<String, u32>,
    waves: u32,
    heads: Heads,
    /// How it went so far.
    so_far: Summary,
}

/// A recall that a level calls for and that has not begun.
#[derive(Serialize)]
struct WantStatus {
    id: String,
    unit: Arc<str>,
    level: &'static str,
    /// Why it has not begun; absent while nobody has looked.
    because: Option<&'static str>,
}

/// A recall with its people.
#[derive(Serialize)]
pub(super) struct Detail {
    #[serde(flatten)]
    recall: RecallStatus,
    offers: Vec<OfferStatus>,
    /// Not asked yet, in order.
    waiting: Vec<String>,
    /// Who may not be asked, by the roster as it is; `null` where it cannot be read.
    excluded: Option<Vec<NotAskedStatus>>,
}

/// One person who was asked.
#[derive(Serialize)]
struct OfferStatus {
    person: String,
    state: &'static str,
    wave: u32,
    skill: String,
    asked_at: String,
    answer_by: String,
    arrives_by: Option<String>,
    /// The last word: yes or no.
    said: Option<bool>,
}

/// All of them.
pub(super) async fn list(State(state): State<ApiState>) -> Json<Recalls> {
    let view = state.handle.view();
    Json(Recalls {
        mode: state.recall.mode,
        recalls: view.recalls.recalls().map(|r| RecallStatus::of(r, &view)).collect(),
        wanted: view.wanted.iter().map(|want| WantStatus::of(want, &view)).collect(),
    })
}

/// One of them.
pub(super) async fn one(
    State(state): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, ApiError> {
    let view = state.handle.view();
    let recall = view.recalls.recall(id_of(&id)?).ok_or_else(|| unknown(&view, &id))?.clone();
    let status = RecallStatus::of(&recall, &view);
    let names = skill_names(&recall, &view);
    let offers = recall.offers().values().map(|offer| OfferStatus::of(offer, &names)).collect();
    let waiting = recall.waiting().iter().map(|c| c.person.to_string()).collect();
    let excluded = excluded_by(&state, view, recall).await;
    Ok(Json(Detail { recall: status, offers, waiting, excluded }))
}

fn id_of(text: &str) -> Result<RecallId, ApiError> {
    text.parse().map_err(|hint: &str| {
        ApiError::not_found(format!("no recall can be called {text:?}"), hint)
    })
}

fn unknown(view: &View, name: &str) -> ApiError {
    let known: Vec<_> = view.recalls.recalls().take(20).map(|r| r.id().to_string()).collect();
    let hint = format!("running: {}; the log book has those that are over", known.join(", "));
    ApiError::not_found(format!("no recall {name:?} is running"), hint)
}

fn unit_name(view: &View, unit: UnitId) -> Arc<str> {
    let found = view.units.iter().find(|u| u.unit == unit);
    found.map_or_else(|| "".into(), |u| u.name.clone())
}

fn skill_names(recall: &Recall, view: &View) -> BTreeMap<crate::recall::Skill, String> {
    let unit = view.units.iter().find(|u| u.unit == recall.unit());
    unit.map_or_else(BTreeMap::new, |unit| callup::names(view, unit, recall.need().keys().copied()))
}

fn note_word(note: Note) -> &'static str {
    match note {
        Note::Off => "off",
        Note::DryRun { .. } => "dry_run",
        Note::NoNeed => "no_need",
        Note::Enough => "enough",
        Note::NoRoster => "no_roster",
    }
}

impl RecallStatus {
    fn of(recall: &Recall, view: &View) -> Self {
        let id = recall.id();
        let mut names = skill_names(recall, view);
        let name = |(skill, heads): (&_, &u32)| (names.remove(skill).unwrap_or_default(), *heads);
        Self {
            id: id.to_string(),
            unit: unit_name(view, recall.unit()),
            incident: (!id.drill).then_some(id.incident),
            level: id.level.word(),
            drill: id.drill,
            silent: recall.is_silent(),
            ending: recall.is_ending(),
            needed_by: recall.deadline().to_string(),
            need: recall.need().iter().map(name).collect(),
            waves: recall.waves(),
            heads: recall.heads(),
            so_far: recall.summary(),
        }
    }
}

impl WantStatus {
    fn of(want: &Want, view: &View) -> Self {
        Self {
            id: want.recall.to_string(),
            unit: unit_name(view, want.unit),
            level: want.recall.level.word(),
            because: want.note.map(note_word),
        }
    }
}

impl OfferStatus {
    fn of(offer: &Offer, names: &BTreeMap<crate::recall::Skill, String>) -> Self {
        let until = |at: Timestamp| at.to_string();
        let state: &OfferState = &offer.state;
        Self {
            person: offer.candidate.person.to_string(),
            state: state.word(),
            wave: offer.wave,
            skill: names.get(&offer.skill).cloned().unwrap_or_default(),
            asked_at: offer.asked_at.to_string(),
            answer_by: offer.deadline.to_string(),
            arrives_by: state.arrives_by().map(until),
            said: offer.said,
        }
    }
}
