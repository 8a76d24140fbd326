//! From the journal back to the state: newest readable snapshot, then the entries behind it.
//!
//! Effects that come out again are dropped: they were journalled, and delivered or not, by the
//! process that made them, so a better detector never calls anybody for the past. What another
//! build decided stays decided: its transitions are folded as they are recorded. What this build
//! decided must come out the same; if it does not, that is a defect and is said so.

use super::fold::Fold;
use crate::engine::effect::{Effect, EffectKind, Transition};
use crate::engine::entry::{Entry, Seq};
use crate::engine::time::Timestamp;
use crate::journal::{Journal, JournalError, Recorded, Snapshot};

/// A recovered state.
#[derive(Debug)]
pub struct Recovery<E> {
    /// The state after the last committed entry.
    pub fold: E,
    /// Entry of the snapshot it started from; 0: from the beginning.
    pub snapshot: Seq,
    /// Entries that were folded again.
    pub folded: u64,
    /// Entries whose transitions came out otherwise than journalled, by the same build.
    pub mismatches: u64,
}

/// Recovers the state of a journal.
///
/// # Errors
/// If the journal cannot be read, or no snapshot can and the entries do not reach back.
///
/// # Panics
/// If the engine panics on a committed entry: it took that entry before, so it is another
/// engine, and going on would be guessing.
pub fn recover<E: Fold>(
    journal: &mut dyn Journal,
    build: &str,
) -> Result<Recovery<E>, JournalError> {
    let mut start: Option<(E, Seq)> = None;
    journal.snapshots(&mut |snapshot| {
        start = read::<E>(snapshot).map(|fold| (fold, snapshot.seq));
        if start.is_none() {
            tracing::warn!(seq = snapshot.seq, build = snapshot.build, "snapshot is not readable");
        }
        start.is_some()
    })?;
    let (fold, snapshot) = start.unwrap_or_else(|| (E::empty(), 0));
    let mut recovery = Recovery { fold, snapshot, folded: 0, mismatches: 0 };
    let mut effects = Vec::new();
    journal.suffix(snapshot, &mut |recorded| recovery.batch(&recorded, build, &mut effects))?;
    Ok(recovery)
}

/// The snapshot of a state.
///
/// # Errors
/// If the state cannot be encoded.
pub fn snapshot<E: Fold>(fold: &E, build: &str) -> Result<Snapshot, JournalError> {
    let state = postcard::to_allocvec(fold).map_err(JournalError::Encode)?;
    Ok(Snapshot { seq: fold.seq(), at: fold.at(), build: build.to_owned(), state })
}

/// Reads a snapshot. Bytes of another layout may decode by luck, so the state has to name the
/// right entry and to encode to the same bytes again.
fn read<E: Fold>(snapshot: &Snapshot) -> Option<E> {
    let (fold, rest): (E, &[u8]) = postcard::take_from_bytes(&snapshot.state).ok()?;
    let again = postcard::to_allocvec(&fold).ok()?;
    (rest.is_empty() && fold.seq() == snapshot.seq && again == snapshot.state).then_some(fold)
}

impl<E: Fold> Recovery<E> {
    fn batch(&mut self, recorded: &Recorded, build: &str, effects: &mut Vec<Effect>) {
        let mut transitions = recorded.transitions.as_slice();
        for entry in &recorded.entries {
            let count = transitions.iter().take_while(|(seq, ..)| *seq == entry.seq).count();
            let (own, rest) = transitions.split_at(count);
            transitions = rest;
            self.folded += 1;
            if recorded.build == build {
                effects.clear();
                self.fold.apply(entry, effects);
                self.compare(entry, effects, own);
            } else {
                let own: Vec<_> = own.iter().map(|(_, at, t)| (*at, t.clone())).collect();
                self.fold.apply_recorded(entry, &own);
            }
        }
    }

    fn compare(&mut self, entry: &Entry, effects: &[Effect], own: &[(Seq, Timestamp, Transition)]) {
        let again = effects.iter().filter_map(|e| match &e.kind {
            EffectKind::Transition(t) => Some(t),
            EffectKind::Outage(_)
            | EffectKind::Reminder(_)
            | EffectKind::Commanded(_)
            | EffectKind::Verdict(_)
            | EffectKind::Quality(_)
            | EffectKind::Interval(_)
            | EffectKind::Recall(_)
            | EffectKind::Recalled(_)
            | EffectKind::RecallNote { .. } => None,
        });
        if !again.eq(own.iter().map(|(_, _, t)| t)) {
            self.mismatches += 1;
            tracing::error!(
                seq = entry.seq,
                "entry {} gives other transitions than are journalled; the journal's stand",
                entry.seq
            );
        }
    }
}
