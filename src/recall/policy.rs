//! What a centre may set about a recall.

use crate::engine::time::Span;
use serde::{Deserialize, Serialize};

/// Who goes first when people are sent home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseOrder {
    /// Whoever has worked longest on this day. They are nearest to the legal limit of overtime, and
    /// who came last is still inside the paid minimum, so that sending them home saves nothing.
    LongestHours,
    /// Whoever came last.
    LastIn,
}

/// The rules of one recall. It keeps those it started with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecallPolicy {
    /// A wave is sized so that enough accept with this probability.
    pub confidence: f64,
    /// The next wave goes out as soon as the open offers fill the rest less probably than this.
    pub improbable_below: f64,
    /// How long an offer that was sent counts as likely to be answered.
    pub wave_timer: Span,
    /// How long an offer can be accepted.
    pub offer_deadline: Span,
    /// Places beyond the need of a skill, in percent of it, for people who then do not come.
    pub overbook_percent: u32,
    /// Reserves, in percent of the whole need, rounded up.
    pub reserve_percent: u32,
    /// How long a reserve is kept waiting.
    pub reserve_for: Span,
    /// How long after the promised arrival a person without a log-on is a no-show.
    pub no_show_after: Span,
    /// Who has this share of the way behind them, in percent, is not turned back but by a commander.
    pub turn_back_percent: u32,
    /// What is paid at least once a person is there; nobody is sent home before.
    pub engagement_min: Span,
    /// Who goes home first.
    pub release_order: ReleaseOrder,
}

impl RecallPolicy {
    /// The defaults; `docs/recall.md` has the reason for each.
    pub const DEFAULT: Self = Self {
        confidence: 0.9,
        improbable_below: 0.5,
        wave_timer: Span::minutes(5),
        offer_deadline: Span::minutes(20),
        overbook_percent: 0,
        reserve_percent: 20,
        reserve_for: Span::hours(2),
        no_show_after: Span::minutes(30),
        turn_back_percent: 50,
        engagement_min: Span::hours(2),
        release_order: ReleaseOrder::LongestHours,
    };

    /// Whether a recall can run by these rules.
    pub fn is_sound(&self) -> bool {
        (0.5..=0.999).contains(&self.confidence)
            && (0.0..=self.confidence).contains(&self.improbable_below)
            && self.wave_timer.is_positive()
            && self.offer_deadline.is_positive()
            && self.overbook_percent <= 100
            && self.reserve_percent <= 100
            && self.reserve_for >= Span::ZERO
            && self.no_show_after >= Span::ZERO
            && self.turn_back_percent <= 100
            && self.engagement_min >= Span::ZERO
    }

    /// Places of a skill: its need and the overbook.
    pub const fn places(&self, need: u32) -> u32 {
        need.saturating_add((need as u64 * self.overbook_percent as u64 / 100) as u32)
    }

    /// Reserves that a need may have.
    pub const fn reserves(&self, need: u32) -> u32 {
        (need as u64 * self.reserve_percent as u64).div_ceil(100) as u32
    }
}

impl Default for RecallPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}
