//! Whether enough people of each skill would come, and whether they can be reached.

use super::{Check, Depth, Finding, Standing, What};
use crate::callup::{self, Rules};
use crate::engine::command::Level;
use crate::engine::recalls::Note;
use crate::engine::view::UnitView;
use crate::recall::{Need, RecallId, Skill, preflight};
use crate::roster::{Kind, Person, Tier};

/// Whom a level calls.
const fn tier(level: Level) -> Tier {
    match level {
        Level::L3 => Tier::Functional,
        Level::None | Level::L1 | Level::L2 => Tier::Standby,
    }
}

/// How many of a tier have no contact that an offer may go to. Who opted out is not missed.
pub(super) fn contacts(level: Level, people: &[Person], rules: &Rules) -> Check {
    let of_tier = |p: &&Person| p.facts.tiers.contains(&tier(level)) && !p.facts.opted_out;
    let reaches = |kind: &Kind| rules.reach.as_ref().is_none_or(|reach| reach.contains_key(kind));
    let reachable = |p: &&Person| p.contacts.iter().any(|c| c.is_usable() && reaches(&c.kind));
    let count = |people: usize| u32::try_from(people).unwrap_or(u32::MAX);
    let all = count(people.iter().filter(of_tier).count());
    let reached = count(people.iter().filter(of_tier).filter(reachable).count());
    let finding = Finding::Contacts { without: all - reached, people: all };
    Check::new(What::Contacts(level), finding)
}

/// The need of a level of a unit, and its pools against it.
pub(super) fn look(
    given: &Standing<'_>,
    people: &[Person],
    (unit, level): (&UnitView, Level),
    checks: &mut Vec<Check>,
    depths: &mut Vec<Depth>,
) {
    let mut add = |what, finding, of: Option<&str>| {
        let (unit, of) = (Some(unit.name.clone()), of.map(Into::into));
        checks.push(Check { what, unit, of, finding });
    };
    let computed = callup::need(given.view, unit, level);
    let heads = |need: &Need| need.values().fold(0, |sum: u32, &heads| sum.saturating_add(heads));
    let (finding, need, fallback) = match computed {
        Ok(need) => (Finding::Need { heads: heads(&need) }, Some(need), false),
        Err(Note::Enough) => (Finding::Need { heads: 0 }, fallback(unit, level), true),
        Err(Note::NoNeed | Note::Off | Note::DryRun { .. } | Note::NoRoster) => {
            (Finding::NoNeed, None, false)
        }
    };
    add(What::Need(level), finding, None);
    let held = need.clone().unwrap_or_else(|| Need::from([(Skill::ANY, 0)]));
    let skills = callup::names(given.view, unit, held.keys().copied());
    let id = RecallId { incident: 0, level, generation: 0, drill: false };
    let chosen = callup::choose(given.view, id, &skills, people, given.rules, given.now);
    let found = preflight(&held, &chosen.candidates, &[], given.view.recalls.learned());
    for pool in found.pools {
        let name = skills.get(&pool.skill).map_or(callup::ANY, String::as_str);
        let finding = match need {
            Some(_) => Finding::Pool { pool, fallback },
            None => Finding::PoolWithoutNeed { people: pool.people, heads: pool.heads_p90 },
        };
        add(What::Pool(level), finding, (pool.skill != Skill::ANY).then_some(name));
        let (unit, skill) = (unit.name.clone(), name.into());
        depths.push(Depth { unit, level, skill, pool });
    }
}

/// What is set for the level, where it is anybody.
fn fallback(unit: &UnitView, level: Level) -> Option<Need> {
    let heads = callup::fallback(unit, level).filter(|&heads| heads > 0);
    heads.map(|heads| Need::from([(Skill::ANY, heads)]))
}
