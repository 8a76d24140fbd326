//! What the conditions of control are measured by, so that a page can say why they hold or not.

use crate::engine::control::Clear;
use crate::engine::policy::ControlMode;
use crate::engine::time::Span;
use crate::engine::view::UnitView;
use serde::Serialize;

/// Thresholds of a unit. Ratios are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControlStatus {
    /// How "effectively controlled" is put together.
    pub mode: ControlMode,
    /// Least service level in target.
    pub service_level_min: f64,
    /// Least answer rate in target.
    pub answer_rate_min: f64,
    /// Longest wait in target.
    pub longest_wait_max_seconds: f64,
    /// Longest time in which the backlog has to clear.
    pub clear_max_seconds: f64,
    /// In how long the backlog of all queues together clears at the present pace.
    pub clear_seconds: Option<f64>,
    /// Whether it clears at all at that pace; absent where it is not known.
    pub clears: Option<bool>,
    /// How long uncontrolled before the next level.
    pub step_seconds: f64,
    /// Least share of that time that is uncontrolled.
    pub share_min: f64,
    /// How long controlled before that time starts anew; absent: any moment.
    pub recovery_seconds: Option<f64>,
    /// How long normal before a step down.
    pub stand_down_seconds: f64,
    /// Since when normal, while a level is raised.
    pub stand_down_since: Option<String>,
    /// Longest hold, and longest time that a closed incident keeps the unit at none.
    pub hold_max_seconds: f64,
}

impl ControlStatus {
    /// Of a unit.
    pub(super) fn of(u: &UnitView) -> Self {
        let sees = u.blind_since.is_none();
        let clear = u.service.clear.filter(|_| sees);
        Self {
            mode: u.control.mode,
            service_level_min: u.control.service_level_min,
            answer_rate_min: u.control.answer_rate_min,
            longest_wait_max_seconds: u.control.longest_wait_max.as_secs_f64(),
            clear_max_seconds: u.control.clear_time_max.as_secs_f64(),
            clear_seconds: clear.and_then(|clear| match clear {
                Clear::In(after) => Some(after.as_secs_f64()),
                Clear::Never => None,
            }),
            clears: clear.map(|clear| clear != Clear::Never),
            step_seconds: u.ladder.step.as_secs_f64(),
            share_min: u.ladder.share,
            recovery_seconds: u.ladder.recovery.map(Span::as_secs_f64),
            stand_down_seconds: u.ladder.stand_down.as_secs_f64(),
            stand_down_since: u.stand_down_since.map(|t| t.to_string()),
            hold_max_seconds: u.ladder.hold_max.as_secs_f64(),
        }
    }
}
