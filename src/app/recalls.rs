//! Starts the recalls that levels want: watches what the engine wants, reads the roster, orders.
//!
//! A task of its own behind the driver, so that no level waits for a roster. It keeps nothing: a
//! recall is wanted under its name until it is started, so after a crash the same is done again, once.
//! What cannot be done yet is tried again every quarter of a minute, and told once.

use super::parts::Refused;
use crate::api::recalls::{Desk, Look};
use crate::callup::{self, NotEligible, Plan, Rules};
use crate::clock::Clock;
use crate::config::{RecallMode, RecallSettings};
use crate::driver::{Handle, Message};
use crate::engine::observation::UnitId;
use crate::engine::recalls::{Note, Want};
use crate::engine::time::Timestamp;
use crate::engine::view::View;
use crate::exit::Exit;
use crate::recall::{ChannelRate, Input, Recall, RecallId};
use crate::roster::store::{News, Store, StoreError};
use crate::roster::{Kind, LegalProfile, Person, PersonId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How often is tried again what could not be done.
const AGAIN: Duration = Duration::from_secs(15);

/// What is needed to plan a recall.
pub(super) struct Planner {
    mode: RecallMode,
    roster: Option<PathBuf>,
    rules: Rules,
    own_legal: bool,
    clock: Arc<dyn Clock>,
}

impl Planner {
    /// Reads the legal limits.
    pub(super) fn new(
        settings: &RecallSettings,
        reach: Option<BTreeMap<Kind, ChannelRate>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Refused> {
        let law = match &settings.legal {
            None => LegalProfile::cn().map_err(|e| Refused::of(Exit::Config, &e))?,
            Some(path) => {
                let wrong = |why: String| {
                    Refused(Exit::Config, format!("the file {} of `legal`: {why}", path.display()))
                };
                let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
                LegalProfile::parse(&text).map_err(|e| wrong(crate::commands::chain(&e)))?
            }
        };
        let rules = Rules {
            policy: settings.policy,
            arrive_within: settings.arrive_within,
            work: settings.work,
            law,
            reach,
        };
        let own_legal = settings.legal.is_some();
        Ok(Self { mode: settings.mode, roster: settings.roster.clone(), rules, own_legal, clock })
    }

    /// What a level that calls for people leads to.
    pub(super) fn mode(&self) -> RecallMode {
        self.mode
    }

    /// The rules of asking.
    pub(super) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether a roster is configured.
    pub(super) fn has_roster(&self) -> bool {
        self.roster.is_some()
    }

    /// The file of the roster, if one is configured.
    pub(super) fn roster(&self) -> Option<&Path> {
        self.roster.as_deref()
    }

    /// The present.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the legal limits are those of a file of the centre.
    pub(super) fn has_own_legal(&self) -> bool {
        self.own_legal
    }

    /// Plans a recall. Blocks while the roster is read.
    pub(super) fn plan(&self, view: &View, unit: UnitId, id: RecallId) -> Result<Plan, Note> {
        let people = self.people_or_note()?;
        callup::plan(view, unit, id, &people, &self.rules, self.clock.now())
    }

    /// What would follow if a unit were to ask now. Blocks while the roster is read.
    pub(super) fn look(&self, view: &View, unit: UnitId, id: RecallId) -> Result<Look, Note> {
        if !self.has_roster() {
            return Err(Note::Off);
        }
        let plan = self.plan(view, unit, id)?;
        let preview = callup::preview(view, &plan, &self.rules, self.clock.now());
        Ok(Look { plan, preview })
    }

    /// Plans a drill. Blocks while the roster is read.
    pub(super) fn drill(
        &self,
        view: &View,
        unit: UnitId,
        id: RecallId,
        heads: Option<u32>,
    ) -> Result<Plan, Note> {
        if !self.has_roster() {
            return Err(Note::Off);
        }
        let people = self.people_or_note()?;
        callup::plan_drill(view, unit, (id, heads), &people, &self.rules, self.clock.now())
    }

    /// Who may not be asked by a recall that runs, by the roster of now. Blocks.
    pub(super) fn excluded(&self, view: &View, recall: &Recall) -> Result<Vec<NotEligible>, Note> {
        let unit = view.units.iter().find(|u| u.unit == recall.unit()).ok_or(Note::NoNeed)?;
        let skills = callup::names(view, unit, recall.need().keys().copied());
        let (people, now) = (self.people_or_note()?, self.clock.now());
        let chosen = callup::choose(view, recall.id(), &skills, &people, &self.rules, now);
        Ok(chosen.excluded)
    }

    /// Blocks the contact of a kind. Writes the roster.
    pub(super) fn block(&self, person: PersonId, kind: Kind) -> Result<(), StoreError> {
        let (path, now) = (self.roster.as_deref().ok_or(StoreError::Missing)?, self.clock.now());
        Store::open_sealed(path, now)?.note(person, kind, News::WrongNumber { at: now })
    }

    fn people_or_note(&self) -> Result<Vec<Person>, Note> {
        self.people().map_err(|error| {
            let why = crate::commands::chain(&error);
            tracing::error!(why, "the roster cannot be read: {why}");
            Note::NoRoster
        })
    }

    /// Everybody in the roster. Blocks.
    pub(super) fn people(&self) -> Result<Vec<Person>, StoreError> {
        let path = self.roster.as_deref().ok_or(StoreError::Missing)?;
        Store::read(path)?.people()
    }

    /// What is to be done about a want.
    fn decide(&self, view: &View, want: &Want) -> Result<Input, Note> {
        if self.mode == RecallMode::Off {
            return Err(Note::Off);
        }
        let plan = self.plan(view, want.unit, want.recall)?;
        if self.mode == RecallMode::Automatic {
            return Ok(Input::Start(plan.order));
        }
        let need = plan.order.need.values().sum();
        let preview = callup::preview(view, &plan, &self.rules, self.clock.now());
        let asked = preview.map_or(0, |preview| {
            let filled = preview.filled_p90.map(|at| at.to_string());
            tracing::info!(
                recall = %want.recall,
                need,
                asked = preview.first.len(),
                excluded = preview.excluded.len(),
                filled_p90 = filled,
                "dry run of recall {}: {} people would be asked for {need} heads",
                want.recall,
                preview.first.len()
            );
            preview.first.len()
        });
        Err(Note::DryRun { need, asked: u32::try_from(asked).unwrap_or(u32::MAX) })
    }

    /// Whether a want was dealt with for good.
    fn is_settled(&self, want: &Want) -> bool {
        match self.mode {
            RecallMode::Off => want.note == Some(Note::Off),
            RecallMode::DryRun => matches!(want.note, Some(Note::DryRun { .. })),
            RecallMode::Automatic => false,
        }
    }
}

/// What the HTTP side may ask of the roster.
pub(super) fn desk(planner: &Arc<Planner>) -> Desk {
    let (look, excluded, block) = (planner.clone(), planner.clone(), planner.clone());
    let drill = planner.clone();
    Desk {
        mode: planner.mode,
        look: Arc::new(move |view, unit, id| look.look(view, unit, id)),
        drill: Arc::new(move |view, unit, id, heads| drill.drill(view, unit, id, heads)),
        excluded: Arc::new(move |view, recall| excluded.excluded(view, recall)),
        block: Arc::new(move |person, kind| {
            block.block(person, kind).map_err(|error| crate::commands::chain(&error))
        }),
    }
}

/// Attends to what the engine wants until the driver stops.
pub(super) async fn attend(planner: Arc<Planner>, handle: Handle) {
    let mut views = handle.views();
    loop {
        let view = views.borrow_and_update().clone();
        let mut left = false;
        for want in view.wanted.iter().filter(|want| !planner.is_settled(want)) {
            left |= !start(&planner, &handle, &view, want).await;
        }
        let news = views.wait_for(|next| !next.wanted.is_empty() && next.wanted != view.wanted);
        let ended = if left {
            matches!(tokio::time::timeout(AGAIN, news).await, Ok(Err(_)))
        } else {
            news.await.is_err()
        };
        if ended {
            return;
        }
    }
}

/// Orders a recall, or notes why not. Whether nothing is left to do about it.
async fn start(planner: &Arc<Planner>, handle: &Handle, view: &Arc<View>, want: &Want) -> bool {
    let decide = {
        let (planner, view, want) = (planner.clone(), view.clone(), want.clone());
        move || planner.decide(&view, &want)
    };
    match tokio::task::spawn_blocking(decide).await {
        Ok(Ok(input)) => {
            let (ack, answer) = oneshot::channel();
            let input = Box::new(input);
            let message = Message::Recall { input, order: None, key: None, ack };
            handle.send(message).await.is_ok() && answer.await.is_ok()
        }
        Ok(Err(note)) => {
            let told = want.note == Some(note)
                || handle.send(Message::RecallNote(want.recall, note)).await.is_ok();
            told && matches!(note, Note::Off | Note::DryRun { .. })
        }
        Err(error) => {
            tracing::error!(%error, "planning a recall broke off");
            false
        }
    }
}
