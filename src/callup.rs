//! From a level that wants people to the order of its recall: how many, of which skill, and whom to
//! ask in which order.
//!
//! Pure: it joins what others know. The need is [`demand`]'s, eligibility and order are the roster's,
//! and what becomes of the order is [`recall`](crate::recall)'s. Whoever is coming already to another
//! recall of the unit is taken from a need that is computed.
//!
//! A need that cannot be computed for every skill is the unit's `fallback_heads`; without those the
//! part that can be computed is asked for, since a part of the need is not too many. It does not
//! follow the need afterwards: a recall keeps the one that it began with.

use crate::config::Language;
use crate::demand;
use crate::engine::command::Level;
use crate::engine::observation::UnitId;
use crate::engine::recalls::Note;
use crate::engine::time::{Span, Timestamp};
use crate::engine::view::{UnitView, View};
use crate::recall::{
    Candidate, ChannelId, ChannelRate, Circumstances, Class, Excluded, Need, Order, PayDay,
    PayProfile, Preview, RecallId, RecallPolicy, Refusal, Shift, Skill,
};
use crate::roster::{
    self, Ask, Grounds, Kind, LegalProfile, PROMISE_MINUTES_ASSUMED, Period, Person, PersonId,
    Standing, Tier, Why, eligibility, select,
};
use chrono::Timelike;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// The name of [`Skill::ANY`].
pub const ANY: &str = "any";

/// What a centre has set.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The rules of asking.
    pub policy: RecallPolicy,
    /// Who cannot be there by then is not asked.
    pub arrive_within: Span,
    /// For how long they are to work.
    pub work: Span,
    /// Legal limits.
    pub law: LegalProfile,
    /// Which contacts are reached from here, and how fast; `None`: an outside system reaches
    /// people, by whatever the roster holds.
    pub reach: Option<BTreeMap<Kind, ChannelRate>>,
}

/// An order, and who is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to give to the machine.
    pub order: Order,
    /// Names of the skills that are needed.
    pub skills: BTreeMap<Skill, String>,
    /// Who may not be asked.
    pub excluded: Vec<NotEligible>,
}

/// A person who may not be asked, by which clock they live, and every reason.
pub type NotEligible = (PersonId, Tz, Vec<Why>);

/// People, parted by whether they may be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Who may, in order.
    pub candidates: Vec<Candidate>,
    /// Who may not.
    pub excluded: Vec<NotEligible>,
}

/// The heads that a level of a unit has to ask for.
///
/// # Errors
/// [`Note::NoNeed`] where that is not known, [`Note::Enough`] where nobody is missing.
pub fn need(view: &View, unit: &UnitView, level: Level) -> Result<Need, Note> {
    let by_skill = demand::of_skills(view, unit);
    let missing =
        |of: &demand::OfSkill| Some((number(view, unit, &of.skill)?, of.staffed.missing?.likely));
    let known: Need = by_skill.iter().filter_map(missing).collect();
    let mut need = match fallback(unit, level) {
        _ if !known.is_empty() && known.len() == by_skill.len() => known,
        // What is set is set for this level, whoever comes to another.
        Some(0) => return Err(Note::Enough),
        Some(heads) => return Ok(Need::from([(Skill::ANY, heads)])),
        None if !known.is_empty() => known,
        None => return Err(Note::NoNeed),
    };
    for recall in view.recalls.recalls().filter(|r| r.unit() == unit.unit && !r.id().drill) {
        let coming = recall.offers().iter().filter(|(_, offer)| offer.state.is_coming());
        for skill in coming.filter_map(|(&person, _)| recall.place_of(person)) {
            if let Some(heads) = need.get_mut(&skill) {
                *heads = heads.saturating_sub(1);
            }
        }
    }
    need.retain(|_, heads| *heads > 0);
    if need.is_empty() { Err(Note::Enough) } else { Ok(need) }
}

/// The heads that are set for a level.
pub fn fallback(unit: &UnitView, level: Level) -> Option<u32> {
    let at = usize::from(level.number()).checked_sub(1)?;
    unit.staffing.fallback_heads.get(at).copied().flatten()
}

/// A skill has the number of the first queue of its unit that takes it, which never changes.
fn number(view: &View, unit: &UnitView, skill: &str) -> Option<Skill> {
    let takes = |queue: &crate::engine::view::QueueView| {
        queue.unit == unit.unit && unit.staffing.skill(&queue.name) == skill
    };
    view.queues.iter().position(takes).and_then(|at| u32::try_from(at).ok()).map(Skill)
}

/// Names of skills, as the roster has them.
pub fn names(
    view: &View,
    unit: &UnitView,
    skills: impl Iterator<Item = Skill>,
) -> BTreeMap<Skill, String> {
    let name = |skill: Skill| {
        let queue = view.queues.get(skill.0 as usize);
        queue.map_or(ANY, |queue| unit.staffing.skill(&queue.name)).to_owned()
    };
    skills.map(|skill| (skill, name(skill))).collect()
}

/// The order of a recall.
///
/// # Errors
/// Why there is nothing to order.
pub fn plan(
    view: &View,
    unit: UnitId,
    id: RecallId,
    people: &[Person],
    rules: &Rules,
    now: Timestamp,
) -> Result<Plan, Note> {
    let found = view.units.iter().find(|u| u.unit == unit).ok_or(Note::NoNeed)?;
    Ok(plan_for(need(view, found, id.level)?, view, found, id, people, rules, now))
}

/// The order of a drill: for so many heads of any skill, else for what a real recall would ask for,
/// else for what is set for the level.
///
/// # Errors
/// Why there is nothing to order.
pub fn plan_drill(
    view: &View,
    unit: UnitId,
    (id, heads): (RecallId, Option<u32>),
    people: &[Person],
    rules: &Rules,
    now: Timestamp,
) -> Result<Plan, Note> {
    let found = view.units.iter().find(|u| u.unit == unit).ok_or(Note::NoNeed)?;
    let any = |heads: u32| Need::from([(Skill::ANY, heads)]);
    let need = match heads {
        Some(heads) => any(heads),
        None => need(view, found, id.level)
            .or_else(|note| fallback(found, id.level).filter(|&n| n > 0).map(any).ok_or(note))?,
    };
    Ok(plan_for(need, view, found, id, people, rules, now))
}

fn plan_for(
    need: Need,
    view: &View,
    unit: &UnitView,
    id: RecallId,
    people: &[Person],
    rules: &Rules,
    now: Timestamp,
) -> Plan {
    let skills = names(view, unit, need.keys().copied());
    let chosen = choose(view, id, &skills, people, rules, now);
    let deadline = now + rules.arrive_within;
    let (candidates, policy) = (chosen.candidates, rules.policy);
    let order = Order { id, unit: unit.unit, need, deadline, candidates, policy };
    Plan { order, skills, excluded: chosen.excluded }
}

/// Who may be asked for some of the skills, in order, and who may not.
pub fn choose(
    view: &View,
    id: RecallId,
    skills: &BTreeMap<Skill, String>,
    people: &[Person],
    rules: &Rules,
    now: Timestamp,
) -> Chosen {
    let from = now + rules.arrive_within;
    let tier = if id.level == Level::L3 { Tier::Functional } else { Tier::Standby };
    let ask = Ask {
        tier,
        skill: None,
        site: None,
        work: Period { from, until: from + rules.work },
        grounds: Grounds::Special,
        engaged: BTreeSet::new(),
        lift: None,
    };
    let (mut eligible, mut excluded) = (BTreeMap::new(), Vec::new());
    for person in people {
        let able = skills_of(person, skills);
        let mut why = match eligibility(person, &ask, now, &rules.law) {
            Standing::Eligible { .. } => Vec::new(),
            Standing::Excluded(why) => why,
        };
        if able.is_empty() {
            why.extend(skills.values().map(|skill| Why::LacksSkill { skill: skill.clone() }));
        }
        if why.is_empty() {
            eligible.insert(person.id, (person, able));
        } else {
            excluded.push((person.id, person.facts.timezone, why));
        }
    }
    let order = select(
        &in_turn(view, eligible.values().map(|(person, _)| *person)),
        whole_minutes(rules.arrive_within),
        id.incident.wrapping_mul(8) + u64::from(id.level.number()),
    );
    let candidates = order
        .into_iter()
        .filter_map(|person| eligible.remove(&person))
        .map(|(person, able)| candidate(person, able, tier, rules, now))
        .collect();
    Chosen { candidates, excluded }
}

/// What a plan would do.
///
/// # Errors
/// Why the machine would refuse it.
pub fn preview(
    view: &View,
    plan: &Plan,
    rules: &Rules,
    now: Timestamp,
) -> Result<Preview, Refusal> {
    let told = |(person, zone, why): &NotEligible| Excluded {
        person: *person,
        reason: sentences(why, *zone),
    };
    let given = Circumstances {
        channels: rates(rules),
        pay: PayProfile::PRC,
        day: PayDay::RestDay,
        engagement: rules.work,
        excluded: plan.excluded.iter().map(told).collect(),
    };
    view.recalls.preview(now, &plan.order, &given)
}

/// How fast each channel sends; what an outside system does is taken as instant.
fn rates(rules: &Rules) -> BTreeMap<ChannelId, ChannelRate> {
    let reach = rules.reach.iter().flatten();
    reach.map(|(kind, rate)| (channel(*kind), *rate)).collect()
}

/// A kind of contact as a channel.
fn channel(kind: Kind) -> ChannelId {
    let place = Kind::ALL.iter().position(|own| *own == kind);
    ChannelId(place.and_then(|at| at.try_into().ok()).unwrap_or_default())
}

fn sentences(why: &[Why], zone: Tz) -> String {
    let all: Vec<_> = why.iter().map(|why| why.sentence(Language::En, zone)).collect();
    all.join("; ")
}

/// Which of the needed skills a person has.
fn skills_of(person: &Person, needed: &BTreeMap<Skill, String>) -> BTreeSet<Skill> {
    let has = |(skill, name): (&Skill, &String)| {
        (*skill == Skill::ANY || person.facts.skills.contains(name)).then_some(*skill)
    };
    needed.iter().filter_map(has).collect()
}

fn in_turn<'a>(view: &View, people: impl Iterator<Item = &'a Person>) -> Vec<roster::Candidate> {
    let tally = view.recalls.tally();
    let candidate = |person: &Person| {
        let counts = tally.0.get(&person.id).copied().unwrap_or_default();
        roster::Candidate {
            id: person.id,
            promise_minutes: person.facts.promise_minutes,
            came: counts.came,
            declined: counts.declined,
            rotation: person.facts.rotation,
        }
    };
    people.map(candidate).collect()
}

fn candidate(
    person: &Person,
    skills: BTreeSet<Skill>,
    tier: Tier,
    rules: &Rules,
    now: Timestamp,
) -> Candidate {
    let zone = person.facts.timezone;
    let promise = person.facts.promise_minutes.unwrap_or(PROMISE_MINUTES_ASSUMED);
    let reached = |kind: Kind| rules.reach.as_ref().is_none_or(|reach| reach.contains_key(&kind));
    let usable = person.contacts.iter().filter(|c| c.is_usable() && reached(c.kind));
    let kinds: Vec<Kind> = usable.map(|contact| contact.kind).collect();
    Candidate {
        person: person.id,
        skills,
        promise: Span::minutes(i64::from(promise)),
        class: Class { tier, shift: shift(now, zone) },
        contacts: u32::try_from(kinds.len()).unwrap_or(u32::MAX),
        channel: kinds.first().map_or(ChannelId(0), |kind| channel(*kind)),
        worked: Span::minutes(i64::from(person.ledger.day_minutes(roster::day(now, zone)))),
    }
}

/// The part of the day by a person's own clock.
fn shift(now: Timestamp, zone: Tz) -> Shift {
    match now.to_chrono().map(|at| at.with_timezone(&zone).hour()) {
        Some(8..18) => Shift::Day,
        Some(18..23) => Shift::Evening,
        Some(_) | None => Shift::Night,
    }
}

fn whole_minutes(span: Span) -> u32 {
    u32::try_from(span.as_millis() / 60_000).unwrap_or(0)
}
