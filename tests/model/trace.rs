//! Histories of a unit in a compact form: ranges in seconds, turned into items on a grid.

use crate::ladder_model::ladder::Item;
use callsurge::engine::command::{Act, Level};
use callsurge::engine::ladder::{Moment, Order};
use callsurge::engine::time::{Span, Timestamp};

/// A half-open range in seconds.
pub(crate) type Seconds = (i64, i64);

/// What happens to a unit. It is abnormal and uncontrolled where nothing else is said.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) grid: i64,
    pub(crate) tau: i64,
    pub(crate) row: i64,
    pub(crate) end: i64,
    /// The unit is not abnormal.
    pub(crate) calm: Vec<Seconds>,
    /// K is true.
    pub(crate) controlled: Vec<Seconds>,
    /// K is unknown though the sources are alive.
    pub(crate) unknown: Vec<Seconds>,
    /// R is true where K is and the unit is calm.
    pub(crate) relaxed: Vec<Seconds>,
    /// R is unknown where K is true.
    pub(crate) stale: Vec<Seconds>,
    /// The sources give no sign.
    pub(crate) silent: Vec<Seconds>,
    /// At the end of a silence the rows that were missing come in.
    pub(crate) filled: bool,
    /// The monitor is down; whether the rows of that time are read afterwards.
    pub(crate) down: Vec<(Seconds, bool)>,
    pub(crate) closed_from: Option<i64>,
    pub(crate) staffed: Level,
    pub(crate) orders: Vec<(i64, Act, Option<i64>)>,
}

/// An instant of the traces, in seconds from their beginning.
pub(crate) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_790_000_000 / 3_600 * 3_600 + seconds)
}

/// Ranges given in minutes.
pub(crate) fn minutes(ranges: &[(f64, f64)]) -> Vec<Seconds> {
    ranges.iter().map(|&(a, b)| ((a * 60.0) as i64, (b * 60.0) as i64)).collect()
}

fn inside(ranges: &[Seconds], x: i64) -> bool {
    ranges.iter().any(|&(a, b)| (a..b).contains(&x))
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            grid: 15,
            tau: 180,
            row: 60,
            end: 70 * 60,
            calm: vec![],
            controlled: vec![],
            unknown: vec![],
            relaxed: vec![],
            stale: vec![],
            silent: vec![],
            filled: false,
            down: vec![],
            closed_from: None,
            staffed: Level::None,
            orders: vec![],
        }
    }
}

impl Trace {
    /// The items that a ladder is told.
    pub(crate) fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut last_sign = i64::MIN / 4;
        for x in (0..=self.end).step_by(self.grid as usize) {
            if self.down.iter().any(|&((a, b), _)| a < x && x < b) {
                continue;
            }
            for &((a, b), read) in self.down.iter().filter(|d| d.0.1 == x) {
                items.push(Item::Down(instant(a), instant(b)));
                if read {
                    for y in (a + self.grid..b).step_by(self.grid as usize) {
                        self.instant(y, b, &mut last_sign, &mut items);
                    }
                }
            }
            self.fill(x, &mut items);
            self.instant(x, x, &mut last_sign, &mut items);
            let due = self.orders.iter().filter(|(at, _, _)| *at == x);
            items.extend(due.map(|&(_, act, until)| {
                Item::Order(Order { act, expires_at: until.map(instant) })
            }));
        }
        items
    }

    /// Rows that fill a silence which ends at `x`.
    fn fill(&self, x: i64, items: &mut Vec<Item>) {
        for &(a, b) in self.silent.iter().filter(|s| self.filled && s.1 == x) {
            let inner = (a..b).step_by(self.grid as usize).skip(1);
            items.extend(inner.map(|y| Item::Sign(instant(y))));
        }
    }

    fn instant(&self, x: i64, recorded: i64, last_sign: &mut i64, items: &mut Vec<Item>) {
        // Rows that are read after a downtime leave no gap.
        let silent = recorded == x && self.silent.iter().any(|&(a, b)| a < x && x < b);
        if !silent {
            items.push(Item::Sign(instant(x)));
            *last_sign = x;
        }
        let blind = x - *last_sign > self.tau;
        let measured = !silent && !inside(&self.unknown, x);
        let controlled = measured.then(|| inside(&self.controlled, x));
        let abnormal = !inside(&self.calm, x);
        let relaxed = inside(&self.relaxed, x) && !abnormal && controlled == Some(true);
        let closed = self.closed_from.filter(|&from| x >= from);
        let stale = inside(&self.stale, x) && controlled == Some(true);
        items.push(Item::Moment(Moment {
            at: instant(x),
            recorded_at: instant(recorded),
            abnormal: Some(abnormal && closed.is_none()),
            controlled,
            stand_down: if abnormal && !silent {
                Some(false)
            } else {
                controlled.filter(|_| !stale).map(|_| relaxed)
            },
            blind,
            old: recorded - x > self.tau,
            closed_since: closed.map(instant),
            calls_wait: false,
            staffed: self.staffed,
            tau: Span::secs(self.tau),
            row: Span::secs(self.row),
        }));
    }
}
