//! A body as drafts, signs of life and refusals.

use super::report::{ErrorBody, LineReport, Outcome, Report};
use super::{DEFAULT_SOURCE, ITEMS_MAX, IngestState, too_large};
use crate::driver::{Draft, QueueRef};
use crate::engine::observation::SourceId;
use crate::engine::view::View;
use crate::ingest::wire::{self, ArrayError, Intake, Refusal, Refused};
use crate::ingest::{Item, Told, name};
use std::collections::BTreeSet;

/// How a body is cut into observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// One object per line.
    Lines,
    /// One object, or an array of them.
    Document,
}

/// Where a draft came from.
#[derive(Clone, Debug)]
struct Place {
    source: SourceId,
    line: usize,
    queue: QueueRef,
}

/// What a body holds.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) drafts: Vec<Draft>,
    /// Of each draft.
    places: Vec<Place>,
    pub(super) heartbeats: BTreeSet<SourceId>,
    accepted: usize,
    report: Report,
}

/// Reads a body; refusals are counted.
pub(super) fn read(
    body: &[u8],
    encoding: Encoding,
    state: &IngestState,
) -> Result<Batch, ErrorBody> {
    let registry = Some(state.handle.registry());
    let intake = Intake {
        sources: &state.sources,
        default_source: state.sources.id(DEFAULT_SOURCE),
        registry,
        now: state.clock.now(),
        live: true,
    };
    let mut batch = Batch::default();
    match encoding {
        Encoding::Lines => batch.lines(body, &intake, state)?,
        Encoding::Document => batch.document(body, &intake, state)?,
    }
    Ok(batch)
}

impl Batch {
    fn lines(
        &mut self,
        body: &[u8],
        intake: &Intake<'_>,
        state: &IngestState,
    ) -> Result<(), ErrorBody> {
        let filled = |line: &[u8]| !line.trim_ascii().is_empty();
        if body.split(|b| *b == b'\n').filter(|line| filled(line)).count() > ITEMS_MAX {
            return Err(too_large());
        }
        for (at, line) in body.split(|b| *b == b'\n').enumerate() {
            if filled(line) {
                self.take(at + 1, wire::read(line, intake), state);
            }
        }
        Ok(())
    }

    fn document(
        &mut self,
        body: &[u8],
        intake: &Intake<'_>,
        state: &IngestState,
    ) -> Result<(), ErrorBody> {
        if !body.trim_ascii_start().starts_with(b"[") {
            self.take(1, wire::read(body, intake), state);
            return Ok(());
        }
        let mut items = Vec::new();
        match wire::read_array(body, intake, ITEMS_MAX, |item| items.push(item)) {
            Ok(()) => {
                for (at, item) in items.into_iter().enumerate() {
                    self.take(at + 1, item, state);
                }
                Ok(())
            }
            Err(ArrayError::Syntax { line, refusal }) => {
                self.take(line, Err(refusal.into()), state);
                Ok(())
            }
            Err(ArrayError::TooMany) => Err(too_large()),
        }
    }

    fn take(&mut self, line: usize, item: Result<Item, Refused>, state: &IngestState) {
        match item.map(|item| item.input) {
            Ok(Told::Draft(draft)) => {
                let queue = draft.queue.clone();
                self.places.push(Place { source: draft.source, line, queue });
                self.drafts.push(draft);
                self.accepted += 1;
            }
            Ok(Told::Heartbeat(source)) => {
                self.heartbeats.insert(source);
                self.accepted += 1;
            }
            // The wire has no word for a restart.
            Ok(Told::SourceRestarted(_)) => {}
            Err(Refused { source, refusal }) => {
                state.counters.refuse(source, refusal.reason());
                self.refuse(line, &refusal);
            }
        }
    }

    /// The driver refused a draft that was good so far. Returns its source.
    pub(super) fn refused_later(&mut self, index: usize, view: &View) -> Option<SourceId> {
        let Place { source, line, queue } = self.places.get(index)?.clone();
        self.accepted = self.accepted.saturating_sub(1);
        let queue = match &queue {
            QueueRef::Named(name) => name,
            QueueRef::Known(queue) => view.queues.get(queue.0 as usize).map_or("", |q| &q.name),
        };
        self.refuse(line, &Refusal::UnknownQueue(name::shown(queue)));
        Some(source)
    }

    fn refuse(&mut self, line: usize, refusal: &Refusal) {
        let (reason, message) = (refusal.reason().word(), refusal.to_string());
        self.report.add(LineReport { line, reason, message });
    }

    pub(super) fn into_outcome(mut self) -> Outcome {
        self.report.accepted = self.accepted;
        Outcome(self.report)
    }
}
