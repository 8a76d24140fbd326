//! Which stages would have been raised: the history through the whole engine, with its ladder.

use super::Row;
use crate::driver::{Draft, DriverError, Item as Fed, Replay};
use crate::engine::Engine;
use crate::engine::command::Level;
use crate::engine::effect::EffectKind;
use crate::engine::entry::Input;
use crate::engine::observation::{Form, SourceId, UnitId};
use crate::engine::policy::Policy;
use crate::engine::time::Timestamp;
use crate::record::Record;

/// A change of level.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub unit: UnitId,
    /// Level before.
    pub from: Level,
    /// Level after.
    pub to: Level,
    /// The line of the log book.
    pub record: Option<Record>,
}

/// Runs the history through the engine. `lessons` teach first.
///
/// # Errors
/// None without a journal; the type says what the driver could say.
pub fn stages(rows: &[Row], lessons: &[Draft], policy: &Policy) -> Result<Vec<Stage>, DriverError> {
    let mut stages = Vec::new();
    let drafts = || rows.iter().filter_map(|row| Some((row.draft.as_ref()?, end_of(row)?)));
    let start = drafts().next().map_or(Timestamp::MIN, |(_, at)| at);
    let mut run = Replay::<_, Engine>::start(policy, start, None, |effect, record| {
        if let EffectKind::Transition(t) = &effect.kind {
            let record = record.cloned();
            stages.push(Stage { at: effect.at, unit: t.unit, from: t.from, to: t.to, record });
        }
    })?;
    for lesson in lessons {
        run.push(start, Fed::Learn(lesson.clone()))?;
    }
    let mut last = start;
    for (draft, at) in drafts() {
        last = last.max(at);
        run.push(at, Fed::Draft(draft.clone()))?;
    }
    for index in 0..policy.sources.len() {
        run.push(last, Fed::Input(Input::SourceEnded(SourceId(index as u16))))?;
    }
    run.finish()?;
    Ok(stages)
}

fn end_of(row: &Row) -> Option<Timestamp> {
    match &row.draft.as_ref()?.form {
        Form::Interval(row) => Some(row.end),
        Form::Event(_) | Form::Snapshot(_) => None,
    }
}

/// How often a level was entered from below.
pub fn raised(stages: &[Stage], level: Level) -> usize {
    stages.iter().filter(|stage| stage.to == level && stage.from < level).count()
}

/// Level of a unit at an instant.
pub fn level_at(stages: &[Stage], unit: UnitId, at: Timestamp) -> Level {
    let until = stages.partition_point(|stage| stage.at <= at);
    let own = stages[..until].iter().rev().find(|stage| stage.unit == unit);
    own.map_or(Level::None, |stage| stage.to)
}
