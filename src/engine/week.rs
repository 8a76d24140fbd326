//! What does an ordinary week of a series look like, and how well is it known?
//!
//! A table of quarters of an hour, Monday first: calls expected, weeks behind them, and whether
//! the series is closed then. It is read off the baseline when somebody asks, since nobody needs
//! it every second and a copy of every profile in the view would cost more than all the rest.
//!
//! Closed is told apart from nothing expected, and unknown from both. The days are ordinary ones
//! before every history: no holiday, no campaign, no level of the running day.

use super::Engine;
use super::baseline::{SLOT_MINUTES, WEEKS_ENOUGH};
use super::calendar::{DayKind, LocalTime, WEEK_MINUTES};
use super::detector::{Detector, Gauge};
use super::observation::{QueueId, UnitId};
use super::time::Span;

/// A Monday before every history: 1970-01-05.
const MONDAY: i32 = 4;
/// Minutes of a slot of the table.
pub const SLOT: u32 = 15;
/// Weeks behind a slot from which it counts as known.
pub const ENOUGH: u32 = WEEKS_ENOUGH as u32;

/// An ordinary week of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// Quarters of an hour, Monday 00:00 first.
    pub slots: Vec<WeekSlot>,
    /// How rows are measured now; `None` before anything was judged.
    pub gauge: Option<Gauge>,
}

/// A slot of the week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeekSlot {
    /// Calls expected in it; `None` where nothing is known.
    pub expected: Option<f64>,
    /// Whether the series is closed then, by its hours or by what was learned.
    pub closed: bool,
    /// Weeks behind the part of it that has the fewest.
    pub weeks: u32,
}

/// Local time of a minute of an ordinary week.
pub(super) fn ordinary(minute: u32) -> LocalTime {
    let day = MONDAY + (minute / (24 * 60)) as i32;
    LocalTime { minute_of_week: minute, day, kind: DayKind::Ordinary }
}

impl Engine {
    /// The week of a queue, or of the sum of a unit; `None` where there is no such series.
    pub fn week(&self, unit: UnitId, queue: Option<QueueId>) -> Option<Week> {
        let at = usize::from(unit.0);
        let (unit, settings) = (self.units.get(at)?, self.policy.as_ref()?.units.get(at)?);
        let of = |id: &QueueId| self.queues.get(id.0 as usize);
        let members: Vec<_> = match queue {
            Some(id) => vec![of(unit.members.iter().find(|member| **member == id)?)?],
            None => unit.members.iter().filter_map(of).collect(),
        };
        let detector = match members.as_slice() {
            [only] => Some(only.detector()),
            [] => None,
            _ => Some(unit.sum_detector()),
        };
        let is_closed = |local| match &settings.opening {
            Some(hours) => !hours.is_open(local),
            None => {
                !members.is_empty() && members.iter().all(|q| q.detector().learned_closed(local))
            }
        };
        let slot = |n| {
            let local = ordinary(n * SLOT);
            WeekSlot {
                expected: detector.and_then(|d| d.forecast(local, Span::minutes(SLOT.into()))),
                closed: is_closed(local),
                weeks: detector.map_or(0, |d| weeks(d, n * SLOT)),
            }
        };
        Some(Week {
            slots: (0..WEEK_MINUTES / SLOT).map(slot).collect(),
            gauge: detector.and_then(Detector::gauge),
        })
    }
}

fn weeks(detector: &Detector, from: u32) -> u32 {
    let parts = (from..from + SLOT).step_by(SLOT_MINUTES as usize);
    parts.map(|minute| detector.samples(ordinary(minute))).min().unwrap_or(0)
}
