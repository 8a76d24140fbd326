//! What the driver needs of an engine.
//!
//! Two implementations: the [`Engine`], and the fold of the fault tests, which emits and panics
//! on demand, so that the loop's promises are tested apart from detection.

use crate::engine::Engine;
use crate::engine::effect::{Effect, Transition};
use crate::engine::entry::{Entry, Seq};
use crate::engine::observation::{QueueId, UnitId};
use crate::engine::time::Timestamp;
use crate::engine::view::View;
use crate::engine::week::Week;
use crate::record::Names;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A deterministic fold over entries, with its snapshot in its serde form.
pub trait Fold: Names + Clone + Serialize + DeserializeOwned + Send + 'static {
    /// Before the first entry.
    fn empty() -> Self;
    /// Folds an entry; see [`Engine::apply`].
    fn apply(&mut self, entry: &Entry, effects: &mut Vec<Effect>);
    /// Rows of these queues come next; see [`Engine::foresee`].
    fn foresee(&self, _coming: impl Iterator<Item = QueueId> + Clone) {}
    /// Folds an entry whose transitions are known; see [`Engine::apply_recorded`].
    fn apply_recorded(&mut self, entry: &Entry, transitions: &[(Timestamp, Transition)]);
    /// When to send a tick at the latest.
    fn next_deadline(&self) -> Option<Timestamp>;
    /// The read model.
    fn view(&self) -> View;
    /// What is usual in the week of a series; see [`Engine::week`].
    fn week(&self, unit: UnitId, queue: Option<QueueId>) -> Option<Week>;
    /// Number of the last entry.
    fn seq(&self) -> Seq;
    /// `at` of the last entry.
    fn at(&self) -> Timestamp;
}

impl Fold for Engine {
    fn empty() -> Self {
        Self::new()
    }

    fn apply(&mut self, entry: &Entry, effects: &mut Vec<Effect>) {
        Self::apply(self, entry, effects);
    }

    fn foresee(&self, coming: impl Iterator<Item = QueueId> + Clone) {
        Self::foresee(self, coming);
    }

    fn apply_recorded(&mut self, entry: &Entry, transitions: &[(Timestamp, Transition)]) {
        Self::apply_recorded(self, entry, transitions);
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        Self::next_deadline(self).map(|(at, _)| at)
    }

    fn view(&self) -> View {
        Self::view(self)
    }

    fn week(&self, unit: UnitId, queue: Option<QueueId>) -> Option<Week> {
        Self::week(self, unit, queue)
    }

    fn seq(&self) -> Seq {
        Self::seq(self)
    }

    fn at(&self) -> Timestamp {
        Self::at(self)
    }
}
