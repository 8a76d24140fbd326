//! What a tile says of the recalls of a unit.

use crate::config::RecallMode;
use crate::engine::command::Level;
use crate::engine::recalls::Note;
use crate::engine::view::{UnitView, View};
use crate::recall::Recall;
use serde::Serialize;

/// Heads of all levels together; drills are not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RecallHeads {
    /// What a level that calls for people leads to.
    pub mode: RecallMode,
    /// Heads needed, of a dry run too.
    pub needed: u32,
    /// People asked.
    pub asked: u32,
    /// Have a place and are not there yet.
    pub accepted: u32,
    /// At work.
    pub arrived: u32,
    /// People whom a dry run would ask at once; absent where none was looked at.
    pub would_ask: Option<u32>,
}

/// A drill that runs for a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrillStatus {
    /// Its name.
    pub id: String,
    /// Which level asks.
    pub level: &'static str,
    /// Nobody hears of it; its answers are made up.
    pub silent: bool,
    /// Heads needed.
    pub needed: u32,
    /// People asked.
    pub asked: u32,
    /// Have a place.
    pub accepted: u32,
}

impl DrillStatus {
    /// The one that began first, of those that are not over.
    pub(super) fn of(unit: &UnitView, view: &View) -> Option<Self> {
        let own = |r: &&Recall| r.id().drill && r.unit() == unit.unit && !r.is_ending();
        let drill = view.recalls.recalls().find(own)?;
        let heads = drill.heads();
        Some(Self {
            id: drill.id().to_string(),
            level: drill.id().level.word(),
            silent: drill.is_silent(),
            needed: heads.need,
            asked: heads.asked,
            accepted: heads.coming,
        })
    }
}

impl RecallHeads {
    pub(super) fn of(unit: &UnitView, view: &View, mode: RecallMode) -> Self {
        let mut heads =
            Self { mode, needed: 0, asked: 0, accepted: 0, arrived: 0, would_ask: None };
        for level in [Level::L2, Level::L3] {
            let staff = view.recalls.staff(unit.unit, level);
            heads.needed = heads.needed.saturating_add(staff.required);
            heads.asked += staff.asked;
            heads.accepted += staff.accepted;
            heads.arrived += staff.arrived;
        }
        for want in view.wanted.iter().filter(|want| want.unit == unit.unit) {
            if let Some(Note::DryRun { need, asked }) = want.note {
                heads.needed = heads.needed.saturating_add(need);
                heads.would_ask = Some(heads.would_ask.unwrap_or(0).saturating_add(asked));
            }
        }
        heads
    }
}
