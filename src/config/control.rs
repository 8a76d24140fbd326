//! `[control]`: what "effectively controlled" means.

use super::section::Section;
use crate::engine::policy::{ControlMode, ControlPolicy};

const MODES: [(&str, ControlMode); 4] = [
    ("auto", ControlMode::Auto),
    ("service", ControlMode::Service),
    ("volume", ControlMode::Volume),
    ("both", ControlMode::Both),
];

/// Threshold of the service level in seconds; an hour is longer than anybody waits.
const TARGET_SECONDS: [i64; 2] = [1, 3_600];
/// Longest wait in seconds; as above, with room for call-backs.
const WAIT_SECONDS: [i64; 2] = [1, 7_200];
/// Time to clear the backlog in minutes; it must be able to end inside a step of the ladder's
/// longest allowed length.
const CLEAR_MINUTES: [i64; 2] = [1, 240];
/// Window of the service measures in minutes: below one there are too few calls, above an hour
/// it answers another question.
const WINDOW_MINUTES: [i64; 2] = [1, 60];
/// Calls per 15 min from which a queue counts.
const COUNTS_FROM: [f64; 2] = [0.0, 100_000.0];

pub(super) fn read(section: &Section<'_>, base: ControlPolicy) -> ControlPolicy {
    let policy = ControlPolicy {
        mode: section.word("mode", base.mode, &MODES),
        service_level_min: section.number("service_level_min", base.service_level_min, 0.0..=1.0),
        target: section.seconds(
            "target_seconds",
            base.target,
            TARGET_SECONDS[0]..=TARGET_SECONDS[1],
        ),
        answer_rate_min: section.number("answer_rate_min", base.answer_rate_min, 0.0..=1.0),
        longest_wait_max: section.seconds(
            "longest_wait_max_seconds",
            base.longest_wait_max,
            WAIT_SECONDS[0]..=WAIT_SECONDS[1],
        ),
        clear_time_max: section.minutes(
            "clear_time_max_minutes",
            base.clear_time_max,
            CLEAR_MINUTES[0]..=CLEAR_MINUTES[1],
        ),
        window: section.minutes(
            "window_minutes",
            base.window,
            WINDOW_MINUTES[0]..=WINDOW_MINUTES[1],
        ),
        counts_from_per_15_minutes: section.number(
            "counts_from_per_15_minutes",
            base.counts_from_per_15_minutes,
            COUNTS_FROM[0]..=COUNTS_FROM[1],
        ),
    };
    let span = section.given("longest_wait_max_seconds").or(section.given("target_seconds"));
    if let Some(span) = span
        && policy.longest_wait_max < policy.target
    {
        section.problem(
            span,
            "the longest wait in target is shorter than the threshold of the service level",
            "`longest_wait_max_seconds` must be at least `target_seconds`",
        );
    }
    policy
}
