//! The policy of a scenario: the shipped defaults, with what the file says instead.

mod days;

use super::ScenarioError;
use super::file::{PolicyPart, ScenarioFile, SourcePart, Text};
use super::plan::Source;
use crate::engine::calendar::OpeningHours;
use crate::engine::observation::UnitId;
use crate::engine::policy::{
    Carries, ControlMode, LadderPolicy, Policy, SilenceRule, SourcePolicy, UnitPolicy,
};
use crate::engine::time::{Span, Timestamp};

/// What a source carries where the file does not say: service, but no backlog.
const CARRIES_DEFAULT: Carries =
    Carries { service_level: true, answered: true, waiting: false, longest_wait: false };

/// The policy of a file; its offsets count from `start`.
pub(super) fn policy(
    file: &ScenarioFile,
    start: Timestamp,
    src: &Source<'_>,
) -> Result<Policy, ScenarioError> {
    let mut sources =
        file.source.iter().map(|part| source(part, src)).collect::<Result<Vec<_>, _>>()?;
    if sources.is_empty() {
        sources.push(SourcePolicy {
            name: "acd".to_owned(),
            lateness: Span::ZERO,
            heartbeat: false,
            watched: true,
            carries: CARRIES_DEFAULT,
        });
    }
    let silence = if file.replay { SilenceRule::Replay } else { SilenceRule::Live };
    let mut policy = Policy::unconfigured(silence, sources);
    if !file.unit.is_empty() {
        policy.default_unit = None;
        policy.units = file
            .unit
            .iter()
            .map(|u| UnitPolicy { queues: u.queues.clone(), ..UnitPolicy::with_defaults(&u.name) })
            .collect();
    } else {
        policy.default_unit = Some(UnitId(0));
    }
    adopt(&mut policy, &file.policy, start, src)?;
    Ok(policy)
}

fn source(part: &SourcePart, src: &Source<'_>) -> Result<SourcePolicy, ScenarioError> {
    let mut carries = CARRIES_DEFAULT;
    if let Some(words) = &part.carries {
        carries = Carries::VOLUME_ONLY;
        for word in words {
            match word.get_ref().as_str() {
                "service_level" => carries.service_level = true,
                "answered" => carries.answered = true,
                "waiting" => carries.waiting = true,
                "longest_wait" => carries.longest_wait = true,
                _ => {
                    let known = "a source carries service_level, answered, waiting, longest_wait";
                    return Err(src.wrong(word.span().start, known));
                }
            }
        }
    }
    Ok(SourcePolicy {
        name: part.name.clone(),
        lateness: src.offset_or(&part.lateness, Span::ZERO)?,
        heartbeat: part.heartbeat,
        watched: part.watched,
        carries,
    })
}

/// Changes a policy to what a part of the file says; all units alike.
pub(super) fn adopt(
    policy: &mut Policy,
    part: &PolicyPart,
    start: Timestamp,
    src: &Source<'_>,
) -> Result<(), ScenarioError> {
    days::named_units(policy, part, src)?;
    for unit in &mut policy.units {
        ladder(&mut unit.ladder, part, src)?;
        let control = &mut unit.control;
        control.window = src.offset_or(&part.window, control.window)?;
        control.clear_time_max = src.offset_or(&part.clear_time, control.clear_time_max)?;
        if let Some(calls) = part.counts_from_per_15_minutes {
            control.counts_from_per_15_minutes = calls;
        }
        if let Some(mode) = &part.control {
            control.mode = src.read(mode, |word| match word {
                "auto" => Ok(ControlMode::Auto),
                "service" => Ok(ControlMode::Service),
                "volume" => Ok(ControlMode::Volume),
                "both" => Ok(ControlMode::Both),
                _ => Err("control is auto, service, volume or both"),
            })?;
        }
        if let Some(zone) = &part.timezone {
            unit.timezone = src.read(zone, |name| name.parse::<chrono_tz::Tz>())?;
        }
        if let Some(times) = &part.open {
            let day = ranges(times, src)?;
            let holiday = part.open_on_holidays.as_ref().map(|times| ranges(times, src));
            let days = std::array::from_fn(|_| day.clone());
            unit.opening = Some(OpeningHours { days, holiday: holiday.transpose()? });
        }
        days::adopt(unit, part, start, src)?;
    }
    Ok(())
}

/// Open ranges of a day, from and to in pairs.
fn ranges(times: &[Text], src: &Source<'_>) -> Result<Vec<(u16, u16)>, ScenarioError> {
    let minute = |text| {
        let offset: Span = src.offset(text)?;
        let minutes = u16::try_from(offset.as_millis() / 60_000);
        minutes.map_err(|_| src.wrong(text.span().start, "a time of the day"))
    };
    let mut day = Vec::new();
    for pair in times.chunks(2) {
        let [from, to] = pair else {
            let place = pair[0].span().start;
            return Err(src.wrong(place, "open is a list of pairs, from and to"));
        };
        day.push((minute(from)?, minute(to)?));
    }
    Ok(day)
}

fn ladder(
    ladder: &mut LadderPolicy,
    part: &PolicyPart,
    src: &Source<'_>,
) -> Result<(), ScenarioError> {
    if let Some(profile) = &part.profile {
        *ladder = src.read(profile, |word| match word {
            "robust" => Ok(LadderPolicy::ROBUST),
            "literal" => Ok(LadderPolicy::LITERAL),
            _ => Err("a profile is robust or literal"),
        })?;
    }
    if let Some(recovery) = &part.recovery {
        ladder.recovery = Some(src.offset(recovery)?);
    }
    ladder.share = part.share.unwrap_or(ladder.share);
    ladder.stand_down = src.offset_or(&part.stand_down, ladder.stand_down)?;
    ladder.confirm = src.offset_or(&part.confirm, ladder.confirm)?;
    ladder.l3_confirm = src.offset_or(&part.l3_confirm, ladder.l3_confirm)?;
    ladder.reopen = src.offset_or(&part.reopen, ladder.reopen)?;
    Ok(())
}
