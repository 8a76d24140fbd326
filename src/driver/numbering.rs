//! Sources and units keep their numbers when the policy changes.
//!
//! Entries, snapshots and the engine know them by number, a configuration by name and order. A
//! new policy is therefore laid over the one in force: who has the same name keeps the number,
//! who is new gets the next, who is gone stays, unwatched and without queues. Adapters take the
//! numbers from the view or from `Driver::policy_in_force`, never from their own configuration.

use crate::engine::observation::UnitId;
use crate::engine::policy::{Policy, SourcePolicy, UnitPolicy};
use chrono_tz::Tz;

/// The wanted policy with the numbers of the one in force.
pub fn keep(current: &Policy, wanted: Policy) -> Policy {
    let default = wanted.default_unit.and_then(|u| wanted.units.get(usize::from(u.0)));
    let default = default.map(|unit| unit.name.clone());
    let sources = lay(&current.sources, wanted.sources, |s| &s.name, retire_source);
    let units = lay(&current.units, wanted.units, |u| &u.name, retire_unit);
    let place = default.and_then(|name| units.iter().position(|u| u.name == name));
    let default_unit = place.and_then(|at| u16::try_from(at).ok()).map(UnitId);
    Policy { sources, units, default_unit, ..wanted }
}

/// A unit whose queues were learned in another time zone: their week is shifted by the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shifted {
    /// The unit.
    pub unit: String,
    /// The zone of the week that was learned.
    pub learned_in: Tz,
    /// The zone of the unit now.
    pub now: Tz,
}

/// The units that a policy puts into another time zone than their queues were learned in.
pub fn shifted(current: &Policy, next: &Policy) -> Vec<Shifted> {
    let zone_of = |unit: UnitId| current.units.get(usize::from(unit.0)).map(|unit| unit.timezone);
    let of_unit = |(at, unit): (usize, &UnitPolicy)| {
        let others = next.default_unit.filter(|default| usize::from(default.0) == at);
        let queues = unit.queues.iter().filter_map(|queue| current.unit_of_queue(queue));
        let mut before = queues.chain(others.and(current.default_unit)).filter_map(zone_of);
        let learned_in = before.find(|zone| *zone != unit.timezone)?;
        Some(Shifted { unit: unit.name.clone(), learned_in, now: unit.timezone })
    };
    next.units.iter().enumerate().filter_map(of_unit).collect()
}

fn retire_source(source: &SourcePolicy) -> SourcePolicy {
    SourcePolicy { watched: false, ..source.clone() }
}

fn retire_unit(unit: &UnitPolicy) -> UnitPolicy {
    UnitPolicy { queues: Vec::new(), retired: true, ..unit.clone() }
}

fn lay<T>(
    current: &[T],
    mut wanted: Vec<T>,
    name: impl Fn(&T) -> &str,
    retire: impl Fn(&T) -> T,
) -> Vec<T> {
    let mut laid = Vec::with_capacity(current.len().max(wanted.len()));
    for old in current {
        let same = wanted.iter().position(|new| name(new) == name(old));
        laid.push(same.map_or_else(|| retire(old), |at| wanted.remove(at)));
    }
    laid.append(&mut wanted);
    laid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::policy::SilenceRule;

    fn policy(units: &[&str], default: Option<u16>) -> Policy {
        let units = units.iter().map(|name| UnitPolicy::with_defaults(name)).collect();
        let default_unit = default.map(UnitId);
        Policy { units, default_unit, ..Policy::unconfigured(SilenceRule::Live, Vec::new()) }
    }

    #[test]
    fn a_week_that_was_learned_in_another_zone_is_told() {
        let shanghai = |mut policy: Policy| {
            policy.units.iter_mut().for_each(|unit| unit.timezone = Tz::Asia__Shanghai);
            policy
        };
        let listed = |mut policy: Policy| {
            policy.units[0].queues = vec!["sales".to_owned()];
            policy
        };
        let learned = policy(&["default"], Some(0));
        let told = |next: Policy| -> Vec<_> {
            shifted(&learned, &keep(&learned, next)).into_iter().map(|s| (s.unit, s.now)).collect()
        };
        let own = [("own".to_owned(), Tz::Asia__Shanghai)];
        assert_eq!(told(shanghai(listed(policy(&["own"], None)))), own);
        assert_eq!(told(shanghai(policy(&["own"], Some(0)))), own);
        assert_eq!(told(policy(&["own"], Some(0))), []);
        assert_eq!(told(shanghai(policy(&["own"], None))), []);
    }

    #[test]
    fn names_keep_their_numbers() {
        let current = policy(&["a", "b", "c"], Some(1));
        let laid = keep(&current, policy(&["d", "c", "a"], Some(0)));
        let names: Vec<_> = laid.units.iter().map(|u| u.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        assert_eq!(laid.default_unit, Some(UnitId(3)));
        assert_eq!(keep(&current, current.clone()), current);
    }
}
