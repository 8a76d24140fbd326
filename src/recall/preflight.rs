//! Whether the pools would do if a recall came now: asked every day, not on the night.
//!
//! A person with two skills is counted in both pools: each pool is judged as if the other were not
//! asked. Whether channels work is not known here.

use super::acceptance::Learned;
use super::candidate::{Candidate, Excluded, Skill};
use super::input::Need;
use super::odds::Odds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One skill.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Which.
    pub skill: Skill,
    /// Heads that would be needed.
    pub need: u32,
    /// People who could be asked.
    pub people: u32,
    /// Probability that enough of them accept.
    pub filled: f64,
    /// Heads that accept in nine cases of ten if everybody is asked.
    pub heads_p90: u32,
    /// Whether the need is within that.
    pub deep_enough: bool,
}

/// What would be found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    /// By skill.
    pub pools: Vec<Pool>,
    /// Candidates without a verified contact.
    pub without_contact: u32,
    /// How many people each reason of the roster excludes.
    pub excluded: BTreeMap<String, u32>,
}

/// Looks at the pools of a level.
pub fn preflight(
    need: &Need,
    candidates: &[Candidate],
    excluded: &[Excluded],
    learned: &Learned,
) -> Preflight {
    let mut reasons: BTreeMap<String, u32> = BTreeMap::new();
    for person in excluded {
        *reasons.entry(person.reason.clone()).or_default() += 1;
    }
    let pool = |(&skill, &need): (&Skill, &u32)| {
        let able = |c: &&Candidate| c.contacts > 0 && c.skills.contains(&skill);
        let rates: Vec<f64> =
            candidates.iter().filter(able).map(|c| learned.rate(c.class, false)).collect();
        let mut odds = Odds::new(need);
        rates.iter().for_each(|&rate| odds.add(rate));
        let heads_p90 = heads(&rates, 0.9);
        let people = rates.len() as u32;
        Pool {
            skill,
            need,
            people,
            filled: odds.enough(),
            heads_p90,
            deep_enough: heads_p90 >= need,
        }
    };
    Preflight {
        pools: need.iter().map(pool).collect(),
        without_contact: candidates.iter().filter(|c| c.contacts == 0).count() as u32,
        excluded: reasons,
    }
}

/// Most heads that accept with this confidence if all are asked.
fn heads(rates: &[f64], confidence: f64) -> u32 {
    let mut odds = Odds::new(rates.len() as u32 + 1);
    rates.iter().for_each(|&rate| odds.add(rate));
    // Summed from the top: what is rare is added while the sum is small.
    let mut at_least = 0.0;
    for (heads, chance) in odds.below().iter().enumerate().rev() {
        at_least += chance;
        if at_least >= confidence {
            return heads as u32;
        }
    }
    0
}
