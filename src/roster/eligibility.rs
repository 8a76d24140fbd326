//! May this person be asked, now, for this work?
//!
//! Every reason against it is told, not the first one: whoever plans wants to know whether one more
//! call, another hour or another person helps. The commander may turn rules of law and quiet hours off,
//! each by name and with a reason; what people said themselves (opted out, wrong number) and what
//! cannot be (no skill, on leave) stays.
//!
//! What is counted: work that is asked for outside of the person's shifts. Somebody who is called to
//! the phones from their own shift works no overtime and needs no rest for it; a person of the tier
//! `standby` who has a shift then is on the phones anyway and is not asked. Quiet hours are judged at
//! `now`, when the telephone would ring, and all else by the time of the work.
//!
//! It reads no clock and knows nothing of offers: who is engaged already is told with the ask.

use super::local::{date, dates};
use super::{LegalProfile, Period, Person, PersonId, Rule, Tier, Why};
use crate::engine::time::Timestamp;
use chrono::{Datelike, Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// Why overtime is asked for, which decides how much of it may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// The course of business.
    Ordinary,
    /// Special reasons: a surge is one.
    Special,
    /// A disaster, an accident, the urgent repair of public facilities; says which, for the record.
    Emergency {
        /// What it is.
        reason: String,
    },
}

/// The commander's order to leave rules out of account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lift {
    /// Which.
    pub rules: BTreeSet<Rule>,
    /// Why; kept with the decision.
    pub reason: String,
}

/// What people are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which tier.
    pub tier: Tier,
    /// Which calls have to be taken.
    pub skill: Option<String>,
    /// Where.
    pub site: Option<String>,
    /// From when until when.
    pub work: Period,
    /// Why overtime is needed.
    pub grounds: Grounds,
    /// Who is asked or on their way already.
    pub engaged: BTreeSet<PersonId>,
    /// What the commander turned off.
    pub lift: Option<Lift>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// May be asked.
    Eligible {
        /// What would stand against it, had the commander not turned it off, and the reason for
        /// that; the log book keeps both.
        lifted: Option<(Vec<Why>, String)>,
    },
    /// May not, for every one of these.
    Excluded(Vec<Why>),
}

/// Says whether a person may be asked.
pub fn eligibility(person: &Person, ask: &Ask, now: Timestamp, law: &LegalProfile) -> Standing {
    let mut against = Vec::new();
    fitness(person, ask, &mut against);
    presence(person, ask, &mut against);
    let overtime = Overtime::of(person, ask.work);
    if !overtime.days.is_empty() {
        rest(person, ask.work, law, &mut against);
        hours(person, ask, &overtime, law, &mut against);
        weeks(person, &overtime, law, &mut against);
    }
    reach(person, ask, now, &mut against);

    let off = |why: &Why| {
        let rule = why.rule();
        ask.lift.as_ref().is_some_and(|lift| rule.is_some_and(|rule| lift.rules.contains(&rule)))
    };
    let (lifted, kept): (Vec<_>, Vec<_>) = against.into_iter().partition(off);
    if !kept.is_empty() {
        return Standing::Excluded(kept);
    }
    let reason = ask.lift.as_ref().map(|lift| lift.reason.clone());
    Standing::Eligible { lifted: reason.filter(|_| !lifted.is_empty()).map(|why| (lifted, why)) }
}

fn fitness(person: &Person, ask: &Ask, against: &mut Vec<Why>) {
    let facts = &person.facts;
    if !facts.tiers.contains(&ask.tier) {
        against.push(Why::WrongTier { asked: ask.tier });
    }
    if let Some(skill) = ask.skill.as_ref().filter(|skill| !facts.skills.contains(*skill)) {
        against.push(Why::LacksSkill { skill: skill.clone() });
    }
    if let Some(site) = ask.site.as_ref().filter(|site| !facts.sites.contains(*site)) {
        against.push(Why::OtherSite { site: site.clone() });
    }
}

fn presence(person: &Person, ask: &Ask, against: &mut Vec<Why>) {
    if let Some(until) = ask.work.end_of(&person.leave) {
        against.push(Why::OnLeave { until });
    }
    let busy = || ask.work.end_of(&person.shifts);
    if let Some(until) = (ask.tier == Tier::Standby).then(busy).flatten() {
        against.push(Why::OnShift { until });
    }
}

/// Rest before the work and after it. Work that begins where a shift ends prolongs the shift.
fn rest(person: &Person, work: Period, law: &LegalProfile, against: &mut Vec<Why>) {
    let shifts = person.shifts.iter();
    let ended = shifts.clone().map(|shift| shift.until).chain(person.ledger.last_end());
    let joined = shifts.clone().any(|shift| shift.contains(work.from) || shift.until == work.from);
    let last = ended.filter(|end| *end <= work.from).max().filter(|_| !joined);
    if let Some(until) = last.map(|end| end + law.rest()).filter(|until| *until > work.from) {
        against.push(Why::RestTooShort { until });
    }
    let next = shifts.map(|shift| shift.from).filter(|from| *from >= work.until).min();
    if let Some(shift) = next.filter(|from| *from - work.until < law.rest()) {
        against.push(Why::RestBeforeShift { shift, leave_by: shift - law.rest() });
    }
}

fn hours(
    person: &Person,
    ask: &Ask,
    overtime: &Overtime,
    law: &LegalProfile,
    against: &mut Vec<Why>,
) {
    let day_max = match &ask.grounds {
        Grounds::Ordinary => law.day_overtime_minutes_max,
        Grounds::Special => law.day_overtime_special_minutes_max,
        Grounds::Emergency { .. } if law.emergency_lifts_overtime => return,
        Grounds::Emergency { .. } => law.day_overtime_special_minutes_max,
    };
    let mut months: BTreeMap<(i32, u32), (NaiveDate, u32)> = BTreeMap::new();
    for (&day, &asked) in &overtime.days {
        let minutes = person.ledger.day_minutes(day).saturating_add(asked);
        let planned = overtime.planned.contains(&day);
        let minutes_max = if planned { day_max } else { law.rest_day_minutes_max };
        if minutes > minutes_max {
            against.push(Why::DayOvertime { day, minutes, minutes_max });
        }
        let month = months.entry((day.year(), day.month())).or_insert((day, 0));
        month.1 += asked;
    }
    let minutes_max = law.month_overtime_minutes_max;
    for (day, asked) in months.into_values() {
        let minutes = person.ledger.month_minutes(day).saturating_add(asked);
        if minutes > minutes_max {
            against.push(Why::MonthOvertime { day, minutes, minutes_max });
        }
    }
}

/// A day of rest has neither a shift nor any overtime.
fn weeks(person: &Person, overtime: &Overtime, law: &LegalProfile, against: &mut Vec<Why>) {
    let mondays: BTreeSet<NaiveDate> = overtime.days.keys().map(|day| monday(*day)).collect();
    let works = |day: NaiveDate| {
        overtime.planned.contains(&day)
            || overtime.days.contains_key(&day)
            || person.ledger.day_minutes(day) > 0
    };
    for week in mondays {
        let free = (0..7).filter(|n| !works(week + Days::new(*n))).count() as u32;
        if free < law.rest_days_a_week_min {
            let days_min = law.rest_days_a_week_min;
            against.push(Why::WeeklyRest { week, days: free, days_min });
        }
    }
}

fn reach(person: &Person, ask: &Ask, now: Timestamp, against: &mut Vec<Why>) {
    let facts = &person.facts;
    let quiet = facts.quiet.filter(|quiet| !quiet.pierce);
    if let Some(until) = quiet.and_then(|quiet| quiet.until(now, facts.timezone)) {
        against.push(Why::QuietHours { until });
    }
    if facts.opted_out {
        against.push(Why::OptedOut);
    }
    if !person.contacts.iter().any(|contact| contact.is_usable()) {
        if !person.contacts.iter().any(|contact| contact.is_verified()) {
            against.push(Why::NoVerifiedContact);
        }
        if person.contacts.iter().any(|contact| contact.blocked_since.is_some()) {
            against.push(Why::ContactBlocked);
        }
    }
    if ask.engaged.contains(&person.id) {
        against.push(Why::Engaged);
    }
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

/// The work outside of shifts, by day of the person's calendar.
struct Overtime {
    days: BTreeMap<NaiveDate, u32>,
    /// Days of the weeks around it that have a shift.
    planned: BTreeSet<NaiveDate>,
}

impl Overtime {
    fn of(person: &Person, work: Period) -> Self {
        let zone = person.facts.timezone;
        let mut days = BTreeMap::new();
        for free in work.outside(&person.shifts) {
            for (day, minutes) in dates(free.from, free.until, zone) {
                *days.entry(day).or_insert(0) += minutes;
            }
        }
        // A day more on either side: a night shift belongs to two days.
        let week = crate::engine::time::Span::hours(8 * 24);
        let near = Period { from: work.from - week, until: work.until + week };
        let shifts = person.shifts.iter().filter(|shift| shift.meets(near));
        let last = crate::engine::time::Span::millis(1);
        let planned = shifts
            .flat_map(|shift| {
                let (first, last) = (date(shift.from, zone), date(shift.until - last, zone));
                first.iter_days().take_while(move |day| *day <= last)
            })
            .collect();
        Self { days, planned }
    }
}

#[cfg(test)]
mod tests;
