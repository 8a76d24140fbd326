//! `[detector]`: the one number an operator chooses.

use super::section::Section;
use crate::engine::policy::DetectorPolicy;

/// Tolerated false alarms per unit and month. Below one in ten years no history can calibrate a
/// threshold; above one an hour an alarm says nothing.
const FALSE_ALARMS: [f64; 2] = [0.01, 720.0];

pub(super) fn read(section: &Section<'_>, base: DetectorPolicy) -> DetectorPolicy {
    let [low, high] = FALSE_ALARMS;
    DetectorPolicy {
        false_alarms_per_month: section.number(
            "false_alarms_per_month",
            base.false_alarms_per_month,
            low..=high,
        ),
    }
}
