//! `[ladder]`: the 30-minute rule.

use super::section::Section;
use crate::engine::policy::{LadderPolicy, Profile};
use crate::engine::time::Span;

const PROFILES: [(&str, Profile); 2] = [("robust", Profile::Robust), ("literal", Profile::Literal)];

/// D in minutes: below 5 a level has no time to act, above 4 h it is another rule.
const STEP_MINUTES: [i64; 2] = [5, 240];
/// r in minutes.
const RECOVERY_MINUTES: [i64; 2] = [1, 60];
/// h in minutes: people who were called in are not sent home within five.
const STAND_DOWN_MINUTES: [i64; 2] = [5, 240];
/// Minutes before L1 and before L3: more than an hour would hide the surge.
const CONFIRM_MINUTES: [i64; 2] = [0, 60];
/// Minutes within which a surge re-opens the incident.
const REOPEN_MINUTES: [i64; 2] = [0, 240];
/// Minutes after an order at which it is repeated.
const REMIND_MINUTES: [i64; 2] = [1, 60];
/// Minutes between reports at L3.
const REPORT_MINUTES: [i64; 2] = [5, 240];
/// Minutes of a hold: the design's limit is 30; a centre may shorten it.
const HOLD_MINUTES: [i64; 2] = [5, 30];

/// Reads the settings over `base`. A profile that is given sets recovery and share anew.
pub(super) fn read(section: &Section<'_>, base: LadderPolicy) -> LadderPolicy {
    let base = with_profile(section, base);
    let minutes = |key, default, [low, high]: [i64; 2]| section.minutes(key, default, low..=high);
    let remind = section.wholes::<2>(
        "remind_after_minutes",
        REMIND_MINUTES[0]..=REMIND_MINUTES[1],
        "[2, 5]",
    );
    let policy = LadderPolicy {
        profile: base.profile,
        step: minutes("step_minutes", base.step, STEP_MINUTES),
        recovery: base.recovery.map(|r| minutes("recovery_minutes", r, RECOVERY_MINUTES)),
        share: section.number("share", base.share, 0.0..=1.0),
        stand_down: minutes("stand_down_minutes", base.stand_down, STAND_DOWN_MINUTES),
        confirm: minutes("confirm_minutes", base.confirm, CONFIRM_MINUTES),
        l3_confirm: minutes("l3_confirm_minutes", base.l3_confirm, CONFIRM_MINUTES),
        reopen: minutes("reopen_minutes", base.reopen, REOPEN_MINUTES),
        remind_after: remind.as_ref().map_or(base.remind_after, |r| r.value.map(Span::minutes)),
        repeat_report: minutes("repeat_report_minutes", base.repeat_report, REPORT_MINUTES),
        hold_max: minutes("hold_max_minutes", base.hold_max, HOLD_MINUTES),
    };
    if let Some(remind) = remind
        && remind.value[0] >= remind.value[1]
    {
        section.problem(
            remind.span,
            "the second reminder does not come after the first",
            "for example `remind_after_minutes = [2, 5]`",
        );
    }
    check(section, &policy);
    policy
}

fn with_profile(section: &Section<'_>, base: LadderPolicy) -> LadderPolicy {
    if section.given("profile").is_none() {
        return base;
    }
    let profile = section.word("profile", base.profile, &PROFILES);
    let shipped = match profile {
        Profile::Robust => LadderPolicy::ROBUST,
        Profile::Literal => LadderPolicy::LITERAL,
    };
    LadderPolicy { profile, recovery: shipped.recovery, share: shipped.share, ..base }
}

/// What contradicts itself.
fn check(section: &Section<'_>, policy: &LadderPolicy) {
    if policy.profile == Profile::Literal {
        for key in ["recovery_minutes", "share"] {
            if let Some(span) = section.given(key) {
                section.problem(
                    span,
                    format!("profile \"literal\" has no `{key}`: any recovery resets its clock"),
                    "take the line out, or choose profile \"robust\"",
                );
            }
        }
    }
    let Some(recovery) = policy.recovery else { return };
    let span = |keys: [&str; 2]| keys.iter().find_map(|k| section.given(k));
    if let Some(at) = span(["recovery_minutes", "step_minutes"])
        && recovery >= policy.step
    {
        section.problem(
            at,
            "a recovery takes as long as a step: no recovery could end a run in time",
            "`recovery_minutes` must be shorter than `step_minutes`",
        );
    }
    if let Some(at) = span(["stand_down_minutes", "recovery_minutes"])
        && policy.stand_down < recovery
    {
        section.problem(
            at,
            "standing down takes less time than recovering",
            "`stand_down_minutes` must be at least `recovery_minutes`",
        );
    }
}
