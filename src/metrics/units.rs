//! Families of the command units.

mod recalls;

use super::catalogue as c;
use super::page::{Page, Sample, flag, label};
use super::{Facts, MetricsError, label_value};
use crate::demand::{Bounds, Staffed};
use crate::engine::command::Level;
use crate::engine::effect::{Cause, Kleene};
use crate::engine::time::Timestamp;
use crate::engine::verdict::Evidence;
use crate::engine::view::{Agents, ClockState, UnitView, View};

/// A unit with its label value.
type Named<'a> = (String, &'a UnitView);

pub(super) fn write(page: &mut Page, view: &View, facts: &Facts) -> Result<(), MetricsError> {
    let units: Vec<Named<'_>> = view.units.iter().map(|u| (label_value(&u.name), u)).collect();
    page.family(&c::VIEW_SEQ, [(vec![], view.seq as f64)])?;
    stage(page, &units)?;
    control(page, &units)?;
    detection(page, &units)?;
    let evaluated = (view.seq > 0).then_some(view.at);
    page.family(&c::EVALUATION_LAST, instants(&units, |_| evaluated))?;
    let ends = instants(&units, |unit| facts.holiday_calendar_end(unit.unit));
    page.family(&c::HOLIDAY_CALENDAR_END, ends)?;
    page.family(&c::UNIT_AGENTS, by(&units, "state", |unit| agents(facts.people.get(&unit.unit))))?;
    recalls::write(page, &units, view)?;
    demand(page, &units, view, facts)?;
    let surges = view.units.iter().filter(|u| u.incident.is_some()).count();
    let outages = view.sources.iter().filter(|s| s.outage.is_some()).count();
    let plans = [("surge", surges), ("acd_outage", outages)];
    page.family(
        &c::INCIDENTS_ACTIVE,
        plans.map(|(plan, n)| (vec![label("plan", plan)], n as f64)),
    )?;
    let surges: u64 = view.units.iter().map(|u| u.incidents_total).sum();
    let plans = [("surge", surges), ("acd_outage", facts.outages_total)];
    page.family(&c::INCIDENTS, plans.map(|(plan, n)| (vec![label("plan", plan)], n as f64)))
}

/// One sample a unit.
fn each<'a>(
    units: &'a [Named<'a>],
    value: impl Fn(&UnitView) -> Option<f64> + 'a,
) -> impl Iterator<Item = Sample> + 'a {
    units.iter().filter_map(move |(name, unit)| Some((vec![label("unit", name)], value(unit)?)))
}

fn instants<'a>(
    units: &'a [Named<'a>],
    value: impl Fn(&UnitView) -> Option<Timestamp> + 'a,
) -> impl Iterator<Item = Sample> + 'a {
    each(units, move |unit| value(unit).map(Timestamp::as_secs_f64))
}

/// Samples of a unit by one further label from a closed set.
fn by<'a, const N: usize>(
    units: &'a [Named<'a>],
    name: &'static str,
    values: impl Fn(&UnitView) -> [(&'static str, Option<f64>); N] + 'a,
) -> impl Iterator<Item = Sample> + 'a {
    units.iter().flat_map(move |(unit, view)| {
        values(view).into_iter().filter_map(move |(word, value)| {
            Some((vec![label("unit", unit), label(name, word)], value?))
        })
    })
}

fn agents(people: Option<&Agents>) -> [(&'static str, Option<f64>); 5] {
    let a = people.copied().unwrap_or_default();
    [
        ("talking", a.talking),
        ("after_call_work", a.after_call_work),
        ("available", a.available),
        ("logged_in", a.logged_in),
        ("paused", a.paused),
    ]
    .map(|(state, n)| (state, n.map(f64::from)))
}

fn demand(
    page: &mut Page,
    units: &[Named<'_>],
    view: &View,
    facts: &Facts,
) -> Result<(), MetricsError> {
    let of = |unit: &UnitView| crate::demand::of_unit(view, unit, facts.people.get(&unit.unit));
    let found: Vec<(&str, Staffed)> = units.iter().map(|(n, u)| (n.as_str(), of(u))).collect();
    let bounds = |of: fn(&Staffed) -> Option<Bounds>| {
        let all = found.iter().filter_map(move |(name, staffed)| Some((*name, of(staffed)?)));
        all.flat_map(|(name, Bounds { low, likely, high })| {
            [("low", low), ("likely", likely), ("high", high)].map(|(bound, heads)| {
                (vec![label("unit", name), label("bound", bound)], f64::from(heads))
            })
        })
    };
    page.family(&c::STAFF_NEEDED, bounds(|staffed| staffed.needed))?;
    page.family(&c::STAFF_MISSING, bounds(|staffed| staffed.missing))?;
    let available = found.iter().filter_map(|(name, staffed)| {
        Some((vec![label("unit", *name)], f64::from(staffed.available?)))
    });
    page.family(&c::STAFF_AVAILABLE, available)
}

fn stage(page: &mut Page, units: &[Named<'_>]) -> Result<(), MetricsError> {
    page.family(&c::STAGE, each(units, |u| Some(f64::from(u.level.number()))))?;
    page.family(
        &c::STAGE_ACTIVE,
        by(units, "stage", |u| Level::ALL.map(|l| (l.word(), Some(flag(l == u.level))))),
    )?;
    page.family(&c::STAGE_IN_EFFECT, each(units, |u| Some(flag(u.in_effect))))?;
    page.family(&c::STAGE_ENTERED, instants(units, |u| u.entered_at))?;
    page.family(&c::STAGE_ESCALATION, instants(units, |u| u.next_step_at))?;
    page.family(&c::STAGE_FROZEN, each(units, |u| Some(u.frozen.as_secs_f64())))?;
    page.family(
        &c::STAGE_CLOCK,
        by(units, "state", |u| CLOCKS.map(|(s, word)| (word, Some(flag(s == u.clock))))),
    )?;
    let transitions = units.iter().flat_map(|(name, unit)| {
        transition_counts(unit).into_iter().map(move |((from, to, cause), n)| {
            let labels = vec![
                label("unit", name),
                label("from", from.word()),
                label("to", to.word()),
                label("cause", cause.word()),
            ];
            (labels, n as f64)
        })
    });
    page.family(&c::STAGE_TRANSITIONS, transitions)?;
    page.family(
        &c::STAGE_DURATION,
        by(units, "stage", |u| {
            Level::ALL
                .map(|l| (l.word(), Some(u.time_in_level[usize::from(l.number())].as_secs_f64())))
        }),
    )?;
    page.family(
        &c::OVERRIDE,
        by(units, "kind", |u| {
            let o = u.overrides;
            [
                ("floor", Some(flag(o.floor.is_some()))),
                ("ceiling", Some(flag(o.ceiling.is_some()))),
                ("hold", Some(flag(o.hold.is_some()))),
                ("closed", Some(flag(o.closed_until.is_some()))),
            ]
        }),
    )
}

fn control(page: &mut Page, units: &[Named<'_>]) -> Result<(), MetricsError> {
    let truth = |k: Kleene| k.map(flag);
    page.family(&c::ABNORMAL, each(units, |u| Some(flag(u.abnormal))))?;
    page.family(&c::CONTROLLED, each(units, |u| truth(u.conditions.controlled)))?;
    page.family(
        &c::CONDITION_MET,
        by(units, "condition", |u| {
            let k = u.conditions;
            [
                ("service", truth(k.service)),
                ("volume", truth(k.volume)),
                ("backlog", truth(k.backlog)),
                ("stand_down", truth(k.stand_down)),
            ]
        }),
    )?;
    page.family(&c::UNCONTROLLED_SINCE, instants(units, |u| u.uncontrolled_since))?;
    page.family(&c::BLIND_SINCE, instants(units, |u| u.blind_since))?;
    page.family(&c::WATERMARK, instants(units, |u| u.evaluated_to))
}

/// The verdict on the sum, by name. The numbers behind it are with the queues' in `queues`.
fn detection(page: &mut Page, units: &[Named<'_>]) -> Result<(), MetricsError> {
    page.family(
        &c::VERDICT,
        by(units, "verdict", |u| VERDICTS.map(|word| (word, Some(flag(word == u.verdict.word()))))),
    )?;
    page.family(&c::ALARMS, each(units, |u| Some(u.alarms_total as f64)))?;
    page.family(&c::TOLERATED, each(units, |u| Some(u.tolerated_per_month)))
}

/// A family and the number of the evidence that it exports.
type Number = (&'static c::Family, fn(&Evidence) -> Option<f64>);

/// What the evidence of a verdict exports.
pub(super) const EVIDENCE: [Number; 8] = [
    (&c::OBSERVED, |e| Some(e.observed)),
    (&c::EXPECTED, |e| Some(e.expected)),
    (&c::UPPER, |e| Some(e.upper)),
    (&c::SCORE, |e| Some(e.score)),
    (&c::THRESHOLD, |e| Some(e.threshold)),
    (&c::DETECTION_SINCE, |e| Some(e.since.as_secs_f64())),
    (&c::DETECTION_INTERVAL, |e| Some(e.length.as_secs_f64())),
    (&c::CHANCE, |e| e.chance_per_month),
];

const VERDICTS: [&str; 5] = ["learning", "normal", "surge", "collapse", "stale"];

const CLOCKS: [(ClockState, &str); 5] = [
    (ClockState::Idle, "idle"),
    (ClockState::Running, "running"),
    (ClockState::Recovering, "recovering"),
    (ClockState::Frozen, "frozen"),
    (ClockState::Held, "held"),
];

type Step = (Level, Level, Cause);

/// The counts of a unit: every lawful step, at 0 where it never happened, and whatever else did.
fn transition_counts(unit: &UnitView) -> Vec<(Step, u64)> {
    let mut counts: Vec<(Step, u64)> = lawful_steps().map(|step| (step, 0)).collect();
    for &(step, n) in &unit.transitions {
        match counts.iter_mut().find(|(known, _)| *known == step) {
            Some((_, count)) => *count += n,
            None => counts.push((step, n)),
        }
    }
    counts
}

/// The steps that the ladder can take.
fn lawful_steps() -> impl Iterator<Item = Step> {
    use Cause::{Closed, Detector, Manual, Recovery, Reopened, Timer};
    use Level::{L1, L2, L3, None};
    let by_itself = [
        (None, L1, Detector),
        (L1, L2, Timer),
        (L2, L3, Timer),
        (L3, L2, Recovery),
        (L2, L1, Recovery),
        (L1, None, Recovery),
        (None, L1, Reopened),
        (None, L2, Reopened),
        (None, L3, Reopened),
        (L1, None, Closed),
        (L2, None, Closed),
        (L3, None, Closed),
    ];
    let ordered = Level::ALL
        .into_iter()
        .flat_map(|from| Level::ALL.map(|to| (from, to, Manual)))
        .filter(|(from, to, _)| from != to);
    by_itself.into_iter().chain(ordered)
}
