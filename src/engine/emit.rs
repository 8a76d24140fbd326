//! Collects the effects of one entry and names them.

use super::effect::{Effect, EffectId, EffectKind};
use super::entry::Seq;
use super::time::Timestamp;

/// The effects of one entry in the making.
#[derive(Debug)]
pub(super) struct Emit<'a> {
    pub(super) seq: Seq,
    pub(super) recorded_at: Timestamp,
    pub(super) ordinal: u32,
    pub(super) effects: &'a mut Vec<Effect>,
}

impl<'a> Emit<'a> {
    /// For the effects of an entry, behind those that are there.
    pub(super) fn new(seq: Seq, recorded_at: Timestamp, effects: &'a mut Vec<Effect>) -> Self {
        Self { seq, recorded_at, ordinal: 0, effects }
    }
}

impl Emit<'_> {
    /// How many effects there are, of this entry and before it.
    pub(super) fn len(&self) -> usize {
        self.effects.len()
    }

    /// Effects from the n-th on.
    pub(super) fn since(&self, first: usize) -> &[Effect] {
        &self.effects[first..]
    }

    /// The name that the next effect gets.
    pub(super) fn next_id(&self) -> EffectId {
        EffectId { seq: self.seq, ordinal: self.ordinal }
    }

    pub(super) fn push(&mut self, at: Timestamp, kind: EffectKind) {
        let id = self.next_id();
        self.ordinal += 1;
        self.effects.push(Effect { id, at, recorded_at: self.recorded_at, kind });
    }
}
