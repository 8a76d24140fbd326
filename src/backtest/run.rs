//! What the engine itself would have done: the levels, the verdicts on the sum of each unit, and the
//! alarms of a unit as `callsurge_detection_alarms_total` counts them.

use super::Row;
use super::judge::Judged;
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

/// What a run of the engine showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// Changes of level.
    pub stages: Vec<Stage>,
    /// The units, by [`UnitId`].
    pub units: Vec<UnitRun>,
}

/// What it showed of a unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitRun {
    /// Verdicts on its sum; none of a unit of one queue.
    pub sums: Vec<Judged>,
    /// When its volume became abnormal. What comes back within 30 minutes is the same alarm.
    pub alarms: Vec<Timestamp>,
    alarms_total: u64,
}

impl UnitRun {
    /// Takes what an entry changed.
    fn look(&mut self, engine: &Engine, unit: UnitId) {
        let after = self.sums.last().map_or(Timestamp::MIN, |sum| sum.end);
        self.sums.extend(engine.sums_after(unit, after).map(|(start, end, verdict)| {
            let calls = verdict.evidence().map_or(0, |e| e.observed.round() as u32);
            Judged::of(0, (start, end), calls, &verdict)
        }));
        let (total, last) = engine.alarms(unit);
        let new = total.saturating_sub(self.alarms_total) as usize;
        self.alarms.extend(last.into_iter().cycle().take(new));
        self.alarms_total = total;
    }
}

/// Runs the history through the engine. `lessons` teach first; `passed` is told of each row.
///
/// # Errors
/// None without a journal; the type says what the driver could say.
pub fn run(
    rows: &[Row],
    lessons: &[Draft],
    policy: &Policy,
    mut passed: impl FnMut(),
) -> Result<Run, DriverError> {
    let mut stages = Vec::new();
    let mut units = vec![UnitRun::default(); policy.units.len()];
    let start = rows.iter().find_map(end_of).map_or(Timestamp::MIN, |(_, at)| at);
    let mut run = Replay::<_, Engine>::start(policy, start, None, |effect, record| {
        if let EffectKind::Transition(t) = &effect.kind {
            let record = record.cloned();
            stages.push(Stage { at: effect.at, unit: t.unit, from: t.from, to: t.to, record });
        }
    })?;
    let look = |engine: &Engine, units: &mut [UnitRun]| {
        for (unit, seen) in units.iter_mut().enumerate() {
            seen.look(engine, UnitId(unit as u16));
        }
    };
    for lesson in lessons {
        run.push(start, Fed::Learn(lesson.clone()))?;
    }
    let mut last = start;
    for row in rows {
        passed();
        let Some((draft, at)) = end_of(row) else { continue };
        last = last.max(at);
        run.push(at, Fed::Draft(draft.clone()))?;
        look(run.fold(), &mut units);
    }
    for index in 0..policy.sources.len() {
        run.push(last, Fed::Input(Input::SourceEnded(SourceId(index as u16))))?;
        look(run.fold(), &mut units);
    }
    run.finish()?;
    Ok(Run { stages, units })
}

fn end_of(row: &Row) -> Option<(&Draft, Timestamp)> {
    let draft = row.told.as_ref().ok()?;
    match &draft.form {
        Form::Interval(row) => Some((draft, row.end)),
        Form::Event(_) | Form::Snapshot(_) => None,
    }
}

/// How often a level was entered from below.
pub fn raised(stages: &[Stage], level: Level) -> usize {
    stages.iter().filter(|stage| stage.to == level && stage.from < level).count()
}
