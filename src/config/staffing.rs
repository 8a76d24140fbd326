//! `[staffing]`: what the need for agents is computed with where no source tells it.

use super::section::Section;
use super::unit::QUEUE_CHARS_MAX;
use crate::engine::policy::StaffingPolicy;
use crate::engine::time::Span;

/// Handle times in seconds, as `staffing` computes with them.
const TALK_SECONDS: [i64; 2] = [1, 36_000];
const WRAP_UP_SECONDS: [i64; 2] = [0, 3_600];
/// Mean patience in seconds.
const PATIENCE_SECONDS: [i64; 2] = [5, 36_000];
/// Of those who give up; all of them would call for ever.
const REDIAL_SHARE: [f64; 2] = [0.0, 0.9];
/// A cap of 1 is none.
const OCCUPANCY: [f64; 2] = [0.3, 1.0];
const CLEAR_MINUTES: [i64; 2] = [1, 240];
/// More heads than any centre has.
const HEADS_MAX: i64 = 100_000;

pub(super) fn read(section: &Section<'_>, base: &StaffingPolicy) -> StaffingPolicy {
    let talk = section.given("talk_seconds").map_or(base.talk, |_| {
        let [from, to] = TALK_SECONDS;
        Some(section.seconds("talk_seconds", Span::minutes(5), from..=to))
    });
    let heads = ["fallback_heads_l1", "fallback_heads_l2", "fallback_heads_l3"];
    let fallback = |at: usize| match section.given(heads[at]) {
        Some(_) => u32::try_from(section.whole(heads[at], 0, 0..=HEADS_MAX)).ok(),
        None => base.fallback_heads[at],
    };
    StaffingPolicy {
        talk,
        wrap_up: section.seconds(
            "wrap_up_seconds",
            base.wrap_up,
            WRAP_UP_SECONDS[0]..=WRAP_UP_SECONDS[1],
        ),
        patience: section.seconds(
            "patience_seconds",
            base.patience,
            PATIENCE_SECONDS[0]..=PATIENCE_SECONDS[1],
        ),
        redial_share: section.number(
            "redial_share",
            base.redial_share,
            REDIAL_SHARE[0]..=REDIAL_SHARE[1],
        ),
        occupancy_max: section.number(
            "occupancy_max",
            base.occupancy_max,
            OCCUPANCY[0]..=OCCUPANCY[1],
        ),
        clear: section.minutes("clear_minutes", base.clear, CLEAR_MINUTES[0]..=CLEAR_MINUTES[1]),
        fallback_heads: std::array::from_fn(fallback),
        skills: skills(section).unwrap_or_else(|| base.skills.clone()),
    }
}

/// `skills = ["4001=cards", "4002=cards"]`: which queues take the same skill.
fn skills(section: &Section<'_>) -> Option<Vec<(String, String)>> {
    let given = section.texts("skills", "[\"4001=cards\", \"4002=cards\"]")?;
    let mut skills: Vec<(String, String)> = Vec::with_capacity(given.len());
    for pair in given {
        let parts = pair.value.rsplit_once('=').map(|(queue, skill)| (queue.trim(), skill.trim()));
        let fits = |text: &str| (1..=QUEUE_CHARS_MAX).contains(&text.chars().count());
        match parts {
            Some((queue, skill)) if fits(queue) && fits(skill) => {
                if skills.iter().any(|(known, _)| known == queue) {
                    let problem = format!("the queue {queue:?} has two skills");
                    section.problem(pair.span, problem, "calls of a queue take one skill");
                } else {
                    skills.push((queue.to_owned(), skill.to_owned()));
                }
            }
            _ => section.problem(
                pair.span,
                "this is not a queue with its skill",
                "write `\"queue=skill\"`, each of at most 128 characters",
            ),
        }
    }
    Some(skills)
}
