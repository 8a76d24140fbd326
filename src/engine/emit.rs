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

impl Emit<'_> {
    pub(super) fn push(&mut self, at: Timestamp, kind: EffectKind) {
        let id = EffectId { seq: self.seq, ordinal: self.ordinal };
        self.ordinal += 1;
        self.effects.push(Effect { id, at, recorded_at: self.recorded_at, kind });
    }
}
