//! What a recall would do, before anything is sent.
//!
//! The first wave is not computed a second time: a copy of the machine is given the order, and whom it
//! asks is the answer. What may follow is the exact course of [`super::chance`], skill by skill, and
//! the times are those of the channels' buckets. Skills are taken as independent of each other.
//!
//! It promises no times of answers: a wave counts as answered a wave timer after its last message.

use super::campaigns::Campaigns;
use super::candidate::{Candidate, ChannelId, Excluded, Skill};
use super::chance::{Step, course};
use super::effect::EffectKind;
use super::input::{Answer, Input, Need, Order, Refusal};
use super::pay::{Cost, PayDay, PayProfile};
use super::rates::{Bucket, ChannelRate};
use crate::engine::time::{Span, Timestamp};
use crate::roster::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a preview has to know beside the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstances {
    /// How fast each channel sends; one that is not named sends at once.
    pub channels: BTreeMap<ChannelId, ChannelRate>,
    /// What an hour is paid.
    pub pay: PayProfile,
    /// On which kind of day.
    pub day: PayDay,
    /// For how long people will be needed; the paid minimum counts where it is longer.
    pub engagement: Span,
    /// Who cannot be asked, as the roster says.
    pub excluded: Vec<Excluded>,
}

/// Waves that are needed less often than this are not shown: once in 200 recalls.
const RARE: f64 = 0.005;

/// One wave as it will probably be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WavePlan {
    /// From 1.
    pub number: u32,
    /// When it would be asked.
    pub at: Timestamp,
    /// Probability that it is needed.
    pub needed: f64,
    /// Mean number of people asked.
    pub asked_mean: f64,
    /// When the last message of the longest possible wave leaves.
    pub reached_by: Timestamp,
    /// Probability that every skill is filled after it.
    pub filled: f64,
}

/// Why a candidate is not asked although the roster has nothing against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// No verified contact.
    NoContact,
    /// The promised arrival lies after the deadline.
    TooFar,
    /// Has none of the skills.
    NoSkill,
    /// Another recall holds the person.
    Held,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Heads by skill.
    pub need: Need,
    /// Who is asked at once, in order.
    pub first: Vec<PersonId>,
    /// How many of them accept, on average.
    pub accepted_mean: f64,
    /// The waves that may well come.
    pub waves: Vec<WavePlan>,
    /// When the need is met in half of all cases; `None` where it is not.
    pub filled_p50: Option<Timestamp>,
    /// When the need is met in nine cases of ten; `None` where it is not.
    pub filled_p90: Option<Timestamp>,
    /// What the whole need costs.
    pub cost: Cost,
    /// Candidates who are not asked.
    pub not_asked: Vec<(PersonId, NotAsked)>,
    /// Who cannot be asked, as the roster says.
    pub excluded: Vec<Excluded>,
}

impl Campaigns {
    /// What an order would do if it came at `at`. Nothing changes.
    ///
    /// # Errors
    /// [`Refusal`] where the order would be refused.
    pub fn preview(
        &self,
        at: Timestamp,
        order: &Order,
        given: &Circumstances,
    ) -> Result<Preview, Refusal> {
        let mut copy = self.clone();
        let mut passed = Vec::new();
        let _ticked = copy.apply(at, Input::Tick, &mut passed);
        let mut effects = Vec::new();
        if let Answer::Refused(why) = copy.apply(at, Input::Start(order.clone()), &mut effects) {
            return Err(why);
        }
        let own = effects.iter().filter(|e| e.key.recall == order.id);
        let first: Vec<PersonId> = own
            .filter(|e| matches!(e.kind, EffectKind::Offer { .. }))
            .filter_map(|e| e.key.person)
            .collect();
        let mut lists: BTreeMap<Skill, Vec<&Candidate>> = BTreeMap::new();
        let mut not_asked = Vec::new();
        let Some(recall) = copy.recall(order.id) else { return Err(Refusal::NoRecall) };
        for offer in first.iter().filter_map(|person| recall.offers().get(person)) {
            lists.entry(offer.skill).or_default().push(&offer.candidate);
        }
        for candidate in recall.waiting() {
            match copy.later(at, order, candidate) {
                Ok(skill) => lists.entry(skill).or_default().push(candidate),
                Err(why) => not_asked.push((candidate.person, why)),
            }
        }
        let rate = |c: &Candidate| self.learned().rate(c.class, order.id.drill);
        let heads = order.need.values().fold(0_u32, |sum, &n| sum.saturating_add(n));
        let waves = waves(at, order, &lists, &rate, given);
        let time = |share: f64| {
            let wave = waves.iter().find(|w| w.filled >= share)?;
            Some(wave.reached_by.max(wave.at) + order.policy.wave_timer)
        };
        let offers = first.iter().filter_map(|person| recall.offers().get(person));
        Ok(Preview {
            need: order.need.clone(),
            accepted_mean: offers.map(|o| rate(&o.candidate)).sum(),
            filled_p50: if heads == 0 { Some(at) } else { time(0.5) },
            filled_p90: if heads == 0 { Some(at) } else { time(0.9) },
            first,
            waves,
            cost: given.pay.cost(
                heads,
                given.engagement.max(order.policy.engagement_min),
                given.day,
            ),
            not_asked,
            excluded: given.excluded.clone(),
        })
    }

    /// For which skill a candidate who is not in the first wave may be asked later.
    fn later(&self, at: Timestamp, order: &Order, c: &Candidate) -> Result<Skill, NotAsked> {
        let skill = c.skills.iter().find(|s| order.need.get(s).is_some_and(|&n| n > 0));
        let skill = *skill.ok_or(NotAsked::NoSkill)?;
        if c.contacts == 0 {
            Err(NotAsked::NoContact)
        } else if at + c.promise > order.deadline {
            Err(NotAsked::TooFar)
        } else if self.held_elsewhere(order.id, c.person) {
            Err(NotAsked::Held)
        } else {
            Ok(skill)
        }
    }
}

/// The waves of all skills together, up to the deadline.
fn waves(
    start: Timestamp,
    order: &Order,
    lists: &BTreeMap<Skill, Vec<&Candidate>>,
    rate: &dyn Fn(&Candidate) -> f64,
    given: &Circumstances,
) -> Vec<WavePlan> {
    let none = Vec::new();
    let courses: Vec<(&Vec<&Candidate>, Vec<Step>)> = order
        .need
        .iter()
        .filter(|(_, need)| **need > 0)
        .map(|(skill, &need)| {
            let list = lists.get(skill).unwrap_or(&none);
            let rates: Vec<f64> = list.iter().map(|c| rate(c)).collect();
            (list, course(need, &rates, order.policy.confidence))
        })
        .collect();
    let mut buckets: BTreeMap<ChannelId, Bucket> =
        given.channels.iter().map(|(&id, &rate)| (id, Bucket::new(rate, start))).collect();
    let length = courses.iter().map(|(_, steps)| steps.len()).max().unwrap_or(0);
    let mut plans = Vec::new();
    for (number, k) in (1_u32..).zip(0..length) {
        let at = start + order.policy.wave_timer * i64::from(number - 1);
        if at >= order.deadline {
            break;
        }
        let (mut spared, mut asked_mean, mut filled, mut reached_by) = (1.0, 0.0, 1.0, at);
        for (list, steps) in &courses {
            let before = k.checked_sub(1).and_then(|k| steps.get(k)).map_or(0, |s| s.reach);
            match steps.get(k) {
                Some(step) => {
                    spared *= 1.0 - step.needed;
                    asked_mean += step.asked;
                    filled *= step.filled;
                    for candidate in list.get(before..step.reach).unwrap_or_default() {
                        let bucket = buckets.get_mut(&candidate.channel);
                        reached_by = reached_by.max(bucket.map_or(at, |b| b.send(at)));
                    }
                }
                None => filled *= steps.last().map_or(0.0, |s| s.filled),
            }
        }
        let needed = 1.0 - spared;
        if needed < RARE {
            break;
        }
        plans.push(WavePlan { number, at, needed, asked_mean, reached_by, filled });
    }
    plans
}
